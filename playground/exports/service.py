"""Exports: what the Models tab and `/export_model` ask for: a model as a file that was run and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.errors import InputError, PlaygroundError, RuntimeFailure
from playground.exports.shelf import Shelf, file_name
from playground.jobs.short import RunJob
from playground.limits import Limits
from playground.registry import shorten
from playground.runs.run import Run
from playground.store import Runs

EMPTY: dict[str, Any] = {"file": None, "verified": False, "max_abs_difference": None}


class Exports:
    """The exports of all visitors.

    Args:
        run_job: runs a job of the kind "export" and gives its result and its error.
    """

    def __init__(self, folder: Path, runs: Runs, limits: Limits, run_job: RunJob):
        self.shelf = Shelf(folder, limits.export_file_seconds, limits.export_files_bytes)
        self._runs, self._limits, self._run_job = runs, limits, run_job

    def export(self, model: object, format: object, run_id: object, visitor: str, language: str) -> dict[str, Any]:
        """A model as a file, which was run and compared.

        Args:
            model: as everywhere; "" = the run's own.
            format: a name of EXPORTS.
            run_id: whose best weights it has; "" = fresh ones from seed 0.

        Returns:
            {file: {name, bytes, sha256, url}, verified, max_abs_difference, error}; `file` is None where there is an error.
        """
        result = dict(EMPTY)
        try:
            self._export(result, model, format, run_id, visitor)
            error = None
        except PlaygroundError as raised:
            result["verified"], error = False, raised
        return {**result, "error": error.to_json(language) if error is not None else None}

    def _export(self, result: dict[str, Any], model: object, format: object, run_id: object, visitor: str) -> None:
        from playground.exports import EXPORTS
        from playground.exports.work import export_in_child
        from playground.models.build import read_any_model

        kind = EXPORTS.find(format)
        kind.check()
        run = self._find_run(run_id)
        own = run is not None and (model is None or model == "")
        given = run.config["model"] if own and run is not None else model
        found = read_any_model(given, self._limits)
        is_code = isinstance(found, str) or bool(found.code)
        name = "model" if isinstance(found, str) else found.name
        # The child writes it: one that runs a learner's code into this folder and nowhere else.
        path = self.shelf.reserve(file_name(name, kind.suffix))
        try:
            arguments = {
                "model": given,
                "format": kind.name,
                "weights": self._weights(run),
                "config": run.config if own and run is not None else None,
                "path": str(path),
            }
            writable = (str(path.parent),) if is_code else ()
            answer, error = self._run_job(export_in_child, arguments, visitor, confined=is_code, writable=writable)
            told = answer or {}
            result["verified"] = bool(told.get("verified"))
            difference = told.get("max_abs_difference")
            result["max_abs_difference"] = difference if isinstance(difference, float) or difference == "inf" else None
            if error is not None:
                raise error
            if is_code:
                path = _renamed(path, file_name(str(told.get("name") or name), kind.suffix))
            result["file"] = self.shelf.keep(path)
        except BaseException:
            self.shelf.drop(path)
            raise

    def _find_run(self, run_id: object) -> Run | None:
        if run_id is None or run_id == "":
            return None
        if not isinstance(run_id, str):
            raise InputError("export.run_id", got=shorten(run_id))
        return self._runs.find(run_id)

    def _weights(self, run: Run | None) -> bytes | None:
        from playground.models.checkpoint import read_weights

        if run is None:
            return None
        weights = run.weights()
        if weights is None:
            raise InputError("run.no_weights")
        return read_weights(weights)


def _renamed(path: Path, name: str) -> Path:
    """The file that a child, which ran a learner's code, says it has written: perhaps it has not."""
    renamed = path.with_name(name)
    try:
        path.rename(renamed)
    except OSError as error:
        raise RuntimeFailure("export.no_content") from error
    return renamed
