"""Precisions: the same start for each, figures that torch confirms, sentences that follow from the figures."""

import math
import random
import statistics
import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F

from playground import words
from playground.bench import precision
from playground.bench.events import Measured, Progress
from playground.bench.memory_step import count_saved
from playground.bench.peak import peak_bytes
from playground.bench.precision import measure_precision
from playground.bench.precision_entry import Probe, classify
from playground.bench.precision_reason import doubtful
from playground.bench.precision_steps import BF16, FP32, Trainer
from playground.bench.subject import open_subject, read_subject
from playground.errors import InputError, LimitError

CODE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""

WIDE = "nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))"


def subject_of(model, batch, limits):
    spec, count = read_subject(model, batch, limits)
    return open_subject(spec, count, limits)


def sentences(result):
    return [words.text(language, said["key"], **said["values"]) for language in words.LANGUAGES for said in result["reason"]]


@pytest.fixture(scope="module")
def measured():
    from playground.limits import read_limits

    limits = read_limits(public=False, environment={})
    subject = subject_of("Fast", 16, limits)
    before = subject.network.state()
    events = list(measure_precision(subject, 3, 6.0))
    assert all(torch.equal(value, before[name]) for name, value in subject.network.state().items())
    return subject, events


def test_it_ends_with_a_row_for_each_precision(measured):
    _, events = measured
    assert all(isinstance(event, Progress) for event in events[:-1])
    assert isinstance(events[-1], Measured)
    rows = events[-1].result["rows"]
    assert [row["precision"] for row in rows] == ["fp32", "bf16", "fp16"]
    assert {row["precision"] for event in events[:-1] if (row := event.row)} == {"fp32", "bf16", "fp16"}
    fp32, *others = rows
    assert fp32["speedup"] == 1
    assert fp32["verdict"] == "same"
    for row in others:
        assert row["error"] is None
        assert row["step_seconds"] > 0
        assert abs(row["loss_difference"]["first_step"]) < 0.05 * rows[0]["loss"] + 0.1
        assert row["verdict"] == classify(row["speedup"])
        assert row["saved_bytes"] < fp32["saved_bytes"]


def test_losses_are_those_of_a_plain_loop(measured):
    subject, events = measured
    row = events[-1].result["rows"][0]
    initial = subject.network.state()
    torch.manual_seed(0)
    optimizer = torch.optim.AdamW(subject.module.parameters(), lr=1e-3, weight_decay=0.0)
    for _ in range(row["steps"] + 1):
        loss = F.cross_entropy(subject.module(subject.inputs), subject.labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    subject.network.load(initial)
    assert row["loss"] == pytest.approx(loss.item(), rel=1e-5)


def test_operations_know_their_error(measured):
    table = measured[1][-1].result["operations"]
    found = {row["operation"]: row for row in table}
    convolution = found["convolution"]
    assert convolution["calls"] == 3
    assert convolution["fp32"]["dtype"] == "float32"
    assert convolution["bf16"]["dtype"] == "bfloat16"
    assert convolution["fp32"]["largest_error"] < 1e-5 < convolution["fp16"]["largest_error"]
    assert convolution["fp16"]["largest_error"] < convolution["bf16"]["largest_error"] < 0.05
    assert found["_to_copy"]["fp32"] is None


def test_every_sentence_is_written_in_both_languages(measured):
    result = measured[1][-1].result
    assert len(sentences(result)) >= 6
    keys = {said["key"] for said in result["reason"]}
    for row in result["rows"][1:]:
        assert ("bench.precision_no_units" in keys) == any(row["predicted_slow"] for row in result["rows"])


def test_a_learners_code_is_measured(limits):
    result = list(measure_precision(subject_of(CODE, 4, limits), 2, 3.0, "SGD"))[-1].result
    assert all(row["error"] is None for row in result["rows"])
    assert any(row["operation"] == "addmm" for row in result["operations"])


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        ("bf16", NotImplementedError('"addmm" not implemented')),
        ("fp16", RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'")),
    ],
)
def test_a_refused_precision_has_a_row_that_says_so(limits, monkeypatch, refused, error):
    subject = subject_of("Linear", 4, limits)

    def refuse(self):
        if self.precision.name == refused:
            raise error
        return original(self)

    original = Trainer._step
    monkeypatch.setattr(Trainer, "_step", refuse)
    result = list(measure_precision(subject, 1, 2.0))[-1].result
    rows = {row["precision"]: row for row in result["rows"]}
    row = rows.pop(refused)
    assert row["step_seconds"] is row["speedup"] is row["verdict"] is row["peak_bytes"] is None
    assert str(error) in words.text("en", row["error"]["key"], **row["error"]["values"])
    assert all(other["error"] is None and other["step_seconds"] > 0 for other in rows.values()), "the rest is measured"
    assert result["winner"] != refused
    sentences(result)


def test_what_is_too_slow_is_not_run(limits, monkeypatch):
    monkeypatch.setattr(precision._Contest, "_probe", lambda self, entry: Probe(2, 500.0, 50.0))
    subject = subject_of("Linear", 4, limits)
    result = list(measure_precision(subject, 1, 1.0))[-1].result
    for row in result["rows"]:
        if row["predicted_slow"]:
            assert row["error"]["key"] == "bench.precision_too_slow"
            assert row["cut_short"]
            assert row["loss"] is row["step_seconds"] is None
            assert row["verdict"] == "much_slower"
            assert row["samples"] == 2
    sentences(result)


@pytest.mark.parametrize(("steps", "error"), [(0, InputError), (1.5, InputError), ("3", InputError), (10**6, LimitError)])
def test_no_such_number_of_steps(limits, steps, error):
    with pytest.raises(error):
        next(measure_precision(subject_of("Linear", 2, limits), steps, 1.0))


def test_classes_are_symmetric():
    assert [classify(ratio) for ratio in (2, 1.2, 1.05, 1, 0.95, 0.8, 0.5)] == (
        "much_faster faster same same same slower much_slower".split()
    )
    assert doubtful([1.05, 1.15, 1.0, 1.2, 1.1])
    assert not doubtful([2.0, 2.1, 1.9, 2.05])


def test_peak_and_saved_bytes_are_those_of_the_tensors():
    weight = torch.zeros(256, 256, requires_grad=True)

    def work():
        a = torch.zeros(1000)
        b = torch.zeros(500)
        del a
        return b, torch.zeros(200)

    assert peak_bytes(work, torch.device("cpu"), lambda: [weight]) == 4 * (256 * 256 + 1500)
    x = torch.ones(8, 256)
    # The product saves x, the sine its argument; the weight itself does not count.
    layer = torch.nn.ParameterList([weight])
    assert count_saved(lambda: (x @ layer[0]).sin().sum(), layer)[0] == 4 * (8 * 256 + 8 * 256)


def test_autocast_can_save_more_than_fp32(limits):
    """The weight copies of a small batch outweigh its halved activations."""
    subject = subject_of(WIDE, 2, limits)
    sizes = {}
    for kind in (FP32, BF16):
        trainer = Trainer(subject, kind, "SGD", subject.network.state())
        trainer.begin()
        sizes[kind.name] = subject.call(lambda trainer=trainer: count_saved(trainer.forward, subject.module)[0])
    assert sizes["bf16"] > 5 * sizes["fp32"]


def test_a_class_holds_near_its_border():
    for border in (1.5, 1.1, 1 / 1.1, 1 / 1.5):
        low, high = classify(border * 0.99), classify(border * 1.01)
        assert low != high
        for speedup in (border * 0.97, border * 1.03):
            assert (classify(speedup, low), classify(speedup, high)) == (low, high)
        assert classify(border * 1.08, low) == high and classify(border * 0.92, high) == low
    assert classify(2.0, "much_slower") == "much_faster", "only at a border"


def test_near_a_border_nine_of_ten_agree():
    """Ten measurements whose speedups scatter by 2 % around each border, as those of a busy machine do."""
    generator = random.Random(0)
    for border in (1.5, 1.1, 1 / 1.1, 1 / 1.5):
        counts = []
        for _ in range(500):
            found = [classify(border * math.exp(generator.gauss(0, 0.02)))]
            while len(found) < 10:
                found.append(classify(border * math.exp(generator.gauss(0, 0.02)), found[-1]))
            counts.append(found.count(statistics.mode(found)) >= 9)
        assert statistics.mean(counts) > 0.9


def test_a_verdict_that_was_held_says_so(limits, monkeypatch):
    """bf16 is 1.08 times as fast: no clear difference, unless it has been faster before."""
    factors = {"fp32": 1.08, "bf16": 1.0, "fp16": 1.0}
    monkeypatch.setattr(Trainer, "step", lambda self: (1e-3 * factors[self.precision.name], 2.3))
    for earlier, verdict in ({}, "same"), ({"bf16": "faster"}, "faster"), ({"bf16": "much_slower"}, "same"):
        result = list(measure_precision(subject_of("Linear", 4, limits), 2, 2.0, "SGD", earlier))[-1].result
        row = next(row for row in result["rows"] if row["precision"] == "bf16")
        assert row["verdict"] == verdict
        held = [said for said in result["reason"] if said["key"] == "bench.precision_held"]
        assert bool(held) == (verdict == "faster")
        assert result["winner"] == ("bf16" if held else "fp32")
        sentences(result)


@pytest.mark.long
def test_ten_times_the_same_verdict():
    """Each in a process of its own, as the page runs it: the same winner, and the same class of each, nine times of ten."""
    program = (
        "from playground.limits import read_limits\n"
        "from playground.bench.subject import open_subject, read_subject\n"
        "from playground.bench.precision import measure_precision\n"
        "limits = read_limits(public=False, environment={})\n"
        "spec, count = read_subject('MNISTNet', 32, limits)\n"
        "result = list(measure_precision(open_subject(spec, count, limits), 3, 20.0))[-1].result\n"
        "print(result['winner'], *(row['verdict'] for row in result['rows']))\n"
    )
    found = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(10)
    ]
    assert found.count(statistics.mode(found)) >= 9, statistics.multimode(found) + sorted(found)
