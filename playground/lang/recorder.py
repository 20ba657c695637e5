"""Recorder: what each operation of a learner's program made, as plain facts: the one trace that every view is drawn from."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

VALUES_MOST = 1000


@dataclass
class Operation:
    """One operation that the learner wrote, while it runs.

    Args:
        number: of its expression in the program; name: as the learner wrote it, such as `torch.matmul`, `Tensor.view`.
        operands: the tensors that go in, with what the learner called them.
        aten: names of the operations that PyTorch ran for it, in order.
    """

    number: int
    name: str
    operands: tuple[Tensor, ...] = ()
    aten: list[str] = field(default_factory=list)


class Recorder:
    """Keeps the steps of one execution.

    Args:
        most: how many steps are kept; `truncated` tells that there were more.
    """

    def __init__(self, most: int):
        self.most = most
        self.steps: list[dict[str, Any]] = []
        self.truncated = False
        self.count = 0
        self._stack: list[Operation] = []
        self._storages: dict[int, int] = {}
        self._storage_count = 0

    def seen(self, aten: str) -> None:
        """PyTorch runs an operation: it belongs to the innermost one that the learner wrote."""
        if self._stack:
            self._stack[-1].aten.append(aten)

    def begin(self, operation: Operation) -> None:
        for operand in operation.operands:
            self.storage_number(operand)
        self._stack.append(operation)

    def end(self) -> None:
        self._stack.pop()

    def keep(self, operation: Operation, result: Any, place: dict[str, Any]) -> None:
        """Add a step for each tensor of the result.

        Args:
            place: line, source and name of the expression.
        """
        for index, tensor in enumerate(_results(result)):
            self.count += 1
            if len(self.steps) >= self.most:
                self.truncated = True
                return
            names = place.get("names") or ()
            name = names[index] if index < len(names) else ""
            self.steps.append(
                {
                    "line": place["line"],
                    "source": place["source"],
                    "name": name,
                    "op": operation.name,
                    "aten": list(operation.aten),
                    "output_index": index,
                    **self.describe(tensor),
                    "is_view": any(_shares(tensor, operand) for operand in operation.operands),
                    "operands": [self.describe_operand(operand) for operand in operation.operands],
                    "number": operation.number,
                }
            )

    def describe(self, tensor: Tensor) -> dict[str, Any]:
        """Shape, dtype, place in memory and values of a tensor, all plain."""
        facts = tensor.detach()
        return {
            "shape": list(tensor.shape),
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "device": str(tensor.device),
            "requires_grad": tensor.requires_grad,
            "strides": list(tensor.stride()),
            "offset": tensor.storage_offset(),
            "storage": self.storage_number(tensor),
            "storage_elements": tensor.untyped_storage().nbytes() // max(1, tensor.element_size()),
            "version": 0 if tensor.is_inference() else tensor._version,
            "bytes": tensor.numel() * tensor.element_size(),
            "values": plain_values(facts) if tensor.numel() <= VALUES_MOST else None,
            "summary": summarise(facts),
        }

    def describe_operand(self, tensor: Tensor) -> dict[str, Any]:
        return {
            "shape": list(tensor.shape),
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "storage": self.storage_number(tensor),
            "strides": list(tensor.stride()),
            "offset": tensor.storage_offset(),
        }

    def storage_number(self, tensor: Tensor) -> int:
        """A small number for the memory that the tensor lies in; another memory never gets the same one."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._storages:
            self._storages[key] = self._storage_count
            self._storage_count += 1
            # The address may be used again when this memory is freed.
            weakref.finalize(storage, self._storages.pop, key, None)
        return self._storages[key]


def plain_values(tensor: Tensor) -> Any:
    """The values as nested lists; numbers that JSON has no word for are the strings nan, inf, -inf."""
    if tensor.is_complex():
        return _map(torch.view_as_real(tensor.resolve_conj()).tolist(), _plain_number)
    if tensor.dtype.is_floating_point:
        values = tensor.tolist()
        return values if bool(torch.isfinite(tensor.float()).all()) else _map(values, _plain_number)
    return tensor.tolist()


def summarise(tensor: Tensor) -> dict[str, Any]:
    """min, max, mean and standard deviation of the finite values, and how many are nan and infinite."""
    empty = {"min": None, "max": None, "mean": None, "std": None, "nan": 0, "inf": 0}
    if not tensor.numel() or tensor.is_complex():
        return empty
    # An expanded tensor may stand for far more elements than its memory holds.
    if tensor.numel() > 10 * max(1, tensor.untyped_storage().nbytes()) and tensor.numel() > 10**6:
        return empty
    values = tensor.double()
    finite = values[torch.isfinite(values)] if tensor.dtype.is_floating_point else values.flatten()
    nan = int(torch.isnan(values).sum()) if tensor.dtype.is_floating_point else 0
    counts = {"nan": nan, "inf": values.numel() - finite.numel() - nan}
    if not finite.numel():
        return {**empty, **counts}
    deviation = float(finite.std()) if finite.numel() > 1 else 0.0
    return {"min": float(finite.min()), "max": float(finite.max()), "mean": float(finite.mean()), "std": deviation, **counts}


def tensors_in(values: Any) -> Iterator[Tensor]:
    """The tensors among arguments, also one or two levels inside lists, tuples and dicts."""
    stack = [(part, 0) for part in reversed(list(values))]
    while stack:
        part, depth = stack.pop()
        if isinstance(part, Tensor):
            yield part
        elif depth < 2 and isinstance(part, (list, tuple)) and len(part) <= VALUES_MOST:
            stack.extend((inner, depth + 1) for inner in reversed(part))
        elif depth < 2 and type(part) is dict and len(part) <= VALUES_MOST:
            stack.extend((inner, depth + 1) for inner in reversed(list(part.values())))


def _results(result: Any) -> list[Tensor]:
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, (list, tuple)) and len(result) <= VALUES_MOST:
        return [
            inner for part in result for inner in (part if isinstance(part, tuple) else (part,)) if isinstance(inner, Tensor)
        ]
    return []


def _shares(first: Tensor, second: Tensor) -> bool:
    return first.untyped_storage()._cdata == second.untyped_storage()._cdata


def _map(value: Any, change: Any) -> Any:
    return [_map(part, change) for part in value] if isinstance(value, list) else change(value)


def _plain_number(value: float) -> Any:
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
