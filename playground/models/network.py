"""Network: a model that runs, whether it is a list of layers or a learner's own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from playground.errors import InputError, PlaygroundError
from playground.lang.budget import Budget
from playground.limits import Limits
from playground.models.build import IMAGE_SHAPE, build_model, check_count, check_output
from playground.models.checked import CheckedCode
from playground.models.code_model import CodeModel
from playground.models.describe import quietly
from playground.models.spec import ModelSpec

# A job has limits of its own, on time and memory; the program's are for somebody who waits.
ENDLESS = 10**18


@dataclass(frozen=True)
class Network:
    """Args:
    module: not to be touched but through `call`: whatever a learner's class overrides (`forward`, `parameters`, `train`)
        then runs under the guards of the language.
    call: `call(work, *values)` runs `work(*values)`; what goes wrong in a learner's code is raised as a PlaygroundError
        with its line.
    code: the program, where the model is a learner's code.
    """

    module: nn.Module
    call: Callable[..., Any]
    code: CodeModel | None = None

    def state(self) -> dict[str, Tensor]:
        """Copies of its parameters and buffers, on the CPU, by name."""
        return self.call(_copy_state, self.module)  # type: ignore[no-any-return]

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Put weights into it.

        Raises:
            InputError: they are another model's.
        """
        self.call(_load_state, self.module, dict(state))


def open_network(spec: ModelSpec, limits: Limits, seed: int = 0) -> Network:
    """A new network with freshly initialised parameters.

    Of a model given as code only in a process of its own: the learner's program runs, in the language of the page.

    Args:
        seed: of the code's program, as if `torch.manual_seed(seed)` were its first line; a list of layers takes torch's
            global generator as it is.

    Raises:
        PlaygroundError: it cannot be built, or the program fails.
    """
    if not spec.code:
        return Network(build_model(spec), lambda work, *values: work(*values))
    code = CodeModel(spec.code, limits, fake=False, watched=False, seed=seed)
    if code.model is None:
        raise code.error or InputError("model.no_module")
    budget = Budget(ENDLESS, limits.training_seconds, limits.job_memory_bytes or ENDLESS, ENDLESS)

    def call(work: Callable[..., Any], *values: Any) -> Any:
        return code.interpreter.call(work, *values, budget=budget)

    return Network(code.model, call, code)


def measure_code(source: str, limits: Limits) -> tuple[dict[str, Any], PlaygroundError | None]:
    """{parameters, trainable, output_shape} of a code's model for a batch of two images; {} and why where it cannot run."""
    with quietly():
        checked = CheckedCode(source, IMAGE_SHAPE, 2, limits)
    if checked.error is not None:
        return {}, checked.error
    code, totals = checked.code, checked.totals
    assert code is not None and code.model is not None and totals is not None
    model = code.model

    def evaluate() -> Any:
        model.eval()
        return model(torch.zeros(2, *IMAGE_SHAPE))  # inside, where tensors have no data

    try:
        output = code.call(evaluate)
    except PlaygroundError as error:
        return {}, error
    if not isinstance(output, Tensor):
        return {}, InputError("model.output_kind", got=type(output).__name__)
    found = {name: totals[name] for name in ("parameters", "trainable")}
    return {**found, "output_shape": list(output.shape)}, None


def check_code(measured: tuple[dict[str, Any] | None, PlaygroundError | None], limits: Limits) -> None:
    """Whether code can be trained, by what `measure_code` has found.

    Raises:
        PlaygroundError: why it cannot.
    """
    found, error = measured
    if error is not None:
        raise error
    assert found is not None
    check_count(found["parameters"], limits)
    check_output(tuple(found["output_shape"]))
    if not found["trainable"]:
        raise InputError("model.frozen")


def _copy_state(module: nn.Module) -> dict[str, Tensor]:
    found = nn.Module.state_dict(module)
    return {
        name: value.detach().cpu().contiguous().clone()
        for name, value in found.items()
        if type(name) is str and isinstance(value, Tensor)
    }


def _load_state(module: nn.Module, state: dict[str, Tensor]) -> None:
    with torch.no_grad():
        own = {name: value for name, value in nn.Module.state_dict(module).items() if isinstance(value, Tensor)}
        for name in (*own, *state):
            if name not in own or name not in state or own[name].shape != state[name].shape:
                raise _unfit(name, own.get(name), state.get(name))
        for name, value in own.items():
            value.copy_(state[name])


def _unfit(name: str, own: Tensor | None, given: Tensor | None) -> PlaygroundError:
    shapes = [list(part.shape) if part is not None else "–" for part in (own, given)]
    return InputError("model.weights", name=name, expected=str(shapes[0]), got=str(shapes[1]))
