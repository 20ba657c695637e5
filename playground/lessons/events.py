"""What a lesson's program tells while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from playground.training.events import Event


@dataclass(frozen=True)
class Line(Event):
    """A line that the program has printed: {quantity: number}. It is bundled like the steps of a run."""

    type: ClassVar[str] = "step"
    values: dict[str, float]


@dataclass(frozen=True)
class Ended(Event):
    """The program has run to its end. `digest`: of all that it printed, letter by letter (SHA-256)."""

    type: ClassVar[str] = "done"
    seconds: float
    digest: str


def read_line(line: str) -> dict[str, Any]:
    """The numbers of a printed line: "step 3  gradient norm 0.5" is {"step": 3.0, "gradient norm": 0.5}.

    Raises:
        ValueError: it is not made of names and numbers.
    """
    parts = [part.rsplit(" ", 1) for part in line.strip().split("  ")]
    return {name: float(number) for name, number in parts}
