"""What runs in the child: the work, its limits and its events."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from playground.errors import InternalError, LimitError, PlaygroundError
from playground.jobs.bundle import Bundle
from playground.jobs.confine import confine
from playground.jobs.remote import Remote, Stopped
from playground.training.events import Event, Failed

MESSAGE_BYTES = 32 * 2**20  # a whole training run has less
FILE_BYTES = 2**28  # of one file that a confined child writes
NICENESS = 5
PR_SET_PDEATHSIG = 1
GPU_DEVICES = ("/dev",)

Work = Callable[..., Iterator[Event]]


@dataclass(frozen=True)
class Order:
    """What a child is to do: a function at module level that yields events, and its arguments, all plain data.

    `asks`: it stays and answers questions: its generator is sent one, and yields the answer.
    `memory_bytes`: address space that it may add; 0 = no limit. `confined`: it runs a learner's code, so that the kernel
    shall keep it from files, programs, the network and other processes, but for the paths `readable` and the folders
    `writable`.
    """

    work: Work
    arguments: dict[str, Any]
    memory_bytes: int = 0
    confined: bool = False
    asks: bool = False
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    # Of who orders: the fork server keeps the surroundings that it was started in.
    home: str = field(default_factory=lambda: os.environ.get("PLAYGROUND_HOME", ""))


def run_job(order: Order, pipe: Connection) -> None:
    """The child's main function: run the work, send its events in bundles, obey pause and stop."""
    _prepare(order.memory_bytes)
    if order.home:
        os.environ["PLAYGROUND_HOME"] = order.home
    if order.confined:
        sys.unraisablehook = lambda *_: None  # what a learner's finalizers raise is nobody's business
        confine(GPU_DEVICES if has_gpu() else (), order.readable, order.writable)
        if order.writable:
            _limit_files()
    sender = _Sender(pipe)
    try:
        with contextlib.closing(order.work(**order.arguments)) as events:  # type: ignore[type-var]
            if order.asks:
                _answer_questions(events, pipe, sender)
            _follow(events, Remote(pipe, sender.flush), sender)
    except Stopped:
        pass
    except PlaygroundError as error:
        sender.add(Failed(error))
    except MemoryError:
        sender.add(Failed(_too_much_memory(order)))
    except RuntimeError as error:
        traceback.print_exc()
        out_of_memory = "can't allocate memory" in str(error) or "out of memory" in str(error)
        sender.add(Failed(_too_much_memory(order) if out_of_memory else InternalError("error.internal")))
    except (BrokenPipeError, EOFError):
        os._exit(1)  # the server is gone, and with it everyone who could look
    except BaseException:  # a Halt of the language is none of Exception's
        traceback.print_exc()
        sender.add(Failed(InternalError("error.internal")))
    sender.flush()
    pipe.close()
    # Skip the interpreter's slow goodbye: torch's threads and caches need none.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class _Sender:
    """Bundles events: a step's event costs microseconds, a message per bundle of 50 ms."""

    def __init__(self, pipe: Connection):
        # With the server everyone is gone who could look.
        self._bundle = Bundle(lambda events: send_events(pipe, events), lambda error: os._exit(1))

    def add(self, event: Event) -> None:
        self._bundle.add(event.to_json())

    def flush(self) -> None:
        self._bundle.flush()


def send_events(pipe: Connection, events: list[dict[str, Any]]) -> None:
    """As JSON: whoever has taken over a child must not be able to have the server unpickle something."""
    message = json.dumps(events).encode()
    if len(message) > MESSAGE_BYTES:
        message = json.dumps([Failed(_too_long(len(message))).to_json()]).encode()
    pipe.send_bytes(message)


def receive_events(pipe: Connection) -> list[dict[str, Any]]:
    """
    Raises:
        EOFError, OSError: there is nothing more, or too much. ValueError: these are no events.
    """
    events = json.loads(pipe.recv_bytes(MESSAGE_BYTES))
    if not isinstance(events, list) or not events:
        raise ValueError("a list of events was expected")
    if not all(isinstance(event, dict) and isinstance(event.get("type"), str) for event in events):
        raise ValueError("an event without a type")
    return events


def _answer_questions(events: Any, pipe: Connection, sender: _Sender) -> None:
    """The first event comes by itself, every other one after a question; ends with `Stopped`."""
    event = next(events)
    while True:
        sender.add(event)
        sender.flush()
        command = pipe.recv()
        while command in ("pause", "resume"):
            command = pipe.recv()
        if command == "stop":
            raise Stopped
        event = events.send(command[1])


def _follow(events: Any, remote: Remote, sender: _Sender) -> None:
    """Send every event, and give the work the commands that are its own."""
    commands: list[tuple[str, float | None]] = []
    while True:
        try:
            event = next(events) if not commands else events.send(commands)
        except StopIteration:
            return
        sender.add(event)
        commands = remote.obey(event)


def has_gpu() -> bool:
    """Whether a program of this child may need the device files of one."""
    import torch

    return torch.cuda.is_available() or torch.xpu.is_available()


def end_with(parent: int) -> None:
    """Be killed when the parent (its pid) ends, however it ends: nothing is ever left running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended before it could be asked for
        os._exit(1)


def _prepare(memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then stops its children
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # the page must stay quick while a network trains
    if sys.platform == "linux":
        # Die with the fork server, which dies with the server: nothing is ever left running.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if memory_bytes:
            _limit_memory(memory_bytes)


def _limit_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


def _limit_memory(memory_bytes: int) -> None:
    import resource

    import torch

    if torch.cuda.is_available():
        return  # CUDA reserves far more address space than it uses
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + memory_bytes, used + memory_bytes))


def _too_long(length: int) -> LimitError:
    return LimitError("job.answer", megabytes=length // 2**20, limit=MESSAGE_BYTES // 2**20)


def _too_much_memory(order: Order) -> LimitError:
    return LimitError("job.memory", megabytes=order.memory_bytes // 2**20)
