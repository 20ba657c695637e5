"""Models given as code are trained, evaluated and drawn for in confined children, with the learner's errors in words."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from playground.data import load_images
from playground.errors import PlaygroundError
from playground.jobs.failures import translate
from playground.limits import read_limits
from playground.models import load_checkpoint
from playground.services import Services

NET = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 32)
        self.bn = nn.BatchNorm1d(32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        return self.fc2(F.relu(self.bn(self.fc1(x))))
"""


def changed(old: str, new: str) -> str:
    assert old in NET
    return NET.replace(old, new)


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    limits = replace(read_limits(public=True, environment={}), stop_grace_seconds=2.0, program_seconds=3.0)
    services = Services(limits, tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def trained(services, code: str, **wish):
    wish = {"train_size": 1280, "batch_size": 64, "epochs": 1, "precision": "fp32", "threads": 1, **wish}
    run = services.training.start({"model": code, **wish}, secrets.token_hex(16), attended=False)
    while not run.log.ended:
        run.log.wait(len(run.log), 1.0)
    return run


def error_of(run, language: str = "en") -> dict:
    return translate([run.log.last], language)[0]["error"]


def test_a_class_is_trained_evaluated_and_drawn_for(services):
    run = trained(services, NET, epochs=3)
    assert run.log.last["type"] == "done"
    assert run.log.last["test_accuracy"] > 0.8
    evaluation = services.trained.evaluate(run.id)
    assert evaluation["accuracy"] == pytest.approx(run.log.last["test_accuracy"])
    digits = [services.predict_digit(image.tolist(), run.id)["digit"] for image in load_images("MNIST").test_images[:20]]
    labels = [7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6, 9, 0, 1, 5, 9, 7, 3, 4]
    assert sum(digit == label for digit, label in zip(digits, labels, strict=True)) >= 15
    assert services.models.name(run.config["model"]) == "Net"
    assert services.models.newest_run_of(NET, run.visitor).id == run.id


def test_the_weights_are_evaluated_where_no_epoch_has_ended(services):
    run = trained(services, NET)
    (run.work / "evaluation.json").unlink()
    (run.work / "best.safetensors").unlink()
    assert services.trained.evaluate(run.id)["accuracy"] > 0.3


def test_its_weights_go_into_the_same_class_elsewhere(services):
    import io

    import torch

    run = trained(services, NET)
    state = torch.load(io.BytesIO(services.trained.weight_file(run.id, "mnist_best.pth")), weights_only=True)
    namespace: dict = {}
    exec(NET, namespace)
    model = namespace["Net"]()
    model.load_state_dict(state)
    model.eval()
    image = load_images("MNIST").test_images[3]
    answer = services.predict_digit(image.tolist(), run.id)
    seen = torch.tensor(answer["seen"]).view(1, 1, 28, 28)
    expected = model((seen - 0.1307) / 0.3081).softmax(dim=1)[0].tolist()
    assert answer["probabilities"] == pytest.approx(expected, abs=2e-3)  # `seen` is rounded to four digits


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (changed("nn.Linear(784, 32)", "nn.Linear(784, 30)"), "shape", "bn"),
        (changed("nn.Linear(32, 10)", "nn.Linear(32, 11)"), "input", "[batch, 10]"),
        (changed("return self", "return x, self"), "input", "tuple"),
        (changed("x.view(x.size(0), -1)", "open('x')"), "refused", "open"),
        (changed("x = x.view", "while True: pass\n        x = x.view"), "limit", "never stops"),
        (changed("nn.Linear(784, 32)", "nn.Linear(784, 10**6)").replace("32", "10**6"), "limit", "parameters"),
        ("class Net(nn.Module:", "syntax", ""),
        ("x = 1", "input", "nn.Module"),
    ],
)
def test_what_cannot_be_trained_is_told_before_it_begins(services, code, kind, words):
    with pytest.raises(PlaygroundError) as caught:
        services.training.start({"model": code}, secrets.token_hex(16), attended=False)
    assert caught.value.kind == kind
    assert words in caught.value.message("en")
    assert caught.value.message("zh")


def test_an_error_while_it_trains_is_told_with_its_line(services):
    later = changed("super().__init__()", "super().__init__(); self.steps = 0")
    run = trained(
        services,
        later.replace("return self", "self.steps += 1\n        x = x[:, :3] if self.steps > 5 else x\n        return self"),
    )
    assert run.log.last["type"] == "failed"
    error = error_of(run)
    assert error["line"] == 17
    assert error["kind"] == "shape"
    assert "32" in error["message"]
    assert error_of(run, "zh")["message"] != error["message"]


@pytest.mark.parametrize(
    "method",
    [
        "def state_dict(self, *given, **more):\n        return 7",
        "def parameters(self, recurse=True):\n        return [torch.zeros(3, requires_grad=True)]",
        "def train(self, mode=True):\n        return None",
        "def eval(self):\n        raise ValueError('no')",
        "def named_parameters(self, *given, **more):\n        return [(3, 4)]",
        "def to(self, *given, **more):\n        return None",
    ],
)
def test_what_a_class_overrides_harms_nobody_but_itself(services, method):
    try:
        run = trained(services, f"{NET}\n    {method}\n")
    except PlaygroundError as error:
        if error.kind == "internal":
            raise
        return
    assert run.log.last["type"] in ("done", "failed")
    if run.log.last["type"] == "failed":
        assert error_of(run)["kind"] != "internal", error_of(run)
    else:
        assert load_checkpoint(run.weights()).state["fc1.weight"].shape == (32, 784)
    assert services.predict_digit(load_images("MNIST").test_images[0].tolist(), "pretrained")["digit"] == 7


def test_a_network_that_fails_when_a_digit_is_drawn_says_why(services):
    run = trained(services, changed("x = x.view", "assert len(x) > 1, 'alone'\n        x = x.view"))
    with pytest.raises(PlaygroundError) as caught:
        services.predict_digit(load_images("MNIST").test_images[0].tolist(), run.id)
    assert "alone" in caught.value.message("en")


@pytest.mark.long
def test_memory_does_not_grow_with_the_steps(services):
    """The guards keep nothing of a step: 400 further steps of a network that makes layers as it goes fit into the same."""
    code = changed("x = x.view", "nn.Linear(3, 3)\n        x = x.view")
    run = trained(services, code, batch_size=32, train_size=12_800)
    assert run.log.last["type"] == "done"


def test_data_that_are_not_here_are_named(services):
    with pytest.raises(PlaygroundError, match="FashionMNIST is not here") as caught:
        services.training.start({"model": NET, "dataset": "FashionMNIST"}, secrets.token_hex(16), attended=False)
    assert caught.value.kind == "input"


def test_nothing_of_it_runs_in_the_server(services, monkeypatch):
    """Reading the checkpoint, its name and its accuracy runs no code."""
    run = trained(services, NET)
    monkeypatch.setattr("playground.models.code_model.CodeModel.__init__", lambda *_, **__: pytest.fail("it ran"))
    assert run.accuracy() is not None
    assert services.models.name(run.config["model"]) == "Net"
    assert Path(run.weights()).is_file()
    assert services.trained.weight_file(run.id, "best.safetensors")
    services.training.resolve({"model": NET})
    services.predict_digit(load_images("MNIST").test_images[0].tolist(), run.id)


def test_a_child_cannot_become_unconfined(services, tmp_path_factory):
    """What it may write is its own folder: not the config by which a later child is (or is not) confined."""
    run = trained(services, NET)
    assert {path.name for path in run.folder.iterdir()} == {"config.json", "metrics.jsonl", "work"}
    own = {"best.safetensors", "last.safetensors", "evaluation.json", "snapshots"}
    assert {path.name for path in run.work.iterdir()} == own
    # A file that says it holds code, in a run of a list of layers: the config's model is what is run.
    lists = trained(services, "Linear")
    (lists.folder / "evaluation.json").unlink()
    for name in ("best.safetensors", "last.safetensors"):
        (lists.folder / name).write_bytes((run.work / name).read_bytes())
    with pytest.raises(PlaygroundError) as caught:
        services.trained.evaluate(lists.id)
    assert caught.value.kind != "internal"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "[" * 100_000),
        ("config.json", '{"schema_version": 1, "id": [1], "visitor": "", "created": 1, "config": {"model": "Fast"}}'),
        ("config.json", '{"schema_version": 1, "id": "ID", "visitor": "", "created": 1e999, "config": {"model": "Fast"}}'),
        ("config.json", '{"schema_version": 1, "id": "other", "visitor": "", "created": 1, "config": {"model": "Fast"}}'),
        ("config.json", " " * 2**21),
        ("metrics.jsonl", "5\n"),
    ],
)
def test_a_damaged_run_is_left_alone_at_the_start(tmp_path, limits, name, content):
    from playground.store import Runs

    runs = Runs(tmp_path, limits)
    kept, broken = (runs.create({"model": "Fast"}, "anna") for _ in range(2))
    for run in (kept, broken):
        run.log.append([{"type": "stopped", "reason": "visitor"}])
    (broken.folder / name).write_text(content.replace("ID", broken.id))
    again = Runs(tmp_path, limits)
    assert [run.id for run in again.of_visitor("anna")] == [kept.id]


@pytest.mark.parametrize(
    "content",
    ["[1]", *(pytest.param(one, marks=pytest.mark.long) for one in ("{}", '{"accuracy": [1]}', "[" * 100_000, " " * 2**21))],
)
def test_an_evaluation_that_is_none_is_made_again(services, content):
    run = trained(services, NET)
    (run.work / "evaluation.json").write_text(content)
    assert run.accuracy() is None
    assert 0.1 < services.trained.evaluate(run.id)["accuracy"] <= 1


@pytest.mark.long
def test_buffers_that_grow_are_not_saved(services):
    code = changed("x = x.view", "self.register_buffer('big', torch.zeros(60_000_000))\n        x = x.view")
    run = trained(services, code)
    assert run.log.last["type"] == "failed"
    assert "MiB" in error_of(run)["message"]


def test_frozen_code_is_refused(services):
    code = changed("self.bn =", "self.fc1.requires_grad_(False)\n        self.bn =")
    trained(services, code)
    with pytest.raises(PlaygroundError, match="frozen"):
        services.training.resolve({"model": f"{NET}\nmodel = Net()\nmodel.requires_grad_(False)\nmodel"})


def test_another_answer_in_evaluation_is_told(services):
    code = changed("return self", "y = self") + "        return y if self.training else y[:, :1]\n"
    with pytest.raises(PlaygroundError, match="batch, 10"):
        services.training.resolve({"model": code})
