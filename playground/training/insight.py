"""Insight: what the gradients, weights and updates of each layer do while it trains, measured on a few of the steps."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from playground.training.events import Insight

# The course's thresholds, on the largest absolute value of a gradient.
EXPLODES_ABOVE = 100.0
VANISHES_BELOW = 1e-7
# A layer of which so many units say nothing about any image of the batch is worth a look.
DEAD_SHARE = 0.5
# The budget is 5 %; what the clock does not see (colder caches, the event's way to the page) needs room beside this.
COST_SHARE = 0.025
# The gap between two measurements grows with the run: an hour has some thousand of them, not a hundred thousand.
GAP_SHARE = 1 / 200
# Beyond it the copy that an update is measured with could be what a job's memory limit does not allow.
COPY_BYTES_MOST = 256 * 2**20
# Their negative inputs become exactly 0, and no gradient comes back through it.
RECTIFIERS = (nn.ReLU, nn.ReLU6)


def judge_gradients(peak: float | None, nan_count: int = 0, inf_count: int = 0) -> str:
    """The verdict on a layer's gradients.

    Args:
        peak: their largest absolute value; None = the layer got none.

    Returns:
        nan, inf, may_explode (above 100), may_vanish (below 1e-7), ok, or none.

    Example:
        >>> judge_gradients(0.5), judge_gradients(-0.0), judge_gradients(101), judge_gradients(math.nan, nan_count=1)
        ('ok', 'may_vanish', 'may_explode', 'nan')
    """
    if peak is None:
        return "none"
    if nan_count or inf_count:
        return "nan" if nan_count else "inf"
    if peak > EXPLODES_ABOVE:
        return "may_explode"
    return "may_vanish" if peak < VANISHES_BELOW else "ok"


class Pace:
    """Decides which steps are measured, so that measuring takes at most a share of the training time.

    The first one is, whatever it costs: before, nobody knows. `spent` and `last_seconds` are seconds.

    Args:
        cost_share: of the training time. gap_share: of the steps until now, between two that are measured.
        first_after: so many seconds of training.
    """

    def __init__(self, cost_share: float = COST_SHARE, gap_share: float = GAP_SHARE, first_after: float = 0.0) -> None:
        self.cost_share, self.gap_share, self.first_after = cost_share, gap_share, first_after
        self.spent = self.last_seconds = 0.0
        self.last_step = 0

    def is_due(self, step: int, training_seconds: float) -> bool:
        """Whether to measure step number `step` (from 1), `training_seconds` after the first began."""
        if not self.last_step:
            return training_seconds >= self.first_after
        if step - self.last_step < step * self.gap_share:
            return False
        return self.spent + self.last_seconds <= self.cost_share * training_seconds

    def add(self, step: int, seconds: float) -> None:
        """A step was measured and that took so long."""
        self.last_step, self.last_seconds = step, seconds
        self.spent += seconds


@dataclass
class _Part:
    """A module with parameters of its own, or a rectifier; `indices` are those of its parameters in the monitor's list."""

    name: str
    module: nn.Module
    indices: list[int]


class GradientMonitor:
    """Measures layers: `measuring` around a step's update, `look` when its gradients are complete, `take` for the result.

    It changes nothing that is trained: it reads, draws no random number, and its hooks are there on measured steps only.

    Args:
        module: of any kind. Parameters that two layers share count for the first.
        enabled: False = it does nothing.
    """

    def __init__(self, module: nn.Module, *, enabled: bool = True):
        self.parameters: list[Tensor] = []
        self.parts = self._find_parts(module) if enabled else []
        size = sum(parameter.numel() * parameter.element_size() for parameter in self.parameters)
        self.copies = size <= COPY_BYTES_MOST
        self.pace = Pace()
        self._event: Insight | None = None
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []
        self._looking = False
        self._seconds = 0.0
        self._alive: dict[tuple[int, int], Tensor] = {}
        self._gradients: dict[str, list[Any]] = {}

    @contextlib.contextmanager
    def measuring(self, step: int, training_seconds: float) -> Iterator[None]:
        """Around the update of step number `step` (from 1): measure it, if its turn has come."""
        if not self.parts or not self.pace.is_due(step, training_seconds):
            yield
            return
        start = time.perf_counter()
        self._seconds, self._alive, self._gradients = 0.0, {}, {}
        with self._timed():
            before = [parameter.detach().clone() for parameter in self.parameters] if self.copies else None
            for place, part in enumerate(self.parts):
                if isinstance(part.module, RECTIFIERS):
                    hook = self._watch_units(place)
                    self._hooks.append(nn.Module.register_forward_hook(part.module, hook))
        self._looking = True
        try:
            yield
            with self._timed():
                rows = self._rows(self._measure_updates(before))
            self.pace.add(step, self._seconds)
            trained = training_seconds + time.perf_counter() - start
            self._event = Insight(step, self._seconds, self.pace.spent / trained, rows)
        finally:
            self._stop_looking()

    def look(self) -> None:
        """The gradients are complete, unscaled and not clipped yet; called again in the same step, it does nothing."""
        if not self._looking:
            return
        with self._timed(), torch.no_grad():
            self._stop_looking()
            having = [index for index, parameter in enumerate(self.parameters) if parameter.grad is not None]
            gradients = [gradient for index in having if (gradient := self.parameters[index].grad) is not None]
            norms = _numbers(torch._foreach_norm(gradients))
            # A finite norm has only finite numbers beneath it: counting them can wait until it is none.
            broken = [not math.isfinite(norm) for norm in norms]
            found: dict[str, list[Any]] = {
                "norm": norms,
                "peak": _numbers(torch._foreach_norm(gradients, math.inf)),
                "nan": [_count(torch.isnan, grad) if bad else 0 for grad, bad in zip(gradients, broken, strict=True)],
                "inf": [_count(torch.isinf, grad) if bad else 0 for grad, bad in zip(gradients, broken, strict=True)],
            }
            for name, values in found.items():
                self._gradients[name] = [None] * len(self.parameters)
                for index, value in zip(having, values, strict=True):
                    self._gradients[name][index] = value
            self._gradients["weight"] = _numbers(torch._foreach_norm(self.parameters))

    def take(self) -> Insight | None:
        """What the last step's measurement found; None when it was not measured, or this was asked before."""
        event, self._event = self._event, None
        return event

    def _find_parts(self, module: nn.Module) -> list[_Part]:
        seen: set[int] = set()
        parts = []
        # A learner's class may have a method of this name; ours is the one that lists all.
        for name, child in nn.Module.named_modules(module):
            own = [value for value in child._parameters.values() if value is not None and id(value) not in seen]
            own = [value for value in own if value.requires_grad and value.numel()]
            seen.update(map(id, own))
            indices = list(range(len(self.parameters), len(self.parameters) + len(own)))
            self.parameters += own
            if own or isinstance(child, RECTIFIERS):
                parts.append(_Part(name or type(child).__name__, child, indices))
        return parts

    def _watch_units(self, place: int) -> Callable[..., None]:
        def note(module: nn.Module, given: Any, output: Any) -> None:
            if not isinstance(output, Tensor) or output.ndim < 2 or not output.numel():
                return
            with self._timed(), torch.no_grad():
                alive = find_alive(output.detach())
                key = (place, len(alive))
                # A unit that speaks in one micro-batch, or in one of the places where the layer stands, is not dead.
                self._alive[key] = alive | self._alive[key] if key in self._alive else alive

        return note

    def _measure_updates(self, before: list[Tensor] | None) -> list[float] | None:
        if before is None:
            return None
        with torch.no_grad():
            torch._foreach_sub_(before, [parameter.detach() for parameter in self.parameters])
            return _numbers(torch._foreach_norm(before))

    def _rows(self, updates: list[float] | None) -> list[dict[str, Any]]:
        rows = []
        for place, part in enumerate(self.parts):
            if part.indices and self._gradients:
                rows.append(_describe_layer(part, self._gradients, updates))
            for (where, units), alive in self._alive.items():
                if where == place:
                    dead = 1 - int(alive.sum()) / units
                    verdict = "dead" if dead >= DEAD_SHARE else "ok"
                    rows.append({**_row(part), "dead": _short(dead), "units": units, "verdict": verdict})
        return rows

    def _stop_looking(self) -> None:
        self._looking = False
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        start = self._now()
        try:
            yield
        finally:
            self._seconds += self._now() - start

    def _now(self) -> float:
        # An accelerator still computes when the call is back; what waits for it before is the step's time, not ours.
        if self.parameters and self.parameters[0].device.type != "cpu":
            torch.accelerator.synchronize()
        return time.perf_counter()


def find_alive(output: Tensor) -> Tensor:
    """Which units of a rectifier's output are not 0 throughout the batch.

    Args:
        output: (batch, units), (batch, length, units) or (batch, channels, height, width …); not negative.

    Returns:
        bool (units,) or (channels,); a NaN is alive.
    """
    axis = 2 if output.ndim == 3 else 1
    largest = output.amax([other for other in range(output.ndim) if other != axis])
    return largest != 0


def _describe_layer(part: _Part, found: dict[str, list[Any]], updates: list[float] | None) -> dict[str, Any]:
    """A layer's row: its parameters together, as if they were one vector."""
    having = [index for index in part.indices if found["norm"][index] is not None]
    pick = lambda name: [found[name][index] for index in having]  # noqa: E731
    weight = _length([found["weight"][index] for index in part.indices])
    update = _length([updates[index] for index in part.indices]) if updates is not None else None
    nan_count, inf_count = sum(pick("nan")), sum(pick("inf"))
    peak = (math.nan if nan_count else max(pick("peak"))) if having else None
    return {
        **_row(part),
        "gradient_norm": _short(_length(pick("norm"))) if having else None,
        "gradient_max": _short(peak),
        "weight_norm": _short(weight),
        "update_norm": _short(update),
        "update_ratio": _short(update / weight) if update is not None and weight else None,
        "nan": nan_count,
        "inf": inf_count,
        "verdict": judge_gradients(peak, nan_count, inf_count),
    }


def _row(part: _Part) -> dict[str, Any]:
    names = "gradient_norm gradient_max weight_norm update_norm update_ratio dead units".split()
    return {"name": part.name, "type": type(part.module).__name__, **dict.fromkeys(names), "nan": 0, "inf": 0}


def _length(norms: Sequence[float]) -> float:
    """The norm of vectors laid behind each other, from the norm of each."""
    return math.nan if any(map(math.isnan, norms)) else math.hypot(*norms)


def _numbers(scalars: Sequence[Tensor]) -> list[float]:
    # One copy from the device for all of them.
    return torch.stack([scalar.float() for scalar in scalars]).tolist() if scalars else []


def _count(test: Callable[[Tensor], Tensor], values: Tensor) -> int:
    return int(test(values).sum())


def _short(number: float | None) -> float | None:
    """Five significant digits: what is read from a table, in a third of the bytes."""
    return None if number is None else float(f"{number:.5g}")
