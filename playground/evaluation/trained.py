"""TrainedWeights: what a run has learned: tried on its test set in a child, and to take away."""

from __future__ import annotations

import secrets
from typing import Any

from playground.errors import InputError, NotFoundError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.limits import Limits
from playground.registry import shorten
from playground.runs.run import Run
from playground.store import Runs

# As we save them, and as the course does.
WEIGHT_FILES = ("best.safetensors", "mnist_best.pth")


class TrainedWeights:
    """The weights of all visitors' runs."""

    def __init__(self, runs: Runs, jobs: Jobs, limits: Limits):
        self._runs, self._jobs, self._limits = runs, jobs, limits

    def evaluate(self, run_id: object) -> dict[str, Any]:
        """Accuracy, loss, per_digit, confusion and mistakes of a run's best weights on the test set.

        Raises:
            NotFoundError: no such run. InputError: it has no weights yet.
        """
        run = self._runs.find(run_id)
        return run.evaluation() or self._evaluate_weights(run)

    def report(self, run: Run) -> dict[str, Any]:
        """See `playground.evaluation.report.write_report`; raises as `evaluate` does."""
        from playground.evaluation.work import report_in_child

        return self._read_weights(report_in_child, run)["report"]  # type: ignore[no-any-return]

    def run_with_weights(self, run_id: object) -> str | None:
        """The run's id where it has weights to take away, else None."""
        run = self._runs.find(run_id)
        return run.id if run.weights() else None

    def weight_file(self, run_id: object, name: str) -> bytes:
        """The best weights of a run to take away, as the bytes of one of WEIGHT_FILES.

        Raises:
            NotFoundError: no such run, or no such file. InputError: no weights yet.
        """
        from playground.models.checkpoint import load_checkpoint, read_weights, state_dict_bytes

        run = self._runs.find(run_id)
        weights = run.weights()
        if name not in WEIGHT_FILES:
            raise NotFoundError("checkpoint.missing", name=shorten(name))
        if weights is None:
            raise InputError("run.no_weights")
        return state_dict_bytes(load_checkpoint(weights)) if name.endswith(".pth") else read_weights(weights)

    def _evaluate_weights(self, run: Run) -> dict[str, Any]:
        """Of a run that has no finished epoch: the weights that were saved last."""
        from playground.training.work import evaluate_in_child

        return self._read_weights(evaluate_in_child, run)["evaluation"]  # type: ignore[no-any-return]

    def _read_weights(self, work: Any, run: Run) -> dict[str, Any]:
        """The last event of work on a run's weights, in a child.

        Raises:
            InputError: it has none yet. PlaygroundError: why the work failed.
        """
        from playground.training.order import order_work

        weights = run.weights()
        if weights is None:
            raise InputError("run.no_weights")
        given = {"config": run.config, "checkpoint": str(weights)}
        order = order_work(work, given, run.config, self._limits, readable=(str(weights),))
        log = EventLog()
        # An id of its own: several may ask for the same run at once.
        self._jobs.submit(Job(secrets.token_hex(16), JOB_KINDS["evaluation"], order, run.visitor, log))
        last = log.wait_for_end()
        if last["type"] != "done":
            raise error_of_event(last)
        return last
