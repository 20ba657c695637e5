"""`train`: a whole run in this process, with progress and the course's table of epochs, kept in a folder."""

from __future__ import annotations

import contextlib
import json
import time
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from playground import words
from playground.command_line import resume
from playground.command_line.display import TrainingDisplay
from playground.command_line.interruption import Interruption
from playground.command_line.parser import PROGRAM, Parser
from playground.command_line.run_folder import RunFolder
from playground.command_line.terminal import Terminal
from playground.command_line.torchrun import count_launched, run_rank
from playground.data import AUGMENTATIONS, DATASETS
from playground.errors import LimitError, PlaygroundError
from playground.limits import Limits, is_public, read_limits
from playground.models import PRESETS
from playground.models.network import check_code, measure_code
from playground.runs.run import EVALUATION
from playground.training.config import PRECISIONS, TrainingConfig, resolve_config
from playground.training.events import Failed
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.processes import SHARDINGS
from playground.training.recipes import RECIPES
from playground.training.schedulers import SCHEDULERS
from playground.training.snapshot_state import Snapshot
from playground.training.work import train_as_configured

CHOICES: dict[str, tuple[str, ...]] = {
    "recipe": tuple(RECIPES),
    "model": tuple(PRESETS),
    "dataset": tuple(DATASETS),
    "optimizer": tuple(OPTIMIZERS),
    "scheduler": tuple(SCHEDULERS),
    "loss": tuple(LOSSES),
    "precision": PRECISIONS,
    "augment": tuple(AUGMENTATIONS),
    "sharding": tuple(SHARDINGS),
}
METAVARS = {"str": "NAME", "int": "N", "float": "X", "bool": "true|false"}
STOPPED = {"type": "stopped", "reason": "visitor"}


def add_options(parser: Parser, terminal: Terminal) -> None:
    """The config's options; then where to keep the run."""
    add_config_options(parser, terminal)
    hint = f"{terminal.text('train.out')} ({terminal.text('train.out_default')})"
    parser.add_option("--out", hint, metavar="RUN_DIR")
    resume.add_options(parser, terminal)


def add_config_options(parser: Parser, terminal: Terminal) -> None:
    """One option for every field of TrainingConfig, in its order."""
    for field in fields(TrainingConfig):
        reader = str if field.type == "str" else _read_number
        parser.add_option(
            f"--{field.name.replace('_', '-')}",
            _describe_option(field.name, terminal),
            dest=field.name,
            type=reader,
            metavar=METAVARS[str(field.type)],
        )


def wish_of(options: Namespace) -> dict[str, Any]:
    """What was said of the config."""
    given = {field.name: getattr(options, field.name) for field in fields(TrainingConfig)}
    return {name: value for name, value in given.items() if value is not None}


def read_config(options: Namespace, limits: Limits) -> TrainingConfig:
    """
    Raises:
        PlaygroundError: see `resolve_config`.
    """
    return resolve(wish_of(options), limits)


def resolve(values: Mapping[str, Any], limits: Limits) -> TrainingConfig:
    return resolve_config(values, limits, lambda spec: check_code(measure_code(spec.code, limits), limits))


def run(options: Namespace, terminal: Terminal) -> int:
    """Train, and say what came out; the exit code is 130 when Ctrl-C ended it."""
    limits = read_limits(public=is_public("localhost"))
    launched = count_launched(options.processes)
    if launched > 1:
        options.processes = launched
    resumed = resume.read_resumed(options, wish_of(options), lambda values: resolve(values, limits))
    config = resumed.config if resumed else read_config(options, limits)
    if launched > 1:
        return _run_rank(config, options.out, limits, terminal)
    origin = resumed.origin if resumed else None
    folder = RunFolder(Path(options.out) if options.out else None, config, origin)
    if not options.out:
        terminal.say("train.in_page", name=folder.name, run_id=folder.id)
    try:
        completed = follow_run(config, folder, limits, terminal, resumed.snapshot if resumed else None)
    finally:
        _finish(folder, config, terminal)
    return 0 if completed else 130


def _run_rank(config: TrainingConfig, out: str | None, limits: Limits, terminal: Terminal) -> int:
    folder, completed = run_rank(config, out, limits, terminal)
    if folder is not None:
        _finish(folder, config, terminal)
    return 0 if completed else 130


def _finish(folder: RunFolder, config: TrainingConfig, terminal: Terminal) -> None:
    if folder.weights():
        folder.release()
        _report(folder, config, folder.save_course_file(), terminal)
    else:
        folder.discard()


def follow_run(
    config: TrainingConfig, folder: RunFolder, limits: Limits, terminal: Terminal, origin: Snapshot | None = None
) -> bool:
    """Train (from `origin` on) and keep every event; False when Ctrl-C ended the run, whose last weights are then saved too.

    Raises:
        LimitError: it took longer than the limits allow.
        PlaygroundError: what `train` raises. Either is also the last event of the folder's record.
    """
    seconds = limits.training_seconds
    end = time.monotonic() + seconds
    step = 0
    with Interruption() as interruption, TrainingDisplay(config.spec().name, terminal) as display:
        try:
            work = train_as_configured(config, folder.path, limits, origin)
            with contextlib.closing(work) as events:  # type: ignore[type-var]
                for event in events:
                    folder.add(event)
                    display.show(event)
                    step = getattr(event, "step", step)
                    if event.type == "done":
                        return True
                    if interruption.asked:
                        break
                    if time.monotonic() > end:
                        raise LimitError("job.time", seconds=round(seconds))
        except PlaygroundError as error:
            with contextlib.suppress(PlaygroundError):  # a full disk cannot take its own error either
                folder.end(Failed(error).to_json())
            raise
    folder.end(STOPPED)
    terminal.say("train.stopped", step=step)
    return False


def _describe_option(name: str, terminal: Terminal) -> str:
    """The page's own words for a setting, and what may be chosen."""
    keys = (f"control.{name}", f"control.{name}_help")
    parts = [terminal.text(key) for key in keys if key in words.WORDS]
    if name in CHOICES:
        parts.append(terminal.text("command_line.choices", names=", ".join(CHOICES[name])))
    return "; ".join(parts)


def _read_number(text: str) -> object:
    """A number if it is one; what is none is left to the config's own check, which says what is allowed."""
    for reader in (int, float):
        with contextlib.suppress(ValueError):
            return reader(text)
    return text


def _report(folder: RunFolder, config: TrainingConfig, course_file: Path | None, terminal: Terminal) -> None:
    """The accuracy of the best weights, digit by digit, and where everything lies."""
    if course_file is not None:
        _print_accuracies(folder.path / EVALUATION, config, terminal)
    for path in [*folder.weights(), *([course_file] if course_file else [])]:
        terminal.say("train.kept", path=str(path))
    terminal.say("train.try_it", command=f"{PROGRAM} predict IMAGE --model {folder.path}")


def _print_accuracies(path: Path, config: TrainingConfig, terminal: Terminal) -> None:
    evaluation: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names = DATASETS[config.dataset].class_names
    terminal.say("train.each_digit" if names[0] == "0" else "train.each_class")
    width = max(map(len, names))
    for index, (name, accuracy) in enumerate(zip(names, evaluation["per_digit"], strict=True)):
        row = evaluation["confusion"][index]
        terminal.write(f"  {name:{width}}  {accuracy:8.2%}  ({row[index]:,}/{sum(row):,})")
