"""Provenance: which input cells made an output cell, found by changing inputs and looking what changes.

Each cell of each operand is replaced by values that no operation can overlook (nan, ±infinity, another number), the
operation runs again, and every output cell that differs was made from it. So one rule serves every operation: elementwise,
products, reductions, indexing, reshapes, and those that will be added.
"""

from __future__ import annotations

import copy
import time
from typing import Any

import torch
from torch import Tensor

from playground.errors import InputError
from playground.lang.budget import Halt
from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.lang.recorder import Operation, tensors_of
from playground.limits import Limits
from playground.tensors.trace import read_seed

INPUT_CELLS_MOST = 1500
OUTPUT_CELLS_MOST = 1000
PAIRS_MOST = 60_000
SECONDS = 2.0


class _Reached(Halt):
    """The program has come to the operation that was asked for."""


def find_provenance(source: str, seed: object, step: int, limits: Limits) -> dict[str, Any]:
    """For each output cell of a step, the flat indices of the input cells that made it, operand by operand.

    Args:
        step: its number in `run_tensors`' list of the same program and seed.

    Returns:
        {"operands": [{"shape"}], "cells": per output cell a list per operand of flat indices; None where the operation is
        too large or random}.

    Raises:
        InputError: the program has no such step, or the seed is none.
    """
    number = read_seed(seed)
    program = Program(source, limits.program_text_bytes)
    first = Interpreter(program, limits)
    first.run(number)
    if not 0 <= step < len(first.recorder.steps):
        raise InputError("tensors.no_step", step=step)
    wanted = first.recorder.steps[step]
    found: dict[str, Any] = {}

    def before(operation: Operation, function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> None:
        # Inside a trial there may be operations of the learner's own functions.
        if operation.order == wanted["order"] and not found:
            found["operands"] = []
            found.update(_trace(function, values, options, wanted["output_index"]))
            raise _Reached(InputError("tensors.no_step", step=step))

    # The same program again, up to that operation: it is traced with its operands as they are just before it.
    again = Interpreter(program, limits, steps=0)
    again.guards.watch(before)
    again.run(number)
    if not found:
        raise InputError("tensors.no_step", step=step)
    return found


def trace_cells(
    function: Any, values: tuple[Any, ...], options: dict[str, Any], output: int = 0
) -> list[list[list[int]]] | None:
    """The cells of one operation; None where it is too large, takes too long, or is random."""
    tensors = _operands(values, options)
    baseline = _cells(function, values, options, output)
    if baseline is None or baseline.numel() > OUTPUT_CELLS_MOST or sum(t.numel() for t in tensors) > INPUT_CELLS_MOST:
        return None
    again = _cells(function, values, options, output, seed=1)
    if again is None or not _equal(again, baseline).all():
        return None
    deadline = time.monotonic() + SECONDS
    cells: list[list[list[int]]] = [[[] for _ in tensors] for _ in range(baseline.numel())]
    pairs = 0
    for place, tensor in enumerate(tensors):
        for index in range(tensor.numel()):
            changed = torch.zeros(baseline.numel(), dtype=torch.bool)
            for value in _changes(tensor, index):
                probe = _cells(function, values, options, output, (place, index, value))
                if probe is not None and probe.shape == baseline.shape:
                    changed |= ~_equal(probe, baseline)
            for cell in changed.nonzero().flatten().tolist():
                cells[cell][place].append(index)
                pairs += 1
            if pairs > PAIRS_MOST or time.monotonic() > deadline:
                return None
    return cells


def _trace(function: Any, values: Any, options: Any, output: int) -> dict[str, Any]:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Tensor):
        name = function.__name__
        values, function = (owner, *values), lambda tensor, *rest, **more: getattr(tensor, name)(*rest, **more)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        try:
            cells = trace_cells(function, values, options, output)
        except Halt:  # the trials together used up the program's budget
            cells = None
    return {"operands": [{"shape": list(t.shape)} for t in _operands(values, options)], "cells": cells}


def _cells(function: Any, values: Any, options: Any, output: int, change: Any = None, seed: int = 0) -> Tensor | None:
    """One output as a flat tensor, with one input cell replaced; None where the operation does not take that value."""
    torch.manual_seed(seed)
    try:
        outputs = tensors_of(_run(function, values, options, change))
    except (RuntimeError, ValueError, IndexError, TypeError):
        return None
    return outputs[output].detach().reshape(-1) if output < len(outputs) else None


def _run(function: Any, values: Any, options: Any, change: Any = None) -> Any:
    """The operation on copies of its operands, so that one that works in place leaves the program's tensors alone."""
    place = 0

    def copied(value: Any) -> Any:
        nonlocal place
        if isinstance(value, Tensor):
            if _is_dense(value):
                clone = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype).copy_(value.detach())
            else:
                clone = value.detach().clone(memory_format=torch.contiguous_format)
            if change is not None and change[0] == place:
                clone[_position(change[1], clone.shape)] = change[2]
            place += 1
            return clone
        if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
            return type(value)(copied(part) for part in value)
        return value

    values = tuple(copied(value) for value in values)
    options = {name: copied(value) for name, value in options.items()}
    if isinstance(function, torch.nn.Module):
        function = copy.deepcopy(function)  # statistics of a BatchNorm move
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Tensor):
        function = getattr(owner.detach().clone(), function.__name__)
    return function(*values, **options)


def _is_dense(tensor: Tensor) -> bool:
    """Whether each cell has memory of its own: not so in `expand` and `unfold`."""
    reach = 0
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1:
            if stride <= reach:
                return False
            reach += stride * (size - 1)
    return True


def _position(index: int, shape: Any) -> tuple[int, ...]:
    place = []
    for size in reversed(shape):
        place.append(index % size)
        index //= size
    return tuple(reversed(place))


def _changes(tensor: Tensor, index: int) -> list[Any]:
    """What one cell is replaced by: values that an operation can hardly overlook."""
    value = tensor[_position(index, tensor.shape)].item()
    if tensor.dtype == torch.bool:
        return [not value]
    if tensor.is_floating_point():
        return [float("nan"), float("inf"), float("-inf"), 0.0, value + 1.5]
    if tensor.is_complex():
        return [complex("nan"), value + 1.5]
    most = torch.iinfo(tensor.dtype).max
    return [
        other
        for other in (0, 1, value + 1, value - 1, most // 2)
        if other != value and torch.iinfo(tensor.dtype).min <= other <= most
    ]


def _equal(first: Tensor, second: Tensor) -> Tensor:
    if first.is_floating_point() or first.is_complex():
        return (first == second) | (torch.isnan(first) & torch.isnan(second))
    return first == second


def _operands(values: Any, options: Any) -> list[Tensor]:
    found: list[Tensor] = []

    def look(value: Any) -> None:
        if isinstance(value, Tensor):
            found.append(value)
        elif type(value) in (list, tuple):
            for part in value:
                look(part)

    for value in (*values, *options.values()):
        look(value)
    return found
