"""Rows of the checkpointing benchmark: the memory, the gradients and the time of a step with some blocks checkpointed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Collection, Sequence
from typing import Any

from torch import Tensor

from playground.bench.blocks import Block, checkpointed, find_blocks
from playground.bench.memory_step import time_step, trace_step
from playground.bench.subject import Subject
from playground.bench.what_ifs import gradients_of, same
from playground.errors import PlaygroundError, UnsupportedError
from playground.registry import shorten

ROWS, REPETITIONS = 12, 30


def usable_blocks(subject: Subject, plain: list[Tensor | None]) -> tuple[list[Block], list[dict[str, Any]]]:
    """The blocks that give the same gradients when they are checkpointed, and {name, reason} of the others.

    Args:
        plain: the gradients without checkpoints.

    Raises:
        UnsupportedError: there are none.
    """
    blocks = find_blocks(subject)
    left_out: list[dict[str, Any]] = []
    for place, block in enumerate(blocks):
        try:
            with checkpointed(subject, blocks, [place]) as forward:
                fits = same(plain, gradients_of(subject, forward))
            reason = None if fits else {"key": "bench_memory.block_differs", "values": {}}
        except (RuntimeError, PlaygroundError) as error:  # such as a block that writes over its own input
            reason = {"key": "bench_memory.block_fails", "values": {"error": shorten(str(error), 200)}}
        if reason is not None:
            left_out.append({"name": block.name, "reason": reason})
    excluded = {entry["name"] for entry in left_out}
    # A list of layers runs through all its blocks; what cannot be checkpointed there is our own mistake.
    usable = [block for block in blocks if block.name not in excluded] if subject.spec.code else blocks
    if not usable or (excluded and not subject.spec.code):
        raise UnsupportedError("bench_memory.no_blocks")
    return usable, left_out


def row_counts(blocks: int) -> list[int]:
    """How many blocks each row checkpoints: from none to all, at most ROWS of them."""
    steps = min(blocks, ROWS - 1)
    return sorted({round(number * blocks / steps) for number in range(steps + 1)})


def measure_row(
    subject: Subject, blocks: list[Block], chosen: Collection[int], plain: list[Tensor | None]
) -> dict[str, Any]:
    """One step with these blocks checkpointed; its times are None until `time_rows`."""
    with checkpointed(subject, blocks, chosen) as forward:
        gradients = gradients_of(subject, forward)
        trace = trace_step(subject, forward=forward)
    return {
        "checkpointed_blocks": len(chosen),
        "blocks": [blocks[place].name for place in chosen],
        "peak_bytes": trace.peak.total,
        "saved_bytes": trace.saved_bytes,
        "step_seconds": None,
        "spread_seconds": None,
        "gradients_equal": same(plain, gradients),
    }


def time_rows(
    subject: Subject, blocks: list[Block], chosen: Sequence[Collection[int]], rows: list[dict[str, Any]], seconds: float
) -> None:
    """Fill in `step_seconds`, the median of passes forward and backward, and `spread_seconds`, the middle half of them; the
    rows take turns, so that all see the same machine. Each has run before."""
    times: list[list[float]] = [[] for _ in rows]
    end = time.monotonic() + seconds
    for _ in range(REPETITIONS):
        for places, taken in zip(chosen, times, strict=True):
            with checkpointed(subject, blocks, places) as forward:
                taken.append(time_step(subject, forward=forward))
        if time.monotonic() > end:
            break
    for row, taken in zip(rows, times, strict=True):
        row["step_seconds"] = statistics.median(taken)
        quarters = statistics.quantiles(taken, n=4) if len(taken) > 1 else [0.0, 0.0, 0.0]
        row["spread_seconds"] = quarters[2] - quarters[0]
