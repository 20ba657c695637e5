"""What a training run tells while it goes: typed facts, turned to JSON in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from playground.errors import PlaygroundError


@dataclass(frozen=True)
class Event:
    """Something that happened; `type` is its name in JSON."""

    type: ClassVar[str] = "event"

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, **{field.name: plain(getattr(self, field.name)) for field in fields(self)}}


@dataclass(frozen=True)
class Download(Event):
    """A data set is being fetched: its name and the share that has arrived, 0…1."""

    type: ClassVar[str] = "download"
    dataset: str
    share: float


@dataclass(frozen=True)
class Started(Event):
    """Training begins: what was settled by trial, and how long the run will be. `first_step`: of the snapshot that it goes
    on from, 0 = it begins anew."""

    type: ClassVar[str] = "started"
    total_steps: int
    steps_per_epoch: int
    epochs: float
    parameters: int
    device: str
    precision: str
    threads: int
    train_size: int
    trial_seconds: float
    first_step: int = 0


@dataclass(frozen=True)
class Step(Event):
    """One optimizer step; `step` counts from 1; loss and accuracy are those of its batch, before the update."""

    type: ClassVar[str] = "step"
    step: int
    loss: float
    accuracy: float
    learning_rate: float
    gradient_norm: float
    images_per_second: float


@dataclass(frozen=True)
class Part(Event):
    """In slow motion: one of the five steps of training has just been taken, in the optimizer step number `step`.

    `part`: 1 zero_grad, 2 forward, 3 loss, 4 backward, 5 update; `micro_batch` of `micro_batches` counts from 1; `rest`:
    seconds that pass before the next. `values`: what it has made: 2 {images, logits}: shapes; 3 {loss}: this micro-batch's
    share; 4 {gradient_norm}: L2, of all gradients so far, without the factor of a GradScaler; 5 {update_norm, weight_norm}.
    """

    type: ClassVar[str] = "part"
    step: int
    part: int
    micro_batch: int
    micro_batches: int
    rest: float
    values: dict[str, Any]


@dataclass(frozen=True)
class Epoch(Step):
    """The end of an epoch (or of the run): means over its training steps, and the test set.

    `loss`, `accuracy` and `gradient_norm` are means over the epoch's training images (the norm without those of steps
    that a GradScaler left out); `best`: the best so far; `training_seconds` counts training alone, without the evaluations;
    `epoch_seconds` is wall time with its evaluation.
    """

    type: ClassVar[str] = "epoch"
    epoch: float = 0.0
    test_loss: float = 0.0
    test_accuracy: float = 0.0
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    best: bool = False
    epoch_seconds: float = 0.0
    training_seconds: float = 0.0


@dataclass(frozen=True)
class Insight(Event):
    """What the layers did in one measured step; see `training/insight.py`.

    `seconds`: this measurement's; `share`: of all training time until now that measurements took, 0…1. Each of `layers` is
    {name, type, gradient_norm, gradient_max, weight_norm, update_norm, update_ratio, dead, units, nan, inf, verdict}: of all
    trainable parameters of the layer together, L2 norms of the gradient before clipping (unscaled under a GradScaler), of
    the weights before the update and of the update, and update / weight; the largest absolute gradient; how many gradients
    are NaN or infinite; for a ReLU the share `dead` of its `units` that are 0 throughout the batch. What does not apply is
    None. `verdict`: ok, may_explode, may_vanish, nan, inf, none (no gradient came) or, for a ReLU, ok or dead.
    """

    type: ClassVar[str] = "insight"
    step: int
    seconds: float
    share: float
    layers: list[dict[str, Any]]


@dataclass(frozen=True)
class Done(Event):
    """The run is complete: the test accuracy of its best checkpoint and the seconds it took.

    `reason`: "epochs", all were trained, or "early_stopping", the last `patience` of them were no better than the best.
    """

    type: ClassVar[str] = "done"
    step: int
    test_accuracy: float
    best_epoch: float
    seconds: float
    training_seconds: float
    reason: str = "epochs"
    patience: int = 0


@dataclass(frozen=True)
class Failed(Event):
    """The run ended by an error, which the learner reads in the page's language."""

    type: ClassVar[str] = "failed"
    error: PlaygroundError

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "error": stored_error(self.error)}


def stored_error(error: PlaygroundError) -> dict[str, Any]:
    """An error as it is kept in a history: without a language, so that each reader gets his own."""
    values = {name: _stored_value(value) for name, value in error.values.items()}
    return {"kind": error.kind, "key": error.key, "line": error.line, "values": values}


def _stored_value(value: Any) -> Any:
    if isinstance(value, PlaygroundError):  # a part of the sentence, which has its languages too
        return stored_error(value)
    return value if isinstance(value, (int, float, bool)) else str(value)


def plain(value: Any) -> Any:
    """JSON without surprises: non-finite numbers become "nan", "inf", "-inf"."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
