"""Traces of programs: the course's figures, the graph, what was cut, freed, edited and blamed; the script; the limits."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
from dataclasses import replace

import pytest
import torch

from playground.autograd.presets import PRESETS
from playground.autograd.session import Session
from playground.autograd.trace_autograd import EMPTY, describe_trace, open_trace, trace_autograd
from playground.errors import InputError
from playground.limits import read_limits

pytestmark = pytest.mark.usefixtures("restored_torch")
LIMITS = read_limits(public=True, environment={})
NODE_KEYS = set("id name op module line shape value gradient formula saved_bytes".split())
# The only ones whose program is meant to fail.
FAILING = {"in_place": "runtime", "twice": "runtime"}


def trace(code: str, output: str = "loss", seed: int = 0):
    return trace_autograd(code, output, seed, LIMITS)


def preset(name: str) -> str:
    return PRESETS[name].program("en")


def open_session(code: str, output: str = "loss") -> tuple[Session, dict]:
    found, error = open_trace(code, output, 0, LIMITS)
    session = Session(found, error)
    return session, session.overview()


def value_of(result: dict, name: str):
    return result["gradients"][name]["value"]


def node_of(result: dict, name: str) -> dict:
    return next(node for node in result["nodes"] if node["name"].startswith(name))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_and_is_plain_json(name, language):
    result, error = trace(PRESETS[name].program(language))
    assert (error.kind if error else None) == FAILING.get(name)
    assert set(result) == set(EMPTY)
    json.dumps(result, allow_nan=False)
    assert result["nodes"]
    assert all(set(node) >= NODE_KEYS for node in result["nodes"])
    ids = {node["id"] for node in result["nodes"]}
    assert len(result["edges"]) == len(result["edge_inputs"]) == len(result["edge_outputs"])
    assert all(producer in ids and consumer in ids for producer, consumer in result["edges"])


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in FAILING])
def test_the_nodes_by_hand_equal_the_engine_in_every_preset(name):
    _, overview = open_session(preset(name))
    differences = [one["difference"] for one in overview["passes"] if one["kind"] == "backward"]
    assert differences
    assert all(difference is None or difference <= 1e-6 for difference in differences)
    assert any(difference is not None for difference in differences) or name == "nan"


class TestFiguresOfTheCourse:
    def test_line(self):
        result, _ = trace(preset("line"))
        assert [value_of(result, name) for name in "xwb"] == [3.0, 2.0, 1.0]

    def test_polynomial(self):
        result, _ = trace(preset("polynomial"))
        assert value_of(result, "x") == 23.0
        assert node_of(result, "Accumulate")["gradient"] == 23.0

    def test_sum_of_squares(self):
        result, _ = trace(preset("squares"))
        assert value_of(result, "x") == [2.0, 4.0, 6.0]

    def test_accumulation(self):
        result, _ = trace(preset("accumulation"))
        assert re.findall(r"tensor\((\S+)\)", result["printed"]) == ["2.", "5.", "0.", "4."]
        assert [one["gradients"]["w"]["value"] for one in result["backwards"]] == [2.0, 5.0, 4.0]
        assert value_of(result, "w") == 4.0

    def test_cuts_are_there_with_their_reasons(self):
        _, overview = open_session(preset("cut"))
        reasons = {node["label"] or node["op"]: node["reason"] for node in overview["nodes"] if node["kind"] == "cut"}
        assert reasons == {"scale": "no_grad", "frozen": "detach", "Tensor.mean": "no_grad"}

    def test_regression_by_hand(self):
        session, overview = open_session(preset("regression"))
        assert len(overview["passes"]) == 100
        slope, offset = map(float, re.findall(r"-?\d+\.\d+", overview["printed"]))
        assert abs(slope - 3) < 0.1
        assert abs(offset - 2) < 0.1
        losses = [one["value"]["value"] for one in overview["passes"]]
        assert losses[-1] < 0.2 < losses[0]
        assert len(overview["fit"]["x"]) == len(overview["fit"]["y"]) == 100
        assert overview["fit"]["x"] == sorted(overview["fit"]["x"])
        first = session.answer({"ask": "pass", "pass": 0})
        assert first["pass"] == 0
        slopes = [
            next(node["value"]["value"] for node in graph["nodes"] if node["label"] == "w") for graph in (first, overview)
        ]
        assert slopes[0] != slopes[1], "a leaf is shown as it was in that pass"
        assert slopes[1] == pytest.approx([slope], abs=0.01)
        assert [step["node"] for step in first["steps"]] != [step["node"] for step in overview["steps"]]

    def test_neuron(self):
        result, _ = trace(preset("neuron"))
        a = 1 / (1 + math.exp(-1.0))
        assert value_of(result, "W") == pytest.approx(2 * (a - 1) * a * (1 - a) * 0.5, rel=1e-5)
        order = [next(node for node in result["nodes"] if node["id"] == one)["name"] for one in result["backward_order"]]
        assert order == ["MseLossBackward0", "SigmoidBackward0", "MulBackward0", "AccumulateGrad"]


class TestGraph:
    def test_nodes_know_module_line_and_formula(self):
        result, _ = trace(preset("mlp"))
        tanh = node_of(result, "TanhBackward0")
        assert tanh["module"] == "model.1"
        assert tanh["line"] == 8
        assert tanh["op"] == "aten.tanh.default"
        assert tanh["shape"] == [5, 8]
        assert tanh["formula"] == "self: tanh_backward(grad, result)"
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
        x = torch.randn(5, 4)
        assert torch.allclose(torch.tensor(tanh["value"]), model[1](model[0](x)))
        assert set(result["gradients"]) == {f"model.{layer}.{part}" for layer in (0, 2) for part in ("weight", "bias")}

    def test_values_and_gradients_are_those_of_the_node(self):
        result, _ = trace(preset("polynomial"))
        by_value = {node["value"]: node["gradient"] for node in result["nodes"] if node["name"].startswith("Mul")}
        assert by_value == {8.0: 1.0, 6.0: 1.0}

    def test_edges_name_the_inputs(self):
        result, _ = trace(
            "a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0, requires_grad=True)\nloss = a / b"
        )
        division = node_of(result, "DivBackward0")["id"]
        labels = {node["id"]: node["label"] for node in result["nodes"]}
        inputs = {
            labels[producer]: place
            for (producer, consumer), place in zip(result["edges"], result["edge_inputs"], strict=True)
            if consumer == division
        }
        assert inputs == {"a": 0, "b": 1}

    def test_saved_memory_is_counted_once(self):
        result, _ = trace(
            "x = torch.ones(1000, requires_grad=True)\ny = x.exp()\nloss = (y * y + y.sin()).sum()\nloss.backward()"
        )
        assert node_of(result, "ExpBackward0")["saved_bytes"] == 4000
        assert node_of(result, "MulBackward0")["saved_bytes"] == 4000
        assert result["saved_bytes"] == 4000, "exp's result, saved by exp, mul and sin"

    def test_in_place_operations_keep_the_value_of_their_time(self):
        result, _ = trace("x = torch.ones(2, requires_grad=True)\ny = x * 2\ny += 1\ny.mul_(10)\nloss = y.sum()")
        assert node_of(result, "AddBackward0")["value"] == [3.0, 3.0]
        assert node_of(result, "MulBackward0")["value"] in ([2.0, 2.0], [30.0, 30.0])

    def test_hooks_change_what_the_nodes_get(self):
        code = "x = torch.ones(2, requires_grad=True)\ny = x * 3\ny.register_hook(lambda g: g * 10)\ny.sum().backward()"
        _, overview = open_session(code)
        assert overview["passes"][0]["difference"] == 0.0
        assert overview["gradients"]["x"]["value"] == [30.0, 30.0]

    def test_what_backward_prints_is_printed_once(self):
        code = (
            "class F2(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
            "    @staticmethod\n    def backward(ctx, g):\n        print('once')\n        return 2 * g\n"
            "x = torch.ones(2, requires_grad=True)\nF2.apply(x).sum().backward()"
        )
        result, error = trace(code)
        assert error is None
        assert result["printed"] == "once\n"
        assert value_of(result, "x") == [2.0, 2.0]

    def test_double_backward_is_part_of_the_graph(self):
        result, _ = trace(preset("second"))
        assert value_of(result, "x") == [6.0, 6.0]
        _, overview = open_session(preset("second"))
        assert {node["order"] for node in overview["nodes"]} == {1, 2}
        x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.5])
        _, product = torch.autograd.functional.hvp(lambda x: (x**3).sum(), x, v)
        assert value_of(result, "x") == product.tolist()

    def test_the_named_output_or_else_the_last_scalar(self):
        code = "x = torch.tensor(2.0, requires_grad=True)\nfirst = x * 3\nlast = x * 5"
        assert value_of(trace(code, "first")[0], "x") == 3.0
        assert value_of(trace(code, "loss")[0], "x") == 5.0
        assert trace(code)[0]["backwards"] == []

    def test_gradients_are_after_accumulation(self):
        code = "x = torch.tensor(2.0, requires_grad=True)\nx.grad = torch.tensor(100.0)\nloss = x * 3"
        assert value_of(trace(code)[0], "x") == 103.0


@pytest.mark.parametrize("name", ["polynomial", "mlp", "classes", "residual", "exploding", "function", "batchnorm"])
def test_without_the_creation_hook_the_nodes_are_found_by_their_sequence_numbers(name, monkeypatch):
    """Before torch 2.14 nobody is told of a new node; only where a leaf was first used is not known then."""

    def nodes() -> list[tuple]:
        found = [node for node in trace(preset(name))[0]["nodes"] if node["kind"] == "op"]
        return sorted((node["op"], node["line"], node["module"], json.dumps(node["value"])) for node in found)

    told, gradients = nodes(), trace(preset(name))[0]["gradients"]
    monkeypatch.setattr("playground.autograd.recording.HAS_HOOK", False)
    assert nodes() == told
    assert trace(preset(name))[0]["gradients"] == gradients


class TestWhatProgramsDo:
    """Programs that once gave wrong facts, or were made to."""

    def test_a_pass_inside_a_function_is_part_of_the_outer_one(self):
        code = (
            "class Again(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
            "        ctx.save_for_backward(x)\n        return x * x\n    @staticmethod\n    def backward(ctx, g):\n"
            "        (x,) = ctx.saved_tensors\n        with torch.enable_grad():\n"
            "            y = x.detach().requires_grad_()\n"
            "            (y * y).backward(g)\n        return y.grad\n"
            "x = torch.tensor([2.0, 3.0], requires_grad=True)\nloss = Again.apply(x).sum()\nloss.backward()"
        )
        result, error = trace(code)
        assert error is None
        assert value_of(result, "x") == [4.0, 6.0]
        assert len(result["backwards"]) == 1

    def test_what_a_hook_adds_to_grad_is_added_once(self):
        code = (
            "w = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor(2.0, requires_grad=True)\n"
            "def hook(g):\n    with torch.enable_grad():\n        (w * 5).backward()\n"
            "y = x * 3\ny.register_hook(hook)\ny.backward()"
        )
        result, error = trace(code)
        assert error is None
        assert value_of(result, "w") == 5.0

    def test_the_random_numbers_of_a_backward_are_drawn_once(self):
        code = (
            "class Noisy(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * 1\n"
            "    @staticmethod\n    def backward(ctx, g):\n        return g * torch.rand(1)\n"
            "x = torch.ones(1, requires_grad=True)\nloss = Noisy.apply(x).sum()\nloss.backward()\nprint(torch.rand(1))"
        )
        result, _ = trace(code)
        torch.manual_seed(0)
        torch.rand(1)
        assert result["printed"] == f"{torch.rand(1)}\n"

    def test_what_counts_its_calls_counts_what_plain_python_counts(self):
        code = (
            "calls = []\nclass Counts(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
            "        return x * 1\n    @staticmethod\n    def backward(ctx, g):\n        calls.append(1)\n"
            "        return g * 2 * len(calls)\nx = torch.ones(2, requires_grad=True)\ny = Counts.apply(x)\n"
            "seen = []\ny.register_hook(lambda g: seen.append(g))\ny.sum().backward()\nprint(len(calls), len(seen))"
        )
        result, error = trace(code)
        assert error is None
        assert result["printed"] == "1 1\n"
        assert value_of(result, "x") == [2.0, 2.0]
        assert [node["gradient"] for node in result["nodes"] if node["name"].startswith("Counts")] == [[1.0, 1.0]]

    @pytest.mark.parametrize("hook", ["lambda g: torch.ones(5)", "lambda g: 'no'", "lambda g: g.sum()"])
    def test_gradients_that_the_engine_refuses_are_refused(self, hook):
        result, error = trace(
            f"x = torch.ones(3, requires_grad=True)\ny = x.exp()\ny.register_hook({hook})\ny.sum().backward()"
        )
        assert error is not None
        assert result["nodes"]

    def test_a_root_gradient_of_another_shape_is_refused(self):
        _, error = trace("x = torch.ones(3, requires_grad=True)\ny = x.exp()\ny.backward(torch.ones(4))")
        assert error is not None

    def test_complex_passes_are_stepped(self):
        code = (
            "x = torch.tensor([1 + 2j], requires_grad=True)\nloss = (x * x.conj()).real.sum()\n"
            "loss.backward()\nprint(x.grad)"
        )
        result, error = trace(code)
        assert error is None
        assert len(result["backward_order"]) == len([node for node in result["nodes"] if node["kind"] != "cut"])

    def test_several_roots_are_all_in_the_graph(self):
        code = "x = torch.ones(2, requires_grad=True)\na = x.sin().sum()\nb = x.cos().sum()\ntorch.autograd.backward([a, b])"
        result, _ = trace(code)
        assert set(result["backward_order"]) <= {node["id"] for node in result["nodes"]}
        assert value_of(result, "x") == pytest.approx([math.cos(1) - math.sin(1)] * 2)

    @pytest.mark.parametrize("way", ["y.register_hook(double)", "y.register_hook(hook=double)"])
    def test_hooks_in_every_form(self, way):
        code = (
            f"def double(g):\n    return g * 2\nx = torch.ones(2, requires_grad=True)\ny = x * 3\n{way}\ny.sum().backward()"
        )
        _, overview = open_session(code)
        assert overview["passes"][0]["difference"] == 0.0

    def test_only_what_leads_to_the_wanted_inputs_is_run(self):
        code = (
            "x = torch.tensor(2.0, requires_grad=True)\nw = torch.tensor(3.0, requires_grad=True)\ny = x.exp() * w.sin()\n"
        )
        result, _ = trace(code + "y.backward(inputs=[w])")
        names = {node["id"]: node["name"] for node in result["nodes"]}
        assert [names[one] for one in result["backward_order"]] == ["MulBackward0", "SinBackward0", "AccumulateGrad"]
        assert set(result["gradients"]) == {"w"}
        result, _ = trace(code + "g, = torch.autograd.grad(y, x)")
        names = {node["id"]: node["name"] for node in result["nodes"]}
        assert [names[one] for one in result["backward_order"]][:2] == ["MulBackward0", "ExpBackward0"]

    def test_views_changed_in_place(self):
        code = "x = torch.ones(4, requires_grad=True)\ny = x * 2\ny[1:3].mul_(10)\nloss = y.sum()\nloss.backward()"
        result, error = trace(code)
        assert error is None
        assert value_of(result, "x") == [2.0, 20.0, 20.0, 2.0]
        assert node_of(result, "CopySlices")["op"]

    def test_views_made_without_grad_may_be_changed(self):
        code = "x = torch.ones(4)\nwith torch.no_grad():\n    v = x[:2]\n    v += 1\n    x.unbind()[0].add_(1)\nprint(x)"
        _, error = trace(code)
        assert error.key == "autograd.no_output"

    def test_the_learners_own_methods_do_not_run_when_names_are_looked_for(self):
        code = (
            "class Loud(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.w = nn.Parameter(torch.ones(2))\n"
            "    def named_modules(self, *a, **k):\n        print('modules')\n        return []\n"
            "    def named_parameters(self, *a, **k):\n        print('parameters')\n        return []\n"
            "m = Loud()\nloss = (m.w * 2).sum()\nloss.backward()"
        )
        result, error = trace(code)
        assert error is None
        assert result["printed"] == ""
        assert value_of(result, "m.w") == [2.0, 2.0]

    def test_a_node_of_several_outputs_has_the_name_of_the_first(self):
        result, _ = trace("x = torch.ones(4, requires_grad=True)\na, b = x.split(2)\nloss = (a * b).sum()")
        assert node_of(result, "SplitBackward0")["label"] == "a"

    def test_gradients_of_whole_numbers_are_taken_as_the_engine_takes_them(self):
        result, error = trace("x = torch.ones(2, requires_grad=True)\ny = x * 3\ny.backward(torch.tensor([1, 2]))")
        assert error is None
        assert len(result["backward_order"]) == 2

    @pytest.mark.parametrize(
        "code",
        [
            "x = torch.randn(30, 8, 4, 4, requires_grad=True)\ny = nn.BatchNorm2d(8)(x)\ny.backward(torch.ones(1))",
            "x = torch.randn(400, 20, requires_grad=True)\ny = F.layer_norm(x, (20,))\ny.backward(torch.ones(1))",
            "x = torch.randn(400, 4, requires_grad=True)\ny = F.pdist(x)\ny.backward(torch.ones(1))",
        ],
    )
    def test_no_kernel_gets_a_gradient_of_another_shape(self, code):
        result, error = trace(code)
        assert error is not None
        assert result["backward_order"] == []

    def test_a_matrix_product_in_place_costs_what_it_costs(self):
        _, error = trace("a = torch.ones(1, 5000, 5000)\nb = torch.ones(1, 5000, 5000)\nb.baddbmm_(a, a)")
        assert error.kind == "limit"

    def test_a_graph_of_very_long_names_stays_small(self):
        code = (
            "m = nn.Sequential()\nm.add_module('a' * 900000, nn.Linear(2, 2))\nx = torch.ones(2)\n"
            "for i in range(20):\n    x = m(x)\nloss = x.sum()\nloss.backward()"
        )
        result, _ = trace(code)
        assert len(json.dumps(result)) < 100_000

    def test_long_names_are_shortened(self):
        name = "a" * 5000
        result, _ = trace(f"{name} = torch.ones(2, requires_grad=True)\nloss = {name}.sum()\nloss.backward()")
        assert all(len(node["label"]) <= 80 for node in result["nodes"])
        assert all(len(key) <= 80 for key in result["gradients"])

    def test_hundreds_of_passes(self):
        code = "w = torch.ones(1, requires_grad=True)\nfor i in range(400):\n    (w * 2).sum().backward()"
        _, overview = open_session(code)
        assert len(overview["passes"]) == 300


class TestFreed:
    def test_saved_tensors_are_freed_by_the_programs_own_backward(self):
        nodes = {node["name"]: node["freed"] for node in trace_nodes("x.exp().sum().backward()")}
        assert nodes["ExpBackward0"] is True
        kept = {node["name"]: node["freed"] for node in trace_nodes("x.exp().sum().backward(retain_graph=True)")}
        assert kept["ExpBackward0"] is False
        looked = {node["name"]: node["freed"] for node in trace_nodes("loss = x.exp().sum()")}
        assert looked["ExpBackward0"] is False

    def test_a_second_backward_is_explained_with_three_cures_and_one_was_run(self):
        result, error = trace(preset("twice"))
        for cure in ("forward pass again", "add the losses", "retain_graph=True"):
            assert cure in error.message("en")
        assert error.line == 6
        (fix,) = result["fixes"]
        assert "y.backward(retain_graph=True)" in fix["code"]
        again, none = trace(fix["code"])
        assert none is None
        assert value_of(again, "x") == 8.0


def trace_nodes(line: str) -> list[dict]:
    return open_session(f"x = torch.ones(2, requires_grad=True)\n{line}")[1]["nodes"]


class TestQuestions:
    def test_a_node_in_full(self):
        session, overview = open_session(preset("polynomial"))
        cube = next(
            node for node in overview["nodes"] if node["value"]["value"] == 8.0 and node["op"].startswith("aten.pow")
        )
        details = session.answer({"ask": "node", "pass": 0, "node": cube["id"]})
        assert details["incoming"][0]["value"] == 1.0
        assert details["outgoing"][0]["value"] == 12.0
        assert details["chain"] == [{"to": 0, "incoming": [1.0], "local": [[12.0]], "outgoing": [12.0]}]
        assert details["formula"][0]["text"] == "pow_backward(grad, self, exponent)"
        assert {one["name"] for one in details["formula"][0]["names"]} == {"grad", "self", "exponent"}
        assert details["mathematics"][0] == "y = xⁿ"
        assert details["backward_seconds"] > 0

    @pytest.mark.parametrize("name", ["polynomial", "mlp", "classes", "batchnorm", "function", "residual", "neuron"])
    def test_every_operation_of_a_preset_is_proved(self, name):
        session, overview = open_session(preset(name))
        proved = 0
        for node in overview["nodes"]:
            if node["kind"] not in ("op", "custom"):
                continue
            proof = session.answer({"ask": "prove", "pass": 0, "node": node["id"]})["proof"]
            assert all(one["passed"] is not False for one in proof["inputs"]), (node["op"], proof)
            proved += any(one["passed"] for one in proof["inputs"])
        assert proved == sum(node["kind"] in ("op", "custom") for node in overview["nodes"])

    def test_a_wrong_custom_function_is_found_out(self):
        session, overview = open_session(preset("function").replace("3 * x**2", "2 * x**2"))
        custom = next(node for node in overview["nodes"] if node["kind"] == "custom")
        proof = session.answer({"ask": "prove", "pass": 0, "node": custom["id"]})["proof"]
        assert [one["passed"] for one in proof["inputs"]] == [False]

    def test_an_edit_goes_on_to_every_parameter(self):
        session, overview = open_session(preset("mlp"))
        last = next(node for node in overview["nodes"] if node["op"] == "aten.tanh.default")
        answer = session.answer({"ask": "edit", "pass": 0, "edits": [{"backward": 0, "node": last["id"], "kind": "zero"}]})
        changes = {name: one["change"] for name, one in answer["gradients"].items()}
        assert changes == {"model.0.weight": 1.0, "model.0.bias": 1.0, "model.2.weight": 0.0, "model.2.bias": 0.0}
        changed = {one["id"] for one in answer["nodes"] if one["changed"]}
        assert last["id"] in changed
        assert overview["steps"][0]["node"] not in changed

    @pytest.mark.parametrize(
        ("kind", "amount", "expected"), [("scale", 3, 69.0), ("clip", 0.5, 11.5), ("zero", 0, 0.0), ("nan", 0, "nan")]
    )
    def test_kinds_of_edits(self, kind, amount, expected):
        session, overview = open_session(preset("polynomial"))
        root = overview["steps"][0]["node"]
        edit = {"backward": 0, "node": root, "kind": kind, "amount": amount}
        answer = session.answer({"ask": "edit", "pass": 0, "edits": [edit]})
        assert answer["gradients"]["x"]["after"]["value"] == expected
        assert answer["gradients"]["x"]["before"]["value"] == 23.0

    def test_noise_is_the_same_each_time(self):
        session, overview = open_session(preset("mlp"))
        edit = {"backward": 0, "node": overview["steps"][1]["node"], "kind": "noise", "amount": 0.1}
        first, second = (session.answer({"ask": "edit", "pass": 0, "edits": [edit]}) for _ in range(2))
        assert first == second
        assert first["gradients"]["model.0.weight"]["change"] > 0

    @pytest.mark.parametrize(
        "question",
        [
            *(
                None,
                [],
                {},
                {"ask": "nothing"},
                {"ask": ["node"]},
                {"ask": "node"},
                {"ask": "node", "node": 10**9, "pass": 0},
            ),
            *({"ask": "pass"}, {"ask": "pass", "pass": 7}, {"ask": "pass", "pass": True}, {"ask": "pass", "pass": -1}),
            *({"ask": "prove", "node": 0, "pass": 0}, {"ask": "edit", "edits": "x"}, {"ask": "edit", "edits": [5]}),
            {"ask": "edit", "edits": [{"node": 1, "kind": "scale", "amount": float("nan")}]},
            {"ask": "edit", "edits": [{"node": 1, "kind": "explode", "amount": 1}]},
            {"ask": "edit", "edits": [{"node": 99999, "kind": "zero", "amount": 1}]},
        ],
    )
    def test_questions_that_are_none(self, question):
        session, _ = open_session(preset("line"))
        with pytest.raises(InputError) as caught:
            session.answer(question)
        assert caught.value.message("zh") != caught.value.message("en")


class TestNonFinite:
    def test_the_gradient_of_a_root_at_zero(self):
        blame = trace(preset("nan"))[0]["first_non_finite"]
        assert (blame["phase"], blame["op"], blame["line"], blame["finite_inputs"]) == (
            "backward",
            "aten.sqrt.default",
            4,
            True,
        )

    def test_the_logarithm_of_zero(self):
        code = "x = torch.tensor([0.0, 1.0], requires_grad=True)\ny = x * 2\nz = torch.log(y)\nloss = (z * y).sum()"
        blame = trace(code)[0]["first_non_finite"]
        assert (blame["phase"], blame["op"], blame["line"], blame["source"]) == (
            "forward",
            "aten.log.default",
            3,
            "torch.log(y)",
        )
        assert blame["finite_inputs"] is True

    def test_a_mask_of_minus_infinity_is_meant(self):
        code = (
            "x = torch.randn(3, 3, requires_grad=True)\nmask = torch.ones(3, 3).triu(1).bool()\n"
            "p = x.masked_fill(mask, float('-inf')).softmax(-1)\nloss = p[:, 0].sum()\nloss.backward()"
        )
        assert trace(code)[0]["first_non_finite"] is None


class TestErrors:
    def test_nothing_requires_grad(self):
        _, error = trace("x = torch.ones(2)\nloss = x.sum()")
        assert (error.kind, error.key) == ("runtime", "autograd.output_cut")
        _, error = trace("x = torch.ones(2)")
        assert (error.kind, error.key) == ("input", "autograd.no_output")

    @pytest.mark.parametrize("way", ["sum", "mean"])
    def test_an_output_of_many_numbers_offers_its_sum_and_mean(self, way):
        result, error = trace("x = torch.ones(3, requires_grad=True)\nloss = x * 2")
        assert error.key == "autograd.output_not_scalar"
        code = next(fix["code"] for fix in result["fixes"] if fix["label"].endswith(way))
        again, none = trace(code)
        assert none is None
        assert value_of(again, "x") == pytest.approx([2.0] * 3 if way == "sum" else [2 / 3] * 3)

    def test_backward_of_many_numbers_offers_its_sum_and_mean(self):
        result, error = trace("x = torch.ones(3, requires_grad=True)\n(x * 2).backward()")
        assert (error.key, error.line) == ("lang.not_scalar", 2)
        assert [fix["code"].split("\n")[1] for fix in result["fixes"]] == [
            "(x * 2).sum().backward()",
            "(x * 2).mean().backward()",
        ]
        assert result["nodes"], "the graph up to there"

    def test_a_program_that_fails_half_way_shows_what_it_made(self):
        result, error = trace("x = torch.ones(2, 3, requires_grad=True)\ny = x.exp()\nz = y @ y\nloss = z.sum()")
        assert (error.kind, error.line) == ("shape", 3)
        assert [node["name"] for node in result["nodes"]] == ["AccumulateGrad", "ExpBackward0"]
        assert result["failure"]["source"] == "y @ y"

    def test_an_in_place_change_is_explained(self):
        result, error = trace(preset("in_place"))
        assert (error.key, error.line) == ("lang.in_place", 6)
        assert "[2]" in error.message("en")
        assert "Exp" in error.message("zh")
        assert result["nodes"]
        (fix,) = result["fixes"]
        assert "y = y + 1" in fix["code"]
        again, none = trace(fix["code"])
        assert none is None
        assert value_of(again, "x") == pytest.approx(torch.tensor([1.0, 2.0]).exp().tolist())

    @pytest.mark.parametrize("output", [None, 5, "", "a b", "x" * 200, "a.b"])
    def test_an_output_that_is_no_name(self, output):
        _, error = trace("x = torch.ones(2)", output)
        assert error.kind == "input"

    @pytest.mark.parametrize("code", [None, 5, "x = (", "import os"])
    def test_what_is_no_program(self, code):
        result, error = trace(code)
        assert error.kind in ("syntax", "refused")
        assert set(result) == set(EMPTY)

    def test_too_many_nodes(self):
        limits = replace(LIMITS, graph_nodes=300)
        found, error = open_trace(
            "x = torch.ones(1, requires_grad=True)\nfor i in range(100000):\n    x = x * 1.0001", "x", 0, limits
        )
        assert (error.kind, error.key) == ("limit", "autograd.nodes")
        assert "300" in error.message("en")
        result = describe_trace(found, error)
        assert 300 <= len(result["nodes"]) <= 320
        json.dumps(result, allow_nan=False)


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in FAILING])
def test_the_script_prints_the_same_gradients(name):
    result, _ = trace(preset(name))
    printed = io.StringIO()
    names: dict = {"__name__": "__main__"}
    with contextlib.redirect_stdout(printed):
        exec(compile(result["script"], "<script>", "exec"), names)
    for key, gradient in result["gradients"].items():
        place = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", key)
        assert f"{place}.grad =" in printed.getvalue()
        if gradient["value"] is not None:
            kept = names.get("gradients", {}).get(key)
            at_end = eval(f"{place}.grad", names) if kept is None else kept
            found = at_end.double()
            wanted = torch.tensor(
                json.loads(json.dumps(gradient["value"]).replace('"nan"', "NaN").replace('"inf"', "Infinity")),
                dtype=torch.float64,
            )
            assert torch.allclose(found, wanted, rtol=1e-5, equal_nan=True)


def test_the_preset_is_torchvisions_network():
    import torchvision

    names: dict = {"__name__": "preset"}
    exec(compile(preset("resnet18").split("model = ")[0], "<preset>", "exec"), names)
    torch.manual_seed(0)
    own, reference = names["ResNet18"](), torchvision.models.resnet18()
    reference.load_state_dict(own.state_dict())
    x = torch.randn(2, 3, 64, 64)
    assert torch.equal(own(x), reference(x))
