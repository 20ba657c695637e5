"""Passes: each backward pass of a program, stepped through node by node just before the program runs it itself."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.hooks import RemovableHandle

from playground.autograd.names import name_tensors, named_leaves
from playground.autograd.recording import Blame, GraphRecorder, NodeRecord, is_finite
from playground.autograd.snapshots import Snapshot
from playground.autograd.stepping import LEAF, Gradients, Step, step_backward
from playground.errors import InputError
from playground.registry import shorten

JACOBIAN_MOST = 3  # elements of one side: more numbers are no help
JACOBIAN_NODES = 60
# A regression names its data like this: then its fit is drawn.
FIT = ("X", "y_true", "y_pred")
FIT_MOST, FIT_POINTS = 500, 25
EDITS = ("scale", "zero", "clip", "noise", "nan")
EDITS_MOST = 50


@dataclass(frozen=True)
class Edit:
    """What if the gradient that reaches a node were another one.

    Args:
        backward: number of the pass; node: id of the node.
        kind: scale (times amount), zero, clip (to ±amount), noise (normal, with that standard deviation), nan.
    """

    backward: int
    node: int
    kind: str
    amount: float = 0.0

    def apply(self, gradients: Gradients) -> Gradients:
        return [None if gradient is None else self._changed(gradient) for gradient in gradients]

    def _changed(self, gradient: Tensor) -> Tensor:
        if self.kind == "zero":
            return torch.zeros_like(gradient)
        if self.kind == "clip":
            return gradient.clamp(-abs(self.amount), abs(self.amount))
        if self.kind == "noise":
            generator = torch.Generator(gradient.device).manual_seed(self.node)
            noise = torch.randn(gradient.shape, generator=generator, dtype=gradient.dtype, device=gradient.device)
            return gradient + self.amount * noise
        return gradient * (math.nan if self.kind == "nan" else self.amount)


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
        root: name and node of what is differentiated; number, line: of the expression that asked for it.
        steps: the nodes in the order in which they ran; error: why that stopped early.
        contributions: by name, what this pass adds; gradients: by name, `.grad` after it.
        value: of the root. fit: what `y_pred` was then, where the program fits one, thinned.
        difference: the largest difference between `contributions` and what autograd itself added to `.grad`, relative to
            the largest of the latter; None where there is nothing to compare.
    """

    kind: str
    root: str
    root_node: int
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
    ) -> Backward:
        """Run a pass node by node and keep every gradient.

        Args:
            variables: the program's, for their names. number: of the expression that asked for it.
        """
        recorder, names = self.recorder, name_tensors(variables)
        first = recorder.node_of(roots[0])
        root = names.get(id(roots[0])) or recorder.find(first).label
        backward = Backward(kind, root, recorder.find(first).id, number, recorder.program.place(number)["line"])
        backward.value = recorder.store.keep(roots[0], copy=True)
        backward.fit = read_fit(variables, FIT[2])
        self.passes.append(backward)
        starts = [
            (recorder.node_of(root), root.output_nr, torch.ones_like(root) if gradient is None else gradient)
            for root, gradient in zip(roots, gradients, strict=True)
        ]
        edited: set[Any] = set()

        def change(node: Any, incoming: Gradients) -> Gradients:
            for hooked, place, function, handle in self._hooks:
                gradient = incoming[place] if hooked is node else None
                if gradient is not None and handle.id in (handle.hooks_dict_ref() or ()):
                    changed = function(gradient)
                    incoming[place] = gradient if changed is None else changed
            edit = self.edits.get((len(self.passes) - 1, recorder.find(node).id))
            if edit is not None:
                edited.add(node)
                incoming = edit.apply(incoming)
            return incoming

        with _unseen():
            leaves_before = named_leaves(variables).items()
            self._before = {name: leaf.grad.clone() for name, leaf in leaves_before if leaf.grad is not None}
        try:
            for step in step_backward(starts, change):
                with _unseen():
                    backward.steps.append(self._keep(step, step.node in edited))
                    self._contribute(backward, step, names)
                    self._blame(step)
        except RuntimeError as error:
            backward.error = str(error).split("\n")[0]
        if len(backward.steps) <= JACOBIAN_NODES:
            for passed in backward.steps:
                passed.jacobian = _jacobian(passed.record)
        return backward

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


def saved_tensors(node: Any, recorder: GraphRecorder) -> Iterable[dict[str, Any]]:
    """What a node keeps for its backward: {name, snapshot, bytes, storage} for tensors, {name, text} for the rest."""
    if not callable(node):
        for place, tensor in enumerate(getattr(node, "saved_tensors", ())):
            yield _saved(f"saved_tensors[{place}]", tensor, recorder)
        return
    for attribute in dir(node):
        if not attribute.startswith("_saved_") or attribute.endswith("_sym_strides"):
            continue
        value = getattr(node, attribute)
        name = attribute.removeprefix("_saved_")
        if isinstance(value, Tensor):
            yield _saved(name, value, recorder)
        elif isinstance(value, (list, tuple)) and any(isinstance(part, Tensor) for part in value):
            yield from (_saved(f"{name}[{i}]", part, recorder) for i, part in enumerate(value) if isinstance(part, Tensor))
        elif value is not None:
            yield {"name": name, "text": shorten(value)}


def _saved(name: str, tensor: Tensor, recorder: GraphRecorder) -> dict[str, Any]:
    return {
        "name": name,
        "snapshot": recorder.store.keep(tensor),
        "bytes": tensor.untyped_storage().nbytes(),
        "storage": recorder.storage_number(tensor),
    }


def is_freed(node: Any) -> bool:
    """Whether autograd has let go of what a node had saved."""
    try:
        list(getattr(node, "saved_tensors", ())) if not callable(node) else [
            getattr(node, name) for name in dir(node) if name.startswith("_saved_")
        ]
    except RuntimeError:
        return True
    return False


def _jacobian(record: NodeRecord) -> list[list[list[float]] | None] | None:
    """The local derivative of each input, for scalars and small vectors: entry [i][j] = d output i / d input j."""
    node = record.node
    sizes = [math.prod(metadata.shape) for metadata in node._input_metadata]
    small = len(sizes) == 1 and sizes[0] <= JACOBIAN_MOST and record.kind == "op"
    inputs = [None if following is None else following._input_metadata[number] for following, number in node.next_functions]
    if not small or not any(part is not None and math.prod(part.shape) <= JACOBIAN_MOST for part in inputs):
        return None
    metadata = node._input_metadata[0]
    unit = torch.eye(sizes[0], dtype=metadata.dtype, device=metadata.device)
    rows = []
    with torch.no_grad():
        for place in range(sizes[0]):
            made = node(unit[place].reshape(metadata.shape))
            rows.append(made if isinstance(made, tuple) else (made,))
    return [
        None
        if part is None or math.prod(part.shape) > JACOBIAN_MOST or any(row[place] is None for row in rows)
        else [row[place].sum_to_size(part.shape).flatten().tolist() for row in rows]
        for place, part in enumerate(inputs)
    ]


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """Our own work on tensors: no graph, no cost, and a number that was saved as a tensor stays one."""
    with torch.no_grad(), _disable_current_modes():
        yield


def read_edits(wishes: object) -> list[Edit]:
    """Edits as they come from the page.

    Raises:
        InputError: no list of {backward, node, kind, amount}.
    """
    if not isinstance(wishes, list) or len(wishes) > EDITS_MOST:
        raise InputError("autograd.bad_edit", got=shorten(wishes))
    return [_read_edit(wish) for wish in wishes]


def _read_edit(wish: Any) -> Edit:
    given: dict[str, Any] = wish if isinstance(wish, dict) else {}
    backward, node, amount, kind = given.get("backward", 0), given.get("node", -1), given.get("amount", 0), given.get("kind")
    whole = all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in (backward, node))
    if not whole or type(amount) not in (int, float) or not math.isfinite(amount) or kind not in EDITS:
        raise InputError("autograd.bad_edit", got=shorten(wish))
    return Edit(backward, node, kind, float(amount))
