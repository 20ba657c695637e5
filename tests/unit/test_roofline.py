"""The roofline: kernels and copies that are really timed, and a model's step with its operations counted."""

from __future__ import annotations

import ast

import pytest
import torch

from playground.bench.roofline import _reason, measure_devices, time_call, write_devices_script
from playground.bench.subject import open_subject, read_subject
from playground.limits import read_limits

LIMITS = read_limits(public=False, environment={})


@pytest.fixture(scope="module")
def found():
    spec, batch = read_subject("MLP", 8, LIMITS)
    events = [event.to_json() for event in measure_devices(open_subject(spec, batch, LIMITS), 2.0)]
    assert [event["type"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    return events[-1]["result"]


def test_the_roof_is_the_fastest_kernel_and_the_copies_beyond_the_caches(found):
    roof = found["roofs"][-1]
    alike = [row for row in found["kernels"] if (row["device"], row["dtype"]) == (roof["device"], roof["dtype"])]
    assert roof["flops_per_second"] == max(row["flops_per_second"] for row in alike) > 1e8
    assert roof["bytes_per_second"] == found["copies"][-1]["bytes_per_second"] > 1e7


def test_the_operations_of_a_step_are_those_of_its_matrix_products(found):
    """Forward, the weights' gradients, and the inputs' gradients of all layers but the first."""
    spec, _ = read_subject("MLP", 8, LIMITS)
    model = open_subject(spec, 8, LIMITS).module
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    products = [2 * 8 * layer.weight.numel() for layer in layers]
    assert found["model"]["flops"] == 3 * sum(products) - products[0]
    assert found["model"]["flops_per_second"] == pytest.approx(found["model"]["flops"] / found["model"]["step_seconds"])


def test_threads_are_swept_and_put_back(found):
    assert found["threads"][0]["threads"] == 1
    before = torch.get_num_threads()
    spec, _ = read_subject("Linear", 4, LIMITS)
    list(measure_devices(open_subject(spec, 4, LIMITS), 0.5))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("intensity", "speed", "key"),
    [(20, 8e9, "compute"), (20, 1e9, "far_compute"), (0.5, 8e8, "memory"), (0.5, 1e8, "far_memory")],
)
def test_the_verdict_follows_the_measurement(intensity, speed, key):
    """A machine of 10 GFLOP/s and 2 GB/s: arithmetic sets the limit from 5 operations per byte on."""
    roof = {"flops_per_second": 10e9, "bytes_per_second": 2e9}
    model = {"intensity": intensity, "flops_per_second": speed, "roof": min(10e9, intensity * 2e9)}
    told = _reason(model, [{"threads": 1, "step_seconds": 2.0}, {"threads": 2, "step_seconds": 1.0}], [roof])
    assert [one["key"] for one in told] == ["bench.roof_share", f"bench.roof_{key}", "bench.threads_best"]
    assert told[-1]["values"] == {"count": 2, "times": "2.00"}


def test_a_call_is_timed_alone():
    import time

    assert 0.002 < time_call(lambda: time.sleep(0.002), torch.device("cpu")) < 0.1


def test_the_script_is_a_program():
    spec, _ = read_subject("Linear", 4, LIMITS)
    ast.parse(write_devices_script(spec))
