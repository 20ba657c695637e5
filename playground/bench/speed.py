"""`bench speed`: the playground's budgets, all measured in one run of one process, what is compared in turns."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.bench.rows import Row
from playground.bench.serving_speed import (
    measure_class,
    measure_predict,
    measure_start,
    measure_streaming,
    measure_tensors,
)
from playground.bench.training_speed import TARGET, measure_course, measure_fast, measure_insight, measure_snapshots
from playground.bench.tutorial import TutorialProgram, TutorialRecord, write_record
from playground.bench.workbench import Effort, Workbench, torch_threads
from playground.registry import Registry


@dataclass(frozen=True)
class Measurement:
    """One measurement: its name for `--only`, and what it does; it gives one row per budget."""

    name: str
    measure: Callable[[Workbench], list[Row]]


MEASUREMENTS: Registry[Measurement] = Registry(
    "topic.measurement",
    (
        Measurement("fast", measure_fast),
        Measurement("course", measure_course),
        Measurement("insight", measure_insight),
        Measurement("snapshots", measure_snapshots),
        Measurement("streaming", measure_streaming),
        Measurement("start", measure_start),
        Measurement("predict", measure_predict),
        Measurement("class", measure_class),
        Measurement("tensors", measure_tensors),
    ),
)


def measure_speed(names: Sequence[str], effort: Effort, report: Callable[[str], None]) -> Iterator[Row]:
    """Measure what is named, in the table's order.

    Args:
        names: of MEASUREMENTS; empty = all.
        report: is told the name of each measurement as it begins.

    Raises:
        InputError: an unknown name. NotFoundError: `fast` before the course's program was recorded.
    """
    chosen = {MEASUREMENTS.find(name).name for name in names} or set(MEASUREMENTS)
    with (
        _own_home() as home,
        contextlib.closing(Workbench(effort, home)) as bench,
        torch_threads(),
    ):
        for measurement in MEASUREMENTS.values():
            if measurement.name in chosen:
                report(measurement.name)
                yield from measurement.measure(bench)


def record_tutorial(report: Callable[[int, float], None]) -> TutorialRecord:
    """Train the course's program until 99 % (minutes) and keep how many epochs it took.

    Args:
        report: is told each epoch and its test accuracy.
    """
    record = TutorialProgram().train_until(TARGET, report)
    write_record(record)
    return record


@contextlib.contextmanager
def _own_home() -> Iterator[Path]:
    """A PLAYGROUND_HOME for the block: which precision is fastest must not come from an earlier, perhaps busier hour."""
    before = os.environ.get("PLAYGROUND_HOME")
    with tempfile.TemporaryDirectory(prefix="playground-bench-") as home:
        os.environ["PLAYGROUND_HOME"] = home
        try:
            yield Path(home)
        finally:
            del os.environ["PLAYGROUND_HOME"]
            if before is not None:
                os.environ["PLAYGROUND_HOME"] = before
