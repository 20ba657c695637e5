"""The report of a run as the job manager's child writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from playground.evaluation.report import run_network, write_report
from playground.limits import Limits
from playground.training.config import TrainingConfig
from playground.training.events import Event
from playground.training.work import open_trained


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
    trained = open_trained(config, path, limits)
    outputs = trained.network.call(run_network, trained.network.module, trained.test, trained.autocast)
    return {**write_report(outputs), "precision": trained.precision}
