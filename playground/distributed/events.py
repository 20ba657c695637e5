"""What a run on several processes tells beside the events of every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from playground.training.events import Event


@dataclass(frozen=True)
class Processes(Event):
    """The processes have found each other; told at the beginning, and again after a restart.

    `backend`: gloo or nccl. `restarts`: how often they have been started anew; `from_step`: the first step is the one after
    it. Each of `ranks` is {rank, pid, host, device, threads, images, indices}: `images` of a full optimizer step that are
    its own, and the `indices` of the first of them. `gradient_bytes`: what every step sums over the ranks. `trial`: see
    `playground.distributed.trial`; None after a restart.
    """

    type: ClassVar[str] = "processes"
    backend: str
    restarts: int
    from_step: int
    ranks: list[dict[str, Any]]
    gradient_bytes: int
    trial: dict[str, Any] | None


@dataclass(frozen=True)
class Traffic(Event):
    """What was exchanged in one measured step.

    `gradient_difference`, `weight_difference`: the largest difference between the same number on two ranks, of the
    gradients after they were summed and of the parameters before the update; None: not measured. `bytes`, `buckets`: what
    DDP gave to all-reduce; `seconds`: from the first bucket that was handed over to the last one that came back.
    """

    type: ClassVar[str] = "traffic"
    step: int
    gradient_difference: float
    weight_difference: float
    bytes: int
    buckets: int
    seconds: float
    step_seconds: float


@dataclass(frozen=True)
class Lost(Event):
    """A process has died, and all are started anew from the last checkpoint. `signal`: by which it was killed; "" = none."""

    type: ClassVar[str] = "lost"
    rank: int
    pid: int
    signal: str
    exit_code: int
    restarts_left: int
