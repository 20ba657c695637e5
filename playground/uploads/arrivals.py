"""Arrivals: files that a page sends piece by piece, so that no request is larger than any other."""

from __future__ import annotations

import base64
import binascii
import math
import secrets
import threading
import time
from dataclasses import dataclass, field

from playground.errors import BusyError, InputError, LimitError, NotFoundError

SECONDS = 120
FILES_MOST = 8


@dataclass
class _Arriving:
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    seen: float = field(default_factory=time.monotonic)


class Arrivals:
    """Files under way, in memory: few, small, and forgotten soon.

    Args:
        most_bytes: of one file.
    """

    def __init__(self, most_bytes: int):
        self.most_bytes = most_bytes
        self._files: dict[str, _Arriving] = {}
        self._lock = threading.Lock()

    def add(self, token: object, part: object) -> str:
        """Take a piece; the token of its file, which is a new one for the first piece.

        Args:
            token: what the first piece was answered with; "" = this is the first.
            part: base64.

        Raises:
            InputError: no base64. LimitError: the file is too large. NotFoundError: it has taken too long. BusyError: too
            many others are under way.
        """
        try:
            data = base64.b64decode(part if isinstance(part, str) else "!", validate=True)
        except (binascii.Error, ValueError):
            raise InputError("upload.part") from None
        with self._lock:
            now = time.monotonic()
            for name in [name for name, file in self._files.items() if now - file.seen > SECONDS]:
                del self._files[name]
            if not token:
                token = secrets.token_hex(16)
                if len(self._files) >= FILES_MOST:
                    raise BusyError("upload.many", count=FILES_MOST)
                self._files[token] = _Arriving()
            file = self._files.get(token) if isinstance(token, str) else None
            if file is None or not isinstance(token, str):
                raise NotFoundError("upload.gone")
            if file.size + len(data) > self.most_bytes:
                del self._files[token]
                raise too_large(file.size + len(data), self.most_bytes)
            file.parts.append(data)
            file.size += len(data)
            file.seen = now
            return token

    def take(self, token: object) -> bytes:
        """The whole file, which is forgotten here.

        Raises:
            NotFoundError: there is none.
        """
        with self._lock:
            file = self._files.pop(token, None) if isinstance(token, str) else None
        if file is None:
            raise NotFoundError("upload.gone")
        return b"".join(file.parts)


def too_large(size: int, most: int) -> LimitError:
    return LimitError("upload.large", size=f"{math.ceil(size / 2**20):,}", maximum=f"{most / 2**20:,.0f}")
