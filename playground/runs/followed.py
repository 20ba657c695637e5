"""FollowedLog: the history of a run that another process writes; it is read as it grows, and never written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.jobs.log import TERMINAL, EventLog

LOOK_SECONDS = 0.03
ALIVE_SECONDS = 1.0
INTERRUPTED = {"type": "failed", "error": {"kind": "runtime", "key": "run.interrupted", "line": None, "values": {}}}
DAMAGED = {"type": "failed", "error": {"kind": "runtime", "key": "run.damaged", "line": None, "values": {}}}


class FollowedLog(EventLog):
    """As an EventLog whose events come from elsewhere.

    Args:
        path: need not exist yet.
        settle: called now and then while no last event has come; it may write one where the writer is gone.
    """

    def __init__(self, path: Path, settle: Callable[[], None] | None = None):
        self._looked = self._settled = 0.0
        self._settle = settle
        super().__init__(path)
        self._catch_up()

    def __len__(self) -> int:
        self._catch_up()
        return super().__len__()

    @property
    def ended(self) -> bool:
        self._catch_up()
        return self.last.get("type") in TERMINAL

    def read(self, since: int, limit: int) -> list[dict[str, Any]]:
        self._catch_up()
        return super().read(since, limit)

    def wait(self, since: int, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while len(self) <= since:
            if time.monotonic() >= end:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def _read_places(self, path: Path) -> None:
        """Nothing is cut off here: half a line is one that is being written."""

    def _catch_up(self) -> None:
        with self._changed:
            now = time.monotonic()
            if now - self._looked < LOOK_SECONDS or self.last.get("type") in TERMINAL:
                return
            self._looked = now
            self._read_on()
            if self._settle is None or self.last.get("type") in TERMINAL or now - self._settled < ALIVE_SECONDS:
                return
            self._settled = now
            self._settle()
            self._read_on()

    def _read_on(self) -> None:
        assert self.path is not None
        begin = self._places[-1]
        try:
            with self.path.open("rb") as file:
                file.seek(begin)
                data = file.read()
        except FileNotFoundError:
            return  # not begun, or deleted: `read` says so
        lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
        if not lines:
            return
        try:
            last = json.loads(lines[-1])
        except ValueError:  # somebody else's writing: what came before it stays readable, and nothing will follow
            self._kept.append(DAMAGED)
            self.last = DAMAGED
            return
        for line in lines:
            self._places.append(self._places[-1] + len(line))
        self.last = last
        self._changed.notify_all()


def end_orphan(path: Path) -> None:
    """Give a history whose writer is gone its last event."""
    log = EventLog(path)
    if not log.ended:
        log.append([INTERRUPTED])
