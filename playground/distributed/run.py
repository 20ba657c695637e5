"""DistributedRun: the training run as one of several processes sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from playground.data import AUGMENTATIONS
from playground.distributed.events import Processes, Traffic
from playground.distributed.group import Group
from playground.distributed.resume import apply_resume, forget_resume, read_resume, write_resume
from playground.distributed.traffic import Meter
from playground.distributed.trial import try_first_batch
from playground.limits import Limits
from playground.training.batches import epoch_batches
from playground.training.config import TrainingConfig
from playground.training.events import Epoch, Event, Step
from playground.training.loop import LAST, SAVE_EVERY_SECONDS, TrainingRun
from playground.training.randomness import step_seed
from playground.training.trial import Settings, settle_run
from playground.training.updates import Updating

Tell = Callable[[Event], Any]
STOP = "stop"
# A checkpoint for a restart: not more often than this, and never for more than so much of the time.
KEEP_SECONDS, KEEP_SHARE = 2.0, 0.05
FIRST_INDICES = 8
MEASURE_EVERY = 100


def train_rank(config: TrainingConfig, folder: Path, limits: Limits | None, group: Group, tell: Tell) -> None:
    """The whole life of one rank: train until the end, or until rank 0 is told to stop.

    Args:
        folder: of the run; rank 0 alone writes to it.
        tell: is given every event on rank 0, and returns the command that came meanwhile, or None.
    """
    settings, seconds = settle_ranks(config, group)
    torch.set_num_threads(settings.threads)
    run = DistributedRun(config, settings, folder, limits, group)
    kept = group.tell_all(read_resume(folder) if group.speaks and group.place.restarts else None)
    if kept is not None:
        apply_resume(kept, run)
    trial = None if kept is not None or group.place.restarts else try_first_batch(run)
    events = run.follow(seconds, trial)
    command = None
    while True:
        try:
            event = next(events) if command is None else events.send(command)
        except StopIteration:
            return
        command = tell(event) if group.speaks else None


def settle_ranks(config: TrainingConfig, group: Group) -> tuple[Settings, float]:
    """The precision and the threads of every rank, by a trial on rank 0: two precisions would be two runs."""
    if group.device.type == "cpu" and not config.threads:
        config = replace(config, threads=group.threads())
    share = replace(config, batch_size=max(1, config.batch_size // group.size))
    found = settle_run(share, config.spec(), group.device) if group.speaks else None
    return group.tell_all(found)  # type: ignore[no-any-return]


class DistributedRun(TrainingRun):
    """A TrainingRun whose batches are shared out between the ranks.

    Every rank counts the same steps and draws the same order; of each batch it takes its share. The loss is the sum over its
    images divided by the size of the whole batch, times the number of ranks: DDP takes the mean over the ranks, and what
    comes out is the gradient of the whole batch, however unequal the shares are.
    """

    def __init__(self, config: TrainingConfig, settings: Settings, folder: Path, limits: Limits | None, group: Group):
        super().__init__(config, config.spec(), settings, group.device, folder, None, limits, insight=group.speaks)
        self.group, self.meter = group, Meter(group.size)
        self.model.train()
        ids = [group.device.index] if group.device.type == "cuda" else None
        self.together = DistributedDataParallel(self.model, device_ids=ids)
        self.together.register_comm_hook(None, self.meter.hook)
        self.update = self.update_together
        self.stopped = self.asked_to_stop = False
        self.kept, self.keep_every = -KEEP_SECONDS, KEEP_SECONDS
        self.measured: Traffic | None = None
        self._micro = 0
        self._augmented: Tensor | None = None

    def follow(self, trial_seconds: float, trial: dict[str, Any] | None) -> Generator[Event, Any, None]:
        """The events of the run from where it is."""
        facts = {**self.group.describe(), "threads": self.settings.threads, **self._first_share()}
        ranks = self.group.gather(facts)
        size = sum(parameter.numel() * parameter.element_size() for parameter in self.parameters)
        found = Processes(self.group.backend, self.group.place.restarts, self.step, ranks, size, trial)
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
            for more in (self.insight.take(), traffic, self.glances.take(self.step, self.training_seconds)):
                if more:
                    self.hear((yield more))
            if self.stopped:
                return
            if self.step % self.steps_per_epoch:  # between the last step of an epoch and its end nothing may begin anew
                self._keep()
        self.epoch, self.epoch_seen = self.epoch + 1, 0

    def finish_epoch(self) -> Epoch:
        """Rank 0 evaluates; what follows from it (the schedule, the end of the run) is the same on every rank."""
        event = super().finish_epoch() if self.group.speaks else None
        event = self.group.tell_all(event)
        assert event is not None
        if not self.group.speaks:
            if self.scheduler and self.schedule.per_epoch:
                watched = event.loss if event.validation_loss is None else event.validation_loss
                self.scheduler.step(*([watched] if self.schedule.watches else []))
            self.epochs_without_best = 0 if event.best else self.epochs_without_best + 1
        return event

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
        # Gradients that are still being accumulated are not sent: this is what DDP's `no_sync` switches.
        self.together.require_backward_grad_sync = self._micro <= 0
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

    def forward(self, images: Tensor) -> Tensor:
        with self.autocast:
            return self.together(images)  # type: ignore[no-any-return]

    def compute_loss(self, logits: Tensor, labels: Tensor, count: int) -> Tensor:
        return super().compute_loss(logits, labels, count) * self.group.size

    def clip_gradients(self) -> Tensor:
        if self._is_measured():
            gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
            differences = self.group.spread(gradients), self.group.spread(self.parameters)
            meter = self.meter
            self.measured = Traffic(self.step + 1, *differences, meter.bytes, meter.buckets, meter.seconds, 0.0)
        return super().clip_gradients()

    def save(self, name: str) -> None:
        if self.group.speaks:
            super().save(name)

    def _is_measured(self) -> bool:
        """The first steps often, later ones now and then; the same ones on every rank."""
        step = self.step + 1
        return step & (step - 1) == 0 or step % MEASURE_EVERY == 0

    def _take_traffic(self, seconds: float) -> Traffic | None:
        found, self.measured = self.measured, None
        return replace(found, step_seconds=seconds) if found is not None else None

    def _first_share(self) -> dict[str, Any]:
        batch = epoch_batches(self.config, 0, len(self.data.train), self.device)[0]
        micro_batches = batch.split(self.config.batch_size)
        shares = [self.group.share(part) for part in micro_batches]
        return {"images": sum(map(len, shares)), "indices": shares[0][:FIRST_INDICES].tolist()}

    def _keep(self) -> None:
        """The checkpoints: the weights for whoever looks, and the whole state for a restart."""
        if not self.group.speaks or self.step == self.total_steps:
            return
        now = time.perf_counter()
        if now - self.saved > SAVE_EVERY_SECONDS:
            self.save(LAST)
        if now - self.kept > self.keep_every:
            write_resume(self.folder, self)
            self.kept = time.perf_counter()
            self.keep_every = max(KEEP_SECONDS, (self.kept - now) / KEEP_SHARE)
