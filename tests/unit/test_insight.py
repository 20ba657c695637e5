"""The gradient monitor: a plain loop over torch's own tensors is its oracle."""

from __future__ import annotations

import json
import math
import time

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from training_steps import take

from playground.training import insight
from playground.training.events import Insight, Step
from playground.training.insight import COST_SHARE, GradientMonitor, Pace, find_alive, judge_gradients
from playground.training.loop import TrainingRun, train
from playground.training.trial import Settings

pytestmark = pytest.mark.usefixtures("restored_torch")
CPU = torch.device("cpu")
SHORT = 1e-4  # five digits are told
CODE_MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.act = nn.ReLU()
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(self.act(self.hidden(x.flatten(1))))
"""


@pytest.fixture
def every_step(monkeypatch):
    """Each step is measured, whatever it costs."""
    monkeypatch.setattr(Pace, "is_due", lambda self, step, training_seconds: True)


@pytest.fixture
def open_run(make_config, tmp_path):
    def make(precision: str = "fp32", **wish) -> TrainingRun:
        config = make_config(precision=precision, **wish)
        run = TrainingRun(config, config.spec(), Settings(precision, 1), CPU, tmp_path)
        run.model.train()
        return run

    return make


def step_of(run: TrainingRun, count: int = 64) -> dict[str, dict]:
    """One step on the first images: the rows by the layer's name."""
    take(run.train_step(torch.arange(count)))
    found = run.insight.take()
    assert found is not None
    return {row["name"]: row for row in found.layers}


def norm_of(tensors) -> float:
    return math.sqrt(sum(float((tensor.double() ** 2).sum()) for tensor in tensors))


def a_monitor(layers: nn.Module, images: torch.Tensor, change=lambda: None) -> dict[str, dict]:
    """One measured step of plain SGD on the mean of the squared outputs; `change` may tamper with the gradients."""
    monitor, optimizer = GradientMonitor(layers), torch.optim.SGD(layers.parameters(), lr=0.1)
    optimizer.zero_grad()
    with monitor.measuring(1, 0.0):
        layers(images).square().mean().backward()
        change()
        monitor.look()
        optimizer.step()
    return {row["name"]: row for row in monitor.take().layers}


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW", "LBFGS"])
def test_the_norms_are_those_of_a_plain_loop(open_run, every_step, optimizer):
    """Of parameters, of gradients as they came (before clipping), and of the difference that the optimizer made."""
    clip = {} if optimizer == "LBFGS" else {"clip_norm": 0.01}
    run = open_run(optimizer=optimizer, learning_rate=0.1, **clip)
    before = {name: value.detach().clone() for name, value in run.model.named_parameters()}
    gradients: dict[str, torch.Tensor] = {}
    clip_gradients = run.clip_gradients

    def spy():
        for name, value in run.model.named_parameters():
            gradients.setdefault(name, value.grad.detach().clone())
        return clip_gradients()

    run.clip_gradients = spy
    rows = step_of(run)
    after = dict(run.model.named_parameters())
    for layer in ("conv", "head"):
        names = [f"{layer}.weight", f"{layer}.bias"]
        updates = [after[name].detach() - before[name] for name in names]
        row = rows[layer]
        assert row["gradient_norm"] == pytest.approx(norm_of(gradients[name] for name in names), rel=SHORT)
        assert row["gradient_max"] == pytest.approx(max(float(gradients[name].abs().max()) for name in names), rel=SHORT)
        assert row["weight_norm"] == pytest.approx(norm_of(before[name] for name in names), rel=SHORT)
        assert row["update_norm"] == pytest.approx(norm_of(updates), rel=SHORT) and row["update_norm"] > 0
        assert row["update_ratio"] == pytest.approx(row["update_norm"] / row["weight_norm"], rel=3 * SHORT)
        assert (row["nan"], row["inf"], row["verdict"]) == (0, 0, "ok")


@pytest.mark.parametrize(
    "wish",
    [
        {"augment": "strong", "epochs": 2, "scheduler": "OneCycle"},
        {"optimizer": "SGD", "accumulation": 2, "clip_norm": 0.5},
        {"optimizer": "LBFGS", "learning_rate": 1},
        {"precision": "fp16"},
        {"precision": "bf16"},
        {"model": CODE_MODEL},
    ],
    ids=str,
)
def test_the_curve_is_the_same_bit_for_bit_without(make_config, tmp_path, every_step, wish):
    found = {}
    for watched in (True, False):
        folder = tmp_path / str(watched)
        events = list(train(make_config(**wish), folder, insight=watched))
        steps = [event for event in events if type(event) is Step]
        assert sum(isinstance(event, Insight) for event in events) == (len(steps) if watched else 0)
        curve = [(event.loss, event.accuracy, event.gradient_norm, event.learning_rate) for event in steps]
        found[watched] = (curve, load_file(folder / "last.safetensors"))
    assert found[True][0] == found[False][0]
    assert all(torch.equal(value, found[False][1][name]) for name, value in found[True][1].items())


def test_a_learners_own_class_is_measured(open_run, every_step):
    rows = step_of(open_run(model=CODE_MODEL))
    assert list(rows) == ["hidden", "act", "head"]
    assert rows["act"]["units"] == 16 and rows["hidden"]["gradient_norm"] > 0


def test_gradients_are_told_unscaled(open_run, every_step):
    """Under a GradScaler `.grad` is 65,536 times too large until it is unscaled."""
    plain, scaled = step_of(open_run()), step_of(open_run("fp16"))
    for name in ("conv", "head"):
        for key in ("gradient_norm", "gradient_max", "update_norm"):
            assert scaled[name][key] == pytest.approx(plain[name][key], rel=0.1), (name, key)


def test_a_step_that_the_scaler_leaves_out_is_told_as_it_is(open_run, every_step):
    run = open_run("fp16")
    run.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
    row = step_of(run)["head"]
    assert row["nan"] + row["inf"] > 0 and row["verdict"] in ("nan", "inf")
    assert row["update_norm"] == 0


@pytest.mark.parametrize("shape", [(20,), (7, 20)], ids=["vectors", "sequences"])
def test_dead_units(shape):
    """A bias of -100 lets no unit through; after 0 some speak for some image; a hidden NaN is not called dead."""
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 3))
    images = torch.rand(32, *shape)
    assert (row := a_monitor(layers, images)["1"])["units"] == 8 and row["dead"] < 0.5 and row["verdict"] == "ok"
    with torch.no_grad():
        layers[0].bias[:6] = -100
    row = a_monitor(layers, images)["1"]
    alive = (layers[1](layers[0](images)) > 0).flatten(0, -2).any(0)
    assert row["dead"] == 1 - int(alive.sum()) / 8 >= 0.75 and row["verdict"] == "dead"
    with torch.no_grad():
        layers[0].bias[:] = -100
    row = a_monitor(layers, images)
    assert row["1"]["dead"] == 1
    assert row["0"]["gradient_norm"] == 0 and row["0"]["verdict"] == "may_vanish"


def test_the_units_of_a_convolution_are_its_channels():
    output = torch.zeros(4, 5, 6, 6)
    output[3, 1, 2, 2], output[0, 4, 0, 0] = 1e-20, math.nan
    for layout in (torch.contiguous_format, torch.channels_last):
        assert find_alive(output.contiguous(memory_format=layout)).tolist() == [False, True, False, False, True]


def test_a_unit_that_speaks_in_one_micro_batch_is_alive(open_run, every_step):
    """Accumulation: all micro-batches of the step count together."""
    run = open_run(batch_size=32, accumulation=2)
    outputs = []
    rectifier = next(layer for layer in run.model.modules() if isinstance(layer, nn.ReLU))
    rectifier.register_forward_hook(lambda layer, given, output: outputs.append(output.detach().clone()))
    row = next(row for row in step_of(run).values() if row["type"] == "ReLU")
    assert len(outputs) == 2
    alive = (torch.cat(outputs) > 0).amax(dim=(0, 2, 3))
    assert row["dead"] == pytest.approx(1 - int(alive.sum()) / len(alive), abs=1e-5)


def test_nan_and_infinity_are_counted():
    layers = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))

    def break_some():
        layers[0].weight.grad[0, 0] = layers[0].weight.grad[1, 1] = math.nan
        layers[0].bias.grad[2] = -math.inf
        layers[1].bias.grad[0] = math.inf

    rows = a_monitor(layers, torch.rand(5, 4), break_some)
    assert (rows["0"]["nan"], rows["0"]["inf"], rows["0"]["verdict"]) == (2, 1, "nan")
    assert (rows["1"]["nan"], rows["1"]["inf"], rows["1"]["verdict"]) == (0, 1, "inf")
    told = Insight(1, 0.0, 0.0, list(rows.values())).to_json()
    assert json.loads(json.dumps(told, allow_nan=False))["layers"][0]["gradient_norm"] == "nan"


@pytest.mark.parametrize(
    ("peak", "verdict"),
    [(100, "ok"), (100.1, "may_explode"), (1e-7, "ok"), (9e-8, "may_vanish"), (0, "may_vanish"), (None, "none")],
)
def test_the_thresholds_are_those_of_the_course(peak, verdict):
    assert judge_gradients(peak) == verdict


def test_a_negative_explosion_is_seen():
    layers = nn.Sequential(nn.Linear(4, 3))
    rows = a_monitor(layers, torch.rand(5, 4), lambda: layers[0].bias.grad.fill_(-101))
    assert rows["0"]["verdict"] == "may_explode" and rows["0"]["gradient_max"] == 101


def test_odd_networks():
    """Frozen, unused, shared, empty and bare parameters; a ReLU that stands in two places."""

    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale, self.empty = nn.Parameter(torch.ones(1)), nn.Parameter(torch.empty(0))
            self.a, self.b, self.unused, self.frozen = (nn.Linear(4, 4) for _ in range(4))
            self.b.weight = self.a.weight
            self.frozen.requires_grad_(False)
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x):
            return self.relu(self.frozen(self.b(self.relu(self.a(x) * self.scale))).repeat(1, 2))

    rows = a_monitor(Odd(), torch.rand(6, 4))
    assert list(rows) == ["Odd", "a", "b", "unused", "relu"]
    assert rows["unused"]["gradient_norm"] is None and rows["unused"]["verdict"] == "none"
    assert rows["unused"]["update_norm"] == 0
    assert rows["b"]["weight_norm"] < rows["a"]["weight_norm"]


def test_a_network_too_large_to_copy_is_told_without_updates(monkeypatch):
    monkeypatch.setattr(insight, "COPY_BYTES_MOST", 10)
    row = a_monitor(nn.Sequential(nn.Linear(4, 3)), torch.rand(5, 4))["0"]
    assert row["update_norm"] is None and row["update_ratio"] is None and row["gradient_norm"] > 0


def test_the_hooks_are_gone_after_a_step_that_fails():
    layers = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    monitor = GradientMonitor(layers)

    def fail():
        with monitor.measuring(1, 0.0):
            assert layers[1]._forward_hooks
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not layers[1]._forward_hooks and monitor.take() is None


@pytest.mark.parametrize("cost", [0.0001, 0.01, 0.3])
def test_the_pace_keeps_the_cost_in_its_budget(cost):
    pace, seconds, measured = Pace(), 0.0, []
    for step in range(1, 20_001):
        if pace.is_due(step, seconds):
            seconds += cost
            pace.add(step, cost)
            measured.append(step)
            assert len(measured) == 1 or pace.spent <= COST_SHARE * seconds
        seconds += 0.01
    assert measured[0] == 1 and len(measured) < 1500
    assert len(measured) > min(300, 0.9 * COST_SHARE * seconds / cost)


def test_the_event_tells_what_measuring_cost(open_run, every_step, monkeypatch):
    run = open_run()
    measured, begun = [], time.perf_counter()
    for event in run.train_epoch():
        if isinstance(event, Insight):
            measured.append(event)
    wall = time.perf_counter() - begun
    assert [event.step for event in measured] == [1, 2, 3, 4]
    total = sum(event.seconds for event in measured)
    assert 0 < total < wall
    assert measured[-1].share == pytest.approx(total / run.training_seconds, rel=0.2)
