"""Operations under autocast: their dtype, their time, and their rounding error against the same operation in float64."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from playground.bench.precision_steps import SEED, Precision, Trainer
from playground.devices import synchronize

MOST_ROWS = 30
TIMED_PASSES = 3
PRODUCTS = frozenset(
    "mm addmm bmm baddbmm mv addmv dot linear linear_backward convolution convolution_backward mkldnn_rnn_layer "
    "mkldnn_rnn_layer_backward _cudnn_rnn _cudnn_rnn_backward".split()
)
CAST = "_to_copy"
# Memory that nothing was written to yet, and marks of the profiler: neither has a value that could be wrong.
NOT_COMPUTED = ("empty", "new_empty", "_record_function", "detach")


def is_product(operation: str) -> bool:
    """Matrix products and convolutions: what units of a lower precision are made for."""
    return operation in PRODUCTS or operation.startswith(("_scaled_dot_product", "_flash_attention", "_efficient_attention"))


@dataclass
class Operation:
    """What one operation has done in one pass: seconds, and where it was checked what rounding did to it."""

    calls: int = 0
    seconds: float = 0.0
    dtype: str = ""
    largest_error: float | None = None
    flushed: int = 0
    infinite: int = 0
    elements: int = 0

    def describe(self) -> dict[str, Any]:
        checked = self.elements > 0
        return {
            "dtype": self.dtype,
            "seconds": self.seconds,
            "largest_error": self.largest_error,
            "flushed_to_zero": self.flushed / self.elements if checked else None,
            "infinite": self.infinite if checked else None,
        }


class Operations(TorchDispatchMode):
    """Times every operation that computes something; views cost nothing and are left out.

    Args:
        checked: also do each again on float64 copies of what went in, so that the error is the operation's own.
    """

    def __init__(self, device: torch.device, checked: bool):
        super().__init__()
        self.device, self.checked = device, checked
        self.found: dict[str, Operation] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func.is_view or func._overloadpacket.__name__.startswith(NOT_COMPUTED):
            return func(*args, **kwargs)
        # Before: an operation in place overwrites what it was given.
        reference = _in_float64(func, args, kwargs) if self.checked else None
        synchronize(self.device)
        start = time.perf_counter()
        result = func(*args, **kwargs)
        synchronize(self.device)
        seconds = time.perf_counter() - start
        entry = self.found.setdefault(func._overloadpacket.__name__, Operation())
        entry.calls += 1
        entry.seconds += seconds
        given = _floats(result)
        if given:
            entry.dtype = str(given[0].dtype).removeprefix("torch.")
        if reference is not None:
            _compare(entry, given, _floats(reference))
        return result


def _floats(values: Any) -> list[Tensor]:
    leaves = pytree.tree_leaves(values)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.is_floating_point() and leaf.numel()]


def _in_float64(func: Any, args: Any, kwargs: Any) -> Any:
    """The result of `func` on float64 copies; None = it draws random numbers, takes no floats or has no such kernel."""
    if torch.Tag.nondeterministic_seeded in func.tags or not _floats((args, kwargs)):
        return None

    def widened(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.detach().double() if value.is_floating_point() else value.detach().clone()
        return torch.float64 if isinstance(value, torch.dtype) and value.is_floating_point else value

    try:
        # Copies share nothing with the originals, so that an operation in place changes the copies alone.
        fresh = pytree.tree_map(lambda value: value.clone() if isinstance(value, Tensor) else value, (args, kwargs))
        wide_args, wide_kwargs = pytree.tree_map(widened, fresh)
        return func(*wide_args, **wide_kwargs)
    except (RuntimeError, NotImplementedError, TypeError):
        return None  # a kernel of some types only, such as oneDNN's: the table has a dash there


def _compare(entry: Operation, given: Sequence[Tensor], wanted: Sequence[Tensor]) -> None:
    """Errors relative to the largest element of all that the call gives.

    Small elements of a sum have its rounding error, not their own; and the gradient of a bias before BatchNorm is 0 but for
    rounding, so that an error relative to itself would say nothing.
    """
    if [part.shape for part in given] != [part.shape for part in wanted]:
        return
    size = max((float(exact[exact.isfinite()].abs().max()) for exact in wanted if bool(exact.isfinite().any())), default=0.0)
    for part, exact in zip(given, wanted, strict=True):
        result = part.detach().double()
        finite = exact.isfinite()
        both = finite & result.isfinite()
        entry.elements += result.numel()
        entry.infinite += int((finite & ~result.isfinite()).sum())
        tiny = torch.finfo(part.dtype).smallest_normal
        # Smaller than the dtype's normal numbers, and gone: a zero that comes from a cancellation is no underflow.
        entry.flushed += int(((result == 0) & (exact != 0) & (exact.abs() <= tiny)).sum())
        error = float((result - exact)[both].abs().max()) / size if size and bool(both.any()) else 0.0
        entry.largest_error = max(entry.largest_error or 0.0, error)


def operation_seconds(trainer: Trainer) -> dict[str, float]:
    """Seconds of each operation in one forward and backward pass over the trainer's batch, the least of some passes."""
    runs = [_run(trainer, checked=False) for _ in range(1 + TIMED_PASSES)][1:]
    names = {name: None for run in runs for name in run}
    return {name: min(run[name].seconds for run in runs if name in run) for name in names}


def compare_operations(trainers: Sequence[Trainer], passes: Callable[[Precision], int]) -> list[dict[str, Any]]:
    """The table of operations: {operation, calls, <precision>: what `Operation.describe` says, or None where the precision
    does not have it}, the slowest first.

    Args:
        trainers: on a small part of the batch, one for each precision. passes: how often each is timed.
    """
    columns: dict[str, dict[str, Operation]] = {}
    for trainer in trainers:
        checked = _run(trainer, checked=True)
        for _ in range(passes(trainer.precision)):
            timed = _run(trainer, checked=False)
            for name, entry in checked.items():
                entry.seconds = min(entry.seconds, timed[name].seconds) if name in timed else entry.seconds
        columns[trainer.precision.name] = checked
    names = {name: None for column in columns.values() for name in column}
    slowest = sorted(names, key=lambda name: -max(_seconds(column, name) for column in columns.values()))
    return [
        {
            "operation": name,
            "calls": max(column[name].calls for column in columns.values() if name in column),
            **{kind: column[name].describe() if name in column else None for kind, column in columns.items()},
        }
        for name in slowest[:MOST_ROWS]
    ]


def _seconds(column: dict[str, Operation], name: str) -> float:
    return column[name].seconds if name in column else 0.0


def _run(trainer: Trainer, *, checked: bool) -> dict[str, Operation]:
    """One forward and backward pass in the trainer's precision, without a step; the same dropout masks each time."""

    def work() -> None:
        trainer.optimizer.zero_grad(set_to_none=True)
        with trainer.precision.float32_units(trainer.subject.device):
            trainer.scaler.scale(trainer.forward()).backward()

    torch.manual_seed(SEED)
    with Operations(trainer.subject.device, checked) as mode:
        trainer.subject.call(work)
    return mode.found
