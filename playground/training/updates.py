"""Updater: a network, its data and its optimizer; an update of it is the five steps of training, in plain sight."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from playground.limits import Limits, read_limits
from playground.models import ModelSpec
from playground.models.network import Network, open_network
from playground.training.batches import MEMORY_FORMAT, LabelledImages, Split, split_dataset
from playground.training.config import TrainingConfig
from playground.training.events import Part
from playground.training.insight import GradientMonitor
from playground.training.live_rate import LiveRate
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.randomness import step_seed
from playground.training.trial import Settings, make_autocast

# Loss, number of right answers, norm of the gradients: scalars.
Updating = Generator[Part, Any, tuple[Tensor, Tensor, Tensor]]
Commands = Sequence[tuple[str, float | None]]


class Updater:
    """What an update works on. `step` counts the updates that are done; `update(indices)` makes the next one.

    Args: see `playground.training.loop.train`.
    """

    def __init__(
        self,
        config: TrainingConfig,
        spec: ModelSpec,
        settings: Settings,
        device: torch.device,
        extra: LabelledImages | None,
        limits: Limits | None,
        insight: bool,
    ):
        self.config, self.spec, self.settings, self.device = config, spec, settings, device
        self.data: Split = split_dataset(config, device, extra)
        self.loss = LOSSES[config.loss]
        self.network = self.new_network(limits or read_limits(public=False))
        self.model = self.place_model()
        entry = OPTIMIZERS[config.optimizer]
        self.parameters: list[Tensor] = self.network.call(
            lambda: [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        )
        self.optimizer: torch.optim.Optimizer = self.network.call(lambda: self.new_optimizer(self.parameters))
        self.live_rate = LiveRate(self.optimizer)
        self.update = self.update_by_closure if entry.closure else self.update_once
        self.autocast = make_autocast(settings.precision, device)
        # fp16 ends at 6e-8: small gradients would become 0 if the loss were not made large first.
        self.scaler = torch.amp.GradScaler(device.type) if settings.precision == "fp16" else None
        self.insight: GradientMonitor = self.network.call(lambda: GradientMonitor(self.model, enabled=insight))
        self.step = 0
        # Slow motion: seconds of rest after each of the five steps, None = none of them is told; how long it has rested.
        self.rest: float | None = None
        self.rested = 0.0

    def new_network(self, limits: Limits) -> Network:
        """The network that the run begins with, on its device; each call makes the same one."""
        torch.manual_seed(self.config.seed)
        network = open_network(self.spec, limits, self.config.seed)
        # A learner's `view` counts on rows that lie behind each other, LBFGS lays all gradients into one row, and FSDP cuts
        # each parameter into rows.
        rows = self.spec.code or OPTIMIZERS[self.config.optimizer].closure or self.config.sharded
        layout = torch.contiguous_format if rows else MEMORY_FORMAT
        network.call(lambda: network.module.to(self.device).to(memory_format=layout))
        return network

    def new_optimizer(self, parameters: list[Tensor]) -> torch.optim.Optimizer:
        config = self.config
        return OPTIMIZERS[config.optimizer].make(
            parameters,
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            momentum=config.momentum,
            nesterov=config.nesterov,
            fused=not self.spec.code and not config.sharded,  # SGD's kernel does not know of shards
        )

    def place_model(self) -> nn.Module:
        """What is trained: the network's own module."""
        return self.network.module

    def hear(self, commands: Commands | None) -> None:
        """Commands of the job manager's: see `playground.jobs.remote`."""
        for name, value in commands or ():
            if name == "rate" and value is not None:
                self.live_rate.ask(value)
            elif name == "rest":
                self.rest = value

    def show(self, part: int, values: Callable[[], dict[str, Any]], micro: tuple[int, int] = (1, 1)) -> Iterator[Part]:
        """In slow motion: tell what has just been done. `micro`: which micro-batch, of how many."""
        if self.rest is None:
            return
        begun = time.perf_counter()
        self.hear((yield Part(self.step + 1, part, *micro, self.rest, values())))
        self.rested += time.perf_counter() - begun

    def update_once(self, indices: Tensor) -> Updating:
        """One update by one look at the images: their loss, how many were right, the norm of the gradients; scalars."""
        loss_sum, right = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        self.optimizer.zero_grad()  # 1. forget the gradients of the step before
        yield from self.show(1, dict)
        micro_batches = indices.split(self.config.batch_size)
        for place, micro_batch in enumerate(micro_batches, start=1):
            images, labels = self.training_images(micro_batch)
            if self.rest is None:
                part, part_right = self.network.call(self.learn, images, labels, len(indices))
            else:
                part, part_right = yield from self.learn_slowly(images, labels, len(indices), (place, len(micro_batches)))
            loss_sum += part
            right += part_right
        before = None if self.rest is None else [parameter.detach().clone() for parameter in self.parameters]
        if self.scaler is None:
            gradient_norm = self.network.call(self.clip_gradients)
            self.network.call(self.optimizer.step)  # 5. update: go a little that way
        else:
            # The gradients are as many times too large as the loss was made: nobody may look at them before.
            self.network.call(self.scaler.unscale_, self.optimizer)
            gradient_norm = self.network.call(self.clip_gradients)
            self.network.call(self.scaler.step, self.optimizer)  # 5. update, unless a gradient is not finite
            self.network.call(self.scaler.update)
        yield from self.show(5, lambda: self.moved(before))
        return loss_sum, right, gradient_norm

    def training_images(self, micro_batch: Tensor) -> tuple[Tensor, Tensor]:
        """What the network sees of the images at these indices, and their labels."""
        return self.data.train.training_batch(micro_batch, self.config.augment)

    def moved(self, before: list[Tensor] | None) -> dict[str, float]:
        """How far an update has moved the parameters, and how long they are; `before`: what they were, None = not kept."""
        found = {"weight_norm": self.length(self.parameters).item()}
        if before is None:
            return found
        steps = [parameter.detach() - old for parameter, old in zip(self.parameters, before, strict=True)]
        return found | {"update_norm": self.length(steps).item()}

    def update_by_closure(self, indices: Tensor) -> Updating:
        """One update of an optimizer that looks at the loss several times; what is told is what its first look found."""
        images, labels = self.data.train.training_batch(indices, self.config.augment)
        first: list[tuple[Tensor, Tensor, Tensor]] = []

        def look() -> Tensor:
            # Dropout must leave out the same numbers each time, else a line search compares two different losses.
            torch.manual_seed(step_seed(self.config.seed, self.step))
            self.optimizer.zero_grad()
            loss, right = self.learn(images, labels, len(indices))
            if not first:
                first.append((loss, right, self.clip_gradients()))
            return loss

        before = None if self.rest is None else [parameter.detach().clone() for parameter in self.parameters]
        self.network.call(self.optimizer.step, look)
        yield from self.show(5, lambda: {"loss": first[0][0].item(), **self.moved(before)})
        return first[0]

    def learn(self, images: Tensor, labels: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Steps 2 to 4 on some of the `count` images of a step: their share of its loss, and how many were right."""
        logits = self.forward(images)
        loss = self.compute_loss(logits, labels, count)
        self.backward(loss)
        return loss.detach(), count_right(logits, labels)

    def learn_slowly(
        self, images: Tensor, labels: Tensor, count: int, micro: tuple[int, int]
    ) -> Generator[Part, Any, tuple[Tensor, Tensor]]:
        """The same, and what each has made."""
        logits = self.network.call(self.forward, images)
        yield from self.show(2, lambda: {"images": list(images.shape), "logits": list(logits.shape)}, micro)
        loss = self.network.call(self.compute_loss, logits, labels, count)
        yield from self.show(3, lambda: {"loss": loss.item()}, micro)
        self.network.call(self.backward, loss)
        yield from self.show(4, lambda: {"gradient_norm": self.gradient_norm().item() / self.loss_scale()}, micro)
        return loss.detach(), count_right(logits, labels)

    def forward(self, images: Tensor) -> Tensor:
        with self.autocast:
            return self.model(images)  # type: ignore[no-any-return]  # 2. forward: what does the network say?

    def compute_loss(self, logits: Tensor, labels: Tensor, count: int) -> Tensor:
        return self.loss.sum(logits.float(), labels, self.config.label_smoothing) / count  # 3. loss: how wrong is it?

    def backward(self, loss: Tensor) -> None:
        scaled = loss if self.scaler is None else self.scaler.scale(loss)
        scaled.backward()  # 4. backward: which way does each parameter make it less wrong?

    def loss_scale(self) -> float:
        return 1.0 if self.scaler is None else self.scaler.get_scale()

    def clip_gradients(self) -> Tensor:
        """The norm of all gradients together, before they are scaled down to `clip_norm` (where there is one)."""
        self.insight.look()  # here they are complete, unscaled, and as large as they came
        if self.config.clip_norm:
            return nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm)
        return self.gradient_norm()

    def gradient_norm(self) -> Tensor:
        return self.length([parameter.grad for parameter in self.parameters if parameter.grad is not None])

    def length(self, tensors: list[Tensor]) -> Tensor:
        """The norm of all of them together; a scalar."""
        return nn.utils.get_total_norm(tensors)


def count_right(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.detach().argmax(dim=1) == labels).sum()
