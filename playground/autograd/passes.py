"""Passes: each backward pass of a program, stepped through node by node just before the program runs it itself."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
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
from playground.autograd.stepping import LEAF, Gradients, Step, as_step, count_edges, step_backward

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
    value: Snapshot | None = None  # of a leaf, which lives through many passes and is changed between them
    jacobian: list[list[list[float]] | None] | None = None
    freed: bool = False


@dataclass
class Backward:
    """One backward pass.

    Args:
        kind: backward (fills `.grad`), grad (returns gradients), output (nobody asked for it but the visitor).
        root: name of what is differentiated; root_nodes: its nodes; number, line: of the expression that asked for it.
        steps: the nodes in the order in which they ran; error: why that stopped early; running: the node that runs now,
            after an error the one that failed.
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
    running: int | None = None
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
        self._handles: list[RemovableHandle] = []

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
        recorder = self.recorder
        backward = self._begin(kind, roots, variables, number)
        starts = [
            (recorder.node_of(root), root.output_nr, torch.ones_like(root) if gradient is None else gradient)
            for root, gradient in zip(roots, gradients, strict=True)
        ]
        targets = frozenset(recorder.node_of(one) for one in wanted if isinstance(one, Tensor) and one.requires_grad)
        names, edited = name_tensors(variables), set[Any]()
        leaves = list(named_leaves(variables).items())
        self.stepping = True
        try:
            for step in step_backward(starts, lambda node, incoming: self._change(node, incoming, edited), targets):
                with _unseen():
                    saved = list(saved_tensors(step.node, recorder))
                    self._add(backward, step, saved, names, edited=step.node in edited)
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            backward.error = str(error).split("\n")[0][:ERROR_MOST]
        finally:
            self.stepping = False
            self._restore(leaves)
        if len(backward.steps) <= JACOBIAN_NODES:
            for passed in backward.steps:
                passed.jacobian = local_jacobian(passed.record) if passed.seconds else None
        return backward

    def runs_learners_code(self, roots: Sequence[Tensor]) -> bool:
        """Whether hooks or Functions of the program take part: they may count how often they run."""
        return bool(self._hooks) or any(not callable(node) for node in self._nodes(roots))

    def _nodes(self, roots: Sequence[Tensor]) -> list[Any]:
        starts = [self.recorder.node_of(root) for root in roots]
        return list(dict.fromkeys([*starts, *count_edges(starts)]))

    def observe(self, kind: str, roots: Sequence[Tensor], variables: dict[str, Any], number: int) -> Backward:
        """As `step`, but the engine runs the pass, once, and every node tells what it got and gave; `finish` ends it."""
        backward, names = self._begin(kind, roots, variables, number), name_tensors(variables)
        nodes = self._nodes(roots)
        few = len(nodes) <= JACOBIAN_NODES
        with _unseen():
            saved = {node: self._try_saved(node) for node in nodes}
            jacobians = {node: self._try_jacobian(node) for node in nodes} if few else {}
        began: dict[Any, float] = {}

        def before(node: Any, gradients: Any) -> None:
            backward.running = self.recorder.find(node).id
            began[node] = time.perf_counter()

        def after(node: Any, sent: Any, got: Any) -> None:
            seconds = time.perf_counter() - began.get(node, math.inf)
            with _unseen():
                step = as_step(node, got, sent, max(0.0, seconds))
                self._add(backward, step, saved[node], names).jacobian = jacobians.get(node)

        self.stop_observing()
        for node in nodes:
            self._handles.append(node.register_prehook(partial(before, node)))
            self._handles.append(node.register_hook(partial(after, node)))
        return backward

    def stop_observing(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _try_saved(self, node: Any) -> list[dict[str, Any]]:
        try:
            return list(saved_tensors(node, self.recorder))
        except RuntimeError:  # freed by an earlier pass: the engine will say so
            return []

    def _try_jacobian(self, node: Any) -> Any:
        try:
            return local_jacobian(self.recorder.find(node)) if node.name() != LEAF else None
        except RuntimeError:
            return None

    def _begin(self, kind: str, roots: Sequence[Tensor], variables: dict[str, Any], number: int) -> Backward:
        recorder = self.recorder
        nodes = [recorder.node_of(root) for root in roots]
        root = name_tensors(variables).get(id(roots[0])) or recorder.find(nodes[0]).label
        line = recorder.program.place(number)["line"]
        backward = Backward(kind, root, [recorder.find(node).id for node in nodes], number, line)
        self.passes.append(backward)
        with _unseen():
            backward.value = recorder.store.keep(roots[0], copy=True)
            backward.fit = read_fit(variables, FIT[2])
            leaves = named_leaves(variables).items()
            self._before = {name: leaf.grad.clone() for name, leaf in leaves if leaf.grad is not None}
        return backward

    def _add(
        self, backward: Backward, step: Step, saved: list[dict[str, Any]], names: dict[int, str], *, edited: bool = False
    ) -> Passed:
        passed = self._keep(step, saved, edited)
        backward.steps.append(passed)
        backward.running = None
        self._contribute(backward, step, names)
        self._blame(step)
        return passed

    def _change(self, node: Any, incoming: Gradients, edited: set[Any]) -> Gradients:
        """What the program's hooks, and then the visitor's edits, make of the gradients that reach a node."""
        self.passes[-1].running = self.recorder.find(node).id
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
        self.stop_observing()
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

    def _keep(self, step: Step, saved: list[dict[str, Any]], edited: bool) -> Passed:
        recorder, store = self.recorder, self.recorder.store
        record = recorder.find(step.node)
        return Passed(
            record,
            [None if node is None else (recorder.find(node).id, number) for node, number in step.node.next_functions],
            [None if part is None else store.keep(part) for part in step.incoming],
            [None if part is None else store.keep(part) for part in step.outgoing],
            [None if part is None else store.keep(part) for part in step.raw],
            saved,
            step.seconds,
            edited,
            store.keep(step.node.variable, copy=True) if step.node.name() == LEAF else None,
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
            count = min(FIT_POINTS, len(order))
            order = order[[place * (len(order) - 1) // max(1, count - 1) for place in range(count)]]
        return column.detach().flatten()[order].tolist()  # type: ignore[union-attr, no-any-return]


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """Our own work on tensors: no graph, no cost, and a number that was saved as a tensor stays one."""
    with torch.no_grad(), _disable_current_modes():
        yield
