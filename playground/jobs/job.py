"""Job: one piece of work for a child, and how it stands."""

from __future__ import annotations

import queue
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from playground.errors import InputError, PlaygroundError, RuntimeFailure
from playground.jobs.child import Order
from playground.jobs.kinds import JobKind
from playground.jobs.log import EventLog
from playground.training.events import Failed


@dataclass(eq=False)
class Job:
    """One piece of work. `state`: queued, running, paused, stopping, or ended (then the log says how).

    Args:
        id: unguessable; who has it may follow, pause and stop.
        visitor: whose it is; slots are shared out fairly between visitors.
        attended: it was started from the page and ends when nobody has looked for the grace time.
    """

    id: str
    kind: JobKind
    order: Order
    visitor: str
    log: EventLog
    attended: bool = False
    state: str = "queued"
    place: int = 0
    seen: float = field(default_factory=time.monotonic)
    began: float = 0.0
    seconds: float = 0.0
    paused_since: float = 0.0
    kill_at: float = 0.0
    ending: dict | None = None
    process: BaseProcess | None = None
    pipe: Connection | None = None
    answers: queue.SimpleQueue[dict | None] = field(default_factory=queue.SimpleQueue)
    turn: threading.Lock = field(default_factory=threading.Lock)
    asked: float = field(default_factory=time.monotonic)
    greeted: bool = False  # its first answer, which comes without a question, has been taken

    def send(self, command: Any) -> bool:
        """Give its child a command of `Remote`, or a question; False when there is no child (any more).

        Raises:
            InputError: a question that is nested too deeply to be sent.
        """
        try:
            if self.pipe is not None:
                self.pipe.send(command)
            return self.pipe is not None
        except OSError:
            return False  # it has just ended; the manager's thread will see that
        except RecursionError:
            raise InputError("job.nested") from None

    def death(self) -> dict:
        """The last event of a child that ended without a word."""
        code = self.process.exitcode if self.process is not None else None
        if code is not None and code < 0:
            return failed(RuntimeFailure("job.killed", signal=signal.Signals(-code).name))
        return failed(RuntimeFailure("job.died", code=code if code is not None else "?"))


def failed(error: PlaygroundError) -> dict:
    """The event of an error."""
    return Failed(error).to_json()
