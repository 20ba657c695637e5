"""The whole life of one rank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from playground.distributed.group import Group
from playground.distributed.resume import apply_resume, read_resume
from playground.distributed.run import DistributedRun
from playground.distributed.trial import try_first_batch
from playground.limits import Limits
from playground.training.config import TrainingConfig
from playground.training.events import Event
from playground.training.trial import Settings, settle_run

Tell = Callable[[Event], Any]


def train_rank(config: TrainingConfig, folder: Path, limits: Limits | None, group: Group, tell: Tell) -> None:
    """Train until the end, or until rank 0 is told to stop.

    Args:
        folder: of the run; rank 0 alone writes to it.
        tell: is given every event on rank 0, and returns the command that came meanwhile, or None.
    """
    settings, seconds = settle_ranks(config, group)
    torch.set_num_threads(settings.threads)
    run = _kind_of(config)(config, settings, folder, limits, group)
    kept = group.tell_all(read_resume(folder) if group.speaks and group.place.restarts else None)
    if kept is not None:
        apply_resume(kept, run)
    trial = None if kept is not None or group.place.restarts else try_first_batch(run)
    events = run.follow(seconds, trial)
    command = None
    while True:
        try:
            event = next(events) if command is None else events.send(command)
        except StopIteration:
            # gloo's threads may still hold what was gathered last, and a Python that ends under them aborts.
            dist.barrier()
            return
        command = tell(event) if group.speaks else None


def settle_ranks(config: TrainingConfig, group: Group) -> tuple[Settings, float]:
    """The precision and the threads of every rank, by a trial on rank 0: two precisions would be two runs."""
    if group.device.type == "cpu" and not config.threads:
        config = replace(config, threads=group.threads())
    share = replace(config, batch_size=max(1, config.batch_size // group.size))
    found = settle_run(share, config.spec(), group.device) if group.speaks else None
    return group.tell_all(found)  # type: ignore[no-any-return]


def _kind_of(config: TrainingConfig) -> type[DistributedRun]:
    if not config.sharded:
        return DistributedRun
    from playground.distributed.sharded import ShardedRun  # its imports take time that other runs need not wait for

    return ShardedRun
