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
        name: in configs; `words`: `scheduler.<name>` and `scheduler_advice.<name>`.
        make: the scheduler for an optimizer whose learning rate is the highest of the schedule; None = constant.
        source: the same as an expression of `optimizer`, `LEARNING_RATE`, `total_steps`, `EPOCHS` in the complete script.
        formula: of the rate η_t, as it is shown; see `OptimizerType`. η: the highest rate, t: steps done,
            T: steps in all, e and E: epochs.
        per_epoch: it is stepped after each epoch, not after each optimizer step.
        watches: at each step it is told a loss: that of the validation images, without them the mean training loss of the
            epoch.
    """

    name: str
    make: Callable[[Optimizer, Length], Any] | None
    formula: str
    source: str = ""
    per_epoch: bool = False
    watches: bool = False


# Up in the first fifth, from a fifth of the highest rate; then down to a five-thousandth. The momentum stays as it is.
ONE_CYCLE: dict[str, Any] = {"pct_start": 0.2, "div_factor": 5, "final_div_factor": 1e3, "cycle_momentum": False}
# One epoch without a lower loss is an accident; after the second the rate goes down.
PLATEAU: dict[str, Any] = {"factor": 0.1, "patience": 1}
# The first tenth of the steps, from a tenth of the highest rate.
WARMUP_PART, WARMUP_START = 10, 0.1


def warm_up_steps(total_steps: int) -> int:
    return max(1, total_steps // WARMUP_PART)


def _warm_up_cosine(optimizer: Optimizer, length: Length) -> lr_scheduler.SequentialLR:
    first = warm_up_steps(length.total_steps)
    rise = lr_scheduler.LinearLR(optimizer, start_factor=WARMUP_START, total_iters=first)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=max(1, length.total_steps - first))
    return lr_scheduler.SequentialLR(optimizer, [rise, fall], milestones=[first])


def _written(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items())


FIRST = f"max(1, total_steps // {WARMUP_PART})"

SCHEDULERS: Registry[SchedulerType] = Registry(
    "topic.scheduler",
    (
        SchedulerType("none", None, "η_t = η"),
        SchedulerType(
            "StepLR",
            lambda optimizer, length: lr_scheduler.StepLR(optimizer, step_size=math.ceil(length.total_steps / 3), gamma=0.1),
            "η_t = η · 0.1^⌊3 t / T⌋",
            "lr_scheduler.StepLR(optimizer, step_size=math.ceil(total_steps / 3), gamma=0.1)",
        ),
        SchedulerType(
            "Cosine",
            lambda optimizer, length: lr_scheduler.CosineAnnealingLR(optimizer, T_max=length.total_steps),
            "η_t = η (1 + cos(π t / T)) / 2",
            "lr_scheduler.CosineAnnealingLR(optimizer, T_max=total_steps)",
        ),
        # The course steps its cosine once per epoch: the rate is constant within an epoch.
        SchedulerType(
            "CosineEpochs",
            lambda optimizer, length: lr_scheduler.CosineAnnealingLR(optimizer, T_max=math.ceil(length.epochs)),
            "η_e = η (1 + cos(π e / E)) / 2",
            "lr_scheduler.CosineAnnealingLR(optimizer, T_max=math.ceil(EPOCHS))",
            per_epoch=True,
        ),
        SchedulerType(
            "OneCycle",
            lambda optimizer, length: lr_scheduler.OneCycleLR(
                optimizer, max_lr=optimizer.param_groups[0]["lr"], total_steps=max(length.total_steps, 2), **ONE_CYCLE
            ),
            "η/5 → η → η/5000\nη_t = η   ⇔   t = T/5",
            "lr_scheduler.OneCycleLR(\n    optimizer, max_lr=LEARNING_RATE, total_steps=max(total_steps, 2),\n    "
            + _written(ONE_CYCLE)
            + "\n)",
        ),
        SchedulerType(
            "WarmupCosine",
            _warm_up_cosine,
            "t < W = T/10:  η_t = η (0.1 + 0.9 t / W)\nt ≥ W:  η_t = η (1 + cos(π s)) / 2\n        s = (t − W) / (T − W)",
            "lr_scheduler.SequentialLR(\n    optimizer,\n    [\n"
            f"        lr_scheduler.LinearLR(optimizer, start_factor={WARMUP_START}, total_iters={FIRST}),\n"
            f"        lr_scheduler.CosineAnnealingLR(optimizer, T_max=max(1, total_steps - {FIRST})),\n"
            f"    ],\n    milestones=[{FIRST}],\n)",
        ),
        SchedulerType(
            "ReduceLROnPlateau",
            lambda optimizer, length: lr_scheduler.ReduceLROnPlateau(optimizer, **PLATEAU),
            "L_(e−1), L_e ≥ L_min   ⇒   η ← 0.1 η",
            f"lr_scheduler.ReduceLROnPlateau(optimizer, {_written(PLATEAU)})",
            per_epoch=True,
            watches=True,
        ),
    ),
)

CURVE_POINTS = 300


class _Rate(Optimizer):
    """An optimizer of nothing but a learning rate: the first of torch's own imports its compiler, which takes seconds."""

    def __init__(self, learning_rate: float):
        self.defaults = {"lr": learning_rate}
        self.param_groups = [{"params": [], "lr": learning_rate}]

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        pass


def preview_schedule(name: str, learning_rate: float, steps_per_epoch: int, length: Length) -> list[tuple[float, float]]:
    """The curve of a schedule, from torch's own scheduler: (share of the run that is done, learning rate), from 0 to 1.

    A run of more than CURVE_POINTS steps is shown by one of so many: the schedules depend on t / T alone. A schedule that
    depends on the losses is shown as it begins: no loss is known before.
    """
    entry = SCHEDULERS[name]
    optimizer = _Rate(learning_rate)
    count = math.ceil(length.epochs) if entry.per_epoch else min(length.total_steps, CURVE_POINTS)
    scheduler = entry.make(optimizer, Length(count, length.epochs)) if entry.make and not entry.watches else None
    whole = length.total_steps / steps_per_epoch if entry.per_epoch else count
    curve = []
    for number in range(count):
        rate = float(optimizer.param_groups[0]["lr"])
        # Each rate holds until the next one.
        curve += [(number / whole, rate), (min((number + 1) / whole, 1.0), rate)]
        if scheduler is not None and number + 1 < count:
            optimizer.step()
            scheduler.step()
    return curve
