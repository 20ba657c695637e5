"""Gradient accumulation: one effective batch in 1, 2, 4, … micro-batches: memory, time, and how equal the gradients are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from playground.bench.accumulation_gradients import (
    TRUSTED_ERROR,
    accumulate,
    chunk_sizes,
    comparison_mode,
    flat_gradient,
    has_batch_norm,
    has_dropout,
    relative_error,
)
from playground.bench.accumulation_traps import run_traps
from playground.bench.clock import timed
from playground.bench.events import Measured, Progress
from playground.bench.peak import peak_bytes
from playground.bench.precision_entry import interquartile_range
from playground.bench.precision_steps import SEED
from playground.bench.subject import Subject, read_count
from playground.errors import InputError, LimitError, PlaygroundError
from playground.registry import shorten
from playground.training.events import Event, stored_error

MOST_ROWS = 16
OPTIMIZER = "SGD"
ROUNDS = 15
MB = 10**6


def read_micro_batches(values: object, batch_size: int) -> list[int]:
    """Numbers of micro-batches, ascending, each once; 1 is always among them, since the others are compared with it.

    Raises:
        InputError: not a list of whole numbers from 1 on. LimitError: more of them than samples, or too many rows.
    """
    if not isinstance(values, (list, tuple)) or not values:
        raise InputError("bench.micro_batches", got=shorten(values))
    found = {1}
    for value in values:
        count = read_count("bench.micro_batch", value, 10**9)
        if count > batch_size:
            raise LimitError("bench.micro_batches_many", got=count, samples=batch_size)
        found.add(count)
    if len(found) > MOST_ROWS:
        raise LimitError("bench.too_many", got=len(found), most=MOST_ROWS)
    return sorted(found)


def measure_accumulation(subject: Subject, micro_batches: object, seconds: float) -> Iterator[Event]:
    """Compare numbers of micro-batches on one batch: Progress with the row so far, then Measured.

    Gradients are compared with Dropout off and BatchNorm on its running statistics, since both make a micro-batch differ
    from the batch for reasons of their own (BatchNorm is one of the traps); memory and time are of real training steps.

    Args:
        micro_batches: such as [1, 2, 4, 8, 16]; a batch that cannot be cut evenly is cut as evenly as possible, and each
            micro-batch's mean loss is weighted with its share of the samples. seconds: the time box.

    Returns:
        as the result of Measured: rows: {micro_batches, samples (of the largest one), peak_bytes, step_seconds (median),
        spread_seconds (interquartile range), repetitions, gradient_error: |accumulated − of the whole batch| / |of the whole
        batch|, over all parameters, error (a sentence, or None)}; traps: of `run_traps`; notes and reason: sentences.

    Raises:
        InputError, LimitError: no such number of micro-batches.
    """
    counts = read_micro_batches(micro_batches, len(subject.inputs))
    initial = subject.network.state()
    end = time.perf_counter() + seconds
    try:
        yield from _measure(subject, counts, initial, end)
    finally:
        subject.call(subject.module.train)
        subject.network.load(initial)
        subject.call(lambda: subject.module.zero_grad(set_to_none=True))


def _measure(subject: Subject, counts: Sequence[int], initial: dict[str, Tensor], end: float) -> Iterator[Event]:
    total = len(counts) + 2
    whole = _gradient(subject, 1)
    rows: list[dict[str, Any]] = []
    optimizer = subject.call(subject.make_optimizer, OPTIMIZER)
    times: dict[int, list[float]] = {}
    for place, count in enumerate(counts):
        yield Progress(place, total, "bench.accumulation_gradient", {"micro_batches": count})
        row: dict[str, Any] = {
            "micro_batches": count,
            "samples": max(chunk_sizes(len(subject.inputs), count)),
            "error": None,
        }
        subject.network.load(initial)  # the steps before have moved the parameters
        row["gradient_error"] = relative_error(_gradient(subject, count), whole)
        row["peak_bytes"] = None
        try:
            _step(subject, optimizer, count)  # the warm-up; it also makes the momentum that the peak counts
            row["peak_bytes"] = _peak(subject, optimizer, count)
            times[count] = []
        except PlaygroundError as error:
            row["error"] = stored_error(error)
        except (RuntimeError, ValueError) as error:  # BatchNorm1d wants more than one sample
            row["error"] = {"key": "bench.accumulation_refused", "values": {"micro_batches": count, "reason": str(error)}}
        rows.append(row)
        yield Progress(place + 1, total, "bench.accumulation_gradient", {"micro_batches": count}, dict(row))
    yield Progress(len(counts), total, "bench.accumulation_traps")
    subject.network.load(initial)
    traps = run_traps(subject)
    yield Progress(len(counts) + 1, total, "bench.accumulation_times")
    _time_rounds(subject, optimizer, times, end)
    for row in rows:
        own = times.get(row["micro_batches"], [])
        row["repetitions"] = len(own)
        row["step_seconds"] = statistics.median(own) if own else None
        row["spread_seconds"] = interquartile_range(own) if own else None
    notes = _notes(subject)
    yield Measured({"rows": rows, "traps": traps, "notes": notes, "reason": explain_accumulation(rows)})


def _gradient(subject: Subject, count: int) -> Tensor:
    """Of the whole batch in `count` micro-batches, in float64, (parameters,)."""
    sizes = chunk_sizes(len(subject.inputs), count)

    def work() -> Tensor:
        comparison_mode(subject.module)
        accumulate(subject, sizes, [size / sum(sizes) for size in sizes])
        return flat_gradient(subject.module)

    try:
        return subject.call(work)  # type: ignore[no-any-return]
    finally:
        subject.call(subject.module.train)


def _step(subject: Subject, optimizer: torch.optim.Optimizer, count: int) -> float:
    """Seconds of a whole training step in `count` micro-batches."""
    sizes = chunk_sizes(len(subject.inputs), count)

    def work() -> None:
        accumulate(subject, sizes, [size / sum(sizes) for size in sizes])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    torch.manual_seed(SEED)
    return timed(lambda: subject.call(work), subject.device)[0]


def _peak(subject: Subject, optimizer: torch.optim.Optimizer, count: int) -> int:
    def known() -> list[Tensor]:
        module = subject.module
        own = subject.call(lambda: [*module.parameters(), *module.buffers()])
        states = [part for state in optimizer.state.values() for part in state.values() if isinstance(part, Tensor)]
        return [*own, *states, subject.inputs, subject.labels]

    return peak_bytes(lambda: _step(subject, optimizer, count), subject.device, known)


def _time_rounds(subject: Subject, optimizer: torch.optim.Optimizer, times: dict[int, list[float]], end: float) -> None:
    """All in turns, so that a busy moment of the machine falls on all alike; at least one round."""
    counts = list(times)
    for turn in range(ROUNDS):
        start = time.perf_counter()
        for count in counts[turn % len(counts) :] + counts[: turn % len(counts)] if counts else []:
            times[count].append(_step(subject, optimizer, count))
        now = time.perf_counter()
        if now + (now - start) > end:  # the next round would take as long as this one
            break


def _notes(subject: Subject) -> list[dict[str, Any]]:
    """What was switched off while gradients were compared."""
    notes = []
    if subject.call(has_dropout, subject.module):
        notes.append({"key": "bench.accumulation_dropout", "values": {}})
    if subject.call(has_batch_norm, subject.module):
        notes.append({"key": "bench.accumulation_batch_norm", "values": {}})
    return notes


def explain_accumulation(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sentences: whether the gradients are the same, what memory is saved, what it costs in time."""
    errors = [row["gradient_error"] for row in rows[1:]]
    said: list[dict[str, Any]] = []
    if errors:
        key = "bench.accumulation_equal" if max(errors) < TRUSTED_ERROR else "bench.accumulation_unequal"
        said.append({"key": key, "values": {"error": max(errors)}})
    base, last = rows[0], rows[-1]
    if last is base or None in (base["peak_bytes"], last["peak_bytes"], base["step_seconds"], last["step_seconds"]):
        return said
    values = {
        "micro_batches": last["micro_batches"],
        "megabytes": last["peak_bytes"] / MB,
        "base": base["peak_bytes"] / MB,
    }
    saves = last["peak_bytes"] < 0.95 * base["peak_bytes"]
    said.append({"key": "bench.accumulation_saves" if saves else "bench.accumulation_saves_nothing", "values": values})
    factor = last["step_seconds"] / base["step_seconds"]
    key = "bench.accumulation_slower" if factor > 1.1 else "bench.accumulation_same_time"
    said.append({"key": key, "values": {"micro_batches": last["micro_batches"], "factor": factor}})
    return said
