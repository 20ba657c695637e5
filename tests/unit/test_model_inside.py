"""inspect_model: each number of it against plain torch."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from playground.data import load_images
from playground.errors import InputError, LimitError, PlaygroundError
from playground.limits import read_limits
from playground.models import PRESETS, build_model, load_checkpoint
from playground.models.describe import describe_model
from playground.models.digit_input import digit_batch
from playground.models.inside import inspect_model
from playground.models.pictures import describe_parameter, draw_activation, draw_kernels

LIMITS = read_limits(public=False)
WEIGHTS = Path(__file__).resolve().parents[2] / "assets" / "models" / "mnistnet.safetensors"
CODE = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(4 * 26 * 26, 10)

    def forward(self, x):
        x = torch.relu(self.conv(x))
        return self.fc(torch.flatten(self.drop(x), 1))
"""


def inspect(model, **options):
    given = {"input_shape": None, "digit": 0, "seed": 0, "limits": LIMITS, **options}
    return inspect_model(model, **given)


def pixels(image) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(image["pixels"]), dtype=np.uint8)
    return data.reshape(image["maps"], image["height"], image["width"])


def digit(index: int) -> torch.Tensor:
    data = load_images("MNIST")
    return (torch.from_numpy(data.test_images[index]).float()[None, None] / 255 - 0.1307) / 0.3081


def test_the_rows_are_those_of_the_table_with_real_activations():
    found, error = inspect("MNISTNet", weights=WEIGHTS.read_bytes(), weights_name="pretrained", digit=3)
    assert error is None
    assert found["weights"] == "pretrained"
    table, _ = describe_model("MNISTNet", None, 1, LIMITS)
    assert [(row["name"], row["type"]) for row in found["rows"]] == [(row["name"], row["type"]) for row in table["layers"]]
    model = load_checkpoint(WEIGHTS).build()
    value = digit(3)
    with torch.no_grad():
        for name, module in [*model.features.named_children()]:
            value = module(value)
            row = next(row for row in found["rows"] if row["name"] == f"features.{name}")
            assert row["summary"]["mean"] == pytest.approx(value.mean().item(), abs=1e-5)
            assert row["summary"]["zeros"] == pytest.approx((value == 0).float().mean().item(), abs=1e-4)
            shown = value[0, :16]
            scaled = 255 * (shown - shown.min()) / (shown.max() - shown.min())
            assert np.abs(pixels(row["image"]).astype(int) - scaled.round().int().numpy()).max() <= 1
        logits = model(digit(3))
    assert found["digit"] == {"index": 3, "label": int(load_images("MNIST").test_labels[3])}
    assert found["outputs"]["eval"] == pytest.approx(logits[0].softmax(0).tolist(), abs=1e-4)
    assert int(np.argmax(found["outputs"]["eval"])) == found["digit"]["label"]


def test_fresh_weights_follow_from_the_seed():
    first, again, other = (inspect("MLP", seed=seed)[0]["outputs"]["eval"] for seed in (5, 5, 6))
    assert first == again
    assert first != other
    torch.manual_seed(5)
    model = build_model(PRESETS["MLP"].spec).eval()
    with torch.no_grad():
        assert first == pytest.approx(model(digit(0))[0].softmax(0).tolist(), abs=1e-5)


def test_train_mode_differs_where_it_does():
    found, _ = inspect("MNISTNet")
    changeful = {row["type"] for row in found["rows"] if "train" in row}
    assert changeful == {"BatchNorm2d", "Dropout2d", "Dropout"}
    for row in found["rows"]:
        if "train" not in row:
            continue
        assert len(row["train"]) == 2
        one, two = (pixels(run["image"]) for run in row["train"])
        assert (one != two).any(), f"two runs of {row['name']} should differ"
    assert len(found["outputs"]["train"]) == 2
    assert found["outputs"]["train"][0] != found["outputs"]["train"][1]


def test_dropout_drops_half_and_doubles_the_rest():
    found, _ = inspect("nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))")
    dropout = found["rows"][1]
    assert dropout["summary"]["zeros"] == 0, "no normalised pixel is exactly 0"
    for run in dropout["train"]:
        assert 0.4 < run["summary"]["zeros"] < 0.6
        assert run["summary"]["min"] == pytest.approx(2 * dropout["summary"]["min"])


def test_dropout_inside_a_block_shows_too():
    found, _ = inspect("ViT")
    assert [row["name"] for row in found["rows"] if "train" in row] == ["blocks.0.0", "blocks.1.0", "blocks.2.0"]
    row = found["rows"][2]
    assert row["summary"] != row["train"][0]["summary"] != row["train"][1]["summary"]
    still, _ = inspect(
        "nn.Sequential(nn.Flatten(1, 2), nn.TransformerEncoderLayer(28, 4, 32, dropout=0.0, batch_first=True))"
    )
    # Its Dropout layers are there, but drop nothing.
    assert still["rows"][1]["train"][0]["summary"]["mean"] == pytest.approx(still["rows"][1]["summary"]["mean"], abs=1e-6)


def test_a_network_without_such_layers_gives_the_same_in_train_mode():
    found, _ = inspect("Linear")
    assert all("train" not in row for row in found["rows"])
    assert all(run == pytest.approx(found["outputs"]["eval"], abs=1e-5) for run in found["outputs"]["train"])


def test_parameters_as_the_course_prints_them():
    spec = PRESETS["LeNet5"].spec
    frozen = replace(spec, layers=(replace(spec.layers[0], trainable=False), *spec.layers[1:]))
    found, _ = inspect(frozen.to_text())
    torch.manual_seed(0)
    model = build_model(frozen)
    expected = [(name, list(part.shape), part.numel(), part.requires_grad) for name, part in model.named_parameters()]
    assert [(one["name"], one["shape"], one["numel"], one["trainable"]) for one in found["parameters"]] == expected
    assert found["totals"]["parameters"] == sum(part.numel() for part in model.parameters())
    assert found["totals"]["trainable"] == sum(part.numel() for part in model.parameters() if part.requires_grad)
    assert found["totals"]["trainable"] == found["totals"]["parameters"] - 156
    for one, part in zip(found["parameters"], model.parameters(), strict=True):
        assert one["std"] == pytest.approx(part.std().item(), rel=1e-5)
        assert one["mean"] == pytest.approx(part.mean().item(), rel=1e-4, abs=1e-7)
        counts, _ = np.histogram(part.detach().numpy(), 30, (one["min"], one["max"]))
        assert sum(one["histogram"]) == part.numel()
        assert np.abs(np.array(one["histogram"]) - counts).sum() <= 4, "but for numbers on an edge"


def test_parameters_that_are_hard_to_describe():
    single = describe_parameter("one", nn.Parameter(torch.tensor([2.0])))
    assert (single["std"], single["mean"], sum(single["histogram"])) == (None, 2.0, 1)
    broken = describe_parameter("nan", nn.Parameter(torch.tensor([1.0, float("nan"), float("inf")])))
    assert (broken["mean"], broken["histogram"]) == ("nan", None)
    empty = describe_parameter("empty", nn.Parameter(torch.zeros(0, 3)))
    assert (empty["numel"], empty["mean"], empty["histogram"]) == (0, None, None)


def test_kernels():
    model = nn.Sequential(nn.Conv2d(1, 80, 3), nn.Flatten(), nn.Linear(80 * 26 * 26, 10))
    (kernel,) = draw_kernels(model, (1, 28, 28))
    weight = model[0].weight.detach()[:64, 0]
    assert (kernel["maps"], kernel["of"], kernel["height"], kernel["width"]) == (64, 80, 3, 3)
    back = (pixels(kernel).astype(np.float32) - 128) / 127 * kernel["scale"]
    assert np.abs(back - weight.numpy()).max() <= kernel["scale"] / 127
    (linear,) = draw_kernels(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), (1, 28, 28))
    assert (linear["maps"], linear["height"], linear["width"]) == (10, 28, 28)


def test_pictures_of_every_form():
    assert draw_activation(torch.tensor(3.0))["maps"] == 1
    assert draw_activation(torch.arange(10.0))["width"] == 10
    assert draw_activation(torch.arange(1000.0))["width"] == 128
    assert draw_activation(torch.rand(20, 16))["height"] == 20
    volume = draw_activation(torch.rand(30, 4, 60, 50))
    assert (volume["maps"], volume["of"], volume["height"], volume["width"]) == (16, 30, 28, 28)
    odd = draw_activation(torch.tensor([[float("nan"), 0.0], [float("inf"), 1.0]]))
    assert pixels(odd)[0].tolist() == [[0, 0], [255, 255]]
    assert pixels(draw_activation(torch.full((3, 3), 7.0))).max() == 0


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_shows_all_its_rows(name):
    found, error = inspect(name)
    assert error is None
    assert found["rows"]
    assert all(row["image"] is not None for row in found["rows"])
    numbers = {str(number) for number in range(len(found["rows"]))} | {joint["id"] for joint in found["joints"]}
    assert {target for _, target in found["edges"]} == numbers, "every row is reached"
    assert {source for source, _ in found["edges"]} <= numbers | {"input"}


def test_the_sum_of_a_residual_is_a_joint():
    found, _ = inspect("SmallResNet")
    names = [row["name"] for row in found["rows"]]
    joints = {joint["id"]: joint for joint in found["joints"]}
    assert [(joint["type"], joint["group"]) for joint in joints.values()] == [("add", "block1"), ("add", "block2")]
    into = [names[int(source)] for source, target in found["edges"] if target == next(iter(joints))]
    assert into == ["stem.2", "block1.4"]


def test_code_is_run_with_its_own_forward():
    found, error = inspect(CODE, digit=5)
    assert error is None
    assert [row["name"] for row in found["rows"]] == ["conv", "drop", "fc"]
    torch.manual_seed(0)
    namespace: dict = {}
    exec(CODE, namespace)
    model = namespace["Net"]().eval()
    with torch.no_grad():
        assert found["outputs"]["eval"] == pytest.approx(model(digit(5))[0].softmax(0).tolist(), abs=1e-5)


def test_a_model_that_fails_shows_what_came_before():
    found, error = inspect(
        '{"layers": [{"type": "Conv2d", "arguments": {"out_channels": 2, "kernel_size": 3}}, '
        '{"type": "Linear", "arguments": {"in_features": 5, "out_features": 3}}]}'
    )
    assert error is not None
    assert error.key == "inside.fails"
    assert [row["name"] for row in found["rows"]] == ["0"]
    assert found["rows"][0]["image"]["maps"] == 2


@pytest.mark.parametrize(
    ("model", "options", "kind"),
    [
        ("nn.Linear(100000, 100000)", {}, LimitError),
        ('{"layers": [{"type": "Conv2d", "arguments": {"out_channels": 100000, "kernel_size": 1}}]}', {}, LimitError),
        ("MLP", {"digit": 10_000}, InputError),
        ("MLP", {"digit": "7"}, InputError),
        ("MLP", {"seed": -1}, InputError),
        ("MLP", {"weights": WEIGHTS.read_bytes(), "weights_name": "pretrained"}, InputError),
        ("MLP", {"weights": b"nothing", "weights_name": "x"}, InputError),
        ("NoNet", {}, InputError),
    ],
)
def test_what_is_refused(model, options, kind):
    with pytest.raises(kind):
        inspect(model, **options)


@pytest.mark.parametrize("shape", [(1, 28, 28), (28, 28), (784,), (3, 32, 40), (10,), (2, 3, 8, 8), (28, 1, 28)])
def test_a_digit_in_every_shape(shape):
    batch = digit_batch([0, 1], shape, None)
    assert batch.shape == (2, *shape)
    assert batch.isfinite().all()
    assert (batch[0] != batch[1]).any()
    tokens = digit_batch([0], shape, nn.Embedding(16, 2))
    assert tokens.dtype == torch.int64
    assert tokens.min() >= 0
    assert tokens.max() <= 15


@pytest.mark.parametrize(
    "method",
    [
        "def named_parameters(self, *given, **more):\n        return [(3, 4)]",
        "def parameters(self, recurse=True):\n        return [7]",
        "def modules(self):\n        return ['x']",
        "def eval(self):\n        raise ValueError('no')",
        "def state_dict(self, *given, **more):\n        return 7",
    ],
)
def test_what_a_class_overrides_is_its_own_error(method):
    code = (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(784, 10)\n\n"
        f"    def forward(self, x):\n        return self.fc(x.flatten(1))\n\n    {method}\n"
    )
    try:
        result, error = inspect_model(code, None, 0, 0, LIMITS)
    except PlaygroundError as raised:
        error = raised
    else:
        assert result["rows"] or error is not None
    assert error is None or error.kind != "internal"


def test_the_model_is_taken_to_a_device():
    result, error = inspect_model("MLP", None, 0, 0, LIMITS, device="cpu")
    assert error is None
    assert result["device"] == "cpu" and {one["device"] for one in result["parameters"]} == {"cpu"}
    with pytest.raises(PlaygroundError, match="no device nowhere"):
        inspect_model("MLP", None, 0, 0, LIMITS, device="nowhere")


def test_calls_outside_the_layers_are_joints():
    code = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4 * 13 * 13, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.fc(x.view(x.size(0), -1))
"""
    result, error = inspect_model(code, None, 0, 0, LIMITS)
    assert error is None
    joints = result["joints"]
    assert [joint["type"] for joint in joints] == ["relu", "max_pool2d", "view"]
    assert [joint["shape"] for joint in joints] == [[1, 4, 26, 26], [1, 4, 13, 13], [1, 676]]
    way = ["input", "0", *(joint["id"] for joint in joints), "1"]
    assert result["edges"] == list(pairwise(way))
