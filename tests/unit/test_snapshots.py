"""Snapshots: a run that goes on from one is the run that was never interrupted, bit for bit."""

from __future__ import annotations

import itertools
import json
import warnings
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from test_slow_motion import CODE

from playground.data import Images
from playground.errors import InputError, NotFoundError
from playground.training import batches, loop, snapshots
from playground.training.events import Done, Epoch, Started, Step
from playground.training.live_rate import RateChange
from playground.training.loop import train
from playground.training.snapshot_files import FOLDER, delete_snapshot, file_of, list_steps, measure_folder, read_facts
from playground.training.snapshot_state import load_snapshot
from playground.training.snapshots import SnapshotsEnded

WISHES = {
    "sgd momentum": {"optimizer": "SGD", "momentum": 0.9, "learning_rate": 0.05},
    "plain sgd": {"optimizer": "SGD", "momentum": 0.0, "learning_rate": 0.05, "scheduler": "none"},
    "adam": {"optimizer": "Adam", "weight_decay": 0.01},
    "adamw one cycle": {"optimizer": "AdamW", "scheduler": "OneCycle"},
    "rmsprop": {"optimizer": "RMSprop", "momentum": 0.5, "scheduler": "Cosine"},
    "lbfgs": {"optimizer": "LBFGS", "learning_rate": 0.5, "scheduler": "none"},
    "step": {"scheduler": "StepLR"},
    "cosine epochs": {"scheduler": "CosineEpochs"},
    "warm-up": {"scheduler": "WarmupCosine"},
    "plateau": {"scheduler": "ReduceLROnPlateau", "learning_rate": 0.5},
    "fp16": {"precision": "fp16"},
    "bf16": {"precision": "bf16"},
    "accumulation": {"accumulation": 2, "batch_size": 24},
    "clip and augmentation": {"clip_norm": 0.1, "augment": "course"},
    "early stopping": {"early_stopping": 1, "validation_size": 100, "epochs": 6, "learning_rate": 0.5},
    "fraction": {"epochs": 2.5},
    "code": {"model": CODE},
}

pytestmark = pytest.mark.usefixtures("restored_torch")


@pytest.fixture(autouse=True)
def small_test_set(monkeypatch):
    whole = batches.load_images

    def fewer(name: str) -> Images:
        data = whole(name)
        return Images(data.dataset, data.train_images, data.train_labels, data.test_images[:500], data.test_labels[:500])

    monkeypatch.setattr(batches, "load_images", fewer)


@pytest.fixture
def keep_all(monkeypatch):
    """A snapshot after every step, whatever it costs."""
    monkeypatch.setattr(snapshots, "COST_SHARE", 1e9)


def told(events, after=-1):
    """What is the same in two equal runs."""
    found = []
    for event in events:
        if isinstance(event, Step) and event.step > after:
            facts = {name: value for name, value in event.to_json().items() if "second" not in name}
            found.append(facts)
        if isinstance(event, Done):
            found.append((event.step, event.test_accuracy, event.best_epoch, event.reason))
    return found


def weights(folder, name=loop.LAST):
    return load_file(folder / name)


def assert_same_weights(one, two):
    assert one.keys() == two.keys()
    for name in one:
        assert torch.equal(one[name], two[name]), name


def go_on(config, folder, step, target, **options):
    return list(train(config, target, origin=load_snapshot(folder, step), **options))


@pytest.mark.parametrize(
    "wish", [pytest.param(name, marks=pytest.mark.long if name in ("lbfgs", "code") else ()) for name in WISHES]
)
def test_a_run_that_goes_on_is_the_run_that_was_never_interrupted(make_config, tmp_path, keep_all, wish):
    config = make_config(**{"train_size": 240, "epochs": 3, "batch_size": 48, "scheduler": "OneCycle", **WISHES[wish]})
    whole = list(train(config, tmp_path / "whole"))
    steps = list_steps(tmp_path / "whole" / FOLDER)
    total = whole[-1].step
    assert steps == list(range(total + 1)), "one after every step"
    for step in steps[:-1]:
        target = tmp_path / f"from-{step}"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rest = go_on(config, tmp_path / "whole", step, target)
        assert rest[0].first_step == step and rest[0].total_steps == whole[0].total_steps
        assert told(rest) == told(whole, after=step)
        for name in (loop.LAST, loop.BEST):
            assert_same_weights(weights(target, name), weights(tmp_path / "whole", name))
        evaluations = [json.loads((folder / loop.EVALUATION).read_text()) for folder in (target, tmp_path / "whole")]
        assert evaluations[0] == evaluations[1]


def test_snapshots_change_nothing(make_config, tmp_path, keep_all):
    config = make_config(epochs=2)
    with_, without = (list(train(config, tmp_path / str(on), snapshots=on)) for on in (True, False))
    assert told(with_) == told(without)
    assert not (tmp_path / "False" / FOLDER).exists()


def test_a_run_that_was_stopped_between_any_two_events_goes_on_the_same(make_config, tmp_path):
    """Whatever it told last; in slow motion also in the middle of a step."""
    config = make_config(epochs=2, batch_size=64)
    whole = list(train(config, tmp_path / "whole"))
    for slow in (False, True):
        for number in range(2, 30, 3):
            folder = tmp_path / f"stopped-{slow}-{number}"
            events = train(config, folder)
            next(events)
            for _ in range(number):
                try:
                    events.send([("rest", 0.0)] if slow else [])
                except StopIteration:
                    break
            events.close()
            step = list_steps(folder / FOLDER)[-1]
            if step == whole[-1].step:
                continue
            rest = go_on(config, folder, step, tmp_path / f"rest-{slow}-{number}")
            again = [event for event in told(rest) if not isinstance(event, dict) or event["type"] == "step"]
            expected = [event for event in told(whole, step) if not isinstance(event, dict) or event["type"] == "step"]
            assert again == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.003},
        {"optimizer": "SGD", "learning_rate": 0.1},
        {"optimizer": "LBFGS", "learning_rate": 0.5, "scheduler": "none"},
        {"batch_size": 32},
        {"epochs": 1.5},
        {"scheduler": "WarmupCosine", "augment": "shift"},
        {"loss": "MSE", "clip_norm": 0.5, "weight_decay": 0.1},
        {"precision": "fp16"},
    ],
)
def test_a_fork_of_the_beginning_is_a_fresh_run_with_those_settings(make_config, tmp_path, changes):
    base = {"train_size": 240, "batch_size": 48, "epochs": 2, "optimizer": "AdamW", "scheduler": "OneCycle"}
    list(train(make_config(**base), tmp_path / "parent"))
    config = make_config(**{**base, **changes})
    fresh = list(train(config, tmp_path / "fresh"))
    fork = go_on(config, tmp_path / "parent", 0, tmp_path / "fork")
    assert told(fork) == told(fresh)
    assert_same_weights(weights(tmp_path / "fork"), weights(tmp_path / "fresh"))


def test_what_a_fork_with_other_settings_takes_over(make_config, tmp_path, keep_all):
    base = {"train_size": 240, "batch_size": 48, "epochs": 2, "optimizer": "AdamW", "scheduler": "OneCycle"}
    config = make_config(**base)
    list(train(config, tmp_path / "parent"))

    def fork(step, **changes):
        changed = make_config(**{**base, **changes})
        run = loop.TrainingRun(changed, changed.spec(), loop.Settings("fp32", 1), torch.device("cpu"), tmp_path / "fork")
        run.go_on_from(load_snapshot(tmp_path / "parent", step))
        return run

    kept = fork(4).optimizer.state_dict()["state"][0]["exp_avg"]
    assert kept.abs().sum() > 0
    assert torch.equal(fork(4, learning_rate=0.1).optimizer.state_dict()["state"][0]["exp_avg"], kept)
    assert not fork(4, optimizer="SGD").optimizer.state_dict()["state"]
    # A tenth of the rate, at the same place of the schedule.
    rates = [fork(4, learning_rate=rate).live_rate.now() for rate in (0.01, 0.001)]
    assert rates[0] == pytest.approx(10 * rates[1])
    events = [
        event for event in train(make_config(**{**base, "learning_rate": 0.01}), tmp_path / "ten") if type(event) is Step
    ]
    assert rates[0] == pytest.approx(events[4].learning_rate)
    # The rest of the epoch's images in smaller batches: 48 × 4 are seen, 48 are left.
    smaller = fork(4, batch_size=12)
    assert (smaller.step, smaller.total_steps, smaller.offset) == (4, 4 + 4 + 20, 12)
    seen = []
    for event in smaller.train_epoch():
        if type(event) is Step:
            seen.append(event.step)
    assert seen == [5, 6, 7, 8] and (smaller.epoch, smaller.epoch_seen) == (1, 0)
    assert smaller.finish_epoch().epoch == 1.0
    # Settings that are read at every step are simply the new ones.
    assert fork(4, weight_decay=0.5).optimizer.param_groups[0]["weight_decay"] == 0.5


def test_nothing_left_to_train_is_refused(make_config, tmp_path):
    list(train(make_config(epochs=2), tmp_path / "parent"))
    last = list_steps(tmp_path / "parent" / FOLDER)[-1]
    with pytest.raises(InputError, match="nothing is left") as caught:
        go_on(make_config(epochs=2), tmp_path / "parent", last, tmp_path / "fork")
    assert "2" in caught.value.message("en")
    longer = go_on(make_config(epochs=3), tmp_path / "parent", last, tmp_path / "fork")
    assert isinstance(longer[-1], Done) and longer[-1].step == last * 3 / 2


def test_another_momentum_of_rmsprop_begins_anew(make_config, tmp_path, keep_all):
    """Its state has no place for a momentum if it had none."""
    base = {"optimizer": "RMSprop", "momentum": 0.0}
    list(train(make_config(**base), tmp_path / "parent"))
    assert isinstance(
        go_on(make_config(optimizer="RMSprop", momentum=0.9), tmp_path / "parent", 2, tmp_path / "fork")[-1], Done
    )


# ---- the live learning rate
def follow(config, folder, wanted, **options):
    """All events; before step number k + 1 the rate of `wanted[k]` is asked for."""
    events, found, commands = train(config, folder, **options), [], []
    while True:
        try:
            event = events.send(commands) if commands else next(events)
        except StopIteration:
            return found
        found.append(event)
        commands = [("rate", wanted[event.step])] if type(event) is Step and event.step in wanted else []


@pytest.mark.parametrize(
    "scheduler", ["none", "StepLR", "Cosine", "CosineEpochs", "OneCycle", "WarmupCosine", "ReduceLROnPlateau"]
)
def test_a_rate_holds_from_the_next_step_and_scales_the_schedule(make_config, tmp_path, scheduler):
    config = make_config(train_size=240, batch_size=48, epochs=2, scheduler=scheduler, learning_rate=0.01)
    plain = [event.learning_rate for event in follow(config, tmp_path / "plain", {}) if type(event) is Step]
    events = follow(config, tmp_path / "live", {3: 0.5})
    live = [event.learning_rate for event in events if type(event) is Step]
    (change,) = (event for event in events if isinstance(event, RateChange))
    assert change.step == 4 and change.learning_rate == pytest.approx(0.5)
    assert live[:3] == plain[:3] and live[3] == pytest.approx(0.5)
    assert live[3:] == pytest.approx([change.factor * rate for rate in plain[3:]])
    losses = [
        [event.loss for event in run if type(event) is Step]
        for run in (events, follow(config, tmp_path / "again", {3: 0.5}))
    ]
    assert losses[0] == losses[1], "it can be repeated"


def test_the_optimizer_really_uses_it(make_config, tmp_path):
    """Plain SGD: the update is the rate times the gradient."""
    config = make_config(optimizer="SGD", momentum=0.0, weight_decay=0.0, scheduler="Cosine", learning_rate=0.1)
    run = loop.TrainingRun(config, config.spec(), loop.Settings("fp32", 1), torch.device("cpu"), tmp_path / "by hand")
    steps = run.train_epoch()
    assert type(next(steps)) is Step
    before = [parameter.detach().clone() for parameter in run.parameters]
    run.hear([("rate", 0.02)])
    assert any(isinstance(event, RateChange) for event in iter(lambda: next(steps), None) if event.type in ("rate", "step"))
    second = next(step for step in steps if type(step) is Step)
    moved = torch.cat([(now.detach() - old).flatten() for now, old in zip(run.parameters, before, strict=True)]).norm()
    assert moved.item() == pytest.approx(0.02 * second.gradient_norm, rel=1e-3)


def test_a_run_with_changed_rates_goes_on_the_same(make_config, tmp_path, keep_all):
    config = make_config(train_size=240, batch_size=48, epochs=3, scheduler="OneCycle")
    whole = follow(config, tmp_path / "whole", {4: 0.01, 9: 0.001})
    changes = [(event.step, event.factor) for event in whole if isinstance(event, RateChange)]
    assert [step for step, _ in changes] == [5, 10]
    for step in (0, 3, 4, 7, 9, 12):
        later = [change for change in changes if change[0] > step]
        origin = load_snapshot(tmp_path / "whole", step, later)
        rest = list(train(config, tmp_path / f"from-{step}", origin=origin))
        assert told(rest) == told(whole, after=step)
    # Without them it is another run: one that goes back before the change.
    assert told(go_on(config, tmp_path / "whole", 3, tmp_path / "other")) != told(whole, after=3)
    # A fork that brings a learning rate of its own has that one.
    own = go_on(replace(config, learning_rate=0.02), tmp_path / "whole", 12, tmp_path / "own")
    assert not [event for event in own if isinstance(event, RateChange)]


# ---- room and time
def test_they_stay_within_their_number_and_evenly_spread(make_config, tmp_path, limits, keep_all):
    config = make_config(train_size=1000, batch_size=10, epochs=1)
    list(train(config, tmp_path, limits=replace(limits, snapshots_per_run=8)))
    steps = list_steps(tmp_path / FOLDER)
    assert steps[0] == 0 and steps[-1] == 100 and 4 <= len(steps) <= 8
    gaps = [later - earlier for earlier, later in itertools.pairwise(steps)][:-1]
    assert max(gaps) <= 2 * min(gaps)
    # What nobody needs any more is gone.
    names = {path.name.split(".")[0] for path in (tmp_path / FOLDER).iterdir()}
    best = {f"best-{read_facts(tmp_path / FOLDER, step)['best_step']}" for step in steps if step == 100}
    assert names == {f"step-{step}" for step in steps} | best


def test_they_stay_within_their_bytes(make_config, tmp_path, limits, keep_all):
    config = make_config(model="Linear", train_size=1000, batch_size=10, optimizer="AdamW")
    room = 600_000
    list(train(config, tmp_path, limits=replace(limits, snapshots_bytes=room)))
    assert measure_folder(tmp_path / FOLDER) <= room
    steps = list_steps(tmp_path / FOLDER)
    assert steps[0] == 0 and steps[-1] == 100 and len(steps) >= 3
    list(train(config, tmp_path / "none", limits=replace(limits, snapshots_bytes=1000)))
    assert measure_folder(tmp_path / "none" / FOLDER) <= 1000


@pytest.mark.long
def test_they_take_a_small_share_of_the_time(make_config, tmp_path):
    config = make_config(train_size=20_000, batch_size=32)
    run = loop.TrainingRun(config, config.spec(), loop.Settings("fp32", 1), torch.device("cpu"), tmp_path)
    list(run.keep_snapshot())
    first = run.keeper.spent
    list(run.train_epoch())
    assert len(run.keeper.steps) > 3
    # The last one may have taken longer than the one before, by which it was judged.
    assert run.keeper.spent <= snapshots.COST_SHARE * run.training_seconds + run.keeper.last_seconds + first


def test_the_newest_is_never_old(make_config, tmp_path, monkeypatch, limits):
    monkeypatch.setattr(snapshots, "NEWEST_SECONDS", 0.0)
    monkeypatch.setattr(snapshots, "COST_SHARE", 1e9)
    config = make_config(train_size=1000, batch_size=10)
    events = train(config, tmp_path, limits=replace(limits, snapshots_per_run=4))
    for event in events:
        if type(event) is Step and event.step > 1:
            assert list_steps(tmp_path / FOLDER)[-1] == event.step - 1
    assert len(list_steps(tmp_path / FOLDER)) <= 4


def test_a_full_disk_ends_the_snapshots_but_not_the_run(make_config, tmp_path, monkeypatch, keep_all):
    from playground.errors import RuntimeFailure

    def refuse(path, *_, **__):
        raise RuntimeFailure("disk.write", name=path.name, reason="No space left on device")

    folder = tmp_path / "run"
    events = train(make_config(), folder)
    found = [next(events) for _ in range(3)]
    monkeypatch.setattr(snapshots, "write_json", refuse)
    found += list(events)
    problems = [event.problem for event in found if isinstance(event, SnapshotsEnded)]
    assert problems == ["No space left on device"]
    assert isinstance(found[-1], Done)
    for step in list_steps(folder / FOLDER):
        load_snapshot(folder, step)


# ---- bad files
@pytest.mark.parametrize("damage", ["json", "state", "weights", "keys", "deleted"])
def test_a_damaged_snapshot_is_told_in_words(make_config, tmp_path, keep_all, damage):
    config = make_config(optimizer="AdamW")
    list(train(config, tmp_path / "run"))
    folder = tmp_path / "run" / FOLDER
    if damage == "json":
        file_of(folder, 2, "json").write_text("{")
    elif damage == "state":
        file_of(folder, 2, "state.safetensors").write_bytes(b"nonsense")
    elif damage == "weights":
        file_of(folder, 2, "safetensors").write_bytes(b"nonsense")
    elif damage == "keys":
        file_of(folder, 2, "json").write_text(json.dumps({**read_facts(folder, 2), "optimizer": {"entries": 7}}))
    else:
        delete_snapshot(folder, 2)
    with pytest.raises((InputError, NotFoundError)) as caught:
        go_on(config, tmp_path / "run", 2, tmp_path / "fork")
    assert "2" in caught.value.message("en") and caught.value.message("zh")


def test_the_snapshots_of_a_run_before_are_gone(make_config, tmp_path, keep_all):
    list(train(make_config(epochs=2), tmp_path))
    events = train(make_config(), tmp_path)
    assert isinstance(next(events), Started) and type(next(events)) is Step
    assert list_steps(tmp_path / FOLDER) == [0]
    assert [event for event in events if type(event) is Epoch]
