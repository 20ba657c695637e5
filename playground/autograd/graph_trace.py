"""GraphTrace: a program run once, with its graph, its backward passes, and the answers to questions about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from playground.autograd.edits import Edit
from playground.autograd.names import name_modules, name_tensors, named_leaves, shorten_name, visible_names
from playground.autograd.passes import PASSES_MOST, Backward, Passes
from playground.autograd.recording import BACKWARD_CALLS, Blame, GraphRecorder, NodeRecord, grad_fn_of
from playground.errors import InputError, PlaygroundError, RuntimeFailure
from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.lang.recorder import Operation
from playground.limits import Limits

HOOK = "Tensor.register_hook"
PARAMETERS = {
    "Tensor.backward": ("self", "gradient", "retain_graph", "create_graph", "inputs"),
    "torch.autograd.backward": ("tensors", "grad_tensors", "retain_graph", "create_graph", "grad_variables", "inputs"),
    "torch.autograd.grad": ("outputs", "inputs", "grad_outputs"),
}
# The parameters that say what is differentiated, with which gradients, with respect to what.
READ = {
    "Tensor.backward": ("self", "gradient", "inputs"),
    "torch.autograd.backward": ("tensors", "grad_tensors", "inputs"),
    "torch.autograd.grad": ("outputs", "grad_outputs", "inputs"),
}


class GraphTrace:
    """One run of a program.

    Args:
        output: what to differentiate where the program has no backward pass of its own.
        edits: gradients to change on the way.
        around: see `GraphRecorder.on_operation`: is shown every aten operation before it runs.
    """

    def __init__(
        self,
        program: Program,
        output: str,
        seed: int,
        limits: Limits,
        *,
        edits: Sequence[Edit] = (),
        before: Any = None,
        on_call: Any = None,
    ):
        self.program, self.output, self.seed, self.limits = program, output, seed, limits
        self.recorder = GraphRecorder(program, limits.graph_nodes)
        self.recorder.on_operation = before
        self.passes = Passes(self.recorder, edits)
        self.interpreter = Interpreter(program, limits, recorder=self.recorder, around=self.recorder.watching)
        self.recorder.budget = self.interpreter.budget
        self.interpreter.guards.watch(self._before, self._after)
        self.module_names: dict[int, str] = {}
        self.modules: list[nn.Module] = []
        self._on_call = on_call
        self._hook: tuple[Tensor, Any] | None = None
        self._stepped: Operation | None = None

    def run(self) -> PlaygroundError | None:
        """Run the program, and then, where it has none itself, the backward pass of the output; the error, if any."""
        error = self.interpreter.run(self.seed)
        if error is None and not self.passes.passes:
            error = self._differentiate_output()
        self._name()
        return error

    @property
    def namespace(self) -> dict[str, Any]:
        return self.interpreter.namespace

    def _before(self, operation: Operation, function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> None:
        if self._on_call is not None:
            self._on_call(operation, function, values, options)
        self._hook = read_hook(function, values, options) if operation.name == HOOK else None
        # A pass inside a pass (in a hook, in a Function) is part of what that one does.
        outer = [one for one in self.recorder.running if one is not operation and one.name in BACKWARD_CALLS]
        if operation.name in BACKWARD_CALLS and not outer and not self.passes.stepping:
            self._stepped = operation if self._step(operation, function, values, options) else None

    def _after(self, operation: Operation, result: Any) -> None:
        if operation.name == HOOK and self._hook is not None and not self.passes.stepping:
            self.passes.add_hook(*self._hook, result)
        if operation is self._stepped:
            self._stepped = None
            self.passes.finish(visible_names(self.namespace))

    def _step(self, operation: Operation, function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> bool:
        """Step through what the program is about to run itself; whether there was anything to step through."""
        call = read_call(operation.name, function, values, options)
        if len(self.passes.passes) >= PASSES_MOST or not call.roots:
            return False
        if not all(isinstance(root, Tensor) and root.requires_grad for root in call.roots):
            return False  # the call itself will say what is wrong
        pairs = list(zip(call.roots, call.gradients, strict=True))
        if any(gradient is None and root.numel() != 1 for root, gradient in pairs):
            return False
        variables = visible_names(self.namespace)
        self._remember_names(variables)
        if self.passes.runs_learners_code(call.roots) and not self.passes.edits:
            self.passes.observe(call.kind, call.roots, variables, operation.number)
            return True
        printed, state = self.interpreter.output.mark(), torch.get_rng_state()
        with self.recorder.paused():
            self.passes.step(call.kind, call.roots, call.gradients, variables, operation.number, call.wanted)
        # With edits, hooks and Functions run once more than the program runs them.
        self.interpreter.output.back_to(printed)
        torch.set_rng_state(state)
        return True

    def _differentiate_output(self) -> PlaygroundError | None:
        found = self.namespace.get(self.output)
        if isinstance(found, Tensor) and not found.requires_grad:
            return RuntimeFailure("autograd.output_cut", name=self.output)
        root = found if isinstance(found, Tensor) else self.recorder.last_scalar
        if root is None:
            return InputError("autograd.no_output", name=self.output)
        if root.numel() != 1:
            return RuntimeFailure("autograd.output_not_scalar", name=self.output, shape=tuple(root.shape))

        def step() -> None:
            variables = visible_names(self.namespace)
            with self.recorder.paused():
                backward = self.passes.step("output", [root], [None], variables, -1)
            names = name_tensors(variables)
            for name, leaf in named_leaves(variables).items():
                added = backward.contributions.get(names[id(leaf)])
                total = _sum(leaf.grad, added.tensor if added is not None else None)
                if total is not None:
                    backward.gradients[name] = self.recorder.store.keep(total)

        try:
            self.interpreter.call(step)
        except PlaygroundError as error:
            return error
        return None

    def _remember_names(self, variables: dict[str, Any]) -> None:
        for key, name in name_modules(variables).items():
            self.module_names.setdefault(key, name)

    def _name(self) -> None:
        """What is still without a name gets that of the variable that holds it at the end."""
        variables = visible_names(self.namespace)
        self._remember_names(variables)
        for name, value in variables.items():
            node = grad_fn_of(value) if isinstance(value, Tensor) else None
            if node is not None and node in self.recorder.records:
                record = self.recorder.records[node]
                record.label = record.label or shorten_name(name)
        names = name_tensors(variables)
        for record in self.recorder.records.values():
            if record.kind == "leaf" and not record.label:
                record.label = names.get(id(record.node.variable), "")

    def module_path(self, record: NodeRecord) -> str:
        """Where a node was made: the path of the innermost module that has a name, else the classes on the way."""
        for module in reversed(record.modules):
            if id(module) in self.module_names:
                return self.module_names[id(module)]
        return shorten_name(".".join(type(module).__name__ for module in record.modules))

    def backward(self, number: object) -> Backward:
        """
        Raises:
            InputError: there is no pass of that number.
        """
        passes = self.passes.passes
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(passes):
            raise InputError("autograd.no_backward", count=len(passes))
        return passes[number]

    @property
    def blame(self) -> Blame | None:
        return self.recorder.blame


@dataclass(frozen=True)
class BackwardCall:
    """What a call of backward or grad differentiates; `wanted`: with respect to what, empty = all leaves."""

    kind: str
    roots: list[Any]
    gradients: list[Any]
    wanted: list[Any]


def read_call(name: str, function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> BackwardCall:
    """The arguments of `Tensor.backward`, `torch.autograd.backward` or `torch.autograd.grad`."""
    given = dict(zip(PARAMETERS[name], values, strict=False)) | options
    own = getattr(function, "__self__", None)
    if name == "Tensor.backward" and isinstance(own, Tensor):
        given = dict(zip(PARAMETERS[name][1:], values, strict=False)) | options | {"self": own}
    first, second, inputs = READ[name]
    roots = _as_list(given.get(first, []))
    gradients = _as_list(given[second]) if given.get(second) is not None else [None] * len(roots)
    if len(gradients) != len(roots):
        roots = []  # the call itself will say so
    wanted = _as_list(given[inputs]) if given.get(inputs) is not None else []
    return BackwardCall("grad" if name.endswith(".grad") else "backward", roots, gradients, wanted)


def read_hook(function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> tuple[Tensor, Any] | None:
    """The tensor and the function of a call of `Tensor.register_hook`."""
    own = getattr(function, "__self__", None)
    given = [*([own] if isinstance(own, Tensor) else []), *values, *options.values()]
    return (given[0], given[1]) if len(given) == 2 and isinstance(given[0], Tensor) else None


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    if first is None or second is None:
        return first if second is None else second
    with torch.no_grad():
        return first + second
