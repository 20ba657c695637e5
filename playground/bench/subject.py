"""Subject: the learner's own model with a batch and a loss, ready to be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import load_images
from playground.devices import choose_device
from playground.errors import InputError, LimitError
from playground.limits import Limits
from playground.models.build import IMAGE_SHAPE, read_any_model
from playground.models.digit_input import DATASET, digit_batch
from playground.models.network import Network, open_network
from playground.models.spec import ModelSpec
from playground.registry import shorten
from playground.training.optimizers import OPTIMIZERS

LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Subject:
    """A model, the batch that it is measured with, and what a training step of it is.

    Args:
        network: all that runs its module runs through `call`.
        inputs: (batch, *input_shape) on the device of the module. labels: (batch,) int64.
    """

    spec: ModelSpec
    network: Network
    inputs: Tensor
    labels: Tensor

    @property
    def module(self) -> nn.Module:
        return self.network.module

    @property
    def device(self) -> torch.device:
        return self.inputs.device

    def call(self, work: Callable[..., Any], *values: Any) -> Any:
        """`work(*values)`, with the guards of a learner's code around it."""
        return self.network.call(work, *values)

    def loss(self, inputs: Tensor | None = None, labels: Tensor | None = None) -> Tensor:
        """One pass forward, to be called inside `call`: the mean loss over the batch, a scalar; see `measure_loss`."""
        inputs = self.inputs if inputs is None else inputs
        return measure_loss(self.module(inputs), inputs, self.labels if labels is None else labels)

    def make_optimizer(self, name: str) -> torch.optim.Optimizer:
        """Unfused, so that each operation of a step is seen."""
        entry = OPTIMIZERS.find(name)
        parameters = [parameter for parameter in self.module.parameters() if parameter.requires_grad]
        return entry.make(parameters, learning_rate=LEARNING_RATE, weight_decay=0.0, momentum=0.9, fused=False)


def measure_loss(output: Any, inputs: Tensor, labels: Tensor) -> Tensor:
    """What is made small: the cross-entropy of scores (batch, classes ≥ 10), the mean square of the difference of an output
    in the shape of the input (an autoencoder), else the mean square of the output, so that every model has a gradient."""
    if isinstance(output, tuple):
        output = output[0]
    if not isinstance(output, Tensor):
        raise InputError("model.output_kind", got=type(output).__name__)
    if output.dim() == 2 and output.shape[1] >= 10:
        return F.cross_entropy(output, labels)
    if output.shape == inputs.shape and inputs.is_floating_point():
        return F.mse_loss(output, inputs)
    return output.float().square().mean()


def read_subject(model: object, batch_size: object, limits: Limits) -> tuple[ModelSpec, int]:
    """What is to be measured, before anything is built.

    Raises:
        InputError, LimitError: no such model, no such batch.
    """
    found = read_any_model(model, limits)
    spec = found if isinstance(found, ModelSpec) else ModelSpec("", (), input_shape=IMAGE_SHAPE, code=found)
    return spec, read_count("bench.batch_size", batch_size, limits.batch_size)


def measured_device() -> torch.device:
    """What benchmarks run on: CUDA where there is one, whose allocator and clock they know; else the CPU."""
    return choose_device("cuda" if torch.cuda.is_available() else "cpu")


def open_subject(spec: ModelSpec, batch_size: int, limits: Limits, *, device: str = "cpu", seed: int = 0) -> Subject:
    """Build it, in training mode, with the first test digits as its batch. In a child, where it is a learner's code.

    Raises:
        PlaygroundError: it cannot be built, or it has nothing that could be trained.
    """
    place = choose_device(device)
    torch.manual_seed(seed)
    network = open_network(spec, limits, seed)
    network.call(lambda: network.module.to(place).train())
    if not any(parameter.requires_grad for parameter in network.call(lambda: list(network.module.parameters()))):
        raise InputError("bench.nothing_to_train")
    indices = [number % len(load_images(DATASET).test_images) for number in range(batch_size)]
    first = next((one for one in network.module.modules() if not list(one.children())), None)
    inputs = digit_batch(indices, spec.input_shape, first).to(place)
    labels = torch.from_numpy(load_images(DATASET).test_labels[indices]).long().to(place)
    return Subject(spec, network, inputs, labels)


def read_count(name: str, value: object, most: int, least: int = 1) -> int:
    """A whole number from a request.

    Raises:
        InputError: it is none, or below `least`. LimitError: above `most`.
    """
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int) or isinstance(whole, bool) or whole < least:
        raise InputError(name, got=shorten(value), least=least)
    if whole > most:
        raise LimitError("bench.too_many", got=shorten(whole), most=most)
    return whole


def of_batch(subject: Subject, count: int) -> Subject:
    """The same model with the first `count` samples."""
    return replace(subject, inputs=subject.inputs[:count], labels=subject.labels[:count])
