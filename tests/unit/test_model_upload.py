"""Weights that come back: what fits, what does not, and files that are meant to do harm: told by name, never executed."""

from __future__ import annotations

import base64
import io
import json
import os
import pickle
import re
import struct
import time
import zipfile
import zlib
from dataclasses import replace

import pytest
import torch
from torch import nn

from playground.data import load_images
from playground.errors import BusyError, InputError, LimitError, NotFoundError
from playground.exports.work import export_model
from playground.limits import read_limits
from playground.models import PRESETS, build_model, load_checkpoint, parse_spec
from playground.models.checkpoint import read_safetensors
from playground.services import Services
from playground.uploads.arrivals import Arrivals
from playground.uploads.kept import KeptWeights
from playground.uploads.pickles import foreign_names
from playground.uploads.work import compare_weights

pytestmark = pytest.mark.usefixtures("restored_torch")
LIMITS = read_limits(public=False, environment={})
CODE = "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"
CHINESE = re.compile("[\u4e00-\u9fff]")


def state_of(model: str = "Linear", seed: int = 3) -> dict:
    torch.manual_seed(seed)
    return dict(build_model(PRESETS[model].spec).state_dict())


def saved(value: object, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def compare(data: bytes, model: str = "Linear", name: str = "w.pth"):
    return compare_weights(data, name, model, LIMITS)


def states(report: dict) -> dict[str, str]:
    return {row["name"]: row["state"] for row in report["keys"]}


def notes(report: dict) -> set[str]:
    return {note["key"] for note in report["notes"]}


# What fits


@pytest.mark.parametrize("format", ["safetensors", "state_dict"])
@pytest.mark.parametrize("model", ["Linear", "MLP", CODE], ids=["Linear", "MLP", "code"])
def test_what_was_exported_comes_back(model, format):
    exported, error = export_model(model, format, None, None, None, LIMITS)
    assert error is None
    file = base64.b64decode(exported["content"])
    report, error = compare(file, model)
    assert error is None and report["fits"] and set(states(report).values()) == {"matched"}
    assert report["counts"]["matched"] == len(report["keys"]) and report["reads_digits"]
    spec, state, _ = read_safetensors(base64.b64decode(report["content"]), "")
    expected = torch.load(io.BytesIO(file), weights_only=True) if format == "state_dict" else read_safetensors(file, "")[1]
    assert all(torch.equal(state[key], expected[key]) for key in expected)
    assert spec is not None and (spec.code == CODE if model == CODE else spec == PRESETS[model].spec)


def test_without_a_model_the_file_says_what_it_is():
    spec = '{"name":"Mine","layers":[{"type":"Flatten"},{"type":"Linear","arguments":{"out_features":10}}]}'
    file = base64.b64decode(export_model(spec, "safetensors", None, None, None, LIMITS)[0]["content"])
    report, error = compare(file, "")
    assert error is None and report["fits"] and report["model"] == "Mine" and notes(report) == {"upload.own_spec"}
    report, error = compare(saved(state_of("MLP")), "")
    assert error is None and report["fits"] and report["model"] == "MLP" and notes(report) == {"upload.fitting"}
    report, error = compare(saved({f"module.{key}": value for key, value in state_of("MLP").items()}), "")
    assert error is None and report["fits"] and notes(report) == {"upload.fitting", "upload.prefix"}
    report, error = compare(saved({"a": torch.zeros(3)}), "")
    assert error is not None and error.key == "checkpoint.no_model" and not report["fits"]


def test_a_legacy_file():
    report, error = compare(saved(state_of(), _use_new_zipfile_serialization=False))
    assert error is None and report["fits"] and report["kind"] == "pth_legacy" and notes(report) == {"upload.legacy"}


@pytest.mark.parametrize("key", ["model_state_dict", "state_dict", "my weights"])
def test_weights_inside_a_training_checkpoint(key):
    model = build_model(PRESETS["Linear"].spec)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.zeros(2, 1, 28, 28)).sum().backward()
    optimizer.step()
    checkpoint = {
        "epoch": 3,
        "optimizer_state_dict": optimizer.state_dict(),
        key: state_of(),
        "loss": 0.5,
        "history": [1, 2],
    }
    report, error = compare(saved(checkpoint))
    assert error is None and report["fits"] and {"key": "upload.nested", "values": {"key": key}} in report["notes"]


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_prefixes_are_taken_off(prefix):
    report, error = compare(saved({f"{prefix}{key}": value for key, value in state_of().items()}))
    assert error is None and report["fits"] and "upload.prefix" in notes(report)


def test_a_prefix_that_is_the_models_own_stays():
    code = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    code += "        self.model = nn.Linear(28, 10)\n    def forward(self, x):\n        return self.model(x)\n"
    report, error = compare(saved({"model.weight": torch.zeros(10, 28), "model.bias": torch.zeros(10)}), code)
    assert error is None and report["fits"] and report["notes"] == [] and report["model"] == "Net"


def test_other_things_beside_tensors_are_left_out():
    report, error = compare(saved({**state_of(), "accuracy": 0.9}))
    assert error is None and report["fits"] and report["notes"][0]["values"]["names"] == "accuracy"


def test_half_precision_is_converted_and_told():
    report, error = compare(saved({key: value.half() for key, value in state_of().items()}))
    assert error is None and report["fits"] and "upload.converted" in notes(report)
    row = report["keys"][0]
    assert (row["file_dtype"], row["model_dtype"]) == ("float16", "float32")
    state = read_safetensors(base64.b64decode(report["content"]), "")[1]
    assert state["linear.weight"].dtype is torch.float32


# What does not fit


def test_a_report_of_what_does_not_fit():
    state = state_of("MLP")
    del state["fc2.bias"]
    state["extra.weight"] = torch.zeros(3)
    state["fc1.weight"] = torch.zeros(256, 700)
    state["fc3.bias"] = torch.zeros(10, dtype=torch.complex64)
    report, error = compare(saved(state), "MLP")
    assert error is None and not report["fits"] and report["content"] is None
    found = states(report)
    assert (found["fc2.bias"], found["extra.weight"], found["fc1.weight"], found["fc3.bias"], found["fc1.bias"]) == (
        *("missing", "unexpected", "shape", "dtype", "matched"),
    )
    row = next(row for row in report["keys"] if row["state"] == "shape")
    assert (row["file_shape"], row["model_shape"]) == ([256, 700], [256, 784])
    total = len(state_of("MLP"))
    assert report["counts"] == {"matched": total - 3, "missing": 1, "unexpected": 1, "shape": 1, "dtype": 1}


def test_a_tensor_that_claims_to_be_enormous_costs_nothing():
    wide = torch.zeros(1).expand(10**6, 10**6)
    report, error = compare(saved({**state_of(), "linear.weight": wide}))
    assert error is None and states(report)["linear.weight"] == "shape" and report["content"] is None


def test_a_bad_model_is_told(both):
    for model, kind in (
        ("nn.Sequential(", "syntax"),
        ("import os\nnn.ReLU()", "refused"),
        ("NoNet", "input"),
        ("{", "input"),
    ):
        report, error = compare(saved(state_of()), model)
        assert error is not None and error.kind == kind and not report["fits"] and both(error)


# What is no file of weights, or means harm


class Harm:
    """Runs a command when it is unpickled by a careless program."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def bomb() -> bytes:
    """A zip of a few kB that unpacks to 200 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        archive.writestr("archive/data/0", b"\0" * 200_000_000)
    return buffer.getvalue()


def liar() -> bytes:
    """Stored, but its directory says that each of its entries is as large as the whole file."""
    data = bytearray(saved(state_of()))
    place = data.find(b"PK\x01\x02")
    for offset in (20, 24):
        data[place + offset : place + offset + 4] = struct.pack("<I", 2**31)
    return bytes(data)


def whole_model() -> bytes:
    return saved(nn.Sequential(nn.Linear(3, 4), nn.ReLU()))


BAD = {
    "empty": (b"", "upload.empty", "input"),
    "a text": ("accuracy = 0.99\n权重".encode(), "upload.text", "input"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "upload.unknown", "input"),
    "a bomb": (bomb(), "upload.bomb", "input"),
    "a directory that lies": (liar(), None, "input"),
    "another zip": (b"PK\x03\x04" + b"\0" * 40, "upload.damaged", "input"),
    "half a file": (saved(state_of())[:-9000], "upload.damaged", "input"),
    "half a legacy file": (saved(state_of(), _use_new_zipfile_serialization=False)[:-9000], "upload.damaged", "input"),
    "half a safetensors": (None, "checkpoint.damaged", "input"),
    "a whole model": (whole_model(), "upload.globals", "refused"),
    "a tensor": (saved(torch.zeros(3)), "upload.not_mapping", "input"),
    "a list": (saved([torch.zeros(3)]), "upload.not_mapping", "input"),
    "no tensors": (saved({"a": 1}), "upload.no_tensors", "input"),
    "nothing": (saved({}), "upload.no_tensors", "input"),
    "sparse": (saved({"a": torch.eye(3).to_sparse()}), "upload.layout", "input"),
    "a pickle of numbers": (pickle.dumps({"a": 1}), "upload.damaged", "input"),
    "deeply nested": (pickle.dumps([[]] * 3, 2), "upload.damaged", "input"),
    "compressed": (zlib.compress(saved(state_of())), "upload.unknown", "input"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(name, both):
    data, key, kind = BAD[name]
    if data is None:
        data = base64.b64decode(export_model("Linear", "safetensors", None, None, None, LIMITS)[0]["content"])[:-100]
    start = time.monotonic()
    report, error = compare(data)
    assert error is not None, report["counts"]
    assert error.kind == kind and (key is None or error.key == key), error.key
    assert not report["fits"] and report["content"] is None and "w.pth" in both(error)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("form", ["zip", "legacy", "bare"])
def test_a_pickle_with_code_is_named_and_not_executed(tmp_path, protocol, form, both):
    mark = tmp_path / "executed"
    value = {**state_of(), "x": Harm(mark)}
    if form == "bare":
        data = pickle.dumps({"x": Harm(mark)}, protocol)
    else:
        data = saved(value, pickle_protocol=protocol, _use_new_zipfile_serialization=form == "zip")
    if protocol < 2:  # they begin with no sign of their own
        report, error = compare(data)
        assert error is not None and (error.kind == "refused" or form == "bare" or form == "legacy")
    else:
        report, error = compare(data)
        assert error is not None and error.kind == "refused" and "os.system" in both(error)
    assert not mark.exists() and not report["fits"]


def test_what_a_pickle_names():
    assert foreign_names(pickle.dumps([os.system, os.getcwd, os.system])) == ["os.system", "os.getcwd"]
    assert foreign_names(pickle.dumps({"a": [1, "b"]})) == []
    assert foreign_names(b"no pickle") == [] and foreign_names(b"") == []
    assert "torch.nn.modules.linear.Linear" in foreign_names(pickle.dumps(nn.Linear(2, 2)))


def test_a_refused_file_lists_what_it_would_run(both):
    _, error = compare(whole_model())
    assert "torch.nn.modules.container.Sequential" in both(error) and "state_dict" in both(error)


def test_a_torchscript_program(both):
    buffer = io.BytesIO()
    with pytest.warns(FutureWarning) if hasattr(torch.jit, "script") else pytest.raises(AttributeError):
        torch.jit.save(torch.jit.script(nn.Linear(3, 4)), buffer)
    assert compare(buffer.getvalue())[1].kind in ("input", "refused")


# Pieces, and what is kept


def test_a_file_arrives_in_pieces():
    arrivals = Arrivals(10)
    piece = lambda data: base64.b64encode(data).decode()  # noqa: E731
    token = arrivals.add("", piece(b"12345"))
    assert arrivals.add(token, piece(b"67890")) == token and arrivals.take(token) == b"1234567890"
    with pytest.raises(NotFoundError):
        arrivals.take(token)
    token = arrivals.add(None, piece(b"12345"))
    with pytest.raises(LimitError):
        arrivals.add(token, piece(b"678901"))
    with pytest.raises(NotFoundError):
        arrivals.add(token, piece(b"1"))
    for bad in (None, 7, "no base64!", "é"):
        with pytest.raises(InputError):
            arrivals.add("", bad)
    tokens = [arrivals.add("", piece(b"1")) for _ in range(8)]
    with pytest.raises(BusyError):
        arrivals.add("", piece(b"1"))
    assert [arrivals.take(token) for token in tokens] == [b"1"] * 8
    assert arrivals.add("", piece(b"1"))


def test_kept_weights_are_bounded_and_grow_old(tmp_path):
    kept = KeptWeights(tmp_path / "weights", 3, 1000)
    ids = []
    for place in range(5):
        ids.append(kept.keep(bytes([place]), "me", "x", reads_digits=True))
        os.utime(kept.find(ids[-1]), (time.time() - 100 + place,) * 2)
    assert [kept.has(weights) for weights in ids] == [False, False, True, True, True]
    assert len(list((tmp_path / "weights").iterdir())) == 6
    os.utime(kept.find(ids[2]), (0, 0))
    with pytest.raises(NotFoundError):
        kept.find(ids[2])
    for wrong in ("", None, 7, "../runs", "0" * 32, ids[4] + "/"):
        with pytest.raises(NotFoundError):
            kept.find(wrong)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    services = Services(LIMITS, tmp_path_factory.mktemp("server"))
    yield services
    services.close()


def test_weights_that_fit_can_be_used(services):
    shipped = services.weights_of("pretrained-fast").read_bytes()
    answer = services.uploads.import_weights(shipped, "fast.safetensors", "", "me", "zh")
    assert answer["error"] is None and answer["fits"] and len(answer["weights"]) == 32
    assert CHINESE.search(answer["notes"][0]) and "content" not in answer
    path = services.weights_of(answer["weights"])
    assert load_checkpoint(path).spec == PRESETS["Fast"].spec
    pixels = [[255 * (10 <= column <= 12 and 4 <= row <= 24) for column in range(28)] for row in range(28)]
    ours, theirs = (services.predict_digit(pixels, model) for model in (answer["weights"], "pretrained-fast"))
    assert ours["digit"] == theirs["digit"] == 1 and ours["confidence"] == theirs["confidence"]


def test_weights_of_code_read_digits_in_a_child(services):
    state = {"1.weight": torch.zeros(10, 784), "1.bias": torch.zeros(10)}
    answer = services.uploads.import_weights(saved(state), "w.pth", CODE, "me", "en")
    assert answer["error"] is None and answer["fits"] and answer["reads_digits"]
    image = load_images("MNIST").test_images[0].tolist()
    assert services.predict_digit(image, answer["weights"])["probabilities"] == pytest.approx([0.1] * 10)
    found = services.uploads.kept.of_visitor("me")
    assert [(one.id, one.name) for one in found][:1] == [(answer["weights"], answer["model"])]
    assert services.uploads.kept.of_visitor("somebody else") == []
    assert services.uploads.kept.claim(answer["weights"], "somebody else") == answer["weights"]
    assert [one.id for one in services.uploads.kept.of_visitor("somebody else")] == [answer["weights"]]
    with pytest.raises(NotFoundError):
        services.uploads.kept.claim("0" * 32, "me")


def test_weights_that_tell_no_digits_are_not_asked(services):
    model = "nn.Sequential(nn.Flatten(), nn.Linear(784, 3))"
    state = {"1.weight": torch.zeros(3, 784), "1.bias": torch.zeros(3)}
    answer = services.uploads.import_weights(saved(state), "w.pth", model, "me", "en")
    assert answer["fits"] and not answer["reads_digits"]
    with pytest.raises(InputError):
        services.weights_of(answer["weights"])
    assert answer["weights"] not in [one.id for one in services.uploads.kept.of_visitor("me")]


def test_harm_does_nothing_in_a_real_child(services, tmp_path):
    mark = tmp_path / "executed"
    answer = services.uploads.import_weights(saved({"x": Harm(mark)}), "w.pth", "MLP", "me", "en")
    assert answer["error"]["kind"] == "refused" and "os.system" in answer["error"]["message"]
    assert not mark.exists() and answer["weights"] is None


def test_too_large_is_refused_before_it_is_read(services):
    large = replace(LIMITS, weights_bytes=1000)
    from playground.uploads.service import Uploads

    def never(*_, **__):
        raise AssertionError("a child was started")

    answer = Uploads(services.home / "x", large, never).import_weights(b"x" * 1001, "w.pth", "MLP", "me", "en")
    assert answer["error"]["kind"] == "limit" and answer["keys"] == []


def test_a_child_that_was_taken_over_breaks_nothing(services, tmp_path):
    from playground.uploads.service import Uploads

    for content in (None, "no base64!", 7):
        lie = {"fits": True, "content": content, "notes": [{"key": "no.such"}, 7], "reads_digits": True, "model": "x"}
        uploads = Uploads(tmp_path / "x", LIMITS, lambda *_, lie=lie, **__: (lie, None))
        answer = uploads.import_weights(b"x", 7, None, "me", "en")
        assert answer["error"]["kind"] == "runtime" and answer["weights"] is None and len(answer["notes"]) == 1


def test_a_heavy_model_is_not_for_the_server_itself():
    spec = {
        "name": "Heavy",
        "layers": [
            {"type": "ConvTranspose2d", "arguments": {"in_channels": 1, "out_channels": 1, "kernel_size": 2, "stride": 500}},
            {"type": "AdaptiveAvgPool2d", "arguments": {"output_size": 1}},
            {"type": "Flatten"},
            {"type": "Linear", "arguments": {"in_features": 1, "out_features": 10}},
        ],
    }
    state = build_model(parse_spec(json.dumps(spec))).state_dict()
    report, error = compare(saved(dict(state)), json.dumps(spec))
    assert error is None and report["fits"] and report["reads_digits"] is False
