"""A GradScaler's record against a loop with the public API, exponents against numpy, mistakes as torch answers them."""

import itertools
import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground import words
from playground.bench import scaler as scaler_module
from playground.bench.benchmarks import BENCHMARKS, read_settings
from playground.bench.events import Measured, Progress
from playground.bench.exponents import DTYPES, gradient_exponents
from playground.bench.mistakes import MISTAKES, show_mistakes
from playground.bench.scaler import record_scaler
from playground.bench.scaler_script import write_scaler_script
from playground.bench.subject import open_subject, read_subject
from playground.errors import InputError, LimitError, UnsupportedError


@pytest.fixture
def subject(limits):
    spec, count = read_subject("Linear", 8, limits)
    return open_subject(spec, count, limits)


def written(reason):
    return [words.text(language, one["key"], **one["values"]) for language in words.LANGUAGES for one in reason]


def test_the_scale_halves_until_the_gradients_fit_and_grows_again(subject):
    before = subject.network.state()
    events = list(record_scaler(subject, 12, init_scale=2.0**24, growth_interval=2, optimizer="SGD"))
    assert all(isinstance(event, Progress) and event.row for event in events[:-1])
    assert isinstance(events[-1], Measured)
    rows = events[-1].result["rows"]
    assert rows[0]["scale"] == 2.0**24
    assert rows[0]["skipped"]
    assert not rows[-1]["skipped"] or any(not row["skipped"] for row in rows)
    for row, following in itertools.pairwise(rows):
        assert row["next_scale"] == following["scale"]
        assert row["skipped"] == (row["next_scale"] < row["scale"])
        assert row["skipped"] == bool(row["nonfinite"])
        assert row["stages"] == [["backward", "READY"], ["unscale_", "UNSCALED"], ["step", "STEPPED"], ["update", "READY"]]
    assert {found["parameter"] for found in rows[0]["nonfinite"]} <= {"linear.weight", "linear.bias"}
    assert any(row["next_scale"] == 2 * row["scale"] for row in rows)
    assert events[-1].result["skipped"] == sum(row["skipped"] for row in rows)
    assert all(torch.equal(value, before[name]) for name, value in subject.network.state().items())
    written(events[-1].result["reason"])


def test_the_gradient_norm_is_the_unscaled_one(subject):
    row = next(iter(record_scaler(subject, 1))).row
    loss = F.cross_entropy(subject.module(subject.inputs), subject.labels)
    gradients = torch.autograd.grad(loss, list(subject.module.parameters()))
    assert row["gradient_norm"] == pytest.approx(float(torch.nn.utils.get_total_norm(gradients)), rel=0.01)
    assert row["loss"] == pytest.approx(loss.item(), rel=0.01)


def test_a_scale_that_never_fits_is_told(subject):
    result = list(record_scaler(subject, 2, init_scale=2.0**100))[-1].result
    assert result["skipped"] == 2
    assert "bench.scaler_never" in {said["key"] for said in result["reason"]}
    written(result["reason"])


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"steps": 0}, InputError),
        ({"steps": 10**4}, LimitError),
        ({"init_scale": 0}, InputError),
        ({"init_scale": math.nan}, InputError),
        ({"init_scale": "2"}, InputError),
        ({"growth_interval": 0}, InputError),
        ({"growth_factor": 1}, InputError),
        ({"backoff_factor": 1.0}, InputError),
    ],
)
def test_no_such_settings(subject, wish, error):
    with pytest.raises(error):
        next(record_scaler(subject, **{"steps": 2, **wish}))


def test_another_torch_that_hides_its_stages_is_said(subject, monkeypatch):
    monkeypatch.setattr(scaler_module, "PRIVATE", ("_no_such_name",))
    with pytest.raises(UnsupportedError, match="_no_such_name"):
        next(record_scaler(subject, 1))


def test_exponents_are_those_of_numpy(subject):
    before = subject.network.state()
    found = gradient_exponents(subject)
    assert all(torch.equal(value, before[name]) for name, value in subject.network.state().items())
    loss = F.cross_entropy(subject.module(subject.inputs), subject.labels)
    gradients = torch.autograd.grad(loss, list(subject.module.parameters()))
    values = np.abs(torch.cat([gradient.flatten() for gradient in gradients]).numpy())
    present = values[values > 0]
    assert found["elements"] == values.size
    assert found["zeros"] == values.size - present.size
    exponents, counts = np.unique(np.floor(np.log2(present.astype(np.float64))), return_counts=True)
    own = {place: count for place, count in zip(found["bins"], found["counts"], strict=True) if count}
    assert own == dict(zip(exponents.astype(int).tolist(), counts.tolist(), strict=True))
    assert np.sum([parameter["counts"] for parameter in found["parameters"]], axis=0).tolist() == found["counts"]


def test_scaling_moves_gradients_into_the_range_of_fp16(subject):
    found = gradient_exponents(subject)
    assert found["ranges"]["float16"] == {"smallest_subnormal": -24, "smallest_normal": -14, "largest": math.log2(65504)}
    scales = {entry["scale"]: entry for entry in found["scales"]}
    assert sorted(scales) == list(range(25))
    for dtype in DTYPES:
        shares = [scales[scale][dtype] for scale in range(25)]
        assert [one["zero"] for one in shares] == sorted((one["zero"] for one in shares), reverse=True)
        assert [one["overflow"] for one in shares] == sorted(one["overflow"] for one in shares)
    assert scales[24]["float16"]["overflow"] > 0
    assert scales[0]["float8_e4m3fn"]["zero"] > scales[10]["float8_e4m3fn"]["zero"]
    assert all(entry["bfloat16"] == {"zero": 0, "subnormal": 0, "overflow": 0} for entry in scales.values())


@pytest.fixture(scope="module")
def mistakes():
    return {shown["mistake"]: shown for shown in show_mistakes()}


def test_the_code_that_is_shown_is_what_runs(mistakes, monkeypatch):
    """Run again as it is shown: the same happens."""
    assert list(mistakes) == [mistake.name for mistake in MISTAKES]
    for shown in mistakes.values():
        assert shown["wrong_lines"] in shown["code"]
        for code, happened in ((shown["code"], shown["happened"]), (shown["right_code"], shown["right_happened"])):
            names: dict = {}
            if happened["error"]:
                with pytest.raises(Exception, match=r".") as raised:
                    exec(code, names)
                assert f"{type(raised.value).__name__}: {raised.value}" == happened["error"]
            else:
                exec(code, names)
                assert {name: names[name] for name in happened["measured"]} == happened["measured"]


def test_each_mistake_has_its_effect_and_its_cure(mistakes):
    wrong = {name: shown["happened"] for name, shown in mistakes.items()}
    assert "unscale_() has already been called" in wrong["unscale_twice"]["error"]
    assert "step() has already been called" in wrong["step_twice"]["error"]
    assert "No inf checks" in wrong["update_without_step"]["error"]
    assert wrong["fp16_parameters"]["error"].startswith("ValueError: Attempting to unscale FP16")
    assert wrong["clip_before_unscale"]["measured"]["applied_norm"] == pytest.approx(0.1 / 65536, rel=1e-3)
    assert mistakes["clip_before_unscale"]["right_happened"]["measured"]["applied_norm"] == pytest.approx(0.1, rel=1e-3)
    assert wrong["scheduler_on_skipped"]["measured"] == {"learning_rate": 0.05, "weights_moved": 0.0}
    assert mistakes["scheduler_on_skipped"]["right_happened"]["measured"]["learning_rate"] == 0.1
    assert any("lr_scheduler" in text for text in wrong["scheduler_on_skipped"]["warnings"])
    for shown in mistakes.values():
        assert shown["right_happened"]["error"] == ""
        assert shown["right_happened"]["warnings"] == []
        assert words.text("zh", shown["explained"])


@pytest.mark.long
@pytest.mark.parametrize("model", ["Linear", "MLP"])
def test_the_script_records_the_same(model, limits, tmp_path):
    spec, batch = read_subject(model, 8, limits)
    script = BENCHMARKS["scaler"].script(spec, batch, read_settings({"steps": 6, "optimizer": "sgd"}, batch, limits))
    assert script == write_scaler_script(spec, batch, 6, "SGD") and "playground" not in script
    (tmp_path / "scaler.py").write_text(script, encoding="utf-8")
    command = [sys.executable, "-I", "scaler.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    theirs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.stdout.count("of the gradients become 0") == 4
    # The script's own batch, in the same model.
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(8, 1, 28, 28, generator=generator)
    labels = torch.randint(10, (8,), generator=generator)
    subject = replace(open_subject(spec, 8, limits), inputs=inputs, labels=labels)
    ours = list(record_scaler(subject, 6, optimizer="SGD"))[-1].result["rows"]
    for row, other in zip(ours, theirs, strict=True):
        for key in ("step", "scale", "next_scale", "skipped"):
            assert row[key] == other[key]
        assert row["loss"] == pytest.approx(other["loss"], rel=1e-2)
        assert [one["parameter"] for one in row["nonfinite"]] == other["nonfinite"]
