"""Run: one training run as it lies in its folder."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.errors import NotFoundError
from playground.jobs.log import EventLog
from playground.runs.environment import describe_packages
from playground.runs.marks import Marks, read_marks
from playground.runs.names import default_name

SCHEMA_VERSION = 1
CONFIG, METRICS, EVALUATION, REPORT = "config.json", "metrics.jsonl", "evaluation.json", "report.json"
EXAMPLE = "example"
# The visitor of runs that were started without a page; no browser can have this id.
COMMAND_LINE = "command line"
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
        entry: all of its config.json; older ones lack `name` and `environment`; a fork has `origin`: {run_id, step}.
    """

    id: str
    visitor: str
    config: dict[str, Any]
    created: float
    folder: Path
    log: EventLog
    entry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> dict[str, Any] | None:
        """{run_id, step}: the run, and its step, that this one went on from; None = it began anew."""
        origin = self.entry.get("origin")
        whole = isinstance(origin, dict) and isinstance(origin.get("run_id"), str) and isinstance(origin.get("step"), int)
        return origin if whole else None

    @property
    def marks(self) -> Marks:
        """Its name and pin as they stand on the disk now: the command line may have changed them."""
        return read_marks(self.folder)

    @property
    def name(self) -> str:
        """What its visitor calls it, else its default name."""
        given = self.entry.get("name")
        return self.marks.name or (given if isinstance(given, str) and given else default_name(self.config))

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

    def accuracy(self) -> float | None:
        """The test accuracy of its best weights; None before its first epoch has ended."""
        found = self.evaluation()
        return float(found["accuracy"]) if found is not None else None

    def started(self) -> dict[str, Any] | None:
        """The `started` event: what its trial settled on; None when it has not come so far."""
        # Before it there are only the events of the queue and of a download.
        place = 0
        while place < len(self.log):
            events = self.log.read(place, 500)
            found = next((event for event in events if event["type"] in ("started", "step")), None)
            if found is not None or not events:
                return found if found and found["type"] == "started" else None
            place += len(events)
        return None


def new_entry(
    run_id: str, visitor: str, config: dict[str, Any], name: str, origin: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What stands in the config.json of a new run."""
    head = {"schema_version": SCHEMA_VERSION, "id": run_id, "visitor": visitor, "created": time.time(), "name": name}
    return {**head, "environment": describe_packages(), **({"origin": origin} if origin else {}), "config": config}


def read_run(path: Path, open_log: Callable[[Path], EventLog]) -> Run | None:
    """The run of a config.json; None, and a warning, where it is none."""
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
        return Run(run_id, visitor, config, float(created), path.parent, open_log(path.parent / METRICS), entry)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, NotFoundError) as error:
        logger.warning("the run in %s cannot be read and is left alone: %s", path.parent, error)
        return None
