"""What visitors have: their runs, each in a folder of its own that outlives the server."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from playground.atomic import write_json
from playground.errors import NotFoundError, RuntimeFailure
from playground.jobs.log import EventLog
from playground.limits import Limits
from playground.registry import shorten
from playground.runs.bin import Bin
from playground.runs.followed import FollowedLog, end_orphan
from playground.runs.names import default_name
from playground.runs.notices import Notices
from playground.runs.owner import find_owner
from playground.runs.quota import Holding, choose_victims, folder_bytes
from playground.runs.run import COMMAND_LINE, CONFIG, EXAMPLE, METRICS, RUN_ID, Run, new_entry, read_run

REFRESH_SECONDS = 0.5
logger = logging.getLogger(__name__)


class Runs:
    """All runs under one folder: `<id>/{config, marks, evaluation, report}.json, metrics.jsonl, *.safetensors`.

    `example` is the folder of a recorded run that ships with the project; everyone may look at it by the id "example".
    Runs of an earlier server are read at the start; one that was going when that server died gets its last event then.
    `refresh` finds what the command line has begun, or somebody deleted, since.

    Args:
        serving: this process keeps the runs in order: it ends what was interrupted, and deletes what the limits do not
            allow. False: it only looks, because a server may be at work on them.
    """

    def __init__(self, folder: Path, limits: Limits, example: Path | None = None, *, serving: bool = True):
        self.folder = folder
        self.limits = limits
        self.serving = serving
        self.bin = Bin(folder)
        self.notices = Notices(folder)
        self._lock = threading.RLock()
        self._runs: dict[str, Run] = {}
        self._sizes: dict[str, int] = {}
        self._making: set[str] = set()
        self._unreadable: dict[str, int] = {}
        self._refreshed = 0.0
        self._example = read_run(example / CONFIG, EventLog) if example and (example / CONFIG).is_file() else None
        self.refresh()
        self.prune()
        if serving:
            self.bin.empty()

    def create(self, config: dict[str, Any], visitor: str, origin: dict[str, Any] | None = None) -> Run:
        """A new run with an empty history.

        Args:
            origin: {run_id, step} that it goes on from.

        Raises:
            RuntimeFailure: the disk refused; nothing is left behind.
        """
        run_id = secrets.token_hex(16)
        folder = self.folder / run_id
        with self._lock:
            self._making.add(run_id)
        try:
            names = {run.name for run in self.of_visitor(visitor)}
            entry = new_entry(run_id, visitor, config, default_name(config, names), origin)
            write_json(folder / CONFIG, entry)
            run = Run(run_id, visitor, config, entry["created"], folder, EventLog(folder / METRICS), entry)
            with self._lock:
                self._runs[run_id] = run
                self._prune()
            return run
        except RuntimeFailure:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            with self._lock:
                self._making.discard(run_id)

    def find(self, run_id: object) -> Run:
        """The run of that id, whoever asks: the id is the permission.

        Raises:
            NotFoundError: no such run (any more).
        """
        if run_id == EXAMPLE and self._example is not None:
            return self._example
        with self._lock:
            run = self._runs.get(run_id) if isinstance(run_id, str) else None
            if run is None and isinstance(run_id, str) and RUN_ID.fullmatch(run_id):
                self._meet(run_id)  # perhaps the command line has just begun it
                run = self._runs.get(run_id)
        if run is None:
            raise NotFoundError("run.unknown", run_id=shorten(run_id))
        return run

    def of_visitor(self, visitor: str) -> list[Run]:
        """A visitor's own runs, the newest first; at home the command line's, too, which belong to whoever sits there."""
        own = self.visitors(visitor)
        with self._lock:
            found = [run for run in self._runs.values() if run.visitor in own]
        return sorted(found, key=lambda run: -run.created)

    def latest_of(self, visitor: str) -> Run | None:
        """The run that a visitor who comes back sees: his newest."""
        return next(iter(self.of_visitor(visitor)), None)

    def all(self) -> list[Run]:
        """Of all visitors: for whoever has the folder."""
        with self._lock:
            return list(self._runs.values())

    def visitors(self, visitor: str) -> tuple[str, ...]:
        """Whose runs a visitor sees."""
        if not visitor:
            return ()
        return (visitor,) if self.limits.public else (visitor, COMMAND_LINE)

    def refresh(self) -> None:
        """Look at the folder again, at most twice a second: new runs come in, deleted ones go."""
        now = time.monotonic()
        with self._lock:
            if now - self._refreshed < REFRESH_SECONDS and self._refreshed:
                return
            self._refreshed = now
            try:
                names = sorted(entry.name for entry in os.scandir(self.folder) if entry.is_dir())
            except FileNotFoundError:
                names = []
            except OSError as error:
                logger.warning("the runs in %s cannot be read: %s", self.folder, error)
                return
            for run in list(self._runs.values()):
                # One that this server trains ends by itself when its history cannot be written.
                if run.folder.name not in names and (isinstance(run.log, FollowedLog) or run.log.ended):
                    self._forget(run)
            known = {run.folder.name for run in self._runs.values()} | self._making
            new = [name for name in names if name not in known and not name.startswith(".")]
            for name in new:
                self._meet(name)
            if new:
                self._prune()

    def remove(self, run: Run) -> None:
        """Delete a run for good."""
        with self._lock:
            self._destroy(run)

    def discard(self, run: Run) -> None:
        """Put a run into the bin, from which `take_back` takes it for some minutes.

        Raises:
            RuntimeFailure: the disk refused, and the run stays.
        """
        with self._lock:
            self.bin.put(run.folder)
            self._forget(run)
        if self.serving:
            self.bin.empty()

    def take_back(self, run_id: object) -> Run:
        """Undo `discard`.

        Raises:
            NotFoundError: it is not in the bin (any more).
        """
        if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
            raise NotFoundError("run.unknown", run_id=shorten(run_id))
        with self._lock:
            self.bin.take_back(self.folder / run_id)
            self._meet(run_id)
        return self.find(run_id)

    def prune(self) -> None:
        """Delete what the limits do not allow."""
        with self._lock:
            self._prune()

    def _meet(self, name: str) -> None:
        """Take in the run of that folder, where it can be read."""
        path = self.folder / name / CONFIG
        try:
            changed = path.stat().st_mtime_ns
        except OSError:  # not a run, or not yet
            return
        if self._unreadable.get(name) == changed:
            return
        run = read_run(path, self._open_log)
        if run is None or run.id in self._runs:
            if run is not None:
                logger.warning("%s is a copy of %s and is left alone", run.folder, self._runs[run.id].folder)
            self._unreadable[name] = changed
            return
        self._runs[run.id] = run

    def _open_log(self, path: Path) -> EventLog:
        """A history that another process writes is followed; one that nobody writes any more gets its last event."""
        if find_owner(path.parent) is not None:
            return FollowedLog(path, lambda: self._settle(path))
        if not self.serving:
            return FollowedLog(path)
        end_orphan(path)
        return EventLog(path)

    def _settle(self, path: Path) -> None:
        if self.serving and path.parent.is_dir() and find_owner(path.parent) is None:
            end_orphan(path)

    def _prune(self) -> None:
        """Delete ended runs beyond the limits, and keep a notice of each for its visitor."""
        if not self.serving:
            return
        holdings = [self._holding(run) for run in self._runs.values()]
        notices = []
        for run_id, reason in choose_victims(holdings, self.limits, time.time()):
            run = self._runs[run_id]
            notices.append({"visitor": run.visitor, "name": run.name, "created": run.created, "reason": reason})
            self._destroy(run)
        if notices:
            self.notices.add(notices)

    def _holding(self, run: Run) -> Holding:
        ended = run.log.ended
        if ended and run.id not in self._sizes:
            self._sizes[run.id] = folder_bytes(run.folder)
        return Holding(run.id, run.visitor, run.created, ended, run.marks.pinned, self._sizes.get(run.id, 0))

    def _destroy(self, run: Run) -> None:
        self._forget(run)
        try:
            self.bin.destroy(run.folder)
        except RuntimeFailure as error:
            logger.warning("the run in %s cannot be deleted: %s", run.folder, error)

    def _forget(self, run: Run) -> None:
        self._runs.pop(run.id, None)
        self._sizes.pop(run.id, None)
