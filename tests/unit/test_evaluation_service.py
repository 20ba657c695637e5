"""Reports of real runs: worked out in a child, kept, asked for by cell; and their script, executed and compared."""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torchvision

from playground.data import load_images
from playground.errors import InputError, NotFoundError
from playground.evaluation.script import write_report_script
from playground.evaluation.service import CELL_IMAGES_MOST, Reports
from playground.evaluation.work import report_checkpoint
from playground.limits import read_limits
from playground.models import load_checkpoint
from playground.models.checkpoint import save_state_dict
from playground.runs.run import REPORT
from playground.services import Services
from playground.training.loop import train

NET = """import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 24)
        self.fc2 = nn.Linear(24, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x.view(x.size(0), -1))))
"""
CONVOLUTION = (
    '{"name":"no linear","layers":[{"type":"Conv2d","arguments":{"in_channels":1,"out_channels":10,"kernel_size":14,'
    '"stride":14}},{"type":"AdaptiveAvgPool2d","arguments":{"output_size":1}},{"type":"Flatten"}]}'
)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    limits = replace(read_limits(public=True, environment={}), stop_grace_seconds=2.0)
    services = Services(limits, tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def trained(services, **wish):
    wish = {"recipe": "Custom", "model": "MLP", "train_size": 1280, "epochs": 1, "precision": "fp32", "threads": 1, **wish}
    run = services.training.start(wish, secrets.token_hex(16), attended=False)
    while not run.log.ended:
        run.log.wait(len(run.log), 1.0)
    return run


@pytest.mark.parametrize("model", ["MLP", NET], ids=["preset", "code"])
def test_the_report_of_a_run_agrees_with_its_evaluation_and_is_kept(services, model):
    run = trained(services, model=model)
    report = services.reports.read(run.id)
    evaluation = services.trained.evaluate(run.id)
    assert report["accuracy"] == pytest.approx(evaluation["accuracy"], abs=2e-4)
    assert np.abs(np.array(report["confusion"]) - evaluation["confusion"]).sum() <= 4, (
        "another thread count rounds otherwise"
    )
    assert report["count"] == 10_000 and report["class_names"] == [str(digit) for digit in range(10)]
    assert report["projection"]["layer"] and len(report["projection"]["points"]) == 1000
    stored = json.loads((run.folder / REPORT).read_text(encoding="utf-8"))
    assert {**stored, "class_names": report["class_names"]} == report
    labels, answers = load_images("MNIST").test_labels, np.frombuffer(base64.b64decode(report["answers"]), "<i2")
    label, answer = np.unravel_index(np.argmax(np.array(report["confusion"]) * (1 - np.eye(10))), (10, 10))
    cell = services.reports.read_cell(run.id, int(label), int(answer))
    assert cell["count"] == report["confusion"][label][answer] >= len(cell["items"]) > 0
    for place, item in enumerate(cell["items"]):
        assert labels[item["index"]] == label and answers[item["index"]] == answer
        image = base64.b64decode(cell["pixels"])[784 * place : 784 * (place + 1)]
        assert image == load_images("MNIST").test_images[item["index"]].tobytes()
    confidences = [item["confidence"] for item in cell["items"]]
    assert confidences == sorted(confidences, reverse=True)
    right = services.reports.read_cell(run.id, 0, 0)
    assert len(right["items"]) == CELL_IMAGES_MOST < right["count"]
    assert right["items"][0]["confidence"] <= right["items"][-1]["confidence"]


def test_bad_questions_are_refused(services):
    run = "example"
    for label, answer in ((10, 0), (-1, 0), (0, True), ("0", 0), (None, None), (0.5, 1)):
        with pytest.raises(InputError):
            services.reports.read_cell(run, label, answer)
    for indices in (None, "0", [10_000], [-1], [True], [1.0], list(range(101))):
        with pytest.raises(InputError):
            services.reports.read_images(run, indices)
    assert services.reports.read_images(run, []) == {"pixels": ""}
    for method in (services.reports.read, services.reports.write_script):
        with pytest.raises(NotFoundError):
            method("nobody")


def test_the_recorded_example_has_a_report_of_its_own_weights(services):
    report, evaluation = services.reports.read("example"), services.trained.evaluate("example")
    assert report["confusion"] == evaluation["confusion"]
    assert [entry["index"] for entry in report["mistakes"]] == [
        entry["index"] for entry in evaluation["mistakes"][: len(report["mistakes"])]
    ]


def test_a_report_is_made_once_for_all_who_wait(tmp_path):
    made, go = [], threading.Event()

    def make(run):
        made.append(run.id)
        go.wait(10)
        if len(made) > 1:
            raise InputError("run.no_weights")
        return {"schema": 1, "confusion": [[1]]}

    run = SimpleNamespace(id="a", folder=tmp_path, config={"dataset": "MNIST"}, log=SimpleNamespace(ended=False))
    reports = Reports(SimpleNamespace(find=lambda run_id: run), make)
    found = []
    threads = [threading.Thread(target=lambda: found.append(reports.read("a"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    while not made:
        pass
    threading.Event().wait(0.2)
    go.set()
    for thread in threads:
        thread.join()
    assert made == ["a"] and len(found) == 3
    assert not (tmp_path / REPORT).exists(), "the weights of a run that goes on will change"
    with pytest.raises(InputError):
        reports.read("a")
    (tmp_path / REPORT).write_text("no JSON")
    with pytest.raises(InputError):
        reports.read("a")


CASES = {
    "list": {"loss": "MSE"},
    "code": {"model": NET, "loss": "BCEWithLogits", "optimizer": "SGD", "learning_rate": 0.5},
    "bf16": {"precision": "bf16"},
    "no Linear": {"model": CONVOLUTION, "learning_rate": 0.05, "loss": "L1"},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("restored_torch")
def test_the_script_gives_the_numbers_of_the_report(case, make_config, limits, tmp_path, monkeypatch, capsys):
    config = make_config(**CASES[case], train_size=1024)
    assert list(train(config, tmp_path))[-1].type == "done"
    weights = tmp_path / "best.safetensors"
    report = report_checkpoint(config, weights, limits)
    save_state_dict(tmp_path / "mnist_best.pth", load_checkpoint(weights))
    data = load_images("MNIST")
    fetched = SimpleNamespace(data=torch.from_numpy(data.test_images), targets=torch.from_numpy(data.test_labels))
    monkeypatch.setattr(torchvision.datasets, "MNIST", lambda folder, *, train, download: fetched)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    script = write_report_script(config, report["precision"])
    exec(compile(script, "evaluate.py", "exec"), {"__name__": "__main__"})
    out = capsys.readouterr().out
    assert float(re.search(r"accuracy ([\d.]+) of 10000", out)[1]) == pytest.approx(report["accuracy"], abs=5e-5)
    number = r"([\d.]+|nan)"
    rows = re.findall(rf"^class (\d)  precision {number}  recall {number}  F1 {number}  images (\d+)$", out, re.M)
    for label, *numbers, support in rows:
        row = report["classes"][int(label)]
        assert int(support) == row["support"]
        for value, name in zip(numbers, ("precision", "recall", "f1"), strict=True):
            expected = float("nan") if row[name] is None else row[name]
            assert float(value) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert len(rows) == 10
    matrix = out.partition("rows = labels:\n")[2].splitlines()[:10]
    assert [[int(cell) for cell in line.split()] for line in matrix] == report["confusion"]
    assert float(re.search(r"calibration error ([\d.]+)", out)[1]) == pytest.approx(report["calibration"]["ece"], abs=1e-6)
    mistakes = re.findall(r"^mistake (\d+)  label (\d)  answer (\d)  confidence ([\d.]+)$", out, re.M)
    assert [(int(index), int(label), int(answer)) for index, label, answer, _ in mistakes] == [
        (entry["index"], entry["label"], entry["answer"]) for entry in report["mistakes"]
    ]
    if case == "no Linear":
        assert report["projection"] == {"reason": "no_linear"} and "no projection" in out
    else:
        first, second = map(float, re.search(r"explained variance ([\d.]+) ([\d.]+)", out).groups())
        assert [first, second] == pytest.approx(report["projection"]["explained"], abs=1e-6)
