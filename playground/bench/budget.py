"""A budget of memory: which blocks to checkpoint so that a step fits it at the least cost, and whether that comes true."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from playground.bench.block_choice import choose_blocks
from playground.bench.blocks import Block, checkpointed, watch_blocks
from playground.bench.checkpoint_rows import measure_row, time_rows, usable_blocks
from playground.bench.events import Measured, Progress
from playground.bench.live_bytes import LiveBytes
from playground.bench.memory_step import time_step, trace_step
from playground.bench.subject import Subject
from playground.bench.what_ifs import gradients_of
from playground.devices import synchronize
from playground.lang.budget import show_bytes
from playground.training.events import Event

REPETITIONS = 5


def measure_budget(subject: Subject, budget_bytes: int, seconds: float) -> Iterator[Event]:
    """Choose blocks for a budget of a step forward and backward, and run that step.

    Args:
        seconds: how long steps are repeated.

    Yields:
        Progress, and in the end Measured with budget_bytes, fits, blocks: names, per_block, plain and measured: rows as of
        `measure_checkpointing`, predicted: {peak_bytes, step_seconds}, reason.

    Raises:
        UnsupportedError: no part of the model can be checkpointed. PlaygroundError: what a learner's code does wrong.
    """
    yield Progress(0, 3, "bench_memory.doing_blocks")
    gradients = gradients_of(subject)
    blocks, _ = usable_blocks(subject, gradients)
    per_block = measure_blocks(subject, blocks, gradients)
    choice = choose_blocks(per_block, budget_bytes)
    yield Progress(1, 3, "bench_memory.doing_checkpoints", {"count": len(choice["blocks"]), "total": len(blocks)})
    choices: list[list[int]] = [[], choice["blocks"]]
    rows = [measure_row(subject, blocks, chosen, gradients) for chosen in choices]
    yield Progress(2, 3, "bench_memory.doing_times")
    time_rows(subject, blocks, choices, rows, seconds)
    plain, measured = rows
    predicted = {
        "peak_bytes": choice["predicted_peak_bytes"],
        "step_seconds": plain["step_seconds"] + choice["extra_seconds"],
    }
    fits = measured["peak_bytes"] <= budget_bytes
    values = {
        "budget": show_bytes(budget_bytes),
        "predicted": show_bytes(predicted["peak_bytes"]),
        "measured": show_bytes(measured["peak_bytes"]),
        "count": len(choice["blocks"]),
        "total": len(blocks),
    }
    key = "bench_memory.budget_fits" if fits else "bench_memory.budget_missed"
    yield Measured(
        {
            "budget_bytes": budget_bytes,
            "fits": fits,
            "blocks": [blocks[place].name for place in choice["blocks"]],
            "per_block": per_block,
            "plain": plain,
            "predicted": predicted,
            "measured": measured,
            "reason": [{"key": key, "values": values}],
        }
    )


def measure_blocks(subject: Subject, blocks: list[Block], gradients: list[Tensor | None]) -> list[dict[str, Any]]:
    """What `choose_blocks` asks of each block, with its name, from the plain step and one step for each block alone.

    Args:
        gradients: of the plain step.
    """
    with checkpointed(subject, blocks, []) as forward:
        trace = trace_step(subject, forward=forward, watch=partial(_place, blocks))
        seconds = _forward_seconds(subject, blocks, forward)
    found = []
    for place, block in enumerate(blocks):
        alone = measure_row(subject, blocks, [place], gradients)
        # What runs before the first block, or between blocks, belongs to the block before it.
        peaks = [point.total for point in trace.points if max(0, point.place) == place]
        found.append(
            {
                "name": block.name,
                "peak_bytes": max(peaks, default=0),
                "freed_bytes": trace.saved_bytes - alone["saved_bytes"],
                "forward_seconds": seconds[place],
            }
        )
    return found


@contextlib.contextmanager
def _place(blocks: list[Block], live: LiveBytes) -> Iterator[None]:
    def here(place: int) -> None:
        live.place = place

    with watch_blocks(blocks, here, lambda place: None, here):
        yield


def _forward_seconds(subject: Subject, blocks: list[Block], forward: Callable[[], Tensor]) -> list[float]:
    """The median time of each block in a pass forward."""
    started = [0.0] * len(blocks)
    taken: list[list[float]] = [[] for _ in blocks]

    def enter(place: int) -> None:
        synchronize(subject.device)
        started[place] = time.perf_counter()

    def leave(place: int) -> None:
        synchronize(subject.device)
        taken[place].append(time.perf_counter() - started[place])

    time_step(subject, forward=forward)
    with watch_blocks(blocks, enter, leave, lambda place: None), torch.enable_grad():
        for _ in range(REPETITIONS):
            subject.call(forward)
    return [statistics.median(times) for times in taken]
