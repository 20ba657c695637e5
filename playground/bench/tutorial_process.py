"""The course's loop in a Python of its own, as its readers start it, asked for its speed in turns with ours.

`import playground` sets how idle OpenMP threads wait and how glibc keeps freed memory. The course's readers do not have
that, so in this process the course's loop would be faster than it is for them: there torch is loaded before the playground
is, and what the playground wrote into the environment is left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from playground.bench.tutorial import TutorialProgram

ROOT = Path(__file__).resolve().parents[2]
OURS = ("OMP_", "GOMP_", "GLIBC_TUNABLES")
PROGRAM = "import torch; from playground.bench.tutorial_process import answer_orders; answer_orders()"


class TutorialProcess:
    """A context manager; between two measurements the process sleeps."""

    def __enter__(self) -> TutorialProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate()  # the end of its input ends it

    def measure_rate(self, batches: int, warmup: int) -> float:
        """Images per second: see `TutorialProgram.measure_rate`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([batches, warmup]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the course's program ended early; its own message stands above")
        return float(answer)


def answer_orders() -> None:
    """What runs in the process: a measurement for each line [batches, warmup] of the standard input."""
    program = TutorialProgram()
    for line in sys.stdin:
        batches, warmup = json.loads(line)
        print(program.measure_rate(batches, warmup), flush=True)
