"""Shelf: exported files that wait to be fetched, each at an address that nobody can guess."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.errors import NotFoundError, RuntimeFailure

URL = "/exports"
NAME_MOST = 60
TOKEN = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class _File:
    path: Path
    size: int
    created: float


class Shelf:
    """Files under one folder, `<token>/<name>`; each is removed after a time, and all at the start.

    Args:
        seconds: how long a file waits.
        most_bytes: of all files together; the oldest go first.
    """

    def __init__(self, folder: Path, seconds: float, most_bytes: int):
        self.folder, self.seconds, self.most_bytes = folder, seconds, most_bytes
        self._files: dict[str, _File] = {}
        self._lock = threading.Lock()
        self._ticking = False
        shutil.rmtree(folder, ignore_errors=True)

    def reserve(self, name: str) -> Path:
        """A path for a new file, in a folder of its own; call `keep` or `drop` with it.

        Raises:
            RuntimeFailure: the disk refused.
        """
        path = self.folder / secrets.token_hex(16) / name
        try:
            path.parent.mkdir(parents=True)
        except OSError as error:
            raise RuntimeFailure("disk.write", name=name, reason=error.strerror or str(error)) from error
        return path

    def keep(self, path: Path) -> dict[str, Any]:
        """Offer the file that now lies there: {name, bytes, sha256, url}."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size, token = path.stat().st_size, path.parent.name
        with self._lock:
            self._files[token] = _File(path, size, time.monotonic())
            self._prune()
            if not self._ticking:
                self._ticking = True
                self._tick()
        return {"name": path.name, "bytes": size, "sha256": digest, "url": f"{URL}/{token}/{path.name}"}

    def _tick(self) -> None:
        """What nobody asks for goes as well: one timer, as long as anything waits."""
        timer = threading.Timer(self.seconds + 1, self._tock)
        timer.daemon = True
        timer.start()

    def _tock(self) -> None:
        with self._lock:
            self._prune()
            self._ticking = bool(self._files)
            if self._ticking:
                self._tick()

    def drop(self, path: Path) -> None:
        shutil.rmtree(path.parent, ignore_errors=True)

    def find(self, token: str, name: str) -> Path:
        """The file of that address.

        Raises:
            NotFoundError: there is none (any more).
        """
        self.prune()
        with self._lock:
            found = self._files.get(token) if TOKEN.fullmatch(token) else None
        if found is None or found.path.name != name or not found.path.is_file():
            raise NotFoundError("export.gone", minutes=f"{self.seconds / 60:g}")
        return found.path

    def prune(self) -> None:
        with self._lock:
            self._prune()

    def _prune(self) -> None:
        now, total = time.monotonic(), sum(file.size for file in self._files.values())
        for token, file in list(self._files.items()):  # the oldest first; the newest always stays
            too_many = total > self.most_bytes and len(self._files) > 1
            if now - file.created > self.seconds or too_many:
                total -= file.size
                del self._files[token]
                self.drop(file.path)


def file_name(model: str, suffix: str) -> str:
    """A name that is safe in a header and on every disk, from what a learner called his model."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in model).strip("_")
    return f"{re.sub('_+', '_', plain)[:NAME_MOST] or 'model'}{suffix}"
