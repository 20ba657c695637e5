"""One line of a benchmark's table: what was measured beside what is allowed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playground import words


@dataclass(frozen=True)
class Row:
    """A budget and how this machine does.

    Args:
        name: `words`: `bench.<name>`.
        measured: in `unit`; None = it could not be reached at all, which is a miss.
        budget: in `unit`: the most that is allowed, or the least where `at_least`.
        unit: s, ms, × or %.
        detail: a key of the catalogue that says more, filled with `values`; "" = nothing more to say.
    """

    name: str
    measured: float | None
    budget: float
    unit: str
    at_least: bool = False
    detail: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        if self.measured is None or math.isnan(self.measured):
            return False
        return self.measured >= self.budget if self.at_least else self.measured <= self.budget

    def describe(self, language: str) -> str:
        """What was measured, in a reader's words."""
        return words.text(language, f"bench.{self.name}", **self.values)

    def describe_detail(self, language: str) -> str:
        return words.text(language, self.detail, **self.values) if self.detail else ""

    def show_measured(self, language: str) -> str:
        return words.text(language, "bench.never") if self.measured is None else self._written(self.measured)

    def show_budget(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.budget:g} {self.unit}"

    def _written(self, number: float) -> str:
        return f"{number:.1f} {self.unit}" if abs(number) >= 10 else f"{number:.2f} {self.unit}"


def percentile_95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed.

    Example:
        >>> percentile_95(range(1, 101))
        95
    """
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def latency_row(name: str, seconds: Sequence[float], budget_ms: float, *, median: bool = False, **values: Any) -> Row:
    """A row of single times: their median or 95th percentile, in milliseconds."""
    middle, high = 1000 * statistics.median(seconds), 1000 * percentile_95(seconds)
    values = {**values, "count": len(seconds), "median": middle, "p95": high}
    return Row(name, middle if median else high, budget_ms, "ms", detail="bench.detail_times", values=values)
