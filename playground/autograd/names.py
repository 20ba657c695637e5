"""Names: what a program calls its tensors and modules: `w`, `model.fc1.weight`, `layers[0]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from playground.lang.program import FILE

PARTS_MOST = 200
MODULES_MOST = 2000
NAME_MOST = 80


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
        for path, module in _roots(name, value):
            for inner, part in _walk(path, module):
                names.setdefault(id(part), inner)
    return names


def _tensors(variables: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    # Plain variables first: `w = model.weight` is called w where the program calls it so.
    for name, value in variables.items():
        if isinstance(value, Tensor):
            yield shorten_name(name), value
    for name, value in variables.items():
        for place, part in _parts(value):
            if isinstance(part, Tensor):
                yield shorten_name(f"{name}[{place}]"), part
        for path, module in _roots(name, value):
            for inner, part in _walk(path, module):
                parameters = module_parts(part, "_parameters").items()
                yield from ((shorten_name(f"{inner}.{key}"), one) for key, one in parameters if isinstance(one, Tensor))


def _parts(value: Any) -> list[tuple[str, Any]]:
    """The parts of a plain list, tuple or dict. What a class of the program makes of its parts is never asked."""
    if type(value) in (list, tuple):
        return [(str(place), part) for place, part in enumerate(value[:PARTS_MOST])]
    if type(value) is dict:
        return [(repr(key), part) for key, part in list(value.items())[:PARTS_MOST] if type(key) in (str, int)]
    return []


def _roots(name: str, value: Any) -> Iterator[tuple[str, nn.Module]]:
    if issubclass(type(value), nn.Module):
        yield shorten_name(name), value
    yield from (
        (shorten_name(f"{name}[{place}]"), part) for place, part in _parts(value) if issubclass(type(part), nn.Module)
    )


def _walk(path: str, root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """A module and all inside it; `named_modules` may be the learner's own, and would run outside of the guards."""
    seen: set[int] = set()
    stack = [(path, root)]
    while stack and len(seen) < MODULES_MOST:
        inner, module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        yield inner, module
        parts = [
            (shorten_name(f"{inner}.{key}"), part)
            for key, part in module_parts(module, "_modules").items()
            if issubclass(type(part), nn.Module)
        ]
        stack += reversed(parts)


def module_parts(module: nn.Module, name: str) -> dict[str, Any]:
    """`_modules` or `_parameters` as nn.Module itself keeps them."""
    found = object.__getattribute__(module, "__dict__").get(name)
    return {key: part for key, part in found.items() if type(key) is str} if isinstance(found, dict) else {}


def shorten_name(name: str) -> str:
    """A name of the learner's, as long as one can read: it stands at every node and in every pass."""
    return name if len(name) <= NAME_MOST else name[: NAME_MOST - 1] + "…"
