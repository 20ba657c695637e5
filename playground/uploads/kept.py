"""KeptWeights: weights that came back and fitted, on disk, each under an id that nobody can guess."""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from playground.errors import InputError, NotFoundError
from playground.registry import shorten

ID = re.compile("[0-9a-f]{32}")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """One file: its id, the name that it came with, when it came (seconds since 1970)."""

    id: str
    name: str
    created: float


class KeptWeights:
    """Files `<id>.safetensors` under one folder, beside each `<id>.json` with {visitor, name, reads_digits}.

    Args:
        most: how many of all visitors; the oldest go first.
        age_seconds: what is older is deleted.
    """

    def __init__(self, folder: Path, most: int, age_seconds: float):
        self.folder, self.most, self.age_seconds = folder, most, age_seconds
        self._lock = threading.Lock()

    def keep(self, content: bytes, visitor: str, name: str, *, reads_digits: bool) -> str:
        """Write a checkpoint; its id.

        Raises:
            RuntimeFailure: the disk refused.
        """
        from playground.models.checkpoint import write_atomically, write_json

        weights_id = secrets.token_hex(16)
        write_atomically(self._path(weights_id), lambda file: file.write(content))
        write_json(self._facts(weights_id), {"visitor": visitor, "name": name, "reads_digits": reads_digits})
        with self._lock:
            self._prune()
        return weights_id

    def has(self, weights_id: object) -> bool:
        return isinstance(weights_id, str) and bool(ID.fullmatch(weights_id)) and self._path(weights_id).is_file()

    def find(self, weights_id: object) -> Path:
        """The file of that id, whoever asks: the id is the permission.

        Raises:
            NotFoundError: there is none (any more).
        """
        with self._lock:
            self._prune()
        if not self.has(weights_id):
            raise NotFoundError("upload.unknown_id", weights=shorten(weights_id))
        return self._path(str(weights_id))

    def find_reader(self, weights_id: object) -> Path:
        """The same, where it can read digits.

        Raises:
            NotFoundError: as `find`. InputError: it reads none.
        """
        path = self.find(weights_id)
        try:
            facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            logger.warning("the facts of %s cannot be read: %s", path, error)
            facts = {}
        if not facts.get("reads_digits"):
            raise InputError("upload.no_digits")
        return path

    def claim(self, weights_id: object, visitor: str, *, reader: bool = True) -> str:
        """Put weights into this visitor's list: who has their id may; the id.

        Args:
            reader: only what reads digits.

        Raises:
            NotFoundError, InputError: as `find_reader`.
        """
        from playground.models.checkpoint import write_json

        path = self.find_reader(weights_id) if reader else self.find(weights_id)
        with self._lock:
            try:
                facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            except OSError as error:  # just removed
                raise NotFoundError("upload.unknown_id", weights=path.stem) from error
            write_json(path.with_suffix(".json"), {**facts, "visitor": visitor})
        return path.stem

    def of_visitor(self, visitor: str, *, readers: bool = True) -> list[Kept]:
        """This visitor's weights, the newest first.

        Args:
            readers: only those that read digits.
        """
        found = []
        with self._lock:
            self._prune()
        for path in self.folder.glob("*.safetensors"):
            try:
                facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
                created = path.stat().st_mtime
            except (OSError, ValueError):
                continue  # just removed
            if visitor and facts.get("visitor") == visitor and (facts.get("reads_digits") or not readers):
                found.append(Kept(path.stem, str(facts.get("name", "")), created))
        return sorted(found, key=lambda one: -one.created)

    def _path(self, weights_id: str) -> Path:
        return self.folder / f"{weights_id}.safetensors"

    def _facts(self, weights_id: str) -> Path:
        return self.folder / f"{weights_id}.json"

    def _prune(self) -> None:
        try:
            files = sorted(self.folder.glob("*.safetensors"), key=lambda path: -path.stat().st_mtime)
            now = time.time()
            for place, path in enumerate(files):
                if place >= self.most or now - path.stat().st_mtime > self.age_seconds:
                    path.unlink(missing_ok=True)
                    path.with_suffix(".json").unlink(missing_ok=True)
        except OSError as error:  # another thread, or another server, was faster
            logger.warning("old weights in %s cannot be removed: %s", self.folder, error)
