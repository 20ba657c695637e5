"""Checkpointing the blocks of a model: less memory, the same gradients, the doubled BatchNorm, and a budget that holds."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys

import pytest
import torch

from playground import words
from playground.bench.block_choice import choose_blocks, predict_peak
from playground.bench.blocks import find_blocks
from playground.bench.budget import measure_budget
from playground.bench.checkpoint_rows import measure_row, row_counts, usable_blocks
from playground.bench.checkpointing import measure_checkpointing
from playground.bench.checkpointing_script import write_budget_script, write_checkpointing_script
from playground.bench.events import Measured
from playground.bench.subject import open_subject
from playground.bench.what_ifs import gradients_of
from playground.errors import UnsupportedError
from playground.limits import read_limits
from playground.models import PRESETS, ModelSpec
from playground.models.presets import layer

LIMITS = read_limits(public=False, environment={})
BATCH = 16
CODE = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn = nn.BatchNorm2d(channels)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        try:
            return x + self.drop(F.relu(self.bn(self.conv(x))))
        except Exception:
            return x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.blocks = nn.ModuleList([Block(8) for _ in range(3)])
        self.shared = nn.Conv2d(8, 8, 1)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.shared(self.shared(self.stem(x)))
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean((2, 3)))
"""
CODE_SPEC = ModelSpec("Net", code=CODE)
NO_BLOCKS = ModelSpec(
    "Net",
    code="""import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(784, 10))

    def forward(self, x):
        return x.flatten(1) @ self.weight
""",
)
IN_PLACE = ModelSpec(
    "Net",
    code="""import torch
import torch.nn as nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(16))

    def forward(self, x):
        x += 1
        return x * self.weight


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 16)
        self.scale = Scale()
        self.last = nn.Linear(16, 10)

    def forward(self, x):
        return self.last(self.scale(self.first(x.flatten(1))))
""",
)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def spec_of(name: str) -> ModelSpec:
    return CODE_SPEC if name == "code" else PRESETS[name].spec


def last(events) -> dict:
    *before, done = events
    assert isinstance(done, Measured)
    assert [event.done for event in before] == list(range(len(before)))
    assert all(words.text("en", event.doing, **event.values) for event in before)
    json.dumps(done.result)
    for language in words.LANGUAGES:
        assert all(words.text(language, said["key"], **said["values"]) for said in done.result["reason"])
    return done.result


@pytest.mark.parametrize("name", [*PRESETS, "code"])
def test_every_number_of_checkpoints_gives_the_same_gradients(name):
    subject = open_subject(spec_of(name), BATCH, LIMITS)
    plain = gradients_of(subject)
    blocks, left_out = usable_blocks(subject, plain)
    rows = [measure_row(subject, blocks, range(count), plain) for count in row_counts(len(blocks))]
    assert left_out == []
    assert all(row["gradients_equal"] for row in rows)
    assert [row["checkpointed_blocks"] for row in rows] == list(range(len(blocks) + 1))
    assert min(row["saved_bytes"] for row in rows) <= rows[0]["saved_bytes"]
    assert all(row["peak_bytes"] <= 1.01 * rows[0]["peak_bytes"] for row in rows)


@pytest.mark.parametrize("name", PRESETS)
def test_the_blocks_of_a_list_are_all_of_its_layers_in_order(name):
    subject = open_subject(PRESETS[name].spec, 2, LIMITS)
    blocks = find_blocks(subject)
    subject.module.eval()
    value = subject.inputs
    for block in blocks:
        value = block.run(value)
    assert torch.equal(value, subject.module(subject.inputs))
    assert all(subject.module.get_submodule(path) for block in blocks for path in block.paths)


def test_blocks_are_what_makes_sense():
    names = {name: [block.name for block in find_blocks(open_subject(PRESETS[name].spec, 2, LIMITS))] for name in PRESETS}
    assert names["SmallResNet"] == ["stem.0 – stem.2", "block1 – relu1", "down.0 – down.2", "block2 – relu2", "pool – fc"]
    assert names["MNISTNet"][:2] == ["features.0 – features.7", "features.8 – features.15"]
    assert names["Linear"] == ["flatten – linear"]
    assert "blocks.0" in names["ViT"]
    code = [block.name for block in find_blocks(open_subject(CODE_SPEC, 2, LIMITS))]
    assert code == ["stem", "blocks.0", "blocks.1", "blocks.2", "fc"], "shared is called twice"


@pytest.fixture(scope="module")
def measured():
    return {
        name: last(measure_checkpointing(open_subject(spec_of(name), BATCH, LIMITS), 0.1))
        for name in ("SmallResNet", "code")
    }


def test_a_measurement_has_memory_times_and_sentences(measured):
    for result in measured.values():
        assert set(result) == {"blocks", "rows", "left_out", "batch_norm", "reason"}
        rows = result["rows"]
        assert rows[-1]["blocks"] == [block["name"] for block in result["blocks"]]
        assert all(row["step_seconds"] > 0 and row["spread_seconds"] >= 0 for row in rows)
        assert rows[-1]["saved_bytes"] < 0.6 * rows[0]["saved_bytes"]
        assert min(row["peak_bytes"] for row in rows) < rows[0]["peak_bytes"]
        assert "bench_memory.checkpoints_equal" in [said["key"] for said in result["reason"]]


def test_checkpoints_update_batch_norm_twice(measured):
    for result in measured.values():
        assert result["batch_norm"]
        for norm in result["batch_norm"]:
            assert norm["plain"]["num_batches_tracked"] == 1
            assert norm["checkpointed"]["num_batches_tracked"] == 2
            # The second update moves on from the first by momentum 0.1: 1 - 0.9 ** 2 against 0.1.
            ratio = norm["checkpointed"]["running_mean_difference"] / norm["plain"]["running_mean_difference"]
            assert ratio == pytest.approx(1.9, rel=0.01)


def test_the_model_is_left_as_it_was():
    subject = open_subject(CODE_SPEC, 4, LIMITS)
    before = subject.network.state()
    last(measure_checkpointing(subject, 0))
    assert not any("forward" in vars(one) for one in subject.module.modules())
    assert all(one.grad is None for one in subject.module.parameters())
    after = subject.network.state()
    assert all(torch.equal(before[name], after[name]) for name, _ in subject.module.named_parameters())


def test_what_writes_over_its_input_is_left_out():
    result = last(measure_checkpointing(open_subject(IN_PLACE, 4, LIMITS), 0))
    assert [entry["name"] for entry in result["left_out"]] == ["scale"]
    assert [block["name"] for block in result["blocks"]] == ["first", "last"]


def test_a_list_with_in_place_activations_behind_its_poolings_has_blocks():
    layers = (
        *(layer("Conv2d", out_channels=4, kernel_size=3), layer("MaxPool2d", kernel_size=2), layer("ReLU", inplace=True)),
        *(layer("Conv2d", out_channels=4, kernel_size=3), layer("MaxPool2d", kernel_size=2), layer("ReLU", inplace=True)),
        *(layer("Flatten"), layer("Linear", out_features=10)),
    )
    result = last(measure_checkpointing(open_subject(ModelSpec("Pools", layers), 4, LIMITS), 0))
    assert [block["name"] for block in result["blocks"]] == ["0 – 2", "3 – 5", "6 – 7"]
    assert all(row["gradients_equal"] for row in result["rows"])


def test_a_model_without_blocks_is_refused_in_words():
    with pytest.raises(UnsupportedError, match="No part of this model can be checkpointed"):
        list(measure_checkpointing(open_subject(NO_BLOCKS, 4, LIMITS), 0))


def test_the_chosen_blocks_are_the_cheapest_of_all_that_fit():
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        numbers = torch.randint(1, 100, (7, 3), generator=generator).tolist()
        per_block = [
            {"peak_bytes": 300 + peak, "freed_bytes": freed - 5, "forward_seconds": float(cost)}
            for peak, freed, cost in numbers
        ]
        budget = int(torch.randint(150, 400, (), generator=generator))

        def peak(chosen, per_block=per_block):
            return max(
                block["peak_bytes"] - sum(per_block[one]["freed_bytes"] for one in chosen if one < place)
                for place, block in enumerate(per_block)
            )

        every = [chosen for count in range(8) for chosen in itertools.combinations(range(7), count)]
        costs = [sum(per_block[one]["forward_seconds"] for one in chosen) for chosen in every if peak(chosen) <= budget]
        choice = choose_blocks(per_block, budget)
        assert choice["fits"] == bool(costs)
        assert choice["predicted_peak_bytes"] == peak(choice["blocks"])
        if costs:
            assert choice["extra_seconds"] == min(costs)
            assert choice["predicted_peak_bytes"] <= budget


@pytest.mark.parametrize("name", ["SmallResNet", "ViT", "code"])
def test_a_budget_is_kept_as_predicted(name, measured):
    subject = open_subject(spec_of(name), BATCH, LIMITS)
    blocks = find_blocks(subject)
    plain = gradients_of(subject)
    peaks = [measure_row(subject, blocks, range(count), plain)["peak_bytes"] for count in (0, len(blocks))]
    budget = sum(peaks) // 2
    result = last(measure_budget(subject, budget, 0))
    assert result["fits"]
    assert result["measured"]["peak_bytes"] <= budget < result["plain"]["peak_bytes"]
    assert result["predicted"]["peak_bytes"] == pytest.approx(result["measured"]["peak_bytes"], rel=0.05)
    assert 0 < len(result["blocks"]) < len(blocks)
    assert result["measured"]["gradients_equal"]
    hopeless = last(measure_budget(subject, 1000, 0))
    assert not hopeless["fits"]
    assert hopeless["reason"][0]["key"] == "bench_memory.budget_missed"


def test_rows_of_a_deep_model_are_few():
    assert row_counts(3) == [0, 1, 2, 3]
    assert len(row_counts(100)) == 12
    assert row_counts(100)[-1] == 100


@pytest.mark.long
@pytest.mark.parametrize("name", ["SmallResNet", "code"])
def test_the_script_measures_the_same(name, tmp_path):
    spec = spec_of(name)
    if name == "code":
        spec = ModelSpec("Net", code=PLAIN_CODE)
    file = tmp_path / "checkpointing.py"
    file.write_text(write_checkpointing_script(spec, BATCH), encoding="utf-8")
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=120, check=True, cwd=tmp_path)
    printed = json.loads(done.stdout.splitlines()[-1])
    subject = open_subject(spec, BATCH, LIMITS)
    blocks, plain = find_blocks(subject), gradients_of(subject)
    assert len(printed["blocks"]) == len(blocks)
    for row in printed["rows"]:
        ours = measure_row(subject, blocks, range(row["checkpointed_blocks"]), plain)
        assert row["peak_bytes"] == pytest.approx(ours["peak_bytes"], rel=0.03)
        assert row["gradients_equal"]
        assert row["step_seconds"] > 0


@pytest.mark.long
@pytest.mark.parametrize("name", ["SmallResNet", "code"])
def test_the_script_of_a_budget_chooses_as_here(name, tmp_path):
    spec = ModelSpec("Net", code=PLAIN_CODE) if name == "code" else spec_of(name)
    subject = open_subject(spec, BATCH, LIMITS)
    blocks, plain = find_blocks(subject), gradients_of(subject)
    peaks = [measure_row(subject, blocks, range(count), plain)["peak_bytes"] for count in (0, len(blocks))]
    ours = last(measure_budget(subject, sum(peaks) // 2, 0))
    file = tmp_path / "budget.py"
    file.write_text(write_budget_script(spec, BATCH, sum(peaks) // 2), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", file], capture_output=True, text=True, timeout=120, check=True, cwd=tmp_path
    )
    printed = json.loads(done.stdout.splitlines()[-1])
    assert printed["fits"] and printed["gradients_equal"] and printed["blocks"]
    for theirs, own in zip(printed["per_block"], ours["per_block"], strict=True):
        assert theirs["peak_bytes"] == pytest.approx(own["peak_bytes"], rel=0.03)
        assert theirs["freed_bytes"] == pytest.approx(own["freed_bytes"], rel=0.03, abs=1000)
        assert theirs["forward_seconds"] > 0
    assert printed["predicted_peak_bytes"] == pytest.approx(printed["measured"]["peak_bytes"], rel=0.05)
    assert printed["plain"]["peak_bytes"] == pytest.approx(ours["plain"]["peak_bytes"], rel=0.03)
    # Which blocks are cheapest depends on the clock; which of them fit does not.
    places = [[block.name for block in blocks].index(one) for one in printed["blocks"]]
    assert printed["predicted_peak_bytes"] == pytest.approx(predict_peak(ours["per_block"], places), rel=0.03)


PLAIN_CODE = """import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.second(self.first(x)).mean((2, 3)))
"""
