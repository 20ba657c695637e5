"""Services: what the page, the API and the command line ask for, with real runs in real children."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from playground.errors import BusyError, InputError, NotFoundError, PlaygroundError, UnsupportedError
from playground.jobs.failures import error_of_event, translate
from playground.jobs.kinds import JOB_KINDS
from playground.limits import read_limits
from playground.services import Services
from playground.store import Runs
from playground.training.events import Failed

DEADLINE = 30.0
CONTRACT = {
    "step": {"step", "loss", "accuracy", "learning_rate", "gradient_norm", "images_per_second"},
    "epoch": {"step", "loss", "learning_rate", "epoch", "test_loss", "test_accuracy", "best"},
}


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    """One server for all tests: its fork server starts once. One training slot, as on two cores."""
    limits = replace(read_limits(public=False, environment={}), stop_grace_seconds=2.0, jobs_per_visitor=3)
    services = Services(limits, tmp_path_factory.mktemp("server"))
    yield services
    services.close()


@pytest.fixture
def wish(tiny_model) -> dict:
    return {"model": tiny_model, "train_size": 256, "batch_size": 64, "epochs": 2, "precision": "fp32", "threads": 1}


@pytest.fixture
def start(services, wish):
    """Starts runs of one visitor and stops them at the end of the test."""
    started = []

    def run(visitor: str = "anna", *, attended: bool = False, **more):
        started.append(services.training.start({**wish, **more}, visitor, attended=attended))
        return started[-1]

    yield run
    for entry in started:
        services.jobs.stop(entry.id)
    for entry in started:
        until(lambda entry=entry: services.jobs.find(entry.id) is None, "the end of the test's runs")


def until(condition, what: str = "it") -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.01)


def wait_for(services, run, event_type: str) -> None:
    def happened() -> bool:
        events = services.training.read_history(run.id, 0, "en")["events"]
        return any(event["type"] == event_type for event in events)

    until(happened, event_type)


def followed(services, run, since: object = 0, language: str = "en") -> list[dict]:
    return [event for part in services.training.follow(run.id, since, language) for event in part["events"]]


LONG = {"train_size": 60_000, "batch_size": 16, "epochs": 1000}


def test_a_run_is_followed_from_start_to_done(services, start):
    run = start()
    answers = list(services.training.follow(run.id, 0, "en"))
    events = [event for answer in answers for event in answer["events"]]
    json.dumps(answers, allow_nan=False)
    assert [event["type"] for event in events if event["type"] not in ("queued", "insight", "glance")] == [
        *("started", *["step"] * 4, "epoch", *["step"] * 4, "epoch", "done"),
    ]
    place = 0
    for answer in answers:
        assert set(answer) == {"events", "next"}
        place += len(answer["events"])
        assert answer["next"] == place
    for event in events:
        assert CONTRACT.get(event["type"], set()) <= set(event)
    assert services.training.state(run) == "done"
    assert followed(services, run) == events, "again, from the disk"
    assert followed(services, run, since=3) == events[3:]
    assert followed(services, run, since=3.0) == events[3:]
    assert followed(services, run, since=10**6) == []


def test_the_history_is_read_in_pieces(services, start, monkeypatch):
    run = start()
    followed(services, run)
    monkeypatch.setattr(services.training, "limits", replace(services.limits, follow_events=5))
    parts, place = [], 0
    while True:
        answer = services.training.read_history(run.id, place, "en")
        assert answer["next"] == place + len(answer["events"])
        assert answer["state"] == "done"
        if not answer["events"]:
            break
        parts.append(answer["events"])
        place = answer["next"]
    assert [len(part) for part in parts[:-1]] == [5] * (len(parts) - 1)
    monkeypatch.undo()
    assert [event for part in parts for event in part] == followed(services, run)


def test_many_follow_one_run(services, start):
    run = start(train_size=6000)
    seen: dict[int, list[dict]] = {}
    threads = [
        threading.Thread(target=lambda number=number: seen.update({number: followed(services, run)})) for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert len(seen) == 4
    assert all(events == run.log.read(0, 10_000) for events in seen.values())


def test_a_seed_gives_the_same_curve_in_every_child(services, start):
    one, other = followed(services, start(augment="course")), followed(services, start(augment="course"))
    curves = [[event["loss"] for event in events if event["type"] == "step"] for events in (one, other)]
    assert curves[0] == curves[1]
    assert len(curves[0]) == 8


def test_pause_resume_and_stop(services, start):
    run = start(**LONG)
    wait_for(services, run, "step")
    assert services.training.state(run) == "running"
    assert services.training.pause(run.id) is True
    assert services.training.state(run) == "paused"
    assert services.training.pause(run.id) is False
    assert services.training.resume(run.id) is True
    assert services.training.stop(run.id) is True
    events = followed(services, run)
    assert events[-1] == {"type": "stopped", "reason": "visitor"}
    assert {"paused", "resumed"} <= {event["type"] for event in events}
    assert services.training.state(run) == "stopped"
    assert services.training.stop(run.id) is False
    assert services.training.pause(run.id) is False
    assert run.weights().name == "last.safetensors"


def test_a_run_that_waits_can_be_stopped_and_has_no_weights(services, start, both):
    for number in range(JOB_KINDS["training"].slots(services.limits)):
        start(f"visitor {number}", **LONG)
    run = start()
    wait_for(services, run, "queued")
    assert services.training.state(run) == "queued"
    with pytest.raises(InputError, match="has no weights") as error:
        services.trained.evaluate(run.id)
    assert "没有权重" in both(error)
    assert services.training.stop(run.id) is True
    assert [event["type"] for event in followed(services, run)] == ["queued", "stopped"]
    with pytest.raises(InputError, match="has no weights"):
        services.predict_digit([[0, 1], [1, 0]], run.id)


def assert_evaluation(result: dict) -> None:
    assert {"accuracy", "loss", "per_digit", "confusion", "mistakes"} <= set(result)
    assert len(result["per_digit"]) == 10
    assert [len(row) for row in result["confusion"]] == [10] * 10
    assert sum(map(sum, result["confusion"])) == 10_000
    right = sum(result["confusion"][digit][digit] for digit in range(10))
    assert result["accuracy"] == pytest.approx(right / 10_000)
    for digit, row in enumerate(result["confusion"]):
        assert result["per_digit"][digit] == pytest.approx(row[digit] / sum(row))
    assert {"index", "label", "guess", "confidence"} <= set(result["mistakes"][0])
    json.dumps(result, allow_nan=False)


def test_the_evaluation_of_a_finished_run(services, start):
    run = start()
    events = followed(services, run)
    result = services.trained.evaluate(run.id)
    assert_evaluation(result)
    assert result["accuracy"] == events[-1]["test_accuracy"]


def test_the_evaluation_of_a_run_without_a_finished_epoch(services, start):
    run = start(**LONG)
    wait_for(services, run, "step")
    services.training.stop(run.id)
    followed(services, run)
    assert not (run.folder / "evaluation.json").exists()
    results: list[dict] = []
    askers = [
        threading.Thread(target=lambda: results.append(services.trained.evaluate(run.id)), daemon=True) for _ in range(2)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(DEADLINE)
    assert len(results) == 2, "two who ask at once both get their answer"
    assert results[0] == results[1]
    assert_evaluation(results[0])


def test_a_run_that_diverges_is_told_in_plain_json(services, start):
    layers = [{"type": "Flatten"}]
    for inputs, outputs in ((784, 32), (32, 32), (32, 10)):
        layers.append({"type": "Linear", "arguments": {"in_features": inputs, "out_features": outputs}})
    run = start(model=json.dumps({"layers": layers}), optimizer="SGD", learning_rate=100, momentum=0.9)
    events = followed(services, run)
    json.dumps(events, allow_nan=False)
    assert events[-1]["type"] == "done"
    assert any(event.get("loss") in ("nan", "inf") for event in events)
    json.dumps(services.trained.evaluate(run.id), allow_nan=False)


def test_a_digit_is_read_by_a_run(services, start):
    run = start(epochs=6, train_size=2000, learning_rate=0.01)
    followed(services, run)
    pixels = [[0] * 28 for _ in range(28)]
    for row in range(5, 23):
        pixels[row][13] = pixels[row][14] = 255
    result = services.predict_digit(pixels, run.id)
    assert {"digit", "confidence", "probabilities", "second", "seen", "milliseconds"} <= set(result)
    assert sum(result["probabilities"]) == pytest.approx(1)
    assert result["digit"] == 1
    assert result["second"]["digit"] != 1
    assert len(result["seen"]) == len(result["seen"][0]) == 28
    with pytest.raises(InputError):
        services.predict_digit([[0] * 28] * 28, run.id)


@pytest.mark.parametrize(
    ("wish", "error_type", "english", "chinese"),
    [
        ({"epoch": 1}, InputError, "does not know epoch", "不认识 epoch"),
        ('{"epochs": 1', InputError, "must be a JSON object", "配置应为 JSON 对象"),
        ("[" * 100_000, InputError, "must be a JSON object", "配置应为 JSON 对象"),
        ("[1]", InputError, "got [1]", "收到的是 [1]"),
        (7, InputError, "got 7", "收到的是 7"),
        ({"optimizer": "LBFGS", "accumulation": 2}, UnsupportedError, "it cannot add up 2 batches", "不能累积 2 批"),
        ({"model": "Netz"}, InputError, 'no model "Netz"', "没有名为"),
    ],
)
def test_a_bad_wish_starts_nothing(services, wish, error_type, english, chinese, both):
    with pytest.raises(error_type) as error:
        services.training.start(wish, "nobody", attended=False)
    assert english in both(error)
    assert chinese in both(error)
    assert services.runs.of_visitor("nobody") == []


@pytest.mark.parametrize("text", [None, "", "  ", "{}"])
def test_no_wish_is_the_fast_recipe(services, text):
    run = services.training.start(text, "default", attended=False)
    services.training.stop(run.id)
    assert run.config["recipe"] == run.config["model"] == "Fast"
    assert run.config["device"] == "auto"
    until(lambda: services.jobs.find(run.id) is None)


def test_a_visitor_with_too_many_jobs_leaves_no_run_behind(services, start, both):
    runs = [start("busy", **LONG) for _ in range(3)]
    with pytest.raises(BusyError, match="already have 3 jobs") as error:
        start("busy")
    assert "您已有 3 个任务" in both(error)
    assert sorted(run.id for run in services.runs.of_visitor("busy")) == sorted(run.id for run in runs)


@pytest.mark.parametrize("run_id", ["", "0" * 32, None, 7, ["a"], {"a": 1}])
def test_an_unknown_run_is_not_found(services, run_id, both):
    for call in (
        lambda: services.training.read_history(run_id, 0, "en"),
        lambda: list(services.training.follow(run_id, 0, "en")),
        lambda: services.training.stop(run_id),
        lambda: services.training.pause(run_id),
        lambda: services.training.resume(run_id),
        lambda: services.trained.evaluate(run_id),
        lambda: services.predict_digit([[0, 1], [1, 0]], run_id),
    ):
        with pytest.raises(NotFoundError, match="There is no run") as error:
            call()
        assert "没有编号为" in both(error)


@pytest.mark.parametrize("since", [-1, 0.5, "0", None, True, [], float("nan"), float("inf"), 10**400, 1e300])
def test_a_bad_since_is_refused_in_words(services, start, since, both):
    run = services.runs.create({}, "reader")
    run.log.append([{"type": "done"}])
    for call in (
        lambda: services.training.read_history(run.id, since, "en"),
        lambda: list(services.training.follow(run.id, since, "en")),
    ):
        with pytest.raises(InputError, match="`since` must be a whole number from 0") as error:
            call()
        assert "`since` 应为从 0 开始的整数" in both(error)


def test_visitors_see_only_their_own(services, start):
    one, other = start("one visitor"), start("other visitor")
    assert services.runs.of_visitor("one visitor") == [one]
    assert services.runs.of_visitor("other visitor") == [other]
    followed(services, one)
    assert services.training.state(other) in ("queued", "running", "done")


def test_a_restart_knows_the_run_and_its_weights(services, start):
    run = start()
    events = followed(services, run)
    again = Runs(services.home / "runs", services.limits).find(run.id)
    assert again.log.read(0, 10_000) == events
    assert again.weights() == run.weights()


def test_a_run_from_before_the_newest_settings_opens_as_it_was(services, start):
    """Its config.json lacks their keys: it is evaluated, and its trial is known for the same settings of today."""
    run = start()
    followed(services, run)
    path = run.folder / "config.json"
    entry = json.loads(path.read_text())
    for key in ("nesterov", "early_stopping", "split_seed", "sharding"):
        del entry["config"][key]
    path.write_text(json.dumps(entry))
    older = Runs(services.home / "runs", services.limits).find(run.id)
    assert "nesterov" not in older.config
    services.runs._runs[run.id] = older
    for name in ("evaluation.json", "best.safetensors"):
        (run.folder / name).unlink()
    assert services.trained.evaluate(run.id)["accuracy"] > 0.05
    assert services.training.settled(run.id, run.config) == run.started()
    assert services.training.settled(run.id, {**run.config, "nesterov": False}) is None


def test_a_run_that_stops_early_keeps_its_best_weights_for_draw(services, start):
    """At this rate it soon gets no better; what Draw and the results use are the weights of its best epoch."""
    run = start(epochs=60, early_stopping=1, validation_size=200, learning_rate=0.5, optimizer="SGD")
    events = followed(services, run)
    done, epochs = events[-1], [event for event in events if event["type"] == "epoch"]
    assert (done["type"], done["reason"], done["patience"]) == ("done", "early_stopping", 1)
    assert len(epochs) < 60
    best = max(epochs, key=lambda epoch: epoch["validation_accuracy"])  # the first of equals
    assert done["best_epoch"] == best["epoch"]
    assert run.weights().name == "best.safetensors"
    assert services.trained.evaluate(run.id)["accuracy"] == best["test_accuracy"] == done["test_accuracy"]


def test_settings_are_explained_whatever_their_numbers(services):
    wish = {"recipe": "Custom", "optimizer": "SGD", "loss": "MSE", "scheduler": "Cosine", "momentum": 0.9, "epochs": 1}
    found = services.training.explain_settings(wish)
    assert [(choice.topic, choice.name) for choice in found.choices] == [
        *(("optimizer", "SGD"), ("loss", "MSE"), ("scheduler", "Cosine")),
    ]
    assert found.steps == 469 and found.curve[0] == (0, 0.001)
    rules = {
        services.training.explain_settings({**wish, "momentum": momentum, "nesterov": nesterov}).choices[0].formula
        for momentum in (0, 0.9)
        for nesterov in (True, False)
    }
    assert len(rules) == 3, "without momentum there is no Nesterov"
    for bad in ({"epochs": -1}, {"learning_rate": "x"}, {"optimizer": "LBFGS", "accumulation": 3}):
        assert services.training.explain_settings({**wish, **bad}).curve == ()
    with pytest.raises(InputError, match="no loss"):
        services.training.explain_settings({**wish, "loss": "none of these"})


def test_a_run_fails_in_the_language_of_its_reader(services, start):
    """A history has no language; each reader gets his own."""
    run = services.runs.create(services.training.resolve({}).to_json(), "a" * 32)
    run.log.append([Failed(UnsupportedError("error.device", device="tpu", devices="cpu")).to_json()])
    english, chinese = followed(services, run)[-1], followed(services, run, language="zh")[-1]
    assert english["type"] == "failed"
    assert english["error"]["kind"] == "unsupported"
    assert "There is no device tpu here" in english["error"]["message"]
    assert "这台机器上没有设备 tpu" in chinese["error"]["message"]
    assert set(english["error"]) == {"kind", "message", "line"}
    assert services.training.state(run) == "failed"


def test_damaged_weights_fail_the_evaluation_in_words(services, start, both):
    run = start(**LONG)
    wait_for(services, run, "step")
    services.training.stop(run.id)
    followed(services, run)
    (run.folder / "last.safetensors").write_bytes(b"garbage")
    with pytest.raises(PlaygroundError) as error:
        services.trained.evaluate(run.id)
    assert error.value.kind == "input"
    assert "last.safetensors is damaged or no checkpoint" in both(error)
    assert "已损坏" in both(error)


def test_stored_errors_of_another_version():
    event = {"type": "failed", "error": {"kind": "input", "key": "no.longer_there", "line": 1, "values": {}}}
    (translated,) = translate([event], "zh")
    assert translated["error"]["kind"] == "internal"
    assert "服务器内部出错" in translated["error"]["message"]
    assert event["error"]["key"] == "no.longer_there", "the history itself stays"
    assert error_of_event({"type": "stopped"}).message() == "It was stopped before it was done."


def test_the_weights_that_a_name_means(services):
    for name in ("pretrained", "pretrained-fast"):
        path = services.weights_of(name)
        assert path.suffix == ".safetensors"
        assert Path(path).parent.name == "models"
    with pytest.raises(NotFoundError):
        services.weights_of("pretrained-slow")
