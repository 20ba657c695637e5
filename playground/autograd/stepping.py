"""Stepping: runs the backward pass of a graph by hand, one real node at a time.

Each C++ node of autograd is a function of gradients; a custom Function's node has `apply`. Nothing is computed here but the
order: the nodes do the work. What the engine would do beside them is done in the same way: gradients are summed to the
shape of what they belong to, several that meet are added, a node waits until all its gradients have come.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

LEAF = "torch::autograd::AccumulateGrad"
Edge = tuple[Any, int]
Gradients = list[Tensor | None]


@dataclass
class Step:
    """One node that was run.

    Args:
        incoming: the gradient of each output of the forward operation; None = nothing depends on it.
        outgoing: what the node sends on, one for each of `node.next_functions`, in the shape that it arrives in.
        raw: what the node returned, before it was summed to that shape.
        seconds: the node's own time.
    """

    node: Any
    incoming: Gradients
    outgoing: Gradients
    raw: Gradients
    seconds: float


def step_backward(
    roots: Sequence[tuple[Any, int, Tensor]],
    change: Callable[[Any, Gradients], Gradients] | None = None,
    targets: frozenset[Any] = frozenset(),
) -> Iterator[Step]:
    """Run the nodes behind `roots` in the engine's order, each when the caller asks for the next step.

    Args:
        roots: (node, number of its output, gradient of that output).
        change: may give other incoming gradients for a node, just before it runs.
        targets: the nodes whose gradients are wanted: what leads to none of them is not run; none = all leaves.

    Raises:
        RuntimeError: what the node raises, such as saved tensors that were freed; a gradient that the engine would refuse.
    """
    waiting_for = count_edges(node for node, _, _ in roots)
    needed = _leading_to(targets, waiting_for, roots) if targets else None
    arrived: dict[Any, dict[int, Tensor]] = defaultdict(dict)
    for root, number, start in roots:
        _arrive(arrived[root], number, _checked(start, root._input_metadata[number]))
    turn = itertools.count()
    ready = [(_priority(node), next(turn), node) for node in dict.fromkeys(node for node, _, _ in roots)]
    # A root that lies behind another root waits for it.
    ready = [entry for entry in ready if not waiting_for[entry[2]]]
    heapq.heapify(ready)
    while ready:
        node = heapq.heappop(ready)[2]
        got = arrived.pop(node, {})
        incoming: Gradients = [got.get(number) for number in range(len(node._input_metadata))]
        if change is not None:
            changed = change(node, incoming)
            pairs = zip(changed, node._input_metadata, strict=True)
            incoming = [None if part is None else _checked(part, metadata) for part, metadata in pairs]
        runs = needed is None or node in needed
        step = run_node(node, incoming) if runs else _stand_still(node, incoming)
        if runs or node in targets:
            yield step
        for (following, number), gradient in zip(node.next_functions, step.outgoing, strict=False):
            if following is None:
                continue
            if gradient is not None:
                _arrive(arrived[following], number, gradient)
            waiting_for[following] -= 1
            if not waiting_for[following]:
                heapq.heappush(ready, (_priority(following), next(turn), following))


def _leading_to(targets: frozenset[Any], edges: Counter[Any], roots: Any) -> set[Any]:
    """The nodes that must run so that gradients reach the targets: as the engine does, a target alone need not."""
    nodes = {*edges, *(node for node, _, _ in roots)}
    before: dict[Any, list[Any]] = defaultdict(list)
    for node in nodes:
        for following, _ in node.next_functions:
            if following is not None:
                before[following].append(node)
    found: set[Any] = set()
    stack = [node for target in targets for node in before[target]]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(before[node])
    return found


def run_node(node: Any, incoming: Gradients) -> Step:
    """Run one node on gradients; a leaf has nothing to run: autograd itself adds what arrives to `.grad`."""
    edges = node.next_functions
    if node.name() == LEAF or (all(gradient is None for gradient in incoming) and callable(node)):
        return _stand_still(node, incoming)
    began = time.perf_counter()
    with torch.no_grad():
        raw = node(*incoming) if callable(node) else _apply(node, incoming)
    seconds = time.perf_counter() - began
    made = list(raw) if isinstance(raw, (tuple, list)) else [raw]
    if not callable(node):
        made = _of_tensors(node, made)
    made += [None] * (len(edges) - len(made))
    outgoing = [_fit(gradient, edge) for gradient, edge in zip(made, edges, strict=False)]
    return Step(node, incoming, outgoing, made, seconds)


def as_step(node: Any, got: Sequence[Any], sent: Sequence[Any], seconds: float) -> Step:
    """What the engine gave to a node and got from it, as if it had been run here."""
    edges = node.next_functions
    raw = [*sent, *[None] * (len(edges) - len(sent))]
    outgoing = [_fit(gradient, edge) for gradient, edge in zip(raw, edges, strict=False)]
    return Step(node, list(got), outgoing, raw, seconds)


def _stand_still(node: Any, incoming: Gradients) -> Step:
    nothing: Gradients = [None] * len(node.next_functions)
    return Step(node, incoming, nothing, nothing, 0.0)


def count_edges(roots: Any) -> Counter[Any]:
    """How many edges lead to each node that the roots reach."""
    edges: Counter[Any] = Counter()
    stack, seen = list(roots), set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        for following, _ in node.next_functions:
            if following is not None:
                edges[following] += 1
                stack.append(following)
    return edges


def _priority(node: Any) -> int:
    """The engine takes leaves first, then what was made last."""
    return -node._sequence_nr()


def _arrive(slots: dict[int, Tensor], number: int, gradient: Tensor) -> None:
    slots[number] = slots[number] + gradient if number in slots else gradient


def _apply(node: Any, incoming: Gradients) -> Any:
    """A custom Function's backward gets zeros for a gradient that nothing depends on."""
    return node.apply(
        *(
            torch.zeros(metadata.shape, dtype=metadata.dtype, device=metadata.device) if gradient is None else gradient
            for gradient, metadata in zip(incoming, node._input_metadata, strict=True)
        )
    )


def _of_tensors(node: Any, made: Gradients) -> Gradients:
    """A custom backward returns one gradient for each argument of its forward; edges are there for the tensors alone."""
    edges = node.next_functions
    wanted = iter([made[place] for place, needed in enumerate(node.needs_input_grad) if needed and place < len(made)])
    return [None if following is None else next(wanted, None) for following, _ in edges]


def _fit(gradient: Any, edge: Edge) -> Tensor | None:
    """In the shape and dtype of what it belongs to: some nodes leave the sum over broadcast axes to the engine."""
    following, number = edge
    if gradient is None or following is None:
        return None
    metadata = following._input_metadata[number]
    if isinstance(gradient, Tensor) and tuple(gradient.shape) != tuple(metadata.shape) and gradient.layout == torch.strided:
        gradient = gradient.sum_to_size(metadata.shape)
    return _checked(gradient, metadata)


def _checked(gradient: Any, metadata: Any) -> Tensor:
    """What the engine checks before it gives a gradient to a node: kernels trust that it fits what they have saved.

    Raises:
        RuntimeError: it is no gradient of such a tensor.
    """
    if not isinstance(gradient, Tensor):
        raise RuntimeError(f"expected a gradient of shape {tuple(metadata.shape)}, got {type(gradient).__name__}")
    if tuple(gradient.shape) != tuple(metadata.shape) or gradient.layout != torch.strided:
        raise RuntimeError(f"expected a gradient of shape {tuple(metadata.shape)}, got {tuple(gradient.shape)}")
    if gradient.device != metadata.device:
        raise RuntimeError(f"expected a gradient on {metadata.device}, got one on {gradient.device}")
    if gradient.is_complex() and not metadata.dtype.is_complex:
        gradient = torch.real(gradient)
    return gradient if gradient.dtype == metadata.dtype else gradient.to(metadata.dtype)
