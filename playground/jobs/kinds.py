"""JOB_KINDS: what kinds of work there are, and what each may take. A new one is one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.devices import usable_cores
from playground.limits import Limits
from playground.registry import Registry


@dataclass(frozen=True)
class JobKind:
    """A kind of job.

    Args:
        name: of the kind.
        lane: jobs of one lane share its slots; short work never waits behind training.
        slots: how many of the lane may run at a time.
        seconds: how long one may run, pauses not counted.
        exclusive: it runs alone, because it measures.
        saves: it may take a moment to save after a stop; one that saves nothing is ended at once.
        waiting_most: how many of the kind may wait; 0 = as many as the whole queue takes.
        long: it may take hours; short work does not wait for an exclusive job that waits for it.
    """

    name: str
    lane: str
    slots: Callable[[Limits], int]
    seconds: Callable[[Limits], float]
    exclusive: bool = False
    saves: bool = True
    waiting_most: int = 0
    long: bool = False


JOB_KINDS: Registry[JobKind] = Registry(
    "topic.job",
    (
        JobKind(
            "training",
            lane="training",
            slots=lambda limits: limits.training_jobs * max(1, usable_cores() // 2),
            seconds=lambda limits: limits.training_seconds,
            long=True,
        ),
        JobKind(
            "program",
            lane="short",
            slots=lambda limits: limits.short_jobs,
            # A little longer than the program's own clock, which ends it with a better message.
            seconds=lambda limits: limits.program_seconds + 1.5,
            saves=False,
        ),
        JobKind(
            "session",
            lane="session",
            slots=lambda limits: limits.sessions,
            seconds=lambda limits: limits.session_seconds,
            saves=False,
        ),
        JobKind(
            "export",
            lane="export",
            slots=lambda limits: limits.export_jobs,
            seconds=lambda limits: limits.export_seconds,
            saves=False,
            # Calls of the page's own JavaScript do not say whose they are: few wait, so that others find the queue open.
            waiting_most=8,
        ),
        JobKind(
            "benchmark",
            lane="benchmark",
            slots=lambda limits: 1,
            seconds=lambda limits: limits.benchmark_seconds,
            exclusive=True,
            saves=False,
            waiting_most=8,
        ),
        JobKind(
            "search",
            lane="search",
            slots=lambda limits: max(1, usable_cores() // 2),
            seconds=lambda limits: 90,
            saves=False,
            waiting_most=8,
        ),
        JobKind(
            "lesson",
            lane="lesson",
            slots=lambda limits: limits.lesson_jobs,
            seconds=lambda limits: limits.lesson_seconds,
            saves=False,
            waiting_most=20,
        ),
        JobKind("evaluation", lane="short", slots=lambda limits: limits.short_jobs, seconds=lambda limits: 120),
    ),
)
