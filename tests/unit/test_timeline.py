"""Timeline: forks as a server makes them, the learning rate of a live run, and what is refused."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace

import pytest
from safetensors.torch import load_file
from test_code_training import NET

from playground.data import load_images
from playground.errors import InputError, NotFoundError, PlaygroundError
from playground.limits import read_limits
from playground.services import Services
from playground.store import Runs
from playground.timeline import folder_of
from playground.training.snapshot_files import delete_snapshot, list_steps, measure_folder

VISITOR = "a" * 32
SMALL = {"train_size": 1280, "batch_size": 64, "epochs": 2, "precision": "fp32", "threads": 1, "model": "Linear"}
LONG = {**SMALL, "train_size": 60_000, "batch_size": 16, "epochs": 1000}


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    limits = replace(read_limits(public=False, environment={}), stop_grace_seconds=2.0, program_seconds=3.0)
    services = Services(limits, tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def ended(run):
    deadline = time.monotonic() + 60
    while not run.log.ended:
        run.log.wait(len(run.log), 1.0)
        assert time.monotonic() < deadline
    return run


@pytest.fixture(scope="module")
def parent(services):
    return ended(services.training.start(SMALL, VISITOR, attended=False))


@pytest.fixture
def going(services):
    run = services.training.start(LONG, VISITOR, attended=False)
    until(lambda: steps(run))
    yield run
    services.jobs.stop(run.id)
    ended(run)


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def events(run, kind):
    return [event for event in run.log.read(0, 10**6) if event["type"] == kind]


def steps(run):
    return [(event["step"], event["loss"], event["learning_rate"]) for event in events(run, "step")]


def last(run):
    return load_file(run.file("last.safetensors"))


def assert_equal(one, two):
    assert all((one[name] == two[name]).all() for name in one | two)


def test_the_snapshots_of_a_run_are_listed(services, parent):
    found = services.timeline.snapshots(parent.id)
    assert [entry["step"] for entry in found][:: len(found) - 1] == [0, 40]
    assert found[0]["epochs"] == 0 and found[-1]["epochs"] == 2
    assert found[0]["learning_rate"] == pytest.approx(steps(parent)[0][2])
    json.dumps(found, allow_nan=False)
    assert services.timeline.snapshots("example") == []


def test_a_fork_goes_on_and_says_where_it_comes_from(services, parent):
    fork = ended(services.timeline.fork(parent.id, 0, {}, "b" * 32))
    assert steps(fork) == steps(parent)
    assert_equal(last(fork), last(parent))
    assert fork.visitor == "b" * 32 and fork.origin == {"run_id": parent.id, "step": 0}
    assert events(fork, "started")[0]["first_step"] == 0
    again = Runs(services.runs.folder, services.limits).find(fork.id)
    assert again.origin == fork.origin, "as another server reads it"
    assert services.timeline.origin(fork.id) == {**fork.origin, "there": True, "changes": {}}
    assert services.timeline.origin(parent.id) is None


def test_a_fork_with_other_settings(services, parent):
    fork = ended(services.timeline.fork(parent.id, 40, {"epochs": 3, "learning_rate": 0.5, "optimizer": "SGD"}, VISITOR))
    assert [step for step, _, _ in steps(fork)] == list(range(41, 61))
    assert fork.config["learning_rate"] == 0.5 and fork.config["recipe"] == "Custom"
    changes = services.timeline.origin(fork.id)["changes"]
    assert changes["learning_rate"] == [parent.config["learning_rate"], 0.5] and changes["epochs"] == [2.0, 3.0]
    assert set(changes) == {"epochs", "learning_rate", "optimizer"}
    # A fork of a fork, when the first run is long gone.
    second = ended(services.timeline.fork(fork.id, 60, {"epochs": 3.5}, VISITOR))
    assert [step for step, _, _ in steps(second)] == list(range(61, 71))


def test_a_fork_outlives_the_run_it_comes_from(services):
    run = ended(services.training.start(SMALL, VISITOR, attended=False))
    fork = ended(services.timeline.fork(run.id, 0, {"learning_rate": 0.01}, VISITOR))
    services.runs.remove(run)
    assert services.timeline.origin(fork.id) == {"run_id": run.id, "step": 0, "there": False, "changes": {}}
    assert ended(services.timeline.fork(fork.id, 0, {}, VISITOR)).log.last["type"] == "done"


@pytest.mark.parametrize(
    ("step", "changes", "words"),
    [
        (0, {"model": "MLP"}, "model"),
        (0, {"seed": 5, "train_size": 500}, "train_size, seed"),
        (0, {"learning_rate": -1}, "learning_rate"),
        (0, {"speed": 3}, "speed"),
        (0, [1], "[1]"),
        (7, {}, "step 7"),
        ("7", {}, "got 7"),
        (float("nan"), {}, "nan"),
        (True, {}, "True"),
        (-1, {}, "-1"),
        (10**40, {}, "0000"),
        (40, {}, "nothing is left"),
        (40, {"epochs": 2}, "nothing is left"),
        (0, {"processes": 2}, ""),
    ],
)
def test_what_cannot_be_forked_is_told(services, parent, step, changes, words):
    before = len(services.runs.of_visitor(VISITOR))
    with pytest.raises(PlaygroundError) as caught:
        services.timeline.fork(parent.id, step, changes, VISITOR)
    assert words in caught.value.message("en") and caught.value.message("zh")
    assert len(services.runs.of_visitor(VISITOR)) == before


def test_what_is_not_there_any_more_is_told(services):
    run = ended(services.training.start(SMALL, VISITOR, attended=False))
    for unknown in ("f" * 32, None, "../..", 7):
        with pytest.raises(NotFoundError):
            services.timeline.fork(unknown, 0, {}, VISITOR)
    with pytest.raises(NotFoundError, match="no snapshots"):
        services.timeline.fork("example", 0, {}, VISITOR)
    listed = list_steps(folder_of(run))
    delete_snapshot(folder_of(run), listed[-1])
    with pytest.raises(NotFoundError, match="no snapshot of step 40 any more"):
        services.timeline.fork(run.id, 40, {"epochs": 3}, VISITOR)
    with pytest.raises(NotFoundError, match="no snapshot of step 40 any more"):
        services.weights_of(f"{run.id}@40")
    assert [entry["step"] for entry in services.timeline.snapshots(run.id)] == listed[:-1]
    # Deleted while the fork waits for its turn is no harm: it has a copy.


def test_settings_are_compared_before_they_are_used(services, parent):
    wish = {**parent.config, "learning_rate": 0.3, "seed": 4, "recipe": "Custom"}
    found = services.timeline.compare(parent.id, wish)
    assert found["changes"] == {
        "learning_rate": [parent.config["learning_rate"], 0.3],
        "seed": [parent.config["seed"], 4],
    }
    assert found["fixed"] == ["seed"]


def test_digits_are_drawn_for_a_snapshot(services, parent):
    image = load_images("MNIST").test_images[0].tolist()
    fresh, trained = (services.predict_digit(image, f"{parent.id}@{step}")["probabilities"] for step in (0, 40))
    assert max(fresh) < 0.5 < max(trained) and trained.index(max(trained)) == 7
    with pytest.raises(NotFoundError):
        services.predict_digit(image, f"{'f' * 32}@0")


@pytest.mark.long
def test_code_is_forked_and_drawn_for(services):
    run = ended(services.training.start({**SMALL, "model": NET}, VISITOR, attended=False))
    assert folder_of(run).parent.name == "work"
    fork = ended(services.timeline.fork(run.id, 0, {}, VISITOR))
    assert fork.log.last["type"] == "done", fork.log.last
    assert steps(fork) == steps(run)
    assert_equal(last(fork), last(run))
    image = load_images("MNIST").test_images[0].tolist()
    assert services.predict_digit(image, f"{run.id}@40")["digit"] == 7
    # What lies there instead of a file is not followed.
    path = folder_of(run) / "step-40.safetensors"
    path.unlink()
    path.symlink_to(run.folder / "config.json")
    with pytest.raises(NotFoundError):
        services.weights_of(f"{run.id}@40")


def test_a_run_that_was_stopped_goes_on(services):
    whole = ended(services.training.start({**SMALL, "train_size": 12_800}, VISITOR, attended=False))
    run = services.training.start({**SMALL, "train_size": 12_800}, VISITOR, attended=False)
    until(lambda: len(steps(run)) > 20)
    services.jobs.stop(run.id)
    assert ended(run).log.last["type"] == "stopped"
    rest = ended(services.timeline.go_on(run.id, VISITOR))
    assert rest.log.last["type"] == "done"
    assert steps(run) + steps(rest) == steps(whole)
    assert_equal(last(rest), last(whole))


@pytest.mark.long
def test_a_run_whose_process_was_killed_goes_on(services, monkeypatch):
    # Long enough for some snapshots however busy the machine is: they may take their share of the time, no more.
    wish = {**SMALL, "train_size": 25_600, "epochs": 10}
    run = services.training.start(wish, VISITOR, attended=False)
    until(lambda: len(list_steps(folder_of(run))) > 1)
    services.jobs.find(run.id).process.kill()
    assert ended(run).log.last["type"] == "failed"
    rest = ended(services.timeline.go_on(run.id, VISITOR))
    assert rest.log.last["type"] == "done" and rest.origin["step"] > 0
    whole = ended(services.training.start(wish, VISITOR, attended=False))
    assert steps(rest) == steps(whole)[rest.origin["step"] :]
    assert_equal(last(rest), last(whole))


# ---- the learning rate
@pytest.mark.parametrize("paused", [False, True])
def test_the_next_step_has_the_new_rate(services, going, paused):
    if paused:
        assert services.training.pause(going.id)
        time.sleep(0.5)
    assert services.timeline.set_learning_rate(going.id, 0.0625) == 0.0625
    if paused:
        until(lambda: services.training.resume(going.id))
    until(lambda: events(going, "rate"))
    (change,) = events(going, "rate")
    until(lambda: len(steps(going)) >= change["step"])
    assert steps(going)[change["step"] - 1][2] == pytest.approx(0.0625) == change["learning_rate"]
    if change["step"] > 1:
        assert steps(going)[change["step"] - 2][2] != pytest.approx(0.0625)
    assert services.timeline.rate_changes(going) == [(change["step"], change["factor"])]


@pytest.mark.long
def test_a_run_whose_rate_was_changed_goes_on_with_its_rates(services):
    """Stopped after the change, gone on with from before it: the same once more."""
    run = services.training.start({**SMALL, "train_size": 60_000}, VISITOR, attended=False)
    until(lambda: len(steps(run)) > 5)
    services.timeline.set_learning_rate(run.id, 0.2)
    until(lambda: events(run, "rate"))
    ended(run)
    fork = ended(services.timeline.fork(run.id, 0, {}, VISITOR, again=True))
    assert steps(fork) == steps(run)
    assert events(fork, "rate") == events(run, "rate")
    other = ended(services.timeline.fork(run.id, 0, {"epochs": 0.1}, VISITOR))
    assert not events(other, "rate"), "who goes back before the change goes his own way"


@pytest.mark.parametrize("value", [0, -1, "fast", None, True, float("nan"), float("inf"), 101, [1], 10**400])
def test_bad_rates_are_told(services, going, value):
    with pytest.raises(InputError) as caught:
        services.timeline.set_learning_rate(going.id, value)
    assert "learning_rate" in caught.value.message("en") and "100" in caught.value.message("zh")


def test_a_run_that_is_over_takes_no_rate(services, parent):
    with pytest.raises(InputError, match="not going"):
        services.timeline.set_learning_rate(parent.id, 0.1)
    with pytest.raises(NotFoundError):
        services.timeline.set_learning_rate("f" * 32, 0.1)


def test_the_oldest_runs_lose_their_snapshots_first(services, monkeypatch):
    first, second = (ended(services.training.start(SMALL, VISITOR, attended=False)) for _ in range(2))
    ids = {first.id, second.id}
    monkeypatch.setattr(services.runs, "all", lambda: [run for run in services.runs.of_visitor(VISITOR) if run.id in ids])
    both = measure_folder(folder_of(first)) + measure_folder(folder_of(second))
    monkeypatch.setattr(services, "limits", replace(services.limits, snapshots_total_bytes=both))
    services.timeline.tidy()
    assert services.timeline.snapshots(first.id)
    monkeypatch.setattr(services, "limits", replace(services.limits, snapshots_total_bytes=both - 1))
    services.timeline.tidy()
    assert services.timeline.snapshots(first.id) == [] and services.timeline.snapshots(second.id)
    with pytest.raises(NotFoundError, match="no snapshots"):
        services.timeline.go_on(first.id, secrets.token_hex(16))
