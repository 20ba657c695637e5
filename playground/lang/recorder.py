"""Recorder: what each operation of a learner's program made, as plain facts: the one trace that every view is drawn from."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

VALUES_MOST = 1000
PIECE_ELEMENTS = 2**20  # of a large tensor that is summarised: a copy of it all would double the program's memory
OPERAND_VALUES_MOST = 256
IMAGE_SIDE = 64
# Of what is kept: the server holds it all, and writes it all to the browser.
OPERANDS_MOST = 100
ATEN_MOST = 1000
NUMBERS_MOST = 2_000_000
# Inference tensors count no versions.
INFERENCE_WRITES = frozenset(
    f"Tensor.__{name}__" for name in "iadd isub imul itruediv ifloordiv imod ipow iand ior ixor setitem".split()
)


@dataclass
class Operation:
    """One operation that the learner wrote, while it runs.

    Args:
        number: of its expression in the program; name: as the learner wrote it, such as `torch.matmul`, `Tensor.view`.
        operands: the tensors that go in; names: their texts in the program, as far as they have one.
        aten: names of the operations that PyTorch ran for it, in order.
        before: the operands as they were before it ran (an operation in place changes them).
        versions: of the operands before it ran.
        order: how many operations had begun before it.
        grad_enabled: whether autograd was recording.
    """

    number: int
    name: str
    operands: tuple[Tensor, ...] = ()
    names: tuple[str, ...] = ()
    aten: list[str] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)
    versions: tuple[int, ...] = ()
    order: int = 0
    grad_enabled: bool = True


class Recorder:
    """Keeps the steps of one execution.

    Args:
        most: how many steps are kept; `truncated` tells that there were more.
    """

    def __init__(self, most: int):
        self.most = most
        self.steps: list[dict[str, Any]] = []
        self.truncated = False
        self.begun = 0
        self._numbers = 0
        self._stack: list[Operation] = []
        self._storages: dict[int, int] = {}
        self._storage_count = 0

    def seen(self, aten: str) -> None:
        """PyTorch runs an operation: it belongs to the innermost one that the learner wrote."""
        if self._stack and len(self._stack[-1].aten) < ATEN_MOST:
            self._stack[-1].aten.append(aten)

    def begin(self, operation: Operation) -> None:
        operation.order = self.begun
        self.begun += 1
        if not self.is_full:
            operation.before = self.describe_operands(operation)
            operation.versions = tuple(map(_version, operation.operands))
        self._stack.append(operation)

    def end(self) -> None:
        self._stack.pop()

    @property
    def running(self) -> list[Operation]:
        """The operations that have begun and not ended, the outermost first."""
        return self._stack

    def keep(self, operation: Operation, result: Any, place: dict[str, Any], loops: Callable[[], list[list[int]]]) -> None:
        """Add a step for each tensor of the result.

        Args:
            place: line, source and name of the expression.
            loops: gives the turns that the program is in (`Loops.now`).
        """
        for index, tensor in enumerate(tensors_of(result)):
            if self.is_full:
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
                    "is_view": _is_view(tensor, operation.operands),
                    "memory": _memory(tensor, operation),
                    "operands": operation.before,
                    "number": operation.number,
                    "order": operation.order,
                    "loops": loops(),
                }
            )
            self._numbers += _size(self.steps[-1])

    @property
    def is_full(self) -> bool:
        return len(self.steps) >= self.most or self._numbers >= NUMBERS_MOST

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
            "version": _version(tensor),
            "bytes": tensor.numel() * tensor.element_size(),
            "values": plain_values(facts) if tensor.numel() <= VALUES_MOST else None,
            "summary": summarise(facts),
            "image": None if tensor.numel() <= VALUES_MOST else make_image(facts),
        }

    def describe_operands(self, operation: Operation) -> list[dict[str, Any]]:
        """The first tensors that go into an operation, as they are now, under their texts in the program."""
        names = [*operation.names, *[""] * len(operation.operands)]
        return [
            self.describe_operand(operand, name)
            for operand, name in zip(operation.operands[:OPERANDS_MOST], names, strict=False)
        ]

    def describe_operand(self, tensor: Tensor, name: str = "") -> dict[str, Any]:
        return {
            "name": name,
            "shape": list(tensor.shape),
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "storage": self.storage_number(tensor),
            "strides": list(tensor.stride()),
            "offset": tensor.storage_offset(),
            "values": plain_values(tensor.detach()) if tensor.numel() <= OPERAND_VALUES_MOST else None,
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


def _size(step: dict[str, Any]) -> int:
    """How many numbers and names a step holds, about."""
    values = [math.prod(part["shape"]) + 20 for part in (step, *step["operands"]) if part["values"] is not None]
    image = IMAGE_SIDE * IMAGE_SIDE if step["image"] is not None else 0
    return sum(values) + 20 * len(step["operands"]) + image + len(step["aten"])


def plain_values(tensor: Tensor) -> Any:
    """The values as nested lists; numbers that JSON has no word for are the strings nan, inf, -inf; None without data."""
    if tensor.is_meta:
        return None
    if tensor.is_complex():
        return _map(torch.view_as_real(tensor.resolve_conj()).tolist(), _plain_number)
    if tensor.dtype.is_floating_point:
        values = tensor.tolist()
        return values if bool(torch.isfinite(tensor.float()).all()) else _map(values, _plain_number)
    return tensor.tolist()


def make_image(tensor: Tensor) -> dict[str, Any] | None:
    """A large tensor to look at: the last two dimensions of its first slice, thinned to IMAGE_SIDE a side.

    Returns:
        {"values": rows of numbers, "step": how many rows and columns apart they lie}; None for complex numbers or no data.
    """
    if tensor.is_complex() or tensor.is_meta:
        return None
    plane = tensor[(0,) * max(tensor.dim() - 2, 0)] if tensor.dim() else tensor
    plane = plane if plane.dim() == 2 else plane.reshape(1, -1) if plane.numel() <= IMAGE_SIDE else _folded(plane)
    steps = [max(1, -(-size // IMAGE_SIDE)) for size in plane.shape]
    return {"values": plain_values(plane[:: steps[0], :: steps[1]].double()), "step": steps}


def _folded(row: Tensor) -> Tensor:
    """A long vector as rows of an image, its rest left out."""
    side = max(1, min(IMAGE_SIDE, int(row.numel() ** 0.5)))
    return row[: row.numel() // side * side].reshape(-1, side)


def summarise(tensor: Tensor) -> dict[str, Any]:
    """min, max, mean and standard deviation of the finite values, and how many are nan and infinite."""
    empty = {"min": None, "max": None, "mean": None, "std": None, "nan": 0, "inf": 0}
    if not tensor.numel() or tensor.is_complex() or tensor.is_meta:
        return empty
    # An expanded tensor may stand for far more elements than its memory holds.
    if tensor.numel() > 10 * max(1, tensor.untyped_storage().nbytes()) and tensor.numel() > 10**6:
        return empty
    count, nan, mean, squares, least, most = 0, 0, 0.0, 0.0, math.inf, -math.inf
    for piece in _pieces(tensor):
        values = piece.double().flatten()
        finite = values[torch.isfinite(values)]
        nan += int(torch.isnan(values).sum())
        if not finite.numel():
            continue
        least, most = min(least, float(finite.min())), max(most, float(finite.max()))
        # Means and sums of squares are joined piece by piece (Chan, Golub and LeVeque, 1979).
        average, share = float(finite.mean()), finite.numel() / (count + finite.numel())
        squares += float((finite - average).square().sum())
        if count:
            squares += (average - mean) * (average - mean) * count * share
        mean += (average - mean) * share
        count += finite.numel()
    counts = {"nan": nan, "inf": tensor.numel() - count - nan}
    if not count:
        return {**empty, **counts}
    return {"min": least, "max": most, "mean": mean, "std": math.sqrt(squares / max(1, count - 1)), **counts}


def _pieces(tensor: Tensor) -> Iterator[Tensor]:
    """The tensor in views of at most PIECE_ELEMENTS."""
    if tensor.numel() <= PIECE_ELEMENTS:
        yield tensor
        return
    dim = next(dim for dim, size in enumerate(tensor.shape) if size > 1)
    for part in tensor.split(max(1, tensor.shape[dim] * PIECE_ELEMENTS // tensor.numel()), dim):
        yield from _pieces(part)


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


def tensors_of(result: Any) -> list[Tensor]:
    """What an operation made, in the order of its steps: (output, (h, c)) are three."""
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, (list, tuple)) and len(result) <= VALUES_MOST:
        return [
            inner for part in result for inner in (part if isinstance(part, tuple) else (part,)) if isinstance(inner, Tensor)
        ]
    return []


def _is_view(tensor: Tensor, operands: tuple[Tensor, ...]) -> bool:
    """Whether it lies in an operand's memory: a view of it, or the operand itself, changed in place."""
    storage = tensor.untyped_storage()._cdata
    return any(operand.untyped_storage()._cdata == storage for operand in operands)


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version


def _memory(tensor: Tensor, operation: Operation) -> str:
    """Where a result lies: `in_place` (an operand was changed), `same` (it is an operand), `view` (of one), or `new`."""
    for operand, version in zip(operation.operands, operation.versions, strict=False):
        if operand is tensor:
            changed = _version(tensor) != version or (tensor.is_inference() and operation.name in INFERENCE_WRITES)
            return "in_place" if changed else "same"
    return "view" if _is_view(tensor, operation.operands) else "new"


def _map(value: Any, change: Any) -> Any:
    return [_map(part, change) for part in value] if isinstance(value, list) else change(value)


def _plain_number(value: float) -> Any:
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
