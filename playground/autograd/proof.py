"""Proof of a gradient by finite differences: the real op is run again with each element a little larger and smaller.

Source: five-point central differences, error O(h⁴), Abramowitz and Stegun, Handbook of Mathematical Functions, 25.3.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.autograd.captured import Captured
from playground.autograd.differences import differentiate

EXACT = 1e-6  # of the largest gradient; five points in float64 usually reach 1e-10
CANCELLED = 1e-3  # a gradient this much smaller than its terms is their rounding; it is measured against them instead
WORK = 3e9  # numbers touched in one proof: some seconds
RUNS = 5  # of the op for one element, and a few more where a step has to shrink


@dataclass(frozen=True)
class InputProof:
    """What was found for one edge of the node.

    Args:
        name, position: of the input: "mat2", and its number among the arguments (lists taken apart); -1 for an absent one.
        shape: of the input.
        checked: how many elements were compared.
        left_out: how many were not, since left and right differ there (a kink, a tie, the end of the domain).
        largest_error: finite difference − gradient in float64, the largest absolute value; None without one.
        largest_relative: the same over the largest |gradient| of this input (over the terms of its sum, where they cancel).
        node_error, node_relative: the same for gradient of the real node − gradient in float64, over all elements: the
            rounding of the learner's precision. None where they cannot be compared.
        worst: of the largest error: index, finite difference, gradient in float64.
        passed: `largest_relative` < 1e-6 and `node_relative` within half the digits of the precision; None if unchecked.
        reason: the word that tells why there is nothing to compare.
    """

    name: str
    position: int
    shape: tuple[int, ...]
    checked: int = 0
    left_out: int = 0
    largest_error: float | None = None
    largest_relative: float | None = None
    node_error: float | None = None
    node_relative: float | None = None
    worst: tuple[tuple[int, ...], float, float] | None = None
    passed: bool | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Proof:
    """Of one node.

    Args:
        inputs: one for each edge of the node, in order.
        random: the op draws random numbers. Every run drew the same, but not those of the real node: it is not compared.
        reason: the word that tells why nothing was checked, or (random) how.
    """

    inputs: tuple[InputProof, ...] = ()
    random: bool = False
    reason: str | None = None

    @property
    def passed(self) -> bool | None:
        """Whether all that were checked passed; None where none was."""
        verdicts = [one.passed for one in self.inputs if one.passed is not None]
        return all(verdicts) if verdicts else None


def prove(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None,
    output_index: int,
    incoming: Sequence[Tensor | None],
    outgoing: Sequence[Tensor | None],
    *,
    positions: Sequence[int] | None = None,
    most: int = 2000,
) -> Proof:
    """Compares what a node returned with finite differences of its op, in float64.

    Args:
        function, args, kwargs: the op's call as captured; floating tensors of any precision. Nothing of it is changed.
        output_index: the output to which a single gradient in `incoming` belongs; several belong to the first outputs.
        incoming: ∂L/∂output for each output, None where L does not depend on it.
        outgoing: what the node returned for each of its edges, None where nothing was needed; a larger shape is summed.
        positions: for each of `outgoing`, the number of its input among the arguments (lists taken apart); found by itself
            where the node is that of an op.
        most: elements checked of one input; of a larger one so many are drawn, always the same, fewer where the op is slow.

    Returns:
        Proof; it never raises for what an op cannot do, but gives the reason. The CPU's generator is as it was.
    """
    call = Captured(function, args, kwargs or {})
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        reason = _find_obstacle(call, incoming, outgoing)
        edges = list(positions) if positions is not None else call.find_edges(len(outgoing))
        if reason or edges is None or len(edges) != len(outgoing):
            return Proof(reason=reason or "autograd.proof_unmatched")
        try:
            state = torch.get_rng_state()
            random = call.is_random()
            call.state = state if random else None
            weights = call.weigh(incoming, output_index)
            gradients = call.differentiate(edges, weights) if weights else []
        except (RuntimeError, NotImplementedError):  # MKL-DNN's LSTM, for one, has no float64
            return Proof(reason="autograd.proof_no_float64")
        if not weights:
            return Proof(reason="autograd.proof_unmatched")
        count = sum(gradient is not None for gradient in gradients)
        affordable = math.floor(WORK / (call.count_work() * RUNS * max(count, 1)))
        if affordable < 1:
            return Proof(random=random, reason="autograd.proof_too_large")
        precision = max((torch.finfo(dtype).eps for dtype in call.dtypes), default=torch.finfo(torch.float64).eps)
        inputs = [
            _check(call, edge, gradient, None if random else returned, weights, min(most, affordable), precision)
            if gradient is not None and returned is not None
            else _leave(call, edge)
            for edge, gradient, returned in zip(edges, gradients, outgoing, strict=True)
        ]
    if not any(one.checked for one in inputs):
        return Proof(tuple(inputs), random, "autograd.proof_nothing")
    return Proof(tuple(inputs), random, "autograd.proof_random" if random else None)


def _find_obstacle(call: Captured, incoming: Sequence[Tensor | None], outgoing: Sequence[Tensor | None]) -> str | None:
    if call.complex:
        return "autograd.proof_complex"
    if call.strided:
        return "autograd.proof_strided"
    if not call.dtypes or all(gradient is None for gradient in incoming) or all(one is None for one in outgoing):
        return "autograd.proof_nothing"
    finite = all(bool(gradient.isfinite().all()) for gradient in incoming if gradient is not None)
    return None if finite else "autograd.proof_not_finite"


def _check(
    call: Captured,
    edge: int,
    gradient: Tensor,
    returned: Tensor | None,
    weights: Sequence[Tensor | None],
    most: int,
    precision: float,
) -> InputProof:
    shape = tuple(gradient.shape)
    elements = torch.arange(gradient.numel())
    if gradient.numel() > most:
        elements = torch.randperm(gradient.numel(), generator=torch.Generator().manual_seed(0))[:most].sort().values
    analytic = gradient.reshape(-1)
    finite = analytic[analytic.isfinite()]
    largest = finite.abs().max().item() if len(finite) else 0.0
    numeric, terms = differentiate(call, edge, elements, weights, largest)
    settled = numeric.isfinite()
    checked = int(settled.sum())
    scale = max(largest, CANCELLED * terms[settled].max().item() if checked else 0.0)
    node_error = node_relative = None
    if returned is not None and len(finite):
        difference = returned.detach().to(torch.float64).sum_to_size(shape) - gradient
        node_error = difference[gradient.isfinite()].abs().max().item()
        node_relative = _divide(node_error, scale)
    if not checked:
        reason = "autograd.proof_kinks" if gradient.numel() else "autograd.proof_nothing"
        return InputProof(call.labels[edge], edge, shape, left_out=len(elements), reason=reason)
    errors = (numeric - analytic[elements]).abs().where(settled, torch.tensor(-1.0, dtype=torch.float64))
    worst = int(errors.argmax())
    relative = _divide(errors[worst].item(), scale)
    index = tuple(int(place) for place in torch.unravel_index(elements[worst], shape)) if shape else ()
    return InputProof(
        *(call.labels[edge], edge, shape, checked, len(elements) - checked),
        largest_error=errors[worst].item(),
        largest_relative=relative,
        node_error=node_error,
        node_relative=node_relative,
        worst=(index, numeric[worst].item(), analytic[elements[worst]].item()),
        passed=relative < EXACT and (node_relative is None or node_relative < max(EXACT, math.sqrt(precision))),
    )


def _leave(call: Captured, edge: int) -> InputProof:
    """An edge for which there is nothing to compare."""
    leaf = call.leaves[edge] if edge >= 0 else None
    if not isinstance(leaf, Tensor):
        return InputProof(call.labels[edge] if edge >= 0 else "", edge, (), reason="autograd.proof_no_tensor")
    reason = "autograd.proof_not_needed" if leaf.is_floating_point() else "autograd.proof_integers"
    return InputProof(call.labels[edge], edge, tuple(leaf.shape), reason=reason)


def _divide(error: float, scale: float) -> float:
    return error / scale if scale else (0.0 if error == 0 else math.inf)
