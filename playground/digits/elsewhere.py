"""Readers: networks given as code, each in a child of its own that stays open while digits are drawn for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from playground.errors import InternalError, NotFoundError
from playground.sessions import Sessions, Standing

KNOWN_MOST = 64
PATIENCE_SECONDS = 8.0


class Readers:
    """The open children, by their checkpoint: everyone who draws for a network asks the same one."""

    def __init__(self, sessions: Sessions):
        self._sessions = sessions
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Path, int], Standing] = OrderedDict()

    def read(self, path: Path, seen: Any) -> list[float]:
        """The probabilities of an image, (28, 28) float32 0…1.

        Raises:
            PlaygroundError: the learner's code failed, or took too long.
        """
        answer, error = self._reader(path).ask(seen.tolist(), PATIENCE_SECONDS)
        if error is not None:
            raise error
        probabilities = answer.get("probabilities")
        if not isinstance(probabilities, list) or not all(isinstance(part, (int, float)) for part in probabilities):
            raise InternalError("error.internal")
        return probabilities

    def _reader(self, path: Path) -> Standing:
        from playground.digits.work import read_in_child

        try:
            key = (path, path.stat().st_mtime_ns)  # what was saved later is another network
        except OSError as error:
            raise NotFoundError("checkpoint.missing", name=path.name) from error
        with self._lock:
            if key not in self._known:
                given = {"checkpoint": str(path)}
                self._known[key] = Standing(self._sessions, read_in_child, given, f"draw {path}", (str(path),))
            self._known.move_to_end(key)
            while len(self._known) > KNOWN_MOST:
                self._known.popitem(last=False)
            return self._known[key]
