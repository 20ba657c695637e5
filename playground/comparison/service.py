"""Comparison: what the Runs section, `/list_runs`, `/export_run` and `python -m playground runs` ask for."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playground.comparison.curve import Curve
from playground.comparison.settings import compare_outcomes, compare_settings
from playground.comparison.summary import summarise
from playground.errors import BusyError, InputError, LimitError, NotFoundError
from playground.exports.shelf import Shelf, file_name
from playground.jobs.short import RunJob
from playground.registry import shorten
from playground.runs.followed import FollowedLog
from playground.runs.marks import check_name, write_marks
from playground.runs.owner import find_owner
from playground.runs.run import EXAMPLE, Run
from playground.store import Runs

VISITOR = re.compile("[0-9a-f]{32}")
CHOSEN_MOST = 24
CURVES_MOST = 64
SUMMARIES_MOST = 5000


class Comparison:
    """All runs of a visitor, side by side.

    Args:
        state: queued, running, paused, stopping, done, stopped or failed.
        run_job: runs a job of the kind "export" and gives its result and its error.
    """

    def __init__(self, runs: Runs, shelf: Shelf | None, state: Callable[[Run], str], run_job: RunJob | None = None):
        self._runs, self._shelf, self._state, self._run_job = runs, shelf, state, run_job
        self._curves: OrderedDict[str, Curve] = OrderedDict()
        self._summaries: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def list_runs(self, visitor: str) -> list[dict[str, Any]]:
        """A visitor's runs, pinned ones first, then the newest: see `summarise`; `elsewhere` and `can_stop` say where one
        that goes on is trained, and whether it can be stopped from here."""
        self._runs.refresh()
        rows = []
        for run in self._runs.of_visitor(visitor):
            try:
                rows.append(self.describe(run))
            except NotFoundError:  # deleted in this moment
                continue
        return sorted(rows, key=lambda row: not row["pinned"])

    def describe(self, run: Run) -> dict[str, Any]:
        """One row of the list."""
        ended = run.log.ended
        with self._lock:
            kept = self._summaries.get(run.id)
        if kept is None or not ended:
            kept = summarise(run, self._state(run))
            if ended:
                with self._lock:
                    if len(self._summaries) > SUMMARIES_MOST:
                        self._summaries.clear()
                    self._summaries[run.id] = kept
        marks = run.marks
        elsewhere = isinstance(run.log, FollowedLog) and not ended
        owner = find_owner(run.folder) if elsewhere else None
        can_stop = not ended and (not elsewhere or (owner is not None and owner.process is not None))
        now = {"name": run.name, "renamed": bool(marks.name), "pinned": marks.pinned, "example": run.id == EXAMPLE}
        return {**kept, **now, "elsewhere": elsewhere, "can_stop": can_stop, "origin": self._origin(kept["origin"])}

    def _origin(self, origin: dict[str, Any] | None) -> dict[str, Any] | None:
        """With the name of the run where it is still there."""
        if origin is None:
            return None
        try:
            return {**origin, "name": self._runs.find(origin["run_id"]).name}
        except NotFoundError:
            return {**origin, "name": None}

    def read_page(self, visitor: object) -> dict[str, Any]:
        """What the page's list shows: {runs, notices}; the example where there is no run yet."""
        known = visitor if isinstance(visitor, str) and VISITOR.fullmatch(visitor) else ""
        rows = self.list_runs(known)
        own = bool(rows)
        if not own:
            rows = [self.describe(self._runs.find(EXAMPLE))]
        return {"runs": rows, "own": own, "notices": self._runs.notices.of_visitor(self._runs.visitors(known))}

    def forget_notices(self, visitor: object) -> dict[str, Any]:
        """They have been read."""
        if isinstance(visitor, str) and VISITOR.fullmatch(visitor):
            self._runs.notices.forget(self._runs.visitors(visitor))
        return {}

    def read_curves(self, chosen: object) -> dict[str, Any]:
        """New points of the chosen runs: {curves: {run id: …}}; see `Curve.pieces`.

        Args:
            chosen: {run id: [width, next piece, next epoch]} that the page has already; [0, 0, 0] = nothing.

        Raises:
            InputError: not of that form, or too many.
        """
        if not isinstance(chosen, dict) or not all(_is_place(place) for place in chosen.values()):
            raise InputError("run.chosen", got=shorten(chosen))
        if len(chosen) > CHOSEN_MOST:
            raise InputError("run.too_many", most=CHOSEN_MOST, count=len(chosen))
        curves = {}
        for run_id, (width, piece, epoch) in chosen.items():
            try:
                curve = self.curve(self._runs.find(run_id))
            except NotFoundError:  # deleted meanwhile: the next list says so
                continue
            curves[run_id] = {
                **curve.pieces(width, piece),
                "epochs": curve.epoch_points(epoch),
                "steps_per_epoch": curve.started.get("steps_per_epoch"),
                "count": len(curve),
                "not_finite": curve.first_not_finite,
            }
        return {"curves": curves}

    def compare(self, run_ids: object) -> dict[str, Any]:
        """{runs, settings: {differ, same}, outcomes}: see `compare_settings` and `compare_outcomes`.

        Raises:
            InputError: no list of ids, or too many. NotFoundError: no such run.
        """
        runs = self.find_chosen(run_ids)
        curves = [self.curve(run) for run in runs]
        summaries = [self.describe(run) for run in runs]
        settings = compare_settings(runs, curves)
        return {"runs": summaries, "settings": settings, "outcomes": compare_outcomes(summaries, curves)}

    def rename(self, run_id: object, visitor: object, name: object) -> dict[str, Any]:
        """Give a run a name; "" = its default name again. {name}.

        Raises:
            NotFoundError: no such run of this visitor. InputError: no name.
        """
        run = self._own(run_id, visitor)
        write_marks(run.folder, replace(run.marks, name=check_name(name)))
        return {"name": run.name}

    def pin(self, run_id: object, visitor: object, pinned: object) -> dict[str, Any]:
        """Keep a run where the limits delete others first, or no longer.

        Raises:
            NotFoundError: no such run of this visitor. LimitError: he has pinned many already.
        """
        run = self._own(run_id, visitor)
        others = [other for other in self._runs.of_visitor(run.visitor) if other.marks.pinned and other.id != run.id]
        most = self._runs.limits.pinned_per_visitor
        if pinned is True and len(others) >= most:
            raise LimitError("run.pins", most=most)
        write_marks(run.folder, replace(run.marks, pinned=pinned is True))
        return {"pinned": pinned is True}

    def delete(self, run_id: object, visitor: object) -> dict[str, Any]:
        """Put a run into the bin, from which `undo` takes it back for some minutes.

        Raises:
            NotFoundError: no such run of this visitor. BusyError: it goes on.
        """
        run = self._own(run_id, visitor)
        if not run.log.ended:
            raise BusyError("run.going", name=run.name)
        name = run.name
        self._runs.discard(run)
        with self._lock:
            self._curves.pop(run.id, None)
            self._summaries.pop(run.id, None)
        return {"name": name}

    def undo(self, run_id: object, visitor: object) -> dict[str, Any]:
        """Take a deleted run back. Raises: NotFoundError: it is not there any more."""
        run = self._runs.take_back(run_id)
        self._own(run.id, visitor)
        return {"name": run.name}

    def export(self, run_ids: object, format: object, visitor: str) -> dict[str, Any]:
        """A file of the chosen runs on the shelf: {file: {name, bytes, sha256, url}}.

        Args:
            run_ids: a list of ids, or one.

        Raises:
            PlaygroundError: no such run or format; the disk refused.
        """
        from playground.comparison.formats import RUN_EXPORTS
        from playground.comparison.work import export_in_child

        assert self._shelf is not None and self._run_job is not None
        kind = RUN_EXPORTS.find(format)
        runs = self.find_chosen([run_ids] if isinstance(run_ids, str) else run_ids)
        name = runs[0].name if len(runs) == 1 else f"{len(runs)}_runs"
        path = self._shelf.reserve(file_name(name, kind.suffix))
        try:
            given = {"runs": [exported_facts(run) for run in runs], "format": kind.name, "path": str(path)}
            _, error = self._run_job(export_in_child, given, visitor or secrets.token_hex(8), confined=False)
            if error is not None:
                raise error
            return {"file": self._shelf.keep(path)}
        except BaseException:
            self._shelf.drop(path)
            raise

    def find_chosen(self, run_ids: object) -> list[Run]:
        """
        Raises:
            InputError: no list of ids, or too many. NotFoundError: no such run.
        """
        if not isinstance(run_ids, (list, tuple)) or not run_ids or not all(isinstance(name, str) for name in run_ids):
            raise InputError("run.ids", got=shorten(run_ids))
        if len(run_ids) > CHOSEN_MOST:
            raise InputError("run.too_many", most=CHOSEN_MOST, count=len(run_ids))
        return [self._runs.find(run_id) for run_id in dict.fromkeys(run_ids)]

    def curve(self, run: Run) -> Curve:
        """The curve of a run, up to now."""
        with self._lock:
            curve = self._curves.get(run.id) or Curve(run)
            self._curves[run.id] = curve
            self._curves.move_to_end(run.id)
            while len(self._curves) > CURVES_MOST:
                self._curves.popitem(last=False)
        curve.advance()
        return curve

    def _own(self, run_id: object, visitor: object) -> Run:
        """A run that belongs to whoever wants to change it: to know its id is not enough.

        Raises:
            NotFoundError: it is not his.
        """
        run = self._runs.find(run_id)
        if not isinstance(visitor, str) or run.visitor not in self._runs.visitors(visitor):
            raise NotFoundError("run.unknown", run_id=shorten(run_id))
        return run


def exported_facts(run: Run) -> dict[str, Any]:
    """What a child needs to export a run: its folder, and what the file says beside the events."""
    origin = run.origin
    facts = {
        "name": run.name,
        "created": run.created,
        "created_text": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(run.created)),
        "config": run.config,
        "environment": run.entry.get("environment") or {"torch": run.entry.get("torch")},
        "origin": {"step": origin["step"]} if origin else None,
    }
    return {"folder": str(run.folder), "facts": facts}


def _is_place(place: object) -> bool:
    whole = isinstance(place, list) and len(place) == 3
    return whole and all(isinstance(number, int) and 0 <= number < 2**40 for number in place)  # type: ignore[attr-defined]
