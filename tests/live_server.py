"""A real `python app.py` on a free port, for the tests that talk to it: one for all of a session, or one of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {"en": "/", "zh": "/zh/"}
# Long enough for a busy machine; no test measures a time.
PATIENCE_SECONDS = 60
# What a log may hold without anything being wrong; and where uvicorn begins to tell which open streams it cut off.
HARMLESS = ("PyTorch Playground: http",)
FAREWELL = "ERROR:    Cancel "


@dataclass
class LiveServer:
    """One server process. `home`: its PLAYGROUND_HOME; `log_file`: everything that it printed."""

    home: Path
    log_file: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> LiveServer:
        """Start `python app.py` and wait until it answers."""
        self.port = self.port or free_port()
        own = {"HOST": "127.0.0.1", "PORT": str(self.port), "PLAYGROUND_HOME": str(self.home)}
        own["PLAYGROUND_BENCHMARK_REPEAT_SECONDS"] = "3"  # no test asks for a verdict that needs more
        inherited = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "app.py"],
                cwd=ROOT,
                env={**inherited, **own, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self.answers, "the server answers", log=self.log_text)
        return self

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, f"the server has ended:\n{self.log_text()}"
        try:
            return http(f"{self.url}/healthz")[0] == 200
        except OSError:
            return False

    def stop(self, seconds: float = 5) -> int:
        """SIGTERM, as Docker and systemd send it; the exit status. Fails when it has not gone within `seconds`, or when
        something that it started outlives it by more than a moment."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
            wait_until(lambda: not self.processes(), "nothing is left of the server", 5)
            return status
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server was still there {seconds} s after SIGTERM") from None
        finally:
            self.kill()

    def kill(self) -> None:
        """End it at once, and all that it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def log_text(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def check_log(self) -> None:
        """Nothing in the log but the greeting: no traceback, no error, no warning."""
        text = self.log_text().partition(FAREWELL)[0]
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith(HARMLESS)]
        assert not lines, "the server's log should be empty:\n" + "\n".join(lines[-60:])

    def processes(self) -> list[int]:
        """The server and everything that it started, alive now."""
        assert self.process is not None
        return group_members(self.process.pid)

    def unfinished_runs(self) -> list[str]:
        """The ids of the runs whose history has no last event."""
        ends = ('"type":"done"', '"type":"stopped"', '"type":"failed"')
        histories = {path.parent.name: path.read_text() for path in self.home.glob("runs/*/metrics.jsonl")}
        names = [path.parent.name for path in self.home.glob("runs/*/config.json")]
        return [name for name in names if not any(end in histories.get(name, "").replace(" ", "") for end in ends)]

    def stop_all_runs(self) -> None:
        for run_id in self.unfinished_runs():
            self.call("stop_training", run_id)
        wait_until(lambda: not self.unfinished_runs(), "all runs have ended")

    def call(self, name: str, *data: Any, language: str = "en", **named: Any) -> Any:
        """One answer of an endpoint by plain HTTP: POST, then its event stream; the last value."""
        return self.stream(name, *data, language=language, **named)[-1]

    def stream(self, name: str, *data: Any, language: str = "en", timeout: float = PATIENCE_SECONDS) -> list[Any]:
        """All values of an endpoint by plain HTTP, in order."""
        base = f"{self.url}{LANGUAGES[language]}gradio_api/call/{name}"
        status, body = http(base, {"data": list(data)}, timeout=timeout)
        assert status == 200, f"{name}: {status} {body[:300]!r}"
        status, body = http(f"{base}/{json.loads(body)['event_id']}", timeout=timeout)
        assert status == 200, f"{name}: {status} {body[:300]!r}"
        return read_event_stream(body.decode())


def read_event_stream(text: str) -> list[Any]:
    """The values of a Gradio event stream: each `generating` one, or the `complete` one where nothing was streamed."""
    streamed, complete = [], []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if lines.get("event") == "error":
            raise AssertionError(f"the endpoint answered with a bare error: {block}")
        if lines.get("event") in ("generating", "complete"):
            value = json.loads(lines["data"], parse_constant=_refuse_constant)
            assert value, f"a value is missing: {block}"
            (streamed if lines["event"] == "generating" else complete).append(value[0])
    assert complete or streamed, f"the stream ended without a value: {text[-500:]!r}"
    return streamed or complete


def _refuse_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def http(
    url: str, data: Any = None, *, method: str | None = None, headers: dict[str, str] | None = None, timeout: float = 30
) -> tuple[int, bytes]:
    """Status and body; `data` is sent as JSON, bytes as they are."""
    body = data if data is None or isinstance(data, bytes) else json.dumps(data).encode()
    request = urllib.request.Request(
        url, body, {"content-type": "application/json", **(headers or {})}, method=method or ("POST" if body else "GET")
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_until(condition: Any, what: str, seconds: float = PATIENCE_SECONDS, *, pause: float = 0.1, log: Any = None) -> Any:
    """The first true value of `condition()`; fails with `what` when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError(f"waited {seconds} s in vain until {what}" + (f"\n{log()}" if log else ""))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def group_members(group: int) -> list[int]:
    """The living processes of a process group (Linux)."""
    members = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, pgrp = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state != "Z":
            members.append(int(folder.name))
    return members


def start_server(folder: Path, **environment: str) -> LiveServer:
    folder.mkdir(parents=True, exist_ok=True)
    return LiveServer(folder / "home", folder / "server.log", environment).start()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[LiveServer]:
    """The server that all tests of a session share: in local mode, with an empty home. Its log must stay clean."""
    live = start_server(tmp_path_factory.mktemp("server"))
    try:
        yield live
        assert live.stop() in (0, -signal.SIGTERM)
        live.check_log()
    finally:
        live.kill()


@pytest.fixture
def own_server(tmp_path) -> Iterator[LiveServer]:
    """A server of this test alone, to be killed and started again."""
    live = start_server(tmp_path / "own")
    try:
        yield live
    finally:
        live.kill()
