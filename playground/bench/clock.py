"""timed: the one clock of all training steps that are measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import torch

from playground.devices import synchronize

Result = TypeVar("Result")


def timed(work: Callable[[], Result], device: torch.device) -> tuple[float, Result]:
    """Seconds that `work()` takes until the device is done with it, and what it gave."""
    synchronize(device)  # what was asked for before is not this work's
    start = time.perf_counter()
    result = work()
    synchronize(device)
    return time.perf_counter() - start, result
