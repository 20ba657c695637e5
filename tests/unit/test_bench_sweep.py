"""The sweep over batch sizes and widths: wider models that fit together, cells within the time, sentences that follow."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from playground import words
from playground.bench.benchmarks import BENCHMARKS, read_settings
from playground.bench.events import Measured, Progress
from playground.bench.precision_steps import Trainer
from playground.bench.precision_sweep import measure_sweep, sweep_batches, sweep_precision, sweep_widths
from playground.bench.subject import open_subject, read_subject
from playground.bench.sweep_reason import explain_sweep
from playground.bench.sweep_script import write_sweep_script
from playground.bench.widths import widen
from playground.errors import InputError, LimitError, PlaygroundError
from playground.models import PRESETS, ModelSpec, build_model
from playground.models.presets import layer

CODE = "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"
LINE = re.compile(r"^width x(\d+)  batch +(\d+)  fp32 +([\d.]+) ms +1\.00 x  bf16 +([\d.]+) ms +([\d.]+) x", re.MULTILINE)
PARAMETERS = re.compile(r"^width x(\d+): (\d+) parameters$", re.MULTILINE)


def subject_of(model, batch, limits):
    return open_subject(*read_subject(model, batch, limits), limits)


def written(reason):
    return [words.text(language, said["key"], **said["values"]) for language in words.LANGUAGES for said in reason]


def count(spec):
    with torch.device("meta"):
        return sum(one.numel() for one in build_model(spec).parameters())


@pytest.mark.parametrize("name", PRESETS)
def test_a_wider_model_is_really_wider(name):
    spec = PRESETS[name].spec
    wider = widen(spec, 2)
    if name == "Linear":
        assert wider is None, "nothing lies between its layers"
        return
    assert 1.9 < count(wider) / count(spec) < 4.1
    images = torch.zeros(2, *spec.input_shape)
    assert build_model(wider)(images).shape == build_model(spec)(images).shape
    assert count(widen(spec, 4)) > count(wider)


def test_what_cannot_be_widened_stays_as_it_is():
    assert widen(ModelSpec("", code=CODE), 2) is None
    # The sum of a Residual that ends in what was typed for another width.
    odd = ModelSpec("Odd", (layer("Flatten"), layer("Unflatten", dim=1, unflattened_size=(1, 784)),
                            layer("Conv1d", out_channels=3, kernel_size=1), layer("Flatten"),
                            layer("Unflatten", dim=1, unflattened_size=(3, 784)), layer("Flatten"),
                            layer("Linear", out_features=10)))  # fmt: skip
    assert widen(odd, 2) is None
    assert sweep_widths(odd) == [1]


def test_the_batches_lie_around_the_chosen_one():
    assert sweep_batches(64, 10**6) == [4, 16, 64, 256]
    assert sweep_batches(1, 10**6) == [1, 4]
    assert sweep_batches(1000, 1000) == [62, 250, 1000]


@pytest.fixture(scope="module")
def measured():
    from playground.limits import read_limits

    limits = read_limits(public=False, environment={})
    return list(measure_sweep(subject_of("MLP", 8, limits), 4.0, "SGD", limits))


@pytest.mark.long
def test_every_size_has_a_row_in_every_precision(measured):
    assert all(isinstance(event, Progress) for event in measured[:-1])
    assert isinstance(measured[-1], Measured)
    rows = measured[-1].result["rows"]
    sizes = [(width, batch) for width in (1, 2, 4) for batch in (1, 2, 8, 32)]
    assert [(row["width"], row["batch_size"], row["precision"]) for row in rows] == [
        (*size, precision) for size in sizes for precision in ("fp32", "bf16", "fp16")
    ]
    for row in rows:
        # BatchNorm wants more than one sample, in every precision.
        assert (row["left_out"] is not None) == (row["step_seconds"] is None)
        if row["batch_size"] == 1:
            assert row["left_out"]["key"] == "bench.precision_refused"
        if row["precision"] == "fp32" and row["step_seconds"]:
            assert row["speedup"] == 1
    # However busy the machine is.
    assert {row["precision"] for row in rows if row["step_seconds"]} == {"fp32", "bf16", "fp16"}
    streamed = {(e.row["width"], e.row["batch_size"], e.row["precision"]) for e in measured[:-1] if e.row}
    assert {(r["width"], r["batch_size"], r["precision"]) for r in rows if r["step_seconds"]} <= streamed
    assert [event.done for event in measured[:-1]] == sorted(event.done for event in measured[:-1])
    assert written(measured[-1].result["reason"])


def test_a_speedup_is_the_ratio_of_steps_side_by_side(limits, monkeypatch):
    """With a clock of our own: bf16 twice as fast, fp16 four times as slow, at every size."""
    factors = {"fp32": 1.0, "bf16": 0.5, "fp16": 4.0}
    monkeypatch.setattr(Trainer, "step", lambda self: (1e-3 * factors[self.precision.name], 0.0))
    result = list(sweep_precision(lambda width, batch: subject_of("Linear", batch, limits), [2, 4], [1, 2], 5.0))[-1].result
    assert {row["precision"]: row["speedup"] for row in result["rows"]} == {"fp32": 1.0, "bf16": 2.0, "fp16": 0.25}
    assert {row["verdict"] for row in result["rows"]} == {"same", "much_faster", "much_slower"}
    assert result["reason"][0]["key"] == "bench.sweep_everywhere"


def test_what_takes_too_long_is_left_out_and_the_rest_is_measured(limits, monkeypatch):
    """Nothing sleeps: only the cells' cost, by what smaller ones took, decides."""
    monkeypatch.setattr(
        Trainer, "step", lambda self: (len(self.subject.inputs) * (1 if self.precision.scaled else 0.01), 0.0)
    )
    events = sweep_precision(lambda width, batch: subject_of("Linear", batch, limits), [1, 4, 16], [1], 15.0)
    result = list(events)[-1].result
    rows = {(row["batch_size"], row["precision"]): row for row in result["rows"]}
    assert rows[1, "fp16"]["speedup"] == pytest.approx(0.01)
    assert rows[16, "bf16"]["speedup"] == 1
    assert rows[4, "fp16"]["left_out"] == {"key": "bench.sweep_too_slow", "values": {"seconds": 4.0}}
    assert rows[16, "fp16"]["left_out"]["values"]["seconds"] == 16.0
    assert "bench.sweep_left_out" in [said["key"] for said in result["reason"]]
    written(result["reason"])


def test_a_precision_that_torch_refuses_does_not_stop_the_others(limits, monkeypatch):
    original = Trainer._step

    def refuse(self):
        if self.precision.scaled:
            raise RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'")
        return original(self)

    monkeypatch.setattr(Trainer, "_step", refuse)
    result = list(sweep_precision(lambda width, batch: subject_of("Linear", batch, limits), [2], [1], 2.0))[-1].result
    fp32, bf16, fp16 = result["rows"]
    assert fp32["step_seconds"] and bf16["speedup"] and fp16["speedup"] is None
    assert "not implemented for 'Half'" in words.text("en", fp16["left_out"]["key"], **fp16["left_out"]["values"])
    assert "bench.sweep_none" in [said["key"] for said in result["reason"]]
    written(result["reason"])


def test_a_width_that_does_not_fit_is_left_out_with_its_forecast(limits, monkeypatch):
    monkeypatch.setattr(Trainer, "step", lambda self: (1e-3, 0.0))
    tight = replace(limits, job_memory_bytes=8_000_000)
    result = list(measure_sweep(subject_of("MLP", 8, limits), 2.0, "AdamW", tight))[-1].result
    reasons = {row["width"]: row["left_out"] for row in result["rows"] if row["batch_size"] == 8}
    assert reasons[1] is None
    assert reasons[4]["key"] == "bench_memory.too_large"
    assert "MB" in words.text("en", reasons[4]["key"], **reasons[4]["values"])


def test_a_model_that_never_runs_is_an_error(limits):
    with pytest.raises(PlaygroundError):
        list(sweep_precision(lambda width, batch: subject_of("MLP", batch, limits), [1], [1], 1.0))


def rows_of(precision, *speeds):
    return [{"precision": precision, "width": w, "batch_size": b, "speedup": s, "left_out": None} for w, b, s in speeds]


@pytest.mark.parametrize(
    ("speeds", "keys"),
    [
        ([(1, 4, 0.9), (1, 8, 1.0)], ["nowhere", "units_unused"]),
        ([(1, 4, 1.2), (1, 8, 1.4)], ["everywhere"]),
        ([(1, 4, 0.9), (1, 8, 1.0), (4, 4, 0.9), (4, 8, 1.4)], ["from", "not_at", "best", "worst"]),
        ([(1, 4, 1.3), (1, 8, 1.0)], ["only_at", "best", "worst"]),
    ],
)
def test_the_sentences_follow_from_the_cells(speeds, keys):
    said = explain_sweep(rows_of("bf16", *speeds), {"fp32": True, "bf16": True})
    assert [one["key"].removeprefix("bench.sweep_") for one in said] == keys
    if keys[0] == "from":
        assert said[0]["values"] == {"precision": "bf16", "width": 4, "batch": 8}
    written(said)


def test_the_device_says_what_was_to_be_expected():
    for speed, key in ((0.5, "without_units"), (1.5, "against_units")):
        said = explain_sweep(rows_of("fp16", (1, 4, speed)), {"fp32": True, "fp16": False})
        assert said[-1]["key"] == f"bench.sweep_{key}"
        written(said)


@pytest.mark.parametrize(("batches", "widths"), [([0], [8]), ([1], ["x"]), ([], [8]), (range(1, 70), [1])])
def test_no_such_sizes(limits, batches, widths):
    with pytest.raises((InputError, LimitError)):
        next(sweep_precision(lambda width, batch: subject_of("Linear", batch, limits), batches, widths, 1.0))


@pytest.mark.long
def test_the_script_sweeps_the_same_sizes(limits, tmp_path):
    spec = PRESETS["SmallResNet"].spec
    script = write_sweep_script(spec, 4, "SGD", limits)
    assert script.count("class Residual(") == 1 and "playground" not in script
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    parameters = {int(width): int(number) for width, number in PARAMETERS.findall(done.stdout)}
    assert parameters == {1: count(spec), **{width: count(widen(spec, width)) for width in (2, 4)}}
    lines = LINE.findall(done.stdout)
    assert {(int(line[0]), int(line[1])) for line in lines} <= {(w, b) for w in (1, 2, 4) for b in sweep_batches(4, 99)}
    assert lines
    for _, _, fp32, bf16, speedup in lines:
        assert float(speedup) == pytest.approx(float(fp32) / float(bf16), abs=0.02)


def test_the_entry_has_a_script_for_code_and_lists(limits):
    for spec in (PRESETS["ViT"].spec, ModelSpec("", code=CODE)):
        script = BENCHMARKS["sweep"].script(spec, 8, read_settings({}, 8, limits))
        compile(script, "script.py", "exec")
        assert ("MODELS = {1: model}" in script) == bool(spec.code)
