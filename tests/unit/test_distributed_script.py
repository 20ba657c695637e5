"""The script of a run on several processes, and `train`, as torchrun starts them."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_distributed import PLAIN, SHARDED

from playground.models import load_checkpoint
from playground.training.config import TrainingConfig
from playground.training.loop import train
from playground.training.script import write_script
from playground.training.trial import Settings

ROOT = Path(__file__).parents[2]
LOSS = re.compile(r"step +(\d+)  loss ([\d.]+)")
CASES = {
    "everything": {
        "augment": "course",
        "accumulation": 2,
        "batch_size": 33,
        "clip_norm": 0.5,
        "scheduler": "ReduceLROnPlateau",
        "validation_size": 100,
        "early_stopping": 3,
        "epochs": 2,
    },
    "plain": {},
}
CASES |= {f"{name}, sharded": {**case, **SHARDED} for name, case in CASES.items()}

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"), pytest.mark.usefixtures("restored_torch")]


def torchrun(*arguments: str, folder: Path, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **options}
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def two_processes(make_config, **wish) -> TrainingConfig:
    return make_config(**{"model": PLAIN, "processes": 2, **wish})


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_the_script_under_torchrun_gives_the_losses_of_the_run(case, make_config, tmp_path):
    config = two_processes(make_config, **CASES[case])
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in (ROOT / "assets" / "mnist").glob("*.gz"):
        (raw / path.name.removesuffix(".gz")).write_bytes(gzip.decompress(path.read_bytes()))
    (tmp_path / "train.py").write_text(write_script(config, Settings("fp32", 1)), encoding="utf-8")
    process = torchrun("train.py", folder=tmp_path)
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 0, output
    one = TrainingConfig(**{**config.to_json(), "processes": 1, "sharding": "none"})
    events = list(train(one, tmp_path / "run"))
    steps = {event.step: event.loss for event in events if event.type == "step"}
    written = {int(step): float(loss) for step, loss in LOSS.findall(output)}
    assert list(written) == [step for step in steps if step <= 20 or step % 50 == 0], output
    for step, loss in written.items():
        assert loss == pytest.approx(steps[step], abs=1e-5)
    assert output.count("epoch   1") == 1, "process 0 alone speaks"
    ours, theirs = (
        load_checkpoint(tmp_path / "run" / "best.safetensors"),
        load_checkpoint(tmp_path / "mnist_best.pth", config.spec()),
    )
    for key, value in ours.state.items():
        assert (value - theirs.state[key]).abs().max() < 1e-5, key


def test_a_script_for_processes_is_whole(make_config):
    for wish in ({}, {"precision": "fp16"}, {"loss": "MSE"}, {"device": "cpu"}, {"model": "MNISTNet", "augment": "shift"}):
        config = TrainingConfig(**{**make_config(**{"model": PLAIN, **wish}).to_json(), "processes": 4})
        script = write_script(config)
        compile(script, "train.py", "exec")
        assert "--nproc-per-node=4" in script and "* size" in script
        assert ("rank << 48" in script) == ("Dropout" in script)
        sharded = write_script(replace(config, sharding="fully_shard"))
        compile(sharded, "train.py", "exec")
        assert "fully_shard(model, mesh=mesh)" in sharded and "* size" in sharded
        assert not {"DistributedDataParallel", "channels_last", "fused", "network."} & set(re.findall(r"[\w]+\.?", sharded))


@pytest.mark.long
def test_train_under_torchrun_survives_a_killed_process(tmp_path):
    options = "--model Linear --train-size 6400 --batch-size 32 --epochs 6 --precision fp32 --out run".split()
    process = torchrun("--max-restarts=2", "-m", "playground", "train", *options, folder=tmp_path)
    metrics = tmp_path / "run" / "metrics.jsonl"

    def events() -> list[dict]:
        return [json.loads(line) for line in metrics.read_text().splitlines()] if metrics.exists() else []

    until = time.monotonic() + 60
    while not any(event["type"] == "step" and event["step"] > 100 for event in events()):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    ranks = next(event for event in events() if event["type"] == "processes")["ranks"]
    os.kill(ranks[1]["pid"], signal.SIGKILL)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    told = events()
    assert told[-1]["type"] == "done"
    assert [event["restarts"] for event in told if event["type"] == "processes"] == [0, 1]
    steps = [event["step"] for event in told if event["type"] == "step"]
    assert steps == list(range(1, 1201))
    assert (tmp_path / "run" / "mnist_best.pth").exists()


@pytest.mark.long
def test_train_with_processes_starts_them_itself(tmp_path):
    command = "train --model Linear --train-size 640 --batch-size 32 --epochs 1 --precision fp32 --out run --processes 2"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "playground", *command.split()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    assert "2 processes over gloo" in done.stdout
    assert (tmp_path / "run" / "best.safetensors").exists()
