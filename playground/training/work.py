"""Training as the job manager's children run it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from playground.devices import choose_device
from playground.limits import Limits, read_limits
from playground.models import load_checkpoint
from playground.models.network import Network, open_network
from playground.training.batches import LabelledImages, split_dataset
from playground.training.config import TrainingConfig
from playground.training.evaluate import Evaluation, evaluate
from playground.training.events import Event
from playground.training.loop import train
from playground.training.losses import LOSSES
from playground.training.snapshot_state import load_snapshot
from playground.training.trial import make_autocast


@dataclass(frozen=True)
class Evaluated(Event):
    """The one event of an evaluation."""

    type: ClassVar[str] = "done"
    evaluation: dict[str, Any]


def train_in_child(
    config: dict[str, Any], folder: str, limits: Limits, origin: dict[str, Any] | None = None
) -> Iterator[Event]:
    """`train` with arguments that travel through a pipe; `origin`: {step, rates} of a snapshot that lies in `folder`."""
    snapshot = load_snapshot(Path(folder), **origin) if origin else None
    yield from train(TrainingConfig(**config), Path(folder), limits=limits, origin=snapshot)


def evaluate_in_child(config: dict[str, Any], checkpoint: str, limits: Limits) -> Iterator[Event]:
    """Evaluate a checkpoint on its data set's test images."""
    yield Evaluated(evaluate_checkpoint(TrainingConfig(**config), Path(checkpoint), limits).to_json())


def evaluate_checkpoint(config: TrainingConfig, path: Path, limits: Limits | None = None) -> Evaluation:
    trained = open_trained(config, path, limits or read_limits(public=False))
    return trained.network.call(  # type: ignore[no-any-return]
        evaluate, trained.network.module, trained.test, trained.autocast, LOSSES[config.loss]
    )


@dataclass(frozen=True)
class Trained:
    """A network with the weights of a checkpoint, in evaluation mode on its device, and what it is tested with."""

    network: Network
    test: LabelledImages
    precision: str
    autocast: torch.autocast


def open_trained(config: TrainingConfig, path: Path, limits: Limits) -> Trained:
    """
    Raises:
        PlaygroundError: the checkpoint is not there, damaged, or another model's; the model's code fails.
    """
    device = choose_device(config.device)
    checkpoint = load_checkpoint(path)
    precision = str(checkpoint.facts.get("precision", "fp32"))
    # The config's model, whatever the file says: a learner's code may have written it.
    network = open_network(config.spec(), limits, config.seed)
    network.load(checkpoint.state)
    network.call(lambda: network.module.to(device).eval())
    return Trained(network, split_dataset(config, device).test, precision, make_autocast(precision, device))
