"""What a step would keep if one block alone were checkpointed: the blocks that save most, each really run."""

from __future__ import annotations

import heapq
from functools import partial
from typing import Any

import torch

from playground.bench.blocks import Block, checkpointed, find_blocks
from playground.bench.subject import Subject
from playground.bench.what_ifs import Impossible, WhatIf, gradients_of, measure_what_if, same
from playground.errors import PlaygroundError
from playground.registry import shorten

SHOWN, TRIED = 4, 8


def measure_checkpoints(
    subject: Subject, optimizer: torch.optim.Optimizer, ledger: list[dict[str, Any]]
) -> tuple[list[WhatIf], list[dict[str, Any]]]:
    """The SHOWN blocks whose checkpoint saves most, as `measure_what_if` tells of each; the largest saving first.

    Of many blocks those TRIED are run that save most inside of themselves.

    Args:
        ledger: of `read_ledger`.

    Raises:
        PlaygroundError: what a learner's code does wrong.
    """
    blocks = find_blocks(subject)
    held = [_held(block, ledger) for block in blocks]
    tried = sorted(heapq.nlargest(TRIED, range(len(blocks)), key=held.__getitem__))
    found = []
    for place in tried:
        what_if = _checkpoint(blocks, place)
        found.append((what_if, measure_what_if(what_if, subject, optimizer)))
    # What cannot be checkpointed comes last, with its reason.
    found.sort(key=lambda pair: pair[1]["saved_bytes"] if pair[1]["possible"] else float("inf"))
    return [what_if for what_if, _ in found[:SHOWN]], [row for _, row in found[:SHOWN]]


def _held(block: Block, ledger: list[dict[str, Any]]) -> int:
    """Bytes that its layers have saved."""
    return sum(
        row["bytes"]
        for row in ledger
        if any(row["layer"] == path or row["layer"].startswith(f"{path}.") for path in block.paths)
    )


def _checkpoint(blocks: list[Block], place: int) -> WhatIf:
    return WhatIf(
        "checkpoint",
        forward=partial(checkpointed, blocks=blocks, chosen=(place,)),
        check=partial(_check, blocks=blocks, place=place),
        values={"block": blocks[place].name},
    )


def _check(subject: Subject, blocks: list[Block], place: int) -> None:
    """Only where every gradient stays what it was."""
    plain = gradients_of(subject)
    try:
        with checkpointed(subject, blocks, (place,)) as forward:
            again = gradients_of(subject, forward)
    except (RuntimeError, PlaygroundError) as error:  # such as a block that writes over its own input
        raise Impossible({"key": "bench_memory.block_fails", "values": {"error": shorten(str(error), 200)}}) from None
    if not same(plain, again):
        raise Impossible({"key": "bench_memory.block_differs", "values": {}})
