"""Which events have been told before: a run that goes on from a checkpoint makes its last steps again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from playground.training.events import Event

KINDS = ("step", "epoch", "insight", "traffic")


class Repeated:
    """Args:
    told: events of an earlier start, as JSON.
    """

    def __init__(self, told: Iterable[Mapping[str, Any]] = ()):
        self._reached: dict[str, int] = {}
        for event in told:
            self._note(str(event["type"]), int(event.get("step", 0)))

    def take(self, event: Event) -> bool:
        """Whether an event is one that was told; one that is new counts as told from now on."""
        return self._note(event.type, getattr(event, "step", 0))

    def _note(self, kind: str, step: int) -> bool:
        if kind not in KINDS:
            return False
        old = step <= self._reached.get(kind, 0)
        self._reached[kind] = max(step, self._reached.get(kind, 0))
        return old
