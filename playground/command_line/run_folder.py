"""A run's folder as the server keeps it, so that page, `predict` and `train` read the same files."""

from __future__ import annotations

import contextlib
import json
import secrets
from pathlib import Path
from typing import Any

from playground.atomic import write_json
from playground.data import playground_home
from playground.errors import InputError, RuntimeFailure
from playground.jobs.bundle import Bundle
from playground.jobs.log import EventLog
from playground.models import load_checkpoint
from playground.models.checkpoint import save_state_dict
from playground.runs.names import default_name
from playground.runs.owner import OWNER, Ownership
from playground.runs.run import COMMAND_LINE, CONFIG, METRICS, WEIGHTS, new_entry, read_run
from playground.training.config import TrainingConfig
from playground.training.events import Event

COURSE_FILE = "mnist_best.pth"


class RunFolder:
    """`config.json` and the append-only `metrics.jsonl` of one run; the training loop adds its weights.

    Args:
        path: None = a new folder among the runs of PLAYGROUND_HOME, where a server finds it.
        again: it may be there already: a launcher has started the run anew.

    Raises:
        InputError: the folder holds a run already. BusyError: another process writes there.
        RuntimeFailure: the disk refused.
    """

    def __init__(self, path: Path | None, config: TrainingConfig, origin: dict[str, Any] | None = None, again: bool = False):
        run_id = secrets.token_hex(16)
        home = playground_home() / "runs"
        path = home / run_id if path is None else path
        known = json.loads((path / CONFIG).read_text(encoding="utf-8")) if again and (path / CONFIG).is_file() else None
        if known is None and any((path / name).exists() for name in (CONFIG, METRICS, *WEIGHTS)):
            raise InputError("train.folder_used", folder=str(path))
        self.path = path
        # Before there is a config: a server that finds the run must see that somebody writes it.
        self._owned = Ownership(path)
        if known is None:
            name = default_name(config.to_json(), _taken_names(home))
            known = new_entry(run_id, COMMAND_LINE, config.to_json(), name, origin)
            write_json(path / CONFIG, known)
        self.id, self.name = known["id"], known["name"]
        self.log = EventLog(path / METRICS)
        self._bundle = Bundle(self._write)

    def add(self, event: Event) -> None:
        """Keep an event. Raises: RuntimeFailure when the disk refuses: a run without a record is of no use."""
        self._bundle.add(event.to_json())

    def end(self, event: dict[str, Any]) -> None:
        """The last event of a run that was ended: stopped or failed."""
        self._bundle.add(event)

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
        self._owned.release()
        for name in (CONFIG, METRICS, OWNER):
            (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # something else lies there
            self.path.rmdir()

    def release(self) -> None:
        """The run is complete: nothing will be written to it any more."""
        self._owned.release()
        (self.path / OWNER).unlink(missing_ok=True)

    def _write(self, events: list[dict[str, Any]]) -> None:
        self.log.append(events)
        if self.log.failure is not None:
            reason = self.log.failure.strerror or str(self.log.failure)
            raise RuntimeFailure("disk.write", name=METRICS, reason=reason)


def _taken_names(home: Path) -> set[str]:
    """What the command line's runs are called; their histories are not looked at."""
    found = (read_run(path, lambda _: EventLog()) for path in home.glob(f"*/{CONFIG}"))
    return {run.name for run in found if run is not None and run.visitor == COMMAND_LINE}
