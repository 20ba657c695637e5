"""DistributedRun: the training run as one of several processes sees it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from playground.data import AUGMENTATIONS
from playground.distributed.events import Processes, Traffic
from playground.distributed.group import Group
from playground.distributed.resume import STATES, forget_resume, write_resume
from playground.distributed.traffic import Meter
from playground.limits import Limits
from playground.training.batches import epoch_batches
from playground.training.config import TrainingConfig
from playground.training.events import Epoch, Event, Glance, Step
from playground.training.loop import LAST, SAVE_EVERY_SECONDS, TrainingRun
from playground.training.randomness import step_seed
from playground.training.trial import Settings
from playground.training.updates import Updating

STOP = "stop"
# A checkpoint for a restart: not more often than this, and never for more than so much of the time.
KEEP_SECONDS, KEEP_SHARE = 2.0, 0.05
FIRST_INDICES = 8
MEASURE_EVERY = 100


class DistributedRun(TrainingRun):
    """A TrainingRun whose batches are shared out between the ranks.

    Every rank counts the same steps and draws the same order; of each batch it takes its share. The loss is the sum over its
    images divided by the size of the whole batch, times the number of ranks: DDP takes the mean over the ranks, and what
    comes out is the gradient of the whole batch, however unequal the shares are.
    """

    def __init__(self, config: TrainingConfig, settings: Settings, folder: Path, limits: Limits | None, group: Group):
        self.group, self.meter = group, Meter(group.size)
        super().__init__(config, config.spec(), settings, group.device, folder, None, limits, insight=group.speaks)
        self.model.train()
        self.update = self.update_together
        self.stopped = self.asked_to_stop = False
        self.kept, self.keep_every = -KEEP_SECONDS, KEEP_SECONDS
        self.measured: Traffic | None = None
        self._micro = 0
        self._augmented: Tensor | None = None

    def place_model(self) -> nn.Module:
        self.together = self.distribute(self.network.module)
        self.together.register_comm_hook(None, self.meter.reduce_bucket)  # type: ignore[operator]
        return self.network.module

    def distribute(self, model: nn.Module) -> nn.Module:
        """A network as all ranks train it together."""
        ids = [self.group.device.index] if self.group.device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=ids)

    def held(self, tensor: Tensor) -> Tensor:
        """What of a parameter, its gradient or its state lies on this rank."""
        return tensor

    def full(self, tensor: Tensor) -> Tensor:
        """All of it; every rank asks."""
        return tensor

    def follow(self, trial_seconds: float, trial: dict[str, Any] | None) -> Generator[Event, Any, None]:
        """The events of the run from where it is."""
        own = {
            "threads": self.settings.threads,
            "parameters": sum(self.held(one).numel() for one in self.model.parameters()),
        }
        facts = {**self.group.describe(), **own, **self._first_share()}
        ranks = self.group.gather(facts)
        size = sum(parameter.numel() * parameter.element_size() for parameter in self.parameters)
        restarts, sharding = self.group.place.restarts, self.config.sharding
        found = Processes(self.group.backend, restarts, self.step, ranks, size, trial, sharding)
        self.hear((yield found))
        if not self.group.place.restarts:
            self.hear((yield self.started(trial_seconds)))
        while self.step < self.total_steps and not self.stopped_early and not self.stopped:
            yield from self.train_epoch()
            if not self.stopped:
                epoch = self.finish_epoch()
                if self.group.speaks and (
                    glance := self.glances.of_epoch(self.step, self.evaluation, self.training_seconds)
                ):
                    self.hear((yield glance))
                self.hear((yield epoch))
                self._keep()
        self.collect()
        if self.group.speaks:
            self.save(LAST)
            forget_resume(self.folder)
            if not self.stopped:
                yield self.done()

    def train_epoch(self) -> Iterator[Event]:
        """The rest of the epoch in which the run is."""
        self.model.train()
        self.epoch_begun = time.perf_counter()
        done = self.step - self.epoch * self.steps_per_epoch
        if not done:
            self.sums = [0.0] * 5
        batches = epoch_batches(self.config, self.epoch, len(self.data.train), self.device)[done:]
        for indices in batches[: self.total_steps - self.step]:
            start, rested = time.perf_counter(), self.rested
            event: Step = yield from self.train_step(indices)
            self.training_seconds += time.perf_counter() - start - (self.rested - rested)
            self.hear((yield event))
            traffic = self._take_traffic(time.perf_counter() - start)
            for more in (self.insight.take(), traffic, self.take_glance()):
                if more:
                    self.hear((yield more))
            if self.stopped:
                return
            if self.step % self.steps_per_epoch:  # between the last step of an epoch and its end nothing may begin anew
                self._keep()
        self.epoch, self.epoch_seen = self.epoch + 1, 0

    def finish_epoch(self) -> Epoch:
        """Rank 0 evaluates; what follows from it (the schedule, the end of the run) is the same on every rank."""
        self.collect()
        event = super().finish_epoch() if self.group.speaks else None
        event = self.group.tell_all(event)
        assert event is not None
        if not self.group.speaks:
            if self.scheduler and self.schedule.per_epoch:
                watched = event.loss if event.validation_loss is None else event.validation_loss
                self.scheduler.step(*([watched] if self.schedule.watches else []))
            self.epochs_without_best = 0 if event.best else self.epochs_without_best + 1
        return event

    def take_glance(self) -> Glance | None:
        """Of rank 0, if its turn has come."""
        return self.glances.take(self.step, self.training_seconds)

    def collect(self) -> None:
        """Have the weights of the last step in rank 0's network, which evaluates and saves; it trains the same one."""

    def hear(self, command: Any) -> None:
        if command == STOP:
            self.asked_to_stop = True
        else:
            super().hear(command)

    def update_together(self, indices: Tensor) -> Updating:
        """The update of every rank, and the loss of the whole batch; all ranks learn that rank 0 was told to stop."""
        self._micro, self._augmented = -(-len(indices) // self.config.batch_size), None
        self.meter.begin()
        loss, right, norm = yield from self.update_once(indices)
        row = torch.stack([loss / self.group.size, right, torch.tensor(float(self.asked_to_stop), device=self.device)])
        dist.all_reduce(row)
        self.stopped = bool(row[2])
        return row[0], row[1], norm

    def training_images(self, micro_batch: Tensor) -> tuple[Tensor, Tensor]:
        """This rank's share of a micro-batch.

        The whole micro-batch is augmented on every rank, with the same random numbers as in one process; then each takes its
        share, and from there on (Dropout) each has its own randomness.
        """
        data, augment = self.data.train, self.config.augment
        self._micro -= 1
        # Gradients that are still being accumulated are not sent: this is what `no_sync` switches.
        self.send_gradients(on=self._micro <= 0)
        share = self.group.share(torch.arange(len(micro_batch), device=self.device))
        if self._augmented is not None:
            torch.set_rng_state(self._augmented)
        if augment == "none":
            images, labels = data.batch(micro_batch[share])
        else:
            images, labels = data.batch(micro_batch)
            images, labels = AUGMENTATIONS[augment].apply(images)[share], labels[share]
        if self.group.rank:
            self._augmented = torch.get_rng_state()
            torch.manual_seed(step_seed(self.config.seed, self.step) ^ (self.group.rank << 48) ^ self._micro)
        return data.normalise(images), labels

    def send_gradients(self, *, on: bool) -> None:
        """Whether the next backward sends the gradients."""
        self.together.require_backward_grad_sync = on  # type: ignore[assignment]

    def forward(self, images: Tensor) -> Tensor:
        with self.autocast:
            return self.together(images)  # type: ignore[no-any-return]

    def compute_loss(self, logits: Tensor, labels: Tensor, count: int) -> Tensor:
        return super().compute_loss(logits, labels, count) * self.group.size

    def clip_gradients(self) -> Tensor:
        if self._is_measured():
            found = self.meter.read()
            size, calls, seconds = (sum(part[name] for part in found) for name in ("bytes", "calls", "seconds"))
            self.measured = Traffic(self.step + 1, *self.compare_ranks(), size, calls, seconds, 0.0, found)
        return super().clip_gradients()

    def compare_ranks(self) -> tuple[float | None, float | None]:
        """The largest difference between two ranks, in a gradient and in a weight."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        return self.group.spread(gradients), self.group.spread(self.parameters)

    def save(self, name: str) -> None:
        if self.group.speaks:
            super().save(name)

    def _is_measured(self) -> bool:
        """The first steps often, later ones now and then; the same ones on every rank."""
        step = self.step + 1
        return step & (step - 1) == 0 or step % MEASURE_EVERY == 0

    def _take_traffic(self, seconds: float) -> Traffic | None:
        found, self.measured = self.measured, None
        if found is None:
            return None
        memory = self.group.gather(self._measure_memory())
        return replace(found, step_seconds=seconds, memory=memory)

    def _measure_memory(self) -> dict[str, int]:
        """Bytes that lie on this rank between two steps: {parameters, gradients, optimizer, copy}.

        `copy`: of the network that it evaluates, where that is another one than it trains.
        """
        parameters = list(self.model.parameters())
        kinds: dict[str, list[Any]] = {
            "parameters": [*parameters],
            "gradients": [parameter.grad for parameter in parameters],
            "optimizer": [value for entry in self.optimizer.state.values() for value in entry.values()],
            "copy": [] if self.network.module is self.model else [*self.network.module.parameters()],
        }
        return {
            kind: sum(int(self.held(one).nbytes) for one in found if isinstance(one, Tensor))
            for kind, found in kinds.items()
        }

    def _first_share(self) -> dict[str, Any]:
        batch = epoch_batches(self.config, 0, len(self.data.train), self.device)[0]
        micro_batches = batch.split(self.config.batch_size)
        shares = [self.group.share(part) for part in micro_batches]
        return {"images": sum(map(len, shares)), "indices": shares[0][:FIRST_INDICES].tolist()}

    def _keep(self) -> None:
        """The checkpoints: the weights for whoever looks, and the whole state for a restart."""
        if self.step == self.total_steps:
            return
        last, state = self.due()
        if last:
            self.collect()
            self.save(LAST)
        if state:
            begun = time.perf_counter()
            states = self.states()
            if self.group.speaks:
                write_resume(self.folder, self, states)
            self.kept = time.perf_counter()
            self.keep_every = max(KEEP_SECONDS, (self.kept - begun) / KEEP_SHARE)

    def due(self) -> tuple[bool, bool]:
        """Whether the weights are to be saved, and the whole state: by rank 0's clock."""
        now = time.perf_counter()
        return self.group.speaks and now - self.saved > SAVE_EVERY_SECONDS, (
            self.group.speaks and now - self.kept > self.keep_every
        )

    def states(self) -> dict[str, Any]:
        """The states of network, optimizer, schedule and scaler, on rank 0."""
        return {name: getattr(self, name).state_dict() for name in STATES if getattr(self, name) is not None}

    def load_states(self, states: dict[str, Any]) -> None:
        """Take over what `states` was on rank 0."""
        for name, state in states.items():
            getattr(self, name).load_state_dict(state)
