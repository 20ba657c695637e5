"""Recording: every node of autograd's graph as the program makes it, with the operation, line and module that made it."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from playground.autograd.names import shorten_name
from playground.autograd.snapshots import Snapshot, Store
from playground.autograd.stepping import LEAF
from playground.errors import LimitError
from playground.lang.budget import Budget
from playground.lang.program import Program
from playground.lang.recorder import VALUES_MOST, Operation, Recorder, tensors_in, tensors_of

CUTS_MOST = 60
# From torch 2.14 on; before, a node is found again by its sequence number.
HAS_HOOK = hasattr(torch.autograd.graph, "node_creation_hook")


@dataclass
class Ran:
    """One aten operation that ran, with what it got and gave."""

    number: int
    function: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    outputs: list[Tensor]
    seconds: float
    finite_inputs: bool = True


@dataclass
class NodeRecord:
    """One node of the graph.

    Args:
        id: in the order in which the nodes were made; the same in every run of the program.
        node: autograd's own object; None for what was cut out of the graph.
        kind: op, leaf, custom (a Function of the program), cut.
        aten: the operation that PyTorch ran, such as aten.addmm.default; ran: its number.
        operation: what the learner wrote, such as `torch.matmul`; order: how many had begun before it.
        number: of its expression in the program.
        modules: the modules that were running, the outermost first.
        outputs: of the forward operation.
        order: 2 = made by a backward pass that can itself be differentiated.
        reason, sources: of a cut: why, and the ids that it hangs on.
    """

    id: int
    node: Any
    kind: str
    name: str
    aten: str = ""
    ran: int = -1
    operation: str = ""
    begun: int = -1
    number: int = -1
    modules: tuple[nn.Module, ...] = ()
    outputs: list[Snapshot | None] = field(default_factory=list)
    seconds: float = 0.0
    order: int = 1
    label: str = ""
    reason: str = ""
    sources: tuple[int, ...] = ()


@dataclass
class Blame:
    """The first value that is not finite: where it came from, and whether what went in was finite."""

    phase: str
    aten: str
    number: int
    finite_inputs: bool
    node: int | None = None
    ran: int = -1


class GraphRecorder(Recorder):
    """Keeps the nodes, and beside them what was cut out of the graph; it knows what the learner wrote for each.

    Args:
        nodes_most: a program that makes more is ended.
    """

    def __init__(self, program: Program, nodes_most: int):
        super().__init__(0)
        self.program, self.nodes_most = program, nodes_most
        self.budget: Budget | None = None
        self.records: dict[Any, NodeRecord] = {}
        self.cuts: list[NodeRecord] = []
        self.store = Store()
        self.blame: Blame | None = None
        self.last_scalar: Tensor | None = None
        self.on_operation: Callable[[Ran], None] | None = None
        self._made = 0
        self._ran: Ran | None = None
        self._ran_count = 0
        self._by_sequence: dict[int, tuple[Ran, Operation | None, tuple[nn.Module, ...]]] = {}
        self._modules: list[nn.Module] = []
        self._cut_tensors: dict[int, tuple[Tensor, int]] = {}
        self._paused = False

    # What the interpreter tells

    def keep(self, operation: Operation, result: Any, place: dict[str, Any], loops: Callable[[], list[list[int]]]) -> None:
        names = place.get("names") or ()
        for index, tensor in enumerate(tensors_of(result)):
            name = shorten_name(names[index]) if index < len(names) else ""
            node = grad_fn_of(tensor)
            if node is not None:
                record = self.find(node)
                if tensor.output_nr == 0 or not record.label:  # a node shows its first output
                    record.label = name or record.label
                if record.number < 0:  # made anew by autograd itself, when a view of the tensor was changed in place
                    record.operation, record.number, record.begun = operation.name, operation.number, operation.order
                self._note_custom(record, tensor)
                if tensor.numel() == 1 and tensor.dtype.is_floating_point:
                    self.last_scalar = tensor
            elif not tensor.requires_grad:
                self._note_cut(operation, tensor, name)

    def _note_custom(self, record: NodeRecord, tensor: Tensor) -> None:
        """A Function's output is what its `apply` returned, not what its last inner operation made."""
        if record.kind == "custom" and tensor.output_nr < len(record.outputs):
            record.outputs[tensor.output_nr] = self.store.keep(tensor, copy=True)

    def _note_cut(self, operation: Operation, tensor: Tensor, name: str) -> None:
        """A result that no gradient reaches, though one of its operands has one (or was cut itself)."""
        sources = tuple(dict.fromkeys(found for part in operation.operands if (found := self._source(part)) is not None))
        # What happens inside a Function is its own affair: autograd sees one node.
        inside = any(outer.name in (*BACKWARD_CALLS, "torch.autograd.Function.apply") for outer in self._stack)
        if inside or not sources or len(self.cuts) >= CUTS_MOST or any(part is tensor for part in operation.operands):
            return
        cut = NodeRecord(
            self._next_id(),
            None,
            "cut",
            operation.name,
            operation=operation.name,
            begun=operation.order,
            number=operation.number,
            outputs=[self.store.keep(tensor, copy=True)],
            label=name,
            reason=_why_cut(operation, tensor) if any(part.requires_grad for part in operation.operands) else "follows",
            sources=sources,
        )
        self.cuts.append(cut)
        self._cut_tensors[id(tensor)] = (tensor, cut.id)

    def _source(self, tensor: Tensor) -> int | None:
        if tensor.requires_grad:
            return self.find(self.node_of(tensor)).id
        kept = self._cut_tensors.get(id(tensor))
        return kept[1] if kept is not None else None

    # What autograd and the dispatcher tell

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Record what happens inside, in this thread. Goes around the interpreter's own modes."""
        before = module_hooks.register_module_forward_pre_hook(lambda module, inputs: self._modules.append(module))
        after = module_hooks.register_module_forward_hook(self._leave_module, always_call=True)
        created = torch.autograd.graph.node_creation_hook(self._created) if HAS_HOOK else contextlib.nullcontext()
        try:
            with created, _Operations(self):
                yield
        finally:
            before.remove()
            after.remove()
            self._modules.clear()

    def _leave_module(self, module: nn.Module, inputs: Any, outputs: Any) -> None:
        if self._modules:
            self._modules.pop()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is recorded: our own work on the graph."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def ran(self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any], made: Any, seconds: float) -> None:
        """PyTorch ran an operation; the node that is made for it comes next."""
        if self._paused:
            return
        outputs = [part for part in (made if isinstance(made, (tuple, list)) else (made,)) if isinstance(part, Tensor)]
        self._ran = Ran(self._ran_count, function, arguments, options, outputs, seconds)
        self._ran_count += 1
        if self.blame is None:
            self._look_for_non_finite(self._ran)
        if not HAS_HOOK:
            # The first to write has made the node: later operations without one read the same number.
            sequence = torch.autograd._get_sequence_nr() - 1
            if sequence not in self._by_sequence:
                # Its node is looked at later: what is written in place until then must not be taken for its value.
                with torch.no_grad():
                    kept = [part.clone() if part.numel() <= VALUES_MOST else part.detach() for part in outputs]
                self._by_sequence[sequence] = (replace(self._ran, outputs=kept), self._innermost(), tuple(self._modules))

    def before(self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        if self.on_operation is not None and not self._paused:
            self.on_operation(Ran(self._ran_count, function, arguments, options, [], 0.0))

    def _created(self, node: Any) -> None:
        if not self._paused and node not in self.records:
            self._add(node, self._ran, self._innermost(), tuple(self._modules))

    def node_of(self, tensor: Tensor) -> Any:
        """The node that a tensor's gradient goes to: what made it, or where a leaf's gradient is added up."""
        node = grad_fn_of(tensor)
        if node is not None:
            return node
        # PyTorch makes a view for a moment to find the leaf's node.
        with self.paused(), _disable_current_modes():
            return torch.autograd.graph.get_gradient_edge(tensor).node

    def find(self, node: Any) -> NodeRecord:
        """The record of a node; of one that was never announced, a new one."""
        record = self.records.get(node)
        if record is None:
            ran, operation, modules = self._by_sequence.get(_sequence(node), (None, None, ()))
            record = self._add(node, ran, operation, modules)
        return record

    def _add(self, node: Any, ran: Ran | None, operation: Operation | None, modules: tuple[nn.Module, ...]) -> NodeRecord:
        name = shorten_name(node.name().removeprefix("torch::autograd::"))
        leaf, custom = node.name() == LEAF, not callable(node)
        record = NodeRecord(
            self._next_id(), node, "leaf" if leaf else "custom" if custom else "op", "AccumulateGrad" if leaf else name
        )
        self.records[node] = record
        if operation is not None:
            record.operation, record.number, record.begun = operation.name, operation.number, operation.order
            record.order = 2 if operation.name in BACKWARD_CALLS else 1
        if leaf:
            with torch.no_grad(), _disable_current_modes():
                record.outputs = [self.store.keep(node.variable, copy=True)]
        elif ran is not None:
            record.modules = modules
            record.aten, record.ran, record.seconds = ("" if custom else str(ran.function)), ran.number, ran.seconds
            record.outputs = self._outputs(node, ran)
        if self.blame is not None and self.blame.node is None and ran is not None and self.blame.ran == ran.number:
            self.blame.node = record.id
        if len(self.records) > self.nodes_most and self.budget is not None and self.budget.ended is None:
            # Nothing may be raised in here; the program ends at its next tick.
            self.budget.ended = LimitError("autograd.nodes", limit=f"{self.nodes_most:,}")
        return record

    def _outputs(self, node: Any, ran: Ran) -> list[Snapshot | None]:
        """The forward values, in the order of the node's outputs."""
        shapes = [tuple(metadata.shape) for metadata in node._input_metadata]
        kept: list[Snapshot | None] = [None] * len(shapes)
        with torch.no_grad(), _disable_current_modes():
            for place, tensor in enumerate(ran.outputs[: len(shapes)]):
                if tuple(tensor.shape) == shapes[place]:
                    kept[place] = self.store.keep(tensor, copy=True)
        return kept

    def _look_for_non_finite(self, ran: Ran) -> None:
        outer = self._innermost()
        if "empty" in str(ran.function) or (outer is not None and outer.name in BACKWARD_CALLS):
            return  # memory that nobody has written to yet; a backward pass, whose nodes are looked at one by one
        made = [part for part in ran.outputs if part.dtype.is_floating_point and part.numel() and not part.is_meta]
        # In here, below the dispatcher's modes, our own operations are seen by none of them.
        with torch.no_grad():
            if not made or all(is_finite(part) for part in made):
                return
            inputs = [part for part in tensors_in((*ran.arguments, *ran.options.values())) if part.dtype.is_floating_point]
            deliberate = any(isinstance(part, float) and part - part != 0 for part in ran.arguments)
            new_nan = any(bool(part.isnan().any()) for part in made) and not any(bool(part.isnan().any()) for part in inputs)
            finite = all(is_finite(part) for part in inputs)
        # A mask of -inf that the program wrote is meant; a nan, or an infinity from finite numbers, is not.
        if inputs and not deliberate and (new_nan or finite) and self.blame is None:
            number = outer.number if outer is not None else -1
            self.blame = Blame("forward", str(ran.function), number, finite, None, ran.number)

    def _innermost(self) -> Any:
        return self._stack[-1] if self._stack else None

    def _next_id(self) -> int:
        self._made += 1
        return self._made - 1


class _Operations(TorchDispatchMode):
    """Shows each aten operation to the recorder, with the time that it took."""

    def __init__(self, recorder: GraphRecorder):
        super().__init__()
        self.recorder = recorder

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        if func is torch.ops.aten.detach.default:  # autograd's own bookkeeping
            return func(*args, **options)
        self.recorder.before(func, args, options)
        began = time.perf_counter()
        made = func(*args, **options)
        self.recorder.ran(func, args, options, made, time.perf_counter() - began)
        return made


BACKWARD_CALLS = frozenset(("Tensor.backward", "torch.autograd.backward", "torch.autograd.grad"))


def grad_fn_of(tensor: Tensor) -> Any:
    """The node that made a tensor; None for a leaf, and where autograd refuses to say: a view that was changed in place."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def _sequence(node: Any) -> int:
    return int(node._sequence_nr())


def is_finite(tensor: Tensor) -> bool:
    """Whether a floating-point tensor holds neither nan nor infinities."""
    if tensor.is_complex():
        return bool(torch.isfinite(tensor).all())
    # The sum of finite numbers is nearly always finite, and several times as fast to look at.
    return math.isfinite(float(tensor.sum())) or bool(torch.isfinite(tensor).all())


def _why_cut(operation: Operation, tensor: Tensor) -> str:
    if operation.name in ("Tensor.detach", "Tensor.detach_", "Tensor.data"):
        return "detach"
    if tensor.is_inference():
        return "inference"
    if not operation.grad_enabled:
        return "no_grad"
    if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        return "dtype"
    return "not_differentiable"
