"""`train --resume`: a run goes on from a snapshot of another one's folder, as a run of its own."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.command_line.terminal import Terminal
from playground.errors import InputError, NotFoundError
from playground.registry import shorten
from playground.runs.run import CONFIG, METRICS, WORK
from playground.timeline import check_fork, difference, read_rate_changes
from playground.training import snapshot_files as files
from playground.training.config import TrainingConfig, complete_config
from playground.training.snapshot_state import Snapshot, load_snapshot

Resolve = Callable[[Mapping[str, Any]], TrainingConfig]


@dataclass(frozen=True)
class Resumed:
    """What a run goes on with, and where from, as its entry keeps it."""

    config: TrainingConfig
    snapshot: Snapshot
    origin: dict[str, Any]


def add_options(parser: Any, terminal: Terminal) -> None:
    parser.add_option("--resume", terminal.text("train.resume"), metavar="RUN_DIR")
    parser.add_option("--from", terminal.text("train.from"), dest="from_step", metavar="STEP")


def read_resumed(options: Namespace, changes: Mapping[str, Any], resolve: Resolve) -> Resumed | None:
    """What `--resume` and `--from` ask for; None = nothing of the kind.

    Args:
        changes: the settings that were given beside it.

    Raises:
        NotFoundError: no run or no such snapshot. InputError: a step that is none; settings that may not differ.
    """
    if options.resume is None:
        if options.from_step is not None:
            raise InputError("train.from_alone")
        return None
    folder = Path(options.resume)
    try:
        entry = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        before = complete_config(entry["config"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotFoundError("train.resume_missing", folder=str(folder)) from error
    own = folder if (folder / files.FOLDER).is_dir() else folder / WORK
    step = _read_step(options.from_step, own / files.FOLDER)
    config = resolve({**before, **changes})
    check_fork(before, config.to_json(), files.read_facts(own / files.FOLDER, step))
    same = not difference(before, config.to_json())
    rates = [(at, factor) for at, factor in read_rate_changes(folder / METRICS) if at > step] if same else []
    return Resumed(config, load_snapshot(own, step, rates), {"run_id": str(entry.get("id", "")), "step": step})


def _read_step(given: str | None, folder: Path) -> int:
    steps = files.list_steps(folder)
    if not steps:
        raise NotFoundError("snapshot.none")
    if given is None:
        return steps[-1]
    if not given.isdecimal() or len(given) > 12:
        raise InputError("snapshot.step", got=shorten(given), steps=files.written_steps(folder))
    files.read_facts(folder, int(given))
    return int(given)
