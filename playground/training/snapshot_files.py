"""The snapshots of a run on disk: their names, what each says of itself, and where the best weights of then are.

A snapshot of step k is `snapshots/step-k.safetensors` (the weights, a checkpoint like any other), `step-k.state.safetensors`
(the tensors of the optimizer) and `step-k.json` (all else), which is written last and deleted first: who finds it finds all.
The best weights until then are `best-j.safetensors` and `best-j.json`, of step j, shared by the snapshots that followed.
Nothing here needs torch, and nothing is unpickled: a learner's code may have written these files.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from pathlib import Path
from typing import Any

from playground.errors import NotFoundError, RuntimeFailure

FOLDER = "snapshots"
FACTS_BYTES_MOST = 4 * 2**20
FILE_BYTES_MOST = 2**30
NAME = re.compile(r"step-(\d{1,12})\.json")


def file_of(folder: Path, step: int, ending: str) -> Path:
    """One of a snapshot's files: `ending` is safetensors, state.safetensors or json."""
    return folder / f"step-{step}.{ending}"


def best_files(folder: Path, step: int) -> tuple[Path, Path]:
    """The best weights of step `step`, and their evaluation."""
    return folder / f"best-{step}.safetensors", folder / f"best-{step}.json"


def list_steps(folder: Path) -> list[int]:
    """The steps of which there are snapshots, in their order; [] where there is no such folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(int(found[1]) for name in names if (found := NAME.fullmatch(name)))


def read_facts(folder: Path, step: int) -> dict[str, Any]:
    """What a snapshot says of itself.

    Raises:
        NotFoundError: it is not there (any more), or damaged.
    """
    path = file_of(folder, step, "json")
    try:
        if path.is_symlink() or path.stat().st_size > FACTS_BYTES_MOST:
            raise ValueError(path.name)
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.get("step") != step:
            raise ValueError(path.name)
    except (OSError, ValueError, RecursionError) as error:
        raise NotFoundError("snapshot.missing", step=f"{step:,}", steps=written_steps(folder)) from error
    return found


def find_weights(folder: Path, step: int) -> Path:
    """The checkpoint of a snapshot.

    Raises:
        NotFoundError: it is not there (any more).
    """
    read_facts(folder, step)
    path = file_of(folder, step, "safetensors")
    if path.is_symlink() or not path.is_file():
        raise NotFoundError("snapshot.missing", step=f"{step:,}", steps=written_steps(folder))
    return path


def written_steps(folder: Path) -> str:
    """The steps of which there are snapshots, for a message."""
    steps = [f"{step:,}" for step in list_steps(folder)]
    return ", ".join(steps if len(steps) < 8 else [*steps[:3], "…", *steps[-3:]]) or "–"


def delete_snapshot(folder: Path, step: int) -> None:
    for ending in ("json", "state.safetensors", "safetensors"):
        file_of(folder, step, ending).unlink(missing_ok=True)


def clear_folder(folder: Path) -> None:
    """Delete all files in it. Raises: RuntimeFailure: the disk refused."""
    try:
        for entry in os.scandir(folder) if folder.is_dir() else ():
            os.unlink(entry.path)
    except OSError as error:
        raise RuntimeFailure("disk.write", name=FOLDER, reason=error.strerror or str(error)) from error


def measure_folder(folder: Path) -> int:
    """The bytes of all its files."""
    try:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder))
    except OSError:  # the run was deleted, or this file while we looked
        return 0


def copy_snapshot(source: Path, step: int, target: Path) -> None:
    """Give another run a snapshot, and the best weights until then, so that it needs the first run no more.

    Raises:
        NotFoundError: it is not there (any more). RuntimeFailure: the disk refused.
    """
    best = read_facts(source, step).get("best_step")
    paths = [file_of(source, step, ending) for ending in ("safetensors", "state.safetensors", "json")]
    if isinstance(best, int):
        paths = [*best_files(source, best), *paths]
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in paths:
            if path.is_symlink() or path.stat().st_size > FILE_BYTES_MOST:
                raise FileNotFoundError(path.name)
            shutil.copyfile(path, target / path.name)
    except FileNotFoundError as error:
        raise NotFoundError("snapshot.missing", step=f"{step:,}", steps=written_steps(source)) from error
    except OSError as error:
        raise RuntimeFailure("disk.write", name=paths[-1].name, reason=error.strerror or str(error)) from error


def finite(value: Any) -> float | None:
    """A number of a file that anyone may have written; None where it is none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(value) else None
