"""The report of a run as the job manager's child writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from playground.devices import choose_device
from playground.evaluation.report import run_network, write_report
from playground.limits import Limits
from playground.models import load_checkpoint
from playground.models.network import open_network
from playground.training.batches import split_dataset
from playground.training.config import TrainingConfig
from playground.training.events import Event
from playground.training.trial import make_autocast


@dataclass(frozen=True)
class Reported(Event):
    """The one event of a report."""

    type: ClassVar[str] = "done"
    report: dict[str, Any]


def report_in_child(config: dict[str, Any], checkpoint: str, limits: Limits) -> Iterator[Event]:
    """See `report_checkpoint`, with arguments that travel through a pipe."""
    yield Reported(report_checkpoint(TrainingConfig(**config), Path(checkpoint), limits))


def report_checkpoint(config: TrainingConfig, path: Path, limits: Limits) -> dict[str, Any]:
    """What a checkpoint does on the test images of its data set, in the precision that it was trained in.

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
    images = split_dataset(config, device).test
    outputs = network.call(run_network, network.module, images, make_autocast(precision, device))
    return {**write_report(outputs), "precision": precision}
