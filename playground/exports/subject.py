"""Subject: a model that is exported: its module with its weights, and how to make it once more."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from playground.errors import InputError
from playground.limits import Limits
from playground.models.build import build_model
from playground.models.code_model import LAST, VARIABLE, CodeModel
from playground.models.sizes import fill_sizes
from playground.models.source import class_name, model_source
from playground.models.spec import ModelSpec
from playground.registry import shorten
from playground.training.script import WrittenModel, below_imports, imports_of

SEED = 0
# The same weights give the same numbers only where what is random in a forward is the same too.
CALL_SEED = 1
COUNT = 5  # samples that are compared


class Subject(ABC):
    """A model with its weights, in evaluation mode.

    Args:
        spec: it, as plain data: what a file tells about its model.
        tokens: how many whole numbers its input may be; 0 = it takes real numbers.
    """

    def __init__(self, spec: ModelSpec, tokens: int):
        self.spec, self.tokens = spec, tokens
        self.module = self._make()

    @abstractmethod
    def _make(self) -> nn.Module:
        """The module with fresh weights from SEED."""

    @abstractmethod
    def run(self, work: Callable[[], Any]) -> Any:
        """The result of work that calls the model."""

    def cause(self, error: Exception) -> BaseException:
        """What was raised when `run` failed with this error."""
        return error

    @abstractmethod
    def written(self) -> WrittenModel:
        """The code that makes it."""

    @abstractmethod
    def from_code(self) -> Subject:
        """The model that its own code makes, with that code's fresh weights."""

    @abstractmethod
    def again(self, spec: ModelSpec) -> Subject:
        """Another model of its kind, with fresh weights, from what a file says."""

    def state(self) -> dict[str, Tensor]:
        state = self.run(lambda: nn.Module.state_dict(self.module))
        return {name: value.detach().clone() for name, value in state.items() if isinstance(value, Tensor)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take these weights.

        Raises:
            InputError: they are another model's.
        """
        own = self.state()
        wrong = [name for name in own if name not in state or state[name].shape != own[name].shape]
        surplus = [name for name in state if name not in own]
        if wrong or surplus:
            first = shorten((wrong or surplus)[0])
            raise InputError("export.weights_fit", model=self.spec.name, count=len(wrong) + len(surplus), first=first)
        self.run(lambda: nn.Module.load_state_dict(self.module, dict(state)))

    def batch(self, count: int) -> Tensor:
        """A fixed batch of random samples."""
        generator = torch.Generator().manual_seed(count)
        shape = (count, *self.spec.input_shape)
        if self.tokens:
            return torch.randint(0, self.tokens, shape, generator=generator)
        return torch.rand(shape, generator=generator)

    def scale(self) -> float:
        """The size of its largest output, at least 1: what a rounding error is measured by."""
        outputs = [output.double().abs().nan_to_num(0.0, 0.0, 0.0) for output in self.outputs(self.batch(COUNT))]
        return max(1.0, *(float(output.max()) for output in outputs if output.numel()))

    def outputs(self, batch: Tensor) -> list[Tensor]:
        """What comes out, one tensor after the other."""

        def call() -> Any:
            torch.manual_seed(CALL_SEED)
            with torch.no_grad():
                return self.module(batch.clone())

        return list(_tensors_of(self.run(call)))


class SpecSubject(Subject):
    """A list of layers: our own code makes it."""

    def __init__(self, spec: ModelSpec, tokens: int = 0):
        super().__init__(fill_sizes(spec), tokens)

    def _make(self) -> nn.Module:
        torch.manual_seed(SEED)
        return build_model(self.spec).eval()

    def run(self, work: Callable[[], Any]) -> Any:
        return work()

    def written(self) -> WrittenModel:
        flat = all(parameter.dim() <= 4 for parameter in self.module.parameters())
        return WrittenModel(model_source(self.spec), f"{class_name(self.spec)}()", channels_last=flat)

    def from_code(self) -> Subject:
        made = SpecSubject(self.spec, self.tokens)
        written = self.written()
        text = "\n".join([*imports_of(written.source), "", written.source, f"model = {written.make}"])
        namespace: dict[str, Any] = {"__name__": "exported"}
        exec(compile(text, "<exported>", "exec"), namespace)
        made.module = namespace["model"].eval()
        return made

    def again(self, spec: ModelSpec) -> Subject:
        return SpecSubject(spec, self.tokens)


class CodeSubject(Subject):
    """A learner's code, run in the language of the page (in a confined child)."""

    def __init__(self, spec: ModelSpec, limits: Limits, tokens: int = 0, seconds: float = 0.0):
        self.limits, self.seconds = limits, seconds or limits.program_seconds
        super().__init__(spec, tokens)

    def _make(self) -> nn.Module:
        self.code = CodeModel(self.spec.code, self.limits, fake=False)
        if self.code.error is not None:
            raise self.code.error
        module = self.code.model
        assert module is not None

        self.run(lambda: nn.Module.eval(module))
        return module

    def run(self, work: Callable[[], Any]) -> Any:
        return self.code.interpreter.call(work, budget=replace(self.code.interpreter.budget, seconds=self.seconds))

    def cause(self, error: Exception) -> BaseException:
        return self.code.interpreter.raised or error

    def written(self) -> WrittenModel:
        text = name_model(self.code)
        imports = [line for line in self.code.program.implied_imports if not line.endswith(("import torch", " nn", " F"))]
        source = "\n".join([*imports, *([""] if imports else []), below_imports(text)])
        return WrittenModel(source, "model", channels_last=False)

    def from_code(self) -> Subject:
        return self.again(replace(self.spec, code=self.written().source))

    def again(self, spec: ModelSpec) -> Subject:
        return CodeSubject(spec, self.limits, self.tokens, self.seconds)


def name_model(code: CodeModel) -> str:
    """The learner's text, at whose end the model bears the name `model`."""
    text = code.program.source
    namespace = code.interpreter.namespace
    if isinstance(namespace.get(LAST), nn.Module):
        body = ast.parse(code.source).body
        is_named = isinstance(body[-1], ast.Expr) and ast.unparse(body[-1]) == VARIABLE
        return code.source if is_named else text.replace(f"{LAST} = ", f"{VARIABLE} = ")
    if isinstance(namespace.get(VARIABLE), nn.Module):
        return code.source
    return f"{code.source.rstrip()}\n\n\n{VARIABLE} = {type(code.model).__name__}()\n"


def largest_difference(one: list[Tensor], other: list[Tensor]) -> float:
    """The largest difference between two lists of outputs; infinite where they differ in shape or dtype."""
    if len(one) != len(other):
        return float("inf")
    largest = 0.0
    for left, right in zip(one, other, strict=True):
        if left.shape != right.shape or left.dtype != right.dtype:
            return float("inf")
        difference = (left.double() - right.double()).abs()
        same = (left == right) | (left.isnan() & right.isnan())  # infinities and nan have no difference of their own
        difference[same] = 0
        largest = max(largest, float(difference.nan_to_num(nan=float("inf")).max()) if difference.numel() else 0.0)
    return largest


def _tensors_of(value: Any) -> Any:
    if isinstance(value, Tensor):
        yield value.detach()
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors_of(part)
