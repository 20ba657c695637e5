"""Which precision pays and why, in sentences that are computed from what was measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from playground.bench.precision_entry import FASTER, MUCH_FASTER, Entry, classify
from playground.bench.precision_operations import CAST, is_product
from playground.bench.precision_steps import Trainer
from playground.bench.subject import Subject

# A share of the time, or a change of memory, that is worth a sentence.
WORTH_TELLING = 0.02
MB = 10**6


def doubtful(ratios: Sequence[float]) -> bool:
    """Whether a few more rounds could change the class: a threshold lies within two standard errors of the median.

    The standard error comes from the interquartile range of the logarithms, so that outliers do not matter.
    """
    if len(ratios) < 2:
        return True
    logs = [math.log(ratio) for ratio in ratios]
    low, middle, high = statistics.quantiles(logs, n=4, method="inclusive")
    # 1.35: the interquartile range of a normal distribution in standard deviations; 1.25: a median against a mean.
    error = 1.25 * (high - low) / 1.35 / math.sqrt(len(logs))
    thresholds = (math.log(bound) for bound in (MUCH_FASTER, FASTER))
    return any(abs(abs(middle) - bound) < 2 * error for bound in thresholds)


def weight_copy_bytes(subject: Subject, trainer: Trainer, dtype: torch.dtype) -> int:
    """Bytes of what autograd keeps that are copies of parameters in the lower precision: the price of autocast."""
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.dtype == dtype and tensor.layout is torch.strided:
            kept[tensor.untyped_storage()._cdata] = tensor.detach()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        subject.call(trainer.forward)
    sizes: dict[int, list[Tensor]] = {}
    for parameter in subject.call(lambda: list(subject.module.parameters())):
        sizes.setdefault(parameter.numel(), []).append(parameter.detach())
    return sum(
        tensor.untyped_storage().nbytes()
        for tensor in kept.values()
        if any(_is_copy(tensor, parameter) for parameter in sizes.get(tensor.numel(), ()))
    )


def _is_copy(tensor: Tensor, parameter: Tensor) -> bool:
    """Whether a saved tensor, or its transpose, is the parameter rounded."""
    low = parameter.to(tensor.dtype)
    return any(
        one.shape == low.shape and torch.equal(one, low) for one in (tensor, tensor.mT if tensor.dim() > 1 else tensor)
    )


def explain_precisions(
    rows: Sequence[dict[str, Any]], entries: Sequence[Entry], winner: dict[str, Any]
) -> list[dict[str, Any]]:
    """Sentences: who wins, how each other compares, and the measured facts behind it."""
    base = rows[0]
    said: list[dict[str, Any]] = []

    def say(key: str, **values: Any) -> None:
        said.append({"key": f"bench.precision_{key}", "values": values})

    if winner["precision"] == "fp32":
        say("fp32_wins", milliseconds=1000 * base["step_seconds"])
    else:
        times = {"milliseconds": 1000 * winner["step_seconds"], "base": 1000 * base["step_seconds"]}
        say(f"wins_{winner['verdict']}", precision=winner["precision"], speedup=winner["speedup"], **times)
    _say_products(say, entries[0])
    for row, entry in list(zip(rows, entries, strict=True))[1:]:
        name = row["precision"]
        if entry.probe is not None:
            say("few_samples", precision=name, samples=row["samples"], factor=1 / row["speedup"])
        elif row is not winner and row["speedup"]:
            factor = max(row["speedup"], 1 / row["speedup"])
            say(row["verdict"], precision=name, factor=factor, milliseconds=1000 * row["step_seconds"])
        if row["speedup"] and row["verdict"] != classify(row["speedup"]):
            say("held", precision=name, speedup=row["speedup"])
        say("no_units" if row["predicted_slow"] else "units", precision=name)
        if row["error"] is None:
            _say_where(say, entry, entries[0])
            _say_memory(say, row, base, entry)
        if row["cut_short"] and row["error"] is None:
            say("cut_short", precision=name, repetitions=row["repetitions"], steps=row["steps"])
        if row["skipped_steps"]:
            say("skipped", precision=name, skipped=row["skipped_steps"], steps=row["steps"] + 1)
    return said


def _say_products(say: Any, base: Entry) -> None:
    total = sum(base.operations.values())
    if not total:
        return
    products = sum(seconds for name, seconds in base.operations.items() if is_product(name))
    say("products", percent=100 * products / total)
    # What a step takes beyond its operations: Python, the engine of autograd, the optimizer.
    outside = 1 - total / base.median
    if outside > 0.3:
        say("overhead", percent=100 * outside)


def _say_where(say: Any, entry: Entry, base: Entry) -> None:
    """Whether products really got faster, and what casts cost."""
    total = sum(entry.operations.values())
    if not total or not base.operations:
        return
    name = entry.precision.name
    own, fp32 = (
        sum(seconds for operation, seconds in one.operations.items() if is_product(operation)) for one in (entry, base)
    )
    if own and fp32:
        key = "products_faster" if fp32 >= FASTER * own else "products_slower" if own >= FASTER * fp32 else "products_same"
        say(key, precision=name, milliseconds=1000 * own, base=1000 * fp32)
    casts = entry.operations.get(CAST, 0.0)
    if casts > WORTH_TELLING * total:
        say("casts", precision=name, percent=100 * casts / total, milliseconds=1000 * casts)


def _say_memory(say: Any, row: dict[str, Any], base: dict[str, Any], entry: Entry) -> None:
    own, fp32 = row["saved_bytes"], base["saved_bytes"]
    if own is None or not fp32:
        return
    values = {"precision": row["precision"], "megabytes": own / MB, "base": fp32 / MB}
    if own < (1 - WORTH_TELLING) * fp32:
        say("saved_less", **values)
    elif own > (1 + WORTH_TELLING) * fp32:
        say("saved_more", **values)
    if entry.weight_copies > WORTH_TELLING * own:
        say("weight_copies", precision=row["precision"], megabytes=entry.weight_copies / MB)
