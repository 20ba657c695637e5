"""What a child does for the Models tab and `/check_model`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import torch

from playground.limits import Limits
from playground.models.compare import compare_models
from playground.models.describe import describe_model
from playground.models.inside import inspect_model
from playground.models.network import measure_code
from playground.tensors.work import Answered


def describe_in_child(
    model: object, input_shape: object, batch_size: object, with_fixes: bool, limits: Limits
) -> Iterator[Answered]:
    """See `describe_model`."""
    torch.set_num_threads(1)
    yield Answered(*describe_model(model, input_shape, batch_size, limits, with_fixes=with_fixes))


def describe_lists_in_child(limits: Limits) -> Generator[Answered, Any, None]:
    """The first answer is empty; then each question holds the arguments of `describe_model` for a list of layers.

    A child that stays has torch's shape functions at hand: a third of the time of a new one.
    """
    torch.set_num_threads(1)
    question = yield Answered({}, None)
    while True:
        question = yield Answered(*describe_model(**question, limits=limits, with_fixes=False))


def measure_in_child(source: str, limits: Limits) -> Iterator[Answered]:
    """What training must know of a model given as code: {parameters, output_shape} of a batch of two images."""
    torch.set_num_threads(1)
    yield Answered(*measure_code(source, limits))


def inside_in_child(
    model: object,
    input_shape: object,
    digit: object,
    seed: object,
    weights: bytes | None,
    weights_name: str,
    lenient: bool,
    device: object,
    limits: Limits,
) -> Iterator[Answered]:
    """See `inspect_model`."""
    torch.set_num_threads(1)
    yield Answered(
        *inspect_model(model, input_shape, digit, seed, limits, weights, weights_name, lenient=lenient, device=device)
    )


def compare_in_child(
    first: object, second: object, input_shape: object, batch_size: object, limits: Limits
) -> Iterator[Answered]:
    """See `compare_models`."""
    torch.set_num_threads(1)
    yield Answered(*compare_models(first, second, input_shape, batch_size, limits))
