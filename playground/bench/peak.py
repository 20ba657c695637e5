"""peak_bytes: the most bytes of tensors at a time, as the allocator of CUDA tells, or as LiveBytes counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from playground.bench.live_bytes import LiveBytes


def peak_bytes(work: Callable[[], Any], device: torch.device, known: Callable[[], Iterable[Tensor]]) -> int:
    """The most bytes of tensors that were there at a time while `work()` ran, those of `known()` among them.

    Args:
        known: parameters, buffers, states of the optimizer, the batch: what is there before.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        torch.cuda.synchronize(device)
        return int(torch.cuda.max_memory_allocated(device))
    with LiveBytes(device) as live:
        live.hold("temporary", known())
        live.note("before")
        work()
    return live.peak.total
