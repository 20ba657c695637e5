"""Slow motion: the five steps of training are told one by one, change nothing, and say what torch says."""

from __future__ import annotations

import time

import pytest
import torch
from safetensors.torch import load_file

from playground.models import build_model
from playground.training import loop
from playground.training.events import Part, Started, Step
from playground.training.loop import train
from playground.training.optimizers import OPTIMIZERS
from playground.training.script import write_script
from playground.training.script_training import write_five_steps
from playground.training.trial import Settings

CODE = """import torch
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 16)
        self.fc2 = nn.Linear(16, 10)

    def forward(self, x):
        x = x.view(-1, 784)
        return self.fc2(torch.relu(self.fc1(x)))
"""
WISHES = {
    "plain": {},
    "dropout": {"model": "MLP"},
    "accumulation": {"accumulation": 2, "batch_size": 48},
    "clip": {"clip_norm": 0.1},
    "fp16": {"precision": "fp16"},
    "one cycle": {"scheduler": "OneCycle"},
    "LBFGS": {"optimizer": "LBFGS", "learning_rate": 1},
    "code": {"model": CODE},
}
SECONDS = 0.02

pytestmark = pytest.mark.usefixtures("restored_torch")


def follow(config, folder, rest: float | None, pause: float = 0.0):
    """All events of a run; slow motion is turned on as soon as it has begun."""
    events, found = train(config, folder), []
    command = None
    while True:
        try:
            event = next(events) if command is None else events.send(command)
        except StopIteration:
            return found
        found.append(event)
        command = [("rest", rest)] if isinstance(event, Started) else None
        if isinstance(event, Part):
            time.sleep(pause)


def of_type(events, kind):
    return [event for event in events if type(event) is kind]


@pytest.mark.parametrize("wish", WISHES)
def test_it_changes_nothing(make_config, tmp_path, wish):
    config = make_config(train_size=192, **WISHES[wish])
    fast = of_type(follow(config, tmp_path / "fast", None), Step)
    slow = of_type(follow(config, tmp_path / "slow", 0.0), Step)
    facts = [[(step.loss, step.accuracy, step.gradient_norm) for step in run] for run in (fast, slow)]
    assert facts[0] == facts[1] and len(fast) > 1


def test_what_is_told_is_what_happened(make_config, tmp_path):
    config = make_config(optimizer="SGD", momentum=0.0, scheduler="none", learning_rate=0.1, accumulation=2)
    events = follow(config, tmp_path, 0.0)
    steps, parts = of_type(events, Step), of_type(events, Part)
    per_step = [(1, 1), (2, 1), (3, 1), (4, 1), (2, 2), (3, 2), (4, 2), (5, 1)]
    assert [(part.part, part.micro_batch) for part in parts] == per_step * len(steps)
    for step in steps:
        own = [part for part in parts if part.step == step.step]
        assert all(part.rest == 0.0 for part in own)
        shapes = [part.values for part in own if part.part == 2]
        assert shapes[0] == {"images": [64, 1, 28, 28], "logits": [64, 10]}
        shares = [part.values["loss"] for part in own if part.part == 3]
        assert sum(shares) == pytest.approx(step.loss, rel=1e-6)
        last = [part.values["gradient_norm"] for part in own if part.part == 4][-1]
        assert last == pytest.approx(step.gradient_norm, rel=1e-6)
        assert own[-1].values["update_norm"] == pytest.approx(0.1 * step.gradient_norm, rel=1e-4)
    weights = load_file(tmp_path / loop.LAST)
    parameters = [weights[name].flatten() for name, _ in build_model(config.spec()).named_parameters()]
    assert own[-1].values["weight_norm"] == pytest.approx(torch.cat(parameters).norm().item(), rel=1e-5)


def test_the_gradients_of_fp16_are_told_without_the_factor_of_the_scaler(make_config, tmp_path):
    events = follow(make_config(precision="fp16"), tmp_path, 0.0)
    for step in of_type(events, Step):
        (told,) = (
            part.values["gradient_norm"] for part in of_type(events, Part) if (part.step, part.part) == (step.step, 4)
        )
        assert told == pytest.approx(step.gradient_norm, rel=1e-3)


def test_rests_are_no_training_time(make_config, tmp_path):
    events = follow(make_config(), tmp_path, 0.0, pause=SECONDS)
    rested = SECONDS * len(of_type(events, Part))
    assert rested > 0.3
    images = 64 * len(of_type(events, Step))
    assert images / of_type(events, Step)[-1].images_per_second < 0.5 * rested


@pytest.mark.parametrize("accumulation", [1, 4])
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_its_lines_are_those_of_the_script(make_config, optimizer, precision, accumulation):
    closure = OPTIMIZERS[optimizer].closure
    if closure and (accumulation > 1 or precision == "fp16"):
        return  # refused
    config = make_config(optimizer=optimizer, precision=precision, accumulation=accumulation, clip_norm=0 if closure else 1)
    lines = write_five_steps(config, precision)
    assert sorted(line["part"] for line in lines if line["part"]) == [1, 2, 3, 4, 5]
    script = [line.strip() for line in write_script(config, Settings(precision, 1)).splitlines()]
    assert all(line["text"].strip() in script for line in lines)
