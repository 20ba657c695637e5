"""Which configs can be trained on several processes, and SHARDINGS: what each of those holds. A new one is one entry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.devices import usable_cores
from playground.errors import InputError, LimitError, UnsupportedError
from playground.limits import Limits
from playground.models import ModelSpec
from playground.registry import Registry
from playground.training.optimizers import OPTIMIZERS


@dataclass(frozen=True)
class Sharding:
    """What of the network lies on each process (`words`: `sharding.<name>`).

    Args:
        sharded: a shard of every parameter, of its gradient and of its optimizer state; else all of them.
    """

    name: str
    sharded: bool = False


SHARDINGS: Registry[Sharding] = Registry("topic.sharding", (Sharding("none"), Sharding("fully_shard", sharded=True)))


def most_processes(limits: Limits) -> int:
    """How many processes one run may have on this machine: one for each core, and two where there is one.

    Whoever has started them by torchrun has counted them, perhaps over several machines.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return int(os.environ["WORLD_SIZE"])
    return min(limits.processes, max(2, usable_cores()))


def smallest_share(values: Mapping[str, Any]) -> int:
    """The fewest images that one process sees at a time: of a batch, or of the last one of an epoch."""
    batches = (values["batch_size"], values["train_size"] % values["batch_size"] or values["batch_size"])
    return min(batches) // int(values["processes"])


def check_processes(values: Mapping[str, Any], spec: ModelSpec, limits: Limits) -> None:
    """
    Args:
        values: of a config.

    Raises:
        LimitError: more processes than this machine may run. UnsupportedError: LBFGS, or a model given as code.
        InputError: a batch that cannot be shared out; one process that shall hold a shard.
    """
    count = values["processes"]
    if count == 1:
        if SHARDINGS[values["sharding"]].sharded:
            raise InputError("config.sharding_processes", sharding=values["sharding"])
        return
    if count > most_processes(limits):
        raise LimitError("config.processes_most", processes=count, most=most_processes(limits), cores=usable_cores())
    if OPTIMIZERS[values["optimizer"]].closure:
        raise UnsupportedError("config.closure_processes", processes=count)
    if spec.code:
        raise UnsupportedError("config.code_processes", processes=count)
    if smallest_share(values) < 1:
        last = values["train_size"] % values["batch_size"] or values["batch_size"]
        raise InputError("config.processes_batch", processes=count, batch_size=values["batch_size"], last=last)
