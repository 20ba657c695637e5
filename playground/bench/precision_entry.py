"""What has been measured of one precision, and its class against fp32."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from playground.bench.precision_steps import Precision, Trainer

MUCH_FASTER, FASTER = 1.5, 1.1


# A class that was found before holds until the speedup is so far beyond its border: machines differ by some percent from one
# minute to the next, and a verdict that changes with them would be none.
HOLD = 1.05


def classify(speedup: float, earlier: str = "") -> str:
    """The class of a speedup against fp32; the thresholds of slower are the inverses of those of faster.

    Args:
        earlier: the class of the same measurement before; "" = there was none.

    Example:
        >>> classify(1.12), classify(1.12, "same"), classify(1.2, "same")
        ('faster', 'same', 'faster')
    """
    found = _class_of(speedup)
    return earlier if earlier in (_class_of(speedup * HOLD), _class_of(speedup / HOLD)) else found


def _class_of(speedup: float) -> str:
    if speedup >= FASTER:
        return "much_faster" if speedup >= MUCH_FASTER else "faster"
    if speedup <= 1 / FASTER:
        return "much_slower" if speedup <= 1 / MUCH_FASTER else "slower"
    return "same"


@dataclass(frozen=True)
class Probe:
    """Seconds of one step with few samples, and of one in fp32 with as many."""

    samples: int
    seconds: float
    base_seconds: float


@dataclass
class Entry:
    """One precision and what has been measured of it. `earlier`: its class in the same measurement before; `times`: seconds
    of each timed step; `ratios`: fp32's median by its own, one of each round."""

    trainer: Trainer
    predicted_slow: bool
    earlier: str = ""
    losses: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    skipped: int = 0
    peak: int | None = None
    saved: int | None = None
    weight_copies: int = 0
    cut_short: bool = False
    error: dict[str, Any] | None = None
    probe: Probe | None = None
    operations: dict[str, float] = field(default_factory=dict)

    @property
    def precision(self) -> Precision:
        return self.trainer.precision

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def describe(self, base: Entry) -> dict[str, Any]:
        """The row; `base` is fp32. What could not be measured is None."""
        row: dict[str, Any] = dict.fromkeys(
            "step_seconds spread_seconds speedup verdict peak_bytes saved_bytes memory_ratio loss loss_difference".split()
        )
        row |= {"precision": self.precision.name, "repetitions": len(self.times), "steps": max(len(self.losses) - 1, 0)}
        row["samples"] = self.probe.samples if self.probe else len(self.trainer.subject.inputs)
        row |= {"cut_short": self.cut_short, "predicted_slow": self.predicted_slow, "error": self.error}
        row |= {"skipped_steps": self.skipped, "peak_bytes": self.peak, "saved_bytes": self.saved}
        if self.times:
            row |= {"step_seconds": self.median, "spread_seconds": interquartile_range(self.times)}
        if self.times or self.probe:
            row["speedup"] = self.speedup(base)
            row["verdict"] = classify(row["speedup"], self.earlier)
        if self.peak is not None and base.peak:
            row["memory_ratio"] = self.peak / base.peak
        if self.losses and base.losses:
            same = min(len(self.losses), len(base.losses)) - 1
            row["loss"] = self.losses[-1]
            row["loss_difference"] = {
                "first_step": self.losses[0] - base.losses[0],
                "last_step": self.losses[same] - base.losses[same],
                "steps": same,
            }
        return row

    def speedup(self, base: Entry) -> float:
        """The median over the rounds, in which both took turns; without rounds that of the first turns, or of the probe."""
        if self.probe is not None:
            return self.probe.base_seconds / self.probe.seconds
        return statistics.median(self.ratios) if self.ratios else base.median / self.median


def interquartile_range(times: list[float]) -> float:
    """The interquartile range, seconds; 0 of a single one."""
    if len(times) < 2:
        return 0.0
    low, _, high = statistics.quantiles(times, n=4, method="inclusive")
    return high - low
