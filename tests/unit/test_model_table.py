"""What `/check_model` says of a network: against real torch, against formulas, and against what learners post."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from broken_models import BROKEN, network
from torch import nn

from playground.models import PRESETS, build_model, parse_spec
from playground.models.blocks import LSTMSequence, Patches, SelfAttention
from playground.models.checked import CheckedCode, CheckedSpec
from playground.models.describe import describe_model
from playground.models.layer_table import LayerTable, is_row
from playground.models.layers import LAYERS
from playground.models.sizes import fill_sizes
from playground.models.source import class_name, model_source
from playground.models.spec import LayerSpec, ModelSpec

BATCH = 4
CONVOLUTION = {"type": "Conv2d", "arguments": {"out_channels": 4, "kernel_size": 3}}
ATTENTION = {"type": "MultiheadAttention", "arguments": {"num_heads": 5}}


def describe(model: str, limits, shape: Any = None, batch: int = BATCH, **options: Any) -> tuple[dict[str, Any], Any]:
    return describe_model(model, shape, batch, limits, **options)


def products(module: nn.Module, value: torch.Tensor, out: torch.Tensor) -> int:
    """The MACs of one sample by the formulas of textbooks."""
    if isinstance(module, nn.Linear):
        return module.in_features * module.out_features * math.prod(value.shape[1:-1])
    if isinstance(module, nn.ConvTranspose2d):
        return module.weight.numel() * math.prod(value.shape[2:])
    if isinstance(module, nn.modules.conv._ConvNd):
        pixels = out.shape[1] if isinstance(module, Patches) else math.prod(out.shape[2:])
        return module.weight.numel() * pixels
    if isinstance(module, nn.RNNBase):
        return value.shape[1] * sum(part.numel() for name, part in module.named_parameters() if "weight" in name)
    if isinstance(module, nn.MultiheadAttention):
        steps, width = value.shape[1:]
        return 4 * width * width * steps + 2 * steps * steps * width
    if isinstance(module, nn.TransformerEncoderLayer):
        steps, width = value.shape[1:]
        attention = 4 * width * width * steps + 2 * steps * steps * width
        return attention + 2 * width * module.linear1.out_features * steps
    return 0


def really_run(model: nn.Module, value: torch.Tensor) -> list[tuple[str, list[int], int, int]]:
    """(name, output shape, parameters, MACs) of each row of a model, as a real forward pass gives them."""
    found = []
    handles = []
    for name, module in model.named_modules():
        if is_row(module) and not any(name.startswith(f"{other}.") for other, _ in found_rows(model)):

            def see(layer: nn.Module, given: Any, out: torch.Tensor, name: str = name) -> None:
                count = sum(part.numel() for part in layer.parameters())
                found.append((name, list(out.shape), count, products(layer, given[0], out)))

            handles.append(module.register_forward_hook(see))
    model(value)
    for handle in handles:
        handle.remove()
    return found


def found_rows(model: nn.Module) -> list[tuple[str, nn.Module]]:
    return [
        (name, module) for name, module in model.named_modules() if is_row(module) and any(True for _ in module.children())
    ]


def saved_bytes(model: nn.Module, value: torch.Tensor) -> int:
    """What autograd keeps of a real forward pass."""
    own = {part.untyped_storage()._cdata for part in (*model.parameters(), *model.buffers())}
    kept: dict[int, Any] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(value)
    return sum(storage.nbytes() for storage in kept.values())


def compare(spec: ModelSpec, limits) -> None:
    answer, error = describe(spec.to_text(), limits)
    assert error is None, error
    model = build_model(spec)
    real = really_run(model, torch.zeros(BATCH, *spec.input_shape))
    rows = [(row["name"], row["output_shape"], row["parameters"], row["macs"]) for row in answer["layers"]]
    assert rows == real
    totals = answer["totals"]
    assert totals["parameters"] == sum(part.numel() for part in model.parameters())
    assert totals["macs"] == sum(row[3] for row in real) and totals["flops"] == 2 * totals["macs"]
    assert totals["parameter_bytes"] == 4 * totals["parameters"]
    if not any(isinstance(module, nn.LSTM) for module in model.modules()):
        assert totals["saved_bytes"] == saved_bytes(build_model(spec), torch.rand(BATCH, *spec.input_shape))


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_counted_right(name, limits):
    compare(PRESETS[name].spec, limits)


def random_layer(shape: list[int], choose: random.Random) -> LayerSpec:
    """A layer that can take such a sample."""
    size = lambda: choose.choice([2, 4, 6, 8])  # noqa: E731
    activation = LayerSpec(choose.choice(["ReLU", "GELU", "SiLU", "Sigmoid", "Tanh", "LeakyReLU"]))
    if len(shape) == 3 and min(shape[1:]) >= 4:
        return choose.choice(
            [
                LayerSpec("Conv2d", "", {"out_channels": size(), "kernel_size": choose.choice([1, 3]), "padding": 1}),
                LayerSpec("Conv2d", "", {"out_channels": size(), "kernel_size": 3, "stride": 2, "bias": False}),
                LayerSpec("ConvTranspose2d", "", {"out_channels": size(), "kernel_size": 2, "stride": 2}),
                LayerSpec("MaxPool2d", "", {"kernel_size": 2}),
                LayerSpec("AvgPool2d", "", {"kernel_size": 2}),
                LayerSpec("BatchNorm2d"),
                LayerSpec("Dropout2d"),
                LayerSpec("Residual", "", {}, (LayerSpec("BatchNorm2d"), activation)),
                activation,
                LayerSpec("Flatten", "", {"start_dim": 1, "end_dim": 2}),
                LayerSpec("Patches", "", {"features": 8, "patch_size": 2}),
                LayerSpec("Flatten"),
            ]
        )
    if len(shape) == 3:
        return LayerSpec("Flatten")
    if len(shape) == 2:
        heads = choose.choice([one for one in (1, 2, 4) if shape[1] % one == 0])
        return choose.choice(
            [
                LayerSpec(choose.choice(["RNN", "GRU", "LSTM"]), "", {"hidden_size": size(), "bidirectional": True}),
                LayerSpec("LSTM", "", {"hidden_size": size(), "num_layers": 2}),
                LayerSpec("MultiheadAttention", "", {"num_heads": heads}),
                LayerSpec("TransformerEncoderLayer", "", {"nhead": heads, "dim_feedforward": 12}),
                LayerSpec("PositionalEmbedding"),
                LayerSpec("LayerNorm"),
                LayerSpec("Linear", "", {"out_features": size()}),
                LayerSpec("Repeat", "", {"times": 2}, (LayerSpec("LayerNorm"), activation)),
                LayerSpec("LastStep"),
                LayerSpec("MeanOverSteps"),
            ]
        )
    return choose.choice([LayerSpec("Linear", "", {"out_features": size()}), LayerSpec("BatchNorm1d"), activation])


def random_spec(seed: int) -> ModelSpec:
    choose = random.Random(seed)
    spec = ModelSpec("Random", (), (2, 12, 12))
    shape = list(spec.input_shape)
    for _ in range(choose.randint(3, 9)):
        layers = (*spec.layers, random_layer(shape, choose))
        spec = ModelSpec("Random", layers, spec.input_shape)
        shape = list(build_model(spec)(torch.zeros(2, *spec.input_shape)).shape[1:])
    return spec


@pytest.mark.parametrize("seed", [*range(15), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(15, 60))])
def test_random_networks_are_counted_right(seed, limits):
    compare(random_spec(seed), limits)


@pytest.mark.parametrize("name", [name for name, kind in LAYERS.items() if not kind.container])
def test_each_layer_takes_its_example(name, limits):
    """Its sizes are inferred, it says the same as code and as a list, and what it gives is what torch gives."""
    kind = LAYERS[name]
    spec = ModelSpec("Example", (LayerSpec(name, "layer", kind.suggested),), kind.example)
    filled = fill_sizes(spec)
    given = filled.layers[0].arguments
    assert set(kind.inferred) <= set(given) and parse_spec(filled.to_text()) == filled
    answer, error = describe(spec.to_text(), limits)
    assert error is None
    value = torch.randint(0, 5, (BATCH, *kind.example)) if name == "Embedding" else torch.rand(BATCH, *kind.example)
    namespace: dict[str, Any] = {"torch": torch, "nn": nn}
    exec(model_source(filled), namespace)
    torch.manual_seed(0)
    written = namespace[class_name(filled)]().eval()
    torch.manual_seed(0)
    built = build_model(filled).eval()
    assert torch.equal(written(value), built(value))
    assert answer["layers"][0]["output_shape"] == list(built(value).shape)
    assert list(written.state_dict()) == list(built.state_dict())
    assert kind.link.startswith("https://docs.pytorch.org/")


class TestCode:
    """A learner's code, by the contract's rules."""

    def test_the_last_expression_then_the_variable_then_the_last_class(self, limits):
        expression = "model = nn.Linear(784, 3)\nnn.Sequential(nn.Flatten(), nn.Linear(784, 5))"
        variable = "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 4))\nother = nn.ReLU()\nprint(model)"
        classes = network("self.fc = nn.Linear(28, 2)", "return self.fc(x)") + "\nx = 3"
        for code, last in ((expression, 5), (variable, 4), (classes, 2)):
            answer, error = describe(code, limits)
            assert error is None and answer["layers"][-1]["output_shape"][-1] == last

    def test_a_class_that_needs_arguments(self, limits, both):
        code = "class Net(nn.Module):\n    def __init__(self, width, depth=2):\n        super().__init__()"
        answer, error = describe(code, limits)
        assert error.kind == "input" and "model = Net(width=" in both(error) and answer["layers"] == []

    @pytest.mark.parametrize("code", ["x = 1\n", "def f(x):\n    return x", "(1 + 2)"])
    def test_no_model(self, code, limits):
        assert describe(code, limits)[1].key == "model.no_module"

    def test_a_second_call_has_no_parameters_of_its_own(self, limits):
        code = network("self.fc = nn.Linear(8, 8)\nself.act = nn.ReLU()", "return self.act(self.fc(self.act(self.fc(x))))")
        answer, error = describe(code, limits, [8])
        assert error is None
        rows = [(row["name"], row["parameters"], row["macs"]) for row in answer["layers"]]
        assert rows == [("fc", 72, 64), ("act", 0, 0), ("fc", 0, 64), ("act", 0, 0)]
        assert answer["totals"]["parameters"] == 72 and answer["totals"]["macs"] == 128

    def test_tied_weights_count_once(self, limits):
        code = network(
            "self.a = nn.Linear(40, 40)\nself.b = nn.Linear(40, 40)\nself.b.weight = self.a.weight",
            "return self.b(self.a(x))",
        )
        answer, _ = describe(code, limits, [40])
        assert [row["parameters"] for row in answer["layers"]] == [1640, 40]
        assert answer["totals"]["parameters"] == 1680

    def test_products_and_parameters_outside_of_layers_are_in_the_sums(self, limits):
        code = network("self.w = nn.Parameter(torch.zeros(8, 5))\nself.act = nn.ReLU()", "return self.act(x @ self.w)")
        answer, error = describe(code, limits, [8])
        assert error is None
        assert answer["totals"]["parameters"] == 40 and answer["totals"]["macs"] == 40

    def test_a_functional_line_that_fails_is_a_row(self, limits):
        code = network(
            "self.conv = nn.Conv2d(1, 4, 3)\nself.fc = nn.Linear(4, 2)",
            "x = self.conv(x)\nx = x @ x\nreturn self.fc(x[:, 0])",
        )
        answer, error = describe(code, limits, [1, 9, 8])
        assert error.line == 10
        rows = [(row["name"], row["output_shape"] is None, row["error"] is None) for row in answer["layers"]]
        assert rows == [("conv", False, True), ("forward:10", True, False), ("fc", True, True)]

    def test_rows_before_a_failure_stay_and_rows_after_it_hold_nothing(self, limits):
        answer, error = describe("nn.Sequential(nn.Flatten(), nn.Linear(700, 9), nn.ReLU(), nn.Linear(9, 3))", limits)
        assert error.kind == "shape" and error.line == 1
        shapes = [row["output_shape"] for row in answer["layers"]]
        assert shapes == [[BATCH, 784], None, None, None]
        assert answer["layers"][3]["parameters"] is None and answer["totals"]["parameters"] is None

    def test_a_program_that_looks_at_values_and_one_that_prints(self, limits):
        code = "x = torch.randn(3)\nprint(x.sum().item())\nmodel = nn.Linear(784, 2)\nprint(model(torch.randn(1, 784)))"
        answer, error = describe(code, limits, [784])
        assert error is None and answer["totals"]["parameters"] == 1570

    def test_the_largest_model_costs_nothing(self, limits):
        answer, error = describe("nn.Linear(10**7, 10**7)", limits, [10**3])
        assert error.kind == "shape"
        wide = "nn.Sequential(nn.Linear(4096, 10**8, bias=False), nn.Linear(10**8, 10))"
        answer, error = describe(wide, limits, [4096], 1)
        assert error is None and answer["totals"]["parameters"] == 4096 * 10**8 + 10**9 + 10

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("import os\nmodel = nn.ReLU()", "refused"),
            ("nn.Sequential(", "syntax"),
            ("while True:\n    pass\nmodel = nn.ReLU()", "limit"),
            (network("self.fc = nn.Linear(784, 2)", "while True:\n    x = x + 1"), "limit"),
            (network("self.again = lambda: self.again()", "return self.again()"), "limit"),
            (network("self.fc = nn.Linear(784, 2)", "return self.fc(x.flatten(1)).data_ptr()"), "refused"),
        ],
    )
    def test_what_must_not_run(self, code, kind, limits):
        # Only what would never end needs a short time; on a busy machine a second is little for the others.
        seconds = 1.0 if kind == "limit" else limits.program_seconds
        assert describe(code, replace(limits, program_seconds=seconds))[1].kind == kind

    def test_forward_with_two_inputs(self, limits, both):
        code = "class Net(nn.Module):\n    def forward(self, x, mask):\n        return x * mask"
        error = describe(code, limits)[1]
        assert error.kind == "input" and "2" in both(error)

    def test_a_forward_that_looks_at_its_values(self, limits):
        code = network("self.fc = nn.Linear(8, 3)", "x = self.fc(x)\nif x.sum() > 10**9:\n    x = -x\nreturn x")
        answer, error = describe(code, limits, [8])
        assert error is None and answer["layers"][0]["output_shape"] == [BATCH, 3]

    def test_an_embedding_gets_whole_numbers(self, limits):
        code = "nn.Sequential(nn.Embedding(20, 6), nn.Flatten(), nn.Linear(30, 2))"
        answer, error = describe(code, limits, [5])
        assert error is None and [row["output_shape"][-1] for row in answer["layers"]] == [6, 30, 2]


class TestRepair:
    @pytest.mark.parametrize("name", BROKEN)
    def test_the_failing_layer_is_named_and_repaired(self, name, limits):
        """What is offered runs in plain Python as it stands."""
        code, shape, layer = BROKEN[name]
        namespace: dict[str, Any] = {}
        with pytest.raises(Exception):  # noqa: B017, PT011 (whatever torch raises)
            run_plainly(code, shape, namespace)
        answer, error = describe(code, limits, shape)
        assert error is not None and [row["name"] for row in answer["layers"] if row["error"]] == [layer]
        assert answer["fixes"]
        for fix in answer["fixes"]:
            run_plainly(fix["model"], shape, {})
            after, error = describe(fix["model"], limits, shape)
            assert error is None and after["totals"]["parameters"]
            assert CheckedCode(fix["model"], tuple(shape), 2, limits).error is None

    @pytest.mark.parametrize(
        ("layers", "failing"),
        [
            ([{"type": "Linear", "arguments": {"in_features": 784, "out_features": 10}}], "0"),
            ([{"type": "Conv2d", "arguments": {"out_channels": 4, "kernel_size": 40}}, {"type": "Flatten"}], "0"),
            ([{"type": "Conv2d", "arguments": {"in_channels": 3, "out_channels": 4, "kernel_size": 3}}], "0"),
            ([{"type": "Flatten"}, {"type": "BatchNorm2d"}], "1"),
            ([{"type": "Flatten"}, {"type": "MaxPool2d", "arguments": {"kernel_size": 2}}], "1"),
            ([{"type": "LSTM", "arguments": {"hidden_size": 8}}, {"type": "LastStep"}], "0"),
            ([{"type": "Embedding", "arguments": {"num_embeddings": 9, "embedding_dim": 4}}], None),
            ([{"type": "Flatten"}, {"type": "Linear", "arguments": {"out_features": -3}}], "1"),
            ([{"type": "Conv2d", "arguments": {"out_channels": 6, "kernel_size": 3, "groups": 5}}], "0"),
            ([{"type": "Residual", "layers": [CONVOLUTION]}], "0"),
            (
                [
                    {"type": "Flatten", "arguments": {"start_dim": 1, "end_dim": 2}},
                    {"type": "Repeat", "arguments": {"times": 2}, "layers": [ATTENTION]},
                ],
                "1.0.0",
            ),
        ],
    )
    def test_lists_are_repaired_too(self, layers, failing, limits):
        import json

        answer, error = describe(json.dumps({"layers": layers}), limits)
        named = [row["name"] for row in answer["layers"] if row["error"]]
        assert named[:1] == ([failing] if failing else [])
        assert (error is None) == (failing is None)
        if failing:
            assert answer["fixes"]
        for fix in answer["fixes"]:
            spec = parse_spec(fix["model"])
            build_model(spec)(torch.rand(2, *spec.input_shape))
            assert types_of(spec.layers) >= types_of(parse_spec(json.dumps({"layers": layers})).layers) - {"BatchNorm2d"}

    def test_a_repair_touches_at_most_two_layers(self, limits):
        code = "nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9), nn.Flatten(), nn.Linear(3, 10))"
        answer, error = describe(code, limits)
        assert error is not None and answer["fixes"] == []

    def test_without_repairs(self, limits):
        assert describe("nn.Linear(3, 2)", limits, with_fixes=False)[0]["fixes"] == []


def types_of(layers: tuple[LayerSpec, ...]) -> set[str]:
    return {layer.type for layer in layers} | {kind for layer in layers for kind in types_of(layer.layers)}


def run_plainly(code: str, shape: list[int], namespace: dict[str, Any]) -> None:
    """As plain Python runs it, by the contract's rules for what is the model."""
    import ast

    header = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
    exec(header, namespace)
    tree = ast.parse(code)
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        exec(compile(ast.Module(tree.body[:-1], []), "<plain>", "exec"), namespace)
        model = eval(compile(ast.Expression(last.value), "<plain>", "eval"), namespace)
    else:
        exec(code, namespace)
        model = namespace.get("model") or namespace["Net"]()
    model(torch.rand(2, *shape))


class TestInput:
    @pytest.mark.parametrize(
        ("model", "shape", "batch", "key"),
        [
            ("", None, 4, "model.text"),
            (None, None, 4, "model.text"),
            (7, None, 4, "model.text"),
            ("Fest", None, 4, "error.unknown_name_near"),
            ("{", None, 4, "spec.json"),
            ('{"layers": []}', None, 4, "spec.empty"),
            ("Fast", [0], 4, "spec.input_shape"),
            ("Fast", "28", 4, "spec.input_shape"),
            ("Fast", [1, 2, 3, 4, 5], 4, "spec.input_shape"),
            ("Fast", [math.inf], 4, "spec.input_shape"),
            ("Fast", None, 0, "model.batch_size"),
            ("Fast", None, -1, "model.batch_size"),
            ("Fast", None, 2.5, "model.batch_size"),
            ("Fast", None, True, "model.batch_size"),
            ("Fast", None, math.nan, "model.batch_size"),
            ("Fast", None, 10**9, "model.batch_size"),
            ("x" * 300_000, None, 4, "model.long"),
        ],
    )
    def test_it_says_what_it_expects(self, model, shape, batch, key, limits, both):
        answer, error = describe_model(model, shape, batch, limits)
        assert error.key == key and len(both(error)) > 20
        assert answer["layers"] == [] and answer["totals"]["parameters"] is None

    def test_one_sample_in_a_batch_norm(self, limits, both):
        error = describe("nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784))", limits, None, 1)[1]
        assert error.kind == "shape" and "batch" in both(error)

    def test_five_hundred_layers(self, limits):
        text = '{"layers":[' + ",".join(['{"type":"ReLU"}'] * 500) + "]}"
        answer, error = describe(text, limits)
        assert error is None and len(answer["layers"]) == 500
        repeated = '{"layers":[{"type":"Repeat","arguments":{"times":1000},"layers":[{"type":"ReLU"}]}]}'
        assert describe(repeated, limits)[1].key == "spec.count"


def test_nothing_is_allocated(limits):
    """A table of a network of 40 GB."""
    spec = ModelSpec(
        "Wide", (LayerSpec("Flatten"), LayerSpec("Linear", "", {"out_features": 10**6}), LayerSpec("ReLU")), (10, 30, 40)
    )
    checked = CheckedSpec(spec, spec.input_shape, 2)
    assert checked.error is None and checked.totals is not None
    assert checked.totals["parameters"] == 12_001 * 10**6


def test_attention_is_one_row_and_its_children_none():
    model = nn.Sequential(
        SelfAttention(8, 2, batch_first=True),
        LSTMSequence(8, 4, batch_first=True),
        nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2),
    )
    table = LayerTable(model)
    table.run(torch.zeros(2, 5, 8))
    assert [row.name for row in table.rows] == ["0", "1", "2"]
    assert not any(module._forward_hooks for module in model.modules())
