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
        name: in configs; `words`: `loss.<name>` and `loss_advice.<name>`.
        sum: logits (batch, classes) float, labels (batch,) int64, label smoothing → the sum over the batch, a scalar.
            Not the mean, so that micro-batches of unequal size add up to exactly the loss of the whole batch. Where torch's
            own mean also goes over the classes, an image counts with the mean over its classes.
        source: `sum` as an expression of `logits`, `labels` (or `targets`) and `LABEL_SMOOTHING` in the complete script.
        formula: of one image, as it is shown; `_` begins an index. z: logits, c: the label's class, t: its one-hot vector of
            C numbers.
        smoothing: it takes the `label_smoothing` of the config.
        targets: what `source` calls `targets`, as an expression of `logits` and `labels`; "" where it needs none.
    """

    name: str
    sum: Callable[[Tensor, Tensor, float], Tensor]
    source: str
    formula: str
    smoothing: bool = False
    targets: str = ""


def one_hot(logits: Tensor, labels: Tensor) -> Tensor:
    """The labels as the outputs that would be perfect: (batch, classes), 1 at the label's class and 0 elsewhere."""
    return F.one_hot(labels, logits.shape[1]).to(logits.dtype)


ONE_HOT = "F.one_hot(labels, logits.shape[1]).float()"

LOSSES: Registry[LossType] = Registry(
    "topic.loss",
    (
        LossType(
            "CrossEntropy",
            lambda logits, labels, smoothing: F.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing),
            'F.cross_entropy(logits, labels, reduction="sum", label_smoothing=LABEL_SMOOTHING)',
            "L = −log softmax(z)_c\n  = −z_c + log Σ exp(z_k)",
            smoothing=True,
        ),
        LossType(
            "NLL",
            lambda logits, labels, smoothing: F.nll_loss(F.log_softmax(logits, dim=1), labels, reduction="sum"),
            'F.nll_loss(F.log_softmax(logits, dim=1), labels, reduction="sum")',
            "ℓ = log softmax(z)\nL = −ℓ_c",
        ),
        LossType(
            "BCEWithLogits",
            lambda logits, labels, smoothing: (
                F.binary_cross_entropy_with_logits(logits, one_hot(logits, labels), reduction="sum") / logits.shape[1]
            ),
            'F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / logits.shape[1]',
            "p = sigmoid(z)\nL = −1/C Σ (t_k log p_k\n           + (1 − t_k) log(1 − p_k))",
            targets=ONE_HOT,
        ),
        LossType(
            "MSE",
            lambda logits, labels, smoothing: F.mse_loss(logits, one_hot(logits, labels), reduction="sum") / logits.shape[1],
            'F.mse_loss(logits, targets, reduction="sum") / logits.shape[1]',
            "L = 1/C Σ (z_k − t_k)²",
            targets=ONE_HOT,
        ),
        LossType(
            "L1",
            lambda logits, labels, smoothing: F.l1_loss(logits, one_hot(logits, labels), reduction="sum") / logits.shape[1],
            'F.l1_loss(logits, targets, reduction="sum") / logits.shape[1]',
            "L = 1/C Σ |z_k − t_k|",
            targets=ONE_HOT,
        ),
    ),
)
