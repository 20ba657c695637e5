"""Run a network over its test set once, and work out everything that the page tells about it."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from playground.evaluation.features import LastLinearInput
from playground.evaluation.metrics import calibrate, class_metrics, count_confusion, principal_components
from playground.training.batches import LabelledImages
from playground.training.evaluate import EVALUATION_BATCH

SCHEMA_VERSION = 1
BINS = 15
MISTAKES = 50
PROJECTED = 1000
# A network may flatten whole images into its last layer; beyond this the decomposition would take minutes.
FEATURES_MOST = 20_000


@dataclass(frozen=True)
class Outputs:
    """What a network gives for a set of images.

    Args:
        logits: float32 (images, classes). labels: int64 (images,).
        features: float64 (projected, features) of every `stride`-th image, or None; layer: what they go into, "" = none.
    """

    logits: Tensor
    labels: Tensor
    features: Tensor | None
    layer: str
    stride: int


@torch.no_grad()
def run_network(model: nn.Module, images: LabelledImages, autocast: torch.autocast) -> Outputs:
    """One forward pass over all images, in evaluation mode; the features of about PROJECTED of them are kept."""
    stride = max(1, len(images) // PROJECTED)
    logits: list[Tensor] = []
    kept: list[Tensor] = []
    start, whole = 0, True
    was_training = model.training
    model.eval()
    with autocast, LastLinearInput(model) as last:
        for batch, _ in images.evaluation_batches(EVALUATION_BATCH):
            last.features = None
            logits.append(model(batch).float())
            found = last.features
            # A layer that is applied to something else than one vector an image has no row for each.
            whole = whole and found is not None and found.shape[:1] == batch.shape[:1]
            if whole:
                assert found is not None
                kept.append(found.flatten(1)[-start % stride :: stride].double())
            start += len(batch)
    model.train(was_training)
    features = torch.cat(kept)[:PROJECTED] if whole and kept else None
    return Outputs(torch.cat(logits), images.labels, features, last.name if features is not None else "", stride)


def write_report(outputs: Outputs) -> dict[str, Any]:
    """Everything that the page tells about a network, as JSON values.

    The answer to an image is the class of its highest output and the confidence the softmax of it, as in Draw, whatever the
    loss of the run. An image with an output that is not finite gets no answer: it counts as wrong, and has no confidence.

    Returns:
        count, unanswered: numbers of images; accuracy: a fraction. confusion: rows = labels.
        classes: [{support, predicted, right, precision, recall, f1}], None for nothing to divide by. macro: their means.
        calibration: {bins: [{low, high, count, confidence, accuracy}], ece, confidence, accuracy}, of the answered images.
        mistakes: [{index, label, answer, confidence}], the most confident first, at most MISTAKES.
        projection: {indices, labels, answers, confidences, points [[x, y]], explained [2], features, layer}, or {reason:
        no_linear, not_finite, large}.
        answers, confidences: of every image, base64 of int16 (−1 = none) and float32 (little endian).
    """
    logits, labels = outputs.logits.cpu(), outputs.labels.cpu()
    class_count = logits.shape[1]
    answered = logits.isfinite().all(dim=1)
    confidence, guess = logits.double().softmax(dim=1).max(dim=1)
    answers = torch.where(answered, guess, -1)
    confidence = torch.where(answered, confidence, 0.0)
    right = answers == labels
    confusion = count_confusion(labels, answers, class_count)
    support = torch.bincount(labels, minlength=class_count)
    precision, recall, f1 = class_metrics(confusion, support)
    wrong = (answered & ~right).nonzero().flatten()
    worst = wrong[confidence[wrong].argsort(descending=True, stable=True)[:MISTAKES]]
    return {
        "schema": SCHEMA_VERSION,
        "count": len(labels),
        "unanswered": int((~answered).sum()),
        "accuracy": int(right.sum()) / max(1, len(labels)),
        "confusion": confusion.tolist(),
        "classes": [
            {
                "support": int(support[place]),
                "predicted": int(confusion[:, place].sum()),
                "right": int(confusion[place, place]),
                "precision": _fraction(precision[place]),
                "recall": _fraction(recall[place]),
                "f1": _fraction(f1[place]),
            }
            for place in range(class_count)
        ],
        "macro": {
            name: _fraction(values.nanmean()) for name, values in (("precision", precision), ("recall", recall), ("f1", f1))
        },
        "calibration": _calibration(confidence[answered], right[answered]),
        "mistakes": [
            {
                "index": index,
                "label": int(labels[index]),
                "answer": int(answers[index]),
                "confidence": float(confidence[index]),
            }
            for index in worst.tolist()
        ],
        "projection": _projection(outputs, answers, confidence),
        "answers": _encoded(answers.to(torch.int16)),
        "confidences": _encoded(confidence.float()),
    }


def _calibration(confidence: Tensor, right: Tensor) -> dict[str, Any]:
    count, means, accuracies, ece = calibrate(confidence, right, BINS)
    return {
        "bins": [
            {
                "low": place / BINS,
                "high": (place + 1) / BINS,
                "count": int(count[place]),
                "confidence": _fraction(means[place]),
                "accuracy": _fraction(accuracies[place]),
            }
            for place in range(BINS)
        ],
        "ece": ece,
        "confidence": _fraction(confidence.mean()),
        "accuracy": _fraction(right.double().mean()),
    }


def _projection(outputs: Outputs, answers: Tensor, confidence: Tensor) -> dict[str, Any]:
    features = outputs.features
    if features is None:
        return {"reason": "no_linear"}
    if features.shape[1] > FEATURES_MOST:
        return {"reason": "large"}
    if not features.isfinite().all():
        return {"reason": "not_finite"}
    points, explained = principal_components(features.cpu())
    indices = list(range(0, len(points) * outputs.stride, outputs.stride))
    return {
        "indices": indices,
        "labels": outputs.labels.cpu()[indices].tolist(),
        "answers": answers[indices].tolist(),
        "confidences": [_short(value) for value in confidence[indices].tolist()],
        "points": [[_short(x), _short(y)] for x, y in points.tolist()],
        "explained": explained.tolist(),
        "features": features.shape[1],
        "layer": outputs.layer,
    }


def _fraction(value: Tensor) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _short(number: float) -> float:
    """Five significant digits: a point on a screen needs no more, and the browser gets half the bytes."""
    return float(f"{number:.5g}")


def _encoded(values: Tensor) -> str:
    array = values.numpy()
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
