"""Exports: every format of every preset and of learners' code is run and compared, and what differs is not offered."""

from __future__ import annotations

import ast
import base64
import contextlib
import importlib.util
import io
import json
import re
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from playground.errors import NotFoundError, UnsupportedError
from playground.exports import EXPORTS, onnx
from playground.exports.shelf import Shelf, file_name
from playground.exports.subject import largest_difference
from playground.exports.work import export_model, open_subject
from playground.limits import read_limits
from playground.models import PRESETS, Checkpoint, parse_spec
from playground.models.architectures import ARCHITECTURES
from playground.models.checkpoint import checkpoint_bytes, read_safetensors
from playground.services import Services

pytestmark = pytest.mark.usefixtures("restored_torch")
LIMITS = read_limits(public=False, environment={})
HAS_ONNX = all(importlib.util.find_spec(name) for name in onnx.PACKAGES)
NEEDS_ONNX = pytest.mark.skipif(not HAS_ONNX, reason="pip install -r requirements-onnx.txt")
SHORT = ("SimpleCNN", "MLP")
FORMATS = [pytest.param(name, marks=NEEDS_ONNX if name == "onnx" else ()) for name in EXPORTS]
VIEW = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4 * 13 * 13, classes)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.norm(self.conv(x))), 2)
        x = F.dropout(x.view(x.size(0), -1), 0.5, training=self.training)
        return self.fc(x)
"""
CLASH = """EPOCHS = 3
step = 2
F = torch.relu
def normalise(x):
    return x * step * math.sqrt(2)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)
    def forward(self, x):
        return self.fc(F(normalise(x)).flatten(1))
model = Net()
"""
CODES = {
    "a class": VIEW,
    "a last expression": "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))",
    "an expression over lines": "flat = nn.Flatten()\nnn.Sequential(\n    flat,\n    nn.Linear(784, 10),  # Ünïcode\n)\n",
    "a variable, and something printed": "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\nprint('made')",
    "names of ours": CLASH,
    "no ten classes": "nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU())",
    "random in evaluation too": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.fc = nn.Linear(784, 10)\n    def forward(self, x):\n        return self.fc("
    "F.dropout(x.flatten(1), 0.5))\n",
    "tied weights": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.a = nn.Linear(784, 784)\n        self.b = nn.Linear(784, 784)\n        self.b.weight = self.a.weight\n"
    "    def forward(self, x):\n        return self.b(self.a(x.flatten(1)))\n",
    "numpy": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.w = nn.Parameter(torch.tensor(np.ones((784, 10)), dtype=torch.float32))\n"
    "    def forward(self, x):\n        return x.flatten(1) @ self.w\n",
}
SPECS = {
    "three colours": '{"name":"Colours","input_shape":[3,32,32],"layers":[{"type":"Conv2d","arguments":{"in_channels":3,'
    '"out_channels":4,"kernel_size":3}},{"type":"Flatten"},{"type":"Linear","arguments":{"out_features":10}}]}',
    "a vector": '{"name":"Vector","input_shape":[784],"layers":[{"type":"Linear","arguments":{"out_features":10}}]}',
    "frozen, kaiming": '{"name":"a net","initialization":"kaiming","layers":[{"type":"Flatten"},{"type":"Linear","name":'
    '"fc","trainable":false,"arguments":{"out_features":16}},{"type":"ReLU"},{"type":"Linear","arguments":'
    '{"out_features":10}}]}',
    "Chinese": '{"name":"我的 \\"网络\\"","layers":[{"type":"Flatten"},{"type":"Linear","arguments":{"out_features":10}}]}',
}


def export(model: str, format: str, weights: bytes | None = None, limits=LIMITS, config=None):
    result, error = export_model(model, format, weights, config, None, limits)
    return result, base64.b64decode(result["content"] or ""), error


def check(model: str, format: str) -> bytes:
    result, file, error = export(model, format)
    assert error is None, error.message()
    assert result["verified"] is True and file
    if format == "onnx":
        assert result["max_abs_difference"] <= 1e-5 * open_subject(model, LIMITS).scale()
    else:
        assert result["max_abs_difference"] == 0.0
    return file


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in PRESETS])
def test_presets(name, format):
    check(name, format)


@pytest.mark.long
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architectures(name, format):
    check(name, format)


def test_an_exported_graph_holds_the_models_operations_and_none_of_the_guards():
    """The guards turn gradients off while they look; in a graph that would be an operation around every operation."""
    subject = open_subject(VIEW, LIMITS)
    batch = subject.batch(2)
    program = subject.run(
        lambda: torch.export.export(subject.module, (batch,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))
    )
    called = [
        str(node.target) for node in program.graph.nodes if node.op == "call_function" and "sym_size" not in str(node.target)
    ]
    names = "conv2d batch_norm relu max_pool2d view dropout linear".split()
    assert [name.split(".")[1] for name in called] == names, called


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "a class" else pytest.mark.long) for name in CODES])
def test_learners_code(name, format):
    if format == "onnx" and name.startswith("random"):
        # Two libraries draw other random numbers: no file can be compared, so none is offered.
        result, file, error = export(CODES[name], format)
        assert error.key == "export.differs" and file == b"" and not result["verified"]
        return
    check(CODES[name], format)


@pytest.mark.parametrize("format", [name for name in EXPORTS if name != "onnx"])
@pytest.mark.parametrize("name", SPECS)
def test_specs(name, format):
    check(SPECS[name], format)


# What the scripts do: they train, with a stand-in for torchvision's data.


class Digits:
    """60 random images, as torchvision's MNIST holds them."""

    def __init__(self, folder, train, download):
        self.data = torch.randint(0, 256, (60, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
        self.targets = torch.arange(60) % 10


def run_script(text: str, monkeypatch, folder) -> str:
    data = types.ModuleType("torchvision")
    data.datasets = types.SimpleNamespace(MNIST=Digits)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchvision", data)
    monkeypatch.chdir(folder)
    namespace: dict = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "script.py", "exec"), namespace)
    return printed.getvalue()


TRAINED = {**{name: name for name in (*SHORT, "Fast", "Autoencoder")}, **CODES, **SPECS}


@pytest.mark.parametrize("name", TRAINED)
def test_the_script_trains(name, monkeypatch, tmp_path):
    text = check(TRAINED[name], "python").decode()
    printed = run_script(text, monkeypatch, tmp_path)
    assert re.search(r"^epoch +1  test loss [\d.]+  test accuracy [\d.]+$", printed, re.MULTILINE), printed
    saved = torch.load(tmp_path / "mnist_best.pth", weights_only=True)
    own = open_subject(TRAINED[name], LIMITS).state()
    assert {key: value.shape for key, value in saved.items()} == {key: value.shape for key, value in own.items()}
    if "frozen" not in name and "numpy" not in name:
        assert any(not torch.equal(saved[key], own[key]) for key in own), "nothing was learned"
    for part in ("zero_grad()  # 1", "# 2. forward", "# 3. loss", "backward()  # 4", "step()  # 5"):
        assert part in text
    assert "playground" not in text.lower(), "it needs nothing of ours"


@pytest.mark.parametrize("name", ["SimpleCNN", VIEW, CLASH], ids=["preset", "class", "names of ours"])
def test_the_notebook_is_the_same_script(name, monkeypatch, tmp_path):
    notebook = json.loads(check(name, "notebook"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5) and notebook["metadata"]["kernelspec"]["name"]
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells) > 5
    for cell in cells:
        assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", cell["id"]) and isinstance(cell["metadata"], dict)
        assert isinstance(cell["source"], list) and all(isinstance(line, str) for line in cell["source"])
        assert ("outputs" in cell and cell["execution_count"] is None) == (cell["cell_type"] == "code")
    code = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    printed = run_script(code, monkeypatch, tmp_path)
    other = run_script(check(name, "python").decode(), monkeypatch, tmp_path)
    assert printed == other and "epoch   2" in printed


def test_a_learners_text_is_taken_over_as_it_is():
    """But for the imports, which stand at the head of the script, each once."""
    script = check(VIEW, "python").decode()
    own = VIEW[VIEW.index("class Net") :].rstrip()
    assert own + "\n\n\nmodel = Net()" in script
    imports = [node for node in ast.walk(ast.parse(script)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound = [name.asname or name.name for node in imports for name in node.names]
    assert len(bound) == len(set(bound)) and {"torch", "nn", "F"} <= set(bound)


# The weights


def trained(model: str = "SimpleCNN") -> bytes:
    subject = open_subject(model, LIMITS)
    state = {name: value + 1 for name, value in subject.state().items()}
    return checkpoint_bytes(Checkpoint(subject.spec, state, {}))


@pytest.mark.parametrize("format", ["safetensors", "state_dict"])
def test_the_weights_of_a_run_are_in_the_file(format):
    weights = trained()
    result, file, error = export("SimpleCNN", format, weights)
    assert error is None and result["max_abs_difference"] == 0.0
    expected = read_safetensors(weights, "")[1]
    state = read_safetensors(file, "")[1] if format == "safetensors" else torch.load(io.BytesIO(file), weights_only=True)
    assert all(torch.equal(state[name], expected[name]) for name in expected) and set(state) == set(expected)


def test_without_a_run_the_weights_are_those_of_seed_0():
    first, second = (read_safetensors(check("MLP", "safetensors"), "")[1] for _ in range(2))
    torch.manual_seed(0)
    from playground.models import build_model

    own = build_model(PRESETS["MLP"].spec).state_dict()
    assert all(torch.equal(first[name], second[name]) and torch.equal(first[name], own[name]) for name in own)


def test_the_safetensors_tell_their_model():
    assert read_safetensors(check("Fast", "safetensors"), "")[0] == PRESETS["Fast"].spec
    spec = read_safetensors(check(VIEW, "safetensors"), "")[0]
    assert spec is not None and (spec.code, spec.name) == (VIEW, "Net")
    assert parse_spec(spec.to_text()) == spec


def test_weights_of_another_model_are_refused(both):
    result, file, error = export("MLP", "python", trained("SimpleCNN"))
    assert file == b"" and not result["verified"] and error.kind == "input"
    assert "MLP" in both(error) and "fc1.weight" in both(error)


@NEEDS_ONNX
def test_onnx_takes_any_number_of_samples():
    import onnxruntime

    session = onnxruntime.InferenceSession(check(VIEW, "onnx"))
    subject = open_subject(VIEW, LIMITS)
    assert session.get_inputs()[0].shape[1:] == [1, 28, 28] and isinstance(session.get_inputs()[0].shape[0], str)
    for count in (1, 3, 17):
        batch = subject.batch(count)
        made = torch.from_numpy(session.run(None, {"input": batch.numpy()})[0])
        assert largest_difference(subject.outputs(batch), [made]) < 1e-5


@pytest.mark.long
@NEEDS_ONNX
def test_a_model_that_is_no_fixed_graph(both):
    branch = CODES["random in evaluation too"].replace("return", "if x.mean() > 0.1:\n            x = x * 2\n        return")
    _, file, error = export(branch, "onnx")
    assert error.kind == "unsupported" and file == b"" and "data-dependent" in both(error) and "\x1b" not in both(error)


def test_without_the_packages_onnx_is_unsupported(monkeypatch, both):
    monkeypatch.setattr(onnx, "PACKAGES", ("onnx", "no_such_package"))
    _, file, error = export("Linear", "onnx")
    assert error.kind == "unsupported" and file == b"" and "pip install -r requirements-onnx.txt" in both(error)
    with pytest.raises(UnsupportedError):
        EXPORTS["onnx"].check()


# What differs is not offered


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_differs_is_not_offered(format, monkeypatch):
    """The model is another one when it is made from the file: one weight differs in the last digit but two."""
    from playground.exports.subject import SpecSubject

    if format == "onnx":
        real = onnx.write_onnx
        kind = EXPORTS["onnx"]

        def write(subject, *_):
            state = subject.state()
            changed = {name: value + (1e-3 if name == "linear.weight" else 0) for name, value in state.items()}
            subject.load(changed)
            file = real(subject)
            subject.load(state)
            return file

        monkeypatch.setitem(EXPORTS._entries, "onnx", replace(kind, write=write))
    else:
        real_load = SpecSubject.load

        def load(self, state):
            changed = {name: value + (1e-6 if name == "linear.weight" else 0) for name, value in state.items()}
            real_load(self, changed)

        monkeypatch.setattr(SpecSubject, "load", load)
    result, file, error = export("Linear", format)
    assert error is not None and error.key == "export.differs" and error.kind == "runtime"
    assert file == b"" and result["verified"] is False and 0 < result["max_abs_difference"] < 10


def test_a_script_whose_code_makes_another_model_is_not_offered(monkeypatch):
    from playground.exports import script, subject
    from playground.training.script import WrittenModel

    real = subject.SpecSubject.written

    def written(self):
        found = real(self)
        return WrittenModel(found.source.replace("return x", "return x * 1.0001"), found.make)

    monkeypatch.setattr(subject.SpecSubject, "written", written)
    result, file, error = export("Linear", "python")
    assert error.key == "export.differs" and file == b"" and result["max_abs_difference"] > 0
    with pytest.raises(Exception, match="not whole"):
        script.verify_code(open_subject("Linear", LIMITS), "def f(:")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.5], 0.5),
        ([float("nan")], [float("nan")], 0.0),
        ([float("inf")], [float("inf")], 0.0),
        ([float("nan")], [1.0], float("inf")),
        ([1.0], [1.0, 1.0], float("inf")),
    ],
)
def test_the_largest_difference(one, other, expected):
    assert largest_difference([torch.tensor(one)], [torch.tensor(other)]) == expected
    assert largest_difference([torch.tensor(one)], []) == float("inf")


# What cannot be exported


def test_too_many_parameters_are_refused_before_they_are_allocated():
    huge = "nn.Sequential(nn.Flatten(), nn.Linear(784, 10_000_000), nn.Linear(10_000_000, 10_000_000))"
    spec = (
        '{"name":"Huge","layers":[{"type":"Flatten"},{"type":"Linear","arguments":{"out_features":1000000}},'
        '{"type":"Linear","arguments":{"out_features":1000000}}]}'
    )
    for model in (huge, spec):
        result, file, error = export(model, "safetensors")
        assert error.kind == "limit" and file == b"" and "200,000,000" in error.message() and not result["verified"]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("NoNet", "input"),
        ("", "input"),
        ("{", "input"),
        ("nn.Linear(3, 4)", "shape"),
        ("nn.Sequential(", "syntax"),
        ("import os\nnn.ReLU()", "refused"),
        ("x = 1\nmodel = x + undefined_name", "runtime"),
    ],
)
@pytest.mark.parametrize("format", ["python", "safetensors"])
def test_bad_models(model, kind, format):
    result, file, error = export(model, format)
    assert file == b"" and not result["verified"] and error is not None
    assert error.kind == kind


def test_a_model_that_gives_two_tensors():
    code = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(28, 4)\n"
    code += "    def forward(self, x):\n        return self.fc(x), x\n"
    assert export(code, "python")[2].key == "export.one_output"
    assert export(code, "safetensors")[2] is None


def test_a_model_of_whole_numbers_has_weights_and_no_script():
    spec = (
        '{"name":"Words","input_shape":[6],"layers":[{"type":"Embedding","arguments":{"num_embeddings":50,'
        '"embedding_dim":8}},{"type":"Flatten"},{"type":"Linear","arguments":{"in_features":48,"out_features":10}}]}'
    )
    assert export(spec, "python")[2].key == "export.no_images"
    result, _, error = export(spec, "state_dict")
    assert error is None and result["max_abs_difference"] == 0.0


# The shelf


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("SimpleCNN", "SimpleCNN.py"),
        ("a net", "a_net.py"),
        ('../../etc/passwd"; x="', "etc_passwd_x.py"),
        ("网络", "model.py"),
        ("\r\nset-cookie: a", "set_cookie_a.py"),
        ("x" * 500, "x" * 60 + ".py"),
    ],
)
def test_names_of_files_are_safe(model, name):
    assert file_name(model, ".py") == name


def put(shelf: Shelf, content: bytes, name: str = "a.py") -> dict:
    path = shelf.reserve(name)
    path.write_bytes(content)
    return shelf.keep(path)


def test_the_shelf(tmp_path):
    left = tmp_path / "exports" / "old" / "file"
    left.parent.mkdir(parents=True)
    left.write_text("of an earlier server")
    shelf = Shelf(tmp_path / "exports", 600, 10)
    assert not left.exists()
    first = put(shelf, b"123456")
    assert first["bytes"] == 6 and first["name"] == "a.py" and len(first["sha256"]) == 64
    _, folder, token, name = first["url"].split("/")
    assert (folder, len(token), name) == ("exports", 32, "a.py")
    assert shelf.find(token, "a.py").read_bytes() == b"123456"
    for wrong in ((token, "b.py"), ("0" * 32, "a.py"), ("../runs", "a.py"), (token, "../a.py")):
        with pytest.raises(NotFoundError):
            shelf.find(*wrong)
    second = put(shelf, b"7890123")
    with pytest.raises(NotFoundError):
        shelf.find(token, "a.py")
    assert shelf.find(second["url"].split("/")[2], "a.py").is_file()
    assert len(list((tmp_path / "exports").iterdir())) == 1


def test_files_go_after_their_time(tmp_path):
    shelf = Shelf(tmp_path / "exports", 0.05, 10)
    token = put(shelf, b"1")["url"].split("/")[2]
    import time

    time.sleep(0.1)
    with pytest.raises(NotFoundError):
        shelf.find(token, "a.py")
    assert not list((tmp_path / "exports").iterdir())


# Through the services, in real children


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    services = Services(replace(LIMITS, model_parameters=2_000_000), tmp_path_factory.mktemp("server"))
    yield services
    services.close()


@pytest.mark.parametrize(("model", "name"), [("SimpleCNN", "SimpleCNN"), (VIEW, "Net")], ids=["preset", "code"])
@pytest.mark.parametrize("format", FORMATS)
def test_in_a_child(services, model, name, format):
    answer = services.exports.export(model, format, "", "me", "en")
    assert answer["error"] is None, answer["error"]
    assert answer["verified"] is True and answer["max_abs_difference"] <= (1e-5 if format == "onnx" else 0)
    assert answer["file"]["name"] == f"{name}{EXPORTS[format].suffix}"
    path = services.exports.shelf.find(*answer["file"]["url"].split("/")[2:])
    assert path.stat().st_size == answer["file"]["bytes"]


@pytest.mark.parametrize(
    ("model", "format", "run_id", "kind"),
    [
        ("MLP", "zip", "", "input"),
        ("MLP", None, "", "input"),
        (None, "python", "", "input"),
        (["MLP"], "python", "", "input"),
        ("MLP", "python", "0" * 32, "not_found"),
        ("MLP", "python", 7, "input"),
        ("nn.Linear(784, 10_000)", "python", "", "shape"),
        ("nn.Sequential(nn.Flatten(), nn.Linear(784, 10_000))", "python", "", "limit"),
        ("x" * 300_000 + "(", "python", "", "limit"),
        ("while True:\n    pass\n", "python", "", "limit"),
    ],
)
def test_what_is_refused(services, model, format, run_id, kind):
    answer = services.exports.export(model, format, run_id, "me", "zh")
    assert answer["error"]["kind"] == kind and answer["file"] is None and answer["verified"] is False
    assert re.search("[\u4e00-\u9fff]", answer["error"]["message"])
    assert not [path for path in services.exports.shelf.folder.glob("*/*") if not path.stat().st_size]


def test_a_runs_own_model_and_weights(services):
    weights = read_safetensors(trained("Fast"), "")[1]
    run = services.runs.create(services.training.resolve({"epochs": 0.5}).to_json(), "me")
    answer = services.exports.export("", "state_dict", run.id, "me", "en")
    assert answer["error"]["kind"] == "input", "it has no weights yet"
    (run.folder / "best.safetensors").write_bytes(trained("Fast"))
    answer = services.exports.export("", "state_dict", run.id, "me", "en")
    assert answer["error"] is None and answer["file"]["name"] == "Fast.pth"
    state = torch.load(services.exports.shelf.find(*answer["file"]["url"].split("/")[2:]), weights_only=True)
    assert all(torch.equal(state[name], weights[name]) for name in weights)
    answer = services.exports.export("", "python", run.id, "me", "en")
    text = services.exports.shelf.find(*answer["file"]["url"].split("/")[2:]).read_text()
    assert "EPOCHS = 0.5\n" in text, "the run's own training"


def test_the_answer_of_a_taken_over_child_is_checked(tmp_path):
    from playground.exports.service import Exports
    from playground.store import Runs

    def exports(answer, written: bytes | None) -> Exports:
        def run(work, arguments, visitor, **options):
            assert options["confined"] and options["writable"] == (str(Path(arguments["path"]).parent),)
            if written is not None:
                Path(arguments["path"]).write_bytes(written)
            return answer, None

        return Exports(tmp_path / "e", Runs(tmp_path / "r", LIMITS), LIMITS, run)

    lie = {"name": "../../x\n", "verified": True, "max_abs_difference": {"a": 1}}
    result = exports(lie, None).export("nn.Flatten()", "python", "", "me", "en")
    assert result["file"] is None and not result["verified"] and result["error"]["kind"] == "runtime"
    result = exports(lie, b"a").export("nn.Flatten()", "python", "", "me", "en")
    assert result["file"]["name"] == "x.py" and result["file"]["bytes"] == 1 and result["max_abs_difference"] is None
