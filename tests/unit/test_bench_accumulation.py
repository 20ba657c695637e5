"""Accumulated gradients against those of the whole batch, and the traps."""

import pytest
import torch
from torch.nn import functional as F

from playground import words
from playground.bench.accumulation import measure_accumulation
from playground.bench.accumulation_gradients import accumulate, chunk_sizes, flat_gradient
from playground.bench.events import Measured, Progress
from playground.bench.subject import open_subject, read_subject
from playground.errors import InputError, LimitError

CODE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        x = x.flatten(1)
        return self.fc(F.dropout(x - x.mean(0), 0.5, self.training))
"""


def subject_of(model, batch, limits):
    spec, count = read_subject(model, batch, limits)
    return open_subject(spec, count, limits)


def written(result):
    said = [*result["reason"], *result["notes"], *(trap["explained"] for trap in result["traps"])]
    return [words.text(language, one["key"], **one["values"]) for language in words.LANGUAGES for one in said]


@pytest.fixture(scope="module")
def measured():
    from playground.limits import read_limits

    subject = subject_of("Fast", 30, read_limits(public=False, environment={}))
    before = subject.network.state()
    events = list(measure_accumulation(subject, [1, 2, 4, 8], 3.0))
    assert all(torch.equal(value, before[name]) for name, value in subject.network.state().items())
    assert subject.module.training
    return events


def test_equal_gradients_for_every_number_of_micro_batches(measured):
    assert all(isinstance(event, Progress) for event in measured[:-1])
    assert isinstance(measured[-1], Measured)
    rows = measured[-1].result["rows"]
    assert [(row["micro_batches"], row["samples"]) for row in rows] == [(1, 30), (2, 15), (4, 8), (8, 4)]
    assert rows[0]["gradient_error"] == 0
    assert all(0 < row["gradient_error"] < 5e-6 for row in rows[1:])


def test_micro_batches_save_memory(measured):
    rows = measured[-1].result["rows"]
    peaks = [row["peak_bytes"] for row in rows]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[-1] < peaks[0]
    assert all(row["step_seconds"] > 0 and row["repetitions"] >= 1 for row in rows)
    assert {said["key"] for said in measured[-1].result["reason"]} >= {
        "bench.accumulation_equal",
        "bench.accumulation_saves",
    }


def test_traps_are_large_and_their_cures_small(measured):
    traps = {trap["trap"]: trap for trap in measured[-1].result["traps"]}
    assert traps["unequal_last"]["gradient_error"] > 0.05
    assert traps["forgotten_division"]["norm_ratio"] == pytest.approx(4, rel=0.05)
    assert traps["batch_norm"]["gradient_error"] > 1e-3
    assert all(trap["fixed_error"] < 5e-6 for trap in traps.values())
    assert written(measured[-1].result)


def test_the_gradient_is_torchs_own(limits):
    subject = subject_of("Linear", 10, limits)
    sizes = chunk_sizes(10, 4)
    assert sizes == [3, 3, 2, 2]
    accumulate(subject, sizes, [size / 10 for size in sizes])
    own = flat_gradient(subject.module)
    loss = F.cross_entropy(subject.module(subject.inputs), subject.labels)
    gradients = torch.autograd.grad(loss, list(subject.module.parameters()))
    torch.testing.assert_close(own, torch.cat([one.flatten() for one in gradients]).double(), rtol=1e-4, atol=1e-6)


def test_a_model_whose_samples_know_each_other_is_told(limits):
    result = list(measure_accumulation(subject_of(CODE, 8, limits), [4], 1.0))[-1].result
    assert [row["micro_batches"] for row in result["rows"]] == [1, 4]
    assert result["rows"][1]["gradient_error"] > 1e-3
    assert result["reason"][0]["key"] == "bench.accumulation_unequal"
    batch_norm = next(trap for trap in result["traps"] if trap["trap"] == "batch_norm")
    assert batch_norm["gradient_error"] is None
    assert batch_norm["explained"]["key"] == "bench.trap_no_batch_norm"
    written(result)


def test_a_micro_batch_that_torch_refuses_has_a_row_that_says_so(limits):
    """BatchNorm1d takes no single sample in training."""
    rows = list(measure_accumulation(subject_of("MLP", 4, limits), [2, 4], 1.0))[-1].result["rows"]
    assert rows[1]["error"] is None
    assert rows[2]["step_seconds"] is None
    assert "more than 1 value" in words.text("en", rows[2]["error"]["key"], **rows[2]["error"]["values"])


def test_one_sample_has_no_traps(limits):
    assert list(measure_accumulation(subject_of("Linear", 1, limits), [1], 0.2))[-1].result["traps"] == []


@pytest.mark.parametrize(
    ("counts", "error", "text"),
    [
        ([0], InputError, "from 1 on"),
        ([2.5], InputError, "from 1 on"),
        (["2"], InputError, "from 1 on"),
        ([True], InputError, "from 1 on"),
        ([], InputError, "list"),
        ("1,2", InputError, "list"),
        ([9], LimitError, "8 samples"),
    ],
)
def test_no_such_micro_batches(limits, counts, error, text):
    with pytest.raises(error, match=text):
        next(measure_accumulation(subject_of("Linear", 8, limits), counts, 1.0))
