"""Access: which attributes of an object a program may read and write, beyond the lists of its type."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from playground.lang.attributes import RESERVED, attributes_of
from playground.lang.safe_builtins import plain_class

# Classes whose methods may be read from the class itself (str.upper, torch.Tensor.add), and class methods of others.
OPEN_CLASSES = (str, dict, list, set, int, float, tuple, Tensor)
CLASS_METHODS = {"Embedding": ("from_pretrained",), "EmbeddingBag": ("from_pretrained",)}
SPECIAL_READS = frozenset(("__init__", "__call__", "__len__", "__getitem__", "__repr__"))
TENSOR_WRITES = frozenset(("requires_grad", "grad", "data"))
# What a metaclass leaves on the program's own classes; PyTorch takes it as it is, so that another one is memory misread.
LIBRARY_MADE = frozenset(("_backward_cls",))
_missing = object()


class Access:
    """The rules of one program.

    Args:
        written: every attribute that the program assigns or defines somewhere.
        classes: the program's own classes; grows while it runs.
    """

    def __init__(self, written: frozenset[str], classes: Collection[type]):
        self.written, self.classes = written, classes

    def may_read(self, thing: Any, name: str) -> bool:
        kind: Any = type(thing)
        owner = plain_class(thing)
        if kind is super:
            return self._may_read_super(thing, name)
        if isinstance(owner, type):
            return self._may_read_class(owner, name)
        if name in attributes_of(kind):
            return True
        if name.startswith("__"):
            return name in SPECIAL_READS and kind in self.classes
        if self._is_defined(kind, name):
            return True
        if isinstance(thing, nn.Module):
            return self._may_read_module(thing, name)
        if isinstance(thing, (FunctionCtx, *self.classes)):
            return name in self.written and name in getattr(thing, "__dict__", {})
        return False

    def may_write(self, thing: Any, name: str) -> bool:
        if name.startswith("__"):
            return False
        if isinstance(thing, Tensor):
            return name in TENSOR_WRITES
        if isinstance(thing, nn.Module):
            return not name.startswith("_") or name not in RESERVED
        if isinstance(thing, type):
            return thing in self.classes and name not in LIBRARY_MADE
        if isinstance(thing, FunctionCtx):
            kind: Any = type(thing)
            return not name.startswith("_") and name not in attributes_of(kind)
        return type(thing) in self.classes

    def _may_read_super(self, thing: Any, name: str) -> bool:
        """Only beyond a class of the program: what it inherits from its own classes, and what the lists name."""
        kind, start = thing.__self_class__, thing.__thisclass__
        if kind is None or start not in self.classes:
            return False
        beyond = kind.__mro__[kind.__mro__.index(start) + 1 :]
        found = next((base for base in beyond if name in base.__dict__), None)
        return name in SPECIAL_READS or found in self.classes or self._is_listed(kind, name)

    def _may_read_class(self, owner: type, name: str) -> bool:
        if self._is_defined(owner, name):
            return not name.startswith("__") or name in SPECIAL_READS
        if issubclass(owner, torch.autograd.Function) and name == "apply":
            return owner in self.classes
        if name in CLASS_METHODS.get(owner.__name__, ()):
            return True
        return issubclass(owner, OPEN_CLASSES) and self._is_listed(owner, name)

    def _may_read_module(self, module: nn.Module, name: str) -> bool:
        """Parameters, layers and buffers; what the program wrote; and settings of a layer that are plain values."""
        if name.startswith("_") and (name in RESERVED or name not in self.written):
            return False
        found = next((table[name] for table in _tables(module) if name in table), _missing)
        return found is not _missing and (name in self.written or _is_data(found))

    def _is_defined(self, kind: type, name: str) -> bool:
        """Whether a class of the program itself defines it."""
        return name not in LIBRARY_MADE and any(name in base.__dict__ for base in kind.__mro__ if base in self.classes)

    @staticmethod
    def _is_listed(kind: type, name: str) -> bool:
        return not name.startswith("_") and name in attributes_of(kind)


def _tables(module: nn.Module) -> Iterator[dict[str, Any]]:
    yield module.__dict__
    for table in ("_parameters", "_buffers", "_modules"):
        yield module.__dict__.get(table, {})


def _is_data(value: Any) -> bool:
    """A setting of a layer: numbers, text, tensors, modules, and tuples of them."""
    if isinstance(value, tuple):
        return all(map(_is_data, value))
    return value is None or isinstance(value, (int, float, str, Tensor, nn.Module, torch.dtype, torch.device))
