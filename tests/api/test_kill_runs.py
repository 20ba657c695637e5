"""kill -9 of the server, or of the child that trains: at most the last second is lost, and never a checkpoint."""

from __future__ import annotations

import json
import os
import random
import signal
import time

import pytest
from live_server import LiveServer, wait_until
from safetensors.torch import load_file

from playground.models import load_checkpoint
from playground.training.snapshot_files import file_of, find_weights, list_steps

WISH = {
    "recipe": "Custom",
    "model": "MLP",
    "epochs": 100,
    "batch_size": 32,
    "train_size": 3_000,
    "precision": "fp32",
    "threads": 1,
}

SHORT = {**WISH, "train_size": 500, "epochs": 1}
# Fewer of them for a quick look.
KILLS = int(os.environ.get("PLAYGROUND_TEST_KILLS", "20"))


class Watched:
    """A run that goes on, and how its history grew."""

    def __init__(self, server: LiveServer):
        before = set(server.processes())
        self.server = server
        self.run_id = server.call("start_training", WISH)["run_id"]
        self.folder = server.home / "runs" / self.run_id
        self.metrics = self.folder / "metrics.jsonl"
        wait_until(lambda: self.lines() > 2, "it trains", pause=0.01)
        self.children = set(server.processes()) - before

    def lines(self) -> int:
        return self.metrics.read_bytes().count(b"\n") if self.metrics.exists() else 0

    def watch(self, seconds: float) -> tuple[int, float]:
        """Lines on the disk, and how old the newest of them is, just before the kill."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.005)
        return self.lines(), time.time() - self.metrics.stat().st_mtime

    def kill_child(self) -> None:
        for child in self.children:
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: self.run_id not in self.server.unfinished_runs(), "the server has seen it")

    def check(self, lines: int, age: float) -> int:
        """How many checkpoints and snapshots there are; each can be opened."""
        assert age < 1.0, "what had happened a second before was on the disk"
        text = self.metrics.read_text(encoding="utf-8")
        assert text.endswith("\n")
        events = [json.loads(line) for line in text.splitlines()]
        assert events[-1]["type"] == "failed"
        assert len(events) - 1 >= lines
        steps = [event["step"] for event in events if event["type"] == "step"]
        assert steps == list(range(1, len(steps) + 1)), "no step is missing, none twice"
        found = list(self.folder.glob("*.safetensors"))
        snapshots = self.folder / "snapshots"
        for step in list_steps(snapshots):
            found.append(find_weights(snapshots, step))
            load_file(file_of(snapshots, step, "state.safetensors"))
        for path in found:
            load_checkpoint(path)
        json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        if (self.folder / "evaluation.json").exists():
            json.loads((self.folder / "evaluation.json").read_text(encoding="utf-8"))
        return len(found)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_twenty_kills(own_server):
    chance, checkpoints = random.Random(11), 0
    # The fork server is there from now on: what a run adds to the processes is the child that trains it.
    own_server.stream("follow_training", own_server.call("start_training", SHORT)["run_id"], 0)
    for number in range(KILLS):
        run = Watched(own_server)
        lines, age = run.watch(chance.uniform(0.02, 3.0))
        if number % 2:
            own_server.kill()
            own_server.start()
            own_server.stream("follow_training", own_server.call("start_training", SHORT)["run_id"], 0)
            assert own_server.call("follow_training", run.run_id, 0)["events"]
        else:
            run.kill_child()
        checkpoints += run.check(lines, age)
    assert checkpoints >= KILLS // 2
