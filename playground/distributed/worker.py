"""One rank as the elastic agent starts it."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch.distributed as dist

from playground.distributed.group import join_group, read_place
from playground.distributed.line import Speaker
from playground.distributed.rank import train_rank
from playground.errors import InternalError, LimitError, PlaygroundError
from playground.jobs.child import end_with
from playground.limits import Limits
from playground.training.config import TrainingConfig

# The exit code of a rank whose neighbour has died.
ALONE, NOTICE_SECONDS = 3, 10.0


@dataclass(frozen=True)
class Orders:
    """What the ranks of one run are to do, all plain data.

    Args:
        folder: of the run; meeting: a private folder where they find each other and whoever started them.
        memory_bytes: address space that one rank may add; 0 = no limit.
    """

    config: dict[str, Any]
    folder: str
    meeting: str
    limits: Limits
    memory_bytes: int
    max_restarts: int


def die_with(parent: int) -> None:
    """Be killed when the parent ends, however it ends; Ctrl-C is for the parent."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent)


def train_worker(orders: Orders, agent: int) -> None:
    """Train as one rank; `agent`: the pid of its parent."""
    die_with(agent)
    place = read_place(os.environ)
    assert place is not None
    if orders.memory_bytes:
        _limit_memory(orders.memory_bytes)
    speaker = Speaker(Path(orders.meeting)) if place.rank == 0 else None
    try:
        if sys.platform == "linux":  # all ranks are on this machine, and nobody else shall reach them
            os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = "lo"
        config = TrainingConfig(**orders.config)
        group = join_group(config.device, place, Path(orders.meeting))
        train_rank(config, Path(orders.folder), orders.limits, group, speaker.tell if speaker else _nobody)
        dist.destroy_process_group()
        if speaker is not None:
            speaker.close()
    except PlaygroundError as error:
        if speaker is None:
            traceback.print_exc()
        else:
            speaker.fail(error)
        _leave(1)
    except BaseException as error:  # else torch would write it into a file that nobody reads
        if isinstance(error, RuntimeError) and neighbour_died(error):
            time.sleep(NOTICE_SECONDS)  # the agent shall see first who has died, and then ends this one, too
            _leave(ALONE)
        traceback.print_exc()
        if speaker is not None:  # a mistake would be made again after every restart
            speaker.fail(_explain(error, orders))
        _leave(1)


def _explain(error: BaseException, orders: Orders) -> PlaygroundError:
    memory = isinstance(error, MemoryError) or "allocate memory" in str(error) or "out of memory" in str(error)
    return LimitError("job.memory", megabytes=orders.memory_bytes // 2**20) if memory else InternalError("error.internal")


def neighbour_died(error: RuntimeError) -> bool:
    """Whether an error of torch.distributed says that another rank is gone."""
    signs = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "Socket closed", "recv failed")
    return any(sign in str(error) for sign in signs)


def _nobody(_: Any) -> None:
    return None


def _leave(code: int) -> None:
    # Skip the interpreter's goodbye, as the job's own child does.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _limit_memory(memory_bytes: int) -> None:
    import resource

    import torch

    if torch.cuda.is_available():
        return
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wish = used + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (wish if most == resource.RLIM_INFINITY else min(wish, most), most))
