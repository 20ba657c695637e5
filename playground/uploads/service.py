"""Uploads: what the Models tab asks for: weights that come back, with a report of what fits and what does not."""

from __future__ import annotations

import base64
import binascii
import logging
from pathlib import Path
from typing import Any

from playground import words
from playground.errors import InternalError, PlaygroundError, RuntimeFailure
from playground.jobs.short import RunJob
from playground.limits import Limits
from playground.registry import shorten
from playground.uploads.arrivals import Arrivals, too_large
from playground.uploads.kept import KeptWeights

NAME_MOST = 60
logger = logging.getLogger(__name__)


class Uploads:
    """The weights that visitors bring back.

    Args:
        run_job: runs a job of the kind "export" and gives its result and its error.
    """

    def __init__(self, folder: Path, limits: Limits, run_job: RunJob):
        self.kept = KeptWeights(folder, limits.weights_kept, limits.weights_age_seconds)
        self.arrivals = Arrivals(limits.weights_bytes)
        self._limits, self._run_job = limits, run_job

    def import_weights(self, data: bytes, name: object, model: object, visitor: str, language: str) -> dict[str, Any]:
        """Compare the weights in a file with a model, and keep them where all fit.

        Args:
            data: of a safetensors or a `.pth` file.
            name: the file's, for messages.
            model: as everywhere; "" = the one that the file describes, else the preset that it fits.

        Returns:
            {kind, model, keys: [{name, state, file_shape, model_shape, file_dtype, model_dtype}], counts, notes, fits,
            reads_digits, weights, error}; `state` is matched, missing, unexpected, shape or dtype; `weights` is the id under
            which they are kept, or None.
        """
        from playground.uploads.work import EMPTY, compare_in_child

        shown = shorten(name if isinstance(name, str) and name else "?", NAME_MOST)
        answer: dict[str, Any] | None = None
        error: PlaygroundError | None = None
        weights = None
        if len(data) > self._limits.weights_bytes:
            error = too_large(len(data), self._limits.weights_bytes)
        else:
            given = {"data": data, "name": shown, "model": model if model is not None else ""}
            answer, error = self._run_job(compare_in_child, given, visitor, confined=True)
        result = {**EMPTY, **(answer or {})}
        content = result.pop("content", None)
        if error is None and result["fits"]:
            try:
                reads_digits = bool(result["reads_digits"])
                weights = self.kept.keep(_decoded(content), visitor, str(result["model"]), reads_digits=reads_digits)
            except PlaygroundError as raised:
                error = raised
        told = error.to_json(language) if error is not None else None
        return {**result, "notes": _notes(result["notes"], language), "weights": weights, "error": told}


def _decoded(content: object) -> bytes:
    """What a child that read a stranger's file has answered: anything."""
    try:
        data = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except binascii.Error:
        data = b""
    if not data:
        raise RuntimeFailure("export.no_content")
    return data


def _notes(notes: Any, language: str) -> list[str]:
    try:
        return [words.text(language, note["key"], **note["values"]) for note in notes]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        logger.error("a child's notes cannot be read", exc_info=error)
        return [InternalError("error.internal").message(language)]
