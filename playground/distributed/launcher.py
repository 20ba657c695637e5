"""The elastic launcher inside a job: an agent process starts the ranks, watches them, and starts them anew when one dies.

job → agent (torch.distributed.elastic) → ranks. Each dies with its parent, so whatever is killed takes the rest with it.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import uuid
from collections.abc import Iterator
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import torch
from torch.distributed.elastic.agent.server import RunResult, WorkerGroup, WorkerSpec
from torch.distributed.elastic.agent.server.local_elastic_agent import LocalElasticAgent
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.rendezvous import RendezvousParameters
from torch.distributed.elastic.rendezvous.registry import get_rendezvous_handler

from playground.distributed.events import Lost
from playground.distributed.line import DONE, NAME, Ear, open_listener
from playground.distributed.repeated import Repeated
from playground.distributed.run import STOP
from playground.distributed.worker import ALONE, Orders, die_with, train_worker
from playground.errors import PlaygroundError, RuntimeFailure
from playground.limits import Limits
from playground.training.config import TrainingConfig
from playground.training.events import Event

MAX_RESTARTS = 3
WATCH_SECONDS = 0.1
STOP_SECONDS = 2.5


def train_on_processes(
    config: TrainingConfig, folder: Path, limits: Limits, max_restarts: int = MAX_RESTARTS
) -> Iterator[Event]:
    """`playground.training.loop.train` on `config.processes` processes: the events of rank 0, and Processes, Traffic, Lost.

    Raises:
        RuntimeFailure: a process died more often than it is started anew. PlaygroundError: what a rank met.
    """
    multiprocessing.current_process().daemon = False  # it has children of its own, which die with it
    memory = limits.job_memory_bytes // config.processes
    with tempfile.TemporaryDirectory(prefix="ranks-") as meeting, open_listener(Path(meeting)) as listener:
        orders = Orders(config.to_json(), str(folder), meeting, limits, memory, max_restarts)
        agent = _context().Process(target=run_agent, args=(orders, os.getpid()))
        agent.start()
        try:
            yield from _relay(Ear(listener, agent))
        finally:
            agent.kill()
            agent.join()


def _relay(ear: Ear) -> Iterator[Event]:
    """Pass events on and commands back; what a restarted run repeats has been told already."""
    repeated = Repeated()
    losses: list[Lost] = []
    complete = False
    for pipe, said in ear.listen():
        if isinstance(said, PlaygroundError):
            raise said
        if said == DONE:
            complete = True
        elif isinstance(said, Lost):
            losses.append(said)
            if said.restarts_left >= 0:
                yield said
        else:
            command = None
            try:
                command = None if repeated.take(said) else (yield said)
            except BaseException:
                # Stopped or closed: all ranks end after their next step, and rank 0 saves the last weights.
                _say(pipe, STOP)
                _drain(ear)
                raise
            _say(pipe, command)
    if not complete:
        last = losses[-1] if losses else None
        raise RuntimeFailure(
            "processes.died",
            rank=last.rank if last else "?",
            how=last.signal or last.exit_code if last else "?",
            restarts=len(losses) - 1 if losses else 0,
        )


def _say(pipe: Any, command: Any) -> None:
    with contextlib.suppress(OSError):  # it has just died
        pipe.send(command)


def _drain(ear: Ear) -> None:
    """Let the ranks come to their end, but not for ever."""
    for pipe, said in ear.listen(STOP_SECONDS):
        if said == DONE:
            return
        _say(pipe, STOP)


class Agent(LocalElasticAgent):
    """The elastic agent, which tells the job of every process that it has lost."""

    def __init__(self, meeting: str, spec: WorkerSpec, **settings: Any):
        super().__init__(spec, **settings)
        self._line = Client(str(Path(meeting) / NAME), "AF_UNIX")

    def _monitor_workers(self, worker_group: WorkerGroup) -> RunResult:
        result = super()._monitor_workers(worker_group)
        if result.is_failed() and result.failures:
            # Those who only noticed that another one was gone are not who was lost.
            failures = sorted(result.failures.items(), key=lambda found: (found[1].exitcode == ALONE, found[1].timestamp))
            rank, failure = failures[0]
            name = signal.Signals(-failure.exitcode).name if failure.exitcode < 0 else ""
            self._line.send(Lost(rank, failure.pid, name, failure.exitcode, self._remaining_restarts - 1))
        return result


def run_agent(orders: Orders, job: int) -> None:
    """The agent process's main function."""
    die_with(job)
    for name in ("torch.distributed.elastic", "torch.distributed.launcher", "torch.multiprocessing"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they say of a lost process is told to the learner
    meeting = Path(orders.meeting)
    parameters = RendezvousParameters(
        "c10d", str(meeting / "rendezvous"), uuid.uuid4().hex, 1, 1, local_addr="localhost", store_type="file"
    )
    spec = WorkerSpec(
        role="rank",
        local_world_size=orders.config["processes"],
        entrypoint=train_worker,
        args=(orders, os.getpid()),
        rdzv_handler=get_rendezvous_handler(parameters),
        max_restarts=orders.max_restarts,
        monitor_interval=WATCH_SECONDS,
        local_addr="localhost",
    )
    agent = Agent(
        orders.meeting,
        spec,
        logs_specs=DefaultLogsSpecs(log_dir=str(meeting)),
        start_method=_start_method(),
        shutdown_timeout=2,
    )
    result = agent.run()
    os._exit(1 if result.is_failed() else 0)


def _context() -> Any:
    """How the agent is started: forked from a job, whose one thread has not computed yet; else as a fresh Python."""
    forked = _start_method() == "fork" and multiprocessing.parent_process() is not None
    return multiprocessing.get_context("fork" if forked else "spawn")


def _start_method() -> str:
    return "fork" if sys.platform == "linux" and not torch.cuda.is_available() else "spawn"
