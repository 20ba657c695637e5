"""Exports of runs as the job manager's children write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playground.atomic import write_atomically
from playground.comparison.formats import READ_EVENTS, RUN_EXPORTS, Exported, make_label
from playground.errors import PlaygroundError
from playground.jobs.log import EventLog
from playground.limits import Limits
from playground.runs.followed import FollowedLog
from playground.runs.run import METRICS
from playground.tensors.work import Answered


def export_in_child(runs: list[dict[str, Any]], format: str, path: str, limits: Limits) -> Iterator[Answered]:
    """See `export_runs`."""
    try:
        export_runs(runs, format, Path(path))
        yield Answered({}, None)
    except PlaygroundError as error:
        yield Answered({}, error)


def export_runs(runs: list[dict[str, Any]], format: str, path: Path) -> None:
    """Write the file of a format.

    Args:
        runs: {folder, facts} each, in order; `facts` is what the file says beside the events.

    Raises:
        RuntimeFailure: the disk refused. NotFoundError: one was deleted in the meantime.
    """
    exported = [
        Exported(make_label(number, run["facts"]["name"]), run["facts"], Events(FollowedLog(Path(run["folder"]) / METRICS)))
        for number, run in enumerate(runs, start=1)
    ]
    write_atomically(path, lambda file: RUN_EXPORTS[format].write(file, exported))


class Events:
    """A history from its beginning, as far as it has come when this is made: all parts of a file tell of the same steps."""

    def __init__(self, log: EventLog):
        self._log, self._count = log, len(log)

    def __call__(self) -> Iterator[dict[str, Any]]:
        place = 0
        while place < self._count:
            events = self._log.read(place, min(READ_EVENTS, self._count - place))
            if not events:
                return
            yield from events
            place += len(events)
