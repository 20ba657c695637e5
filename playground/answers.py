"""Answers: what a program came to, kept for whoever runs the same program again: a class, a link, a preset, a reload."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

KEPT_MOST = 32
KEPT_BYTES = 2**20  # of one answer as JSON


class Answers:
    """The answers asked for last. Whoever asks for one that is being made waits for it instead of making it once more.

    Only for work whose answer is the same each time: a program of the language has no clock, and its seed is in the key.

    Args:
        patience: seconds to wait for somebody else's; then one makes it oneself.
    """

    def __init__(self, patience: float):
        self._patience = patience
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, dict[str, Any]] = OrderedDict()
        self._making: dict[Hashable, threading.Event] = {}

    def find(self, key: Hashable) -> dict[str, Any] | None:
        """The kept answer, not to be changed; None = make it, inside `making`, and `keep` it."""
        with self._lock:
            made = self._making.get(key)
        if made is not None:
            made.wait(self._patience)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    @contextmanager
    def making(self, key: Hashable) -> Iterator[None]:
        """While it is being made: others who want it wait."""
        made = threading.Event()
        with self._lock:
            first = self._making.setdefault(key, made) is made
        try:
            yield
        finally:
            if first:
                with self._lock:
                    del self._making[key]
                made.set()

    def keep(self, key: Hashable, answer: dict[str, Any]) -> None:
        """Unless it is too large; the one asked for longest ago makes room."""
        if len(json.dumps(answer)) > KEPT_BYTES:
            return
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
