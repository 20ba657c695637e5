"""measure_memory: what a training step of the learner's model keeps in memory, measured and explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from playground.bench.checkpoint_what_ifs import measure_checkpoints
from playground.bench.events import Measured, Progress
from playground.bench.forecast import PARTS
from playground.bench.ledger import read_ledger
from playground.bench.live_bytes import CATEGORIES, thin
from playground.bench.memory_reasons import course_estimate, explain_memory
from playground.bench.memory_step import Trace, count_saved, trace_step, warm_up
from playground.bench.second_peak import SecondPeak, second_peak
from playground.bench.subject import Subject
from playground.bench.what_ifs import WHAT_IFS, measure_what_if, time_what_ifs
from playground.training.events import Event
from playground.training.optimizers import OPTIMIZERS

POINTS = 400


def measure_memory(subject: Subject, optimizer: str, forecast: dict[str, int]) -> Iterator[Event]:
    """One training step, by several ways that know nothing of each other. In a process of its own: it has one profiler.

    Args:
        optimizer: a name of STEPPED.
        forecast: what `forecast_memory` said of this model, batch and optimizer.

    Yields:
        Progress, and in the end Measured with forecast, measured, saved, peak, timeline, ledger, what_ifs, tutorial, reason;
        see the keys of `_result`.

    Raises:
        PlaygroundError: no such optimizer, or what a learner's code does wrong.
    """
    total = 5 + len(WHAT_IFS)
    yield Progress(0, total, "bench_memory.doing_warm_up")
    OPTIMIZERS.find(optimizer)  # outside `call`, where an error would look like the learner's code's
    made = subject.call(subject.make_optimizer, optimizer)
    warm_up(subject, made)
    yield Progress(1, total, "bench_memory.doing_trace")
    ledger: list[dict[str, Any]] = []
    dropouts = {name for name, one in nn.Module.named_modules(subject.module) if isinstance(one, _DropoutNd)}
    trace = trace_step(subject, made, graph=lambda loss, live: ledger.extend(read_ledger(loss, live, dropouts)))
    yield Progress(2, total, "bench_memory.doing_second")
    second = second_peak(subject, made, trace.before)
    saved = subject.call(lambda: count_saved(subject.loss, subject.module)[0])
    what_ifs: list[dict[str, Any]] = []
    for number, what_if in enumerate(WHAT_IFS, start=3):
        yield Progress(number, total, "bench_memory.doing_what_if", {"what": what_if.title})
        what_ifs.append(measure_what_if(what_if, subject, made))
    yield Progress(total - 2, total, "bench_memory.doing_what_if", {"what": {"key": "bench_memory.one_block"}})
    checkpoints, rows = measure_checkpoints(subject, made, ledger)
    yield Progress(total - 1, total, "bench_memory.doing_times")
    what_ifs += rows
    time_what_ifs([*WHAT_IFS, *checkpoints], what_ifs, subject)
    yield Measured(_result(subject, forecast, trace, second, saved, ledger, what_ifs))


def _result(
    subject: Subject,
    forecast: dict[str, int],
    trace: Trace,
    second: SecondPeak,
    saved: int,
    ledger: list[dict[str, Any]],
    what_ifs: list[dict[str, Any]],
) -> dict[str, Any]:
    parameters, buffers, trainable = subject.call(_sizes, subject)
    result: dict[str, Any] = {
        "forecast": {part: forecast[part] for part in PARTS},
        "measured": trace.measured,
        # What autograd keeps: as LiveBytes counts it, and as saved_tensors_hooks alone does.
        "saved": {"bytes": trace.saved_bytes, "second_method_bytes": saved},
        "peak": {
            "bytes": trace.peak.total,
            "operation": trace.peak.operation,
            "phase": trace.peak.phase,
            "second_method_bytes": second.bytes,
            # What kernels take besides and give back before they return.
            "scratch_bytes": max(0, second.within - second.bytes),
        },
        "timeline": [
            {"operation": point.operation, "phase": point.phase, **{name: point.live[name] for name in CATEGORIES}}
            for point in thin(trace.points, POINTS)
        ],
        "ledger": [{**row, "why": {"key": row["why"], "values": {}}} for row in ledger],
        "what_ifs": what_ifs,
        "tutorial": course_estimate(parameters, buffers, trainable, trace),
    }
    return {**result, "reason": explain_memory(result, len(subject.inputs))}


def _sizes(subject: Subject) -> tuple[int, int, int]:
    """Bytes of the parameters, the buffers, and of what is trained."""
    parameters = list(subject.module.parameters())
    buffers = sum(part.nbytes for part in subject.module.buffers())
    trainable = sum(part.nbytes for part in parameters if part.requires_grad)
    return sum(part.nbytes for part in parameters), buffers, trainable
