"""Program: a learner's text, compiled under the policy, with the place of every expression."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType
from typing import Any

from torch import Tensor

from playground.errors import LimitError, SyntaxFailure
from playground.lang.modules import MODULE_NAMES
from playground.lang.policy import Policy, number_expressions, number_loops, stored_names, written_attributes
from playground.lang.python_errors import explain_syntax
from playground.lang.recorder import tensors_in
from playground.lang.safe_builtins import BUILTIN_NAMES

FILE = "<learner>"
TEXT_MOST = 50_000
SOURCE_MOST = 200
NAME_MOST, NAMES_MOST = 60, 100
USUAL_IMPORTS = {
    "torch": "import torch",
    "nn": "import torch.nn as nn",
    "F": "import torch.nn.functional as F",
    "optim": "import torch.optim as optim",
    "np": "import numpy as np",
    "math": "import math",
}
USUAL_MODULES = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "optim": "torch.optim",
    "np": "numpy",
    "math": "math",
}


class Program:
    """A compiled program. It can be rebuilt from `source` anywhere: that is how it is pickled.

    Args:
        source: the learner's text.
        text_bytes: how long it may be.

    Raises:
        SyntaxFailure: it is not Python. RefusedError: it says what the language leaves out. LimitError: too long, too deep.
    """

    def __init__(self, source: object, text_bytes: int = TEXT_MOST):
        if not isinstance(source, str):
            raise SyntaxFailure("lang.not_text", got=type(source).__name__)
        size = len(source.encode("utf-8", "replace"))
        if size > text_bytes:
            raise LimitError("lang.text", size=f"{size:,}", limit=f"{text_bytes:,}")
        self.source = source.replace("\r\n", "\n").replace("\r", "\n")
        self._lines = self.source.split("\n")
        try:
            tree = ast.parse(self.source, FILE)
            self._nodes = number_expressions(tree)
            self.loops = number_loops(tree)
            self._places = [_span(node) for node in self._nodes]
            self._inside_text = _inside_text(tree)
            self._unparsed = {place: ast.unparse(self._nodes[place]) for place in self._inside_text}
            self._targets = _targets(tree)
            self._parts = {node.pp_number: _parts(node) for node in self._nodes}  # type: ignore[attr-defined]
            for statement in ast.walk(tree):  # an assignment to x[i] is one operation: its text is the whole statement
                if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                    target = statement.targets[0]
                    if isinstance(target, ast.Subscript):
                        self._places[target.pp_number] = _span(statement)  # type: ignore[attr-defined]
                        self._parts[target.pp_number][1].append(statement.value)  # type: ignore[attr-defined]
            self.written = written_attributes(tree)
            self._stored = stored_names(tree)
            self._read = {
                node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            }
            policy = Policy(MODULE_NAMES, BUILTIN_NAMES, self._stored)
            self.code: CodeType = compile(ast.fix_missing_locations(policy.visit(tree)), FILE, "exec", dont_inherit=True)
        except SyntaxError as error:
            if "too many nested" in str(error.msg) or "too complex" in str(error.msg):
                raise LimitError("lang.nesting", line=error.lineno) from error
            if error.msg and "null bytes" in error.msg:
                raise SyntaxFailure("lang.null_bytes") from error
            raise SyntaxFailure(
                "lang.syntax", line=error.lineno, reason=explain_syntax(error.msg or ""), column=error.offset or 0
            ) from error
        except (RecursionError, MemoryError) as error:
            raise LimitError("lang.nesting") from error
        except ValueError as error:  # null bytes, an integer literal of more than 4,300 digits
            raise SyntaxFailure("lang.syntax", line=None, reason=explain_syntax(str(error)), column=0) from error

    def __reduce__(self) -> tuple[type[Program], tuple[str, int]]:
        return type(self), (self.source, max(TEXT_MOST, len(self.source.encode())))

    def place(self, number: int) -> dict[str, Any]:
        """Line (from 1), text, span and the names that the expression's results are assigned to."""
        if not 0 <= number < len(self._places):
            return {"line": 0, "source": "", "names": [], "span": [0, 0, 0, 0]}
        line, column, end_line, end_column = self._places[number]
        text = self._unparsed.get(number) or self._text(line, column, end_line, end_column)
        return {
            "line": line,
            "source": text if len(text) <= SOURCE_MOST else text[: SOURCE_MOST - 1] + "…",
            "names": self._targets.get(number, []),
            "span": [line, column, end_line, end_column],
        }

    @property
    def implied_imports(self) -> list[str]:
        """Import lines for the usual names that the program reads and never binds: `torch`, `nn`, `F`, `optim`, `np`."""
        return [line for name, line in USUAL_IMPORTS.items() if name in self._read and name not in self._stored]

    def operand_names(
        self, number: int, values: tuple[Any, ...], options: dict[str, Any], has_owner: bool
    ) -> tuple[str, ...]:
        """The texts of the tensors among an operation's arguments, in the order of `tensors_in`.

        Args:
            has_owner: it is a method of a tensor, which comes first.
        """
        if number not in self._parts:
            return ()
        owner, positions, keywords = self._parts[number]
        names = [self._short(owner)] if has_owner else []
        for index, value in enumerate(values):
            names += self._names_in(value, positions[index] if index < len(positions) else None)
        for key, value in options.items():
            names += self._names_in(value, keywords.get(key))
        return tuple(names)

    def owner_names(self, number: int) -> tuple[str, ...]:
        """The text of `x` in `x[i] += 1`."""
        target = self._parts[number][1][0] if number in self._parts and self._parts[number][1] else None
        parts = self._parts.get(getattr(target, "pp_number", -1))
        return (self._short(parts[1][0]),) if parts and parts[1] else ()

    def _names_in(self, value: Any, part: ast.AST | None) -> list[str]:
        if isinstance(value, Tensor):
            return [self._short(part)]
        if not isinstance(value, (list, tuple)) or len(value) > NAMES_MOST:
            return [""] * sum(1 for _ in tensors_in([value]))
        inner = getattr(part, "pp_elements", None) or []
        fits = len(inner) == len(value)
        found = []
        for index, item in enumerate(value):
            if isinstance(item, Tensor):
                text = self._short(part)
                found.append(self._short(inner[index]) if fits else f"{text}[{index}]" if text else "")
            else:
                found += [""] * sum(1 for _ in tensors_in([item]))
        return found

    def _short(self, part: ast.AST | None) -> str:
        text = " ".join(self.place(getattr(part, "pp_number", -1))["source"].split())
        return text if len(text) <= NAME_MOST else f"{text[: NAME_MOST - 1]}…"

    @property
    def known_names(self) -> frozenset[str]:
        """What the program binds, and the built-in names and usual modules."""
        return self._stored | frozenset((*BUILTIN_NAMES, *USUAL_MODULES))

    def is_inside_text(self, number: int) -> bool:
        """Whether the expression stands in an f-string, where its columns cannot be trusted."""
        return number in self._inside_text

    def node(self, number: int) -> ast.AST | None:
        """A fresh syntax tree of the expression; None where there is none."""
        if not 0 <= number < len(self._places):
            return None
        span = self._places[number]
        kind = type(self._nodes[number])
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, (ast.expr, ast.AugAssign)) and type(node) is kind and _span(node) == span:
                return node
        return None

    def _text(self, line: int, column: int, end_line: int, end_column: int) -> str:
        # Columns count bytes of UTF-8.
        lines = [part.encode() for part in self._lines[line - 1 : end_line]]
        if not lines:
            return ""
        if len(lines) == 1:
            return lines[0][column:end_column].decode("utf-8", "replace")
        parts = [lines[0][column:], *lines[1:-1], lines[-1][:end_column]]
        return b"\n".join(parts).decode("utf-8", "replace")


def _span(node: Any) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _parts(node: Any) -> tuple[Any, list[Any], dict[str, Any]]:
    """The expressions that an operation's operands come from: the owner of a method, the arguments, those with a name."""
    if isinstance(node, (ast.List, ast.Tuple)):
        # The policy puts other nodes in their place; these lists keep the numbers.
        starred = any(isinstance(part, ast.Starred) for part in node.elts)
        node.pp_elements = [] if starred else list(node.elts)  # type: ignore[union-attr]
    if isinstance(node, ast.BinOp):
        return None, [node.left, node.right], {}
    if isinstance(node, ast.Compare):
        return None, [node.left, node.comparators[0]], {}
    if isinstance(node, ast.UnaryOp):
        return None, [node.operand], {}
    if isinstance(node, ast.Subscript):
        return None, [node.value, node.slice], {}
    if isinstance(node, ast.AugAssign):
        return None, [node.target, node.value], {}
    if isinstance(node, ast.Attribute):
        return None, [node.value], {}
    if isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        starred = any(isinstance(part, ast.Starred) for part in node.args)
        return owner, [] if starred else list(node.args), {word.arg: word.value for word in node.keywords if word.arg}
    return None, [], {}


def _inside_text(tree: ast.Module) -> frozenset[int]:
    """The numbers of expressions inside f-strings: before Python 3.12 their columns are not those of the text."""
    found: set[int] = set()
    for text in ast.walk(tree):
        if isinstance(text, ast.JoinedStr):
            found.update(node.pp_number for node in ast.walk(text) if hasattr(node, "pp_number"))
    return frozenset(found)


def _names(target: Any) -> Iterator[str]:
    """The names of an unpacking, those of `out, (h, c)` one after the other; an empty text for what is no name."""
    for part in target.elts:
        if isinstance(part, (ast.Tuple, ast.List)):
            yield from _names(part)
        else:
            yield ast.unparse(part) if isinstance(part, ast.Name) else ""


def _targets(tree: ast.Module) -> dict[int, list[str]]:
    """For expressions that are the whole right side of an assignment: the names on the left, in order."""
    found: dict[int, list[str]] = {}
    for node in ast.walk(tree):
        target: ast.AST
        value: Any
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            target, value = node.target, node.value
        elif isinstance(node, ast.AugAssign):
            target, value = node.target, node
        else:
            continue
        several = isinstance(target, (ast.Tuple, ast.List))
        found[value.pp_number] = list(_names(target)) if several else [ast.unparse(target)]
    return found
