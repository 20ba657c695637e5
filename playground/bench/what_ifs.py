"""What a step would keep and take if one thing were different: each variant is really run."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from playground.bench.memory_step import Forward, Trace, clear_gradients, time_step, trace_step
from playground.bench.subject import Subject, of_batch
from playground.errors import PlaygroundError
from playground.registry import shorten

REPETITIONS, TIMING_SECONDS = 5, 8.0
SEED = 0
# Sentences {key, values}.
Sentence = dict[str, Any]


class Impossible(Exception):
    """The variant cannot be, or its gradients would be wrong; with a sentence."""

    def __init__(self, reason: Sentence):
        super().__init__(reason["key"])
        self.reason = reason


@contextlib.contextmanager
def _as_it_is(subject: Subject) -> Iterator[Subject]:
    yield subject


@contextlib.contextmanager
def _own_loss(subject: Subject) -> Iterator[Forward]:
    yield subject.loss


@contextlib.contextmanager
def _half(subject: Subject) -> Iterator[Subject]:
    yield of_batch(subject, len(subject.inputs) // 2)


@contextlib.contextmanager
def _in_place(subject: Subject) -> Iterator[Subject]:
    layers = _plain_relus(subject)
    try:
        for one in layers:
            one.inplace = True
        yield subject
    finally:
        for one in layers:
            one.inplace = False


def _check_half(subject: Subject) -> None:
    if len(subject.inputs) < 2:
        raise Impossible({"key": "bench_memory.one_sample", "values": {}})


def _check_in_place(subject: Subject) -> None:
    """ReLUs that write over their input: only where every gradient stays what it was."""
    if subject.spec.code:
        raise Impossible({"key": "bench_memory.only_lists", "values": {}})
    if not _plain_relus(subject):
        raise Impossible({"key": "bench_memory.no_relu", "values": {}})
    before = gradients_of(subject)
    with _in_place(subject):
        try:
            after = gradients_of(subject)
        except RuntimeError as error:  # autograd sees that a saved tensor was written over
            raise Impossible({"key": "bench_memory.in_place_breaks", "values": {"error": shorten(str(error))}}) from None
    if not same(before, after):
        raise Impossible({"key": "bench_memory.in_place_differs", "values": {}})


def _plain_relus(subject: Subject) -> list[nn.ReLU]:
    return [one for one in subject.module.modules() if type(one) is nn.ReLU and not one.inplace]


@dataclass(frozen=True)
class WhatIf:
    """One thing that is different.

    Args:
        name: `words`: `bench_memory.what_if_<name>`, filled with `values`.
        change: a context that gives the changed subject, and ends with everything as it was. forward: one that gives its
            forward pass.
        around: a context around the forward pass, on the subject's device. backward: whether there is one.
        check: raises `Impossible`.
    """

    name: str
    change: Callable[[Subject], contextlib.AbstractContextManager[Subject]] = _as_it_is
    around: Callable[[torch.device], contextlib.AbstractContextManager[Any]] = lambda device: contextlib.nullcontext()
    backward: bool = True
    check: Callable[[Subject], None] = lambda subject: None
    forward: Callable[[Subject], contextlib.AbstractContextManager[Forward]] = _own_loss
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> Sentence:
        return {"key": f"bench_memory.what_if_{self.name}", "values": self.values}

    def trace(self, subject: Subject, optimizer: torch.optim.Optimizer) -> Trace:
        with self.change(subject) as changed, self.forward(changed) as forward:
            return trace_step(changed, optimizer, forward=forward, around=partial(self.around, subject.device))

    def time(self, subject: Subject) -> float:
        """Seconds of one pass forward, and backward where there is one."""
        with self.change(subject) as changed, self.forward(changed) as forward:
            around = partial(self.around, subject.device)
            return time_step(changed, forward=forward, around=around, backward=self.backward)


WHAT_IFS: tuple[WhatIf, ...] = (
    WhatIf("as_it_is"),
    WhatIf("half_batch", _half, check=_check_half),
    WhatIf("no_grad", around=lambda device: torch.no_grad(), backward=False),
    WhatIf("bf16", around=lambda device: torch.autocast(device.type, torch.bfloat16)),
    WhatIf("in_place_relu", _in_place, check=_check_in_place),
)


def measure_what_if(what_if: WhatIf, subject: Subject, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """{name, title: a sentence, saved_bytes, peak_bytes, step_seconds: None until `time_what_ifs`, possible, reason: a
    sentence or None}."""
    row: dict[str, Any] = {"name": what_if.name, "title": what_if.title, "saved_bytes": None, "peak_bytes": None}
    row["step_seconds"] = None
    try:
        what_if.check(subject)
        trace = what_if.trace(subject, optimizer)
    except Impossible as impossible:
        return {**row, "possible": False, "reason": impossible.reason}
    except PlaygroundError as error:
        values = {name: value if isinstance(value, int | float) else str(value) for name, value in error.values.items()}
        return {**row, "possible": False, "reason": {"key": error.key, "values": values}}
    except (RuntimeError, ValueError, TypeError) as error:  # torch refuses a batch of one, or a precision
        reason = {"key": "bench_memory.refused", "values": {"error": shorten(str(error))}}
        return {**row, "possible": False, "reason": reason}
    kept = {"saved_bytes": trace.saved_bytes, "peak_bytes": trace.peak.total}
    return {**row, **kept, "possible": True, "reason": None}


def time_what_ifs(what_ifs: Sequence[WhatIf], rows: Sequence[dict[str, Any]], subject: Subject) -> None:
    """Fill in `step_seconds`: the median of passes forward and backward, the variants in turns, so that all of them see the
    same machine. Each has run before."""
    possible = [(what_if, row) for what_if, row in zip(what_ifs, rows, strict=True) if row["possible"]]
    seconds: list[list[float]] = [[] for _ in possible]
    end = time.monotonic() + TIMING_SECONDS
    for _ in range(REPETITIONS):
        for (what_if, _row), taken in zip(possible, seconds, strict=True):
            taken.append(what_if.time(subject))
        if time.monotonic() > end:
            break
    for (_, row), taken in zip(possible, seconds, strict=True):
        row["step_seconds"] = statistics.median(taken)


@contextlib.contextmanager
def _same_each_time() -> Iterator[None]:
    """Some convolutions of CUDA add up in another order each time; then two gradients would never be equal."""
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic = before


def gradients_of(subject: Subject, forward: Callable[[], Tensor] | None = None) -> list[Tensor | None]:
    """Of each parameter, of a step whose dropout is the same each time; the parameters keep none."""

    def work() -> list[Tensor | None]:
        clear_gradients(subject)
        torch.manual_seed(SEED)
        with _same_each_time():
            (forward or subject.loss)().backward()
        found = [one.grad for one in subject.module.parameters()]
        clear_gradients(subject)
        return found

    return subject.call(work)  # type: ignore[no-any-return]


def same(first: list[Tensor | None], second: list[Tensor | None]) -> bool:
    """Whether they are equal, bit by bit."""
    return all(
        (one is None and other is None) or (one is not None and other is not None and torch.equal(one, other))
        for one, other in zip(first, second, strict=True)
    )
