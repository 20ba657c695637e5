"""Bundle: events that come by the hundred a second, handed on together, and none of them late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

# One message, or one write, for what happened in this time.
BUNDLE_SECONDS = 0.05
# An event that no later one pushes on, because a long evaluation follows it, waits so long and no longer.
LATEST_SECONDS = 0.25
# They come by the hundred a second; every other event is news that does not wait.
BUNDLED = ("step", "insight")


class Bundle:
    """Collects events and hands them on to `give`; what a kill can lose is a quarter of a second.

    Args:
        give: takes a list of events; called by whoever adds one, or by a thread of the bundle's own.
        fail: what the thread does with an exception of `give`; None = it is raised by the next `add` or `flush`.
    """

    def __init__(self, give: Callable[[list[dict[str, Any]]], None], fail: Callable[[Exception], None] | None = None):
        self._give, self._fail = give, fail
        self._events: list[dict[str, Any]] = []
        self._given = time.perf_counter()
        self._lock = threading.RLock()
        self._waiting = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    def add(self, event: dict[str, Any]) -> None:
        with self._lock:
            self._events.append(event)
            if event["type"] not in BUNDLED or time.perf_counter() - self._given > BUNDLE_SECONDS:
                self.flush()
                return
            # Only work that has steps needs the thread, and most work has none.
            if self._thread is None:
                self._thread = threading.Thread(target=self._push_on, name="bundle", daemon=True)
                self._thread.start()
            self._waiting.set()

    def flush(self) -> None:
        """Hand on what waits. Raises: what `give` raises, now or earlier in the thread."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            events, self._events = self._events, []
            if events:
                self._give(events)
            self._given = time.perf_counter()
            self._waiting.clear()

    def _push_on(self) -> None:
        while True:
            self._waiting.wait()
            time.sleep(LATEST_SECONDS)
            try:
                with self._lock:
                    if time.perf_counter() - self._given > LATEST_SECONDS:
                        self.flush()
            except Exception as error:
                self._failure = error
                if self._fail is not None:
                    self._fail(error)
                return
