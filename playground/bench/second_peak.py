"""second_peak: the peak of a training step as the allocator and the profiler see it, who know nothing of storages."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils._python_dispatch import TorchDispatchMode

from playground.bench.memory_step import clear_gradients
from playground.bench.subject import Subject
from playground.errors import InternalError

MARK = "playground.operation"


@dataclass(frozen=True)
class SecondPeak:
    """The peak of a step by another road, in bytes.

    Args:
        bytes: alive after an operation, as LiveBytes counts them. within: alive at any time, so that it has what kernels
            take and give back before they return, which no operation shows.
    """

    bytes: int
    within: int


def second_peak(subject: Subject, optimizer: torch.optim.Optimizer | None, before: int) -> SecondPeak:
    """The same step as the allocator tells it: on CUDA its own statistics, else the events of torch.profiler.

    Args:
        before: what was alive before it.
    """

    def step() -> None:
        loss = subject.loss()  # kept to the end, as in every training loop: behind mse_loss stands memory of the whole batch
        loss.backward()
        if optimizer is not None:
            optimizer.step()
        clear_gradients(subject)

    def marked() -> None:
        with _Marks():
            step()

    subject.call(clear_gradients, subject)
    gc.collect()
    if subject.device.type == "cuda":
        torch.cuda.synchronize(subject.device)
        torch.cuda.reset_peak_memory_stats(subject.device)
        start = torch.cuda.memory_allocated(subject.device)
        subject.call(step)
        torch.cuda.synchronize(subject.device)
        most = before + torch.cuda.max_memory_allocated(subject.device) - start
        return SecondPeak(most, most)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        subject.call(marked)
    after, within = _peaks_of_events(profiler)
    return SecondPeak(before + after, before + within)


class _Marks(TorchDispatchMode):
    """Leaves a mark in the profile at the end of each operation."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with record_function(MARK):
            return func(*args, **(kwargs or {}))


def _peaks_of_events(profiler: profile) -> tuple[int, int]:
    """The largest sum of what a profile has seen allocated and released, at the ends of operations and at any time, bytes.

    Raises:
        InternalError: this torch tells no single allocations.
    """
    results = getattr(profiler.profiler, "kineto_results", None)
    if results is None:
        raise InternalError("error.internal")
    times: list[tuple[int, int | None]] = []
    for event in results.events():
        if event.name() == "[memory]":
            times.append((event.start_ns(), event.nbytes()))
        elif event.name() == MARK:
            times.append((event.end_ns(), None))
    live = after = within = 0
    for _, size in sorted(times, key=lambda entry: entry[0]):
        if size is None:
            after = max(after, live)
        else:
            live += size
            within = max(within, live)
    return after, within
