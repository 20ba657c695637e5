"""Networks as plain data: presets, specs, the code of each, and what is said about a faulty one."""

from __future__ import annotations

import json
import random
from collections import OrderedDict
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.errors import InputError, LimitError, PlaygroundError, UnsupportedError
from playground.models import (
    PRESETS,
    LayerSpec,
    ModelSpec,
    build_model,
    check_model,
    model_source,
    parse_spec,
    read_model,
)
from playground.models.layers import LAYERS
from playground.models.presets import CLASSIFIERS
from playground.models.source import class_name

# The course's own structures, written here once more as the reference.


class CourseLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(784, 10)

    def forward(self, x):
        return self.linear(x.flatten(1))


class CourseMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.bn1 = nn.BatchNorm1d(256)
        self.dropout = nn.Dropout(0.1)
        self.fc2 = nn.Linear(256, 256)
        self.bn2 = nn.BatchNorm1d(256)
        self.fc3 = nn.Linear(256, 10)

    def forward(self, x):
        x = self.dropout(F.relu(self.bn1(self.fc1(x.flatten(1)))))
        x = self.dropout(F.relu(self.bn2(self.fc2(x))))
        return self.fc3(x)


class CourseSequential(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(784, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(256, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 10),
        )

    def forward(self, x):
        return super().forward(x.flatten(1))


class CourseSimpleCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layers = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(2, 2),
        )
        self.fc_layers = nn.Sequential(
            nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)
        )

    def forward(self, x):
        return self.fc_layers(self.conv_layers(x))


class CourseMNISTNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2, 2),
            nn.Dropout2d(0.25),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 64, kernel_size=3, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2, 2),
            nn.Dropout2d(0.25),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(64 * 7 * 7, 256), nn.ReLU(inplace=True), nn.Dropout(0.25), nn.Linear(256, 10)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight)
                nn.init.constant_(module.bias, 0)

    def forward(self, x):
        return self.classifier(self.features(x))


COURSE = {
    "Linear": (CourseLinear, 784 * 10 + 10),
    "MLP": (CourseMLP, (784 * 256 + 256) + 2 * 256 + (256 * 256 + 256) + 2 * 256 + (256 * 10 + 10)),
    "Sequential": (CourseSequential, (784 * 256 + 256) + 2 * 256 + (256 * 128 + 128) + 2 * 128 + (128 * 10 + 10)),
    "SimpleCNN": (
        CourseSimpleCNN,
        (9 * 32 + 32) + 2 * 32 + (9 * 32 * 64 + 64) + 2 * 64 + (3136 * 128 + 128) + (128 * 10 + 10),
    ),
    "MNISTNet": (
        CourseMNISTNet,
        (9 * 32 + 32)
        + (9 * 32 * 32 + 32)
        + (9 * 32 * 64 + 64)
        + (9 * 64 * 64 + 64)
        + 2 * (32 + 32 + 64 + 64)
        + (3136 * 256 + 256)
        + (256 * 10 + 10),
    ),
}

NESTED = """{
 "name": "My net 2", "initialization": "kaiming", "layers": [
  {"type": "Sequential", "name": "stem", "layers": [
    {"type": "Conv2d", "arguments": {"in_channels": 1, "out_channels": 4, "kernel_size": [3, 5], "stride": 2}},
    {"type": "Sequential", "name": "inner", "trainable": false, "layers": [
      {"type": "BatchNorm2d", "name": "norm", "arguments": {"num_features": 4}},
      {"type": "LeakyReLU", "arguments": {"negative_slope": 0.2}}]},
    {"type": "AdaptiveAvgPool2d", "name": "pool", "arguments": {"output_size": [4, 4]}}]},
  {"type": "Flatten"},
  {"type": "LayerNorm", "arguments": {"normalized_shape": 64}},
  {"type": "Linear", "name": "hidden", "trainable": false,
   "arguments": {"in_features": 64, "out_features": 16, "bias": false}},
  {"type": "GELU", "arguments": {"approximate": "tanh"}},
  {"type": "Linear", "name": "7", "arguments": {"in_features": 16, "out_features": 10}}]}"""

SPECS = {**{name: preset.spec for name, preset in PRESETS.items()}, "nested": parse_spec(NESTED)}


def images(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def built(make, seed: int = 3) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def layers_text(*layers: object, **more: object) -> str:
    return json.dumps({"layers": list(layers), **more})


def analytic_parameters(layers: tuple[LayerSpec, ...]) -> int:
    """By the formulas of the course: k·k·in·out + out, in·out + out, two for each feature of a BatchNorm."""
    total = 0
    for layer in layers:
        given = layer.arguments
        if layer.type == "Conv2d":
            total += given["kernel_size"] ** 2 * given["in_channels"] * given["out_channels"]
            total += given["out_channels"] if given.get("bias", True) else 0
        elif layer.type == "Linear":
            total += given["in_features"] * given["out_features"]
            total += given["out_features"] if given.get("bias", True) else 0
        elif layer.type.startswith("BatchNorm"):
            total += 2 * given["num_features"]
        total += analytic_parameters(layer.layers)
    return total


# Of the others tests/unit/test_model_table.py counts layer by layer.
@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name not in ("LSTMRows", "ViT")])
def test_a_preset_has_the_parameters_of_the_formulas(name, limits):
    spec = PRESETS[name].spec
    count = check_model(spec, limits=limits)
    assert count == analytic_parameters(spec.layers)
    assert count == sum(parameter.numel() for parameter in build_model(spec).parameters())


@pytest.mark.parametrize("name", COURSE)
def test_a_preset_is_the_network_of_the_course(name):
    course_class, count = COURSE[name]
    spec = PRESETS[name].spec
    assert check_model(spec) == count
    ours, theirs = built(lambda: build_model(spec), 1).eval(), built(course_class, 2).eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    with torch.no_grad():
        for module in ours.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
        theirs.load_state_dict(ours.state_dict())
        assert torch.equal(ours(images()), theirs(images()))
        fresh = built(lambda: build_model(spec), 5).eval()
        assert not torch.equal(fresh(images()), theirs(images()))
        fresh.load_state_dict(theirs.state_dict())
        assert torch.equal(fresh(images()), theirs(images()))


@pytest.mark.parametrize("name", COURSE)
def test_a_seed_gives_the_parameters_and_the_dropout_of_the_course(name):
    ours, theirs = built(lambda: build_model(PRESETS[name].spec)), built(COURSE[name][0])
    for key, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[key], value), key
    assert torch.equal(built(lambda: ours(images(8))), built(lambda: theirs(images(8))))


def test_every_preset_has_ten_outputs_and_another_name():
    assert len({preset.name for preset in PRESETS.values()}) == len(PRESETS)
    for name, preset in PRESETS.items():
        shape = build_model(preset.spec)(images()).shape
        assert (shape == (4, 10)) == (name in CLASSIFIERS)


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_survives_json(name):
    spec = SPECS[name]
    again = parse_spec(spec.to_text())
    assert again.to_text() == spec.to_text()
    assert again == parse_spec(json.dumps(spec.to_json(), indent=2))
    one, other = built(lambda: build_model(spec)), built(lambda: build_model(again))
    assert one.state_dict().keys() == other.state_dict().keys()
    assert all(torch.equal(one.state_dict()[key], value) for key, value in other.state_dict().items())


@pytest.mark.parametrize("name", SPECS)
def test_the_code_of_a_spec_builds_the_same_network(name):
    spec = SPECS[name]
    names = {"torch": torch, "nn": nn, "OrderedDict": OrderedDict}
    exec(compile(model_source(spec), "model.py", "exec"), names)
    ours, written = built(lambda: build_model(spec)), built(names[class_name(spec)])
    assert list(ours.state_dict()) == list(written.state_dict())
    for key, value in written.state_dict().items():
        assert torch.equal(ours.state_dict()[key], value), key
    frozen = {key: parameter.requires_grad for key, parameter in ours.named_parameters()}
    assert frozen == {key: parameter.requires_grad for key, parameter in written.named_parameters()}
    assert torch.equal(built(lambda: ours(images(8))), built(lambda: written(images(8))))


def test_nested_named_and_frozen_layers():
    spec = SPECS["nested"]
    model = build_model(spec)
    parameters = dict(model.named_parameters())
    assert list(parameters) == [
        *("stem.0.weight", "stem.0.bias", "stem.inner.norm.weight", "stem.inner.norm.bias"),
        *("2.weight", "2.bias", "hidden.weight", "7.weight", "7.bias"),
    ]
    frozen = [name for name, parameter in parameters.items() if not parameter.requires_grad]
    assert frozen == ["stem.inner.norm.weight", "stem.inner.norm.bias", "hidden.weight"]
    assert model.stem[0].kernel_size == (3, 5)
    assert model.stem.inner[1].negative_slope == 0.2
    assert parameters["7.bias"].abs().sum() == 0, "kaiming leaves the bias at zero"
    assert check_model(spec) == sum(parameter.numel() for parameter in parameters.values())


@pytest.mark.parametrize("name", ["Linear", "Sequential", "Module", "Mein Netz!", "2fast", "网络", "_"])
def test_a_class_name_is_a_name_that_hides_nothing(name):
    written = class_name(replace(PRESETS["Linear"].spec, name=name))
    assert written.isidentifier()
    assert written not in LAYERS
    assert written != "Module"


def test_names_like_code_are_quoted_in_the_source():
    """What a learner typed as a text can never become code of the script."""
    hostile = 'tanh"), print("owned'
    with pytest.raises(InputError):
        check_model(parse_spec(layers_text({"type": "GELU", "arguments": {"approximate": hostile}})))
    spec = ModelSpec("M", (LayerSpec("GELU", "a", {"approximate": hostile}),))
    tree = compile(model_source(spec), "model.py", "exec")
    assert "print" not in str(tree.co_names)
    assert repr(hostile) in model_source(spec)


@pytest.mark.parametrize("layer_type", LAYERS)
def test_every_layer_type_is_the_class_of_torch(layer_type):
    entry = LAYERS[layer_type]
    assert entry.is_own or entry.module is getattr(nn, layer_type)
    assert issubclass(entry.module, nn.Module)
    assert not {"device", "dtype", "self"} & set(entry.parameters())
    assert set(entry.required()) <= set(entry.parameters())


def test_what_a_model_may_be(limits):
    assert read_model(" mnist_net ", limits) == PRESETS["MNISTNet"].spec
    assert read_model("  " + NESTED, limits) == SPECS["nested"]
    assert read_model(SPECS["nested"]) is SPECS["nested"]


@pytest.mark.parametrize(
    ("model", "error_type", "english", "chinese"),
    [
        ("MNISTNett", InputError, 'no model "MNISTNett". Did you mean MNISTNet', "您是指 MNISTNet 吗"),
        ("zzzzzzzzzzz", InputError, "Choose one of Fast, MNISTNet", "可选"),
        ("", InputError, "must be the name of a preset or a JSON spec", "应为预设名称"),
        ("   ", InputError, 'Try "Fast"', "可以试试"),
        (None, InputError, "got None", "收到的是 None"),
        (7, InputError, "got 7", "收到的是 7"),
        ({"layers": []}, InputError, "JSON spec", "JSON 规格"),
        ("x" * 1_000_000, LimitError, "has 1,000,000 characters; at most 200,000", "1,000,000 个字符"),
    ],
)
def test_what_is_no_model_is_refused_in_words(model, error_type, english, chinese, limits, both):
    with pytest.raises(error_type) as error:
        read_model(model, limits)
    assert english in both(error)
    assert chinese in both(error)


RELU = {"type": "ReLU"}
FAULTY = {
    "no json": ("{", "not valid JSON", "不是有效的 JSON"),
    "no object": ("[1]", "must be a JSON object", "应为带有"),
    "deep json": ('{"a":' * 100_000, "nested more than 8 deep", "嵌套超过 8 级"),
    "unknown key": (layers_text(RELU, colour=1), "spec does not know colour. It knows code", "不认识 colour"),
    "version": (layers_text(RELU, version=2), "has version 2; this playground reads version 1", "版本是 2"),
    "version true": (layers_text(RELU, version=True), "has version True", "版本是 True"),
    "initialization": (
        layers_text(RELU, initialization="xavier"),
        "one of default, kaiming, got xavier",
        "default, kaiming",
    ),
    "name": (layers_text(RELU, name=""), "text of 1 to 60 characters", "1 到 60 个字符"),
    "name type": (layers_text(RELU, name=[1]), "got [1]", "收到的是 [1]"),
    "code": (layers_text(RELU, code=3), '"code" must be a text, got 3', '"code" 应为文本'),
    "empty": ("{}", 'example {"type": "Flatten"}', '例如 {"type": "Flatten"}'),
    "no layers": (layers_text(), "The model has no layers", "没有任何层"),
    "layers no list": ('{"layers": {"0": 1}}', "layers must be a list of layers", "layers 应为层的列表"),
    "layer no object": (
        layers_text(RELU, "ReLU"),
        'layers[1] must be an object such as {"type": "ReLU"}',
        "layers[1] 应为",
    ),
    "layer type": (layers_text({"type": "Linaer"}), 'no layer type "Linaer". Did you mean Linear', "您是指 Linear 吗"),
    "no type": (layers_text({}), 'no layer type "None"', "没有名为"),
    "layer key": (layers_text({"type": "ReLU", "p": 1}), "layers[0] does not know p", "layers[0] 不认识 p"),
    "layer name": (
        layers_text({"type": "ReLU", "name": "a b"}),
        "must be a Python name or a number, got a b",
        "合法的 Python",
    ),
    "dotted name": (layers_text({"type": "ReLU", "name": "a.b"}), "got a.b", "a.b"),
    "trainable": (
        layers_text({"type": "ReLU", "trainable": 1}),
        "layers[0].trainable must be one of true, false",
        "true, false",
    ),
    "not a container": (
        layers_text({"type": "ReLU", "layers": [RELU]}),
        "ReLU cannot hold other layers",
        "ReLU 不能包含",
    ),
    "repeated": (
        layers_text({"type": "ReLU", "name": "a"}, {"type": "Tanh", "name": "a"}),
        "two layers are named a",
        "都叫 a",
    ),
    "repeated number": (layers_text(RELU, {"type": "Tanh", "name": "0"}), "two layers are named 0", "都叫 0"),
    "arguments": (
        layers_text({"type": "ReLU", "arguments": [1]}),
        '"arguments" must be an object, got [1]',
        "应为对象",
    ),
    "unknown argument": (
        layers_text({"type": "Linear", "arguments": {"in_features": 1, "out_features": 1, "size": 1}}),
        "layers[0] (Linear) does not know size. It knows bias, in_features, out_features",
        "不认识 size",
    ),
    "device": (
        layers_text({"type": "Linear", "arguments": {"device": "meta"}}),
        "does not know device",
        "不认识 device",
    ),
    "missing argument": (
        layers_text({"type": "Linear", "arguments": {"in_features": 1}}),
        "needs the arguments out_features",
        "缺少参数 out_features",
    ),
    "huge number": (
        layers_text({"type": "Dropout", "arguments": {"p": 10**400}}),
        "p must be a number of at most 1,000,000",
        "p 应为不超过 1,000,000 的数字",
    ),
    "infinite": (
        '{"layers":[{"type":"Dropout","arguments":{"p":1e999}}]}',
        "p must be a number of at most 1,000,000",
        "p 应为不超过 1,000,000 的数字",
    ),
    "nan": ('{"layers":[{"type":"Dropout","arguments":{"p":NaN}}]}', "got nan", "收到的是 nan"),
    "object argument": (
        layers_text({"type": "Dropout", "arguments": {"p": {}}}),
        "a list of 1 to 4 whole numbers",
        "单词",
    ),
    "long list": (
        layers_text({"type": "Flatten", "arguments": {"start_dim": [1] * 5}}),
        "list of 1 to 4 whole numbers",
        "1 到 4 个整数",
    ),
    "long text": (
        layers_text({"type": "GELU", "arguments": {"approximate": "x" * 31}}),
        "approximate must be",
        "approximate 应为",
    ),
    "input shape": (layers_text(RELU, input_shape=[1, 0, 28]), "1 to 4 sizes from 1 to 4096", "1 至 4096"),
    "input shape type": (layers_text(RELU, input_shape="28"), "got 28", "收到的是 28"),
    "input shape bool": (layers_text(RELU, input_shape=[True]), "such as [1, 28, 28], got [True]", "[True]"),
    "input shape size": (layers_text(RELU, input_shape=[1] * 5), "1 to 4 sizes", "1 到 4 个"),
    "too many": (layers_text(*[RELU] * 501), "has 501 layers; at most 500", "模型有 501 层"),
}


@pytest.mark.parametrize("case", FAULTY)
def test_a_faulty_spec_is_refused_in_words(case, both):
    text, english, chinese = FAULTY[case]
    with pytest.raises(InputError) as error:
        parse_spec(text)
    assert english in both(error)
    assert chinese in both(error)
    assert len(both(error)) < 900


def test_layers_nested_too_deep_are_refused(both):
    layer: dict = RELU
    for _ in range(8):
        layer = {"type": "Sequential", "layers": [layer]}  # the ReLU stands at depth 9
    with pytest.raises(InputError, match="nested more than 8 deep"):
        parse_spec(layers_text(layer))
    assert parse_spec(layers_text(layer["layers"][0]))


def linear(inputs: int, outputs: int, name: str = "") -> dict:
    return {"type": "Linear", "name": name, "arguments": {"in_features": inputs, "out_features": outputs}}


MISSHAPEN = {
    "first layer": (
        layers_text(linear(784, 10)),
        "Layer 0 (Linear) cannot take an input of shape [batch, 1, 28, 28]",
        "层 0(Linear)",
    ),
    "nested layer": (
        layers_text({"type": "Flatten"}, {"type": "Sequential", "name": "body", "layers": [RELU, linear(783, 10, "fc")]}),
        "Layer body.fc (Linear) cannot take an input of shape [batch, 784]",
        "层 body.fc(Linear)",
    ),
    "pooled away": (
        layers_text({"type": "MaxPool2d", "arguments": {"kernel_size": 40}}),
        "Layer 0 (MaxPool2d)",
        "[batch, 1, 28, 28]",
    ),
    "channels": (
        layers_text({"type": "Conv2d", "arguments": {"in_channels": 3, "out_channels": 1, "kernel_size": 3}}),
        "Layer 0 (Conv2d) cannot take",
        "请修改它的输入大小",
    ),
    "text for a number": (
        layers_text({"type": "MaxPool2d", "arguments": {"kernel_size": "big"}}),
        "Layer 0 (MaxPool2d)",
        "层 0(MaxPool2d)",
    ),
    "output": (
        layers_text({"type": "Flatten"}, linear(784, 9)),
        "expected [batch, 10], it gave [batch, 9]",
        "应为 [batch, 10],实际为 [batch, 9]",
    ),
    "picture out": (layers_text(RELU), "it gave [batch, 1, 28, 28]. End it with Flatten", "请以 Flatten"),
    "constructor": (
        layers_text({"type": "Dropout", "arguments": {"p": 1.5}}),
        "Layer 0 (Dropout) refuses its arguments",
        "不接受这些参数",
    ),
    "constructor type": (layers_text(linear(784, "ten")), "Layer 0 (Linear) refuses its arguments", "不接受这些参数"),
    "zero groups": (
        layers_text({"type": "Conv2d", "arguments": {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "groups": 0}}),
        "Layer 0 (Conv2d) refuses its arguments",
        "不接受这些参数",
    ),
}


@pytest.mark.parametrize("case", MISSHAPEN)
def test_shapes_that_do_not_fit_name_the_layer(case, both):
    text, english, chinese = MISSHAPEN[case]
    with pytest.raises(InputError) as error:
        check_model(parse_spec(text))
    assert english in both(error)
    assert chinese in both(error)


def test_a_model_that_is_too_large_is_refused_before_it_is_built(limits, both):
    spec = parse_spec(layers_text({"type": "Flatten"}, linear(784, 10**6), linear(10**6, 10**6), linear(10**6, 10)))
    with pytest.raises(LimitError, match="at most 200,000,000") as error:
        check_model(spec, limits=limits)
    assert "个参数" in both(error)


@pytest.mark.parametrize(
    ("code", "name"),
    [("nn.Sequential(nn.Linear(784, 10))", "Model"), ("class Net:\n    pass", "Net"), ("class A:\n  x = (", "Model")],
)
def test_code_stays_code(code, name):
    assert read_model(code) == ModelSpec(name, code=code)


def test_a_model_as_code_is_not_built_outside_its_guards(both):
    with pytest.raises(UnsupportedError, match="cannot be used here") as error:
        build_model(parse_spec('{"code": "model = 1"}'))
    assert "这里不能使用" in both(error)


VALUES: tuple = (
    0,
    1,
    -1,
    2,
    3,
    10,
    28,
    784,
    10**6,
    10**9,
    10**400,
    0.5,
    -0.0,
    1e308,
    True,
    None,
    "",
    "same",
    "a.b",
    [],
    [2, 2],
    [0],
    [[1]],
    {},
    {"a": 1},
)


def random_spec(random: random.Random) -> str:
    """Layers with right and wrong names and any values for their arguments."""

    def layer(depth: int) -> dict:
        entry = random.choice(list(LAYERS.values()))
        data: dict = {"type": entry.name}
        if entry.container and depth < 3:
            data["layers"] = [layer(depth + 1) for _ in range(random.randrange(3))]
        elif not entry.container:
            names = [*entry.required(), *random.sample(list(entry.parameters()), k=min(2, len(entry.parameters())))]
            data["arguments"] = {name: random.choice(VALUES) for name in names}
        if random.random() < 0.1:
            data[random.choice(["name", "trainable", "layers", "arguments", "type", "x"])] = random.choice(VALUES)
        return data

    spec: dict = {"layers": [layer(1) for _ in range(random.randrange(1, 4))]}
    if random.random() < 0.2:
        spec[random.choice(["name", "version", "input_shape", "initialization", "code"])] = random.choice(VALUES)
    return json.dumps(spec)


def check_random_specs(seed: int, count: int, limits) -> int:
    source, refused, spoken = random.Random(seed), 0, []
    for _ in range(count):
        text = random_spec(source)
        try:
            check_model(read_model(text, limits), limits=limits)
        except PlaygroundError as error:
            refused += 1
            spoken += [error.message("en"), error.message("zh")]
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error} for {text}")
    assert all(spoken)
    return refused


@pytest.mark.filterwarnings("ignore")
def test_random_specs_give_errors_that_a_learner_can_read(limits):
    assert check_random_specs(0, 300, limits) > 100


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_many_random_specs_give_errors_that_a_learner_can_read(limits):
    assert check_random_specs(1, 20_000, limits) > 10_000


def test_layers_that_are_off_stand_in_the_spec_and_in_no_model():
    on = parse_spec(layers_text({"type": "Flatten"}, linear(784, 10)))
    off = parse_spec(layers_text({"type": "Flatten"}, {"type": "ReLU", "off": True}, linear(784, 10)))
    assert off == on
    with pytest.raises(InputError, match="off"):
        parse_spec(layers_text({"type": "Flatten", "off": "yes"}))


@pytest.mark.parametrize("name", ["torch", "F", "nn", "None", "class", "load", "model"])
def test_a_class_never_takes_a_name_of_the_script(name):
    from playground.limits import read_limits
    from playground.training.config import resolve_config
    from playground.training.script import write_script

    spec = replace(PRESETS["Linear"].spec, name=name)
    script = write_script(resolve_config({"model": spec.to_text()}, read_limits(public=False)))
    compile(script, "train.py", "exec")
    assert f"class {name}(" not in script


def test_a_layer_may_be_called_as_python_calls_something():
    spec = parse_spec(layers_text({"type": "Flatten", "name": "class"}, {**linear(784, 10), "name": "in"}))
    namespace: dict = {"torch": torch, "nn": torch.nn}
    exec(f"{model_source(spec)}\nmodel = {class_name(spec)}()", namespace)
    assert set(namespace["model"].state_dict()) == {"in.weight", "in.bias"}
