"""The training loop: a generator of typed events. Its five steps stand in `playground.training.updates`."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from playground.data import fetch_dataset, find_dataset, is_present
from playground.devices import choose_device
from playground.errors import LimitError
from playground.limits import Limits, read_limits
from playground.models import Checkpoint, ModelSpec
from playground.models.checkpoint import save_weights, write_json
from playground.training.batches import LabelledImages, count_steps, epoch_batches
from playground.training.config import TrainingConfig
from playground.training.evaluate import Evaluation, evaluate, measure
from playground.training.events import Done, Download, Epoch, Event, Part, Started, Step
from playground.training.glance import Glances
from playground.training.memory import keep_freed_memory
from playground.training.randomness import step_seed
from playground.training.schedulers import SCHEDULERS, Length
from playground.training.snapshot_state import Snapshot, thaw
from playground.training.snapshots import Keeper
from playground.training.trial import Settings, settle_run
from playground.training.updates import Commands, Updater

BEST, LAST, EVALUATION = "best.safetensors", "last.safetensors", "evaluation.json"
# So that a digit can be drawn for a network while it still trains; costs about 20 ms each time.
SAVE_EVERY_SECONDS = 5.0
# What a learner's code may have saved: it can make buffers while it runs, which nobody has counted before.
CODE_BYTES_MOST = 200 * 2**20


def train(
    config: TrainingConfig,
    folder: Path,
    extra: LabelledImages | None = None,
    start: Checkpoint | None = None,
    limits: Limits | None = None,
    insight: bool = True,
    origin: Snapshot | None = None,
    snapshots: bool = True,
) -> Iterator[Event]:
    """Train one network; the events come while it happens.

    Seeds torch's global generator at every step, so it belongs in a process of its own (or on the command line).

    Args:
        config: complete, from `resolve_config`.
        extra: images to train on beside the data set's own.
        start: weights to begin with; None = freshly initialised.
        limits: of a model given as code.
        insight: measure the layers on some of the steps; the training is the same without.
        origin: the state of another run (or of this one) to go on from: see `playground.training.snapshot_state.thaw`.
        snapshots: keep such states; the training is the same without.
        folder: of the run; `best.safetensors` and `last.safetensors` are kept there.

    Yields:
        Download (where needed), Started, a Step per optimizer step, an Insight after those that were measured, an Epoch
        after each epoch and at the end, Done.
        When the generator is closed early, the last weights are saved.

    Raises:
        PlaygroundError: no network for a download, a full disk, an impossible device.
    """
    dataset = find_dataset(config.dataset)
    if not is_present(dataset):
        for share in fetch_dataset(dataset):
            yield Download(dataset.name, share)
    device = choose_device(config.device)
    spec = config.spec()
    keep_freed_memory()
    known = origin.settings(config) if origin is not None else None
    settings, trial_seconds = (known, 0.0) if known is not None else settle_run(config, spec, device)
    torch.set_num_threads(settings.threads)
    run = TrainingRun(config, spec, settings, device, folder, extra, limits, insight, snapshots)
    if start is not None:
        run.network.load(start.state)
    if origin is not None:
        run.go_on_from(origin)
    # Closed here, nothing has been learned and nothing is saved.
    run.hear((yield run.started(trial_seconds)))
    try:
        yield from run.keep_snapshot()
        while run.step < run.total_steps and not run.stopped_early:
            yield from run.train_epoch()
            epoch = run.finish_epoch()
            if glance := run.glances.of_epoch(run.step, run.evaluation, run.training_seconds):
                run.whole = False  # stopped here, nobody has heard of the epoch
                run.hear((yield glance))
                run.whole = True
            run.hear((yield epoch))
            yield from run.keep_snapshot()
    finally:
        run.save(LAST)
        run.keeper.keep_last(run)
    yield run.done()


class TrainingRun(Updater):
    """The live state of one training run."""

    def __init__(
        self,
        config: TrainingConfig,
        spec: ModelSpec,
        settings: Settings,
        device: torch.device,
        folder: Path,
        extra: LabelledImages | None = None,
        limits: Limits | None = None,
        insight: bool = True,
        snapshots: bool = True,
    ):
        super().__init__(config, spec, settings, device, extra, limits, insight)
        self.folder = folder
        self.steps_per_epoch, self.total_steps = count_steps(config, len(self.data.train))
        self.schedule = SCHEDULERS[config.scheduler]
        length = Length(self.total_steps, config.epochs)
        self.scheduler = self.schedule.make(self.optimizer, length) if self.schedule.make else None
        self.first_step = self.offset = 0  # where it goes on from; how many more steps these settings had taken until there
        self.epoch = self.epoch_seen = 0  # epochs that are over, images of the next that were seen
        self.whole = True  # no step and no evaluation is half done
        self.keeper = Keeper(folder, limits or read_limits(public=False), enabled=snapshots)
        self.glances = Glances(self.network, self.data.test, self.autocast, self.loss, enabled=insight)
        self.evaluation: Evaluation  # of the last epoch
        self.learning_rate = config.learning_rate
        self.begun = self.saved = time.perf_counter()
        self.training_seconds = self.first_seconds = 0.0
        self.images_seen = 0
        self.sums = [0.0] * 5  # over the epoch's images: loss, right, gradient norm, images, images of steps that were taken
        self.best_score = -1.0
        self.best_facts: dict[str, Any] = {}
        self.epochs_without_best = 0

    def go_on_from(self, origin: Snapshot) -> None:
        """Take over the state of a snapshot. Raises: InputError as `thaw`."""
        thaw(self, origin)
        self.keeper.adopt(origin.step)
        self.live_rate.plan(origin.rates)
        self.first_step, self.first_seconds = self.step, self.training_seconds

    @property
    def own_seconds(self) -> float:
        """Of training, without those of the run that it goes on from: what this run's own work beside it is judged by."""
        return self.training_seconds - self.first_seconds

    def hear(self, commands: Commands | None) -> None:
        super().hear(commands)
        for name, value in commands or ():
            if name == "watch" and value is not None:
                self.glances.watched = int(value)

    def keep_snapshot(self) -> Iterator[Event]:
        if ended := self.keeper.keep_due(self):
            self.hear((yield ended))

    def train_epoch(self) -> Iterator[Event]:
        """One pass over the training images (or what is left of the run): a Step per update, an Insight where measured."""
        self.network.call(lambda: self.model.train())
        self.epoch_begun = time.perf_counter()
        if not self.epoch_seen:
            self.sums = [0.0] * 5
        remaining, count = self.total_steps - self.step, len(self.data.train)
        for indices in epoch_batches(self.config, self.epoch, count, self.device, self.epoch_seen)[:remaining]:
            if change := self.live_rate.begin_step(self.step + 1):
                self.hear((yield change))
            start, rested = time.perf_counter(), self.rested
            event = yield from self.train_step(indices)
            self.training_seconds += time.perf_counter() - start - (self.rested - rested)
            self.hear((yield event))
            if insight := self.insight.take():
                self.hear((yield insight))
            if glance := self.glances.take(self.step, self.training_seconds):
                self.hear((yield glance))
            if time.perf_counter() - self.saved > SAVE_EVERY_SECONDS:
                self.save(LAST)
            if self.epoch_seen < count:  # else the epoch's evaluation belongs to it
                yield from self.keep_snapshot()
        if self.epoch_seen >= count:
            self.epoch, self.epoch_seen = self.epoch + 1, 0

    def train_step(self, indices: Tensor) -> Generator[Part, Any, Step]:
        """The five steps of training on the images at `indices`; tells them in slow motion."""
        start, rested = time.perf_counter(), self.rested
        self.whole = False
        torch.manual_seed(step_seed(self.config.seed, self.step))
        learning_rate = self.live_rate.now()
        with self.insight.measuring(self.step + 1, self.own_seconds), self.live_rate.applied():
            loss_sum, right, gradient_norm = yield from self.update(indices)
        if self.scheduler and not self.schedule.per_epoch and self.step + 1 < self.total_steps:
            self.scheduler.step()
        self.step += 1
        self.images_seen += len(indices)
        self.epoch_seen += len(indices)
        loss, norm = loss_sum.item(), gradient_norm.item()
        # A step that the scaler has left out for its infinite gradients is none that the mean norm is about.
        taken = self.scaler is None or math.isfinite(norm)
        added = (loss * len(indices), right.item(), norm * len(indices) if taken else 0, len(indices), taken * len(indices))
        self.sums = [total + value for total, value in zip(self.sums, added, strict=True)]
        self.learning_rate = learning_rate
        self.whole = True
        seconds = self.training_seconds + time.perf_counter() - start - (self.rested - rested)
        return Step(self.step, loss, right.item() / len(indices), learning_rate, norm, self.images_seen / seconds)

    def finish_epoch(self) -> Epoch:
        """Evaluate on the test (and validation) images; keep the weights if they are the best so far."""
        self.whole = False
        self.evaluation = test = self.network.call(evaluate, self.network.module, self.data.test, self.autocast, self.loss)
        validation_loss = validation_accuracy = None
        if self.data.validation:
            validation_loss, validation_accuracy = self.network.call(
                measure, self.network.module, self.data.validation, self.autocast, self.loss
            )
        epochs = (self.step + self.offset) / self.steps_per_epoch
        # Where there are validation images, the best is chosen by them: choosing by the test set flatters.
        score = test.accuracy if validation_accuracy is None else validation_accuracy
        best = score > self.best_score
        loss_sum, right, norm_sum, count, taken = self.sums
        loss, accuracy, gradient_norm = loss_sum / count, right / count, norm_sum / taken if taken else math.inf
        if self.scheduler and self.schedule.per_epoch:
            watched = loss if validation_loss is None else validation_loss
            self.scheduler.step(*([watched] if self.schedule.watches else []))
        self.epochs_without_best = 0 if best else self.epochs_without_best + 1
        if best:
            self.best_score = score
            self.best_facts = {
                "epoch": epochs,
                "step": self.step,
                "test_accuracy": test.accuracy,
                "test_loss": test.loss,
            }
            self.save(BEST)
            write_json(self.folder / EVALUATION, test.to_json())
        self.whole = True
        return Epoch(
            step=self.step,
            loss=loss,
            accuracy=accuracy,
            learning_rate=self.learning_rate,
            gradient_norm=gradient_norm,
            images_per_second=self.images_seen / self.training_seconds,
            epoch=epochs,
            test_loss=test.loss,
            test_accuracy=test.accuracy,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            best=best,
            epoch_seconds=time.perf_counter() - self.epoch_begun,
            training_seconds=self.training_seconds,
        )

    @property
    def stopped_early(self) -> bool:
        return 0 < self.config.early_stopping <= self.epochs_without_best

    def save(self, name: str) -> None:
        self.saved = time.perf_counter()
        facts = {"config": self.config.to_json(), "step": self.step, "precision": self.settings.precision}
        facts |= self.best_facts if name == BEST else {}
        state = self.network.state()
        size = sum(value.numel() * value.element_size() for value in state.values())
        if self.spec.code and size > CODE_BYTES_MOST:
            raise LimitError("model.bytes", size=f"{size / 2**20:,.0f}", maximum=CODE_BYTES_MOST // 2**20)
        save_weights(self.folder / name, state, self.spec, facts)

    def started(self, trial_seconds: float) -> Started:
        return Started(
            total_steps=self.total_steps,
            steps_per_epoch=self.steps_per_epoch,
            epochs=self.config.epochs,
            parameters=self.network.call(lambda: sum(parameter.numel() for parameter in self.model.parameters())),
            device=str(self.device),
            precision=self.settings.precision,
            threads=self.settings.threads,
            train_size=len(self.data.train),
            trial_seconds=trial_seconds,
            first_step=self.first_step,
        )

    def done(self) -> Done:
        return Done(
            step=self.step,
            test_accuracy=self.best_facts["test_accuracy"],
            best_epoch=self.best_facts["epoch"],
            seconds=time.perf_counter() - self.begun,
            training_seconds=self.training_seconds,
            reason="early_stopping" if self.stopped_early and self.step < self.total_steps else "epochs",
            patience=self.config.early_stopping,
        )
