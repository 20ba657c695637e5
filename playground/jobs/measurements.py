"""Measurements: jobs that are begun, followed and stopped by whoever has their id; the newest of them are kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from playground.errors import NotFoundError
from playground.jobs.job import Job
from playground.jobs.log import EventLog
from playground.jobs.manager import Jobs
from playground.limits import Limits
from playground.registry import shorten


class Ending(Protocol):
    """What goes on and ends at some time."""

    @property
    def ended(self) -> bool: ...


Entry = TypeVar("Entry", bound=Ending)


class Newest(Generic[Entry]):
    """The newest of what was begun, by id; safe for threads. What still goes is never forgotten.

    Args:
        unknown: the message for an id that is not there: a key of the words, with {id}. most: how many are kept.
    """

    def __init__(self, unknown: str, most: int):
        self._unknown, self._most = unknown, most
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}

    def add(self, entry_id: str, entry: Entry) -> list[str]:
        """Take one in; the ids of those that are forgotten for it."""
        with self._lock:
            self._entries[entry_id] = entry
            old = [one for one in list(self._entries)[: -self._most] if self._entries[one].ended]
            for one in old:
                del self._entries[one]
        return old

    def find(self, entry_id: object) -> Entry:
        """
        Raises:
            NotFoundError: no such id (any more).
        """
        with self._lock:
            entry = self._entries.get(entry_id) if isinstance(entry_id, str) else None
        if entry is None:
            raise NotFoundError(self._unknown, id=shorten(entry_id))
        return entry

    def all(self) -> list[Entry]:
        """The newest last."""
        with self._lock:
            return list(self._entries.values())


@dataclass(frozen=True)
class Look:
    """What a measurement has come to.

    Args:
        state: queued, running, done, stopped or failed. place: in the queue, from 1; 0 = it does not wait.
        events: those from a number on, at most so many at once. next: the number after them.
        last: the last event so far; {} before the first.
    """

    state: str
    place: int
    events: list[dict[str, Any]]
    next: int
    last: dict[str, Any]


class Measurements(Newest[EventLog]):
    """The measurements of all visitors: the log of each."""

    def __init__(self, unknown: str, most: int, jobs: Jobs, limits: Limits):
        super().__init__(unknown, most)
        self._jobs, self._events_most = jobs, limits.follow_events

    def begin(self, job: Job) -> list[str]:
        """Start (or queue) a job; the ids of those that are forgotten for it.

        Raises:
            BusyError: the queue is full.
        """
        self._jobs.submit(job)
        return self.add(job.id, job.log)

    def look(self, job_id: object, since: object = 0) -> Look:
        """What has happened since event number `since`; whoever looks keeps an attended job alive.

        Raises:
            NotFoundError: no such measurement (any more).
        """
        log = self.find(job_id)
        assert isinstance(job_id, str)
        # Before the events: whoever hears of the end has all of them.
        ended, last = log.ended, log.last
        events, after = read_events(self._jobs, job_id, log, since, self._events_most)
        job = self._jobs.find(job_id)
        place = job.place if job is not None and job.state == "queued" else 0
        state = last["type"] if ended else "queued" if place else "running"
        return Look(state, place, events, after, last)

    def stop(self, job_id: object) -> bool:
        """End it at once; whether it was going or waiting.

        Raises:
            NotFoundError: see `look`.
        """
        self.find(job_id)
        assert isinstance(job_id, str)
        return self._jobs.stop(job_id)


def read_events(jobs: Jobs, job_id: str, log: EventLog, since: object, most: int) -> tuple[list[dict[str, Any]], int]:
    """The events of a job from number `since` on, and the number after them; what is no number counts as 0."""
    jobs.look(job_id)
    start = since if type(since) is int and since >= 0 else 0
    events = log.read(start, most)
    return events, start + len(events)
