"""Passes: each backward pass of a program, stepped through node by node just before the program runs it itself."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.hooks import RemovableHandle

from playground.autograd.edits import Edit
from playground.autograd.names import name_tensors, named_leaves
from playground.autograd.node_facts import is_freed, local_jacobian, saved_tensors
from playground.autograd.recording import Blame, GraphRecorder, NodeRecord, is_finite
from playground.autograd.snapshots import Snapshot
from playground.autograd.stepping import LEAF, Gradients, Step, step_backward

JACOBIAN_NODES = 60
ERROR_MOST = 300
PASSES_MOST = 300  # that are kept node by node; a training of more steps shows the first ones
# A regression names its data like this: then its fit is drawn.
FIT = ("X", "y_true", "y_pred")
FIT_MOST, FIT_POINTS = 500, 25


@dataclass
class Passed:
    """One node as it was run in a pass, in snapshots."""

    record: NodeRecord
    targets: list[tuple[int, int] | None]
    incoming: list[Snapshot | None]
    outgoing: list[Snapshot | None]
    raw: list[Snapshot | None]
    saved: list[dict[str, Any]]
    seconds: float
    edited: bool
    jacobian: list[list[list[float]] | None] | None = None
    freed: bool = False


@dataclass
class Backward:
    """One backward pass.

    Args:
        kind: backward (fills `.grad`), grad (returns gradients), output (nobody asked for it but the visitor).
        root: name of what is differentiated; root_nodes: its nodes; number, line: of the expression that asked for it.
        steps: the nodes in the order in which they ran; error: why that stopped early.
        contributions: by name, what this pass adds; gradients: by name, `.grad` after it.
        value: of the root. fit: what `y_pred` was then, where the program fits one, thinned.
        difference: the largest difference between `contributions` and what autograd itself added to `.grad`, relative to
            the largest of the latter; None where there is nothing to compare.
    """

    kind: str
    root: str
    root_nodes: list[int]
    number: int
    line: int
    steps: list[Passed] = field(default_factory=list)
    contributions: dict[str, Snapshot] = field(default_factory=dict)
    gradients: dict[str, Snapshot] = field(default_factory=dict)
    error: str = ""
    value: Snapshot | None = None
    fit: list[float] = field(default_factory=list)
    difference: float | None = None

    @property
    def order(self) -> list[int]:
        return [step.record.id for step in self.steps]


class Passes:
    """The backward passes of one run.

    Args:
        edits: gradients to change on the way.
    """

    def __init__(self, recorder: GraphRecorder, edits: Sequence[Edit] = ()):
        self.recorder = recorder
        self.edits = {(edit.backward, edit.node): edit for edit in edits}
        self.passes: list[Backward] = []
        self._hooks: list[tuple[Any, int, Any, RemovableHandle]] = []
        self._before: dict[str, Tensor] = {}
        self.stepping = False

    def add_hook(self, tensor: Tensor, function: Any, handle: RemovableHandle) -> None:
        """The program hangs a hook on a tensor: nodes that are called by hand do not run it."""
        self._hooks.append((self.recorder.node_of(tensor), tensor.output_nr, function, handle))

    def step(
        self,
        kind: str,
        roots: Sequence[Tensor],
        gradients: Sequence[Tensor | None],
        variables: dict[str, Any],
        number: int,
        wanted: Sequence[Tensor] = (),
    ) -> Backward:
        """Run a pass node by node and keep every gradient.

        Args:
            variables: the program's, for their names. number: of the expression that asked for it.
            wanted: the tensors whose gradients are asked for; none = all leaves.
        """
        recorder, names = self.recorder, name_tensors(variables)
        nodes = [recorder.node_of(root) for root in roots]
        root = names.get(id(roots[0])) or recorder.find(nodes[0]).label
        line = recorder.program.place(number)["line"]
        backward = Backward(kind, root, [recorder.find(node).id for node in nodes], number, line)
        self.passes.append(backward)
        starts = [
            (node, root.output_nr, torch.ones_like(root) if gradient is None else gradient)
            for node, root, gradient in zip(nodes, roots, gradients, strict=True)
        ]
        targets = frozenset(recorder.node_of(one) for one in wanted if isinstance(one, Tensor) and one.requires_grad)
        edited: set[Any] = set()
        with _unseen():
            backward.value = recorder.store.keep(roots[0], copy=True)
            backward.fit = read_fit(variables, FIT[2])
            leaves = list(named_leaves(variables).items())
            self._before = {name: leaf.grad.clone() for name, leaf in leaves if leaf.grad is not None}
        self.stepping = True
        try:
            for step in step_backward(starts, lambda node, incoming: self._change(node, incoming, edited), targets):
                with _unseen():
                    backward.steps.append(self._keep(step, step.node in edited))
                    self._contribute(backward, step, names)
                    self._blame(step)
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            backward.error = str(error).split("\n")[0][:ERROR_MOST]
        finally:
            self.stepping = False
            self._restore(leaves)
        if len(backward.steps) <= JACOBIAN_NODES:
            for passed in backward.steps:
                passed.jacobian = local_jacobian(passed.record) if passed.seconds else None
        return backward

    def _change(self, node: Any, incoming: Gradients, edited: set[Any]) -> Gradients:
        """What the program's hooks, and then the visitor's edits, make of the gradients that reach a node."""
        for hooked, place, function, handle in self._hooks:
            gradient = incoming[place] if hooked is node else None
            if gradient is not None and handle.id in (handle.hooks_dict_ref() or ()):
                with torch.no_grad():  # as the engine runs it
                    changed = function(gradient)
                incoming[place] = gradient if changed is None else changed
        edit = self.edits.get((len(self.passes) - 1, self.recorder.find(node).id))
        if edit is None:
            return incoming
        edited.add(node)
        return edit.apply(incoming)

    def _restore(self, leaves: list[tuple[str, Tensor]]) -> None:
        """A backward pass inside a hook or a Function has filled `.grad` once more than the program's own will."""
        with _unseen():
            for name, leaf in leaves:
                before = self._before.get(name)
                if before is None:
                    leaf.grad = None
                elif leaf.grad is None or not torch.equal(leaf.grad, before):
                    leaf.grad = before.clone()

    def finish(self, variables: dict[str, Any]) -> None:
        """The program has run the last pass itself: what stands in `.grad` now, and which saved tensors are freed."""
        backward = self.passes[-1]
        with _unseen():
            for name, leaf in named_leaves(variables).items():
                if leaf.grad is not None:
                    backward.gradients[name] = self.recorder.store.keep(leaf.grad, copy=True)
                    self._compare(backward, name, leaf.grad)
        self._before = {}
        for passed in backward.steps:
            passed.freed = any("snapshot" in saved for saved in passed.saved) and is_freed(passed.record.node)

    def _compare(self, backward: Backward, name: str, gradient: Tensor) -> None:
        """Whether the nodes that were run by hand gave what autograd's engine gave."""
        contribution = backward.contributions.get(name)
        if backward.kind != "backward" or contribution is None or contribution.tensor is None or self.edits:
            return
        before = self._before.get(name)
        added = gradient if before is None else gradient - before
        scale = float(added.abs().max()) if added.numel() else 0.0
        difference = float((added - contribution.tensor).abs().max()) if added.numel() else 0.0
        if math.isfinite(difference):
            backward.difference = max(backward.difference or 0.0, difference / scale if scale else difference)

    def _keep(self, step: Step, edited: bool) -> Passed:
        recorder, store = self.recorder, self.recorder.store
        record = recorder.find(step.node)
        return Passed(
            record,
            [None if node is None else (recorder.find(node).id, number) for node, number in step.node.next_functions],
            [None if part is None else store.keep(part) for part in step.incoming],
            [None if part is None else store.keep(part) for part in step.outgoing],
            [None if part is None else store.keep(part) for part in step.raw],
            list(saved_tensors(step.node, recorder)),
            step.seconds,
            edited,
        )

    def _contribute(self, backward: Backward, step: Step, names: dict[int, str]) -> None:
        """What arrives at a leaf is what the pass adds to its `.grad`."""
        if step.node.name() != LEAF or step.incoming[0] is None:
            return
        record = self.recorder.find(step.node)
        record.label = names.get(id(step.node.variable), record.label)
        backward.contributions[record.label or f"#{record.id}"] = self.recorder.store.keep(step.incoming[0])

    def _blame(self, step: Step) -> None:
        recorder = self.recorder
        if recorder.blame is not None or all(part is None or is_finite(part) for part in step.outgoing):
            return
        record = recorder.find(step.node)
        finite = all(part is None or is_finite(part) for part in step.incoming)
        recorder.blame = Blame("backward", record.aten or record.name, record.number, finite, record.id)


def read_fit(variables: dict[str, Any], name: str) -> list[float]:
    """Of a variable with one number per example, such as `y_pred`: a few of them in the order of `X`; [] without one."""
    column, inputs = variables.get(name), variables.get(FIT[0])
    if not all(isinstance(part, Tensor) and 1 < part.numel() <= FIT_MOST for part in (column, inputs)):
        return []
    if column.numel() != inputs.numel():  # type: ignore[union-attr]
        return []
    with _unseen():
        order = inputs.detach().flatten().argsort()  # type: ignore[union-attr]
        if name == FIT[2]:
            order = order[torch.linspace(0, len(order) - 1, min(FIT_POINTS, len(order))).round().long()]
        return column.detach().flatten()[order].tolist()  # type: ignore[union-attr, no-any-return]


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """Our own work on tensors: no graph, no cost, and a number that was saved as a tensor stays one."""
    with torch.no_grad(), _disable_current_modes():
        yield
