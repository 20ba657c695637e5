"""RateSearches: the learning-rate finder as the page asks for it: one job a search, followed like a run."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from playground.jobs import EventLog, Job, Jobs
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.jobs.measurements import Measurements
from playground.limits import Limits

SEARCHES_KEPT = 200


class RateSearches:
    """The searches of all visitors; who has an id may follow and stop it.

    Args:
        resolve: a wish and a visitor to a complete config.
    """

    def __init__(self, jobs: Jobs, limits: Limits, resolve: Callable[[object, str], Any]):
        self._jobs, self._limits, self._resolve = jobs, limits, resolve
        self._searches = Measurements("finder.unknown", SEARCHES_KEPT, jobs, limits)

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
        self._searches.begin(job)
        return job.id

    def read(self, search_id: object, since: object, language: str) -> dict[str, Any]:
        """What has happened since event number `since`: {state, place, events, next, failure}; state: queued, running, done,
        stopped or failed; `failure` once it has failed.

        Raises:
            NotFoundError: no such search (any more).
        """
        look = self._searches.look(search_id, since)
        return {
            "state": look.state,
            "place": look.place,
            "events": [event for event in look.events if event["type"] in ("started", "step", "done")],
            "next": look.next,
            "failure": error_of_event(look.last).to_json(language) if look.state == "failed" else None,
        }

    def stop(self, search_id: object) -> bool:
        """End it at once; whether it was going or waiting."""
        return self._searches.stop(search_id)
