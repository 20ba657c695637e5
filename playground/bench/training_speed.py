"""How fast the loop is: the Fast recipe to 99 %; MNISTNet beside the course's loop and beside ready-made tensors."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from playground.bench.rows import Row
from playground.bench.tutorial import read_record
from playground.bench.tutorial_process import TutorialProcess
from playground.bench.workbench import Workbench, torch_threads
from playground.devices import choose_device
from playground.training.batches import MEMORY_FORMAT, LabelledImages
from playground.training.config import TrainingConfig
from playground.training.events import Epoch, Started, Step
from playground.training.loop import TrainingRun, train
from playground.training.trial import Settings

TARGET = 0.99
READY_BATCHES = 8
# Times the effort's batches: a pair must hold several measurements, which come every so many steps.
STEPS_OF_A_PAIR = 4


def measure_fast(bench: Workbench) -> list[Row]:
    """Training seconds of the Fast recipe to 99 % for several seeds, the course's loop measured in between."""
    effort, record = bench.effort, read_record()
    rates, seconds = [], []
    warm_up(bench.config(recipe="Fast"), bench.home / "fast")
    with TutorialProcess() as tutorial:
        for seed in range(effort.seeds):
            rates.append(tutorial.measure_rate(effort.batches, effort.warmup_batches))
            seconds.append(train_to_target(bench.config(recipe="Fast", seed=seed), bench.home / "fast"))
    reached = [value for value in seconds if value is not None]
    # A seed that never gets there counts as a miss, whatever the others did.
    mean = statistics.mean(reached) if len(reached) == len(seconds) else None
    rate = statistics.median(rates)
    tutorial_seconds = record.epochs * record.train_images / rate
    each = ", ".join("–" if value is None else f"{value:.2f}" for value in seconds)
    values = {"epochs": record.epochs, "rate": rate, "seconds": tutorial_seconds}
    ratio = tutorial_seconds / mean if mean else None
    return [
        Row("fast_seconds", mean, 10, "s", detail="bench.detail_seeds", values={"seconds": each}),
        Row("fast_ratio", ratio, 20, "×", at_least=True, detail="bench.detail_tutorial", values=values),
    ]


def measure_course(bench: Workbench) -> list[Row]:
    """Images per second of MNISTNet with its augmentation: ours, the course's, ours on ready-made tensors, in turns."""
    effort = bench.effort
    config = bench.config(recipe="Tutorial", epochs=bench.limits.epochs)
    settings = warm_up(config, bench.home / "course")
    with torch_threads(settings.threads), TutorialProcess() as tutorial:
        ours = _steps(make_run(config, settings, bench.home / "course", ready=False))
        ready = _steps(make_run(config, settings, bench.home / "ready", ready=True))
        rates = []
        for turn in range(effort.rounds):
            theirs = tutorial.measure_rate(effort.batches, effort.warmup_batches)
            # Who comes second may find a warmer or a busier machine: they take turns.
            first, second = (ours, ready) if turn % 2 == 0 else (ready, ours)
            pair = {id(steps): _measure_rate(steps, config, bench) for steps in (first, second)}
            rates.append((theirs, pair[id(ours)], pair[id(ready)]))
    theirs, own, most = (statistics.median(column) for column in zip(*rates, strict=True))
    ratio = statistics.median(own / theirs for theirs, own, _ in rates)
    share = 100 * statistics.median(own / most for _, own, most in rates)
    detail = "bench.detail_rates"
    return [
        Row("course_ratio", ratio, 4, "×", at_least=True, detail=detail, values={"ours": own, "theirs": theirs}),
        Row("course_ready", share, 95, "%", at_least=True, detail=detail, values={"ours": own, "theirs": most}),
    ]


def measure_insight(bench: Workbench) -> list[Row]:
    """What measuring the layers costs: two runs of one seed, measured and not, step by step in turns."""
    config = bench.config(recipe="Fast", epochs=bench.limits.epochs)
    settings = warm_up(config, bench.home / "insight")
    costs = []
    with torch_threads(settings.threads):
        measured, plain = (
            make_run(config, settings, bench.home / f"insight-{on}", ready=False, insight=on) for on in (True, False)
        )
        turns = [_steps(measured), _steps(plain)]
        for _ in range(bench.effort.pairs):
            before = measured.training_seconds, plain.training_seconds
            for _ in range(STEPS_OF_A_PAIR * bench.effort.batches):
                turns.reverse()  # who comes second may find a warmer machine
                for steps in turns:
                    next(steps)
            costs.append(100 * ((measured.training_seconds - before[0]) / (plain.training_seconds - before[1]) - 1))
    values = {"count": len(costs), "values": ", ".join(f"{cost:+.1f}" for cost in costs)}
    return [Row("insight_cost", statistics.median(costs), 5, "%", detail="bench.detail_pairs", values=values)]


def measure_snapshots(bench: Workbench) -> list[Row]:
    """What keeping snapshots costs, of the wall time: two runs of one seed, with and without, step by step in turns."""
    config = bench.config(recipe="Fast", epochs=bench.limits.epochs)
    settings = warm_up(config, bench.home / "snapshots")
    costs = []
    with torch_threads(settings.threads):
        turns = [
            (on, _steps(make_run(config, settings, bench.home / f"snapshots-{on}", ready=False, snapshots=on)))
            for on in (True, False)
        ]
        for _ in range(bench.effort.pairs):
            seconds = {True: 0.0, False: 0.0}
            for _ in range(STEPS_OF_A_PAIR * bench.effort.batches):
                turns.reverse()  # who comes second may find a warmer machine
                for on, steps in turns:
                    start = time.perf_counter()
                    next(steps)
                    seconds[on] += time.perf_counter() - start
            costs.append(100 * (seconds[True] / seconds[False] - 1))
    values = {"count": len(costs), "values": ", ".join(f"{cost:+.1f}" for cost in costs)}
    return [Row("snapshots_cost", statistics.median(costs), 3, "%", detail="bench.detail_pairs", values=values)]


def warm_up(config: TrainingConfig, folder: Path) -> Settings:
    """Two steps of a run that is thrown away; it also settles precision and threads."""
    settings = None
    with contextlib.closing(train(config, folder)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Started):
                settings = Settings(event.precision, event.threads)
            if isinstance(event, Step) and event.step == 2:
                break
    assert settings is not None, "a run begins with Started"
    return settings


def train_to_target(config: TrainingConfig, folder: Path) -> float | None:
    """Training seconds, evaluations not counted, until an epoch's test accuracy reaches the target; None = never."""
    with contextlib.closing(train(config, folder)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Epoch) and event.test_accuracy >= TARGET:
                return event.training_seconds
    return None


class ReadyImages(LabelledImages):
    """Random batches made beforehand: the same training step with no data work at all."""

    def __init__(self, images: LabelledImages, batch_size: int):
        super().__init__(images.images, images.labels, images.dataset)
        device, shape = images.labels.device, (batch_size, *images.images.shape[1:])
        batches = [
            (
                torch.randn(shape, device=device).contiguous(memory_format=MEMORY_FORMAT),
                torch.randint(0, 10, (batch_size,), device=device),
            )
            for _ in range(READY_BATCHES)
        ]
        object.__setattr__(self, "batches", itertools.cycle(batches))

    def training_batch(self, indices: Tensor, augment: str) -> tuple[Tensor, Tensor]:
        images, labels = next(self.batches)  # type: ignore[attr-defined]
        return images[: len(indices)], labels[: len(indices)]


def make_run(
    config: TrainingConfig,
    settings: Settings,
    folder: Path,
    *,
    ready: bool,
    insight: bool = True,
    snapshots: bool = True,
) -> TrainingRun:
    """The live state of a run, as `train` makes it; with `ready`, its batches are made beforehand."""
    device = choose_device(config.device)
    run = TrainingRun(config, config.spec(), settings, device, folder, insight=insight, snapshots=snapshots)
    if ready:
        run.data = replace(run.data, train=ReadyImages(run.data.train, config.batch_size))
    return run


def _steps(run: TrainingRun) -> Iterator[Step]:
    while run.step < run.total_steps:
        yield from (event for event in run.train_epoch() if isinstance(event, Step))


def _measure_rate(steps: Iterator[Step], config: TrainingConfig, bench: Workbench) -> float:
    """Images per second of a run's next steps."""
    for _ in itertools.islice(steps, bench.effort.warmup_batches):
        continue
    start = time.perf_counter()
    count = sum(1 for _ in itertools.islice(steps, bench.effort.batches))
    return count * config.batch_size / (time.perf_counter() - start)
