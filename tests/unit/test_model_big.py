"""The formulas of large networks against networks that are run on tensors without data; memory against optimizers."""

from __future__ import annotations

import contextlib
import time

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from playground.errors import InputError
from playground.limits import read_limits
from playground.models import build_model, parse_spec
from playground.models.big import BIG, GiB, estimate_big, make_spec
from playground.models.compare import align, compare_models
from playground.models.layer_table import LayerTable
from playground.models.macs import FlopMode
from playground.models.memory import OPTIMIZER_STATES, training_memory
from playground.models.modules import make_layer
from playground.models.sizes import fill_sizes
from playground.models.spec import LayerSpec

LIMITS = read_limits(public=False)


def really_run(kind: str, width: int, depth: int, batch: int, *, amp: bool) -> tuple[int, int, int, int]:
    """Parameters, FLOPs forward and in all, and bytes that autograd keeps, of a forward and a backward pass."""
    spec = fill_sizes(make_spec(kind, width, depth))
    backward: list[int] = []
    with FakeTensorMode(allow_fallback_kernels=False):
        model = make_layer(LayerSpec("Sequential", layers=spec.layers), "")
        table = LayerTable(model)
        with torch.autocast("cpu", torch.bfloat16) if amp else contextlib.nullcontext():
            output = table.run(torch.zeros(batch, 1, 28, 28))
        with FlopMode(backward.append):
            output.float().sum().backward()
        count = sum(part.numel() for part in model.parameters())
    return count, table.flops, table.flops + sum(backward), table.saved_bytes


@pytest.mark.parametrize("kind", list(BIG))
@pytest.mark.parametrize(("width", "depth", "batch"), [(64, 1, 1), (64, 2, 3), (192, 3, 2), (448, 5, 7), (4096, 2, 300)])
def test_the_formulas_are_what_a_real_run_costs(kind, width, depth, batch):
    cost = BIG[kind].cost(width, depth, batch)
    found = really_run(kind, width, depth, batch, amp=False)
    assert (cost.parameters, cost.forward_flops, cost.flops, cost.saved_bytes) == found
    assert cost.saved_bytes_amp == really_run(kind, width, depth, batch, amp=True)[3]


@pytest.mark.parametrize("kind", ["MLP", "CNN"])
def test_flops_against_torchs_own_counter(kind):
    model = build_model(make_spec(kind, 64, 3))
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(2, 1, 28, 28)).sum().backward()
    assert BIG[kind].cost(64, 3, 2).flops == counter.get_total_flops()


def test_a_transformer_needs_six_flops_a_parameter_and_token():
    cost = BIG["Transformer"].cost(8192, 48, 16)
    assert cost.flops == pytest.approx(6 * cost.parameters * 49 * 16, rel=0.01)


@pytest.mark.parametrize("name", list(OPTIMIZER_STATES))
def test_what_an_optimizer_remembers(name):
    model = nn.Sequential(nn.Linear(20, 30), nn.Linear(30, 5))
    kind, options = (torch.optim.SGD, {"momentum": 0.9}) if "momentum" in name else (getattr(torch.optim, name), {})
    optimizer = kind(model.parameters(), lr=0.01, **options)
    model(torch.randn(4, 20)).sum().backward()
    optimizer.step()
    kept = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    size = sum(part.numel() * part.element_size() for part in model.parameters())
    # Adam also keeps the number of the step, one for each tensor.
    states = sum(value.numel() * value.element_size() for value in kept if value.dim())
    assert states == training_memory(size, size, 0, name)["optimizer"]
    gradients = sum(part.grad.numel() * part.grad.element_size() for part in model.parameters())
    assert gradients == training_memory(size, size, 0, name)["gradients"]


def test_frozen_parameters_cost_only_themselves():
    memory = training_memory(1000, 400, 50, "AdamW")
    assert memory == {"parameters": 1000, "gradients": 400, "optimizer": 800, "activations": 50, "total": 2250}


def test_an_answer():
    begun = time.perf_counter()
    answer = estimate_big("Transformer", 8010, 64, 32, "AdamW")
    assert time.perf_counter() - begun < 0.15
    assert answer["width"] == 8000, "a multiple of 64"
    assert answer["parameters"] > 40e9
    assert answer["block"] == "12·w² + 13·w"
    fp32, amp = answer["memory"]["fp32"], answer["memory"]["amp"]
    assert fp32["parameters"] == 4 * answer["parameters"] == amp["parameters"]
    assert fp32["optimizer"] == 2 * fp32["parameters"]
    assert parse_spec(answer["model"]).layers[2].arguments["times"] == 64
    assert answer["machines"]["h100"] == 80 * GiB < fp32["total"]


@pytest.mark.parametrize(
    "wish",
    [
        ("RNN", 64, 1, 1, "Adam"),
        ("MLP", 63, 1, 1, "Adam"),
        ("MLP", 64, 0, 1, "Adam"),
        ("MLP", 64, 1, True, "Adam"),
        ("MLP", 64.5, 1, 1, "Adam"),
        ("MLP", 64, 1, 10**9, "Adam"),
        ("MLP", 64, 1, 1, "Lion"),
        (None, 64, 1, 1, "Adam"),
        (["MLP"], 64, 1, 1, "Adam"),
    ],
)
def test_what_is_refused(wish):
    with pytest.raises(InputError):
        estimate_big(*wish)


def row(name: str, kind: str) -> dict:
    return {"name": name, "type": kind}


def test_rows_are_aligned():
    first = [row("conv1", "Conv2d"), row("relu", "ReLU"), row("pool", "MaxPool2d"), row("fc", "Linear")]
    second = [
        row("conv1", "Conv2d"),
        row("norm", "BatchNorm2d"),
        row("relu", "ReLU"),
        row("fc", "Linear"),
        row("out", "Linear"),
    ]
    pairs = [(one and one["name"], two and two["name"]) for one, two in align(first, second)]
    assert pairs == [("conv1", "conv1"), (None, "norm"), ("relu", "relu"), ("pool", None), ("fc", "fc"), (None, "out")]
    assert align([], second) == [(None, one) for one in second]
    assert align(first, []) == [(one, None) for one in first]


def test_two_models():
    result, error = compare_models("MLP", "MLP", None, 32, LIMITS)
    assert error is None
    assert all(entry["differs"] == [] and entry["first"] == entry["second"] for entry in result["rows"])
    result, error = compare_models("LeNet5", "SimpleCNN", None, 32, LIMITS)
    assert error is None
    one, two = (sum(entry[side]["parameters"] for entry in result["rows"] if entry[side]) for side in ("first", "second"))
    assert [totals["parameters"] for totals in result["totals"]] == [one, two] == [61_706, 421_834]
    beside = [entry for entry in result["rows"] if entry["first"] and entry["second"]]
    assert any("parameters" in entry["differs"] for entry in beside)
    for entry in beside:
        same = all(entry["first"][column] == entry["second"][column] for column in ("output_shape", "macs"))
        assert same == (not {"output_shape", "macs"} & set(entry["differs"]))
    _, error = compare_models("MLP", "nn.Sequential(nn.Linear(3, 4))", None, 32, LIMITS)
    assert error is not None
