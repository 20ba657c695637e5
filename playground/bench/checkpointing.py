"""measure_checkpointing: what checkpointing the blocks of the learner's model saves, and what it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from playground.bench.blocks import Block, checkpointed
from playground.bench.checkpoint_rows import measure_row, row_counts, time_rows, usable_blocks
from playground.bench.events import Measured, Progress
from playground.bench.subject import Subject
from playground.bench.what_ifs import gradients_of
from playground.lang.budget import show_bytes
from playground.training.events import Event

NEARLY = 1.01


def measure_checkpointing(subject: Subject, seconds: float) -> Iterator[Event]:
    """Steps with none to all of the blocks checkpointed, the first ones first, timed in turns.

    Args:
        seconds: how long steps are repeated; each runs once however long that takes.

    Yields:
        Progress, with each row as soon as its memory is known; in the end Measured with blocks, rows, left_out, batch_norm,
        reason.

    Raises:
        UnsupportedError: no part of the model can be checkpointed. PlaygroundError: what a learner's code does wrong.
    """
    yield Progress(0, 1, "bench_memory.doing_blocks")
    plain = gradients_of(subject)
    blocks, left_out = usable_blocks(subject, plain)
    counts = row_counts(len(blocks))
    total = len(counts) + 2
    rows: list[dict[str, Any]] = []
    for done, count in enumerate(counts, start=1):
        row = measure_row(subject, blocks, range(count), plain)
        rows.append(row)
        values = {"count": count, "total": len(blocks)}
        yield Progress(done, total, "bench_memory.doing_checkpoints", values, {**row})
    yield Progress(total - 1, total, "bench_memory.doing_times")
    time_rows(subject, blocks, [range(count) for count in counts], rows, seconds)
    batch_norm = _batch_norm(subject, blocks)
    yield Measured(
        {
            "blocks": [{"name": block.name, "layers": list(block.paths)} for block in blocks],
            "rows": rows,
            "left_out": left_out,
            "batch_norm": batch_norm,
            "reason": _explain(rows, left_out, batch_norm),
        }
    )


def _batch_norm(subject: Subject, blocks: list[Block]) -> list[dict[str, Any]]:
    """What one step does to the statistics of each BatchNorm, plain and with all blocks checkpointed: num_batches_tracked
    that were added, and the largest change of running_mean, both from their beginning. They end as they were."""
    layers = [
        (name, one)
        for name, one in nn.Module.named_modules(subject.module)
        if isinstance(one, _BatchNorm) and one.running_mean is not None and one.num_batches_tracked is not None
    ]
    if not layers:
        return []

    def step(chosen: Collection[int]) -> list[dict[str, Any]]:
        before = [{name: value.clone() for name, value in one.named_buffers()} for _, one in layers]
        for _, one in layers:
            one.reset_running_stats()  # after many steps on one batch, another one would change next to nothing
        with checkpointed(subject, blocks, chosen) as forward:
            gradients_of(subject, forward)
        found = []
        for (_, one), kept in zip(layers, before, strict=True):
            assert one.num_batches_tracked is not None and one.running_mean is not None
            found.append(
                {
                    "num_batches_tracked": int(one.num_batches_tracked),
                    "running_mean_difference": float(one.running_mean.abs().max()),  # it began at 0
                }
            )
            for name, value in one.named_buffers():
                value.copy_(kept[name])
        return found

    pairs = zip(layers, step([]), step(range(len(blocks))), strict=True)
    return [{"name": name, "plain": plain, "checkpointed": doubled} for (name, _), plain, doubled in pairs]


def _explain(
    rows: list[dict[str, Any]], left_out: list[dict[str, Any]], batch_norm: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    plain, every = rows[0], rows[-1]
    lowest = min(row["peak_bytes"] for row in rows)
    # More checkpoints for next to nothing are not better.
    best = next(row for row in rows if row["peak_bytes"] <= NEARLY * lowest)
    values = {"before": show_bytes(plain["peak_bytes"]), "after": show_bytes(best["peak_bytes"])}
    times = best["step_seconds"] / plain["step_seconds"]
    reason: list[dict[str, Any]] = []
    if best is plain:
        reason.append({"key": "bench_memory.checkpoints_useless", "values": {"before": values["before"]}})
    else:
        count = best["checkpointed_blocks"]
        key = "bench_memory.checkpoints_save" if times > NEARLY else "bench_memory.checkpoints_save_free"
        reason.append({"key": key, "values": {**values, "times": f"{times:.2f}", "count": count}})
    saved = {"before": show_bytes(plain["saved_bytes"]), "after": show_bytes(every["saved_bytes"])}
    reason.append({"key": "bench_memory.checkpoints_saved", "values": saved})
    equal = all(row["gradients_equal"] for row in rows)
    reason.append({"key": "bench_memory.checkpoints_equal" if equal else "bench_memory.checkpoints_differ", "values": {}})
    twice = [one for one in batch_norm if one["checkpointed"]["num_batches_tracked"] > one["plain"]["num_batches_tracked"]]
    if twice:
        first = {
            "name": twice[0]["name"],
            "plain": twice[0]["plain"]["num_batches_tracked"],
            "checkpointed": twice[0]["checkpointed"]["num_batches_tracked"],
        }
        reason.append({"key": "bench_memory.checkpoints_batch_norm", "values": first})
    if left_out:
        names = {"names": ", ".join(entry["name"] for entry in left_out)}
        reason.append({"key": "bench_memory.checkpoints_left_out", "values": names})
    return reason
