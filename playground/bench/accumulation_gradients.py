"""Gradients of a batch in pieces: how it is cut, how losses are weighted, how two gradients are compared."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from playground.bench.subject import Subject

# A larger difference does not come from the order in which float32 numbers are added up.
TRUSTED_ERROR = 1e-4


def chunk_sizes(samples: int, count: int) -> list[int]:
    """`count` sizes, as equal as possible, the larger ones first.

    Example:
        >>> chunk_sizes(10, 4)
        [3, 3, 2, 2]
    """
    return [samples // count + (place < samples % count) for place in range(count)]


def accumulate(subject: Subject, sizes: Sequence[int], weights: Sequence[float]) -> None:
    """Add up the gradients of the micro-batches, each mean loss times its weight; to be called inside `subject.call`."""
    subject.module.zero_grad(set_to_none=True)
    ends = itertools.accumulate(sizes)
    for size, end, weight in zip(sizes, ends, weights, strict=True):
        loss = subject.loss(subject.inputs[end - size : end], subject.labels[end - size : end])
        (loss * weight).backward()


def flat_gradient(module: nn.Module) -> Tensor:
    """All gradients one after the other, float64, (parameters that have one,)."""
    found = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    return torch.cat([gradient.detach().double().flatten() for gradient in found])


def relative_error(gradient: Tensor, wanted: Tensor) -> float:
    """|gradient − wanted| / |wanted|, Euclidean norms over all parameters."""
    return float((gradient - wanted).norm() / wanted.norm().clamp_min(torch.finfo(torch.float64).tiny))


def comparison_mode(module: nn.Module) -> None:
    """Everything that makes a sample's gradient depend on chance or on its neighbours is off: Dropout, BatchNorm."""
    module.eval()
    for one in module.modules():
        # cuDNN has the backward pass of recurrent layers in training mode only; with several layers they may have dropout.
        if isinstance(one, nn.RNNBase) and not one.dropout:
            one.training = True


def has_dropout(module: nn.Module) -> bool:
    return any(isinstance(one, _DropoutNd) and one.p > 0 for one in module.modules())


def has_batch_norm(module: nn.Module) -> bool:
    """With statistics of the batch in training."""
    return any(isinstance(one, _BatchNorm) for one in module.modules())


def set_batch_norm(module: nn.Module, *, training: bool) -> None:
    for one in module.modules():
        if isinstance(one, _BatchNorm):
            one.training = training
