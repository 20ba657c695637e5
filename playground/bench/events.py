"""What a benchmark tells while it measures, and what it ends with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from playground.training.events import Event


@dataclass(frozen=True)
class Progress(Event):
    """So much is done.

    Args:
        done, total: parts of the work, such as repetitions.
        doing: a key of the words that says what comes now, and `values` for its placeholders.
        row: what has been measured meanwhile, under the names of the result's rows; {} = nothing yet.
    """

    type: ClassVar[str] = "progress"
    done: int
    total: int
    doing: str
    values: dict[str, Any] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured(Event):
    """The last event: the whole result, plain data. Sentences in it are {"key", "values"}, written out by who shows them."""

    type: ClassVar[str] = "done"
    result: dict[str, Any]
