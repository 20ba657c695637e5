"""measure_profile: where the time of a training step goes: by operation, by module, by line, and as a flame to look into."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from playground.bench.events import Measured, Progress
from playground.bench.profiler_flame import count_merged, make_flame
from playground.bench.profiler_lines import line_rows, read_source
from playground.bench.profiler_ranges import PHASES, STEP, LineRanges, Opened, Range, module_ranges, phase_range
from playground.bench.profiler_reason import explain_profile
from playground.bench.profiler_tables import Sums, module_rows, operation_rows
from playground.bench.profiler_trace import write_trace
from playground.bench.profiler_tree import Node, read_step
from playground.bench.subject import Subject, measure_loss
from playground.devices import synchronize
from playground.errors import PlaygroundError, RuntimeFailure
from playground.limits import Limits
from playground.registry import shorten
from playground.training.events import Event

# All profiles are kept until the middle one is known.
STEPS_MOST, EVENTS_MOST = 20, 60_000
EMPTY_PROFILE: dict[str, Any] = {
    **dict.fromkeys(("phases", "step", "overhead", "flame", "trace")),
    "rows": [],
    "modules": [],
    "lines": [],
    "source": "",
    "merged": 0,
    "reason": [],
}


@dataclass
class Round:
    """One step with the profiler, and one without it just before, both in seconds by our own clock."""

    plain: float
    profiled: float
    step: Node
    profiler: profile
    events: int


def measure_profile(
    subject: Subject, optimizer: str, steps: int, seconds: float, limits: Limits, folder: str = ""
) -> Iterator[Event]:
    """Steps with and without torch.profiler, in turns. In a process of its own: a process has one profiler.

    Args:
        optimizer: a name of STEPPED. steps: with the profiler, at most; STEPS_MOST in any case.
        seconds: for these steps; one is always profiled.
        folder: the Chrome trace is written there; "" = none is.

    Yields:
        Progress, at the end Measured: `rows` (see `operation_rows`), `modules` (see `module_rows`), `lines` (see
        `line_rows`) of `source`, `phases` {forward, loss, backward, optimizer: seconds}, `step` {seconds, operation_seconds,
        checks_seconds, operations, steps, profiled_steps}, `overhead` {plain_seconds, profiled_seconds, ratio}, `flame` (see
        `make_flame`) and `merged`, how many boxes it puts together, `trace` {bytes, events} or None, `reason`.

    Raises:
        RuntimeFailure: the profiler itself failed. PlaygroundError: what a learner's code does wrong.
    """
    wanted = min(steps, STEPS_MOST)
    total = wanted + 2
    yield Progress(0, total, "bench_profiler.doing_warm_up")
    run = _Steps(subject, optimizer)
    run.plain()
    run.profiled()  # the first profile of a process takes much longer
    rounds: list[Round] = []
    end = time.monotonic() + seconds
    while len(rounds) < wanted:
        yield Progress(1 + len(rounds), total, "bench_profiler.doing_steps", {"number": len(rounds) + 1, "count": wanted})
        begun = time.monotonic()
        rounds.append(run.round())
        # Another round that would end too late is not begun.
        if 2 * time.monotonic() - begun > end or sum(one.events for one in rounds) > EVENTS_MOST:
            break
    yield Progress(total - 1, total, "bench_profiler.doing_tables")
    yield Measured(_result(subject, rounds, limits, folder))


class _Steps:
    """Trains the subject step by step, with and without the profiler."""

    def __init__(self, subject: Subject, optimizer: str):
        self.subject = subject
        self.optimizer = subject.call(subject.make_optimizer, optimizer)
        self.lines = LineRanges(subject.network.code) if subject.network.code is not None else None
        self.names: dict[str, str] = {}

    def plain(self) -> float:
        """Seconds of a step."""
        return self.subject.call(self._timed)  # type: ignore[no-any-return]

    def profiled(self) -> tuple[float, profile]:
        """Seconds of a step under the profiler.

        Raises:
            RuntimeFailure: the profiler failed, not the step.
        """
        with _explained():
            profiler = make_profile(self.subject.device)
            profiler.__enter__()
        try:
            seconds = self.subject.call(self._recorded)
        except BaseException:
            with contextlib.suppress(Exception):  # the step's own error is the one to tell
                profiler.__exit__(None, None, None)
            raise
        with _explained():
            profiler.__exit__(None, None, None)
        return seconds, profiler

    def round(self) -> Round:
        plain = self.plain()
        profiled, profiler = self.profiled()
        with _explained():
            events = profiler.events() or []
            return Round(plain, profiled, read_step(events, self.names), profiler, len(events))

    def _recorded(self) -> float:
        opened = Opened()
        lines = self.lines.recording(opened) if self.lines is not None else contextlib.nullcontext()
        with module_ranges(self.subject.module, opened) as self.names, lines, Range(STEP):
            return self._timed()

    def _timed(self) -> float:
        """One step; each phase waits for the device, so that its time is its own."""
        subject, device = self.subject, self.subject.device
        synchronize(device)
        start = time.perf_counter()
        with phase_range(PHASES[0]):
            output = subject.module(subject.inputs)
            synchronize(device)
        with phase_range(PHASES[1]):
            loss = measure_loss(output, subject.inputs, subject.labels)
            synchronize(device)
        with phase_range(PHASES[2]):
            if loss.requires_grad:
                loss.backward()  # type: ignore[no-untyped-call]
            synchronize(device)
        with phase_range(PHASES[3]):
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            synchronize(device)
        return time.perf_counter() - start


def make_profile(device: torch.device) -> profile:
    """A profiler of operations with their shapes and their memory, not yet begun."""
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    # acc_events: else it warns that events of earlier cycles are gone; here each profile has one.
    return profile(activities=activities, record_shapes=True, profile_memory=True, acc_events=True)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """What goes wrong inside torch.profiler, in a learner's words."""
    try:
        yield
    except PlaygroundError:
        raise
    except Exception as error:
        reason = shorten(str(error) or type(error).__name__, 200)
        raise RuntimeFailure("bench_profiler.failed", reason=reason) from error


def _result(subject: Subject, rounds: list[Round], limits: Limits, folder: str) -> dict[str, Any]:
    # The middle half, so that what disturbs the machine for a moment counts neither in the tables nor in the flame.
    ordered = sorted(rounds, key=lambda one: one.profiled)
    quarter = len(ordered) // 4
    sums = Sums()
    for one in ordered[quarter : len(ordered) - quarter]:
        sums.add(one.step)
    middle = ordered[len(ordered) // 2]
    trace = None
    if folder:
        with _explained():
            trace = write_trace(middle.profiler, Path(folder))
    source = read_source(subject.spec, limits)
    flame = make_flame(middle.step)
    result: dict[str, Any] = {
        "rows": operation_rows(sums),
        "modules": module_rows(sums),
        "lines": line_rows(sums, source),
        "source": source.text,
        "phases": {name: seconds / sums.steps for name, seconds in sums.phases.items()},
        "step": {
            "seconds": sums.step_seconds,
            "operation_seconds": sums.operation_seconds,
            "checks_seconds": sums.checks / sums.steps,
            "operations": round(sum(row[0] for row in sums.operations.values()) / sums.steps),
            "steps": sums.steps,
            "profiled_steps": len(rounds),
        },
        "overhead": {
            "plain_seconds": statistics.median(one.plain for one in rounds),
            "profiled_seconds": statistics.median(one.profiled for one in rounds),
            "ratio": statistics.median(one.profiled / one.plain for one in rounds),
        },
        "flame": flame,
        "merged": count_merged(flame),
        "trace": trace,
    }
    return {**result, "reason": explain_profile(result, sums, wanted_trace=bool(folder))}
