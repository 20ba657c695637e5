"""Interpreter: runs a compiled program under its guards and its budget, once or, function by function, many times."""

from __future__ import annotations

import builtins
import contextlib
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from playground.errors import InternalError, LimitError, PlaygroundError, RefusedError
from playground.lang.budget import Budget, Halt
from playground.lang.cost import CostMode
from playground.lang.failure import explain
from playground.lang.guards import Guards
from playground.lang.program import FILE, Program
from playground.lang.recorder import Operation, Recorder
from playground.lang.safe_builtins import Output
from playground.limits import Limits

RECURSION = 2500  # a guarded call takes three of Python's frames, so that a learner has about as many as usual
WARNINGS_MOST = 20
PLAIN = frozenset((str, int, float, bool, type(None)))


@dataclass
class Failure:
    """The library operation that raised, with its arguments as they were: what an explanation and its fixes start from."""

    operation: Operation
    function: Any
    values: tuple[Any, ...]
    options: dict[str, Any]
    error: Exception


class Interpreter:
    """One execution: the globals of the program live here.

    Args:
        budget: None = the limits' own.
        recorder: None = one that keeps `steps` steps, or as many as the limits say.
        around: a context that goes around whatever the program does.
    """

    def __init__(
        self,
        program: Program,
        limits: Limits,
        *,
        budget: Budget | None = None,
        steps: int | None = None,
        recorder: Recorder | None = None,
        around: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext,
    ):
        self.program, self.limits = program, limits
        self.recorder = recorder or Recorder(limits.program_trace_steps if steps is None else steps)
        self._around = around
        self.output = Output(limits.program_print_bytes)
        self.warnings: list[dict[str, Any]] = []
        self.failure: Failure | None = None
        self.error: PlaygroundError | None = None
        self.raised: BaseException | None = None
        self.budget = budget or Budget.of(limits)
        self.guards = Guards(program, self.budget, self.recorder, self.output, self._failed)
        self.namespace = self.guards.namespace()
        self._cost = CostMode(self.budget, self.recorder.seen)  # remembers the shapes that it has asked for

    def run(self, seed: int = 0) -> PlaygroundError | None:
        """Execute the program from its first line; the error it ended with, if any, is also kept in `error`."""
        torch.manual_seed(seed)
        self.error = self._guarded(lambda: exec(self.program.code, self.namespace))[1]
        return self.error

    def call(self, function: Callable[..., Any], *values: Any, budget: Budget | None = None) -> Any:
        """Call what the program defined, such as its model, with a new budget.

        Raises:
            PlaygroundError: whatever went wrong, explained.
        """
        self._renew(budget or Budget.of(self.limits))
        result, error = self._guarded(lambda: function(*values))
        if error is not None:
            raise error
        return result

    def _renew(self, budget: Budget) -> None:
        self.budget.steps, self.budget.seconds = budget.steps, budget.seconds
        self.budget.bytes, self.budget.operations = budget.bytes, budget.operations
        self.budget.__post_init__()

    def _guarded(self, work: Callable[[], Any]) -> tuple[Any, PlaygroundError | None]:
        """The result of `work`, or the learner's error."""
        self.failure = None
        # The outermost context ends a grad mode that the program set for good.
        grad = torch.set_grad_enabled(torch.is_grad_enabled())
        with grad, _recursion(RECURSION), self._listening(), self._around(), self._cost:
            try:
                result = work()
                if self.budget.ended is None:
                    return result, None
                error: BaseException = Halt(self.budget.ended)  # a `return` in a `finally` threw the first one away
            except Halt as halt:
                error = halt
            except Exception as raised:
                error = self._settled(raised)
            finally:
                self.budget.closed = True
        self.raised = error
        return None, self._explained(error)

    def _settled(self, error: Exception) -> BaseException:
        """An error whose text is made: the learner's `__str__` and `__repr__` run inside the guards, here, or never."""
        kind: type = type(error)
        if kind not in self.guards.classes and _is_plain(error.args):
            return error
        try:
            text = str(error)
        except Exception:
            text = ""
        except Halt as halt:
            return halt
        if kind in self.guards.classes:
            kind = type(kind.__name__, (Exception,), {})
        settled = make_error(kind, text).with_traceback(error.__traceback__)
        if self.failure is not None and self.failure.error is error:
            self.failure.error = settled
        return settled

    def _explained(self, error: BaseException) -> PlaygroundError:
        line = _line_of(error)
        if self.budget.ended is not None:  # also where a `finally` went on and raised something else
            ended = self.budget.ended
            ended.line = ended.line or line
            return ended
        if isinstance(error, Halt):
            error.error.line = error.error.line or line
            return error.error
        if isinstance(error, RecursionError):
            return LimitError("lang.recursion", line=line, limit=f"{RECURSION // 3:,}")
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
            return LimitError("lang.memory", line=line, limit=self.limits.program_bytes // 2**20)
        # An UnboundLocalError has None for a name.
        if isinstance(error, NameError) and error.name is not None and hasattr(builtins, error.name):
            return RefusedError("lang.refused_builtin", line=line, name=error.name)
        if not isinstance(error, Exception):
            return InternalError("error.internal")
        failure = self.failure if self.failure is not None and self.failure.error is error else None
        return explain(error, failure, self.program, line)

    def _failed(self, operation: Operation, function: Any, values: Any, options: Any, error: Exception) -> None:
        if self.failure is None or self.failure.error is not error:
            self.failure = Failure(operation, function, values, options, error)

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """PyTorch's warnings go to the learner, with the line that caused them."""

        def show(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
            text = str(message).split(" (Triggered internally")[0]
            entry = {"line": _current_line(), "message": text}
            if len(self.warnings) < WARNINGS_MOST and entry not in self.warnings:
                self.warnings.append(entry)

        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = show
            yield


def _is_plain(part: Any) -> bool:
    return all(map(_is_plain, part)) if type(part) is tuple else type(part) in PLAIN


def make_error(kind: type, text: str) -> Exception:
    """An error of a class with a plain text; where the class wants something else, a plain one."""
    try:
        return kind(text)
    except Exception:  # UnicodeDecodeError wants five arguments
        return RuntimeError(text)


@contextlib.contextmanager
def _recursion(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _line_of(error: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    return lines[-1] if lines else None


def _current_line() -> int | None:
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != FILE:
        frame = frame.f_back
    return frame.f_lineno if frame is not None else None
