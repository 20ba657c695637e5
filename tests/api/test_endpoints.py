"""The JSON API over plain HTTP: every key always there, kinds, both languages, and nothing that bad input can break."""

from __future__ import annotations

import base64
import http.client as http_client
import io
import json
import re
import urllib.request

import numpy as np
import pytest
from live_server import LANGUAGES, http, read_event_stream
from PIL import Image, ImageDraw

KEYS = {
    "environment": "torch torchvision python device devices threads memory_bytes precisions error",
    "start_training": "run_id config error",
    "follow_training": "events next error",
    "stop_training": "stopped error",
    "evaluate_run": "accuracy loss per_digit confusion mistakes error",
    "predict_digit": "digit confidence probabilities second seen milliseconds error",
    "run_tensors": "steps printed script truncated error",
    "trace_autograd": "nodes edges edge_inputs backward_order gradients backwards script error",
    "check_model": "layers totals input_shape script fixes error",
    "export_model": "file verified max_abs_difference error",
    "list_runs": "runs error",
    "export_run": "file error",
    "benchmark_precision": "rows reason error",
    "benchmark_memory": "forecast measured timeline error",
    "benchmark_checkpointing": "rows error",
    "benchmark_accumulation": "rows error",
}
KINDS = set("syntax refused limit shape dtype runtime input not_found unsupported busy internal".split())
CONFIG_KEYS = set(
    "recipe model dataset train_size validation_size epochs batch_size optimizer learning_rate weight_decay momentum "
    "scheduler loss precision accumulation clip_norm augment seed processes device".split()
)
CHINESE = re.compile("[\u4e00-\u9fff]")
NOBODY = "0" * 32


def check_keys(name: str, answer: dict) -> None:
    missing = set(KEYS[name].split()) - set(answer)
    assert not missing, f"{name} lacks {missing}"
    if answer["error"] is not None:
        assert set(answer["error"]) == {"kind", "message", "line"}
        assert answer["error"]["kind"] in KINDS - {"internal"}, answer["error"]
        assert len(answer["error"]["message"]) > 10


def refused(server, name: str, *data, kind: str) -> dict:
    """The English answer, after checking that both languages refuse with the same kind, each in its own words."""
    english, chinese = (server.call(name, *data, language=language) for language in LANGUAGES)
    for answer in (english, chinese):
        check_keys(name, answer)
        assert answer["error"] is not None, f"{name}{data!r:.200} should be refused"
        assert answer["error"]["kind"] == kind, answer["error"]
    assert CHINESE.search(chinese["error"]["message"])
    assert not CHINESE.search(english["error"]["message"].replace("中文", ""))
    return english


def draw_seven(side: int = 120, ink: int = 0, paper: int = 255) -> Image.Image:
    """A plain 7, as a person would write it on paper."""
    image = Image.new("L", (side, side), paper)
    pen = ImageDraw.Draw(image)
    points = [(0.28 * side, 0.24 * side), (0.7 * side, 0.24 * side), (0.45 * side, 0.8 * side)]
    pen.line(points, fill=ink, width=side // 12, joint="curve")
    return image


def as_base64(image: Image.Image, kind: str = "PNG") -> str:
    file = io.BytesIO()
    image.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def test_the_schema_lists_exactly_the_contract(server):
    """The glue between the page and the backend is private."""
    for path in LANGUAGES.values():
        status, body = http(f"{server.url}{path}gradio_api/info")
        assert status == 200
        listed = json.loads(body)["named_endpoints"]
        assert set(listed) == {f"/{name}" for name in KEYS}
        assert not json.loads(body)["unnamed_endpoints"]
    parameters = {name: [entry["parameter_name"] for entry in listed[f"/{name}"]["parameters"]] for name in KEYS}
    assert parameters == {
        "environment": [],
        "start_training": ["config"],
        "follow_training": ["run_id", "since"],
        "stop_training": ["run_id"],
        "evaluate_run": ["run_id"],
        "predict_digit": ["pixels", "model"],
        "run_tensors": ["code", "seed"],
        "trace_autograd": ["code", "output", "seed"],
        "check_model": ["model", "input_shape", "batch_size"],
        "export_model": ["model", "format", "run_id"],
        "list_runs": [],
        "export_run": ["run_id", "format"],
        "benchmark_precision": ["model", "batch_size", "steps"],
        "benchmark_memory": ["model", "batch_size", "optimizer"],
        "benchmark_checkpointing": ["model", "batch_size"],
        "benchmark_accumulation": ["model", "batch_size", "micro_batches"],
    }


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/monitoring", "/zh/openapi.json", "/zh/monitoring"])
def test_nothing_else_is_open(server, path):
    status, body = http(f"{server.url}{path}")
    assert status in (401, 403, 404) or b"PyTorch" in body


def test_environment(server):
    for language in LANGUAGES:
        answer = server.call("environment", language=language)
        check_keys("environment", answer)
        assert answer["error"] is None and answer["device"] in [device["name"] for device in answer["devices"]]
        assert all({"name", "type", "memory_bytes"} <= set(device) for device in answer["devices"])
        assert "fp32" in answer["precisions"] and answer["threads"] >= 1 and answer["memory_bytes"] > 0


BAD_CONFIGS = {
    "unknown key": ({"modle": "Fast"}, "input"),
    "unknown model": ({"model": "Fasst"}, "input"),
    "unknown optimizer": ({"optimizer": "Adamm"}, "input"),
    "unknown scheduler": ({"scheduler": "Sometimes"}, "input"),
    "unknown data set": ({"dataset": "../../etc/passwd"}, "input"),
    "unknown recipe": ({"recipe": "Slow"}, "input"),
    "unknown loss": ({"loss": "Hinge"}, "input"),
    "unknown augmentation": ({"augment": "mirror"}, "input"),
    "negative epochs": ({"epochs": -1}, "input"),
    "no epochs": ({"epochs": 0}, "input"),
    "too many epochs": ({"epochs": 1e12}, "input"),
    "text for a number": ({"learning_rate": "fast"}, "input"),
    "a number in quotes": ({"epochs": "2"}, "input"),
    "true for a number": ({"epochs": True}, "input"),
    "list for a number": ({"batch_size": [64]}, "input"),
    "half a batch": ({"batch_size": 0.5}, "input"),
    "a digit too many": ({"seed": 10**400}, "input"),
    "nan as text": ({"learning_rate": "nan"}, "input"),
    "more images than there are": ({"train_size": 60_000, "validation_size": 1}, "input"),
    "number for a device": ({"device": 0}, "input"),
    "a broken spec": ({"model": '{"name": "x", "layers": ['}, "input"),
    "a spec with an unknown layer": ({"model": '{"name":"x","layers":[{"type":"Exec"}]}'}, "input"),
    "not an object": ([1, 2], "input"),
    "text": ("epochs=1", "input"),
    "no process": ({"processes": 0}, "input"),
    "more processes than there are cores": ({"processes": 64}, "limit"),
    "LBFGS on processes": ({"processes": 2, "optimizer": "LBFGS"}, "unsupported"),
    "LBFGS": ({"optimizer": "LBFGS", "accumulation": 2}, "unsupported"),
    "early stopping": ({"early_stopping": 2}, "input"),
}


@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_a_bad_config_is_refused_in_words(server, name):
    config, kind = BAD_CONFIGS[name]
    answer = refused(server, "start_training", config, kind=kind)
    assert answer["run_id"] is None and answer["config"] is None


def test_the_message_names_the_field_and_what_is_allowed(server):
    message = server.call("start_training", {"epochs": -1})["error"]["message"]
    assert "epochs" in message and "-1" in message and "1,000" in message
    message = server.call("start_training", {"optimizer": "Adamm"})["error"]["message"]
    assert "Adamm" in message and "AdamW" in message


BAD_RUNS = [NOBODY, "", "x" * 5000, "../../../etc/passwd", "..", "example/../../runs", "EXAMPLE", None, 7, ["a"], {"a": 1}]


@pytest.mark.parametrize("run_id", BAD_RUNS, ids=lambda value: repr(value)[:20])
def test_an_unknown_run(server, run_id):
    for name in ("follow_training", "stop_training", "evaluate_run"):
        refused(server, name, run_id, *([0] if name == "follow_training" else []), kind="not_found")
    if run_id not in ("", None):
        refused(server, "predict_digit", np.eye(28).tolist(), run_id, kind="not_found")


@pytest.mark.parametrize("since", [-1, 0.5, "two", "0", None, [], 1e300, True], ids=repr)
def test_a_bad_since(server, since):
    answer = refused(server, "follow_training", "example", since, kind="input")
    assert answer["events"] == []


def test_the_recorded_example_can_be_followed_and_evaluated(server):
    pieces = server.stream("follow_training", "example", 0)
    events = [event for piece in pieces for event in piece["events"]]
    assert pieces[-1]["next"] == len(events) and events[-1]["type"] == "done"
    answer = server.call("evaluate_run", "example")
    check_keys("evaluate_run", answer)
    assert answer["accuracy"] > 0.98 and len(answer["per_digit"]) == 10
    assert np.array(answer["confusion"]).shape == (10, 10) and np.sum(answer["confusion"]) == 10_000
    assert np.trace(answer["confusion"]) == round(answer["accuracy"] * 10_000)
    assert all({"index", "label", "guess", "confidence"} == set(mistake) for mistake in answer["mistakes"])


def test_since_beyond_the_end_gives_an_end(server):
    pieces = server.stream("follow_training", "example", 10**9)
    assert all(piece["events"] == [] for piece in pieces)


SEVENS = {
    "nested list, ink bright": np.asarray(draw_seven(ink=255, paper=0)).tolist(),
    "nested list, ink dark": np.asarray(draw_seven()).tolist(),
    "nested list, 0…1": (np.asarray(draw_seven(60, 1, 0)) * 1.0).tolist(),
    "nested list, negative range": (np.asarray(draw_seven(60)) / 50.0 - 900).tolist(),
    "PNG": as_base64(draw_seven()),
    "PNG, ink bright": as_base64(draw_seven(ink=255, paper=0)),
    "JPEG": as_base64(draw_seven(), "JPEG"),
    "data URL": "data:image/png;base64," + as_base64(draw_seven()),
    "data URL of a JPEG": "data:image/jpeg;base64," + as_base64(draw_seven(200), "JPEG"),
}


@pytest.mark.parametrize("name", SEVENS)
@pytest.mark.parametrize("model", ["pretrained", "pretrained-fast"])
def test_a_seven_is_read_in_every_form(server, name, model):
    answer = server.call("predict_digit", SEVENS[name], model)
    check_keys("predict_digit", answer)
    assert answer["error"] is None and answer["digit"] == 7
    assert abs(sum(answer["probabilities"]) - 1) < 1e-4 and len(answer["probabilities"]) == 10
    assert answer["confidence"] == max(answer["probabilities"]) > answer["second"]["confidence"]
    seen = np.array(answer["seen"])
    assert seen.shape == (28, 28) and seen.min() >= 0 and seen.max() <= 1
    assert answer["milliseconds"] > 0


BAD_PIXELS = {
    "blank": np.zeros((28, 28)).tolist(),
    "one colour": np.full((28, 28), 7).tolist(),
    "one colour as PNG": as_base64(Image.new("L", (28, 28), 90)),
    "no rows": [],
    "empty rows": [[], []],
    "one pixel": [[1]],
    "flat": [1, 2, 3],
    "ragged": [[1, 2], [3]],
    "three dimensions": np.zeros((3, 28, 28)).tolist(),
    "null": [[0, 1], [None, 1]],
    "nan in words": [[0, 1], ["nan", 1]],
    "text": "a seven",
    "empty text": "",
    "base64 of nothing": base64.b64encode(b"hello, this is no image").decode(),
    "a cut PNG": as_base64(draw_seven())[:200],
    "a GIF": as_base64(draw_seven(), "GIF"),
    "10,000 × 10,000": as_base64(Image.new("L", (10_000, 10_000), 255)),
    "a number": 7,
    "nothing": None,
    "an object": {"pixels": [[1]]},
    "a web address": "http://127.0.0.1/seven.png",
    "a file": "/etc/passwd",
    "a file object": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
}


@pytest.mark.parametrize("name", BAD_PIXELS)
def test_bad_pixels_are_refused_in_words(server, name):
    answer = refused(server, "predict_digit", BAD_PIXELS[name], "pretrained", kind="input")
    assert (
        answer["digit"] is None and answer["probabilities"] == [] and answer["second"] == {"digit": None, "confidence": None}
    )


def test_nan_and_infinity_as_json_tokens(server):
    """Python's JSON writes NaN; whatever the server makes of it, it answers and goes on."""
    for token in ("NaN", "Infinity", "-Infinity", "1e999"):
        body = f'{{"data": [[[0, 1], [{token}, 1]], "pretrained"]}}'.encode()
        status, answer = http(f"{server.url}/gradio_api/call/predict_digit", body)
        if status == 200:
            _, stream = http(f"{server.url}/gradio_api/call/predict_digit/{json.loads(answer)['event_id']}")
            assert read_event_stream(stream.decode())[-1]["error"]["kind"] == "input"
        else:
            assert 400 <= status < 500
    body = b'{"data": [{"learning_rate": NaN}]}'
    status, answer = http(f"{server.url}/gradio_api/call/start_training", body)
    if status == 200:
        _, stream = http(f"{server.url}/gradio_api/call/start_training/{json.loads(answer)['event_id']}")
        assert read_event_stream(stream.decode())[-1]["error"]["kind"] == "input"


@pytest.mark.parametrize(
    "model", ["Pretrained", "../mnistnet", "", None, 3, "x" * 10_000], ids=lambda value: repr(value)[:20]
)
def test_a_network_that_is_not_there(server, model):
    answer = server.call("predict_digit", np.asarray(draw_seven()).tolist(), model)
    check_keys("predict_digit", answer)
    assert answer["error"]["kind"] == "not_found"


def test_named_parameters_and_their_defaults(server):
    """What curl sends to /call/v2: names instead of places, and what is left out has its default."""
    for path in LANGUAGES.values():
        base = f"{server.url}{path}gradio_api/call"
        status, body = http(f"{base}/v2/predict_digit", {"pixels": np.asarray(draw_seven()).tolist()})
        assert status == 200
        _, stream = http(f"{base}/predict_digit/{json.loads(body)['event_id']}")
        answer = read_event_stream(stream.decode())[-1]
        check_keys("predict_digit", answer)
        assert answer["digit"] == 7


def test_bodies_that_are_too_large_or_no_json(server):
    url = f"{server.url}/gradio_api/call/predict_digit"
    # The length alone is refused, before the body has come.
    connection = http_client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/gradio_api/call/predict_digit")
    connection.putheader("content-length", str(25 * 2**20))
    connection.endheaders(b"{")
    assert connection.getresponse().status == 413
    connection.close()
    assert http(url, b"no json")[0] in (400, 422)
    assert http(url, b"[1, 2, 3]")[0] in (400, 422)
    assert http(f"{server.url}/healthz") == (200, b'{"status":"ok"}')


TRAVERSALS = [
    "/playground-assets/../app.py",
    "/playground-assets/..%2fapp.py",
    "/playground-assets/%2e%2e/app.py",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=app.py",
    "/zh/gradio_api/file=../app.py",
    "/static/..%2f..%2fapp.py",
    "/assets/..%2f..%2fapp.py",
    "/gradio_api/proxy=http://127.0.0.1/",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out_of_the_assets(server, path):
    status, body = http(server.url + path)
    assert status >= 400 and b"root:" not in body and b"playground.ui.server" not in body


def test_headers_and_assets(server):
    import urllib.request

    with urllib.request.urlopen(f"{server.url}/playground-assets/css/playground.css?v=1") as answer:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in answer.headers["cache-control"]
    with urllib.request.urlopen(f"{server.url}/zh") as answer:  # urllib follows the redirect
        assert answer.url.endswith("/zh/") and "lang" in answer.read().decode()


@pytest.mark.parametrize("encoding", ["identity", "gzip, deflate, br, zstd"])
def test_a_stream_of_a_forgotten_session_ends_quietly(server, encoding):
    """The page that asks is being left; the server's log stays clean (looked at when all tests have ended)."""
    for path in LANGUAGES.values():
        address = f"{server.url}{path}gradio_api/queue/data?session_hash=forgotten"
        asked = urllib.request.Request(address, headers={"Accept-Encoding": encoding})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert answer.read() == b'data: {"msg":"close_stream"}\n\n'
