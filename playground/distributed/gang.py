"""A few processes for one experiment: each runs the same function as one rank of a group, and its answer comes back."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from playground.distributed.group import Group, Place, join_group
from playground.distributed.worker import die_with
from playground.errors import PlaygroundError, RuntimeFailure

# What a rank runs: a function at module level.
RankWork = Callable[..., Any]


def run_gang(work: RankWork, size: int, *arguments: Any) -> list[Any]:
    """`work(group, *arguments)` on `size` fresh processes over gloo or nccl; their answers in the order of the ranks.

    Fresh, not forked: whoever asks has computed already, and torch's threads do not survive a fork.

    Raises:
        PlaygroundError: what a rank met. RuntimeFailure: one has died.
    """
    multiprocessing.current_process().daemon = False
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="gang-") as meeting:
        pipes, processes = [], []
        for rank in range(size):
            ours, theirs = context.Pipe()
            place = Place(rank, size, rank, size, 0)
            process = context.Process(target=_run_rank, args=(work, place, meeting, theirs, os.getpid(), arguments))
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        try:
            return _answers(pipes)
        finally:
            for process in processes:
                process.kill()
                process.join()


def _answers(pipes: list[Connection]) -> list[Any]:
    found: dict[int, Any] = {}
    while len(found) < len(pipes):
        waiting = {pipe: rank for rank, pipe in enumerate(pipes) if rank not in found}
        for pipe in wait(list(waiting)):
            rank = waiting[pipe]  # type: ignore[index]
            try:
                found[rank] = pipe.recv()  # type: ignore[union-attr,call-arg]
            except (EOFError, OSError):
                raise RuntimeFailure("processes.gang_died", rank=rank) from None
            if isinstance(found[rank], PlaygroundError):
                raise found[rank]
    return [found[rank] for rank in range(len(pipes))]


def _run_rank(work: RankWork, place: Place, meeting: str, pipe: Connection, parent: int, arguments: tuple[Any, ...]) -> None:
    die_with(parent)
    if sys.platform == "linux":
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = "lo"
    try:
        group: Group = join_group("auto", place, Path(meeting))
        torch.set_num_threads(group.threads())
        answer = work(group, *arguments)
        dist.barrier()
        pipe.send(answer)
        dist.destroy_process_group()
    except PlaygroundError as error:
        pipe.send(error)
    except Exception:
        traceback.print_exc()
        os._exit(1)
