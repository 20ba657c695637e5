"""MATHEMATICS: derivatives as a textbook writes them, each with an expression and an example by which it is checked."""

from __future__ import annotations

from playground.autograd.activations import ACTIVATIONS
from playground.autograd.derivative import Derivative
from playground.autograd.elementwise import ELEMENTWISE
from playground.autograd.formulas import find_formula
from playground.autograd.layers import LAYERS
from playground.autograd.matrices import MATRICES
from playground.autograd.reductions import REDUCTIONS
from playground.registry import Registry

__all__ = ["MATHEMATICS", "Derivative", "find_mathematics"]

MATHEMATICS: Registry[Derivative] = Registry(
    "topic.derivative", (*ELEMENTWISE, *ACTIVATIONS, *MATRICES, *REDUCTIONS, *LAYERS)
)
_BY_OP = {op: entry for entry in MATHEMATICS.values() for op in entry.ops}


def find_mathematics(op: str) -> Derivative | None:
    """The entry of an op of the dispatcher, such as "aten.mm.default"; an in-place op has that of its functional form.

    The way goes over PyTorch's own entry, since names alone mislead: pow_.Scalar raises a tensor, pow.Scalar a number.

    Example:
        >>> find_mathematics("aten.mm.default").lines
        ('C = A·B', '∂L/∂A = ∂L/∂C · Bᵀ', '∂L/∂B = Aᵀ · ∂L/∂C')
    """
    formula = find_formula(op)
    if formula is None:
        return None
    base, _, overload = formula.op.partition(".")
    return _BY_OP.get(f"{base}.{overload or 'default'}") or _BY_OP.get(base)
