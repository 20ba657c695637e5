"""Glances: what the network can do by now, seen on a few test images while it trains, at a hundredth of its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.models.network import Network
from playground.models.pictures import draw_activation
from playground.training.batches import LabelledImages
from playground.training.evaluate import Evaluation, answer_images
from playground.training.events import Glance
from playground.training.insight import Pace

IMAGES = 256
# Beside the 2.5 % of the gradients: together they stay under the 5 % that insight may cost.
COST_SHARE = 0.01
GAP_SHARE = 1 / 50
# The first points of the curve come without it.
FIRST_AFTER_SECONDS = 0.5
HARDEST = 12
LAYERS, MAPS, SIDE = 24, 6, 14


class Glances:
    """Looks at a network now and then; training is bit for bit the same without.

    A learner's own code is looked at after its epochs alone: what it does when it is called is not known, and those calls
    always come at the same steps.

    Args:
        loss: of the run. watched: number of the test image whose activations are drawn; may change at any time.
    """

    def __init__(self, network: Network, test: LabelledImages, autocast: torch.autocast, loss: Any, *, enabled: bool = True):
        self.network, self.test, self.autocast, self.loss = network, test, autocast, loss
        self.enabled = enabled
        self.pace = Pace(COST_SHARE, GAP_SHARE, first_after=FIRST_AFTER_SECONDS)
        self.few = LabelledImages(test.images[:IMAGES], test.labels[:IMAGES], test.dataset)
        self.watched = 0

    def is_due(self, step: int, training_seconds: float) -> bool:
        """Whether the turn of a glance has come after step number `step`."""
        return self.enabled and self.network.code is None and self.pace.is_due(step, training_seconds)

    def take(self, step: int, training_seconds: float) -> Glance | None:
        """A glance at the first IMAGES test images, if its turn has come."""
        if not self.is_due(step, training_seconds):
            return None
        begun = time.perf_counter()
        answers = self.network.call(answer_images, self.network.module, self.few, self.autocast)
        return self._make(step, answers.evaluate(self.loss), begun, training_seconds)

    def of_epoch(self, step: int, evaluation: Evaluation, training_seconds: float) -> Glance | None:
        """The glance at all test images that the evaluation of an epoch is already."""
        return self._make(step, evaluation, time.perf_counter(), training_seconds) if self.enabled else None

    def _make(self, step: int, evaluation: Evaluation, begun: float, training_seconds: float) -> Glance:
        index = min(max(0, int(self.watched)), len(self.test) - 1)
        layers = self.network.call(draw_layers, self.network.module, self.test, index, self.autocast)
        seconds = time.perf_counter() - begun
        self.pace.add(step, seconds)
        return Glance(
            step=step,
            count=sum(map(sum, evaluation.confusion)),
            confusion=evaluation.confusion,
            class_losses=evaluation.class_losses,
            hardest=evaluation.hardest[:HARDEST],
            image=index,
            label=int(self.test.labels[index]),
            layers=layers,
            seconds=seconds,
            share=self.pace.spent / max(training_seconds, seconds),
        )


@torch.no_grad()
def draw_layers(model: nn.Module, test: LabelledImages, index: int, autocast: torch.autocast) -> list[dict[str, Any]]:
    """What each layer makes of one test image, in the order of its calls: [{name, type, shape, image}].

    `image`: see `playground.models.pictures.draw_activation`; at most LAYERS layers, MAPS channels of each, maps
    averaged down to SIDE pixels. Layers are modules without children that give a tensor with this one sample first.
    """
    found: list[dict[str, Any]] = []
    hooks = []

    def watch(name: str) -> Callable[..., None]:
        def note(module: nn.Module, given: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.dim() >= 2 and len(output) == 1 and len(found) < LAYERS:
                value = output[0].float()
                shape = list(value.shape)
                if value.dim() == 3 and max(shape[1:]) > SIDE:
                    value = F.adaptive_avg_pool2d(value[:MAPS], (min(shape[1], SIDE), min(shape[2], SIDE)))
                image = draw_activation(value, channels=MAPS)
                of = shape[0] if len(shape) > 2 else 1
                found.append({"name": name, "type": type(module).__name__, "shape": shape, "image": {**image, "of": of}})

        return note

    was_training = model.training
    model.eval()
    try:
        for name, module in nn.Module.named_modules(model):
            if not module._modules:
                hooks.append(nn.Module.register_forward_hook(module, watch(name or type(module).__name__)))
        images, _ = test.batch(torch.tensor([index], device=test.labels.device))
        with autocast:
            model(test.normalise(images))
    finally:
        for hook in hooks:
            hook.remove()
        model.train(was_training)
    return found
