"""From which batch size and width on bf16 pays: one MLP after the other, fp32 and bf16 in turns."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from playground.bench.events import Measured, Progress
from playground.bench.precision_entry import FASTER
from playground.bench.precision_steps import BF16, FP32, Trainer
from playground.bench.subject import Subject, open_subject, read_count
from playground.errors import LimitError
from playground.limits import Limits
from playground.models.build import IMAGE_SHAPE
from playground.models.spec import LayerSpec, ModelSpec
from playground.training.events import Event

MOST_CELLS, MOST_WIDTH = 64, 8192
ROUNDS = 15
OPTIMIZER = "SGD"


def mlp_subject(width: int, batch: int, limits: Limits, device: str = "cpu") -> Subject:
    """An MLP with two hidden layers of `width` features, with `batch` digits: what the sweep is about."""
    sizes = (IMAGE_SHAPE[0] * IMAGE_SHAPE[1] * IMAGE_SHAPE[2], width, width)
    layers = [LayerSpec("Flatten")]
    for before, after in itertools.pairwise(sizes):
        layers += [LayerSpec("Linear", "", {"in_features": before, "out_features": after}), LayerSpec("ReLU")]
    layers.append(LayerSpec("Linear", "", {"in_features": width, "out_features": 10}))
    return open_subject(ModelSpec("MLP", tuple(layers)), batch, limits, device=device)


def sweep_precision(
    make_subject: Callable[[int, int], Subject], batches: Sequence[object], widths: Sequence[object], seconds: float
) -> Iterator[Event]:
    """How many times as fast as fp32 a training step in bf16 is, for each width and batch size.

    Args:
        make_subject: of (width, batch), such as `mlp_subject`. seconds: the time box; each cell gets its part of what is
            left, and at least one turn of each precision.

    Returns:
        as the result of Measured: cells: {batch, width, speedup: the median over the rounds, fp32_seconds, bf16_seconds,
        rounds}; units: whether the device has bf16 units; reason: sentences. Each cell comes as a Progress before.

    Raises:
        InputError, LimitError: no such batch or width, or too many of them.
    """
    sizes = [(read_count("bench.width", width, MOST_WIDTH), read_count("bench.batch_size", batch, 10**6))
             for width in widths for batch in batches]  # fmt: skip
    if not 0 < len(sizes) <= MOST_CELLS:
        raise LimitError("bench.too_many", got=len(sizes), most=MOST_CELLS)
    end = time.perf_counter() + seconds
    cells: list[dict[str, Any]] = []
    units = True
    for place, (width, batch) in enumerate(sizes):
        yield Progress(place, len(sizes), "bench.precision_cell", {"batch": batch, "width": width})
        subject = make_subject(width, batch)
        units = BF16.units(subject.device)
        left = max(0.0, end - time.perf_counter())
        cells.append({"batch": batch, "width": width, **_measure_cell(subject, left / (len(sizes) - place))})
        yield Progress(place + 1, len(sizes), "bench.precision_cell", {"batch": batch, "width": width}, cells[-1])
    yield Measured({"cells": cells, "units": units, "reason": explain_sweep(cells, units)})


def _measure_cell(subject: Subject, seconds: float) -> dict[str, Any]:
    end = time.perf_counter() + seconds
    initial = subject.network.state()
    trainers = [Trainer(subject, kind, OPTIMIZER, initial) for kind in (FP32, BF16)]
    for trainer in trainers:
        trainer.begin()
        trainer.step()
    times: list[list[float]] = [[], []]
    while not times[0] or (len(times[0]) < ROUNDS and time.perf_counter() < end):
        for place in (0, 1) if len(times[0]) % 2 == 0 else (1, 0):
            trainers[place].begin()
            trainers[place].step()
            times[place].append(statistics.median(trainers[place].step()[0] for _ in range(3)))
    ratios = [fp32 / bf16 for fp32, bf16 in zip(*times, strict=True)]
    fp32, bf16 = map(statistics.median, times)
    return {"speedup": statistics.median(ratios), "fp32_seconds": fp32, "bf16_seconds": bf16, "rounds": len(ratios)}


def explain_sweep(cells: Sequence[dict[str, Any]], units: bool) -> list[dict[str, Any]]:
    """Sentences: nowhere, everywhere, or from which batch size on at each width bf16 pays; and the best and worst cell."""
    pays = [cell["speedup"] >= FASTER for cell in cells]
    best, worst = max(cells, key=_speedup), min(cells, key=_speedup)
    said: list[dict[str, Any]] = []
    if not any(pays):
        said.append({"key": "bench.sweep_nowhere", "values": {}})
    elif all(pays):
        said.append({"key": "bench.sweep_everywhere", "values": {}})
    else:
        for width in sorted({cell["width"] for cell in cells}):
            said.append(_threshold(width, sorted((c for c in cells if c["width"] == width), key=lambda c: c["batch"])))
    for key, cell in (("best", best), ("worst", worst)):
        values = {"batch": cell["batch"], "width": cell["width"], "speedup": cell["speedup"]}
        said.append({"key": f"bench.sweep_{key}", "values": values})
    if not units:
        said.append({"key": "bench.precision_no_units", "values": {"precision": "bf16"}})
    return said


def _threshold(width: int, column: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """From which batch size on every larger one pays, too."""
    first = len(column)
    while first and column[first - 1]["speedup"] >= FASTER:
        first -= 1
    if first == len(column):
        return {"key": "bench.sweep_not_at", "values": {"width": width}}
    return {"key": "bench.sweep_from", "values": {"width": width, "batch": column[first]["batch"]}}


def _speedup(cell: dict[str, Any]) -> float:
    return float(cell["speedup"])
