"""RUN_EXPORTS: the files that runs can be taken along in. A new one is one entry."""

from __future__ import annotations

import csv
import json
import math
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from playground.registry import Registry
from playground.training.events import Epoch, Step

READ_EVENTS = 2000
LABEL_MOST = 60
STEP_COLUMNS = tuple(field.name for field in fields(Step))
EPOCH_COLUMNS = tuple(field.name for field in fields(Epoch))
# Of a measured layer, where it applies.
LAYER_NUMBERS = ("gradient_norm", "weight_norm", "update_norm", "update_ratio", "dead")


@dataclass(frozen=True)
class Exported:
    """A run as it goes into a file: what stands in its config.json without its id, which is the permission to use it."""

    label: str
    facts: dict[str, Any]
    events: Callable[[], Iterator[dict[str, Any]]]


@dataclass(frozen=True)
class RunExport:
    """`words`: `run_export.<name>`. `write`: the chosen runs into an open binary file."""

    name: str
    suffix: str
    write: Callable[[IO[bytes], Sequence[Exported]], None]


def write_json_file(file: IO[bytes], runs: Sequence[Exported]) -> None:
    """{"format", "runs": [{name, created, config, environment, origin, events}]}; the events are the history as it is."""
    file.write(b'{"format": "pytorch-playground runs 1",\n "runs": [')
    for number, run in enumerate(runs):
        head = json.dumps(run.facts, ensure_ascii=False, indent=1)[:-2]
        file.write((b",\n" if number else b"\n") + head.encode() + b',\n "events": [')
        for place, event in enumerate(run.events()):
            file.write((b",\n" if place else b"\n") + json.dumps(event, ensure_ascii=False).encode())
        file.write(b"\n ]\n}")
    file.write(b"\n ]\n}\n")


def write_csv_zip(file: IO[bytes], runs: Sequence[Exported]) -> None:
    """Per run a folder with steps.csv (one row per step), epochs.csv (one per epoch) and config.json."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for run in runs:
            for name, kind, columns in (("steps", "step", STEP_COLUMNS), ("epochs", "epoch", EPOCH_COLUMNS)):
                with archive.open(f"{run.label}/{name}.csv", "w") as member:
                    for lines in _csv_lines(run, kind, columns):
                        member.write(lines)
            archive.writestr(f"{run.label}/config.json", json.dumps(run.facts, ensure_ascii=False, indent=1))


def write_tensorboard_zip(file: IO[bytes], runs: Sequence[Exported]) -> None:
    """Per run a folder with an event file: unpack it and `tensorboard --logdir` it. Scalars are float32, as there.

    The wall time of a step is the start of the run and its training seconds: a history has no clock of its own.
    """
    # Imported where it is needed: a child that nobody else waits for.
    from tensorboardX import SummaryWriter
    from tensorboardX.proto.summary_pb2 import Summary

    with tempfile.TemporaryDirectory() as work, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for run in runs:
            folder = Path(work) / run.label
            with SummaryWriter(str(folder), max_queue=10_000, flush_secs=3600) as writer:
                created = float(run.facts["created"])
                writer.add_text("config", f"```\n{json.dumps(run.facts, ensure_ascii=False, indent=1)}\n```", 0, created)
                # All numbers of a step in one event, a tenth of the time; and `add_scalar` warns of every NaN.
                for (step, seconds), numbers in groupby(scalars(run), key=lambda each: each[2:]):
                    values = [Summary.Value(tag=tag, simple_value=value) for tag, value, *_ in numbers]
                    writer.file_writer.add_summary(Summary(value=values), step, created + seconds)
            for path in sorted(folder.iterdir()):
                archive.write(path, f"{run.label}/{path.name}")
                path.unlink()


def scalars(run: Exported) -> Iterator[tuple[str, float, int, float]]:
    """(tag, value, step, training seconds) of every number in a history that has a step."""
    from playground.comparison.curve import images_until

    started: dict[str, Any] = {}
    seconds = 0.0
    for event in run.events():
        kind, step = event["type"], event.get("step")
        if kind == "started":
            started = event
        if kind not in ("step", "epoch", "insight") or not isinstance(step, int):
            continue
        if kind == "insight":
            for layer in event["layers"]:
                for name, value in _numbers(layer, LAYER_NUMBERS):
                    yield f"{name}/{layer['name'] or layer['type']}", value, step, seconds
            continue
        speed = dict(_numbers(event, ("images_per_second",))).get("images_per_second", 0.0)
        if math.isfinite(speed) and speed > 0:
            seconds = images_until(step, started, run.facts["config"]) / speed
        for name, value in _numbers(event, (STEP_COLUMNS if kind == "step" else EPOCH_COLUMNS)[1:]):
            yield f"{kind}/{name}", value, step, seconds


def _numbers(event: dict[str, Any], names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Those of an event that are there: an older history may lack some, and "nan" and "inf" are numbers, too."""
    for name in names:
        value = event.get(name)
        if isinstance(value, (int, float)) or value in ("nan", "inf", "-inf"):
            yield name, float(value)


def _csv_lines(run: Exported, kind: str, columns: Sequence[str]) -> Iterator[bytes]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for event in run.events():
        if event["type"] == kind:
            writer.writerow(["" if event.get(name) is None else event.get(name) for name in columns])
        if buffer.tell() > 2**16:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


RUN_EXPORTS: Registry[RunExport] = Registry(
    "topic.run_export",
    (
        RunExport("json", ".json", write_json_file),
        RunExport("csv", ".csv.zip", write_csv_zip),
        RunExport("tensorboard", ".tensorboard.zip", write_tensorboard_zip),
    ),
)


def make_label(number: int, name: str) -> str:
    """A folder's name that is safe on every disk, from what somebody called his run."""
    plain = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)
    while "__" in plain:
        plain = plain.replace("__", "_")
    return f"{number:02d}_{plain.strip('_.')[:LABEL_MOST]}".rstrip("_.")
