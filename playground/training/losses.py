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
        sum: logits (batch, classes) float, labels (batch,) int64, label smoothing → the sum over the batch, a scalar.
            Not the mean, so that micro-batches of unequal size add up to exactly the loss of the whole batch.
        source: `sum` as an expression of `logits`, `labels` and `LABEL_SMOOTHING` in the complete script.
    """

    name: str
    sum: Callable[[Tensor, Tensor, float], Tensor]
    source: str


LOSSES: Registry[LossType] = Registry(
    "topic.loss",
    (
        LossType(
            "CrossEntropy",
            lambda logits, labels, smoothing: F.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing),
            'F.cross_entropy(logits, labels, reduction="sum", label_smoothing=LABEL_SMOOTHING)',
        ),
    ),
)
