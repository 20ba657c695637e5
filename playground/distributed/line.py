"""The line from rank 0 to whoever started the processes: every event is told, and answered with a command or None.

The one waits for the other at each event, so a run that is paused there holds all its ranks: they wait for rank 0.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from multiprocessing.connection import Client, Connection, Listener, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from playground.training.events import Event

NAME = "line"
# Of who begins to talk: rank 0, or the agent.
RANK, AGENT = "rank", "agent"
DONE = "done"


def open_listener(folder: Path) -> Listener:
    """In a folder that nobody else may enter."""
    return Listener(str(folder / NAME), "AF_UNIX")


class Speaker:
    """Rank 0's end."""

    def __init__(self, folder: Path):
        self._pipe = Client(str(folder / NAME), "AF_UNIX")

    def tell(self, event: Event) -> Any:
        self._pipe.send(event)
        return self._pipe.recv()

    def fail(self, error: Exception) -> None:
        """The last word: whoever hears it ends all processes."""
        self._pipe.send(error)
        with contextlib.suppress(EOFError, OSError):
            self._pipe.recv()

    def close(self) -> None:
        """The run is complete."""
        self._pipe.send(DONE)
        self._pipe.close()


class Ear:
    """The job's end: hears all who have called."""

    def __init__(self, listener: Listener, agent: BaseProcess):
        self._listener, self._agent = listener, agent
        # A listener has no public handle to wait for.
        self._door = listener._listener._socket  # type: ignore[attr-defined]
        self._speaking: list[Connection] = []

    def listen(self, seconds: float | None = None) -> Iterator[tuple[Connection, Any]]:
        """What is said, with the connection on which an answer is awaited.

        Ends when the agent has ended and all that it and the ranks have said was heard, or when nobody has said anything
        for so many seconds.
        """
        while True:
            ready = wait([self._door, self._agent.sentinel, *self._speaking], seconds)
            if not ready or ready == [self._agent.sentinel]:
                return
            for source in ready:
                if source is self._door:
                    self._speaking.append(self._listener.accept())  # type: ignore[arg-type]
                elif isinstance(source, Connection):
                    try:
                        said = source.recv()
                    except (EOFError, OSError):
                        self._speaking.remove(source)
                        source.close()
                        continue
                    yield source, said
