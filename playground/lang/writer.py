"""Writer: what an assignment to `thing.name` or `thing[index]` of a learner's program goes through."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from playground.lang.modules import Table

if TYPE_CHECKING:
    from playground.lang.guards import Guards

WRITABLE = (
    list,
    dict,
    deque,
    Tensor,
    np.ndarray,
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
    nn.ParameterList,
)
# What stands between a recurrent layer and kernels that trust what it lets through.
RECURRENT_CHECKS = frozenset(("check_forward_args", "check_hidden_size", "check_input", "permute_hidden"))


class Writer:
    """Stands for one object on the left side of one assignment."""

    __slots__ = ("_guards", "_number", "_thing")
    _guards: Guards
    _number: int
    _thing: Any

    def __init__(self, guards: Guards, number: int, thing: Any):
        object.__setattr__(self, "_guards", guards)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_thing", thing)

    def __setattr__(self, name: str, value: Any) -> None:
        guards, thing = self._guards, self._thing
        if not guards.access.may_write(thing, name):
            guards.refuse("lang.refused_write", self._number, name=name, owner=kind_name(thing))
        guards.check_callable(value, self._number)
        if name in RECURRENT_CHECKS and isinstance(thing, nn.RNNBase):
            guards.refuse("lang.refused_write", self._number, name=name, owner=kind_name(thing))
        if isinstance(thing, Tensor) and name == "data" and not _is_alike(thing, value):
            # A backward pass that has saved it would go on with the old sizes.
            guards.refuse("lang.refused_write", self._number, name="data.shape", owner=kind_name(thing))
        setattr(thing, name, value)

    def __delattr__(self, name: str) -> None:
        guards, thing = self._guards, self._thing
        own = not isinstance(thing, FunctionCtx) or name in thing.__dict__  # torch's setters take a deletion for a value
        if not guards.access.may_write(thing, name) or isinstance(thing, Tensor) or not own:
            guards.refuse("lang.refused_write", self._number, name=name, owner=kind_name(thing))
        delattr(thing, name)

    def __setitem__(self, index: Any, value: Any) -> None:
        guards, thing = self._guards, self._thing
        if isinstance(thing, Tensor):
            guards.run_operation(self._number, "Tensor.__setitem__", assign_item, (thing, index, value), {})
            return
        self._check_items()
        if isinstance(thing, list) and isinstance(index, slice):
            value = list(guards.iterate(value))
            guards.budget.allow_length(len(thing) + len(value))
        thing[index] = value

    def __delitem__(self, index: Any) -> None:
        self._check_items()
        del self._thing[index]

    def _check_items(self) -> None:
        thing = self._thing
        if not isinstance(thing, WRITABLE) and type(thing) not in self._guards.classes:
            self._guards.refuse("lang.refused_write", self._number, name="[…]", owner=kind_name(thing))


def assign_item(tensor: Tensor, place: Any, value: Any) -> Tensor:
    """`tensor[place] = value`, as an operation that gives the tensor."""
    tensor[place] = value
    return tensor


def _is_alike(old: Tensor, new: Any) -> bool:
    """Whether a kernel that has saved the old one may go on with the new one."""
    return not isinstance(new, Tensor) or all(
        (old.shape == new.shape, old.stride() == new.stride(), old.dtype == new.dtype, old.device == new.device)
    )


def kind_name(thing: Any) -> str:
    """What an object is called in a message: its class, or itself where it is one or a module."""
    if isinstance(thing, Table):
        return thing.path
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__
