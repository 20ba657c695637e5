"""The roofline: kernels and copies that are really timed, and a model's step with its operations counted."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
import torch

from playground import words
from playground.bench import device_timing
from playground.bench.device_timing import explain_race, on_device, time_both_ways
from playground.bench.roofline import COPY_BYTES, MATRIX_SIZES, _reason, measure_devices, time_call, write_devices_script
from playground.bench.subject import open_subject, read_subject
from playground.devices import list_devices
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
    assert 0.002 < time_call(lambda: time.sleep(0.002), torch.device("cpu")) < 0.1


class Queue:
    """A device that is only told what to do, and does it when it is waited for."""

    def __init__(self, seconds: float):
        self.seconds, self.waiting = seconds, 0

    def work(self) -> None:
        self.waiting += 1

    def synchronize(self, device: torch.device) -> None:
        time.sleep(self.seconds * self.waiting)
        self.waiting = 0


def test_a_device_that_is_not_waited_for_looks_fast(monkeypatch):
    queue = Queue(0.01)
    monkeypatch.setattr(device_timing, "synchronize", queue.synchronize)
    times = time_both_ways(queue.work, torch.device("cpu"))
    assert times["unsynchronised_seconds"] < 0.002
    assert times["synchronised_seconds"] > 0.0099 and times["first_seconds"] > 0.0099
    assert not queue.waiting, "nothing is left to the next measurement"


def race_rows(cpu, gpu, hasty):
    keys = ("first_seconds", "unsynchronised_seconds", "synchronised_seconds")
    return [
        {"device": device, "kind": kind, **dict(zip(keys, times, strict=True))}
        for kind in ("matmul", "step")
        for device, times in (("cuda:0", (0.5, hasty, gpu)), ("cpu", (cpu, cpu, cpu)))
    ]


@pytest.mark.parametrize(
    ("gpu", "hasty", "keys"),
    [
        (0.01, 1e-5, ["race_matmul", "race_hasty", "race_step", "race_hasty"]),
        (2.0, 1.9, ["race_matmul_slower", "race_busy", "race_step_slower", "race_busy"]),
    ],
)
def test_a_race_is_told_from_its_times(gpu, hasty, keys):
    said = explain_race(race_rows(1.0, gpu, hasty), 5000)
    assert [one["key"].removeprefix("bench.") for one in said] == keys
    if hasty < gpu / 2:
        assert said[0]["values"]["times"] == "100.0" and said[1]["values"]["claimed"] == "100000.0"
    for language in words.LANGUAGES:
        assert all(words.text(language, one["key"], **one["values"]) for one in said)


def test_a_machine_says_how_its_devices_race(found):
    race = found["race"]
    devices = [device.name for device in list_devices()]
    assert [(row["kind"], row["device"]) for row in race["rows"]] == [(k, d) for k in ("matmul", "step") for d in devices]
    assert all(row["synchronised_seconds"] > 0 and row["first_seconds"] > 0 for row in race["rows"])
    keys = {one["key"] for one in race["reason"]}
    assert ("bench.race_alone" in keys) == (devices == ["cpu"])


def test_the_model_is_back_after_the_race():
    subject = open_subject(*read_subject("MLP", 4, LIMITS), LIMITS)
    before = subject.network.state()
    with on_device(subject, torch.device("cpu")) as there:
        assert there.inputs.device == subject.device
        subject.call(lambda: there.loss().backward())
    assert all(one.grad is None for one in subject.module.parameters())
    assert all(torch.equal(before[name], one) for name, one in subject.module.named_parameters())


@pytest.mark.long
def test_the_script_measures_this_machine(tmp_path):
    spec, _ = read_subject("Linear", 4, LIMITS)
    (tmp_path / "devices.py").write_text(write_devices_script(spec), encoding="utf-8")
    command = [sys.executable, "-I", "devices.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=True)
    assert [int(size) for size in re.findall(r"^matmul +(\d+): +[\d.]+ GFLOP/s$", done.stdout, re.M)] == list(MATRIX_SIZES)
    assert len(re.findall(r"^copy +[\d,]+ bytes: +[\d.]+ GB/s$", done.stdout, re.M)) == len(COPY_BYTES)
    cpu = re.search(
        r"^cpu \d+x\d+: first ([\d.]+) ms, without waiting ([\d.]+) ms, with waiting ([\d.]+) ms", done.stdout, re.M
    )
    # The same product is done when the call comes back: both clocks are of one kind.
    assert cpu and 0.2 < float(cpu[2]) / float(cpu[3]) < 5
