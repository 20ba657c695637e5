"""A run's folder as the server keeps it, so that page, `predict` and `train` read the same files."""

from __future__ import annotations

import contextlib
import secrets
import time
from pathlib import Path
from typing import Any

from playground.errors import InputError, RuntimeFailure
from playground.jobs.child import BUNDLED
from playground.jobs.log import EventLog
from playground.models import load_checkpoint
from playground.models.checkpoint import save_state_dict, write_json
from playground.store import CONFIG, METRICS, SCHEMA_VERSION, WEIGHTS
from playground.training.config import TrainingConfig
from playground.training.events import Event

COURSE_FILE = "mnist_best.pth"
# As the server's children do: one write for what happened in this time.
BUNDLE_SECONDS = 0.05


class RunFolder:
    """`config.json` and the append-only `metrics.jsonl` of one run; the training loop adds its weights.

    Raises:
        InputError: the folder holds a run already. RuntimeFailure: the disk refused.
    """

    def __init__(self, path: Path, config: TrainingConfig, origin: dict[str, Any] | None = None):
        if any((path / name).exists() for name in (CONFIG, METRICS, *WEIGHTS)):
            raise InputError("train.folder_used", folder=str(path))
        self.path = path
        entry = {
            "schema_version": SCHEMA_VERSION,
            "id": secrets.token_hex(16),
            "visitor": "",
            "created": time.time(),
            "config": config.to_json(),
            **({"origin": origin} if origin else {}),
        }
        write_json(path / CONFIG, entry)
        self.log = EventLog(path / METRICS)
        self._waiting: list[dict[str, Any]] = []
        self._written = time.perf_counter()

    def add(self, event: Event) -> None:
        """Keep an event. Raises: RuntimeFailure when the disk refuses: a run without a record is of no use."""
        self._waiting.append(event.to_json())
        if event.type not in BUNDLED or time.perf_counter() - self._written > BUNDLE_SECONDS:
            self._write()

    def end(self, event: dict[str, Any]) -> None:
        """The last event of a run that was ended: stopped or failed."""
        self._waiting.append(event)
        self._write()

    def save_course_file(self) -> Path | None:
        """The best weights as the course saves them; None when no epoch was completed."""
        best = self.path / WEIGHTS[0]
        if not best.is_file():
            return None
        save_state_dict(self.path / COURSE_FILE, load_checkpoint(best))
        return self.path / COURSE_FILE

    def weights(self) -> list[Path]:
        """The checkpoints that there are, the best first."""
        return [self.path / name for name in WEIGHTS if (self.path / name).is_file()]

    def discard(self) -> None:
        """Leave no trace of a run that never began, so that the next attempt may use the same folder."""
        for name in (CONFIG, METRICS):
            (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # something else lies there
            self.path.rmdir()

    def _write(self) -> None:
        self.log.append(self._waiting)
        self._waiting = []
        self._written = time.perf_counter()
        if self.log.failure is not None:
            reason = self.log.failure.strerror or str(self.log.failure)
            raise RuntimeFailure("disk.write", name=METRICS, reason=reason)
