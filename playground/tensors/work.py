"""What a child does for the Tensors tab: run a program, or find which inputs made an output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from playground.errors import PlaygroundError
from playground.limits import Limits
from playground.tensors.provenance import find_provenance
from playground.tensors.trace import run_tensors
from playground.training.events import Event, Failed


@dataclass(frozen=True)
class Answered(Event):
    """The one event of a short job: its result, and the error it ended with, still without words."""

    type: ClassVar[str] = "done"
    result: dict[str, Any]
    error: PlaygroundError | None

    def to_json(self) -> dict[str, Any]:
        stored = Failed(self.error).to_json()["error"] if self.error is not None else None
        return {"type": self.type, "result": self.result, "error": stored}


def run_in_child(source: str, seed: int, limits: Limits) -> Iterator[Answered]:
    """See `run_tensors`."""
    torch.set_num_threads(1)
    yield Answered(*run_tensors(source, seed, limits))


def trace_in_child(source: str, seed: int, step: int, limits: Limits) -> Iterator[Answered]:
    """See `find_provenance`."""
    torch.set_num_threads(1)
    yield Answered(find_provenance(source, seed, step, limits), None)
