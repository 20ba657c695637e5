"""The memory of a training step: forecast, measured by ways that know nothing of each other, explained."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from playground import words
from playground.bench.blocks import find_blocks
from playground.bench.checkpoint_rows import measure_row
from playground.bench.events import Measured
from playground.bench.forecast import PARTS, check_fits, forecast_memory, optimizer_state
from playground.bench.ledger import find_why, read_ledger
from playground.bench.live_bytes import CATEGORIES, LiveBytes, Point, thin
from playground.bench.memory import measure_memory
from playground.bench.memory_script import write_memory_script
from playground.bench.memory_step import count_saved, trace_step, warm_up
from playground.bench.second_peak import second_peak
from playground.bench.subject import open_subject
from playground.bench.what_ifs import gradients_of, same
from playground.errors import InputError, LimitError, PlaygroundError
from playground.limits import read_limits
from playground.models import PRESETS, ModelSpec
from playground.models.big import make_spec
from playground.models.presets import layer, sequential
from playground.training.optimizers import STEPPED

LIMITS = read_limits(public=False, environment={})
BATCH = 64
CPU = torch.device("cpu")
CODE = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8 * 14 * 14, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.conv(x))), 2)
        return self.fc(x.flatten(1))
"""
CODE_SPEC = ModelSpec("Net", code=CODE)
IN_PLACE = """import torch
import torch.nn as nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(16))

    def forward(self, x):
        x += 1
        return x * self.weight


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 16)
        self.scale = Scale()
        self.last = nn.Linear(16, 10)

    def forward(self, x):
        return self.last(self.scale(self.first(x.flatten(1))))
"""


def run(spec: ModelSpec, optimizer: str = "Adam", batch: int = BATCH):
    forecast = forecast_memory(spec, batch, optimizer, LIMITS)
    events = list(measure_memory(open_subject(spec, batch, LIMITS), optimizer, forecast))
    assert isinstance(events[-1], Measured)
    assert [event.done for event in events[:-1]] == list(range(events[0].total))
    return events[-1].result


@pytest.fixture(scope="module")
def results():
    return {name: run(spec) for name, spec in (("SimpleCNN", PRESETS["SimpleCNN"].spec), ("Net", CODE_SPEC))}


@pytest.mark.parametrize("name", [*PRESETS, "code"])
def test_forecast_and_all_ways_of_measuring_agree(name):
    spec = CODE_SPEC if name == "code" else PRESETS[name].spec
    forecast = forecast_memory(spec, BATCH, "Adam", LIMITS)
    subject = open_subject(spec, BATCH, LIMITS)
    optimizer = subject.make_optimizer("Adam")
    warm_up(subject, optimizer)
    trace = trace_step(subject, optimizer)
    for part in PARTS:
        assert forecast[part] == pytest.approx(trace.measured[part], rel=0.1)
    assert forecast["total"] == pytest.approx(sum(trace.measured.values()), rel=0.1)
    # The profiler knows nothing of storages, the hooks nothing of what is alive.
    second = second_peak(subject, optimizer, trace.before)
    assert second.bytes == pytest.approx(trace.peak.total, rel=0.03)
    assert second.within >= second.bytes
    hooks = subject.call(lambda: count_saved(subject.loss, subject.module)[0])
    assert hooks == pytest.approx(trace.saved_bytes, rel=0.03)
    # And torch itself counts the parameters and what the optimizer keeps.
    parameters = list(subject.module.parameters())
    assert trace.measured["parameters"] == sum(one.nbytes for one in parameters)
    states = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    assert trace.measured["optimizer"] == sum(one.nbytes for one in states)
    # What was made in the forward and is still there is what is saved, and what nobody saves but holds.
    assert trace.made <= trace.saved_bytes + subject.labels.nbytes


@pytest.mark.parametrize("optimizer", STEPPED)
def test_the_state_of_every_optimizer_is_forecast(optimizer):
    spec = PRESETS["MLP"].spec
    forecast = forecast_memory(spec, BATCH, optimizer, LIMITS)
    subject = open_subject(spec, BATCH, LIMITS)
    made = subject.make_optimizer(optimizer)
    warm_up(subject, made)
    assert trace_step(subject, made).measured["optimizer"] == forecast["optimizer"]
    assert optimizer_state(optimizer)[0] in (1.0, 2.0)


class Small(TorchDispatchMode):
    """Refuses what allocates much for real."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if type(leaf) is torch.Tensor and leaf.device.type != "meta":
                assert leaf.untyped_storage().nbytes() <= 2**20, func
        return out


@pytest.mark.parametrize("spec", [make_spec("Transformer", 4096, 24), PRESETS["LSTMRows"].spec], ids=["billions", "LSTM"])
def test_a_forecast_allocates_nothing(spec):
    with Small():
        forecast = forecast_memory(spec, 256, "AdamW", LIMITS)
    if spec.name.startswith("Transformer"):
        assert forecast["parameters"] > 4 * 4 * 10**9
    with pytest.raises(LimitError, match="smaller batch") as raised:
        check_fits(forecast, forecast["total"] - 1)
    assert {"total", "available", *PARTS} == set(raised.value.values)
    check_fits(forecast, forecast["total"])
    check_fits(forecast, 0)


@pytest.mark.parametrize(
    ("spec", "batch", "optimizer", "message"),
    [
        (PRESETS["MLP"].spec, 0, "Adam", "batch size must be a whole number"),
        (PRESETS["MLP"].spec, 10**9, "Adam", "at most"),
        (PRESETS["MLP"].spec, 4, "Sophia", "Sophia"),
        (ModelSpec("Flat", (layer("Flatten"),)), 4, "Adam", "no parameter that could be trained"),
        (ModelSpec("Wrong", (layer("Flatten"), layer("Linear", in_features=5, out_features=10))), 4, "Adam", "784"),
        (ModelSpec("Net", code="import torch.nn as nn\nnn.Linear(5, 10)"), 4, "Adam", "28"),
    ],
)
def test_what_cannot_be_forecast_is_refused(spec, batch, optimizer, message):
    with pytest.raises(PlaygroundError, match=message):
        forecast_memory(spec, batch, optimizer, LIMITS)


def test_frozen_parameters_have_no_gradient_and_no_state():
    spec = ModelSpec(
        "Frozen",
        (layer("Flatten"), replace(layer("Linear", in_features=784, out_features=64), trainable=False), layer("ReLU"),
         layer("Linear", in_features=64, out_features=10)),
    )  # fmt: skip
    result = run(spec)
    assert result["forecast"] == result["measured"]
    assert result["measured"]["gradients"] == 4 * 650 < result["measured"]["parameters"]
    assert "bench_memory.course_frozen" in [said["key"] for said in result["tutorial"]["reason"]]


def test_a_result_is_plain_data_with_words_in_both_languages(results):
    for result in results.values():
        json.dumps(result)
        assert set(result) == {
            "forecast", "measured", "saved", "peak", "timeline", "ledger", "what_ifs", "tutorial", "reason"
        }  # fmt: skip
        said = [*result["reason"], *result["tutorial"]["reason"], *(row["reason"] for row in result["what_ifs"])]
        for language in words.LANGUAGES:
            for sentence in filter(None, said):
                assert words.text(language, sentence["key"], **sentence["values"])
            assert all(words.text(language, row["why"]["key"]) for row in result["ledger"])
            titles = [row["title"] for row in result["what_ifs"]]
            assert all(words.text(language, title["key"], **title["values"]) for title in titles)


def test_the_timeline_has_the_peak_and_the_phases(results):
    for result in results.values():
        timeline = result["timeline"]
        assert len(timeline) <= 400
        most = max(timeline, key=lambda point: sum(point[name] for name in CATEGORIES))
        assert sum(most[name] for name in CATEGORIES) == result["peak"]["bytes"]
        assert (most["operation"], most["phase"]) == (result["peak"]["operation"], result["peak"]["phase"])
        assert list(dict.fromkeys(point["phase"] for point in timeline)) == ["forward", "backward", "optimizer"]
        assert max(point["activations"] for point in timeline) == result["measured"]["activations"]
        # After the step the activations are gone, but for what the batch itself is.
        assert timeline[-1]["activations"] == 0
        assert timeline[-1]["gradients"] == result["measured"]["gradients"]


def test_the_ledger_is_all_that_is_saved(results):
    for result in results.values():
        ledger = result["ledger"]
        assert sum(row["bytes"] for row in ledger) == result["measured"]["activations"]
        assert [row["bytes"] for row in ledger] == sorted((row["bytes"] for row in ledger), reverse=True)
    rows = {(row["layer"], row["operation"], row["role"]): row for row in results["SimpleCNN"]["ledger"]}
    assert rows["conv_layers.0", "ConvolutionBackward0", "input"]["why"]["key"] == "bench_memory.why_input_for_weight"
    relu = rows["conv_layers.2", "ReluBackward0", "result"]
    assert (relu["shape"], relu["bytes"]) == ([BATCH, 32, 28, 28], 4 * BATCH * 32 * 28 * 28)
    assert relu["shared"] == 1, "the pooling keeps the same memory"
    assert rows["conv_layers.3", "MaxPool2DWithIndicesBackward0", "result1"]["dtype"] == "int64"
    assert rows["fc_layers.3", "MulBackward0", "other"]["why"]["key"] == "bench_memory.why_mask"
    assert rows["", "NllLossBackward0", "target"]["why"]["key"] == "bench_memory.why_labels"


@pytest.mark.parametrize("name", ["LSTMRows", "ViT", "Autoencoder"])
def test_every_saved_tensor_has_a_reason(name):
    subject = open_subject(PRESETS[name].spec, 8, LIMITS)
    ledger: list = []
    trace = trace_step(subject, graph=lambda loss, live: ledger.extend(read_ledger(loss, live, set())))
    assert sum(row["bytes"] for row in ledger) == trace.saved_bytes
    assert not [row for row in ledger if row["why"].endswith("formula")]
    if name == "LSTMRows":
        assert ledger[0]["why"] == "bench_memory.why_workspace"
    assert find_why("FooBackward0", "bar") == "formula"


def test_the_variants_are_really_run(results):
    rows = {row["name"]: row for row in results["SimpleCNN"]["what_ifs"]}
    plain = rows["as_it_is"]
    assert plain["saved_bytes"] == results["SimpleCNN"]["measured"]["activations"]
    assert rows["half_batch"]["saved_bytes"] == pytest.approx(plain["saved_bytes"] / 2, rel=0.01)
    assert rows["no_grad"]["saved_bytes"] == 0
    assert rows["bf16"]["saved_bytes"] < plain["saved_bytes"]
    # BatchNorm keeps its input and ReLU its output: nothing is left to save.
    assert rows["in_place_relu"]["saved_bytes"] == plain["saved_bytes"]
    assert all(row["step_seconds"] > 0 for row in rows.values())
    code = {row["name"]: row for row in results["Net"]["what_ifs"]}
    assert code["in_place_relu"]["reason"]["key"] == "bench_memory.only_lists"


def checkpoints_of(result):
    return [row for row in result["what_ifs"] if row["name"] == "checkpoint"]


def test_one_block_alone_is_checkpointed(results):
    """As `measure_row` finds for the same block, and never more than four of them, the largest saving first."""
    for spec, result in ((PRESETS["SimpleCNN"].spec, results["SimpleCNN"]), (CODE_SPEC, results["Net"])):
        subject = open_subject(spec, BATCH, LIMITS)
        blocks, plain = find_blocks(subject), gradients_of(subject)
        rows = checkpoints_of(result)
        assert len(rows) == min(4, len(blocks))
        assert [row["saved_bytes"] for row in rows] == sorted(row["saved_bytes"] for row in rows)
        for row in rows:
            place = [block.name for block in blocks].index(row["title"]["values"]["block"])
            alone = measure_row(subject, blocks, [place], plain)
            assert row["saved_bytes"] == alone["saved_bytes"] and row["step_seconds"] > 0
        assert any(said["key"].startswith("bench_memory.reason_checkpoint") for said in result["reason"])
    first = checkpoints_of(results["SimpleCNN"])[0]
    assert first["saved_bytes"] < 0.7 * results["SimpleCNN"]["measured"]["activations"]


def test_a_block_that_cannot_be_checkpointed_says_why():
    found = checkpoints_of(run(ModelSpec("Outer", code=IN_PLACE), batch=4))
    rows = {row["title"]["values"]["block"]: row for row in found}
    assert found[-1] is rows["scale"], "what cannot be comes last"
    assert not rows["scale"]["possible"]
    assert rows["scale"]["reason"]["key"] in ("bench_memory.block_fails", "bench_memory.block_differs")
    assert rows["first"]["possible"] and rows["last"]["possible"]


def test_an_in_place_relu_that_breaks_gradients_is_not_offered():
    residual = replace(layer("Residual"), layers=(layer("ReLU"), layer("Linear", in_features=16, out_features=16)))
    spec = ModelSpec(
        "Broken",
        (sequential("a", layer("Flatten"), layer("Linear", in_features=784, out_features=16), layer("Sigmoid")), residual,
         layer("Linear", in_features=16, out_features=10)),
    )  # fmt: skip
    row = {row["name"]: row for row in run(spec, batch=2)["what_ifs"]}["in_place_relu"]
    assert not row["possible"]
    assert row["reason"]["key"] in ("bench_memory.in_place_breaks", "bench_memory.in_place_differs")
    subject = open_subject(spec, 2, LIMITS)
    assert same(gradients_of(subject), gradients_of(subject))
    assert not any(getattr(one, "inplace", False) for one in subject.module.modules())


def test_a_batch_of_one_has_no_half_and_a_batch_of_two_no_batch_norm():
    linear = {row["name"]: row for row in run(PRESETS["Linear"].spec, batch=1)["what_ifs"]}
    assert linear["half_batch"]["reason"]["key"] == "bench_memory.one_sample"
    mlp = {row["name"]: row for row in run(PRESETS["MLP"].spec, batch=2)["what_ifs"]}
    assert "more than 1 value" in mlp["half_batch"]["reason"]["values"]["error"]


def test_the_courses_estimate_is_its_own_arithmetic(results):
    model = open_subject(PRESETS["SimpleCNN"].spec, 2, LIMITS).module
    parameters = sum(one.numel() * one.element_size() for one in model.parameters())
    said = results["SimpleCNN"]["tutorial"]
    assert (said["parameters"], said["total"], said["activations"]) == (parameters, 4 * parameters, 0)
    assert said["buffers"] == sum(one.numel() * one.element_size() for one in model.buffers())
    assert said["shown"] == f"{4 * parameters / 1024**2:.1f} MB"
    sgd = run(PRESETS["Linear"].spec, "SGD", 4)["tutorial"]["reason"]
    assert "bench_memory.course_optimizer" in [sentence["key"] for sentence in sgd]


@pytest.mark.long
@pytest.mark.parametrize(("spec", "optimizer"), [(PRESETS["SimpleCNN"].spec, "Adam"), (CODE_SPEC, "SGD")])
def test_the_script_measures_the_same(spec, optimizer, tmp_path):
    file = tmp_path / "memory.py"
    file.write_text(write_memory_script(spec, BATCH, optimizer), encoding="utf-8")
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=120, check=True, cwd=tmp_path)
    printed = json.loads(done.stdout.splitlines()[-1])
    subject = open_subject(spec, BATCH, LIMITS)
    made = subject.make_optimizer(optimizer)
    warm_up(subject, made)
    trace = trace_step(subject, made)
    assert printed["peak"] == pytest.approx(trace.peak.total, rel=0.03)
    assert {part: printed[part] for part in PARTS} == pytest.approx(trace.measured, rel=0.03)
    assert printed["operation"] == trace.peak.operation


def test_a_learners_error_ends_the_measurement_in_words():
    code = CODE.replace("return self.fc(x.flatten(1))", "return self.fc(x.flatten(1)) + undefined")
    with pytest.raises(PlaygroundError, match="undefined"):
        forecast_memory(ModelSpec("Net", code=code), 4, "Adam", LIMITS)
    with pytest.raises(InputError, match="Sophia"):
        list(measure_memory(open_subject(CODE_SPEC, 4, LIMITS), "Sophia", dict.fromkeys(PARTS, 0)))


def test_a_storage_counts_once_and_until_its_last_view_is_gone():
    with LiveBytes(CPU) as live:
        whole = torch.zeros(1000)
        view = whole[:10].reshape(2, 5)
        assert live.total == 4000
        del whole
        assert live.total == 4000
        del view
        assert live.total == 0
    live.hold("parameters", [tied := torch.zeros(10), tied[:5]])
    assert live.live["parameters"] == 40


def test_thinning_keeps_the_peak():
    points = [Point("op", "forward", 0, {"temporary": size}) for size in [*range(500), 10**6, *range(700)]]
    few = thin(points, 100)
    assert len(few) == 100
    assert max(point.total for point in few) == 10**6
    assert thin(points[:5], 100) == points[:5]
