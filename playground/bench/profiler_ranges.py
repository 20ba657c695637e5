"""Ranges in a profile: the step, its phases, modules, the lines of a learner's program, by names that are read back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from playground.models.code_model import CodeModel

try:  # costs a tenth of `record_function`, and no dispatch mode sees it
    from torch._C._profiler import _RecordFunctionFast as Range
except ImportError:  # pragma: no cover - an older torch
    from torch.profiler import record_function as Range  # type: ignore[assignment]

STEP = "training step"
PHASES = ("forward", "loss", "backward", "optimizer")
PHASE, MODULE, LINE = "phase ", "module ", "line "


def phase_range(phase: str) -> Any:
    """The range of a phase, one of PHASES."""
    return Range(PHASE + phase)


@contextlib.contextmanager
def module_ranges(module: nn.Module) -> Iterator[dict[str, str]]:
    """Meanwhile each call of a module is a range: {its name: the module's path}. To be used inside `Subject.call`."""
    names: dict[str, str] = {}
    handles = []
    opened: list[Any] = []

    def enter(name: str, *_: Any) -> None:
        opened.append(Range(name))
        opened[-1].__enter__()

    def leave(*_: Any) -> None:
        opened.pop().__exit__(None, None, None)

    try:
        for path, inner in nn.Module.named_modules(module):
            name = f"{MODULE}{path or 'model'} ({type(inner).__name__})"
            names[name] = path
            handles.append(nn.Module.register_forward_pre_hook(inner, partial(enter, name)))
            handles.append(nn.Module.register_forward_hook(inner, leave, always_call=True))
        yield names
    finally:
        for handle in handles:
            handle.remove()
        while opened:  # what a failing forward has left
            leave()


class LineRanges:
    """While `active`, each operation that a learner's program writes is a range named after its line.

    Its place is known to the guards of the language, which see every such operation; a module that is called there, and
    all that it does, lies inside.
    """

    def __init__(self, code: CodeModel):
        self.active = False
        self._program = code.program
        self._lines: dict[int, int] = {}
        self._opened: list[tuple[Any, Any]] = []
        code.interpreter.guards.watch(self._before, self._after)

    def line_of(self, number: int) -> int:
        """The line of an expression's number."""
        if number not in self._lines:
            self._lines[number] = self._program.place(number)["line"] or 0
        return self._lines[number]

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        self.active = True
        try:
            yield
        finally:
            self.active = False
            while self._opened:
                self._opened.pop()[1].__exit__(None, None, None)

    def _before(self, operation: Any, *_: Any) -> None:
        if self.active:
            opened = Range(f"{LINE}{self.line_of(operation.number)}")
            self._opened.append((operation, opened))
            opened.__enter__()

    def _after(self, operation: Any, _: Any) -> None:
        # One that raised, and was caught by the program, was not told to us: its range ends with the next around it.
        while self.active and any(one is operation for one, _ in self._opened):
            one, opened = self._opened.pop()
            opened.__exit__(None, None, None)
            if one is operation:
                return
