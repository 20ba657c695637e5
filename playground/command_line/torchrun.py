"""`train` as one rank of those that `torchrun` has started: rank 0 shows and keeps the run, the others only compute."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch.distributed as dist

from playground.command_line.display import TrainingDisplay
from playground.command_line.interruption import Interruption
from playground.command_line.run_folder import RunFolder
from playground.command_line.terminal import Terminal
from playground.distributed.group import Group, join_group, read_place
from playground.distributed.rank import train_rank
from playground.distributed.repeated import Repeated
from playground.distributed.run import STOP
from playground.distributed.worker import neighbour_died
from playground.errors import InputError, LimitError, PlaygroundError
from playground.limits import Limits
from playground.training.config import TrainingConfig
from playground.training.events import Event, Failed


def count_launched(asked: Any) -> int:
    """How many processes torchrun has started; 1 = none.

    Raises:
        InputError: another number was asked for.
    """
    place = read_place(os.environ)
    size = place.size if place is not None else 1
    if size > 1 and asked not in (None, size):
        raise InputError("config.processes_torchrun", size=size, processes=asked)
    return size


def run_rank(config: TrainingConfig, out: str | None, limits: Limits, terminal: Terminal) -> tuple[RunFolder | None, bool]:
    """Train; the folder of the run (on rank 0 alone) and whether it was completed.

    Raises:
        PlaygroundError: as `playground.training.loop.train`.
    """
    place = read_place(os.environ)
    assert place is not None
    group = join_group(config.device, place)
    config = replace(config, processes=place.size)
    if not group.speaks:
        # Of Ctrl-C rank 0 hears, and tells the others.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _train(config, Path(), limits, group, lambda event: None)
        return None, True
    started = os.environ.get("TORCHELASTIC_RUN_ID", "none")
    default = Path("runs") / f"{config.spec().name}-{started[:8] if started != 'none' else os.getppid()}"
    folder = RunFolder(Path(out) if out else default, config, again=place.restarts > 0)
    return folder, _speak(config, folder, limits, group, terminal)


def _speak(config: TrainingConfig, folder: RunFolder, limits: Limits, group: Group, terminal: Terminal) -> bool:
    repeated = Repeated(folder.log.read(0, len(folder.log)))
    end = time.monotonic() + limits.training_seconds
    last: list[Event] = []
    with Interruption() as interruption, TrainingDisplay(config.spec().name, terminal) as display:

        def tell(event: Event) -> str | None:
            if not repeated.take(event):
                folder.add(event)
                display.show(event)
            last[:] = [event]
            return STOP if interruption.asked or time.monotonic() > end else None

        try:
            _train(config, folder.path, limits, group, tell)
        except PlaygroundError as error:
            with contextlib.suppress(PlaygroundError):
                folder.end(Failed(error).to_json())
            raise
    if last[-1].type == "done":
        return True
    if not interruption.asked:
        late = LimitError("job.time", seconds=round(limits.training_seconds))
        folder.end(Failed(late).to_json())
        raise late
    folder.end({"type": "stopped", "reason": "visitor"})
    terminal.say("train.stopped", step=getattr(last[-1], "step", 0))
    return False


def _train(config: TrainingConfig, folder: Path, limits: Limits, group: Group, tell: Any) -> None:
    try:
        train_rank(config, folder, limits, group, tell)
        dist.destroy_process_group()
    except RuntimeError as error:
        if neighbour_died(error):
            os._exit(3)  # torchrun starts all anew, or says who died
        raise
