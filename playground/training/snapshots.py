"""Snapshots: a run keeps its whole state every so many steps, evenly over its length, at a small part of its time."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from safetensors.torch import save as save_safetensors

from playground.errors import RuntimeFailure
from playground.limits import Limits
from playground.models.checkpoint import save_weights, write_atomically, write_json
from playground.training.events import Event
from playground.training.snapshot_files import (
    FOLDER,
    best_files,
    clear_folder,
    delete_snapshot,
    file_of,
    list_steps,
    measure_folder,
    read_facts,
)
from playground.training.snapshot_state import freeze

if TYPE_CHECKING:
    from playground.training.loop import TrainingRun

# Of the training time; what the clock does not see (colder caches) needs room beside it.
COST_SHARE = 0.012
# However far apart they are by then: the newest is never older, so that a killed run goes on from there.
NEWEST_SECONDS = 20.0


@dataclass(frozen=True)
class SnapshotsEnded(Event):
    """No snapshots are kept from step number `step` on; `problem`: why, in the system's words. The run goes on."""

    type: ClassVar[str] = "snapshots_ended"
    step: int
    problem: str


class Keeper:
    """Keeps the snapshots of one run in `folder`.

    The first is that of the beginning. As long as there is room they come as often as COST_SHARE allows; when there are more
    than the limits say, every other one goes and from then on they come half as often. The newest stays in any case.

    Args:
        enabled: False = it keeps none.
    """

    def __init__(self, folder: Path, limits: Limits, *, enabled: bool = True):
        self.folder = folder / FOLDER
        self.enabled = enabled
        self.most, self.bytes_most = limits.snapshots_per_run, limits.snapshots_bytes
        self.steps: list[int] = []
        self.best_of: dict[int, int | None] = {}
        self.gap = 1
        self.spent = self.last_seconds = 0.0
        self.written = time.perf_counter()
        self.loose: int | None = None  # the newest, where it came before its turn

    def adopt(self, last: int) -> None:
        """Take over the snapshots that are there up to that of step `last`; the run goes on from it."""
        for step in list_steps(self.folder) if self.enabled else ():
            if step <= last:
                self.steps.append(step)
                self.best_of[step] = read_facts(self.folder, step).get("best_step")
            else:
                delete_snapshot(self.folder, step)

    def keep_due(self, run: TrainingRun) -> SnapshotsEnded | None:
        """Keep a snapshot, if its turn has come; what is to be told where that went wrong."""
        if not self.enabled or run.step in self.best_of:
            return None
        if self.steps:
            affordable = self.spent + self.last_seconds <= COST_SHARE * run.own_seconds
            if not affordable or not (self._is_turn(run.step) or time.perf_counter() - self.written > NEWEST_SECONDS):
                return None
        return self._keep(run)

    def keep_last(self, run: TrainingRun) -> None:
        """The end of the run, whatever it costs; not if it ended in the middle of a step."""
        if self.enabled and run.whole and run.step not in self.best_of:
            self._keep(run)

    def _is_turn(self, step: int) -> bool:
        even = [other for other in self.steps if other != self.loose]
        return not even or step - even[-1] >= self.gap

    def _keep(self, run: TrainingRun) -> SnapshotsEnded | None:
        start, step, ended = time.perf_counter(), run.step, None
        on_turn = not self.steps or self._is_turn(step)
        try:
            if not self.steps:  # what a run before has left in this folder
                clear_folder(self.folder)
            if sum(parameter.nbytes for parameter in run.parameters) > self.bytes_most:
                raise self._too_large()
            self._write(run)
            self._forget_loose()
            self.loose = None if on_turn else step
            self._make_room()
        except (RuntimeFailure, MemoryError, RuntimeError) as error:
            # A run does not end for want of its snapshots.
            delete_snapshot(self.folder, step)
            reason = error.values.get("reason", "") if isinstance(error, RuntimeFailure) else type(error).__name__
            self.enabled, ended = False, SnapshotsEnded(step, str(reason))
        self.written = time.perf_counter()
        self.last_seconds = self.written - start
        self.spent += self.last_seconds
        return ended

    def _write(self, run: TrainingRun) -> None:
        weights, tensors, facts = freeze(run)
        step = run.step
        if "best_step" in facts:
            self._keep_best(run.folder, facts["best_step"])
        told = {"config": facts["config"], "step": step, "precision": run.settings.precision}
        save_weights(file_of(self.folder, step, "safetensors"), weights, run.spec, told, durable=False)
        state = save_safetensors(tensors)
        write_atomically(file_of(self.folder, step, "state.safetensors"), lambda file: file.write(state), durable=False)
        write_json(file_of(self.folder, step, "json"), facts, durable=False)
        self.steps.append(step)
        self.best_of[step] = facts.get("best_step")

    def _keep_best(self, run_folder: Path, step: int) -> None:
        from playground.training.loop import BEST, EVALUATION

        for name, target in zip((BEST, EVALUATION), best_files(self.folder, step), strict=True):
            if target.exists():
                continue
            try:
                os.link(run_folder / name, target)  # the run replaces its file, and never writes into it
            except OSError:  # a child that may make no links, a disk that has none
                try:
                    shutil.copyfile(run_folder / name, target)
                except OSError as error:
                    raise RuntimeFailure("disk.write", name=target.name, reason=error.strerror or str(error)) from error

    def _forget_loose(self) -> None:
        if self.loose is not None and self.loose != self.steps[0]:
            self._delete(self.loose)

    def _make_room(self) -> None:
        """Every other one goes, but the first and the newest, until what is left is within the limits."""
        while len(self.steps) > self.most or measure_folder(self.folder) > self.bytes_most:
            for step in self.steps[1:-1:2] or self.steps[:1]:
                self._delete(step)
            if not self.steps:
                raise self._too_large()
            self.gap = max(self.gap, math.ceil((self.steps[-1] - self.steps[0]) / max(1, len(self.steps) - 1)))

    def _too_large(self) -> RuntimeFailure:
        return RuntimeFailure("disk.write", name=FOLDER, reason=f"> {self.bytes_most / 2**20:.3g} MiB")

    def _delete(self, step: int) -> None:
        delete_snapshot(self.folder, step)
        self.steps.remove(step)
        best = self.best_of.pop(step)
        if best is not None and best not in self.best_of.values():
            for path in best_files(self.folder, best):
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
