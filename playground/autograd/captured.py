"""A call of an op that was captured in a graph, made again in float64 on copies: nothing that was captured changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import TreeSpec, tree_flatten, tree_leaves, tree_unflatten

from playground.autograd.formulas import find_formula

CALL = 20_000  # numbers that could be touched in the time that the call of an op takes by itself


class Captured:
    """One call; its tensors are numbered in the order of its arguments, those inside lists included.

    Args:
        function: an op of the dispatcher, or anything that maps tensors to a tensor or to several.
        args, kwargs: as captured; floating tensors of any precision.

    Attributes:
        leaves: every argument, lists taken apart, with tensors as float64 copies, contiguous.
        labels: the name of each leaf, "mat2" or "tensors[1]".
        dtypes: of the floating tensors as they were captured.
        strided: an input of as_strided was not contiguous, so that a contiguous copy means something else.
    """

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]):
        self.function = function
        self.labels, leaves, self.entries = _take_apart(function, args, kwargs)
        self._kwargs, self._places = tuple(kwargs), len(args)
        self._spec: TreeSpec = tree_flatten([*args, *kwargs.values()])[1]
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        self.dtypes = [tensor.dtype for tensor in tensors if tensor.is_floating_point()]
        self.complex = any(tensor.is_complex() for tensor in tensors)
        self.strided = "as_strided" in str(function) and not all(tensor.is_contiguous() for tensor in tensors)
        self.leaves: list[Any] = [
            False if label == "half_to_float" else _to_float64(leaf) for label, leaf in zip(self.labels, leaves, strict=True)
        ]
        self.state: Tensor | None = None  # of the generator, restored before each run where the op draws numbers

    def run(self, leaves: Sequence[Any] | None = None) -> list[Tensor]:
        """The outputs, lists taken apart, for `leaves` (cloned first: the op may change its inputs or return views)."""
        if self.state is not None:
            torch.set_rng_state(self.state)
        args, kwargs = self.build([leaf.clone() if isinstance(leaf, Tensor) else leaf for leaf in leaves or self.leaves])
        return [leaf for leaf in tree_leaves(self.function(*args, **kwargs)) if isinstance(leaf, Tensor)]

    def build(self, leaves: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """args and kwargs of the call with these leaves."""
        values = tree_unflatten(list(leaves), self._spec)
        return values[: self._places], dict(zip(self._kwargs, values[self._places :], strict=True))

    def is_random(self) -> bool:
        """Whether a run draws from the CPU's generator."""
        before = torch.get_rng_state()
        self.run()
        return not torch.equal(before, torch.get_rng_state())

    def find_edges(self, count: int) -> list[int] | None:
        """The leaf to which each of the `count` edges of the node leads; None where they cannot be matched.

        A node made from an op has an edge for each differentiable input of its formula, in the order of the schema, also
        for one that is absent (-1) or a number. A node of another function has one for each tensor.
        """
        formula = find_formula(str(self.function)) if isinstance(self.function, torch._ops.OpOverload) else None
        if formula is not None:
            inputs = {part.strip() for key, _ in formula.inputs for part in key.split(",")}
            names = [argument.name for argument in self.function._schema.arguments]  # type: ignore[attr-defined]
            edges = [place for name in names if name in inputs for place in self.entries.get(name, [-1])]
            return edges if len(edges) == count else None
        tensors = [place for place, leaf in enumerate(self.leaves) if isinstance(leaf, Tensor)]
        floating = [place for place in tensors if self.leaves[place].is_floating_point()]
        return next((places for places in (tensors, floating) if len(places) == count), None)

    def weigh(self, incoming: Sequence[Tensor | None], output_index: int) -> list[Tensor | None]:
        """∂L/∂output for each output of the op, float64; empty where what came in has other shapes than the outputs."""
        outputs = self.run()
        weights: list[Tensor | None] = [None] * len(outputs)
        for place, gradient in enumerate(incoming, start=output_index if len(incoming) == 1 else 0):
            if gradient is not None:
                if place >= len(outputs) or outputs[place].shape != gradient.shape:
                    return []
                weights[place] = gradient.detach().to(torch.float64)
        return weights

    def differentiate(self, edges: Sequence[int], weights: Sequence[Tensor | None]) -> list[Tensor | None]:
        """PyTorch's own gradient on the float64 copies, one for each edge; None where the edge has no floating tensor."""
        leaves = list(self.leaves)
        wanted = [
            edge for edge in edges if edge >= 0 and isinstance(leaves[edge], Tensor) and leaves[edge].is_floating_point()
        ]
        for edge in wanted:
            leaves[edge] = leaves[edge].detach().clone().requires_grad_()
        with torch.enable_grad():
            outputs = self.run(leaves)
            pairs = [pair for pair in zip(outputs, weights, strict=True) if pair[1] is not None and pair[0].requires_grad]
            used, gradients = zip(*pairs, strict=True) if pairs else ((), ())
            inputs = [leaves[edge] for edge in wanted]
            found = torch.autograd.grad(used, inputs, gradients, allow_unused=True) if pairs else [None] * len(wanted)
        by_edge = {
            edge: torch.zeros_like(self.leaves[edge]) if gradient is None else gradient
            for edge, gradient in zip(wanted, found, strict=True)
        }
        return [by_edge.get(edge) for edge in edges]

    def count_work(self) -> float:
        """Numbers that one run reads and writes, and for a tenth each its FLOPs, where PyTorch counts them."""
        from torch.utils.flop_counter import flop_registry

        outputs = self.run()
        count = sum(leaf.numel() for leaf in (*self.leaves, *outputs) if isinstance(leaf, Tensor))
        counter = flop_registry.get(getattr(self.function, "_overloadpacket", None))
        args, kwargs = self.build(self.leaves)
        return CALL + count + (counter(*args, **kwargs, out_val=outputs[0]) / 10 if counter else 0)


def _take_apart(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[str], list[Any], dict[str, list[int]]]:
    """Labels and leaves, and which leaves belong to which argument."""
    schema = getattr(function, "_schema", None)
    names = [argument.name for argument in schema.arguments] if schema else [f"[{place}]" for place in range(len(args))]
    labels: list[str] = []
    leaves: list[Any] = []
    entries: dict[str, list[int]] = {}
    for name, value in [*zip(names, args, strict=False), *kwargs.items()]:
        parts = tree_leaves(value)
        entries[name] = list(range(len(leaves), len(leaves) + len(parts)))
        single = len(parts) == 1 and parts[0] is value
        labels += [name] if single else [f"{name}[{place}]" for place in range(len(parts))]
        leaves += parts
    return labels, leaves, entries


def _to_float64(leaf: Any) -> Any:
    """Tensors copied, floating ones in float64; a request for another floating dtype becomes one for float64."""
    if isinstance(leaf, torch.dtype):
        return torch.float64 if leaf.is_floating_point else leaf
    if not isinstance(leaf, Tensor):
        return leaf
    dtype = torch.float64 if leaf.is_floating_point() else leaf.dtype
    return leaf.detach().to(dtype, copy=True).clone(memory_format=torch.contiguous_format)
