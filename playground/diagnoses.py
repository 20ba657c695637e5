"""Diagnoses: what goes wrong in a run, in words, and the run that tries the change."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from playground import words
from playground.errors import NotFoundError
from playground.registry import shorten
from playground.runs.run import Run
from playground.timeline import FIXED
from playground.training.diagnosis import Finding, diagnose
from playground.training.events import plain

if TYPE_CHECKING:
    from playground.services import Services

# Of a longer history the beginning and the end are read: an hour's run must not be read whole at each look.
EVENTS_MOST, HEAD = 40_000, 2_000
RUNS_KEPT = 50


class Diagnoses:
    """Safe for threads; what was found of a history that has not grown is kept."""

    def __init__(self, services: Services):
        self._services = services
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, list[Finding]]] = {}

    def read(self, run_id: object, language: str) -> list[dict[str, Any]]:
        """What goes wrong in a run: [{name, step, title, text, change, from_step}]; [] = nothing.

        `change`: what to try; `from_step`: the snapshot that it would go on from, None = it would begin anew.

        Raises:
            NotFoundError: no such run.
        """
        run = self._services.runs.find(run_id)
        return [self._told(run, finding, language) for finding in self._find(run)]

    def start(self, run_id: object, name: object, visitor: str, *, attended: bool) -> Run:
        """Start the change that a finding of this run suggests: as a fork from before the trouble where there is a snapshot
        and the change allows it, else as a new run.

        Raises:
            NotFoundError: no such run, or it has no such finding. Also what `Training.start` raises.
        """
        run = self._services.runs.find(run_id)
        finding = next((one for one in self._find(run) if one.name == name), None)
        if finding is None:
            raise NotFoundError("diagnosis.unknown", name=shorten(name))
        step = self._fork_step(run, finding)
        if step is not None:
            return self._services.timeline.fork(run.id, step, finding.changes, visitor, attended=attended)
        from playground.training.config import complete_config

        wish = {**complete_config(run.config), **finding.changes, "recipe": "Custom"}
        return self._services.training.start(wish, visitor, attended=attended)

    def _find(self, run: Run) -> list[Finding]:
        length = len(run.log)
        with self._lock:
            kept = self._kept.get(run.id)
        if kept is not None and kept[0] == length:
            return kept[1]
        if length <= EVENTS_MOST:
            events = run.log.read(0, length)
        else:
            events = run.log.read(0, HEAD) + run.log.read(length - EVENTS_MOST + HEAD, EVENTS_MOST)
        from playground.training.config import complete_config

        found = diagnose(complete_config(run.config), events)
        with self._lock:
            self._kept[run.id] = (length, found)
            for old in list(self._kept)[:-RUNS_KEPT]:
                del self._kept[old]
        return found

    def _fork_step(self, run: Run, finding: Finding) -> int | None:
        if finding.before <= 0 or set(finding.changes) & set(FIXED):
            return None
        steps = [snapshot["step"] for snapshot in self._services.timeline.snapshots(run.id)]
        return max((step for step in steps if 0 < step <= finding.before), default=None)

    def _told(self, run: Run, finding: Finding, language: str) -> dict[str, Any]:
        values = {name: _written(value) for name, value in finding.values.items()}
        changes = {name: _written(value) for name, value in finding.changes.items()}
        key = f"diagnosis.change_{finding.remedy}" + ("_clip" if "clip_norm" in changes else "")
        return {
            "name": finding.name,
            "step": finding.step,
            "title": words.text(language, f"diagnosis.{finding.name}"),
            "text": words.text(language, f"diagnosis.{finding.name}_text", **values),
            "change": words.text(language, key, **changes),
            "from_step": self._fork_step(run, finding),
        }


def _written(value: Any) -> str:
    """A number for a sentence."""
    if isinstance(value, Mapping):
        raise TypeError("a finding's values are plain")
    if isinstance(value, float):
        shown = plain(value)
        return shown if isinstance(shown, str) else f"{value:.3g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
