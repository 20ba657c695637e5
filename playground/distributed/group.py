"""Group: the processes of one run, which of them this one is, and how they talk."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from playground.devices import choose_device, usable_cores
from playground.errors import UnsupportedError

# A rank waits for the others as long as the run may be paused; one that dies is noticed at once, its connections close.
PATIENCE = timedelta(days=2)


@dataclass(frozen=True)
class Place:
    """Where a launcher has put this process: `rank` of `size`, `local_rank` of `local_size` on this machine."""

    rank: int
    size: int
    local_rank: int
    local_size: int
    restarts: int


def read_place(environment: Mapping[str, str]) -> Place | None:
    """What `torchrun` has written into the environment; None = this process was started without it."""
    if not {"RANK", "WORLD_SIZE", "LOCAL_RANK"} <= set(environment):
        return None
    size = int(environment["WORLD_SIZE"])
    return Place(
        int(environment["RANK"]),
        size,
        int(environment["LOCAL_RANK"]),
        int(environment.get("LOCAL_WORLD_SIZE", size)),
        int(environment.get("TORCHELASTIC_RESTART_COUNT", "0")),
    )


@dataclass(frozen=True)
class Group:
    """This process among the others, once they have found each other."""

    place: Place
    device: torch.device
    backend: str

    @property
    def rank(self) -> int:
        return self.place.rank

    @property
    def size(self) -> int:
        return self.place.size

    @property
    def speaks(self) -> bool:
        """Whether it is the one that evaluates, saves and tells."""
        return self.rank == 0

    def threads(self) -> int:
        """CPU threads for each of the processes that share this machine."""
        return max(1, usable_cores() // self.place.local_size)

    def describe(self) -> dict[str, Any]:
        return {"rank": self.rank, "pid": os.getpid(), "host": socket.gethostname(), "device": str(self.device)}

    def share(self, indices: Tensor) -> Tensor:
        """This rank's part of the indices of a batch: every `size`-th from `rank` on, as DistributedSampler takes them."""
        return indices[self.rank :: self.size]

    def tell_all(self, value: Any) -> Any:
        """Rank 0's value, on every rank."""
        values = [value if self.speaks else None]
        dist.broadcast_object_list(values, src=0, device=self.device)
        return values[0]

    def gather(self, value: Any) -> list[Any]:
        """Every rank's value, in the order of the ranks; an empty list but on rank 0."""
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values if self.speaks else []

    def spread(self, tensors: list[Tensor]) -> float:
        """The largest difference between the same number on two ranks; not a number where one of them is none."""
        flat = torch.cat([tensor.detach().flatten().float() for tensor in tensors])
        highest, lowest = flat.clone(), flat.clone()
        dist.all_reduce(highest, dist.ReduceOp.MAX)
        dist.all_reduce(lowest, dist.ReduceOp.MIN)
        return float((highest - lowest).max())


def choose_rank_device(name: str, place: Place) -> torch.device:
    """The device of one rank: the GPU of its local rank where there are enough, else the CPU.

    Raises:
        UnsupportedError: a GPU was asked for, and there are fewer than processes.
    """
    device = torch.device("cpu") if name == "auto" and not torch.cuda.is_available() else choose_device(name)
    if device.type == "cuda" and torch.cuda.device_count() >= place.local_size:
        return torch.device("cuda", place.local_rank)
    if name == "auto" or device.type == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    raise UnsupportedError("config.processes_gpus", processes=place.local_size, device=name, count=count)


def join_group(name: str, place: Place, store: Path | None = None) -> Group:
    """Find the other processes.

    Args:
        name: of the device, as in the config.
        store: a folder that all of them see, over whose files they meet: no port is opened but between them.
            None = as the launcher's environment says (`MASTER_ADDR`, `MASTER_PORT`).
    """
    device = choose_rank_device(name, place)
    backend = "nccl" if device.type == "cuda" else "gloo"
    # Each start has a store of its own: in the last one's lie the addresses of the dead.
    where: dict[str, Any] = {}
    start = f"start-{place.restarts}"
    if store is not None:
        where["store"] = dist.FileStore(str(store / start), place.size)
    elif place.local_size == place.size:  # between machines the restarts are not counted alike
        met, _, _ = next(dist.rendezvous("env://", place.rank, place.size, timeout=PATIENCE))
        where["store"] = dist.PrefixStore(start, met)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(backend, rank=place.rank, world_size=place.size, timeout=PATIENCE, **where)
    return Group(place, device, backend)
