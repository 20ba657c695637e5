"""What a run on several processes tells beside the events of every run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from playground.training.events import Event


@dataclass(frozen=True)
class Processes(Event):
    """The processes have found each other; told at the beginning, and again after a restart.

    `backend`: gloo or nccl. `restarts`: how often they have been started anew; `from_step`: the first step is the one after
    it. Each of `ranks` is {rank, pid, host, device, threads, images, indices}: `images` of a full optimizer step that are
    its own, and the `indices` of the first of them; `parameters`: how many it holds. `gradient_bytes`: what every step sums
    over the ranks. `trial`: see `playground.distributed.trial`; None after a restart. `sharding`: of the config.
    """

    type: ClassVar[str] = "processes"
    backend: str
    restarts: int
    from_step: int
    ranks: list[dict[str, Any]]
    gradient_bytes: int
    trial: dict[str, Any] | None
    sharding: str = "none"


@dataclass(frozen=True)
class Traffic(Event):
    """What was exchanged in one measured step.

    `gradient_difference`, `weight_difference`: the largest difference between the same number on two ranks, of the
    gradients after they were summed and of the parameters before the update; None: no number lies on two ranks.
    `collectives`: see `playground.distributed.traffic.Meter.read`; `bytes`, `buckets` (calls) and `seconds`: of all of them.
    `memory`: bytes of each rank, {parameters, gradients, optimizer, copy}.
    """

    type: ClassVar[str] = "traffic"
    step: int
    gradient_difference: float | None
    weight_difference: float | None
    bytes: int
    buckets: int
    seconds: float
    step_seconds: float
    collectives: list[dict[str, Any]] = field(default_factory=list)
    memory: list[dict[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Lost(Event):
    """A process has died, and all are started anew from the last checkpoint. `signal`: by which it was killed; "" = none."""

    type: ClassVar[str] = "lost"
    rank: int
    pid: int
    signal: str
    exit_code: int
    restarts_left: int
