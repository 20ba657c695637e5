"""How good a network is: loss, accuracy, accuracy per digit, confusion matrix, and its worst mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from playground.training.batches import LabelledImages
from playground.training.events import plain
from playground.training.losses import LOSSES, LossType

EVALUATION_BATCH = 500
MAXIMUM_MISTAKES = 200
HARDEST = 12


@dataclass(frozen=True)
class Evaluation:
    """What a network does on a set of images.

    Args:
        loss: mean loss, of the kind that the run makes small, without label smoothing; accuracy: fraction of right answers.
        per_digit: accuracy of each class, ten fractions (0 for a class without images).
        confusion: 10×10 counts, row = label, column = answer.
        mistakes: wrong answers as {index, label, guess, confidence}, the most confident first.
        class_losses: the mean loss of each class, None for one without images.
        hardest: the images whose own label the network gives the least probability, as {…, of_label}, the least first.
    """

    loss: float
    accuracy: float
    per_digit: list[float]
    confusion: list[list[int]]
    mistakes: list[dict[str, Any]]
    class_losses: list[float | None]
    hardest: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        return plain(vars(self))


@dataclass(frozen=True)
class Answers:
    """What a network says: logits (images, classes) float32, and the labels (images,) int64."""

    logits: torch.Tensor
    labels: torch.Tensor

    def evaluate(self, loss: LossType) -> Evaluation:
        logits, labels = self.logits, self.labels
        probabilities = logits.softmax(dim=1)
        confidence, guess = probabilities.max(dim=1)
        # A network whose parameters became NaN answers nothing; it counts as wrong everywhere.
        right = (guess == labels) & logits.isfinite().all(dim=1)
        class_count = logits.shape[1]
        confusion = torch.bincount(labels * class_count + guess, minlength=class_count**2).view(class_count, class_count)
        totals = torch.bincount(labels, minlength=class_count)
        right_by_class = torch.bincount(labels[right], minlength=class_count)
        wrong = (~right).nonzero().flatten()
        worst = wrong[confidence[wrong].argsort(descending=True)[:MAXIMUM_MISTAKES]]
        of_label = probabilities.gather(1, labels[:, None]).flatten()
        hardest = torch.nan_to_num(of_label, -1.0).argsort()[:HARDEST]

        def describe(index: int) -> dict[str, Any]:
            found = {"index": index, "label": int(labels[index]), "guess": int(guess[index])}
            return {**found, "confidence": float(confidence[index])}

        return Evaluation(
            loss=_mean(loss, logits, labels),
            accuracy=int(right.sum()) / len(labels),
            per_digit=(right_by_class.double() / totals.clamp(min=1)).tolist(),
            confusion=confusion.tolist(),
            mistakes=[describe(index) for index in worst.tolist()],
            class_losses=[
                _mean(loss, logits[labels == one], labels[labels == one]) if count else None
                for one, count in enumerate(totals.tolist())
            ],
            hardest=[{**describe(index), "of_label": float(of_label[index])} for index in hardest.tolist()],
        )


def evaluate(
    model: nn.Module, images: LabelledImages, autocast: torch.autocast, loss: LossType = LOSSES["CrossEntropy"]
) -> Evaluation:
    """Run `model` in evaluation mode over all images; its mode is put back afterwards.

    Args:
        autocast: the precision to run in, the same as in training.
        loss: of the run.
    """
    return answer_images(model, images, autocast).evaluate(loss)


@torch.no_grad()
def measure(
    model: nn.Module, images: LabelledImages, autocast: torch.autocast, loss: LossType = LOSSES["CrossEntropy"]
) -> tuple[float, float]:
    """Loss and accuracy alone, as an epoch's line needs them."""
    answers = answer_images(model, images, autocast)
    logits, labels = answers.logits, answers.labels
    right = (logits.argmax(dim=1) == labels) & logits.isfinite().all(dim=1)
    return _mean(loss, logits, labels), int(right.sum()) / len(labels)


def _mean(loss: LossType, logits: torch.Tensor, labels: torch.Tensor) -> float:
    return float(loss.sum(logits, labels, 0.0)) / len(labels)


@torch.no_grad()
def answer_images(model: nn.Module, images: LabelledImages, autocast: torch.autocast) -> Answers:
    """The answers of `model` in evaluation mode to all images; its mode is put back afterwards."""
    was_training = model.training
    model.eval()
    with autocast:
        logits = torch.cat([model(batch) for batch, _ in images.evaluation_batches(EVALUATION_BATCH)])
    model.train(was_training)
    return Answers(logits.float(), images.labels)
