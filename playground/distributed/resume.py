"""The state from which all processes go on when one of them has died."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from playground.models.checkpoint import write_atomically

RESUME = "resume.pt"
# What of a run is a plain value; the rest are the states of its network, optimizer, schedule and scaler.
NUMBERS = "step epoch learning_rate training_seconds images_seen sums best_score best_facts epochs_without_best".split()
STATES = ("model", "optimizer", "scheduler", "scaler")


def write_resume(folder: Path, run: Any, states: dict[str, Any]) -> None:
    """Keep where a run is; `states`: see `DistributedRun.states`.

    Raises:
        RuntimeFailure: the disk refused; what was kept before is untouched.
    """
    state = {name: getattr(run, name) for name in NUMBERS} | states
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(folder / RESUME, lambda file: file.write(buffer.getvalue()))


def read_resume(folder: Path) -> bytes | None:
    """What was kept; None = nothing."""
    path = folder / RESUME
    return path.read_bytes() if path.is_file() else None


def apply_resume(kept: bytes, run: Any) -> None:
    """Put a run where `write_resume` found it."""
    state = torch.load(io.BytesIO(kept), map_location=run.device, weights_only=True)
    for name in NUMBERS:
        setattr(run, name, state[name])
    run.load_states({name: state[name] for name in STATES if name in state})


def forget_resume(folder: Path) -> None:
    (folder / RESUME).unlink(missing_ok=True)
