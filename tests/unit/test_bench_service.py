"""Benchmarks through the service: one at a time, followed, stopped, kept, and each visitor's own."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from playground.bench.service import own_model, told
from playground.errors import BusyError, InputError, NotFoundError
from playground.limits import read_limits
from playground.services import Services
from playground.training.events import stored_error

NET = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    limits = replace(read_limits(public=True, environment={}), benchmarks_kept=4, benchmark_repeat_seconds=2.0)
    services = Services(limits, tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def follow(services: Services, benchmark_id: str, language: str = "en") -> tuple[list[dict], dict]:
    """All its events, and the last answer."""
    events: list[dict] = []
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        answer = services.benchmarks.read(benchmark_id, len(events), language)
        events += answer["events"]
        if answer["state"] in ("done", "failed", "stopped"):
            return events, answer
        time.sleep(0.02)
    raise AssertionError("it did not end")


def start(services, name="devices", visitor="anna", **wish):
    wish = {"model": "Linear", "batch_size": 4, "steps": 2, **wish}
    return services.benchmarks.start(name, wish, visitor, attended=False)


def test_a_benchmark_is_followed_and_its_record_kept(services):
    benchmark_id = start(services, "precision")
    events, answer = follow(services, benchmark_id, "zh")
    assert answer["state"] == "done" and events and all("……" in event["doing"] or event["doing"] for event in events)
    record = answer["record"]
    assert record["result"]["rows"][0]["precision"] == "fp32" and record["environment"]["torch"] and "visitor" not in record
    assert all(isinstance(sentence, str) for sentence in record["result"]["reason"])
    compile(record["script"], "benchmark.py", "exec")
    assert services.benchmarks.newest("precision", "anna", "zh")["id"] == benchmark_id
    assert services.benchmarks.newest("precision", "ben", "zh") is None
    assert json.dumps(record)


@pytest.mark.long
def test_the_same_measurement_again_knows_the_classes_of_the_first(services):
    record = follow(services, start(services, "precision", visitor="fay"))[1]["record"]
    wish = {"model": "Linear", "batch_size": 4, "steps": 2}
    earlier = services.benchmarks._earlier("precision", "fay", wish)
    assert earlier == {row["precision"]: row["verdict"] for row in record["result"]["rows"] if row["verdict"]}
    for name, visitor, other in (("precision", "gus", {}), ("precision", "fay", {"batch_size": 8}), ("memory", "fay", {})):
        assert services.benchmarks._earlier(name, visitor, {**wish, **other}) == {}


@pytest.mark.long
def test_two_at_once_wait_for_each_other(services):
    first, second = start(services), start(services, visitor="ben")
    answer = services.benchmarks.read(second, 0, "en")
    assert answer["state"] == "queued" and answer["place"] == 1
    assert follow(services, first)[1]["state"] == follow(services, second)[1]["state"] == "done"
    begun = [services.benchmarks.newest("devices", visitor, "en")["created"] for visitor in ("anna", "ben")]
    assert begun == sorted(begun)


def test_a_stop_ends_it_and_keeps_nothing(services):
    benchmark_id = start(services, visitor="carla")
    time.sleep(0.3)
    assert services.benchmarks.stop(benchmark_id)
    assert follow(services, benchmark_id)[1]["state"] == "stopped"
    assert services.benchmarks.newest("devices", "carla", "en") is None
    assert not services.benchmarks.stop(benchmark_id)


def test_what_a_page_has_started_is_found_again_until_it_ends(services):
    going = services.benchmarks.going
    wish = {"model": "Linear", "batch_size": 4, "steps": 2}
    mine = services.benchmarks.start("devices", wish, "hugo", attended=True)
    waiting = services.benchmarks.start("memory", wish, "hugo", attended=True)
    assert (going("devices", "hugo"), going("memory", "hugo")) == (mine, waiting)
    assert going("precision", "hugo") is None and going("devices", "anna") is None and going("devices", "") is None
    services.benchmarks.stop(mine)
    assert going("devices", "hugo") is None
    assert follow(services, waiting)[1]["state"] == "done" and going("memory", "hugo") is None
    program = start(services, visitor="hugo")  # of the API: whoever started it waits for it
    assert going("devices", "hugo") is None and services.benchmarks.stop(program)


def test_code_is_measured_behind_the_walls(services):
    assert follow(services, start(services, "precision", model=NET))[1]["state"] == "done"
    loops = NET.replace("return self.fc", "while True: pass\n        return self.fc")
    answer = follow(services, start(services, "precision", model=loops))[1]
    assert answer["state"] == "failed" and answer["error"]["message"]


@pytest.mark.long
def test_old_records_go(services):
    ids = [follow(services, start(services, "precision", visitor="dora"))[1]["record"]["id"] for _ in range(5)]
    deadline = time.monotonic() + 60
    folder = services.home / "benchmarks"
    while len(list(folder.glob("*.json"))) > 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(list(folder.glob("*.json"))) <= 4 and (folder / f"{ids[-1]}.json").exists()


def test_what_cannot_be_measured_is_refused_before_it_waits(services):
    for wish, error in (
        ({"model": "Lineaar"}, (NotFoundError, InputError)),
        ({"batch_size": 0}, InputError),
        ({"steps": "many"}, InputError),
        ({"optimizer": "Adamm"}, InputError),
    ):
        with pytest.raises(error):
            start(services, **wish)
    with pytest.raises((NotFoundError, InputError)):
        start(services, "speeed")
    for unknown in ("0" * 32, None, 7, "../../etc/passwd"):
        with pytest.raises(NotFoundError):
            services.benchmarks.read(unknown, 0, "en")


def test_a_visitor_has_so_many_waiting(services):
    ids = [start(services, visitor="emil") for _ in range(3)]
    with pytest.raises(BusyError):
        start(services, visitor="emil")
    for one in ids:
        services.benchmarks.stop(one)
        follow(services, one)


@pytest.mark.long
@pytest.mark.parametrize("model", ["Linear", NET], ids=["list", "code"])
def test_a_profile_has_a_trace_until_its_record_goes(services, model):
    folder = services.home / "benchmarks"
    benchmark_id = start(services, "profiler", "gerd", model=model)
    events, answer = follow(services, benchmark_id)
    assert answer["state"] == "done" and events, answer["error"]
    trace = services.benchmarks.traces.find(benchmark_id)
    assert answer["record"]["result"]["trace"]["bytes"] == trace.stat().st_size
    content = json.loads(gzip.decompress(trace.read_bytes()))
    assert "aten::addmm" in [event.get("name") for event in content["traceEvents"]]
    assert not (folder / "writing" / benchmark_id).exists()
    for _ in range(5):
        follow(services, start(services, "precision", visitor="gerd"))
    deadline = time.monotonic() + 60
    while trace.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(NotFoundError):
        services.benchmarks.traces.find(benchmark_id)


def test_a_profile_that_is_stopped_leaves_nothing(services):
    benchmark_id = start(services, "profiler", "hanna", model="MNISTNet", batch_size=256, steps=20)
    time.sleep(0.5)
    services.benchmarks.stop(benchmark_id)
    assert follow(services, benchmark_id)[1]["state"] == "stopped"
    deadline = time.monotonic() + 60
    written = services.home / "benchmarks" / "writing" / benchmark_id
    while written.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not written.exists()


def test_damaged_records_are_passed_over(services):
    folder = services.home / "benchmarks"
    folder.mkdir(exist_ok=True)
    (folder / f"{'a' * 32}.json").write_text("{")
    (folder / f"{'b' * 32}.json").write_text("[]")
    assert services.benchmarks.newest("memory", "nobody", "en") is None


def test_sentences_are_written_out_wherever_they_are():
    nested = {"rows": [{"why": {"key": "bench.doing_forecast", "values": {}}}], "number": 3}
    assert told(nested, "en") == {"rows": [{"why": "Forecasting the memory …"}], "number": 3}
    # So is an error that stands in a row, such as a size of a sweep that PyTorch refuses.
    part = InputError("bench.batch_size", got=0, least=1)
    row = {"left_out": stored_error(InputError("bench.precision_refused", precision="fp32", reason=part))}
    assert told(row, "en")["left_out"].startswith("PyTorch does not run this model in fp32 here: The batch size must be")
    assert told(row, "zh")["left_out"].startswith("PyTorch 在这里不能以 fp32")


def test_the_model_of_a_choice():
    assert own_model("MLP", "") == "MLP" and own_model("own", "nn.Linear(1, 1)") == "nn.Linear(1, 1)"
    for nothing in ("", None, 3):
        with pytest.raises(InputError):
            own_model("own", nothing)
