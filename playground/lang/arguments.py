"""Arguments of library calls: what would make Python itself build something huge is refused before the call."""

from __future__ import annotations

import math
import string
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from playground.errors import LimitError, RefusedError
from playground.lang.budget import Budget, Halt, show_count
from playground.lang.safe_builtins import check_width, count
from playground.registry import shorten

PLAIN_NUMBERS = frozenset((int, float, bool, complex, str, type(None)))
CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
CONTAINERS = (list, dict, set, frozenset, tuple, deque, Counter, OrderedDict)
PADDING = frozenset(("ljust", "rjust", "center", "zfill"))
# math functions whose result grows beyond all bounds with their argument.
GROWING = frozenset(("factorial", "comb", "perm"))
FACTORIAL_MOST = 5000
DEPTH_MOST = 100
FROM_LISTS = frozenset(
    (
        "torch.tensor",
        "torch.as_tensor",
        "torch.Tensor",
        "numpy.array",
        "numpy.asarray",
        "torch.FloatTensor",
        "torch.LongTensor",
    )
)
# numpy functions whose result is as large as their first arguments say.
SIZED = frozenset(
    ("zeros", "ones", "full", "empty", "eye", "arange", "linspace", "rand", "randn", "randint", "normal", "uniform")
)


def bounded(function: Any, name: str, values: tuple[Any, ...], options: dict[str, Any], budget: Budget) -> tuple[Any, ...]:
    """The arguments, lazy ones counted; ends the program where the call would build too much."""
    last = name.rpartition(".")[2]
    owner = getattr(function, "__self__", None)
    if isinstance(owner, str):
        return _for_text(owner, last, values, budget)
    if isinstance(owner, CONTAINERS) or (isinstance(function, type) and issubclass(function, CONTAINERS)):
        if (
            isinstance(owner, (list, deque))
            and values
            and hasattr(values[0], "__len__")
            and last in ("extend", "extendleft")
        ):
            budget.allow_length(len(owner) + len(values[0]))
        return tuple(count(value, budget) if _is_lazy(value) else value for value in values)
    if name in FROM_LISTS or name.startswith("numpy.") or name == "torch.asarray":
        for value in (*values, *options.values()):
            budget.allow_length(_nested_length(value))
            _check_plain(value, name)
    if name in FROM_LISTS:
        return values
    if name.startswith("math."):
        _check_math(last, values, budget)
    elif name.startswith("numpy."):
        _check_numpy(last, values, options, budget)
    return values


def _check_plain(value: Any, name: str) -> None:
    """numpy and torch read memory where an object's own `__array_interface__` says: no object with such attributes."""
    pending, seen = [value], set()
    while pending:
        part = pending.pop()
        if type(part) in PLAIN_NUMBERS:
            continue
        if isinstance(part, (bytes, bytearray)) and name == "torch.asarray":  # it would share memory that never changes
            raise Halt(RefusedError("lang.refused_argument", name=name, argument="bytes"))
        if type(part) in (list, tuple):
            if id(part) not in seen:
                seen.add(id(part))
                pending.extend(part)
        elif not isinstance(part, type) and any(map(_is_protocol, getattr(part, "__dict__", None) or ())):
            raise Halt(RefusedError("lang.refused_argument", name=name, argument=type(part).__name__))


def _is_protocol(key: object) -> bool:
    return isinstance(key, str) and key.startswith("__")


def check_scheduler_state(scheduler: Any, values: tuple[Any, ...], options: dict[str, Any]) -> None:
    """A scheduler takes what it is given for its own attributes: only those that it has saved itself, with plain values."""
    for given in (*values, *options.values()):
        _check_like(given, scheduler.state_dict())


def _check_like(given: Any, known: Any, key: str = "") -> None:
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if type(name) is not int and (type(name) is not str or name not in known):
                raise Halt(RefusedError("lang.refused_argument", name="load_state_dict", argument=shorten(name)))
            _check_like(value, known.get(name), str(name))
    elif isinstance(given, (list, tuple)) and key != "lr_lambdas":
        partners = known if isinstance(known, (list, tuple)) else []
        for place, value in enumerate(given):
            _check_like(value, partners[place] if place < len(partners) else None)
    elif not (given is None or type(given) in (bool, int, float, str)):
        all_none = isinstance(given, (list, tuple)) and all(part is None for part in given)
        if not (all_none or isinstance(given, torch.Tensor)):
            raise Halt(RefusedError("lang.refused_argument", name="load_state_dict", argument=key or type(given).__name__))


def check_arrays(sign: str, left: Any, right: Any, budget: Budget) -> None:
    """Before an operator on numpy arrays: the size of what it makes, and the work of a matrix product."""
    shapes = [np.shape(part) for part in (left, right)]
    if sign == "@" and all(shapes):
        inner = shapes[0][-1]
        rest = math.prod(shapes[0][:-1]) * (shapes[1][-1] if len(shapes[1]) > 1 else 1)
        budget.allow_operations(2 * rest * max(inner, 1))
        budget.allow_length(rest)
    else:
        try:
            budget.allow_length(math.prod(np.broadcast_shapes(*shapes)))
        except ValueError:
            return  # shapes that do not fit: numpy says so


def format_text(template: str, values: tuple[Any, ...], options: dict[str, Any], budget: Budget) -> str:
    """`str.format` without its way to attributes and items.

    Raises:
        Halt: a field asks for more than a value.
    """
    parts, automatic = [], 0
    for literal, field, spec, conversion in string.Formatter().parse(template):
        parts.append(literal)
        if field is None:
            continue
        if any(letter in field for letter in ".[]"):
            raise Halt(RefusedError("lang.refused_format", field=field))
        if field == "":
            value, automatic = values[automatic], automatic + 1
        else:
            value = values[int(field)] if field.isdigit() else options[field]
        if spec and "{" in spec:
            spec = format_text(spec, values[automatic:], options, budget)
        check_width(spec or "", budget)
        value = CONVERSIONS[conversion](value) if conversion else value
        parts.append(format(value, spec or ""))
        budget.allow_length(sum(map(len, parts)))
    return "".join(parts)


def _for_text(text: str, method: str, values: tuple[Any, ...], budget: Budget) -> tuple[Any, ...]:
    if method in PADDING and values and isinstance(values[0], int):
        budget.allow_length(values[0])
    elif method == "join" and values:
        pieces = list(count(values[0], budget))
        budget.allow_length(sum(len(piece) for piece in pieces if isinstance(piece, str)) + len(text) * len(pieces))
        return (pieces, *values[1:])
    elif method == "replace" and len(values) >= 2 and all(isinstance(value, str) for value in values[:2]):
        budget.allow_length(len(text) + (text.count(values[0]) if values[0] else len(text) + 1) * len(values[1]))
    return values


def _check_math(name: str, values: tuple[Any, ...], budget: Budget) -> None:
    if name in GROWING and values and isinstance(values[0], int) and values[0] > FACTORIAL_MOST:
        budget.end(LimitError("lang.factorial", name=name, wanted=show_count(values[0]), limit=f"{FACTORIAL_MOST:,}"))


def _check_numpy(name: str, values: tuple[Any, ...], options: dict[str, Any], budget: Budget) -> None:
    shapes = [value.shape for value in values if isinstance(value, np.ndarray)]
    if name in SIZED:
        given = [*values, *(options[key] for key in ("shape", "size", "N", "M", "num", "stop") if key in options)]
        numbers = [part for value in given for part in (value if isinstance(value, (tuple, list)) else (value,))]
        whole = [abs(number) for number in numbers if isinstance(number, (int, float)) and abs(number) > 1]
        if name in ("arange", "linspace"):
            budget.allow_length(int(max(whole, default=0)))
        elif name in ("eye",):
            budget.allow_length(int(whole[0]) ** 2 if len(whole) == 1 else int(math.prod(whole)))
        elif name in ("zeros", "ones", "empty", "full", "rand", "randn"):
            first = numbers if name in ("rand", "randn") else _flat(given[:1])
            budget.allow_length(int(math.prod(abs(int(number)) for number in first if isinstance(number, (int, float)))))
        else:
            size = options.get("size", values[-1] if len(values) > 2 else 1)
            budget.allow_length(int(math.prod(_flat([size]) or [1])) if not isinstance(size, float) else 1)
    elif name in ("outer", "dot", "matmul", "meshgrid") and len(shapes) >= 2:
        check_arrays("@" if name in ("dot", "matmul") else "*", values[0], values[1], budget)
        if name == "outer":
            budget.allow_length(math.prod(shapes[0]) * math.prod(shapes[1]))
    elif shapes:
        try:
            budget.allow_length(math.prod(np.broadcast_shapes(*shapes)))
        except ValueError:
            return


def _flat(values: list[Any]) -> list[Any]:
    return [
        part
        for value in values
        for part in (value if isinstance(value, (tuple, list)) else (value,))
        if isinstance(part, int)
    ]


def _nested_length(value: Any) -> int:
    """How many numbers a nested list holds, by the lengths of its first items."""
    total = 1
    for _ in range(DEPTH_MOST):  # a list may hold itself
        if not isinstance(value, (list, tuple, range)) or isinstance(value, torch.Size):
            break
        if not len(value):
            return 0
        total *= len(value)
        value = value[0]
    return total


def _is_lazy(value: Any) -> bool:
    return hasattr(value, "__next__") or isinstance(value, range)
