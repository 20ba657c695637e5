"""Bin: deleted runs, which can come back for some minutes. A run goes there, and comes back, in one step."""

from __future__ import annotations

import logging
import os
import shutil
import time
from pathlib import Path

from playground.errors import NotFoundError, RuntimeFailure

BIN = ".deleted"
KEPT_SECONDS = 600.0
logger = logging.getLogger(__name__)


class Bin:
    """The folder `.deleted` beside the runs."""

    def __init__(self, runs: Path):
        self.folder = runs / BIN

    def put(self, folder: Path) -> None:
        """
        Raises:
            RuntimeFailure: the disk refused, and the run stays.
        """
        try:
            self.folder.mkdir(exist_ok=True)
            shutil.rmtree(self.folder / folder.name, ignore_errors=True)
            os.replace(folder, self.folder / folder.name)
            os.utime(self.folder / folder.name)  # from now on
        except FileNotFoundError:
            return  # somebody has deleted it below the page
        except OSError as error:
            raise RuntimeFailure("disk.write", name=folder.name, reason=error.strerror or str(error)) from error

    def take_back(self, folder: Path) -> None:
        """
        Raises:
            NotFoundError: it is not there any more.
        """
        try:
            os.rename(self.folder / folder.name, folder)
        except OSError as error:
            raise NotFoundError("run.undo_gone", minutes=f"{KEPT_SECONDS / 60:g}") from error

    def destroy(self, folder: Path) -> None:
        """Delete a run for good. In between it lies in the bin, so that a kill leaves no half of one among the runs."""
        self.put(folder)
        self._remove(self.folder / folder.name)

    def empty(self) -> None:
        """For good: what has lain here long enough."""
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            try:
                old = time.time() - path.stat().st_mtime > KEPT_SECONDS
            except FileNotFoundError:
                continue
            if old:
                self._remove(path)

    def _remove(self, path: Path) -> None:
        shutil.rmtree(path, onerror=lambda _, name, failure: _say(name, failure))


def _say(name: str, failure: object) -> None:
    error = failure[1] if isinstance(failure, tuple) else failure
    if not isinstance(error, FileNotFoundError):
        logger.warning("%s cannot be deleted: %s", name, error)
