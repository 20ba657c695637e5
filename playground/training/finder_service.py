"""RateSearches: the learning-rate finder as the page asks for it: one job a search, followed like a run."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from playground.errors import NotFoundError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.limits import Limits
from playground.registry import shorten

SEARCHES_KEPT = 200


class RateSearches:
    """The searches of all visitors; who has an id may follow and stop it.

    Args:
        resolve: a wish and a visitor to a complete config.
    """

    def __init__(
        self,
        jobs: Jobs,
        limits: Limits,
        resolve: Callable[[object, str], Any],
    ):
        self._jobs, self._limits = jobs, limits
        self._resolve = resolve
        self._lock = threading.Lock()
        self._logs: dict[str, EventLog] = {}

    def start(self, wish: object, visitor: str) -> str:
        """Start (or queue) a search with the settings of a run, in the place of this visitor's last one; its id.

        Raises:
            PlaygroundError: the settings are not possible, or too many wait.
        """
        from playground.training.order import order_work
        from playground.training.work import search_in_child

        config = self._resolve(wish, visitor).to_json()
        for job in self._jobs.of_visitor(visitor, JOB_KINDS["search"]):
            self._jobs.stop(job.id, "replaced")
        order = order_work(search_in_child, {"config": config}, config, self._limits)
        job = Job(secrets.token_hex(16), JOB_KINDS["search"], order, visitor, EventLog(), attended=True)
        self._jobs.submit(job)
        with self._lock:
            self._logs[job.id] = job.log
            for old in list(self._logs)[:-SEARCHES_KEPT]:
                if self._logs[old].ended:
                    del self._logs[old]
        return job.id

    def read(self, search_id: object, since: object, language: str) -> dict[str, Any]:
        """What has happened since event number `since`: {state, place, events, next, failure}; state: queued, running, done,
        stopped or failed; `failure` once it has failed.

        Raises:
            NotFoundError: no such search (any more).
        """
        log = self._find(search_id)
        assert isinstance(search_id, str)
        self._jobs.look(search_id)
        start = since if isinstance(since, int) and not isinstance(since, bool) and since >= 0 else 0
        events = log.read(start, self._limits.follow_events)
        job = self._jobs.find(search_id)
        place = job.place if job is not None and job.state == "queued" else 0
        told = [event for event in events if event["type"] in ("started", "step", "done")]
        answer = {"events": told, "next": start + len(events), "place": place, "failure": None}
        if not log.ended:
            return {**answer, "state": "queued" if place else "running"}
        kind = log.last["type"]
        return {
            **answer,
            "state": kind,
            "failure": error_of_event(log.last).to_json(language) if kind == "failed" else None,
        }

    def stop(self, search_id: object) -> bool:
        """End it at once; whether it was going or waiting."""
        self._find(search_id)
        assert isinstance(search_id, str)
        return self._jobs.stop(search_id)

    def _find(self, search_id: object) -> EventLog:
        with self._lock:
            log = self._logs.get(search_id) if isinstance(search_id, str) else None
        if log is None:
            raise NotFoundError("finder.unknown", id=shorten(search_id))
        return log
