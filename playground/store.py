"""What visitors have: their runs, each in a folder of its own that outlives the server."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from playground.errors import BusyError, NotFoundError, RuntimeFailure
from playground.jobs.log import EventLog
from playground.limits import Limits
from playground.registry import shorten

SCHEMA_VERSION = 1
CONFIG, METRICS, EVALUATION, REPORT = "config.json", "metrics.jsonl", "evaluation.json", "report.json"
EXAMPLE = "example"
# Of a run whose model is a learner's code: the folder that its child may write to, so that it writes nothing else.
WORK = "work"
RUN_ID = re.compile("[0-9a-f]{32}")
FILE_BYTES_MOST = 2**20  # of a config or an evaluation
WEIGHTS = ("best.safetensors", "last.safetensors")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """One training run: who started it, with which config, and its folder.

    Args:
        id: 128 random bits in hex: who has it may look at the run.
        visitor: the visitor's id; lists show only his own.
        config: the complete config as JSON.
        created: seconds since 1970.
        log: its events; follow it there.
        origin: {"run_id", "step"}: the snapshot that it went on from; None = it began anew.
    """

    id: str
    visitor: str
    config: dict[str, Any]
    created: float
    folder: Path
    log: EventLog
    origin: dict[str, Any] | None = None

    @property
    def work(self) -> Path:
        """Where its child may write, where that is not the whole folder."""
        return self.folder / WORK

    def file(self, name: str) -> Path | None:
        """A file that its training has written; None = not yet."""
        return next((path for path in (self.folder / name, self.work / name) if path.is_file()), None)

    def weights(self) -> Path | None:
        """The best checkpoint, else the last one, else None."""
        return next((path for path in map(self.file, WEIGHTS) if path is not None), None)

    def evaluation(self) -> dict[str, Any] | None:
        """What is on the disk of its evaluation; None where that is nothing, or nothing of the kind."""
        path = self.file(EVALUATION)
        try:
            if path is None or path.stat().st_size > FILE_BYTES_MOST:
                return None
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        numbers = isinstance(found, dict) and all(isinstance(found.get(key), (int, float)) for key in ("accuracy", "loss"))
        lists = numbers and all(isinstance(found.get(key), list) for key in ("per_digit", "confusion", "mistakes"))
        return found if lists else None


class Runs:
    """All runs under one folder: `<id>/{config.json, metrics.jsonl, evaluation.json, report.json, *.safetensors}`.

    `example` is the folder of a recorded run that ships with the project; everyone may look at it by the id "example".
    Runs of an earlier server are read at the start; one that was going when that server died gets its last event then.
    """

    def __init__(self, folder: Path, limits: Limits, example: Path | None = None):
        self.folder = folder
        self.limits = limits
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._example = _read_run(example / CONFIG) if example and (example / CONFIG).is_file() else None
        for path in sorted(folder.glob(f"*/{CONFIG}")):
            run = _read_run(path)
            if run is not None:
                self._runs[run.id] = run
        with self._lock:
            self._prune()

    def create(self, config: dict[str, Any], visitor: str, origin: dict[str, Any] | None = None) -> Run:
        """A new run with an empty history.

        Raises:
            RuntimeFailure: the disk refused; nothing is left behind.
        """
        run_id = secrets.token_hex(16)
        folder = self.folder / run_id
        created = time.time()
        entry = {
            "schema_version": SCHEMA_VERSION,
            "id": run_id,
            "visitor": visitor,
            "created": created,
            "config": config,
            **({"origin": origin} if origin else {}),
        }
        try:
            folder.mkdir(parents=True)
            (folder / CONFIG).write_text(json.dumps(entry, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RuntimeFailure("disk.write", name=CONFIG, reason=error.strerror or str(error)) from error
        run = Run(run_id, visitor, config, created, folder, EventLog(folder / METRICS), origin)
        with self._lock:
            self._runs[run_id] = run
            self._prune()
        return run

    def find(self, run_id: object) -> Run:
        """The run of that id, whoever asks: the id is the permission.

        Raises:
            NotFoundError: no such run (any more).
        """
        with self._lock:
            run = self._runs.get(run_id) if isinstance(run_id, str) else None
        if run_id == EXAMPLE:
            run = self._example
        if run is None:
            raise NotFoundError("run.unknown", run_id=shorten(run_id))
        return run

    def of_visitor(self, visitor: str) -> list[Run]:
        """A visitor's own runs, the newest first."""
        with self._lock:
            own = [run for run in self._runs.values() if visitor and run.visitor == visitor]
        return sorted(own, key=lambda run: -run.created)

    def all(self) -> list[Run]:
        """All runs, whosoever's."""
        with self._lock:
            return list(self._runs.values())

    def remove(self, run: Run) -> None:
        with self._lock:
            self._remove(run)

    def _prune(self) -> None:
        """Delete the oldest ended runs beyond the limits: too old, too many of one visitor, too many of all."""
        ended = sorted((run for run in self._runs.values() if run.log.ended), key=lambda run: run.created)
        for run in ended:
            of_visitor = sum(1 for other in self._runs.values() if other.visitor == run.visitor)
            too_old = time.time() - run.created > self.limits.run_age_seconds
            if too_old or of_visitor > self.limits.runs_per_visitor or len(self._runs) > self.limits.runs_total:
                self._remove(run)

    def _remove(self, run: Run) -> None:
        self._runs.pop(run.id, None)
        shutil.rmtree(run.folder, ignore_errors=True)


def take_runs(folder: Path) -> IO[str] | None:
    """Make sure that no other server writes to these runs: keep what is returned as long as this one does.

    Two servers would each take the other's running runs for interrupted ones. The lock goes with the process.

    Raises:
        BusyError: another server has them.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".owner").open("w")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError("run.locked", folder=str(folder)) from None
    except OSError as error:
        logger.warning("the runs in %s cannot be locked: %s", folder, error)
        return None
    return file


def _read_run(path: Path) -> Run | None:
    try:
        if path.stat().st_size > FILE_BYTES_MOST:
            raise ValueError(f"{path.stat().st_size} bytes")
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {entry['schema_version']}")
        run_id, visitor, config, created = (entry[key] for key in ("id", "visitor", "config", "created"))
        known = isinstance(run_id, str) and (run_id == EXAMPLE or RUN_ID.fullmatch(run_id))
        if not known or not isinstance(visitor, str) or not isinstance(config, dict):
            raise ValueError("no entry of a run")
        if not isinstance(config.get("model", ""), str) or not 0 <= created < 1e12:
            raise ValueError("no config of a run")
        origin = entry.get("origin")
        origin = origin if isinstance(origin, dict) and {"run_id", "step"} <= origin.keys() else None
        run = Run(run_id, visitor, config, float(created), path.parent, EventLog(path.parent / METRICS), origin)
        ended = run.log.ended
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("the run in %s cannot be read and is left alone: %s", path.parent, error)
        return None
    if not ended:
        # The server that ran it was killed.
        run.log.append(
            [{"type": "failed", "error": {"kind": "runtime", "key": "run.interrupted", "line": None, "values": {}}}]
        )
    return run
