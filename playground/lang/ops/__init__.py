"""OPS: every operation that a learner's program may use. A new one is one entry in the file of its family."""

from __future__ import annotations

from playground.lang.ops.comparison import COMPARISONS
from playground.lang.ops.creation import CREATION
from playground.lang.ops.entry import Op
from playground.lang.ops.functional import FUNCTIONAL
from playground.lang.ops.indexing import INDEXING
from playground.lang.ops.linear_algebra import LINEAR_ALGEBRA
from playground.lang.ops.math import MATH
from playground.lang.ops.random import RANDOM
from playground.lang.ops.reduction import REDUCTIONS
from playground.lang.ops.shape import SHAPES
from playground.registry import Registry

# The categories of the catalogue, in its order.
FAMILIES: dict[str, tuple[Op, ...]] = {
    "creation": CREATION,
    "shape": SHAPES,
    "math": MATH,
    "reduction": REDUCTIONS,
    "comparison": COMPARISONS,
    "linear_algebra": LINEAR_ALGEBRA,
    "indexing": INDEXING,
    "random": RANDOM,
    "functional": FUNCTIONAL,
}
OPS: Registry[Op] = Registry("topic.op", (op for family in FAMILIES.values() for op in family))

__all__ = ["FAMILIES", "OPS", "Op"]
