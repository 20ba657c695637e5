"""The learning rate that a learner changes while the run goes: the schedule's own values, all times one factor."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch

from playground.training.events import Event


@dataclass(frozen=True)
class RateChange(Event):
    """From step number `step` on the learning rate is `factor` times the schedule's; in that step it is `learning_rate`."""

    type: ClassVar[str] = "rate"
    step: int
    learning_rate: float
    factor: float


class LiveRate:
    """Scales an optimizer's learning rate around each step, so that no schedule has to know of it."""

    def __init__(self, optimizer: torch.optim.Optimizer):
        self.optimizer = optimizer
        self.factor = 1.0
        self._planned: list[tuple[int, float]] = []
        self._asked: float | None = None

    def plan(self, changes: Iterable[tuple[int, float]]) -> None:
        """Changes (step, factor) that are known beforehand: those of a run that is gone through again."""
        self._planned = sorted(changes)

    def ask(self, learning_rate: float) -> None:
        """The next step shall have this learning rate."""
        self._asked = learning_rate

    def begin_step(self, step: int) -> RateChange | None:
        """Settle the factor of step number `step` (from 1); what has changed, else None."""
        before = self.factor
        while self._planned and self._planned[0][0] <= step:
            self.factor = self._planned.pop(0)[1]
        scheduled = float(self.optimizer.param_groups[0]["lr"])
        if self._asked is not None and scheduled > 0:
            self.factor = self._asked / scheduled
        self._asked = None
        if self.factor == before:
            return None
        return RateChange(step, scheduled * self.factor, self.factor)

    def now(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"]) * self.factor

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Around an update: the optimizer has the scaled rate; afterwards the schedule goes on from its own."""
        if self.factor == 1.0:
            yield
            return
        before = [group["lr"] for group in self.optimizer.param_groups]
        try:
            for group in self.optimizer.param_groups:
                group["lr"] = group["lr"] * self.factor
            yield
        finally:
            for group, rate in zip(self.optimizer.param_groups, before, strict=True):
                group["lr"] = rate
