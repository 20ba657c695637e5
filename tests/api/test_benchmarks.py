"""/benchmark_… over HTTP: every key of the contract always there, numbers that are measured, refusals in words."""

from __future__ import annotations

import re

import pytest
from live_server import http

from playground.words import LANGUAGES

KEYS = {
    "benchmark_precision": "rows reason error",
    "benchmark_memory": "forecast measured timeline error",
    "benchmark_checkpointing": "rows error",
    "benchmark_accumulation": "rows error",
}
ROWS = {
    "benchmark_precision": "precision step_seconds spread_seconds peak_bytes saved_bytes speedup memory_ratio loss",
    "benchmark_checkpointing": "checkpointed_blocks peak_bytes step_seconds gradients_equal",
    "benchmark_accumulation": "micro_batches peak_bytes step_seconds gradient_error",
}
# By plain HTTP every value has to be given.
DEFAULTS = {
    "benchmark_precision": (3,),
    "benchmark_memory": ("adam",),
    "benchmark_checkpointing": (),
    "benchmark_accumulation": ([1, 2, 4, 8],),
}
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_precision_tells_rows_and_the_reason_in_the_language(server, language):
    answer = server.call("benchmark_precision", "Linear", 8, 3, language=language)
    assert set(KEYS["benchmark_precision"].split()) <= set(answer) and answer["error"] is None, answer
    first = answer["rows"][0]
    assert first["precision"] == "fp32" and first["speedup"] == 1.0 and first["step_seconds"] > 0 and first["peak_bytes"] > 0
    assert all(set(ROWS["benchmark_precision"].split()) <= set(row) for row in answer["rows"])
    assert bool(CHINESE.search(answer["reason"])) == (language == "zh")


def test_memory_gives_forecast_and_measurement_under_the_same_keys(server):
    answer = server.call("benchmark_memory", "MLP", 16, "adam")
    assert answer["error"] is None, answer
    kinds = {"parameters", "gradients", "optimizer", "activations"}
    assert kinds <= set(answer["forecast"]) and kinds <= set(answer["measured"]) and len(answer["timeline"]) > 5
    assert answer["measured"]["optimizer"] == pytest.approx(2 * answer["measured"]["parameters"], rel=0.1)


@pytest.mark.parametrize("name", ["benchmark_checkpointing", "benchmark_accumulation"])
def test_the_rows_of_the_others(server, name):
    answer = server.call(name, "MLP", 16, *DEFAULTS[name])
    assert answer["error"] is None, answer
    assert answer["rows"] and all(set(ROWS[name].split()) <= set(row) for row in answer["rows"])


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (("MNISTNett", 8), "input"),
        (("Linear", 0), "input"),
        (("Linear", -3), "input"),
        (("Linear", 2.5), "input"),
        (("Linear", "many"), "input"),
        (("Linear", 10**9), "limit"),
        (("", 8), "input"),
        ((None, 8), "input"),
        (("model = nn.Flatten()", 8), "input"),
        (("import os\nmodel = nn.Linear(784, 10)", 8), "refused"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refusals_keep_every_key(server, name, data, kind):
    for language in LANGUAGES:
        answer = server.call(name, *data, *DEFAULTS[name], language=language)
        assert set(KEYS[name].split()) <= set(answer)
        assert answer["error"] and answer["error"]["kind"] == kind, answer["error"]
        assert bool(CHINESE.search(answer["error"]["message"])) == (language == "zh")


@pytest.mark.parametrize("micro_batches", [[], [0], [1, 999], "two", [1.5], [True], list(range(1, 20))])
def test_bad_micro_batches(server, micro_batches):
    answer = server.call("benchmark_accumulation", "Linear", 8, micro_batches)
    assert answer["error"]["kind"] in ("input", "limit") and answer["rows"] == []


@pytest.mark.parametrize("path", ["0" * 32, "..%2f..%2fruns", "x", "%00"])
def test_traces_that_nobody_was_given(server, path):
    assert http(f"{server.url}/benchmarks/{path}/trace.json.gz")[0] == 404


def test_a_model_that_does_not_fit_is_refused_with_its_forecast(server):
    """Ten thousand samples of a wide network: hundreds of gigabytes, of which nothing is allocated."""
    wide = "nn.Sequential(nn.Flatten(), nn.Linear(784, 60000), nn.ReLU(), nn.Linear(60000, 1500), nn.Linear(1500, 10))"
    answer = server.call("benchmark_memory", wide, 10_000, "adam")
    assert answer["error"]["kind"] == "limit", answer["error"]
    assert "GB" in answer["error"]["message"] or "MB" in answer["error"]["message"]
