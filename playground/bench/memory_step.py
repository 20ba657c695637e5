"""trace_step: one training step, followed storage by storage; what saved_tensors_hooks alone see of it; its time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from playground.bench.clock import timed
from playground.bench.live_bytes import LiveBytes, Point
from playground.bench.subject import Subject

# Gives the loss, forward; and what is around that, such as autocast.
Forward = Callable[[], Tensor]
Context = Callable[[], contextlib.AbstractContextManager[Any]]


@dataclass(frozen=True)
class Trace:
    """One step as LiveBytes has seen it.

    Args:
        measured: bytes of parameters, gradients (after the backward), optimizer and activations (after the forward).
        before: all bytes that were alive before the step. made: those that the forward made and left, but for the loss.
        peak: where most was alive. points: what was alive after each operation.
    """

    measured: dict[str, int]
    before: int
    made: int
    peak: Point
    points: list[Point]

    @property
    def saved_bytes(self) -> int:
        return self.measured["activations"]


def trace_step(
    subject: Subject,
    optimizer: torch.optim.Optimizer | None = None,
    *,
    forward: Forward | None = None,
    around: Context = contextlib.nullcontext,
    graph: Callable[[Tensor, LiveBytes], None] | None = None,
    watch: Callable[[LiveBytes], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext,
) -> Trace:
    """Forward, backward where there is a graph, and the optimizer's step where there is one; gradients are left away.

    Args:
        forward: None = the subject's own loss.
        graph: told the loss while its graph is whole.
        watch: is open during the step, to set `place` of what follows it.

    Raises:
        PlaygroundError: what a learner's code does wrong.
    """
    return subject.call(_trace, subject, optimizer, forward or subject.loss, around, graph, watch)  # type: ignore[no-any-return]


def _trace(
    subject: Subject,
    optimizer: torch.optim.Optimizer | None,
    forward: Forward,
    around: Context,
    graph: Callable[[Tensor, LiveBytes], None] | None,
    watch: Callable[[LiveBytes], contextlib.AbstractContextManager[Any]],
) -> Trace:
    clear_gradients(subject)
    live = LiveBytes(subject.device)
    parameters = list(subject.module.parameters())
    live.hold("parameters", parameters)
    live.hold("temporary", subject.module.buffers())
    live.hold("optimizer", state_tensors(optimizer))
    live.hold("temporary", (subject.inputs, subject.labels), fixed=False)
    before = live.total
    handles = [
        parameter.register_post_accumulate_grad_hook(lambda one: live.hold("gradients", [one.grad]))
        for parameter in parameters
        if parameter.requires_grad
    ]
    try:
        with _layers(subject.module, live), watch(live), live:
            live.phase = "forward"
            with around(), saved_tensors_hooks(live.save, live.restore):
                loss = forward()
            live.note("loss")  # what the last operation saved counts as saved
            saved, made = live.live["activations"], live.total - before - loss.untyped_storage().nbytes()
            if graph is not None:
                graph(loss, live)
            if loss.requires_grad:
                live.phase = "backward"
                loss.backward()
            live.note("backward")
            gradients = live.live["gradients"]
            if optimizer is not None:
                live.phase = "optimizer"
                optimizer.step()
                live.note("step")
    finally:
        for handle in handles:
            handle.remove()
        clear_gradients(subject)
    kept = {name: live.points[-1].live[name] for name in ("parameters", "optimizer")}
    measured = {
        "parameters": kept["parameters"],
        "gradients": gradients,
        "optimizer": kept["optimizer"],
        "activations": saved,
    }
    return Trace(measured, before, made, live.peak, live.points)


def warm_up(subject: Subject, optimizer: torch.optim.Optimizer) -> None:
    """One step, so that the optimizer has its state and torch its kernels."""

    def work() -> None:
        subject.loss().backward()
        optimizer.step()
        clear_gradients(subject)

    subject.call(work)


def clear_gradients(subject: Subject) -> None:
    """To be called inside `call`."""
    for parameter in subject.module.parameters():
        parameter.grad = None


def state_tensors(optimizer: torch.optim.Optimizer | None) -> list[Tensor]:
    if optimizer is None:
        return []
    return [value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)]


def count_saved(work: Callable[[], Any], module: nn.Module) -> tuple[int, Any]:
    """Bytes that autograd keeps of `work()`, each storage once, without the module's own; and what `work` gave.

    By `saved_tensors_hooks` alone: nothing else looks at memory here.
    """
    own = {part.untyped_storage()._cdata for part in (*module.parameters(), *module.buffers())}
    kept: dict[int, Any] = {}  # kept alive: an address that is free would come again

    def pack(tensor: Tensor) -> Tensor:
        if tensor.layout is not torch.strided:
            return tensor
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        result = work()
    return sum(storage.nbytes() for storage in kept.values()), result


def time_step(
    subject: Subject, *, forward: Forward | None = None, around: Context = contextlib.nullcontext, backward: bool = True
) -> float:
    """Seconds of one pass forward, and backward."""

    def step() -> None:
        with around():
            loss = (forward or subject.loss)()
        if backward:
            loss.backward()

    def work() -> float:
        seconds, _ = timed(step, subject.device)
        clear_gradients(subject)
        return seconds

    return subject.call(work)  # type: ignore[no-any-return]


@contextlib.contextmanager
def _layers(module: nn.Module, live: LiveBytes) -> Iterator[None]:
    """Meanwhile `live.layer` is the path of the innermost module that runs."""
    stack: list[str] = []

    def enter(name: str, *_: Any) -> None:
        stack.append(name)
        live.layer = name

    def leave(*_: Any) -> None:
        stack.pop()
        live.layer = stack[-1] if stack else ""

    handles = []
    for name, inner in nn.Module.named_modules(module):
        handles.append(inner.register_forward_pre_hook(partial(enter, name)))
        handles.append(inner.register_forward_hook(leave, always_call=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
