"""Readers: networks given as code, each in a child of its own that stays open while digits are drawn for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.errors import InternalError
from playground.sessions import Sessions

KNOWN_MOST = 64


@dataclass
class _Child:
    """`saved`: when the weights were written that it holds."""

    session: str = ""
    saved: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Readers:
    """The open children, by their checkpoint: everyone who draws for a network asks the same one."""

    def __init__(self, sessions: Sessions):
        self._sessions = sessions
        self._lock = threading.Lock()
        self._open: OrderedDict[Path, _Child] = OrderedDict()

    def read(self, path: Path, seen: Any) -> list[float]:
        """The probabilities of an image, (28, 28) float32 0…1.

        Raises:
            PlaygroundError: the learner's code failed, or took too long.
        """
        image = seen.tolist()
        with self._lock:
            child = self._open.setdefault(path, _Child())
            self._open.move_to_end(path)
            while len(self._open) > KNOWN_MOST:
                self._open.popitem(last=False)
        with child.lock:  # strokes come faster than a child starts
            saved = path.stat().st_mtime_ns
            answered = self._sessions.ask(child.session, image) if child.saved == saved else None
            if answered is None:
                child.session, child.saved = self._start(path), saved
                answered = self._sessions.ask(child.session, image)
        answer, error = answered or ({}, None)
        if error is not None:
            raise error
        probabilities = answer.get("probabilities")
        if not isinstance(probabilities, list) or not all(isinstance(part, (int, float)) for part in probabilities):
            raise InternalError("error.internal")
        return probabilities

    def _start(self, path: Path) -> str:
        from playground.digits.work import read_in_child

        given = {"checkpoint": str(path)}
        return self._sessions.open(read_in_child, given, f"draw {path}", readable=(str(path),))[0]
