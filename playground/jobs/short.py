"""ShortJobs: work in a child that answers once, waited for: a learner's program, a model that is written or read."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from playground.errors import LimitError, PlaygroundError, RuntimeFailure
from playground.jobs.child import Order
from playground.jobs.failures import as_limit, error_of_event
from playground.jobs.job import Job
from playground.jobs.kinds import JOB_KINDS
from playground.jobs.log import EventLog
from playground.jobs.manager import Jobs
from playground.limits import Limits

Answered = tuple[dict[str, Any] | None, PlaygroundError | None]
# `run_export`, or what a test puts in its place: what the services of single parts are given.
RunJob = Callable[..., Answered]


class ShortJobs:
    """Gives the result of a job and its error; one of them is None, or both are there."""

    def __init__(self, jobs: Jobs, limits: Limits):
        self._jobs, self._limits = jobs, limits

    def run_program(self, work: Any, arguments: dict[str, Any], visitor: str, *, stays: bool = False) -> Answered:
        """What runs a learner's code, behind the kernel's walls.

        Args:
            stays: it keeps as much as a session does.
        """
        memory = self._limits.session_memory_bytes if stays else self._limits.program_memory_bytes
        order = Order(work, {**arguments, "limits": self._limits}, memory, confined=True)
        answer, error = self._answer_of("program", order, visitor)
        return answer, error if error is None else as_limit(error, self._limits)

    def run_export(
        self, work: Any, arguments: dict[str, Any], visitor: str, *, confined: bool, writable: tuple[str, ...] = ()
    ) -> Answered:
        """The same for a model that is written or read: it may take longer; our own layers also more memory.

        Args:
            confined: it runs what a learner wrote; then it may write to the folders `writable` alone.
        """
        memory = self._limits.session_memory_bytes if confined else self._limits.job_memory_bytes
        order = Order(work, {**arguments, "limits": self._limits}, memory, confined=confined, writable=writable)
        answer, error = self._answer_of("export", order, visitor)
        if error is not None and error.key == "job.time":
            error = LimitError("export.seconds", limit=f"{self._limits.export_seconds:g}")
        elif error is not None and error.key in ("job.memory", "job.killed", "job.died"):
            error = LimitError("export.memory", limit=memory // 2**20)
        return answer, error

    def _answer_of(self, kind: str, order: Order, visitor: str) -> Answered:
        log = EventLog()
        try:
            self._jobs.submit(Job(secrets.token_hex(16), JOB_KINDS[kind], order, visitor, log))
        except PlaygroundError as error:
            return None, error
        last = log.wait_for_end()
        if last["type"] == "stopped":
            return None, RuntimeFailure("lang.replaced" if last["reason"] == "replaced" else "lang.stopped")
        if last["type"] != "done":
            return None, error_of_event(last)
        return last["result"], error_of_event(last) if last["error"] else None
