"""The state of a run as tensors and JSON, and back: what a run that goes on from there has, and nothing is pickled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from playground.errors import InputError, PlaygroundError
from playground.models import load_checkpoint
from playground.models.checkpoint import read_weights, write_atomically
from playground.registry import shorten
from playground.training.batches import count_steps
from playground.training.config import TrainingConfig, complete_config
from playground.training.snapshot_files import FOLDER, best_files, file_of, find_weights, read_facts
from playground.training.trial import Settings

if TYPE_CHECKING:
    from playground.training.loop import TrainingRun

# What a schedule is made from: where one of them has changed, it is made anew and brought to its place in the run.
SCHEDULE_KEYS = ("learning_rate", "scheduler", "epochs", "batch_size", "accumulation")
# What a schedule writes into the optimizer.
RATES = ("lr", "initial_lr", "max_lr", "min_lr")
COUNTERS = ("step", "epoch", "epoch_seen", "images_seen", "training_seconds", "best_score", "epochs_without_best")


@dataclass(frozen=True)
class Snapshot:
    """A state to go on from.

    Args:
        weights: parameters and buffers by name. tensors: of the optimizer, and buffers that a state dict leaves out.
        facts: all else; see `freeze`. folder: where the best weights until then lie.
        rates: (step, factor) by which the learning rate shall be changed later, as it was in the run that is gone through
            again.
    """

    step: int
    weights: Mapping[str, Tensor]
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]
    folder: Path
    rates: tuple[tuple[int, float], ...] = ()

    def settings(self, config: TrainingConfig) -> Settings | None:
        """What the run computed with, as far as this config wants the same; None = it wants something else."""
        before = self.facts["config"]
        if (before["precision"], before["threads"]) != (config.precision, config.threads):
            return None
        return Settings(**self.facts["settings"])


def load_snapshot(folder: Path, step: int, rates: Iterable[tuple[int, float]] = ()) -> Snapshot:
    """The snapshot of step `step` of the run in `folder`.

    Raises:
        NotFoundError: it is not there (any more). InputError: a file of it is damaged.
    """
    kept = folder / FOLDER
    facts = read_facts(kept, step)
    weights = load_checkpoint(find_weights(kept, step)).state
    path = file_of(kept, step, "state.safetensors")
    read_weights(path)  # its size, and whether it is there
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise InputError("checkpoint.damaged", name=path.name, reason=shorten(str(error), 120)) from error
    return Snapshot(step, weights, tensors, facts, kept, tuple(rates))


def freeze(run: TrainingRun) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    """A run between two steps as (weights, other tensors, facts); what is on a device is copied from it."""
    weights = run.network.state()
    tensors: dict[str, Tensor] = {}
    state = run.network.call(lambda: _encode(run.optimizer.state_dict()["state"], tensors))
    buffers = run.network.call(lambda: _encode(_other_buffers(run.model, weights), tensors))
    facts: dict[str, Any] = {name: getattr(run, name) for name in COUNTERS}
    facts |= {
        "config": run.config.to_json(),
        "settings": asdict(run.settings),
        "sums": run.sums,
        "best_facts": run.best_facts,
        "optimizer": state,
        "buffers": buffers,
        "rates": [{name: group[name] for name in RATES if name in group} for group in run.optimizer.param_groups],
        "scheduler": _encode(run.scheduler.state_dict(), {}) if run.scheduler else None,
        "scaler": run.scaler.state_dict() if run.scaler else None,
        "factor": run.live_rate.factor,
        "learning_rate": run.live_rate.now(),
        "epochs": (run.step + run.offset) / run.steps_per_epoch,
    }
    if run.best_facts:
        facts["best_step"] = run.best_facts["step"]
    return weights, tensors, facts


def thaw(run: TrainingRun, snapshot: Snapshot) -> None:
    """Put a run that has just been made into the state of a snapshot.

    Carried over whatever the settings: weights, counters, the best until then, and the place in the epoch's order of images.
    The optimizer's state where the optimizer is the same. The schedule's, with a changed learning rate's factor, where what
    it is made from is the same; else a new one is brought to the same place in the run. The GradScaler's under fp16.

    Raises:
        InputError: the snapshot is another model's, or damaged, or with these settings nothing is left to train.
    """
    try:
        _thaw(run, snapshot)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, RecursionError) as error:
        if isinstance(error, PlaygroundError):
            raise
        name = file_of(snapshot.folder, snapshot.step, "json").name
        raise InputError("checkpoint.damaged", name=name, reason=shorten(str(error), 120)) from error


def _thaw(run: TrainingRun, snapshot: Snapshot) -> None:
    facts = snapshot.facts
    before = TrainingConfig(**complete_config(facts["config"]))
    run.network.load(snapshot.weights)
    run.network.call(lambda: _load_buffers(run.model, _decode(facts["buffers"], snapshot.tensors)))
    for name in COUNTERS:
        setattr(run, name, facts[name])
    run.sums, run.best_facts = list(facts["sums"]), dict(facts["best_facts"])
    done, total = place_in_run(run.config, len(run.data.train), run.epoch, run.epoch_seen)
    if done >= total:
        raise InputError("snapshot.nothing_left", epochs=f"{facts['epochs']:g}", wanted=f"{run.config.epochs:g}")
    run.offset, run.total_steps = done - run.step, run.step + total - done
    if run.stopped_early:  # that run was over; who goes on from there wants as many epochs again
        run.epochs_without_best = 0
    if same_optimizer(before, run.config):
        run.network.call(lambda: _load_optimizer(run.optimizer, _decode(facts["optimizer"], snapshot.tensors)))
    _restore_schedule(run, before, facts, done)
    if run.scaler is not None and facts["scaler"]:
        run.scaler.load_state_dict(facts["scaler"])
    _restore_best(run, snapshot)


def place_in_run(config: TrainingConfig, count: int, epoch: int, seen: int) -> tuple[int, int]:
    """Steps that a run of this config has done, and all its steps, where `epoch` epochs of `count` images are over and
    `seen` images of the next."""
    per_epoch, total = count_steps(config, count)
    left = math.ceil((count - seen) / (config.batch_size * config.accumulation))
    return (epoch + 1) * per_epoch - left, total


def same_optimizer(before: TrainingConfig, now: TrainingConfig) -> bool:
    """Whether the one's state fits the other: without a momentum nothing of one is kept."""
    return before.optimizer == now.optimizer and bool(before.momentum) == bool(now.momentum)


def _restore_schedule(run: TrainingRun, before: TrainingConfig, facts: Mapping[str, Any], done: int) -> None:
    same = all(getattr(before, key) == getattr(run.config, key) for key in SCHEDULE_KEYS)
    if (before.learning_rate, before.scheduler) == (run.config.learning_rate, run.config.scheduler):
        run.live_rate.factor = facts["factor"]
    if same:
        for group, rates in zip(run.optimizer.param_groups, facts["rates"], strict=True):
            group.update(rates)
        if run.scheduler:
            run.scheduler.load_state_dict(_decode(facts["scheduler"], {}))
    elif run.scheduler and not run.schedule.watches:
        run.optimizer._opt_called = True  # type: ignore[attr-defined]  # else torch warns that the optimizer has made no step
        for _ in range(run.epoch if run.schedule.per_epoch else done):
            run.scheduler.step()


def _restore_best(run: TrainingRun, snapshot: Snapshot) -> None:
    """The best weights until then are the best of this run as well, until it has better ones."""
    from playground.training.loop import BEST, EVALUATION

    best = snapshot.facts.get("best_step")
    if best is None:
        return
    for source, name in zip(best_files(snapshot.folder, best), (BEST, EVALUATION), strict=True):
        data = read_weights(source)
        write_atomically(run.folder / name, lambda file, data=data: file.write(data))  # type: ignore[misc]


def _load_optimizer(optimizer: torch.optim.Optimizer, state: dict[int, dict[str, Any]]) -> None:
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for place, entry in state.items():
        own = parameters[place]
        for name, value in entry.items():
            if isinstance(value, Tensor) and value.shape == own.shape:
                # A fused kernel goes through parameter and state by the same addresses: they must lie alike.
                entry[name] = torch.empty_like(own, dtype=value.dtype).copy_(value)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _other_buffers(model: nn.Module, known: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value for name, value in nn.Module.named_buffers(model) if name not in known}


def _load_buffers(model: nn.Module, given: Mapping[str, Tensor]) -> None:
    own = dict(nn.Module.named_buffers(model))
    with torch.no_grad():
        for name, value in given.items():
            if name in own and own[name].shape == value.shape:
                own[name].copy_(value)


def _encode(value: Any, tensors: dict[str, Tensor]) -> Any:
    """JSON in which a tensor is {"tensor": its name in `tensors`}, and a mapping {"entries": [[key, value] …]}."""
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous()
        return {"tensor": name}
    if isinstance(value, Mapping):
        return {"entries": [[key, _encode(item, tensors)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return [_encode(item, tensors) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no form in a snapshot")


def _decode(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, dict):
        if "tensor" in value:
            return tensors[value["tensor"]].clone()
        return {key: _decode(item, tensors) for key, item in value["entries"]}
    return [_decode(item, tensors) for item in value] if isinstance(value, list) else value
