"""The course's race of CPU and GPU, with and without waiting for the device, so that it is seen why one has to wait."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from playground.bench.subject import Subject
from playground.devices import synchronize

# The course multiplies matrices of the first size; a slower machine takes the next one.
SIZES = (5000, 2048, 1024, 512)
REPETITIONS = 5
# Timed calls of one kind of work on one device: the first one, and the repetitions of both ways.
CALLS = 1 + 2 * REPETITIONS
# A device that is not waited for looks so much faster, at least, where it matters.
MATTERS = 1.5
Sentence = dict[str, Any]


def time_both_ways(work: Callable[[], Any], device: torch.device) -> dict[str, float]:
    """Seconds of one call, as the clock says it: {first_seconds: of the very first one, with waiting, as the course
    measures it; unsynchronised_seconds: the clock is stopped when the call comes back; synchronised_seconds: when the device
    is done}, the latter two as medians.

    A GPU is only told what to do: the call comes back while it still computes.
    """
    first = _time(work, device, wait=True)
    hasty = [_time(work, device, wait=False) for _ in range(REPETITIONS)]
    patient = [_time(work, device, wait=True) for _ in range(REPETITIONS)]
    return {
        "first_seconds": first,
        "unsynchronised_seconds": statistics.median(hasty),
        "synchronised_seconds": statistics.median(patient),
    }


def _time(work: Callable[[], Any], device: torch.device, *, wait: bool) -> float:
    synchronize(device)  # what was asked for before is not this call's
    start = time.perf_counter()
    work()
    if wait:
        synchronize(device)
    seconds = time.perf_counter() - start
    synchronize(device)
    return seconds


def race_devices(
    subject: Subject, devices: Sequence[torch.device], flops_per_second: float, seconds: float
) -> dict[str, Any]:
    """A matrix product and a step of the model on each device.

    Args:
        devices: the CPU is the last. flops_per_second: of the slowest of them. seconds: about as long as it may take.

    Returns:
        {size: of the matrices, rows: [{device, kind: matmul or step, and the keys of `time_both_ways`}], reason: sentences}.
    """
    allowed = seconds / CALLS * flops_per_second
    size = next((size for size in SIZES if 2 * size**3 <= allowed), SIZES[-1])
    rows: list[dict[str, Any]] = []
    for device in devices:
        first, second = (torch.randn(size, size).to(device) for _ in range(2))
        times = time_both_ways(lambda first=first, second=second: torch.matmul(first, second), device)  # type: ignore[misc]
        rows.append({"device": str(device), "kind": "matmul", **times})
    for device in devices:
        with on_device(subject, device) as there:
            times = time_both_ways(lambda there=there: there.call(_step, there), device)  # type: ignore[misc]
        rows.append({"device": str(device), "kind": "step", **times})
    return {"size": size, "rows": rows, "reason": explain_race(rows, size)}


def _step(subject: Subject) -> None:
    """A pass forward and one back, without the optimizer."""
    subject.module.zero_grad(set_to_none=True)
    subject.loss().backward()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def on_device(subject: Subject, device: torch.device) -> Iterator[Subject]:
    """The same model and batch there; afterwards the model is back where it was."""
    home = subject.device

    def move(place: torch.device) -> None:
        subject.module.zero_grad(set_to_none=True)
        subject.module.to(place)

    subject.call(move, device)
    try:
        yield replace(subject, inputs=subject.inputs.to(device), labels=subject.labels.to(device))
    finally:
        subject.call(move, home)


def explain_race(rows: Sequence[dict[str, Any]], size: int) -> list[Sentence]:
    """How many times as fast each other device is as the CPU, and what the clock says of a device that is not waited for."""
    said: list[Sentence] = []
    for kind in ("matmul", "step"):
        *others, cpu = [row for row in rows if row["kind"] == kind]
        for row in others:
            values = {
                "device": row["device"],
                "size": size,
                "cpu": _show(cpu["synchronised_seconds"]),
                "own": _show(row["synchronised_seconds"]),
                "times": f"{cpu['synchronised_seconds'] / row['synchronised_seconds']:.1f}",
            }
            faster = row["synchronised_seconds"] < cpu["synchronised_seconds"]
            said.append({"key": f"bench.race_{kind}" if faster else f"bench.race_{kind}_slower", "values": values})
            said.append(_haste(row, cpu))
        if not others and kind == "matmul":
            said += _alone(cpu, size)
    return said


def _haste(row: dict[str, Any], cpu: dict[str, Any]) -> Sentence:
    """What is believed of a device by whoever does not wait for it."""
    values = {
        "hasty": _show(row["unsynchronised_seconds"]),
        "patient": _show(row["synchronised_seconds"]),
        "claimed": f"{cpu['synchronised_seconds'] / row['unsynchronised_seconds']:.1f}",
    }
    matters = row["synchronised_seconds"] >= MATTERS * row["unsynchronised_seconds"]
    return {"key": "bench.race_hasty" if matters else "bench.race_busy", "values": values}


def _alone(cpu: dict[str, Any], size: int) -> list[Sentence]:
    """There is nothing to race against: what the course's clock says of the CPU by itself."""
    values = {"size": size, "first": _show(cpu["first_seconds"]), "median": _show(cpu["synchronised_seconds"])}
    both = {"hasty": _show(cpu["unsynchronised_seconds"]), "patient": _show(cpu["synchronised_seconds"])}
    return [{"key": "bench.race_alone", "values": values}, {"key": "bench.race_alone_clock", "values": both}]


def _show(seconds: float) -> str:
    return (
        f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.2f} ms" if seconds >= 1e-4 else f"{1e6 * seconds:.1f} µs"
    )
