"""/export_model over HTTP: every key always there, a file that is what was promised, refusals in words."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import re
import urllib.request

import pytest
import torch
from live_server import LANGUAGES, http

from playground.models.checkpoint import read_safetensors

KEYS = {"file", "verified", "max_abs_difference", "error"}
CHINESE = re.compile("[\u4e00-\u9fff]")
CODE = "nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))"
FORMATS = ["python", "notebook", "safetensors", "state_dict"]
if importlib.util.find_spec("onnxruntime"):
    FORMATS.append("onnx")


def export(server, model: object, *data: object, language: str = "en") -> dict:
    # Gradio's own clients fill in what is left out; plain HTTP gives all.
    answer = server.call("export_model", model, *data, *("python", "")[len(data) :], language=language)
    assert set(answer) == KEYS
    return answer


def fetch(server, answer: dict) -> tuple[bytes, dict]:
    with urllib.request.urlopen(server.url + answer["file"]["url"], timeout=20) as response:
        return response.read(), dict(response.headers)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("model", ["Linear", CODE], ids=["preset", "code"])
def test_a_file(server, model, format):
    answer = export(server, model, format, "")
    assert answer["error"] is None and answer["verified"] is True
    assert 0 <= answer["max_abs_difference"] <= (1e-5 if format == "onnx" else 0)
    assert set(answer["file"]) == {"name", "bytes", "sha256", "url"}
    data, headers = fetch(server, answer)
    assert len(data) == answer["file"]["bytes"] and hashlib.sha256(data).hexdigest() == answer["file"]["sha256"]
    assert headers["content-disposition"] == f'attachment; filename="{answer["file"]["name"]}"'
    assert headers["x-content-type-options"] == "nosniff" and headers["content-type"] == "application/octet-stream"
    if format == "python":
        compile(data, "script", "exec")
    elif format == "notebook":
        assert json.loads(data)["nbformat"] == 4
    elif format == "safetensors":
        assert read_safetensors(data, "")[0] is not None
    elif format == "state_dict":
        assert all(isinstance(value, torch.Tensor) for value in torch.load(io.BytesIO(data), weights_only=True).values())


def test_the_defaults(server):
    answer = export(server, "Fast")
    assert answer["file"]["name"] == "Fast.py" and re.fullmatch("/exports/[0-9a-f]{32}/Fast.py", answer["file"]["url"])


def test_the_trained_weights_of_a_run(server, tiny_model):
    small = {"model": tiny_model, "train_size": 128, "batch_size": 64, "epochs": 1, "precision": "fp32", "threads": 1}
    run_id = server.call("start_training", json.dumps(small))["run_id"]
    server.call("follow_training", run_id, 0)
    fresh, _ = fetch(server, export(server, tiny_model, "safetensors", ""))
    data, _ = fetch(server, export(server, "", "safetensors", run_id))
    spec, state, _ = read_safetensors(data, "")
    assert spec is not None and spec.name == "Tiny"
    assert not torch.equal(state["head.weight"], read_safetensors(fresh, "")[1]["head.weight"])
    same, _ = fetch(server, export(server, tiny_model, "safetensors", run_id))
    assert torch.equal(state["head.weight"], read_safetensors(same, "")[1]["head.weight"])
    other = export(server, "MLP", "safetensors", run_id)
    assert other["error"]["kind"] == "input" and other["file"] is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (("NoNet", "python", ""), "input"),
        (("", "python", ""), "input"),
        (("MLP", "zip", ""), "input"),
        (("MLP", "python", "f" * 32), "not_found"),
        (("MLP", "python", "../../x"), "not_found"),
        (("import os\nnn.ReLU()", "python", ""), "refused"),
        (("nn.Sequential(", "safetensors", ""), "syntax"),
        (("nn.Linear(3, 4)", "state_dict", ""), "shape"),
        (("nn.Sequential(nn.Flatten(), nn.Linear(784, 10**9))", "safetensors", ""), "limit"),
    ],
)
def test_refusals(server, data, kind, language):
    answer = export(server, *data, language=language)
    assert answer["error"]["kind"] == kind and answer["file"] is None and answer["verified"] is False
    assert bool(CHINESE.search(answer["error"]["message"])) == (language == "zh")


@pytest.mark.parametrize("path", ["0" * 32 + "/Fast.py", "..%2f..%2fruns/x", "x/y", "%00/a.py"])
def test_addresses_that_nobody_was_given(server, path):
    assert http(f"{server.url}/exports/{path}")[0] == 404
