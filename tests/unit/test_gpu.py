"""The same code on a GPU, in real children: training, prediction, a learner's program. Skipped where there is none."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from playground.devices import choose_device, list_devices
from playground.limits import read_limits
from playground.services import Services

pytestmark = pytest.mark.skipif(len(list_devices()) == 1, reason="this machine has no GPU")

LIMITS = replace(read_limits(public=False, environment={}), program_seconds=60.0)
PROGRAM = f"""
device = torch.device({choose_device().type!r})
a = torch.arange(6.0).reshape(2, 3).to(device)
b = torch.ones(3, 2, device=device)
c = a @ b
print(c, c.device.type)
layer = nn.Linear(2, 2).to(device)
layer(c).sum().backward()
print(layer.weight.grad.shape)
a[0] = 7
print(a.cpu())
"""
OPTIMIZERS = ("sgd", "adam", "adamw", "lbfgs")


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    services = Services(LIMITS, tmp_path_factory.mktemp("server"))
    yield services
    services.close()


@pytest.fixture
def train(services, tiny_model):
    def run(**more):
        wish = {"model": tiny_model, "train_size": 512, "batch_size": 64, "epochs": 2, "device": "auto", **more}
        run = services.training.start(wish, "anna", attended=False)
        events = [event for part in services.training.follow(run.id, 0, "en") for event in part["events"]]
        assert events[-1]["type"] == "done", events[-1]
        return run, events

    return run


@pytest.mark.parametrize("precision", ["auto", "fp32", "bf16", "fp16"])
def test_a_run_trains_on_the_gpu(train, precision):
    _, events = train(precision=precision)
    started = next(event for event in events if event["type"] == "started")
    assert torch.device(started["device"]).type == choose_device().type
    losses = [event["loss"] for event in events if event["type"] == "step"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_two_runs_of_a_seed_are_close_and_their_weights_load_on_the_cpu(services, train, optimizer):
    (first, one), (_, other) = train(precision="fp32", optimizer=optimizer), train(precision="fp32", optimizer=optimizer)
    losses = [[event["loss"] for event in events if event["type"] == "step"] for events in (one, other)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    answer = services.predict_digit([[0.0] * 28] * 10 + [[1.0] * 28] * 8 + [[0.0] * 28] * 10, first.id)
    assert sum(answer["probabilities"]) == pytest.approx(1.0, abs=1e-4)


def test_a_program_runs_on_the_gpu_as_in_plain_python(services):
    result = services.run_tensors(PROGRAM, 0, "anna", "en")
    assert result["error"] is None, result["error"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(result["script"], "<script>", "exec"), {"__name__": "__main__"})
    assert result["printed"] == printed.getvalue()
    json.dumps(result, allow_nan=False)
    moved = next(step for step in result["steps"] if step["name"] == "c")
    assert torch.device(moved["device"]).type == choose_device().type
    assert moved["values"] == [[3.0, 3.0], [12.0, 12.0]]


def test_hover_traces_a_product_on_the_gpu(services):
    steps = services.run_tensors(PROGRAM, 0, "anna", "en")["steps"]
    number = next(number for number, step in enumerate(steps) if step["name"] == "c")
    answer = services.trace_cells(PROGRAM, 0, number, "anna")
    assert answer["cells"][0][0] == [0, 1, 2], "the first cell is the first row"


def measure(services, name, **wish):
    wish = {"model": "MLP", "batch_size": 64, "steps": 3, **wish}
    result = services.benchmarks.run(name, wish, "anna", "en")
    assert result["error"] is None, result["error"]
    return result


on_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="benchmarks run on CUDA or on the CPU")


@on_cuda
@pytest.mark.parametrize(
    "model", ["MLP", "SmallResNet", "nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Linear(32, 10))"]
)
def test_a_benchmark_runs_on_the_gpu(services, model):
    assert [row["precision"] for row in measure(services, "precision", model=model)["rows"]] == [
        "fp32",
        "tf32",
        "bf16",
        "fp16",
    ]
    memory = measure(services, "memory", model=model)
    for part, forecast in memory["forecast"].items():
        assert memory["measured"][part] == pytest.approx(forecast, rel=0.1)
    rows = measure(services, "checkpointing", model=model)["rows"]
    assert all(row["gradients_equal"] for row in rows)
    assert max(row["gradient_error"] for row in measure(services, "accumulation", model=model)["rows"]) < 1e-4
    assert measure(services, "scaler", model=model)["rows"]
    assert measure(services, "sweep", model=model)["rows"]


@on_cuda
def test_a_gpu_that_is_not_waited_for_looks_faster_than_it_is(services):
    race = measure(services, "devices")["race"]
    gpu, cpu = (row for row in race["rows"] if row["kind"] == "matmul")
    assert (gpu["device"].split(":")[0], cpu["device"]) == ("cuda", "cpu")
    assert gpu["synchronised_seconds"] < cpu["synchronised_seconds"]
    assert gpu["unsynchronised_seconds"] < gpu["synchronised_seconds"]
    assert cpu["unsynchronised_seconds"] == pytest.approx(cpu["synchronised_seconds"], rel=0.5)
    assert any("synchronize()" in sentence for sentence in race["reason"])


def test_tensors_of_two_devices_are_explained_with_both(services):
    program = f"x = torch.ones(2, device={choose_device().type!r}) + torch.ones(2)"
    error = services.run_tensors(program, 0, "anna", "en")["error"]
    assert error["line"] == 1
    assert "cpu" in error["message"]
    assert choose_device().type in error["message"]


@pytest.mark.parametrize(
    "program", ["torch.zeros(10**12, device='{0}')", "a = torch.ones(30000, 30000, device='{0}')\na @ a"]
)
def test_the_budget_holds_on_the_gpu_too(services, program):
    error = services.run_tensors(program.format(choose_device().type), 0, "anna", "en")["error"]
    assert error["kind"] == "limit"


def test_a_graph_on_the_gpu_is_stepped_as_its_engine_does(services):
    program = f"""
device = {choose_device().type!r}
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)).to(device)
loss = F.cross_entropy(model(torch.randn(2, 1, 8, 8, device=device)), torch.tensor([0, 2], device=device))
loss.backward()
"""
    result = services.graphs.open(program, "loss", 0, "anna", "en")
    assert result["error"] is None, result["error"]
    assert result["passes"][0]["difference"] < 1e-5
    graph = {"session": result["session"], "code": program, "output": "loss", "seed": 0}
    convolution = next(node for node in result["nodes"] if "convolution" in node["op"])
    details = services.graphs.ask(graph, {"ask": "node", "pass": 0, "node": convolution["id"]})
    assert details["outgoing"][-1]["shape"] == [4]
    assert details["formula"]


@pytest.mark.parametrize("model", ["MNISTNet", "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"])
def test_a_network_is_looked_into_on_the_gpu(services, model):
    here, there = (
        services.models.inspect(model, None, 0, 0, "", "anna", "en", name) for name in ("cpu", choose_device().type)
    )
    assert here["error"] is None and there["error"] is None
    assert torch.device(there["parameters"][0]["device"]).type == choose_device().type
    for one, other in zip(here["rows"], there["rows"], strict=True):
        assert one["summary"]["mean"] == pytest.approx(other["summary"]["mean"], abs=1e-2)


@pytest.mark.parametrize("model", ["MNISTNet", "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"])
def test_a_model_of_any_kind_trains_on_the_gpu(train, services, model):
    run, _ = train(model=model)
    assert services.trained.evaluate(run.id)["accuracy"] > 0.1
