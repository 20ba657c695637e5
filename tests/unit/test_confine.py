"""The wall behind the language: what a confined child cannot do, though nothing in its code holds it back."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.confine import landlock_version
from playground.jobs.kinds import JOB_KINDS
from playground.limits import read_limits
from playground.training.events import Event

pytestmark = pytest.mark.skipif(landlock_version() < 6, reason="this kernel has no Landlock, or an early one")
DEEDS = "read_password read_project list_home write remove start_program connect listen signal".split()


@dataclass(frozen=True)
class Tried(Event):
    """What each deed came to: "done" or the name of its error."""

    type: ClassVar[str] = "done"
    outcomes: dict[str, str]


def try_all(folder: str, port: int) -> Iterator[Tried]:
    """Runs in the child: plain Python, no guards."""
    kept = Path(folder) / "kept"

    def connect() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()

    def listen() -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))

    deeds = {
        "read_password": lambda: Path("/etc/passwd").read_bytes(),
        "read_project": lambda: (Path(__file__).resolve().parents[2] / "README.md").read_bytes(),
        "list_home": lambda: os.listdir(folder),
        "write": lambda: (Path(folder) / "new").write_text("x"),
        "remove": kept.unlink,
        "start_program": lambda: subprocess.run(["/bin/true"], check=True),
        "connect": connect,
        "listen": listen,
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    outcomes = {}
    for name, deed in deeds.items():
        try:
            deed()
            outcomes[name] = "done"
        except OSError as error:
            outcomes[name] = type(error).__name__
    assert torch.ones(3).sum() == 3, "torch still works"
    yield Tried(outcomes)


@pytest.fixture
def outcomes(tmp_path):
    """Let a child try everything, confined or not."""
    (tmp_path / "kept").write_text("x")
    jobs = Jobs(read_limits(public=False, environment={}))
    listener = socket.create_server(("127.0.0.1", 0))

    def run(confined: bool, **paths: tuple[str, ...]) -> dict[str, Any]:
        given = {"folder": str(tmp_path), "port": listener.getsockname()[1]}
        order = Order(try_all, given, confined=confined, **paths)
        log = EventLog()
        jobs.submit(Job(secrets.token_hex(16), JOB_KINDS["program"], order, "me", log))
        while not log.ended:
            log.wait(len(log), 1.0)
        assert log.last["type"] == "done", log.last
        return log.last["outcomes"]

    yield run
    jobs.close()
    listener.close()


def test_a_confined_child_reaches_nothing(outcomes, tmp_path):
    assert outcomes(True) == dict.fromkeys(DEEDS, "PermissionError")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_training_childs_run_is_a_hole_in_the_wall_for_files_alone(outcomes, tmp_path):
    reached = {"list_home": "done", "write": "done", "remove": "done"}
    assert outcomes(True, writable=(str(tmp_path),)) == dict.fromkeys(DEEDS, "PermissionError") | reached
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_may_be_read_cannot_be_written(outcomes, tmp_path):
    assert outcomes(True, readable=(str(tmp_path),)) == dict.fromkeys(DEEDS, "PermissionError") | {"list_home": "done"}


def test_without_the_wall_it_would(outcomes):
    assert outcomes(False) == dict.fromkeys(DEEDS, "done")
