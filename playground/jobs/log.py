"""EventLog: the history of one job, append-only, on disk where it shall outlive the server."""

from __future__ import annotations

import json
import logging
import threading
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playground.errors import NotFoundError

TERMINAL = ("done", "stopped", "failed")
logger = logging.getLogger(__name__)


class EventLog:
    """Events in the order in which they happened, each a JSON object with a `type`.

    With a path, every event is a line of that file, and only the lines' places are held in memory (8 bytes an event): an
    hour-long run costs as little as a short one, and after a kill the file still holds all but the last moment. When the
    disk refuses (full), the events that follow are kept in memory and `failure` says why. Safe for threads.
    """

    def __init__(self, path: Path | None = None):
        self.path = path
        self.failure: OSError | None = None
        self.last: dict[str, Any] = {}
        self._places = array("Q", [0])
        self._kept: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        if path is not None and path.exists():
            self._read_places(path)

    def __len__(self) -> int:
        return len(self._places) - 1 + len(self._kept)

    @property
    def ended(self) -> bool:
        """Whether nothing will follow: the last event is done, stopped or failed."""
        return self.last.get("type") in TERMINAL

    def append(self, events: Sequence[dict[str, Any]]) -> None:
        """Add events and wake everyone who waits for them."""
        if not events:
            return
        with self._changed:
            if self.path is None or self.failure is not None or not self._write(events):
                self._kept.extend(events)
            self.last = events[-1]
            self._changed.notify_all()

    def read(self, since: int, limit: int) -> list[dict[str, Any]]:
        """Events number `since` … `since + limit - 1`, from 0; fewer where there are fewer."""
        with self._changed:
            on_disk = len(self._places) - 1
            end = min(since + limit, len(self))
            events: list[dict[str, Any]] = []
            if since < min(end, on_disk) and self.path is not None:
                begin, stop = self._places[since], self._places[min(end, on_disk)]
                try:
                    with self.path.open("rb") as file:
                        file.seek(begin)
                        events = [_parse(line) for line in file.read(stop - begin).split(b"\n")[:-1]]
                except FileNotFoundError:  # the run was deleted while somebody followed it
                    raise NotFoundError("run.unknown", run_id=self.path.parent.name) from None
            if end > on_disk:
                events += self._kept[max(since - on_disk, 0) : end - on_disk]
            return events

    def wait(self, since: int, seconds: float) -> bool:
        """Wait until there is an event number `since`; False when none came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self) > since, timeout=seconds)

    def wait_for_end(self) -> dict[str, Any]:
        """Wait until nothing will follow: the last event."""
        while not self.ended:
            self.wait(len(self), 1.0)
        return self.last

    def _write(self, events: Sequence[dict[str, Any]]) -> bool:
        assert self.path is not None
        lines = [json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for event in events]
        try:
            with self.path.open("ab") as file:
                file.write(b"".join(lines))
        except OSError as error:
            logger.warning("events of %s cannot be written: %s", self.path, error)
            self.failure = error
            return False
        for line in lines:
            self._places.append(self._places[-1] + len(line))
        return True

    def _read_places(self, path: Path) -> None:
        line = b""
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._places.append(self._places[-1] + len(line))
        if self._places[-1] < path.stat().st_size:
            # A kill in the middle of a write left half a line.
            with path.open("ab") as file:
                file.truncate(self._places[-1])
        if len(self._places) > 1:
            self.last = self.read(len(self) - 1, 1)[0]
            if self.last["type"] == "unreadable":
                raise ValueError("the last line is no event")


def _parse(line: bytes) -> dict[str, Any]:
    """An event; of a line that somebody else has written, or a disk has damaged, one that no reader takes for anything."""
    try:
        event = json.loads(line)
    except ValueError:
        return {"type": "unreadable"}
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else {"type": "unreadable"}
