"""Workbench: what the measurements of one benchmark share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from playground.devices import usable_cores
from playground.jobs.failures import error_of_event
from playground.limits import read_limits
from playground.runs.run import Run
from playground.services import Services
from playground.training.config import TrainingConfig, resolve_config

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Effort:
    """How much is measured; the tests measure almost nothing.

    Args:
        seeds: runs of the Fast recipe.
        rounds, batches, warmup_batches: a loop's speed is the median of `rounds`, each of `batches` timed batches after
            some that are not.
        pairs, streaming_epochs: training runs with and without a follower, and their length.
        starts: of training runs, until their first step.
        predictions: one after the other, `prediction_gap_seconds` apart while a network trains.
        tensor_runs: of each example program.
        people, class_seconds: a class, one prediction a second and person.
        wish: keys of the config that every training run gets, to make it small.
    """

    seeds: int = 3
    rounds: int = 5
    batches: int = 25
    warmup_batches: int = 5
    pairs: int = 6
    streaming_epochs: float = 1.0
    starts: int = 5
    predictions: int = 100
    prediction_gap_seconds: float = 0.05
    tensor_runs: int = 10
    people: int = 50
    class_seconds: float = 5.0
    wish: Mapping[str, Any] = field(default_factory=dict)


class Workbench:
    """A folder for the runs, and a backend that is started when a measurement first needs it.

    Args:
        home: a folder of its own; runs are left there.
    """

    def __init__(self, effort: Effort, home: Path):
        self.effort, self.home = effort, home
        # The caps of a visitor shall not decide what is measured.
        self.limits = read_limits(public=False, environment={})

    @cached_property
    def services(self) -> Services:
        """The backend as the page has it, warm."""
        services = Services(self.limits, self.home)
        services.jobs.warm_up()
        services.predictor.warm_up()
        return services

    def close(self) -> None:
        if "services" in vars(self):
            self.services.close()

    def config(self, **wish: Any) -> TrainingConfig:
        return resolve_config({**wish, **self.effort.wish}, self.limits)

    def start(self, **wish: Any) -> Run:
        """A run as the page would start it."""
        return self.services.training.start({**wish, **self.effort.wish}, "bench", attended=False)

    def finish(self, run: Run) -> dict[str, Any]:
        """Wait for a run without reading its events, and give its last one.

        Raises:
            PlaygroundError: the run failed.
        """
        while not run.log.ended or self.services.jobs.find(run.id) is not None:
            time.sleep(POLL_SECONDS)
        if run.log.last["type"] == "failed":
            raise error_of_event(run.log.last)
        return run.log.last

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """While the block runs, a network trains in a child."""
        run = self.start(recipe="Tutorial", epochs=self.limits.epochs)
        try:
            await_step(self.services, run)
            yield
        finally:
            self.services.training.stop(run.id)
            self.finish(run)


def await_step(services: Services, run: Run) -> None:
    """Follow a run as a page does, until its first step has come."""
    for answer in services.training.follow(run.id, 0, "en"):
        if any(event["type"] == "step" for event in answer["events"]):
            return
        failed = [event for event in answer["events"] if event["type"] == "failed"]
        if failed:
            raise error_of_event(run.log.last)


@contextlib.contextmanager
def torch_threads(count: int = 0) -> Iterator[None]:
    """Run the block with so many threads (0 = all cores, as torch itself would choose), then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or usable_cores())
    try:
        yield
    finally:
        torch.set_num_threads(before)
