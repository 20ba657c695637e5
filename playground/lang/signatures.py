"""Signatures: how an operation is called, read from PyTorch itself."""

from __future__ import annotations

import inspect
import re
from typing import Any

import torch

from playground.lang.ops.entry import Op

FORMS_MOST = 3
OWNERS = {"torch": torch, "Tensor": torch.Tensor, "F": torch.nn.functional}
# What PyTorch keeps for old programs, and what says nothing to a learner.
LEFT_OUT = frozenset(("size_average", "reduce", "out", "layout", "pin_memory", "memory_format", "self"))


def read_signatures(op: Op) -> list[str]:
    """`torch.sum(input, dim, keepdim=False, *, dtype=None)`: each form of the function under its name in a program."""
    return _forms(_find(op.name), op.name)


def read_method_signatures(op: Op) -> list[str]:
    """The same of the method of that name, `Tensor.sum(dim=None, …)`; none where there is no such method."""
    return _forms(getattr(torch.Tensor, op.attribute, None), f"Tensor.{op.attribute}") if op.method else []


def _find(name: str) -> Any:
    owner, *rest = name.split(".")
    found: Any = OWNERS[owner]
    for part in rest:
        found = getattr(found, part, None)
    return found


def _forms(function: Any, name: str) -> list[str]:
    attribute = name.rpartition(".")[2]
    documented = _documented(function, attribute)
    if documented:
        return list(dict.fromkeys(f"{name}({_without(parameters)})" for parameters in documented[:FORMS_MOST]))
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    if all(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters):
        return []  # it hands everything on, which says nothing
    return [f"{name}({_without(_written(list(parameters)))})"]


def _documented(function: Any, attribute: str) -> list[str]:
    """The parameters in each call that a built-in function's documentation names, in its first line and further ones."""
    text = inspect.getdoc(function) or ""
    inside = r"(?P<parameters>[^()]*(?:\([^()]*\)[^()]*)*)"
    pattern = rf"^(?:\.\. (?:function|method):: )?(?:[\w.]+\.)?{re.escape(attribute)}\({inside}\) *(?:->|$)"
    found = [" ".join(match["parameters"].split()) for match in re.finditer(pattern, text, re.M)]
    return [form for form in dict.fromkeys(found) if form != "*args, **kwargs"]


def _written(parameters: list[inspect.Parameter]) -> str:
    """Names and defaults as in a call, without the annotations."""
    written, named_only = [], False
    for one in parameters:
        if one.name.startswith("_"):
            continue
        if one.kind is one.KEYWORD_ONLY and not named_only:
            written.append("*")
        named_only = named_only or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        stars = "*" * (one.kind is one.VAR_POSITIONAL) + "**" * (one.kind is one.VAR_KEYWORD)
        written.append(f"{stars}{one.name}" + ("" if one.default is one.empty else f"={one.default!r}"))
    return ", ".join(written)


def _without(parameters: str) -> str:
    """A list of parameters without those that say nothing here."""
    parts = [re.sub(r": [^=]*?(?= *=|$)", "", part) for part in _split(parameters.replace("\\", ""))]
    plain = [re.sub(" *= *", "=", part).replace('"', "'").strip() for part in parts]
    kept = [part for part in plain if part.partition("=")[0] not in LEFT_OUT]
    while kept and kept[-1] == "*":
        kept.pop()
    return ", ".join(kept)


def _split(parameters: str) -> list[str]:
    """At the commas outside of brackets."""
    parts, depth = [""], 0
    for letter in parameters:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
