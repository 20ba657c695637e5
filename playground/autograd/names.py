"""Names: what a program calls its tensors and modules: `w`, `model.fc1.weight`, `layers[0]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from playground.lang.program import FILE

PARTS_MOST = 200


def visible_names(namespace: dict[str, Any]) -> dict[str, Any]:
    """The program's variables: its globals, then the locals of its functions that are running, the innermost first."""
    found = {name: value for name, value in namespace.items() if not name.startswith("_")}
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == FILE and frame.f_locals is not frame.f_globals:
            for name, value in frame.f_locals.items():
                found.setdefault(name, value)
        frame = frame.f_back
    return found


def name_tensors(variables: dict[str, Any]) -> dict[int, str]:
    """The name of each tensor that a variable, a module or a list holds, by its id; the first name wins."""
    names: dict[int, str] = {}
    for name, tensor in _tensors(variables):
        names.setdefault(id(tensor), name)
    return names


def named_leaves(variables: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors whose `.grad` a backward pass fills: parameters, leaves that require grad, and what retains its own."""
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, tensor in _tensors(variables):
        filled = tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad)
        if filled and id(tensor) not in seen:
            seen.add(id(tensor))
            found[name] = tensor
    return found


def name_modules(variables: dict[str, Any]) -> dict[int, str]:
    """The path of each module, by its id."""
    names: dict[int, str] = {}
    for name, value in variables.items():
        for path, module in _modules(name, value):
            for inner, part in module.named_modules(remove_duplicate=True):
                names.setdefault(id(part), f"{path}.{inner}" if inner else path)
    return names


def _tensors(variables: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    # Plain variables first: `w = model.weight` is called w where the program calls it so.
    for name, value in variables.items():
        if isinstance(value, Tensor):
            yield name, value
    for name, value in variables.items():
        if isinstance(value, (list, tuple)):
            yield from ((f"{name}[{i}]", part) for i, part in enumerate(value[:PARTS_MOST]) if isinstance(part, Tensor))
        elif type(value) is dict:
            parts = list(value.items())[:PARTS_MOST]
            yield from ((f"{name}[{key!r}]", part) for key, part in parts if isinstance(part, Tensor))
        for path, module in _modules(name, value):
            for inner, parameter in module.named_parameters():
                yield f"{path}.{inner}", parameter


def _modules(name: str, value: Any) -> Iterator[tuple[str, nn.Module]]:
    if isinstance(value, nn.Module):
        yield name, value
    elif isinstance(value, (list, tuple)):
        yield from ((f"{name}[{i}]", part) for i, part in enumerate(value[:PARTS_MOST]) if isinstance(part, nn.Module))
