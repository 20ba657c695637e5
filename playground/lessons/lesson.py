"""Lesson: one mistake, its cure, and the measured numbers that show both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.lessons.program import SIDES
from playground.lessons.units import show_number

# A number that is not there is None; what compares it then shows nothing.
Values = Mapping[str, Any]


class Printed:
    """What a program has printed: rows of {quantity: number}, in their order."""

    def __init__(self, rows: Sequence[Mapping[str, float]]):
        self.rows = rows

    def every(self, quantity: str) -> list[float]:
        return [row[quantity] for row in self.rows if quantity in row]

    def first(self, quantity: str) -> float | None:
        return next(iter(self.every(quantity)), None)

    def last(self, quantity: str) -> float | None:
        return next(reversed(self.every(quantity)), None)

    def most(self, quantity: str) -> float | None:
        """The largest finite one."""
        return max(filter(math.isfinite, self.every(quantity)), default=None)

    def least(self, quantity: str) -> float | None:
        """The smallest finite one."""
        return min(filter(math.isfinite, self.every(quantity)), default=None)

    def first_not_finite(self, quantity: str) -> float | None:
        """The step at which it became NaN or infinite; None = never."""
        rows = (row for row in self.rows if quantity in row and not math.isfinite(row[quantity]))
        return next((row["step"] for row in rows), None)

    def gap(self, larger: str, smaller: str) -> float | None:
        """The difference of two at the end."""
        one, other = self.last(larger), self.last(smaller)
        return None if one is None or other is None else one - other

    def mean(self, quantity: str) -> float | None:
        """Of all its values."""
        values = self.every(quantity)
        return math.fsum(values) / len(values) if values else None


@dataclass(frozen=True)
class Chart:
    """Curves of both programs, side by side on the same axes.

    Args:
        series: quantities that the programs print.
        unit: of the upright axis; see `playground.lessons.units`.
        across: the quantity of the other axis.
        logarithmic: whether the upright axis is.
        limit: a line across the chart.
    """

    series: tuple[str, ...]
    unit: str = "number"
    across: str = "step"
    logarithmic: bool = False
    limit: float | None = None


@dataclass(frozen=True)
class Fact:
    """A number that stands under both charts; its words are `lesson.fact_<name>`."""

    name: str
    unit: str
    find: Callable[[Printed], float | None]


@dataclass(frozen=True)
class Lesson:
    """An entry of LESSONS.

    Its programs lie in `programs/<name>.diff`; its words are `lesson.<name>` (the name), `lesson.<name>_wrong`,
    `lesson.<name>_cure`, `lesson.<name>_look` and `lesson.<name>_verdict`, whose placeholders are the facts of both sides,
    as {broken_accuracy} and {cured_accuracy}; its text lies in `assets/lessons/<language>/<name>.md`.

    Args:
        length: how far the curves go: the last step, or operation, of the longer one.
        shows: whether the facts of both sides show that the failure happened and the cure cured it.
    """

    name: str
    length: int
    charts: tuple[Chart, ...]
    facts: tuple[Fact, ...]
    shows: Callable[[Values, Values], bool]

    def find_facts(self, rows: Sequence[Mapping[str, float]]) -> dict[str, float | None]:
        """{fact: number} of what one program printed; None where it printed nothing of the kind."""
        printed = Printed(rows)
        return {fact.name: fact.find(printed) for fact in self.facts}

    def judge(self, sides: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, Any]:
        """What happened, from all that both programs printed.

        Returns:
            shown: whether failure and cure showed. key, values: the sentence that says so, for the catalogue.
        """
        facts = {side: self.find_facts(sides[side]) for side in SIDES}
        shown = self._shows(facts)
        units = {fact.name: fact.unit for fact in self.facts}
        values = {f"{side}_{name}": show_number(value, units[name]) for side in SIDES for name, value in facts[side].items()}
        return {
            "shown": shown,
            "key": f"lesson.{self.name}_verdict" if shown else "lesson.not_shown",
            "values": values if shown else {},
        }

    def _shows(self, facts: Mapping[str, Values]) -> bool:
        try:
            return bool(self.shows(facts["broken"], facts["cured"]))
        except TypeError:  # a number that is not there cannot be compared: one program was ended early
            return False
