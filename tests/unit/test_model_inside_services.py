"""What the server adds: whose weights, which language, and that a learner's code is looked into in a confined child."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from playground.limits import read_limits
from playground.services import ASSETS, Services

CODE = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(torch.flatten(x, 1))
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    services = Services(read_limits(public=False, environment={}), tmp_path_factory.mktemp("server"))
    yield services
    services.close()


@pytest.fixture(scope="module")
def run_id(services) -> str:
    """A run of MNISTNet that has weights."""
    run = services.runs.create({"model": "MNISTNet"}, "anna")
    shutil.copy(ASSETS / "models" / "mnistnet.safetensors", run.folder / "best.safetensors")
    return run.id


def inspect(services, model, weights="", language="en", **options):
    given = {"input_shape": None, "digit": 0, "seed": 0, **options}
    return services.models.inspect(model, given["input_shape"], given["digit"], given["seed"], weights, "anna", language)


def best(answer) -> int:
    return answer["outputs"]["eval"].index(max(answer["outputs"]["eval"]))


def test_the_weights_of_a_run(services, run_id):
    assert services.models.runs_with_weights("anna") == [{"id": run_id, "model": "MNISTNet", "accuracy": None}]
    assert services.models.runs_with_weights("bea") == []
    answer = inspect(services, "MNISTNet", run_id, digit=4)
    assert (answer["error"], answer["weights"]) == (None, run_id)
    assert best(answer) == answer["digit"]["label"] == 4
    assert answer["outputs"]["eval"] == inspect(services, "MNISTNet", "auto", digit=4)["outputs"]["eval"]
    assert len(inspect(services, "", run_id)["rows"]) == 21, "without a model: the one that the run has trained"


def test_weights_that_do_not_fit(services, run_id):
    refused = inspect(services, "MLP", run_id)
    assert refused["error"]["kind"] == "input"
    assert "MLP" in refused["error"]["message"]
    # Of its own accord the page takes fresh ones: here of a network that only bears the name.
    spec = '{"name": "MNISTNet", "layers": [{"type": "Flatten"}, {"type": "Linear", "arguments": {"out_features": 10}}]}'
    answer = inspect(services, spec, "auto")
    assert (answer["error"], answer["weights"]) == (None, "fresh")
    assert inspect(services, "MNISTNet", "no-such-run")["error"]["kind"] == "not_found"


@pytest.mark.long
def test_code_is_run_with_the_limits_of_a_program(services):
    answer = inspect(services, CODE, "auto")
    assert (answer["error"], answer["weights"], len(answer["rows"])) == (None, "fresh", 1)
    assert inspect(services, "import os\nos.system('true')")["error"]["kind"] == "refused"
    endless = CODE.replace("return self.fc", "while True:\n            x = x + 0\n        return self.fc")
    assert inspect(services, endless)["error"]["kind"] == "limit"


def test_messages_are_in_the_readers_language(services):
    messages = [inspect(services, "MLP", language=language, digit=-1)["error"]["message"] for language in ("en", "zh")]
    assert "test image" in messages[0]
    assert "测试图像" in messages[1]


def test_comparing_and_big_networks(services):
    answer = services.models.compare("MLP", CODE, None, 32, "anna", "en")
    assert answer["error"] is None
    assert answer["totals"][1]["parameters"] == 7850
    assert services.models.compare("MLP", "NoNet", None, 32, "anna", "en")["error"]["kind"] == "input"
    big = services.models.estimate_big("CNN", 4096, 10, 8, "SGD")
    assert list(big["machines"]) == ["here", "laptop", "t4", "h100"]
    assert big["machines"]["here"] == services.environment()["memory_bytes"]
