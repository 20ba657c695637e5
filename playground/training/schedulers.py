"""SCHEDULERS: how the learning rate changes during a run. A new one is one entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch.optim import Optimizer, lr_scheduler

from playground.registry import Registry


@dataclass(frozen=True)
class Length:
    """How long a run is: optimizer steps in all, and epochs (may be fractional)."""

    total_steps: int
    epochs: float


@dataclass(frozen=True)
class SchedulerType:
    """A learning-rate schedule of torch.optim.lr_scheduler.

    Args:
        name: in configs.
        make: the scheduler for an optimizer whose learning rate is the highest of the schedule; None = constant.
        source: the same as an expression of `optimizer`, `LEARNING_RATE`, `total_steps`, `EPOCHS` in the complete script.
        per_epoch: it is stepped after each epoch, not after each optimizer step.
    """

    name: str
    make: Callable[[Optimizer, Length], lr_scheduler.LRScheduler] | None
    source: str = ""
    per_epoch: bool = False


# Up in the first fifth, from a fifth of the highest rate; then down to a five-thousandth. The momentum stays as it is.
ONE_CYCLE: dict[str, Any] = {"pct_start": 0.2, "div_factor": 5, "final_div_factor": 1e3, "cycle_momentum": False}

SCHEDULERS: Registry[SchedulerType] = Registry(
    "topic.scheduler",
    (
        SchedulerType("none", None),
        SchedulerType(
            "StepLR",
            lambda optimizer, length: lr_scheduler.StepLR(optimizer, step_size=math.ceil(length.total_steps / 3), gamma=0.1),
            "lr_scheduler.StepLR(optimizer, step_size=math.ceil(total_steps / 3), gamma=0.1)",
        ),
        SchedulerType(
            "Cosine",
            lambda optimizer, length: lr_scheduler.CosineAnnealingLR(optimizer, T_max=length.total_steps),
            "lr_scheduler.CosineAnnealingLR(optimizer, T_max=total_steps)",
        ),
        # The course steps its cosine once per epoch: the rate is constant within an epoch.
        SchedulerType(
            "CosineEpochs",
            lambda optimizer, length: lr_scheduler.CosineAnnealingLR(optimizer, T_max=math.ceil(length.epochs)),
            "lr_scheduler.CosineAnnealingLR(optimizer, T_max=math.ceil(EPOCHS))",
            per_epoch=True,
        ),
        SchedulerType(
            "OneCycle",
            lambda optimizer, length: lr_scheduler.OneCycleLR(
                optimizer, max_lr=optimizer.param_groups[0]["lr"], total_steps=max(length.total_steps, 2), **ONE_CYCLE
            ),
            "lr_scheduler.OneCycleLR(\n    optimizer, max_lr=LEARNING_RATE, total_steps=max(total_steps, 2),\n    "
            + ", ".join(f"{name}={value}" for name, value in ONE_CYCLE.items())
            + "\n)",
        ),
    ),
)
