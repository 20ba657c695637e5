"""Ctrl-C as a wish: the work ends at its next event, with everything saved."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interruption:
    """While the block runs, the first Ctrl-C sets `asked`; the second one interrupts at once, as ever.

    Without this a Ctrl-C could fall between two parameters of one update, or into the writing of a checkpoint.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Interruption:
        # Only the main thread may set signal handlers; elsewhere nobody presses Ctrl-C.
        self._in_charge = threading.current_thread() is threading.main_thread()
        if self._in_charge:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._in_charge:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
