"""Broadcasting, axis by axis: which sizes were compared, and which operand was stretched where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ELEMENTWISE = frozenset(
    "add radd iadd sub rsub isub mul rmul imul truediv rtruediv itruediv floordiv rfloordiv mod rmod pow rpow ipow "
    "and or xor eq ne lt "
    "le gt ge div true_divide floor_divide remainder fmod maximum minimum fmax fmin atan2 hypot logaddexp where lerp "
    "addcmul addcdiv "
    "isclose logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor mse_loss l1_loss smooth_l1_loss "
    "huber_loss xlogy "
    "ldexp nextafter copysign float_power rsub multiply divide subtract gcd lcm masked_fill".split()
)


def explain_broadcast(op: str, shapes: Sequence[Sequence[int]], result: Sequence[int]) -> dict[str, Any] | None:
    """Right-aligned axes of an elementwise operation; None where no operand was stretched.

    Returns:
        `axes`: from left to right, {"sizes": one per operand (None where it has no such axis), "result",
        "stretched": one bool per operand}; `caution`: a column met a row of the same length, as in (10, 1) + (10,):
        often a mistake, since the result is a square.
    """
    name = op.rpartition(".")[2].strip("_")
    if name not in ELEMENTWISE or len(shapes) < 2 or all(list(shape) == list(shapes[0]) for shape in shapes):
        return None
    if any(not shape for shape in shapes) and len([shape for shape in shapes if shape]) < 2:
        return None  # a single number meets everything; there is nothing to draw
    axes = []
    for sizes in _align(shapes):
        most = next((size for size in sizes if size not in (None, 1)), 1)  # which may be 0
        axes.append({"sizes": sizes, "result": most, "stretched": [size != most for size in sizes]})
    return {"axes": axes, "caution": _is_silent_square(shapes), "result": list(result)}


def explain_clash(shapes: Sequence[Sequence[int]]) -> dict[str, Any] | None:
    """The same axes for shapes that do not go together; None where they do.

    Returns:
        `axes`: from left to right, {"sizes": as above, "result": None where sizes clash, "clash": whether they do}.
    """
    axes = []
    for sizes in _align(shapes):
        several = sorted({size for size in sizes if size is not None and size != 1})
        axes.append({"sizes": sizes, "result": (several or [1])[0] if len(several) < 2 else None, "clash": len(several) > 1})
    return {"axes": axes} if any(axis["clash"] for axis in axes) else None


def _align(shapes: Sequence[Sequence[int]]) -> list[list[int | None]]:
    """The sizes on each axis of shapes that end at the same axis; None where a shape has no such axis."""
    width = max(map(len, shapes), default=0)
    return [
        [shape[axis - width + len(shape)] if axis >= width - len(shape) else None for shape in shapes]
        for axis in range(width)
    ]


def _is_silent_square(shapes: Sequence[Sequence[int]]) -> bool:
    """(n, 1) with (n,): probably meant element by element, and silently n × n."""
    for first, second in ((0, 1), (1, 0)):
        if len(shapes) <= max(first, second):
            return False
        column, row = list(shapes[first]), list(shapes[second])
        if len(column) == len(row) + 1 and column[-1] == 1 and row and row[-1] == column[-2] and row[-1] > 1:
            return True
    return False
