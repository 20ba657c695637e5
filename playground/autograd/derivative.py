"""Derivative: what one operation's gradient is in mathematics, as a torch expression, and on an example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, never repeat and lie well apart


@dataclass(frozen=True)
class Derivative:
    """The derivative of an operation. L is the scalar at the end of the graph.

    Args:
        name: of the entry.
        ops: names in derivatives.yaml to which it applies: a base name for all its overloads ("mul"), or one overload
            ("max.dim"; "max.default" for the nameless one) where overloads differ.
        lines: plain Unicode; first the operation, then one line for each of `inputs`. [condition] is 1 where it holds,
            else 0. What broadcasting added is not said: the sum over stretched dimensions.
        inputs: the arguments that the lines from the second on are about, as torch names them.
        expressions: for each of `inputs`, the gradient as an expression of `grad` (`grads` where an op has a list of
            outputs), the op's arguments, `result` (`result0`, `result1` … and their names), torch, F and math; written for
            the shapes of `example` where the general case would be unreadable.
        example: → (op, arguments), float64, away from kinks and ties.
    """

    name: str
    ops: tuple[str, ...]
    lines: tuple[str, ...]
    inputs: tuple[str, ...]
    expressions: tuple[str, ...]
    example: Callable[[], tuple[Callable[..., Any], tuple[Any, ...]]]


def spread(*shape: int, low: float = -2.0, high: float = 2.0, first: int = 1) -> Tensor:
    """Float64 numbers of `shape` between `low` and `high`, no two alike; another `first`, other numbers."""
    count = torch.Size(shape).numel()
    share = (torch.arange(first, first + count, dtype=torch.float64) * GOLDEN) % 1
    return (low + (high - low) * share).reshape(shape)


def unary(
    op: str, value: str, slope: str, expression: str, *rest: Any, low: float = -2.0, high: float = 2.0, also: str = ""
) -> Derivative:
    """y = `value`, ∂L/∂x = `slope`: an op of one tensor `self` and the plain arguments `rest`."""
    base, _, overload = op.partition(".")
    function = getattr(getattr(torch.ops.aten, base), overload or "default")
    return Derivative(
        base.strip("_").removesuffix("_forward"),
        (op, *also.split()),
        (f"y = {value}", f"∂L/∂x = {slope}"),
        ("self",),
        (expression,),
        lambda: (function, (spread(3, 4, low=low, high=high), *rest)),
    )
