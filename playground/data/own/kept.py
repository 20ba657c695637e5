"""KeptImages: visitors' data sets on disk, each under an id that nobody can guess; few, and for a while."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import struct
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from playground.data.datasets import FACTS, FILES, OWN_ID, Dataset, find_dataset, own_home
from playground.errors import NotFoundError, RuntimeFailure
from playground.registry import shorten

PARTIAL = ".partial-"
PARTIAL_SECONDS = 600
logger = logging.getLogger(__name__)
# Of those that nobody has claimed: what a stranger sends and leaves there pushes out nothing of a visitor's.
UNCLAIMED_MOST = 10


class KeptImages:
    """Folders `own-…` under `own_home()`, each with the four IDX files of a data set and its facts.

    Args:
        most: how many of all visitors; the oldest go first. own_most: of one visitor.
        age_seconds: what is older is deleted.
    """

    def __init__(self, most: int, own_most: int, age_seconds: float):
        self.most, self.own_most, self.age_seconds = most, own_most, age_seconds
        self._lock = threading.RLock()

    def keep(self, arrays: dict[str, np.ndarray], class_names: list[str], title: str) -> Dataset:
        """Write a data set; it is nobody's until it is claimed.

        Raises:
            RuntimeFailure: the disk refused; nothing is left behind.
        """
        dataset_id = f"own-{secrets.token_hex(16)}"
        share = arrays["train_images"].astype(np.float64) / 255
        facts = {"title": title, "class_names": class_names, "mean": round(float(share.mean()), 4)}
        facts |= {"std": max(0.001, round(float(share.std()), 4)), "visitor": "", "created": time.time()}
        home, work = own_home(), None
        try:
            home.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=home))
            for split, what, name in FILES:
                array = arrays[f"{split}_{what}"]
                head = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape)
                (work / name).write_bytes(head + array.astype(np.uint8).tobytes())
            (work / FACTS).write_text(json.dumps(facts), encoding="utf-8")
            os.chmod(work, 0o755)
            work.rename(home / dataset_id)
        except OSError as error:
            if work is not None:
                shutil.rmtree(work, ignore_errors=True)
            raise RuntimeFailure("disk.write", name=title, reason=error.strerror or str(error)) from error
        with self._lock:
            self._prune()
        return find_dataset(dataset_id)

    def claim(self, dataset_id: object, visitor: str) -> Dataset:
        """Put a data set into this visitor's list: who has its id may.

        Raises:
            NotFoundError: there is none.
        """
        dataset = self.find(dataset_id)
        path = dataset.folder() / FACTS
        with self._lock:
            try:
                facts = json.loads(path.read_text(encoding="utf-8"))
                temporary = path.with_suffix(".part")
                temporary.write_text(json.dumps({**facts, "visitor": visitor}), encoding="utf-8")
                temporary.replace(path)
            except (OSError, ValueError) as error:
                raise NotFoundError("own.gone", name=shorten(dataset_id)) from error
            for old in self.of_visitor(visitor)[self.own_most :]:
                shutil.rmtree(old.folder(), ignore_errors=True)
        return dataset

    def of_visitor(self, visitor: str) -> list[Dataset]:
        """The newest first."""
        self.prune()
        found = []
        for folder in own_home().glob("own-*"):
            facts = _facts(folder)
            if visitor and OWN_ID.fullmatch(folder.name) and facts.get("visitor") == visitor and not self._is_old(facts):
                found.append((float(facts["created"]), folder.name))
        return [find_dataset(name) for _, name in sorted(found, reverse=True)]

    def remove(self, dataset_id: object) -> bool:
        """Delete a data set; whether there was one."""
        if not (isinstance(dataset_id, str) and OWN_ID.fullmatch(dataset_id)):
            return False
        folder = own_home() / dataset_id
        there = folder.is_dir()
        shutil.rmtree(folder, ignore_errors=True)
        return there

    def prune(self) -> None:
        with self._lock:
            self._prune()

    def find(self, dataset_id: object) -> Dataset:
        """
        Raises:
            NotFoundError: there is none of that id.
        """
        if not (isinstance(dataset_id, str) and OWN_ID.fullmatch(dataset_id)):
            raise NotFoundError("own.gone", name=shorten(dataset_id))
        return find_dataset(dataset_id)

    def _is_old(self, facts: dict[str, Any]) -> bool:
        return time.time() - float(facts.get("created", 0)) > self.age_seconds

    def _prune(self) -> None:
        folders = [folder for folder in own_home().glob("own-*") if OWN_ID.fullmatch(folder.name)]
        known = sorted(((_facts(folder), folder) for folder in folders), key=lambda one: -float(one[0].get("created", 0)))
        kept = unclaimed = 0
        for facts, folder in known:
            unclaimed += not facts.get("visitor")
            surplus = not facts.get("visitor") and unclaimed > UNCLAIMED_MOST
            if surplus or kept >= self.most or self._is_old(facts):
                shutil.rmtree(folder, ignore_errors=True)
            else:
                kept += 1
        for folder in own_home().glob(f"{PARTIAL}*"):  # what a killed server left
            try:
                if time.time() - folder.stat().st_mtime > PARTIAL_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
            except OSError as error:
                logger.warning("%s cannot be removed: %s", folder, error)


def _facts(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        logger.warning("the facts of %s cannot be read: %s", folder, error)
        return {}
    return found if isinstance(found, dict) else {}
