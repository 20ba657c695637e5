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


class Opened:
    """The ranges of modules and lines that are open. What is closed closes all that was opened inside it and forgotten:
    that of an operation which raised, and whose error the program has caught."""

    def __init__(self) -> None:
        self._stack: list[tuple[Any, Any]] = []

    def open(self, key: Any, name: str) -> None:
        self._stack.append((key, Range(name)))
        self._stack[-1][1].__enter__()

    def close(self, key: Any) -> None:
        """Close the innermost of that key; none is no mistake."""
        if any(one is key for one, _ in self._stack):
            while self._pop() is not key:
                pass

    def close_all(self) -> None:
        while self._stack:
            self._pop()

    def _pop(self) -> Any:
        key, opened = self._stack.pop()
        opened.__exit__(None, None, None)
        return key


@contextlib.contextmanager
def module_ranges(module: nn.Module, opened: Opened | None = None) -> Iterator[dict[str, str]]:
    """Meanwhile each call of a module is a range: {its name: the module's path}. To be used inside `Subject.call`."""
    names: dict[str, str] = {}
    handles = []
    opened = opened or Opened()

    def leave(inner: nn.Module, *_: Any) -> None:
        opened.close(inner)

    try:
        for path, inner in nn.Module.named_modules(module):
            name = f"{MODULE}{path or 'model'} ({type(inner).__name__})"
            names[name] = path
            enter = partial(_enter, opened, name)
            handles.append(nn.Module.register_forward_pre_hook(inner, enter))
            handles.append(nn.Module.register_forward_hook(inner, leave, always_call=True))
        yield names
    finally:
        for handle in handles:
            handle.remove()
        opened.close_all()  # what a failing forward has left


def _enter(opened: Opened, name: str, inner: nn.Module, *_: Any) -> None:
    opened.open(inner, name)


class LineRanges:
    """Each operation that a learner's program writes is a range named after its line, while `opened` is something.

    Its place is known to the guards of the language, which see every such operation; a module that is called there, and
    all that it does, lies inside.
    """

    def __init__(self, code: CodeModel):
        self.opened: Opened | None = None
        self._program = code.program
        self._lines: dict[int, int] = {}
        code.interpreter.guards.watch(self._before, self._after)

    @contextlib.contextmanager
    def recording(self, opened: Opened) -> Iterator[None]:
        self.opened = opened
        try:
            yield
        finally:
            self.opened = None

    def _line_of(self, number: int) -> int:
        """The line of an expression's number."""
        if number not in self._lines:
            self._lines[number] = self._program.place(number)["line"] or 0
        return self._lines[number]

    def _before(self, operation: Any, *_: Any) -> None:
        if self.opened is not None:
            self.opened.open(operation, f"{LINE}{self._line_of(operation.number)}")

    def _after(self, operation: Any, _: Any) -> None:
        if self.opened is not None:
            self.opened.close(operation)
