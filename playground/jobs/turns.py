"""Whose turn it is: which waiting job may start, fair between visitors and undisturbed where something is measured."""

from __future__ import annotations

from playground.jobs.job import Job
from playground.limits import Limits


def choose_next(waiting: list[Job], running: list[Job], limits: Limits) -> Job | None:
    """The job to start now: the first of those that may start (`waiting`, in turn) which fits; None = none."""
    return next((job for job in _candidates(waiting, running) if _fits(job, running, limits)), None)


def in_turn(waiting: list[Job], running: list[Job]) -> list[Job]:
    """Waiting jobs in the order in which they may start: visitors in turn, each one's own in the order they came."""
    taken: dict[str, int] = {}
    for job in running:
        taken[job.visitor] = taken.get(job.visitor, 0) + 1
    turns = []
    for job in waiting:
        turns.append(taken.get(job.visitor, 0))
        taken[job.visitor] = turns[-1] + 1
    return [waiting[place] for place in sorted(range(len(waiting)), key=turns.__getitem__)]


def _candidates(waiting: list[Job], running: list[Job]) -> list[Job]:
    """Who may start now. An exclusive job whose turn it is holds the others back, lest they go on before it for ever; but
    while it waits for something that takes hours, short work goes on."""
    place = next((place for place, job in enumerate(waiting) if job.kind.exclusive), len(waiting))
    patient = any(other.kind.long for other in running)
    return [job for at, job in enumerate(waiting) if at <= place or job.order.asks or (patient and not job.kind.long)]


def _fits(job: Job, running: list[Job], limits: Limits) -> bool:
    # An open session waits for a question: it neither disturbs a measurement nor may it keep one from beginning.
    if not job.order.asks:
        busy = [other for other in running if not other.order.asks]
        if any(other.kind.exclusive for other in busy) or (job.kind.exclusive and busy):
            return False
    same = sum(1 for other in running if other.kind.lane == job.kind.lane)
    return same < job.kind.slots(limits)
