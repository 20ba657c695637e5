"""Metrics of a classifier, from its answers. They use torch alone: the evaluation's script holds them as they are."""

from __future__ import annotations

import torch
from torch import Tensor


def count_confusion(labels: Tensor, answers: Tensor, class_count: int) -> Tensor:
    """The confusion matrix: int64 (classes, classes), row = label, column = answer.

    Args:
        labels, answers: int64 (images,), each from 0 to class_count − 1. An answer of −1 is none, and is not counted.
    """
    given = answers >= 0
    pairs = labels[given] * class_count + answers[given]
    return torch.bincount(pairs, minlength=class_count**2).view(class_count, class_count)


def class_metrics(confusion: Tensor, support: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Precision, recall and F1 of each class, float64 (classes,), fractions.

    precision = TP / (TP + FP): of the images that were read as this class, how many are of it. recall = TP / support: of the
    images of this class, how many were read as it. F1 = 2 TP / (TP + FP + support), their harmonic mean. Where a denominator
    is 0 there is nothing to divide: nan.

    Args:
        confusion: int64 (classes, classes), row = label. support: int64 (classes,), the images of each class; more than the
            sum of its row where an image got no answer.
    """
    right = confusion.diagonal().double()
    answered = confusion.sum(dim=0).double()
    return right / answered, right / support, 2 * right / (answered + support)


def calibrate(confidence: Tensor, right: Tensor, bin_count: int) -> tuple[Tensor, Tensor, Tensor, float]:
    """The reliability curve, and how far it is from the diagonal: the expected calibration error (ECE).

    The images are sorted into bins of equal width by confidence, bin b holding (b / bin_count, (b + 1) / bin_count].
    ECE = Σ_b n_b / N · |accuracy_b − confidence_b|, with the n_b images of bin b, of N, their share of right answers and
    their mean confidence. 0 for a network that is right exactly as often as it says, and for no images.

    Args:
        confidence: float64 (images,), the highest probability of each image, 0…1. right: bool (images,).

    Returns:
        count int64, mean confidence float64 and accuracy float64, each (bin_count,); the means of an empty bin are nan. And
        the ECE, a fraction.

    Source: Guo et al., On Calibration of Modern Neural Networks, 2017, section 2.
    """
    places = (confidence * bin_count).ceil().long().sub(1).clamp(0, bin_count - 1)
    count = torch.bincount(places, minlength=bin_count)
    mean_confidence = torch.bincount(places, confidence, bin_count) / count
    accuracy = torch.bincount(places, right.double(), bin_count) / count
    gaps = (accuracy - mean_confidence).abs().nan_to_num(0.0)
    return count, mean_confidence, accuracy, float((count * gaps).sum() / max(1, len(right)))


def principal_components(features: Tensor) -> tuple[Tensor, Tensor]:
    """The first two principal components (PCA) of feature vectors.

    With X the features minus their mean, the eigenvectors u of X Xᵀ with the largest eigenvalues λ give the places u √λ of
    the images along the directions in which they vary most, and λ / Σ λ the share of the variance. It is the same as by the
    covariance Xᵀ X, and quick for any number of features: the matrix is images × images.

    Args:
        features: float64 (images, features), finite.

    Returns:
        points float64 (images, 2): each image's place along the two directions (zeros where there is no second). explained
        float64 (2,): the share of the whole variance along each; zeros where nothing varies.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigh.html
    """
    centred = features - features.mean(dim=0)
    variances, directions = torch.linalg.eigh(centred @ centred.T)  # ascending
    variances, directions = variances.flip(0), directions.flip(1)
    # Below this an eigenvalue is what rounding left of a zero.
    smallest = variances.abs().max() * len(variances) * torch.finfo(variances.dtype).eps
    variances = torch.where(variances > smallest, variances, 0.0)
    points = directions[:, :2] * variances[:2].sqrt()
    # A component may point either way: the far end of each is made the positive one, so that every machine draws the same.
    points = points * points.gather(0, points.abs().argmax(dim=0, keepdim=True)).sign()
    explained = variances[:2] / variances.sum().clamp(min=torch.finfo(variances.dtype).tiny)
    missing = 2 - points.shape[1]
    return torch.nn.functional.pad(points, (0, missing)), torch.nn.functional.pad(explained, (0, missing))
