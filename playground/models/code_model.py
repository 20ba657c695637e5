"""CodeModel: the model that a learner's PyTorch code makes, run in the language of the page, mostly without any memory."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from playground.errors import InputError, PlaygroundError
from playground.lang.budget import Budget
from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.lang.recorder import Operation
from playground.limits import Limits

VARIABLE = "model"
LAST = "playground_model"
# What a model may claim where nothing is allocated: ten million times ten million weights and a little.
FAKE_BYTES = 10**16


class CodeModel:
    """A program run once, and the model that it names: by its last expression, else by the variable `model`, else by its
    last class of nn.Module, called without arguments.

    Args:
        seed: of the numbers that it draws.
        fake: with tensors that have a shape and no data, so that the largest model costs nothing. What looks at a value
            cannot be run like that.

    `error`: what the program ended with. `model` is None where it came to none; then there is an error.

    Raises:
        SyntaxFailure, RefusedError, LimitError: it is no program of the language.
    """

    def __init__(self, source: str, limits: Limits, *, fake: bool, seed: int = 0):
        self.source, self.limits = source, limits
        self.mode = FakeTensorMode(allow_fallback_kernels=False) if fake else None
        budget = Budget.of(limits)
        if fake:
            budget = replace(budget, bytes=FAKE_BYTES, operations=FAKE_BYTES)
        self.program = Program(_name_last(source), limits.program_text_bytes)
        self.interpreter = Interpreter(self.program, limits, budget=budget, steps=0, around=self._around)
        # Where each module is made, and what was called where: for repairs of the text.
        self.made: dict[int, int] = {}
        self.called: dict[int, int] = {}
        self._kept: list[nn.Module] = []
        self.interpreter.guards.watch(self._before, self._after)
        self.error = self.interpreter.run(seed)
        self.model: nn.Module | None = None
        try:
            self.model = self._find()
        except PlaygroundError as error:
            self.error = error

    def _around(self) -> contextlib.AbstractContextManager[Any]:
        return self.mode or contextlib.nullcontext()

    def _before(self, operation: Operation, function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> None:
        if isinstance(function, nn.Module):
            self.called[id(function)] = operation.number

    def _after(self, operation: Operation, result: Any) -> None:
        if isinstance(result, nn.Module) and id(result) not in self.made:
            self.made[id(result)] = operation.number
            self._kept.append(result)  # an id that is free would come again

    def call(self, function: Callable[..., Any], *values: Any) -> Any:
        """Call what the program made, under its guards.

        Raises:
            PlaygroundError: whatever went wrong, explained.
        """
        return self.interpreter.call(function, *values, budget=replace(self.interpreter.budget))

    def _find(self) -> nn.Module:
        namespace = self.interpreter.namespace
        for name in (LAST, VARIABLE):
            if isinstance(namespace.get(name), nn.Module):
                return namespace[name]
        if self.error is not None:
            raise self.error
        kinds = [node.name for node in ast.parse(self.source).body if isinstance(node, ast.ClassDef)]
        for name in reversed(kinds):
            kind = namespace.get(name)
            if isinstance(kind, type) and issubclass(kind, nn.Module):
                return self._make(name, kind)
        raise InputError("model.no_module")

    def _make(self, name: str, kind: type[nn.Module]) -> nn.Module:
        needed = [
            parameter.name
            for parameter in list(inspect.signature(kind.__init__).parameters.values())[1:]
            if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ]
        if needed:
            arguments = ", ".join(f"{argument}=…" for argument in needed)
            raise InputError("model.needs_arguments", name=name, arguments=arguments)
        made: nn.Module = self.call(kind)
        return made


def open_code(source: str, limits: Limits) -> CodeModel:
    """The model of a code: without memory where that can be, else as plain Python runs it.

    Raises:
        SyntaxFailure, RefusedError, LimitError: it is no program of the language.
    """
    found = CodeModel(source, limits, fake=True)
    if found.error is None or found.error.kind in ("refused", "input"):
        return found
    return CodeModel(source, limits, fake=False)


def _name_last(source: str) -> str:
    """The code with its last expression bound to a name, in the same lines."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source  # the program itself says what is wrong
    if not body or not isinstance(body[-1], ast.Expr):
        return source
    last = body[-1]
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = lines[last.lineno - 1].encode()
    lines[last.lineno - 1] = (start[: last.col_offset] + f"{LAST} = ".encode() + start[last.col_offset :]).decode()
    return "\n".join(lines)
