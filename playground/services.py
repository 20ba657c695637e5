"""Services: all that the page, the API and the command line can ask for, in one object handed down from `app.py`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from playground import words
from playground.errors import InputError
from playground.jobs.failures import as_limit
from playground.limits import Limits
from playground.registry import shorten
from playground.store import Runs

ASSETS = Path(__file__).resolve().parents[1] / "assets"


class Services:
    """The backend of one server process. Methods take and return plain values; errors are PlaygroundErrors.

    Data, weights and the fork server are loaded by `warm_up`, after the first answer.
    """

    def __init__(self, limits: Limits, home: Path):
        from playground.bench.service import Benchmarks
        from playground.comparison.service import Comparison
        from playground.data.datasets import data_home
        from playground.data.explorer.loader_service import LoaderBench
        from playground.data.explorer.service import DataExplorer
        from playground.data.own.service import OwnDatasets
        from playground.diagnoses import Diagnoses
        from playground.digits.elsewhere import Readers
        from playground.digits.predict import Predictor
        from playground.evaluation.service import Reports
        from playground.evaluation.trained import TrainedWeights
        from playground.exports.service import Exports
        from playground.graphs import Graphs
        from playground.jobs import Jobs
        from playground.jobs.short import ShortJobs
        from playground.lessons.service import Lessons
        from playground.models.service import Models
        from playground.sessions import Sessions
        from playground.timeline import Timeline
        from playground.training.finder_service import RateSearches
        from playground.training.service import Training
        from playground.uploads.service import Uploads

        self.limits = limits
        self.home = home
        self.runs = Runs(home / "runs", limits, ASSETS / "examples" / "train")
        self.jobs = Jobs(limits)
        self._short = ShortJobs(self.jobs, limits)
        sessions = Sessions(self.jobs, limits)
        self.predictor = Predictor(Readers(sessions).read)
        self.explorer = DataExplorer(sessions, self._short.run_export)
        self.loaders = LoaderBench(self.jobs, limits)
        self.trained = TrainedWeights(self.runs, self.jobs, limits)
        self.reports = Reports(self.runs, self.trained.report)
        self.training = Training(
            self.runs,
            self.jobs,
            limits,
            self._short.run_program,
            self.reports.read_images,
            lambda *given: self.timeline.prepare(*given),  # which itself starts runs
        )
        patience = limits.program_seconds
        self.timeline = Timeline(self)
        self.diagnoses = Diagnoses(self)
        self.exports = Exports(home / "exports", self.runs, limits, self._short.run_export)
        self.comparison = Comparison(self.runs, self.exports.shelf, self.training.state, self._short.run_export)
        self.uploads = Uploads(home / "weights", limits, self._short.run_export)
        self.models = Models(self.runs, limits, sessions, self._short.run_program, self.uploads.kept, self.weights_of)
        self.own_datasets = OwnDatasets(limits, self._short.run_export)
        self.benchmarks = Benchmarks(home / "benchmarks", self.jobs, limits, lambda: str(data_home()), self.environment)
        self.searches = RateSearches(self.jobs, limits, self.training.resolve)
        self.lessons = Lessons(self.jobs, limits)
        self.graphs = Graphs(sessions, self._short.run_program, lambda error: as_limit(error, limits), patience)

    def warm_up(self) -> None:
        """Make everything ready that a first click would otherwise wait for: the fork server, the shipped weights."""
        threading.Thread(target=self.jobs.warm_up, daemon=True).start()
        self.predictor.warm_up()

    def close(self) -> None:
        self.jobs.close()

    def environment(self) -> dict[str, Any]:
        """Versions, devices, memory: see `playground.devices.describe_environment`."""
        from playground.devices import describe_environment

        return describe_environment()

    def has_gpu(self) -> bool:
        """Whether torch can use another device than the CPU here."""
        from playground.devices import list_devices

        return len(list_devices()) > 1

    def shipped_accuracy(self, model: str) -> float | None:
        """The measured test accuracy in the metadata of shipped weights."""
        return self.predictor.accuracy(self.weights_of(model))

    def stop_programs(self, visitor: str, reason: str = "visitor") -> bool:
        """End this visitor's running (or waiting) programs at once; whether there was one."""
        from playground.jobs.kinds import JOB_KINDS

        stopped = [self.jobs.stop(job.id, reason) for job in self.jobs.of_visitor(visitor, JOB_KINDS["program"])]
        return any(stopped)

    def run_tensors(
        self, code: object, seed: object, visitor: str, language: str, *, replaces: bool = False
    ) -> dict[str, Any]:
        """Run a learner's program in a child of its own: see `playground.tensors.trace.run_tensors`.

        Args:
            replaces: end what this visitor runs already; the answer to that has `replaced`.

        Returns:
            Its result, with the words in `language` and the error, or None, under `error`.
        """
        from playground.tensors.trace import EMPTY
        from playground.tensors.work import run_in_child

        if replaces:
            self.stop_programs(visitor, "replaced")
        given = {"source": code, "seed": seed}
        answer, error = self._short.run_program(run_in_child, given, visitor)
        result = {**EMPTY, **(answer or {"script": code if isinstance(code, str) else ""})}
        fixes = [{**fix, "label": words.text(language, fix["label"], **fix["values"])} for fix in result["fixes"]]
        replaced = error is not None and error.key == "lang.replaced"
        return {
            **result,
            "fixes": fixes,
            "replaced": replaced,
            "error": error.to_json(language) if error is not None else None,
        }

    def device_names(self) -> list[str]:
        """What `model.to` takes here, the fastest first."""
        from playground.devices import list_devices

        return [device.name for device in list_devices()]

    def trace_cells(self, code: object, seed: object, step: object, visitor: str) -> dict[str, Any]:
        """Which input cells made each output cell of a step: see `playground.tensors.provenance`."""
        from playground.tensors.work import trace_in_child

        if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step < self.limits.program_trace_steps:
            raise InputError("tensors.no_step", step=shorten(step))
        answer, error = self._short.run_program(trace_in_child, {"source": code, "seed": seed, "step": step}, visitor)
        if error is not None:
            raise error
        return answer or {}

    def weights_of(self, model: object) -> Path:
        """The weights that `/predict_digit` means by `model`: pretrained, pretrained-fast, a run's id, `run_id@step` for one
        of its snapshots, or the id of weights that came back."""
        if model in ("pretrained", "pretrained-fast"):
            return ASSETS / "models" / ("mnistnet.safetensors" if model == "pretrained" else "fast.safetensors")
        if self.uploads.kept.has(model):
            return self.uploads.kept.find_reader(model)
        snapshot = self.timeline.weights_of(model)
        weights = snapshot or self.runs.find(model).weights()
        if weights is None:
            raise InputError("run.no_weights")
        return weights

    def predict_digit(self, pixels: object, model: object = "pretrained") -> dict[str, Any]:
        """What a network reads in an image: see `playground.digits.predict.Predictor.predict`."""
        return self.predictor.predict(pixels, self.weights_of(model))
