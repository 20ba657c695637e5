"""Ctrl-C in the terminal of a server: the signal goes to all of its processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from live_server import wait_until


def is_fork_server(process: int) -> bool:
    try:
        return b"multiprocessing.forkserver" in (Path("/proc") / str(process) / "cmdline").read_bytes()
    except OSError:
        return False


def test_ctrl_c_while_torch_is_still_loading(own_server):
    """Nothing but the greeting was printed, and nothing is left."""
    wait_until(lambda: any(map(is_fork_server, own_server.processes())), "the fork server starts", 20, pause=0.01)
    time.sleep(1)  # it loads torch now, for some seconds more
    os.killpg(own_server.process.pid, signal.SIGINT)
    assert own_server.process.wait(15) == 0
    wait_until(lambda: not own_server.processes(), "nothing is left of the server", 10)
    assert [line for line in own_server.log_text().splitlines() if not line.startswith("PyTorch Playground: http")] == []
