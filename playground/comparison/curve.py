"""Curve: the numbers of one run as a chart wants them, read once and kept up with as its history grows.

A long history is drawn by pieces of equal width (1, 2, 4 … steps): each has the mean, the least and the greatest value of
its steps, so that no spike is lost and no value invented. A piece that is complete never changes.
"""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.runs.run import Run

PIECES_MOST = 1000
READ_EVENTS = 5000
METRICS = ("loss", "accuracy")


class Curve:
    """The steps and epochs of a run's history. Safe for threads.

    `first_not_finite`: the first step whose loss was NaN or infinite; None = there is none.
    """

    def __init__(self, run: Run):
        self._run = run
        self._lock = threading.Lock()
        self._place = 0
        self._steps = array("q")
        self._seconds = array("d")
        self._values = {name: array("d") for name in METRICS}
        self.started: dict[str, Any] = {}
        self.epochs: list[dict[str, Any]] = []
        self.last_step: dict[str, Any] = {}
        self.first_not_finite: int | None = None

    def __len__(self) -> int:
        return len(self._steps)

    def advance(self) -> None:
        """Read what is new in the history."""
        with self._lock:
            while events := self._run.log.read(self._place, READ_EVENTS):
                self._place += len(events)
                for event in events:
                    self._take(event)

    def pieces(self, width: int, since: int) -> dict[str, Any]:
        """What a chart that holds `since` pieces of that width does not have yet.

        Returns:
            {width, from, next, steps, seconds, loss, loss_low, loss_high, accuracy, accuracy_low, accuracy_high}: from piece
            number `from` on: its last step, the training seconds until then, mean, least and greatest value (None where no
            value of the piece is finite). With width 1 the low and high ones are left out. The last piece may still
            grow: `next` is the number of complete ones.
        """
        with self._lock:
            now = _width(len(self._steps))
            begin = since if width == now and 0 <= since * now <= len(self._steps) else 0
            steps = np.array(self._steps[begin * now :], dtype=np.int64)
            seconds = np.array(self._seconds[begin * now :])
            values = {name: np.array(kept[begin * now :]) for name, kept in self._values.items()}
            complete = len(self._steps) // now
        ends = np.minimum(np.arange(now, len(steps) + now, now), len(steps)) - 1
        told: dict[str, Any] = {"width": now, "from": begin, "next": complete}
        told |= {"steps": steps[ends].tolist(), "seconds": _short(seconds[ends])}
        for name, all_values in values.items():
            told |= _summarise(name, all_values, now)
        return told

    def epoch_points(self, since: int) -> list[dict[str, Any]]:
        """The ends of epochs from number `since` on, as they stand in the history."""
        with self._lock:
            return self.epochs[since:]

    def seconds_to(self, accuracy: float) -> float | None:
        """Training seconds until the end of the first epoch with that test accuracy; None = it was not reached."""
        with self._lock:
            reached = (epoch for epoch in self.epochs if _finite(epoch.get("test_accuracy")) >= accuracy)
            first = next(reached, None)
        return None if first is None else first["training_seconds"]

    def _take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "step":
            self._add_step(event)
        elif kind == "epoch":
            self.epochs.append(event)
        elif kind == "started":
            self.started = event

    def _add_step(self, event: dict[str, Any]) -> None:
        step = event.get("step")
        if not isinstance(step, int) or isinstance(step, bool):
            return  # written by nobody of ours
        self.last_step = event
        self._steps.append(step)
        speed = _finite(event.get("images_per_second"))
        images = images_until(step, self.started, self._run.config)
        self._seconds.append(images / speed if speed > 0 else math.nan)
        for name in METRICS:
            self._values[name].append(_finite(event.get(name)))
        if self.first_not_finite is None and math.isnan(self._values["loss"][-1]):
            self.first_not_finite = step


def images_until(step: int, started: Mapping[str, Any], config: Mapping[str, Any]) -> int:
    """Training images that were seen until the end of that step: the last batch of an epoch may be smaller.

    Args:
        started: the run's `started` event; {} where there is none.
    """
    of_step = _images_of_step(config)
    per_epoch = int(started.get("steps_per_epoch") or 0)
    images = int(started.get("train_size") or 0)
    if per_epoch <= 0:
        return step * of_step
    return step // per_epoch * images + min(step % per_epoch * of_step, images)


def _images_of_step(config: Mapping[str, Any]) -> int:
    batch, accumulation = config.get("batch_size", 0), config.get("accumulation", 1)
    return int(batch * accumulation) if isinstance(batch, (int, float)) and isinstance(accumulation, (int, float)) else 0


def _width(count: int) -> int:
    """The least power of two by which so many steps make at most PIECES_MOST pieces."""
    width = 1
    while math.ceil(count / width) > PIECES_MOST:
        width *= 2
    return width


def _summarise(name: str, values: np.ndarray, width: int) -> dict[str, Any]:
    if width == 1:
        return {name: _short(values)}
    full = np.full(math.ceil(len(values) / width) * width, math.nan)
    full[: len(values)] = values
    table = full.reshape(-1, width)
    known = np.isfinite(table)
    count = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / count
    low = np.where(known, table, math.inf).min(axis=1) if len(table) else mean
    high = np.where(known, table, -math.inf).max(axis=1) if len(table) else mean
    return {name: _short(mean), f"{name}_low": _short(low), f"{name}_high": _short(high)}


def _short(values: np.ndarray) -> list[float | None]:
    """Six significant digits are more than a chart has pixels; None where there is no number."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values.tolist()]


def _finite(value: object) -> float:
    """A number of an event; NaN for "nan", "inf" and whatever is none."""
    number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    return number if math.isfinite(number) else math.nan
