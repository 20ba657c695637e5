"""Loops: which turn of which `for` and `while` a program is in, also from inside the functions that they call."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from playground.lang.policy import Span
from playground.lang.program import FILE


@dataclass
class Run:
    """One execution of a loop: how many turns it has begun; `number`: its place among those that are told, if it is."""

    line: int
    turns: int = 0
    number: int | None = None


class Loops:
    """Counts the turns of one execution: the policy puts `begin` before each loop and `turn` first in its body."""

    def __init__(self, spans: list[Span]):
        self._spans = spans
        # A frame that has ended may leave its address to another one of the same function, whose loops then begin anew.
        self._runs: dict[tuple[int, int], Run] = {}
        self._told: list[Run] = []

    def begin(self, loop: int) -> None:
        self._runs[id(sys._getframe(1)), loop] = Run(self._spans[loop].line)

    def turn(self, loop: int) -> None:
        self._runs[id(sys._getframe(1)), loop].turns += 1

    def now(self) -> list[list[int]]:
        """(number of the run, turn from 1) of each loop that the program is in, the outermost first."""
        found: list[Run] = []
        frame = sys._getframe(1) if self._runs else None
        while frame is not None:
            if frame.f_code.co_filename == FILE:
                found[:0] = self._around(id(frame), frame.f_lineno)
            frame = frame.f_back  # type: ignore[assignment]
        return [[self._tell(run), run.turns] for run in found]

    def told(self) -> list[dict[str, int]]:
        """The runs that `now` has named: the line of each and how many turns it has begun by now."""
        return [{"line": run.line, "turns": run.turns} for run in self._told]

    def _around(self, frame: int, line: int) -> list[Run]:
        inside = [loop for loop, span in enumerate(self._spans) if span.first <= line <= span.last]
        runs = [self._runs[frame, loop] for loop in inside if (frame, loop) in self._runs]
        return [run for run in runs if run.turns]  # none before the first turn: the head may stand in these lines too

    def _tell(self, run: Run) -> int:
        if run.number is None:
            run.number = len(self._told)
            self._told.append(run)
        return run.number
