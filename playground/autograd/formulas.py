"""PyTorch's own derivative formulas, read from the file from which its backward code is generated.

Source: `torchgen/packaged/autograd/derivatives.yaml` of the installed wheel; which entry an op without one of its own uses
is decided as in `match_differentiability_info` of `torchgen/api/autograd.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import torch
import yaml

# Their nodes are written by hand in C++ (copy_ makes CopyBackwards), whatever the file says of their namesakes.
HAND_WRITTEN = frozenset({"copy_", "detach", "detach_", "resize_", "resize_as_", "_fw_primal", "_make_dual"})

SCHEMA = re.compile(r"(?P<base>\w+)(?:\.(?P<overload>\w+))?\((?P<arguments>.*)\) -> (?P<returns>.*)")
DEFAULT = re.compile(r"=(?:\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[^,()]+)")
ALIAS = re.compile(r"(?<=\w)\([a-z][^()]*\)")  # the (a!) of Tensor(a!), never the parentheses of several returns
WORD = re.compile(r"(?<![\w.:])(?<!->)(?:grads\[\d+\]|[A-Za-z_]\w*)(?!\w|\(|::)")


@dataclass(frozen=True)
class Formula:
    """How PyTorch differentiates one op.

    Args:
        name: the op's schema as the file has it, without default values.
        inputs: (input's name, formula), in the file's order; a formula of several inputs is named "input, weight, bias".
        names: what the formulas speak of: arguments and outputs of the schema, `grad`, `grads`, `grads[0]` …, in order of
            appearance. A node keeps the value of `self`, if it saved it, in `_saved_self`.
    """

    name: str
    inputs: tuple[tuple[str, str], ...]
    names: tuple[str, ...]

    @property
    def op(self) -> str:
        """The op whose entry this is: "relu" also for relu_, "pow.Tensor_Scalar" also for pow_.Scalar."""
        return self.name.partition("(")[0]


@dataclass(frozen=True)
class _Schema:
    """A schema of an op, from the file or from the dispatcher, in parts that can be compared."""

    base: str
    overload: str
    arguments: tuple[str, ...]
    returns: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.base}.{self.overload}" if self.overload else self.base

    @property
    def signature(self) -> tuple[Any, ...]:
        """What an op shares with its in-place variant: base name, arguments and the types of what it returns."""
        arguments = tuple(ALIAS.sub("", argument) for argument in self.arguments)
        base = self.base if self.base.endswith("__") else self.base.removesuffix("_")  # __and__ changes nothing
        return base, arguments, tuple(ALIAS.sub("", entry).partition(" ")[0] for entry in self.returns)

    @property
    def changes_input(self) -> bool:
        return any("!" in argument for argument in self.arguments)

    @property
    def returns_view(self) -> bool:
        return not self.changes_input and any("(" in entry for entry in self.returns)


def find_formula(op: str) -> Formula | None:
    """The formula that PyTorch uses for an op.

    Args:
        op: the dispatcher's name, such as "aten.addmm.default" or "aten.relu_.default".

    Returns:
        None for an op that is no aten op, that has no derivative (`aten.eq.Tensor`), that is composed of others which have
        (`aten.matmul.default`), whose node is written by hand (`HAND_WRITTEN`), and for `_foreach_` and `out=` variants.

    Example:
        >>> find_formula("aten.exp_.default").inputs
        (('self', 'grad * result.conj()'),)
    """
    namespace, _, rest = op.partition(".")
    base, _, overload = rest.partition(".")
    if namespace != "aten" or base in HAND_WRITTEN or base.startswith("_foreach_"):
        return None
    by_name, by_signature, by_changing = _read_file()
    name = base if overload in ("", "default") else f"{base}.{overload}"
    if name in by_name:
        return by_name[name]
    overloads = getattr(torch.ops.aten, base, None)
    variant = getattr(overloads, overload or "default", None)
    if variant is None:
        return None
    schema = _parse(str(variant._schema).removeprefix("aten::"))
    found = by_signature.get(schema.signature)
    if found is None and base.endswith("_copy"):  # view_copy is differentiated as view is
        view = by_signature.get((base.removesuffix("_copy"), *schema.signature[1:]))
        found = view if view and _parse(view.name).returns_view else None
    if found is None and torch.Tag.generated in variant.tags:  # the functional form of an op that only exists in place
        found = by_changing.get(schema.signature)
    return found


@cache
def _read_file() -> tuple[dict[str, Formula], dict[Any, Formula], dict[Any, Formula]]:
    """The entries by name, those of ops that leave their inputs alone by signature, and those of the others by signature."""
    text = (files("torchgen") / "packaged" / "autograd" / "derivatives.yaml").read_text(encoding="utf-8")
    by_name: dict[str, Formula] = {}
    by_signature: dict[Any, Formula] = {}
    by_changing: dict[Any, Formula] = {}
    for entry in yaml.load(text, yaml.CSafeLoader):
        schema = _parse(entry["name"])
        formula = _read_entry(entry, schema)
        if formula is None:
            continue
        by_name[schema.name] = formula
        (by_changing if schema.changes_input else by_signature)[schema.signature] = formula
    return by_name, by_signature, by_changing


def _read_entry(entry: dict[str, Any], schema: _Schema) -> Formula | None:
    """None where no input has a derivative: no node can come of such an op."""
    derivatives = entry.get("dispatch", {}).get("Default", entry)  # the other keys are for nested tensors and devices
    arguments = {argument.split()[-1] for argument in schema.arguments}
    inputs = tuple(
        (key, " ".join(text.split()))
        for key, text in derivatives.items()
        if {part.strip() for part in key.split(",")} <= arguments and text != "non_differentiable"
    )
    if not inputs:
        return None
    known = arguments | set(_name_outputs(schema))
    words = (word for _, text in inputs for word in WORD.findall(text))
    names = tuple(dict.fromkeys(word for word in words if word in known or word.startswith("grads[")))
    return Formula(DEFAULT.sub("", entry["name"]), inputs, names)


def _name_outputs(schema: _Schema) -> Iterator[str]:
    """The names under which the file speaks of the outputs and of the gradients that come in."""
    yield from ("grad", "grads", "result")
    for place, entry in enumerate(schema.returns):
        yield f"result{place}"
        name = entry.split()[-1]
        if " " in entry:
            yield from (name, f"grad_{name}")


def _parse(text: str) -> _Schema:
    match = SCHEMA.fullmatch(DEFAULT.sub("", text))
    if match is None:
        raise ValueError(f"Expected a schema such as 'exp(Tensor self) -> Tensor', got {text!r}.")
    returns = match["returns"]
    if returns.startswith("("):
        returns = returns[1:-1]
    return _Schema(match["base"], match["overload"] or "", tuple(_split(match["arguments"])), tuple(_split(returns)))


def _split(text: str) -> list[str]:
    return [part for part in text.split(", ") if part]
