"""Remote: the child's ear for the commands of the manager: stop, pause, resume, one step, slow motion."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from playground.training.events import Event

# Slow motion: how long the work rests after each of its parts, where it is asked for a single step alone.
STEP_REST_SECONDS = 0.35


class Stopped(Exception):
    """The manager wants the job to end."""


class Remote:
    """Between two events the work hears what it is told.

    Commands: "stop", "pause", "resume"; "step", of a job that is paused: go on to the next `step` event, and pause again;
    ("rest", seconds): slow motion, in which the work tells its parts and rests after each; ("rest", None): no more of it;
    ("rate", learning_rate): the work's own, it goes there as it is.

    Args:
        flush: sends what has not been sent, before a rest.
    """

    def __init__(self, pipe: Connection, flush: Callable[[], None]):
        self._pipe, self._flush = pipe, flush
        self._paused = self._once = False
        self._rest: float | None = None

    def obey(self, event: Event) -> list[tuple[str, float | None]]:
        """What the work itself must know, each once: ("rate", learning rate), ("rest", seconds or None).

        Args:
            event: the last one. One with `rest` is followed by so many seconds of rest, which a command cuts short.

        Raises:
            Stopped: it is to end.
        """
        message: dict[str, float | None] = {}
        if self._once and event.type == "step":
            self._paused, self._once = True, False
            message["rest"] = self._rest
        end = time.monotonic() + getattr(event, "rest", 0.0)
        while self._paused or self._pipe.poll(max(0.0, end - time.monotonic())):
            if self._paused:
                self._flush()
            command: Any = self._pipe.recv()
            end = 0.0  # whatever it was, it cuts the rest short
            if command == "stop":
                raise Stopped
            if command == "step":
                self._once = self._once or self._paused
                self._paused = False
                if self._once:
                    message["rest"] = self._rest or STEP_REST_SECONDS
            elif command in ("pause", "resume"):
                self._paused, self._once = command == "pause", False
                message["rest"] = self._rest
            elif command[0] == "rate":
                message["rate"] = command[1]
            else:
                self._rest = message["rest"] = command[1]
        return list(message.items())
