"""LOSSES: what a run makes small. A new one is one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from playground.registry import Registry


@dataclass(frozen=True)
class LossType:
    """A loss.

    Args:
        name: in configs.
        sum: logits (batch, classes) float and labels (batch,) int64 → the sum over the batch, a scalar. The sum, not the
            mean, so that micro-batches of unequal size add up to exactly the loss of the whole batch.
        source: `sum` as an expression of `logits` and `labels` in the complete script.
    """

    name: str
    sum: Callable[[Tensor, Tensor], Tensor]
    source: str


LOSSES: Registry[LossType] = Registry(
    "topic.loss",
    (
        LossType(
            "CrossEntropy",
            lambda logits, labels: F.cross_entropy(logits, labels, reduction="sum"),
            'F.cross_entropy(logits, labels, reduction="sum")',
        ),
    ),
)
