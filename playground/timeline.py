"""Timeline: going back in a run: its snapshots, forks from them, and the learning rate that is changed while it goes."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.errors import InputError, NotFoundError, PlaygroundError, UnsupportedError
from playground.registry import shorten
from playground.runs.run import Run
from playground.training import snapshot_files as files

if TYPE_CHECKING:
    from playground.services import Services

# A fork is the same run with other settings: what it learns, from what, and in which order stay.
FIXED = ("model", "dataset", "train_size", "validation_size", "seed", "split_seed")
SNAPSHOT_NAME = re.compile(r"([0-9a-f]{32})@(\d{1,12})")
TIDY_SECONDS = 60.0


@dataclass(frozen=True)
class Origin:
    """A snapshot that a new run goes on from.

    Args:
        run: whose. rates: (step, factor) of changes of the learning rate that are to be made again.
    """

    run: Run
    step: int
    rates: tuple[tuple[int, float], ...] = ()

    @property
    def named(self) -> dict[str, Any]:
        """As it is kept in the new run's entry."""
        return {"run_id": self.run.id, "step": self.step}


class Timeline:
    """What the page and the command line can ask about the past of a run. Torch is not needed until one is forked."""

    def __init__(self, services: Services):
        self._services = services
        self._tidied = 0.0

    def snapshots(self, run_id: object) -> list[dict[str, Any]]:
        """The snapshots of a run in their order: [{step, epochs, learning_rate, seconds}].

        `epochs`: how many were over; `learning_rate`: of the next step; `seconds`: of training until then.
        """
        folder = folder_of(self._services.runs.find(run_id))
        found = []
        for step in files.list_steps(folder):
            try:
                facts = files.read_facts(folder, step)
            except NotFoundError:  # thinned out meanwhile
                continue
            names = (("epochs", "epochs"), ("learning_rate", "learning_rate"), ("seconds", "training_seconds"))
            found.append({"step": step, **{name: files.finite(facts.get(key)) for name, key in names}})
        return found

    def origin(self, run_id: object) -> dict[str, Any] | None:
        """Where a run comes from: {run_id, step, there, changes: {name: [before, now]}}; None = it began anew.

        `there`: that run is not deleted; `changes` are {} where it is.
        """
        run = self._services.runs.find(run_id)
        if run.origin is None:
            return None
        try:
            parent = self._services.runs.find(run.origin["run_id"])
        except NotFoundError:
            return {**run.origin, "there": False, "changes": {}}
        return {**run.origin, "there": True, "changes": difference(parent.config, run.config)}

    def compare(self, run_id: object, wish: Mapping[str, Any]) -> dict[str, Any]:
        """How a fork of a run by these settings would differ: {changes: {name: [before, now]}, fixed: [names]}; with
        `fixed` names it would be refused."""
        run = self._services.runs.find(run_id)
        changes = difference(run.config, self._resolve(run, wish, None))
        return {"changes": changes, "fixed": [name for name in changes if name in FIXED]}

    def fork(
        self,
        run_id: object,
        step: object,
        changes: Mapping[str, Any] | None,
        visitor: str,
        *,
        attended: bool = False,
        again: bool = False,
    ) -> Run:
        """Start a run that goes on from a snapshot of another one.

        Args:
            changes: keys of the config that shall differ; see FIXED for those that may not. None or {} = none.
            again: the learning rates that were set by hand after that step are set again at the same steps.

        Raises:
            NotFoundError: no such run or snapshot (any more). InputError: what may not differ does; nothing is left to
            train. Also what `Training.start` raises.
        """
        if changes is not None and not isinstance(changes, Mapping):
            raise InputError("snapshot.changes", got=shorten(changes))
        run = self._services.runs.find(run_id)
        number = self._read_step(run, step)
        config = self._resolve(run, changes or {}, visitor)
        check_fork(run.config, config, files.read_facts(folder_of(run), number))
        rates = tuple((at, factor) for at, factor in self.rate_changes(run) if at > number) if again else ()
        wish = {**config, "recipe": "Custom"} if difference(run.config, config) else config
        return self._services.training.start(wish, visitor, attended=attended, origin=Origin(run, number, rates))

    def go_on(self, run_id: object, visitor: str, *, attended: bool = False) -> Run:
        """Go on with a run that was stopped or interrupted, from its last snapshot, as a fork with the same settings.

        Raises:
            NotFoundError: it has no snapshot. InputError: it is complete. BusyError: see `Training.start`.
        """
        run = self._services.runs.find(run_id)
        steps = files.list_steps(folder_of(run))
        if not steps:
            raise NotFoundError("snapshot.none")
        return self.fork(run.id, steps[-1], {}, visitor, attended=attended, again=True)

    def set_learning_rate(self, run_id: object, value: object) -> float:
        """The learning rate of the next step of a run that goes or is paused; what its schedule says later is scaled by
        the same factor.

        Raises:
            InputError: not a number above 0 up to 100, or the run is not going. UnsupportedError: several processes.
        """
        from playground.training.config import read_learning_rate

        rate = read_learning_rate(value)
        run = self._services.runs.find(run_id)
        if run.config.get("processes", 1) > 1:  # rank 0 alone would hear of it
            raise UnsupportedError("rate.processes", processes=run.config["processes"])
        if not self._services.jobs.tell(run.id, ("rate", rate), ("running", "paused")):
            raise InputError("rate.not_going")
        return rate

    def rate_changes(self, run: Run) -> list[tuple[int, float]]:
        """The learning rates that were set by hand in a run: (first step, factor on the schedule)."""
        return read_rate_changes(run.log.path) if run.log.path is not None else []

    def complete_script(self, run_id: object, script: str) -> str:
        """The script of a run's settings with what was done to that run while it went, or what it began from."""
        from playground.training.script_rates import write_origin, write_rates

        run = self._services.runs.find(run_id)
        step = run.origin["step"] if run.origin else 0
        rates = self.rate_changes(run)
        return write_origin(script, step) if step else write_rates(script, rates)

    def weights_of(self, name: object) -> Path | None:
        """The weights of `run_id@step`; None = that is not what `name` is.

        Raises:
            NotFoundError: no such run or snapshot (any more).
        """
        found = SNAPSHOT_NAME.fullmatch(name) if isinstance(name, str) else None
        if found is None:
            return None
        return files.find_weights(folder_of(self._services.runs.find(found[1])), int(found[2]))

    def prepare(self, run: Run, order: Any, origin: Origin | None) -> Any:
        """A new run's folder of snapshots, with the one it goes on from, and the order that says so.

        Raises:
            PlaygroundError: the snapshot is not there any more, or the disk refused; the run is then removed.
        """
        self._tidy()
        target = Path(order.arguments["folder"]) / files.FOLDER
        if order.confined:
            target.mkdir()  # a confined child may make no folders
        if origin is None:
            return order
        try:
            files.copy_snapshot(folder_of(origin.run), origin.step, target)
        except PlaygroundError:
            self._services.runs.remove(run)
            raise
        return replace(order, arguments={**order.arguments, "origin": {"step": origin.step, "rates": origin.rates}})

    def _resolve(self, run: Run, changes: Mapping[str, Any], visitor: str | None) -> dict[str, Any]:
        """The complete config; without a visitor a model given as code, which was checked for its run, is not run again."""
        from playground.training.config import complete_config, resolve_config

        wish = {**complete_config(run.config), **{name: value for name, value in changes.items() if value is not None}}
        if visitor is None:
            return resolve_config(wish, self._services.limits, lambda spec: None).to_json()
        return self._services.training.resolve(wish, visitor).to_json()  # type: ignore[no-any-return]

    def _read_step(self, run: Run, step: object) -> int:
        folder = folder_of(run)
        steps = files.list_steps(folder)
        if not steps:
            raise NotFoundError("snapshot.none")
        number = step if isinstance(step, (int, float)) and not isinstance(step, bool) else -1
        if not 0 <= number < 10**12 or number != int(number):
            raise InputError("snapshot.step", got=shorten(step), steps=files.written_steps(folder))
        files.read_facts(folder, int(number))
        return int(number)

    def _tidy(self) -> None:
        """In the background, once in a while: the oldest runs' snapshots go when all together are too large."""
        if time.monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = time.monotonic()
            threading.Thread(target=self.tidy, daemon=True).start()

    def tidy(self) -> None:
        """Delete snapshots, those of the oldest runs first, until all together are within the limits; of a run that goes
        none are deleted."""
        most = self._services.limits.snapshots_total_bytes
        runs = self._services.runs.all()
        sizes = {run.id: files.measure_folder(folder_of(run)) for run in runs}
        for run in sorted(runs, key=lambda run: run.created):
            if sum(sizes.values()) <= most:
                return
            if run.log.ended:
                for step in files.list_steps(folder_of(run)):
                    files.delete_snapshot(folder_of(run), step)
                files.clear_folder(folder_of(run))
                sizes[run.id] = 0


def folder_of(run: Run) -> Path:
    """Where a run's snapshots lie: its child may have been allowed to write in one folder alone."""
    own = run.folder / files.FOLDER
    return own if own.is_dir() else run.work / files.FOLDER


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The settings in which two configs differ: {name: [before, now]}."""
    from playground.training.config import complete_config

    one, two = complete_config(before), complete_config(now)
    return {name: [one.get(name), two[name]] for name in two if name != "recipe" and one.get(name) != two[name]}


def check_fork(before: Mapping[str, Any], config: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Whether a run of one config may go on with another one, from a snapshot with these facts.

    Raises:
        InputError: they differ in what may not, or nothing is left to train. UnsupportedError: several processes.
    """
    fixed = [name for name in difference(before, config) if name in FIXED]
    if fixed:
        raise InputError("snapshot.fixed", names=", ".join(fixed))
    if config["processes"] > 1:
        raise UnsupportedError("snapshot.processes", processes=config["processes"])
    _check_length(config, facts)


def read_rate_changes(history: Path) -> list[tuple[int, float]]:
    """The learning rates that were set by hand, from a run's history: (first step, factor on the schedule)."""
    try:
        with history.open("rb") as file:
            events = [json.loads(line) for line in file if b'"type":"rate"' in line]
    except FileNotFoundError:  # the run was deleted
        return []
    return [(event["step"], event["factor"]) for event in events if isinstance(event["factor"], float)]


def _check_length(config: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """
    Raises:
        InputError: the snapshot has as many epochs behind it as these settings want.
    """
    from playground.training.config import TrainingConfig
    from playground.training.snapshot_state import place_in_run

    epoch, seen = (files.finite(facts.get(name)) for name in ("epoch", "epoch_seen"))
    if epoch is None or seen is None:
        return  # damaged: whoever reads the whole of it says so
    done, total = place_in_run(TrainingConfig(**config), config["train_size"], math.floor(epoch), math.floor(seen))
    if done >= total:
        epochs = files.finite(facts.get("epochs")) or epoch
        raise InputError("snapshot.nothing_left", epochs=f"{epochs:.3g}", wanted=f"{config['epochs']:g}")
