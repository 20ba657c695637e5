"""Notices: which runs the limits have deleted, kept until their visitor has read it."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

from playground.atomic import write_json
from playground.errors import RuntimeFailure

NOTICES = ".notices.json"
VISITOR_MOST, TOTAL_MOST = 20, 2000
AGE_SECONDS = 30 * 86400.0
BYTES_MOST = 4 * 2**20
logger = logging.getLogger(__name__)


class Notices:
    """Of all visitors, in one file beside the runs: [{visitor, name, created, reason, deleted}], the oldest first.

    `reason`: age, count, total, bytes or total_bytes: the limit that was reached.
    """

    def __init__(self, runs: Path):
        self._path = runs / NOTICES
        self._lock = threading.Lock()
        self._all: list[dict[str, Any]] = self._read()

    def add(self, found: list[dict[str, Any]]) -> None:
        """More of them. When the disk refuses, they are kept in memory alone."""
        with self._lock:
            now = time.time()
            kept = [*self._all, *({**notice, "deleted": now} for notice in found)]
            kept = [notice for notice in kept if now - notice["deleted"] < AGE_SECONDS][-TOTAL_MOST:]
            self._all = kept
            self._write()

    def of_visitor(self, visitors: tuple[str, ...]) -> list[dict[str, Any]]:
        """The newest ones of a visitor: [{name, created, reason, deleted}]."""
        with self._lock:
            own = [notice for notice in self._all if notice["visitor"] in visitors]
        return [{key: value for key, value in notice.items() if key != "visitor"} for notice in own[-VISITOR_MOST:]]

    def forget(self, visitors: tuple[str, ...]) -> None:
        """They have been read."""
        with self._lock:
            self._all = [notice for notice in self._all if notice["visitor"] not in visitors]
            self._write()

    def _write(self) -> None:
        try:
            write_json(self._path, self._all)
        except RuntimeFailure as error:
            logger.warning("the notices of deleted runs cannot be written: %s", error)

    def _read(self) -> list[dict[str, Any]]:
        try:
            if self._path.stat().st_size > BYTES_MOST:
                raise ValueError("too large")
            found = json.loads(self._path.read_text(encoding="utf-8"))
            keys: dict[str, Any] = {
                "visitor": str,
                "name": str,
                "created": (int, float),
                "reason": str,
                "deleted": (int, float),
            }
            if not all(isinstance(notice[key], kind) for notice in found for key, kind in keys.items()):
                raise TypeError("no notices")
            return [{key: notice[key] for key in keys} for notice in found]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            logger.warning("the notices of deleted runs cannot be read: %s", error)
            return []
