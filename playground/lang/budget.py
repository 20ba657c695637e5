"""Budget: what a learner's program may still take, and how it is ended when that is used up."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playground.errors import LimitError, PlaygroundError
from playground.limits import Limits

CLOCK_EVERY = 64  # ticks; reading the clock costs as much as a tick
GIANT = 10_000_000  # elements that a Python sequence may have


class Halt(BaseException):
    """Ends a learner's program at once. No `except` of his can catch it: he cannot name its base class."""

    def __init__(self, error: PlaygroundError):
        super().__init__(error.key)
        self.error = error


@dataclass
class Budget:
    """Steps, seconds, bytes and floating-point operations of one execution.

    Whatever was exceeded once is exceeded for good: a `finally` that goes on is ended at its next tick.
    """

    steps: int
    seconds: float
    bytes: int
    operations: int

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.seconds
        self.ticks = 0
        self.spent = 0
        self.ended: PlaygroundError | None = None
        self.closed = False

    @classmethod
    def of(cls, limits: Limits) -> Budget:
        return cls(limits.program_steps, limits.program_seconds, limits.program_bytes, limits.program_operations)

    def tick(self) -> None:
        """One turn of a loop, one call."""
        self.ticks += 1
        if self.closed:  # a `finally` that runs when the program's garbage is collected, beyond all guards
            raise Halt(LimitError("lang.closed"))
        if self.ended is not None:
            raise Halt(self.ended)
        if self.ticks > self.steps:
            self.end(LimitError("lang.steps", limit=f"{self.steps:,}"))
        if not self.ticks % CLOCK_EVERY:
            self.check_clock()

    def check_clock(self) -> None:
        if time.monotonic() > self.deadline:
            self.end(LimitError("lang.seconds", limit=f"{self.seconds:g}"))

    def allow_bytes(self, wanted: int) -> None:
        """Before something of that size is made."""
        if wanted > self.bytes:
            self.end(LimitError("lang.bytes", wanted=show_bytes(wanted), limit=show_bytes(self.bytes)))

    def allow_operations(self, wanted: int) -> None:
        """Before work of so many floating-point operations; they add up."""
        self.spent += wanted
        if self.spent > self.operations:
            self.end(LimitError("lang.operations", wanted=show_count(wanted), limit=show_count(self.operations)))

    def allow_length(self, length: int) -> None:
        """Before a Python sequence, a string or a number of that length is made."""
        if length > GIANT:
            self.end(LimitError("lang.length", wanted=show_count(length), limit=show_count(GIANT)))

    def end(self, error: PlaygroundError) -> None:
        self.ended = error
        raise Halt(error)


def show_bytes(count: float) -> str:
    """A size in a reader's words: 1.5 MB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            break
        count /= 1000
    return f"{count:.3g} {unit}" if count < 10**6 else f"{count:.1e} {unit}"


def show_count(count: float) -> str:
    return f"{count:,}" if count < 10**6 else f"{float(count):.1e}" if count < 1e300 else "> 1e300"
