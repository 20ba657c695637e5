"""A run on several processes: the same curve and weights as one process, and what it tells of itself."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from playground.errors import InputError, LimitError, UnsupportedError
from playground.limits import read_limits
from playground.services import Services
from playground.training.batches import epoch_batches
from playground.training.config import TrainingConfig
from playground.training.loop import train
from playground.training.processes import smallest_share
from playground.training.work import evaluate_checkpoint

# Without BatchNorm and Dropout.
PLAIN = json.dumps(
    {
        "name": "plain",
        "layers": [
            {"type": "Conv2d", "arguments": {"in_channels": 1, "out_channels": 4, "kernel_size": 5, "stride": 3}},
            {"type": "ReLU"},
            {"type": "Flatten"},
            {"type": "Linear", "arguments": {"in_features": 256, "out_features": 10}},
        ],
    }
)
NORMED = json.dumps(
    {
        "name": "normed",
        "layers": [
            {"type": "Flatten"},
            {"type": "Linear", "arguments": {"in_features": 784, "out_features": 16}},
            {"type": "BatchNorm1d", "arguments": {"num_features": 16}},
            {"type": "ReLU"},
            {"type": "Linear", "arguments": {"in_features": 16, "out_features": 10}},
        ],
    }
)
SMALL = {"train_size": 700, "batch_size": 64, "epochs": 1.5, "precision": "fp32", "recipe": "Custom", "dataset": "MNIST"}
# The last batch of each has 60 images; 1.5 epochs end in the middle of one.
CASES = {
    "plain": {"model": PLAIN},
    "everything": {
        "model": PLAIN,
        "augment": "course",
        "accumulation": 3,
        "clip_norm": 0.5,
        "optimizer": "SGD",
        "learning_rate": 0.05,
        "scheduler": "OneCycle",
        "validation_size": 200,
        "batch_size": 33,  # no two equal shares
    },
}
SHARDED = {"sharding": "fully_shard"}
CASES |= {f"{name}, sharded": {**case, **SHARDED} for name, case in CASES.items()}
CASES["AdamW, sharded"] = {
    "model": PLAIN,
    "optimizer": "AdamW",
    "weight_decay": 0.01,
    "batch_size": 32,
    "accumulation": 2,
    **SHARDED,
}

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"), pytest.mark.usefixtures("restored_torch")]


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    """One server: its children have torch at once, and so have the ranks that are forked from them."""
    services = Services(read_limits(public=False, environment={}), tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def follow(services: Services, run, seconds: float = 60) -> list[dict]:
    until = time.monotonic() + seconds
    while not run.log.ended and time.monotonic() < until:
        run.log.wait(len(run.log), 0.2)
    assert run.log.ended, run.log.last
    return run.log.read(0, 100_000)


def wait_for(run, kind: str, at_least: int = 0, seconds: float = 30) -> dict:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = [event for event in run.log.read(0, 100_000) if event["type"] == kind and event.get("step", 0) >= at_least]
        if found:
            return found[-1]
        assert not run.log.ended, run.log.last
        run.log.wait(len(run.log), 0.1)
    raise AssertionError(f"no {kind}: {run.log.last}")


def of(events: list, kind: str) -> list:
    return [event for event in events if event["type"] == kind]


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def gone(pids: list[int], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, pids))


def alone(run) -> TrainingConfig:
    """The same on one process."""
    return TrainingConfig(**{**run.config, "processes": 1, "sharding": "none", "threads": 1})


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.long if "AdamW" in name else ()) for name in CASES]
)
def twice(request, services, tmp_path_factory):
    """The same config on two processes and on one: their events and folders."""
    wish = {**SMALL, **CASES[request.param]}
    run = services.training.start({**wish, "processes": 2}, "anna", attended=False)
    events = follow(services, run)
    assert events[-1]["type"] == "done", events[-1]
    config = alone(run)
    folder = tmp_path_factory.mktemp("one")
    return config, events, run.folder, [event.to_json() for event in train(config, folder)], folder


def test_two_processes_give_the_losses_of_one(twice):
    _, two, _, one, _ = twice
    for kind in ("step", "epoch"):
        pairs = list(zip(of(two, kind), of(one, kind), strict=True))
        assert pairs
        for ours, theirs in pairs:
            for key in ("loss", "gradient_norm"):
                assert ours[key] == pytest.approx(theirs[key], abs=1e-5, rel=1e-5)
            assert ours["accuracy"] == pytest.approx(theirs["accuracy"], abs=1e-6)
            assert ours["learning_rate"] == theirs["learning_rate"]
    last, other = of(two, "epoch")[-1], of(one, "epoch")[-1]
    assert last["test_accuracy"] == pytest.approx(other["test_accuracy"], abs=2e-4)


@pytest.mark.parametrize("name", ["last.safetensors", "best.safetensors"])
def test_two_processes_give_the_weights_of_one(twice, name):
    _, _, two, _, one = twice
    ours, theirs = load_file(two / name), load_file(one / name)
    assert set(ours) == set(theirs)
    for key, value in ours.items():
        torch.testing.assert_close(value, theirs[key], atol=1e-5, rtol=1e-5)


def test_what_is_kept_is_an_ordinary_checkpoint(twice, limits):
    config, events, folder, *_ = twice
    best = max(of(events, "epoch"), key=lambda epoch: epoch["validation_accuracy"] or epoch["test_accuracy"])
    found = evaluate_checkpoint(config, folder / "best.safetensors", limits)
    assert found.accuracy == pytest.approx(best["test_accuracy"], abs=2e-4)
    assert json.loads((folder / "evaluation.json").read_text())["accuracy"] == pytest.approx(found.accuracy, abs=2e-4)


def test_each_rank_sees_its_share_of_the_same_batch(twice):
    config, events, *_ = twice
    (found,) = of(events, "processes")
    assert found["backend"] == "gloo" and found["restarts"] == 0
    first = epoch_batches(config, 0, config.train_size, torch.device("cpu"))[0]
    micro = first[: config.batch_size]
    for place, rank in enumerate(found["ranks"]):
        assert rank["rank"] == place
        assert rank["indices"] == micro[place::2][:8].tolist()
    assert sum(rank["images"] for rank in found["ranks"]) == len(first)
    assert len({rank["pid"] for rank in found["ranks"]} | {os.getpid()}) == 3


def test_the_gradients_of_the_ranks_are_equal_and_their_bytes_are_counted(twice):
    config, events, folder, *_ = twice
    traffic = of(events, "traffic")
    assert [event["step"] for event in traffic] == [
        step for step in (1, 2, 4, 8, 16) if step <= of(events, "step")[-1]["step"]
    ]
    size = sum(value.numel() * 4 for value in load_file(folder / "last.safetensors").values())
    found = of(events, "processes")[0]
    assert found["gradient_bytes"] == size
    for event in traffic:
        sent = {part["name"]: (part["calls"], part["bytes"]) for part in event["collectives"]}
        if found["sharding"] == "none":
            assert event["gradient_difference"] == event["weight_difference"] == 0.0
            assert sent == {"all_reduce": (1, size)}
        else:  # two layers, gathered before forward and before backward of every micro-batch; scattered once
            assert event["gradient_difference"] is event["weight_difference"] is None
            batches = epoch_batches(config, 0, config.train_size, torch.device("cpu"))
            looks = -(-len(batches[(event["step"] - 1) % len(batches)]) // config.batch_size)
            assert sent == {"all_gather": (4 * looks, 2 * looks * size), "reduce_scatter": (2, size)}
        assert event["bytes"] == sum(part["bytes"] for part in event["collectives"])
        assert 0 < event["seconds"] < 5


def test_each_rank_holds_its_shard_alone(twice):
    config, events, folder, *_ = twice
    size = sum(value.numel() * 4 for value in load_file(folder / "last.safetensors").values())
    found, traffic = of(events, "processes")[0], of(events, "traffic")[-1]
    parts = 2 if found["sharding"] == "fully_shard" else 1
    assert [rank["parameters"] for rank in found["ranks"]] == [size // 4 // parts] * 2
    states = {"SGD": 1, "Adam": 2, "AdamW": 2}[config.optimizer]  # and Adam's counts of steps
    for rank in traffic["memory"]:
        assert rank["parameters"] == rank["gradients"] == size // parts
        assert 0 <= rank["optimizer"] - states * size // parts <= 4 * 4
    # What rank 0 evaluates is whole.
    assert [rank["copy"] for rank in traffic["memory"]] == [size if parts > 1 else 0, 0]


def test_the_trial_finds_the_gradient_of_one_process(twice):
    _, events, *_ = twice
    trial = of(events, "processes")[0]["trial"]
    assert trial["reasons"] == []
    assert trial["gradient_difference"] < 1e-5 < trial["gradient_largest"]
    assert trial["loss_difference"] < 1e-5
    assert trial["speedup"] == pytest.approx(trial["alone_seconds"] / trial["together_seconds"])


def test_of_batch_norm_the_difference_is_measured_and_named(services):
    """And with shards it is the same: the running means, too."""
    found = []
    for sharding in ("none", "fully_shard"):
        wish = {**SMALL, "model": NORMED, "processes": 2, "epochs": 1, "sharding": sharding}
        wish |= {"optimizer": "SGD", "learning_rate": 0.05}  # Adam would make the rounding of a gradient 0 as large as any
        run = services.training.start(wish, "anna", attended=False)
        events = follow(services, run)
        trial = of(events, "processes")[0]["trial"]
        assert trial["reasons"] == ["batch_norm"]
        assert trial["gradient_difference"] > 1e-3
        found.append((events, load_file(run.folder / "last.safetensors")))
    (copies, theirs), (shards, ours) = found
    assert set(ours) == set(theirs)
    for key, value in ours.items():
        torch.testing.assert_close(value, theirs[key], atol=1e-5, rtol=1e-5)
    ends = [of(events, "epoch")[-1] for events in (copies, shards)]
    assert ends[0]["test_loss"] == pytest.approx(ends[1]["test_loss"], abs=1e-5)


@pytest.fixture
def long_run(services):
    """A run of minutes on two processes, which the test ends."""
    started = []

    def start(**more):
        wish = {**SMALL, "model": PLAIN, "processes": 2, "epochs": 500, "train_size": 6400, **more}
        started.append(services.training.start(wish, "anna", attended=False))
        return started[-1]

    yield start
    for run in started:
        services.training.stop(run.id)
        follow(services, run)


@pytest.mark.parametrize(
    "more", [pytest.param({}, id="copies"), pytest.param(SHARDED, id="sharded", marks=pytest.mark.long)]
)
def test_stop_ends_all_and_keeps_the_last_weights(services, long_run, more):
    run = long_run(**more)
    pids = [rank["pid"] for rank in wait_for(run, "processes")["ranks"]]
    step = wait_for(run, "step", 5)["step"]
    assert services.training.stop(run.id)
    events = follow(services, run)
    assert events[-1] == {"type": "stopped", "reason": "visitor"}
    assert gone(pids)
    assert not (run.folder / "resume.pt").exists()
    from playground.models import load_checkpoint

    assert load_checkpoint(run.folder / "last.safetensors").facts["step"] >= step


def test_pause_holds_all_ranks_and_one_step_is_one_step(services, long_run):
    run = long_run()
    pids = [rank["pid"] for rank in wait_for(run, "processes")["ranks"]]
    wait_for(run, "step", 5)
    assert services.training.pause(run.id)
    time.sleep(0.5)

    def spent() -> float:
        parts = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
        return sum(int(part[11]) + int(part[12]) for part in parts) / os.sysconf("SC_CLK_TCK")

    before, step = spent(), of(run.log.read(0, 100_000), "step")[-1]["step"]
    time.sleep(0.7)
    assert spent() - before < 0.1
    assert of(run.log.read(0, 100_000), "step")[-1]["step"] == step
    assert services.training.step(run.id)
    wait_for(run, "step", step + 1)
    time.sleep(0.5)
    assert of(run.log.read(0, 100_000), "step")[-1]["step"] == step + 1
    assert services.training.resume(run.id)
    wait_for(run, "step", step + 3)


@pytest.mark.long
def test_in_slow_motion_the_norms_of_shards_are_those_of_the_whole(services, long_run):
    """What rank 0 alone is asked for, all ranks take part in; afterwards they go on."""
    run = long_run(**SHARDED, accumulation=2, optimizer="SGD", learning_rate=0.01)
    wait_for(run, "step", 2)
    assert services.training.slow(run.id, True)
    parts: dict[int, dict] = {}
    until = time.monotonic() + 30
    while 5 not in parts:
        part = wait_for(run, "part")
        parts[part["part"]] = part
        assert time.monotonic() < until, parts
        time.sleep(0.02)
    assert services.training.slow(run.id, False)
    moved = parts[5]["values"]
    assert 0 < moved["update_norm"] < moved["weight_norm"]
    assert parts[4]["values"]["gradient_norm"] > 1e-3
    wait_for(run, "step", parts[5]["step"] + 20)
    services.training.stop(run.id)
    follow(services, run)
    weights = load_file(run.folder / "last.safetensors").values()
    assert moved["weight_norm"] == pytest.approx(sum(float(one.norm()) ** 2 for one in weights) ** 0.5, rel=0.2)


@pytest.mark.parametrize(
    ("rank", "more"),
    [
        pytest.param(0, {}, id="0"),
        pytest.param(1, {}, id="1", marks=pytest.mark.long),
        pytest.param(1, SHARDED, id="1, sharded", marks=pytest.mark.long),
        pytest.param(0, {**SHARDED, "optimizer": "SGD", "learning_rate": 0.02}, id="0, sharded", marks=pytest.mark.long),
        pytest.param(1, {**SHARDED, "optimizer": "SGD", "momentum": 0.0}, id="SGD, sharded", marks=pytest.mark.long),
    ],
)
def test_a_killed_worker_is_started_anew_and_nothing_is_lost(services, tmp_path, rank, more):
    wish = {
        **SMALL,
        "model": PLAIN,
        "train_size": 6400,
        "augment": "shift",
        "epochs": 3,
        "scheduler": "CosineEpochs",
        **more,
    }
    run = services.training.start({**wish, "processes": 2}, "anna", attended=False)
    pids = [entry["pid"] for entry in wait_for(run, "processes")["ranks"]]
    deadline = time.monotonic() + 30
    while not (run.folder / "resume.pt").exists() and time.monotonic() < deadline:
        assert not run.log.ended
        time.sleep(0.02)
    wait_for(run, "step", 30)
    os.kill(pids[rank], signal.SIGKILL)
    events = follow(services, run)
    assert events[-1]["type"] == "done", events[-1]
    (lost,) = of(events, "lost")
    assert (lost["rank"], lost["pid"], lost["signal"]) == (rank, pids[rank], "SIGKILL")
    begun = of(events, "processes")
    assert [found["restarts"] for found in begun] == [0, 1] and begun[1]["from_step"] > 0
    assert not {entry["pid"] for entry in begun[1]["ranks"]} & set(pids)
    steps = of(events, "step")
    assert [event["step"] for event in steps] == list(range(1, steps[-1]["step"] + 1)), "each step is told once"
    # The whole run is what one process does without an interruption.
    one = [event.to_json() for event in train(alone(run), tmp_path)]
    for ours, theirs in zip(steps, of(one, "step"), strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], abs=2e-4)
    assert len(of(events, "epoch")) == 3


def test_a_worker_that_dies_again_and_again_ends_the_run_in_words(services, long_run):
    run = long_run()
    killed: set[int] = set()
    until = time.monotonic() + 40
    while not run.log.ended and time.monotonic() < until:
        for found in of(run.log.read(0, 100_000), "processes"):
            pid = found["ranks"][1]["pid"]
            if pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        time.sleep(0.02)
    failed = follow(services, run)[-1]
    assert failed["type"] == "failed" and failed["error"]["key"] == "processes.died"
    assert failed["error"]["values"] == {"rank": 1, "how": "SIGKILL", "restarts": 3}
    assert len(killed) == 4


def test_nothing_is_left_when_the_job_is_killed(services, long_run):
    run = long_run()
    pids = [rank["pid"] for rank in wait_for(run, "processes")["ranks"]]
    services.jobs.find(run.id).process.kill()
    assert gone(pids)
    assert follow(services, run)[-1]["type"] == "failed"


def test_a_full_disk_ends_all_in_words(services, long_run, monkeypatch):
    run = long_run()
    pids = [rank["pid"] for rank in wait_for(run, "processes")["ranks"]]
    wait_for(run, "step", 1)
    for path in run.folder.glob("*.safetensors"):
        path.unlink()
    (run.folder / "resume.pt").unlink(missing_ok=True)
    (run.folder / "resume.pt").mkdir()  # what cannot be replaced by a file, whoever asks
    failed = follow(services, run)[-1]
    assert failed["type"] == "failed" and failed["error"]["key"] == "disk.write"
    assert gone(pids)


def test_public_limits_are_smaller():
    assert read_limits(public=True, environment={}).processes < read_limits(public=False, environment={}).processes


def test_what_cannot_be_shared_out_is_refused(make_config, monkeypatch):
    assert smallest_share({"batch_size": 64, "train_size": 700, "processes": 2}) == 30
    with pytest.raises(UnsupportedError) as code:
        make_config(processes=2, model="import torch.nn as nn\nnn.Sequential(nn.Flatten(), nn.Linear(784, 10))")
    assert code.value.key == "config.code_processes"
    # BatchNorm needs two images on each process: the last batch has three.
    with pytest.raises(InputError) as norm:
        make_config(processes=2, model=NORMED, train_size=67, batch_size=64)
    assert norm.value.key == "config.one_image_processes"
    assert "have 4 images or more, or use fewer processes" in norm.value.message("en")
    make_config(processes=2, model=NORMED, train_size=68, batch_size=64)
    make_config(processes=2, model=PLAIN, train_size=67, batch_size=64)
    with pytest.raises(InputError) as shard:
        make_config(sharding="fully_shard")
    assert shard.value.key == "config.sharding_processes"
    assert "processes = 2 or more" in shard.value.message("en")
    with pytest.raises(InputError) as unknown:
        make_config(processes=2, sharding="zero3")
    assert "fully_shard" in unknown.value.message("en")
    assert make_config(processes=2, sharding="Fully-Shard").sharding == "fully_shard"
    with pytest.raises(LimitError):
        make_config(processes=33)
    assert replace(make_config(processes=2), processes=1) == make_config()
