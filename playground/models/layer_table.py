"""LayerTable: what each layer of a model makes of its input: shapes, parameters, MACs, bytes that wait for the backward."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from playground import words
from playground.errors import PlaygroundError
from playground.models import blocks
from playground.models.macs import FlopMode

CONTAINERS = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
# What a model is called that is a single layer.
ROOT = "model"
OWN_CONTAINERS = (blocks.Residual, blocks.Repeat)


@dataclass
class Row:
    """One call of one layer.

    Args:
        name: its path in the model; type: its class.
        input_shapes, output_shapes: with the batch; of all tensors, one after the other. dtype: of the first output.
        parameters: 0 where another row has counted them already. trainable: how many of them are trained.
        flops: of the whole batch, forward; 2 × MACs.
        saved_bytes: what autograd keeps of the whole batch, each piece of memory once.
        error: why it could not run; what came before it is known, what comes after it is not.
    """

    name: str
    type: str
    module: nn.Module | None = None
    input_shapes: list[list[int]] = field(default_factory=list)
    output_shapes: list[list[int]] | None = None
    dtype: str | None = None
    parameters: int | None = None
    trainable: int | None = None
    flops: int | None = None
    saved_bytes: int | None = None
    error: PlaygroundError | None = None

    @property
    def output_bytes(self) -> int:
        """About how much it gives on: four bytes a number."""
        return sum(4 * math.prod(shape) for shape in self.output_shapes or [])

    def to_json(self, batch: int) -> dict[str, Any]:
        """As `/check_model` gives it; `error` is its message in each language."""
        return {
            "name": self.name,
            "type": self.type,
            "input_shapes": self.input_shapes,
            "output_shape": self.output_shapes[0] if self.output_shapes else None,
            "output_shapes": self.output_shapes,
            "dtype": self.dtype,
            "parameters": self.parameters,
            "trainable": self.trainable,
            "macs": self.flops // (2 * batch) if self.flops is not None else None,
            "saved_bytes": self.saved_bytes,
            "error": in_all_languages(self.error) if self.error is not None else None,
        }


def in_all_languages(said: Any) -> dict[str, str]:
    """What an error or a label says, by language: it was made where nobody knows who will read it."""
    return {language: said.message(language) for language in words.LANGUAGES}


def is_row(module: nn.Module) -> bool:
    """Whether a module is shown as one row: it holds no others, or is a block of torch.nn such as LSTM."""
    kind = type(module)
    if kind in CONTAINERS or kind in OWN_CONTAINERS:
        return False
    if next(module.children(), None) is None:
        return True
    bases = [base for base in kind.__mro__ if base.__module__.startswith("torch.nn.modules")]
    return bool(bases) and bases[0] not in CONTAINERS


class LayerTable:
    """The rows of a model.

    Args:
        type_of: how a module's type is called; None = by its class.
        see: told of each row that ends, with what it gave, before anything can write over that.
    """

    def __init__(
        self,
        model: nn.Module,
        type_of: Callable[[nn.Module], str] | None = None,
        see: Callable[[int, Row, Any], None] | None = None,
    ):
        self.model = model
        self.rows: list[Row] = []
        self.flops = self.saved_bytes = 0
        self._type_of = type_of or (lambda module: type(module).__name__)
        self._see = see
        self._stack: list[tuple[str, nn.Module, Row | None]] = []
        self._counted: set[int] = set()
        self._kept: dict[int, Any] = {}
        # Asked for once, here: a learner's class may override it, and this is made under the guards.
        self.parameters = list(model.parameters())
        self._own = {_storage(part) for part in (*self.parameters, *model.buffers())}
        self._names = dict(_shown(model, ""))

    def run(self, *values: Any) -> Any:
        """Call the model and fill the rows meanwhile; after an error, which goes on its way, `failing` tells where."""
        with self._watching():
            return self.model(*values)

    def add_rest(self) -> None:
        """Rows for the layers that were not called."""
        called = {row.module for row in self.rows}
        left = [(name, module) for name, module in self._names.items() if is_row(module) and module not in called]
        self.rows += [Row(name, self._type_of(module), module) for name, module in left]

    @property
    def failing(self) -> tuple[str, nn.Module, Row | None] | None:
        """The innermost module that was running when the error came: its path, itself, and its row if it is one."""
        return self._stack[-1] if self._stack else None

    @property
    def here(self) -> tuple[int | None, str]:
        """Where the model is just now: the number of the row, None outside every one, and the path of what holds it."""
        row = self._row
        if row is not None:
            return next(at for at in reversed(range(len(self.rows))) if self.rows[at] is row), row.name
        name = self._stack[-1][0] if self._stack else ROOT
        return None, "" if name == ROOT else name

    def totals(self, batch: int) -> dict[str, Any]:
        """Sums over the model; parameters and MACs outside every row are in them too."""
        parameters = self.parameters
        return {
            "parameters": sum(part.numel() for part in parameters),
            "trainable": sum(part.numel() for part in parameters if part.requires_grad),
            "macs": self.flops // (2 * batch),
            "flops": self.flops // batch,
            "saved_bytes": self.saved_bytes,
            "parameter_bytes": sum(part.numel() * part.element_size() for part in parameters),
        }

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        handles = []
        for name, module in self._names.items():
            handles.append(module.register_forward_pre_hook(partial(self._enter, name), with_kwargs=True))
            handles.append(module.register_forward_hook(self._leave))
        try:
            with torch.autograd.graph.saved_tensors_hooks(self._save, lambda kept: kept), FlopMode(self._add_flops):
                yield
        finally:
            for handle in handles:
                handle.remove()
            self._kept.clear()

    def _enter(self, name: str, module: nn.Module, arguments: Any, options: Any) -> None:
        row = None
        if is_row(module):
            row = Row(name, self._type_of(module), module, _shapes((arguments, options)))
            new = {id(part): part for part in module.parameters() if id(part) not in self._counted}.values()
            row.parameters = sum(part.numel() for part in new)
            row.trainable = sum(part.numel() for part in new if part.requires_grad)
            row.flops = row.saved_bytes = 0
            self._counted.update(map(id, new))
            self.rows.append(row)
        self._stack.append((name, module, row))

    def _leave(self, module: nn.Module, arguments: Any, output: Any) -> None:
        row = self._stack.pop()[2]
        if row is not None:
            row.output_shapes = _shapes(output)
            first = next((part for part in tree_leaves(output) if isinstance(part, Tensor)), None)
            row.dtype = str(first.dtype).removeprefix("torch.") if first is not None else None
            if self._see is not None:
                self._see(next(at for at in reversed(range(len(self.rows))) if self.rows[at] is row), row, output)

    def _add_flops(self, flops: int) -> None:
        self.flops += flops
        row = self._row
        if row is not None:
            row.flops = (row.flops or 0) + flops

    def _save(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._own and storage._cdata not in self._kept:
            self._kept[storage._cdata] = storage  # kept alive: an address that is free would come again
            self.saved_bytes += storage.nbytes()
            row = self._row
            if row is not None:
                row.saved_bytes = (row.saved_bytes or 0) + storage.nbytes()
        return tensor

    @property
    def _row(self) -> Row | None:
        return next((row for _, _, row in reversed(self._stack) if row is not None), None)


def _shown(module: nn.Module, path: str) -> Iterator[tuple[str, nn.Module]]:
    """The modules that are watched, by path: down to those that are rows, each once."""
    seen: set[nn.Module] = set()

    def walk(inner: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
        if inner in seen:
            return
        seen.add(inner)
        yield name or ROOT, inner
        if not is_row(inner):
            for child_name, child in inner.named_children():
                yield from walk(child, f"{name}.{child_name}".lstrip("."))

    yield from walk(module, path)


def _shapes(value: Any) -> list[list[int]]:
    return [list(part.shape) for part in tree_leaves(value) if isinstance(part, Tensor)]


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata
