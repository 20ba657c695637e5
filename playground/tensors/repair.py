"""Fixes of a shape or dtype error: small edits of the program, each run before it is offered.

An edit is proposed from the failing expression alone; what decides is the whole edited program: the failing operation must
pass, and nothing may go wrong before it.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch

from playground.errors import PlaygroundError
from playground.lang.program import Program

if TYPE_CHECKING:
    from playground.lang.interpreter import Interpreter

FIXES_MOST = 5
TRIED_MOST = 40
PRODUCT_KEYS = ("lang.shape_matmul", "lang.shape_linear")
SECONDS = 1.0
REDUCTIONS = frozenset("sum mean std var max min amax amin prod argmax argmin median logsumexp norm".split())
TARGETS = frozenset(
    (
        "F.cross_entropy F.nll_loss nn.CrossEntropyLoss nn.NLLLoss F.one_hot F.embedding nn.Embedding Tensor.__getitem__"
    ).split()
)


@dataclass(frozen=True)
class Edit:
    """Replace the text of an expression by another; `label` is a key of the catalogue, filled with `values`.

    Args:
        also: further expressions and their new texts, where one alone would not do.
    """

    node: ast.expr | ast.AugAssign
    text: str
    label: str
    values: dict[str, str]
    also: tuple[tuple[ast.expr, str], ...] = ()

    def apply(self, source: str) -> str:
        places = [(self.node, self.text), *self.also]
        # From the end to the beginning, so that each place is still where the syntax tree says.
        for node, text in sorted(places, key=lambda place: (place[0].lineno, place[0].col_offset), reverse=True):
            source = _replace(source, node, text)
        return source


def find_fixes(interpreter: Interpreter, error: PlaygroundError, seed: int) -> list[dict[str, Any]]:
    """The edits that were run and worked, the likeliest first.

    Returns:
        {"label": key of the catalogue, "values": for its placeholders, "code": the whole program, "shape": of the result},
        each with another edited text.
    """
    failure = interpreter.failure
    assert failure is not None
    program, number = interpreter.program, failure.operation.number
    node = program.node(number)
    if node is None or program.is_inside_text(number):
        return []
    deadline = time.monotonic() + SECONDS
    found: list[dict[str, Any]] = []
    higher: list[dict[str, Any]] = []
    most = max((operand.dim() for operand in failure.operation.operands), default=1)
    tried: set[str] = set()
    for edit in _proposals(node, failure.operation.name, failure.operation.operands, error, program):
        code = edit.apply(program.source)
        if code in tried:
            continue
        tried.add(code)
        shape = _try(code, interpreter, failure.operation.name, program.place(number)["line"], seed)
        # A result with more dimensions than any operand works, and is seldom what was meant.
        is_odd = edit.label in ("fix.unsqueeze", "fix.transpose") and shape is not None and len(shape) > max(most, 1)
        kept = higher if is_odd else found
        twin = any(other["shape"] == shape and _operand_of(other) == _operand_of(vars(edit)) for other in kept)
        if shape is not None and not twin:
            kept.append({"label": edit.label, "values": edit.values, "code": code, "shape": shape})
        if len(found) == FIXES_MOST or len(tried) == TRIED_MOST or time.monotonic() > deadline:
            break
    return found or higher[:FIXES_MOST]


def _operand_of(fix: dict[str, Any]) -> tuple[str, str]:
    """What is changed and how: unsqueeze(-1) and unsqueeze(1) of the same tensor may be the same fix."""
    return fix["label"], "" if fix["label"] == "fix.size" else fix["values"].get("operand", str(fix["values"]))


def _try(code: str, interpreter: Interpreter, op: str, line: int, seed: int) -> list[int] | None:
    """The shape that the once failing operation gives in the edited program; None = it still fails."""
    from playground.lang.interpreter import Interpreter as Fresh

    try:
        fresh = Fresh(Program(code), interpreter.limits)
    except PlaygroundError:
        return None
    fresh.budget.seconds = 1.0
    fresh.budget.__post_init__()
    state = torch.get_rng_state()
    error = fresh.run(seed)
    torch.set_rng_state(state)
    # An edit in an earlier line is at fault for an error anywhere up to the line that is to be mended.
    if error is not None and (error.line or 0) <= line:
        return None
    steps = [step for step in fresh.recorder.steps if step["line"] == line]
    same = [step for step in steps if step["op"] == op] or [
        step for step in steps if step["op"].split(".")[-1] in ("reshape", "cat")
    ]
    chosen = same or steps
    return list(chosen[-1]["shape"]) if chosen else None


def _proposals(node: ast.AST, op: str, operands: Any, error: PlaygroundError, program: Program) -> Iterator[Edit]:
    parts = list(_operand_nodes(node))
    texts = [_text(program.source, part) for part in parts]
    key = error.key
    if key in ("lang.shape_view_strides", "lang.shape_reshape") and isinstance(node, ast.Call):
        yield from _reshapes(node, program, key, operands)
    if key in ("lang.shape_cat", "lang.shape_stack", "lang.shape_dim") and isinstance(node, ast.Call):
        yield from _joins(node, program)
    if key == "lang.shape_channels":
        for part, text in zip(parts, texts, strict=True):
            yield Edit(
                part, f"{_wrapped(part, text)}.permute(0, 3, 1, 2)", "fix.permute", {"operand": text, "order": "0, 3, 1, 2"}
            )
    if key in PRODUCT_KEYS and isinstance(node, ast.Call) and operands[0].dim() > 2:
        for part, text in zip(parts, texts, strict=True):  # images that come into a Linear
            yield Edit(part, f"{_wrapped(part, text)}.flatten(1)", "fix.flatten", {"operand": text})
    if key in (*PRODUCT_KEYS, "lang.shape_channels"):
        yield from _layer_sizes(error, program)
    if error.kind == "dtype":
        yield from _casts(parts, texts, op)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            # The name is bound to a new tensor, since the old one keeps its dtype.
            name, sign = node.target.id, _text(program.source, node).removeprefix(node.target.id).split("=")[0].strip()
            value = texts[0] if isinstance(node.value, ast.Constant) else _wrapped(node.value, texts[0])
            new = f"{name} = {name}.float() {sign} {value}"
            yield Edit(node, new, "fix.cast", {"operand": name, "dtype": "float"})
    if key == "lang.shape_broadcast":
        for part in parts:
            yield from _keepdims(part, program)
        yield from _all_keepdims(node, program)
    square = key in (*PRODUCT_KEYS, "lang.shape_bmm", "lang.shape_dot")
    for part, text in reversed(list(zip(parts, texts, strict=True))):
        if square or key in ("lang.shape_broadcast", "lang.shape_cat", "lang.shape"):
            yield Edit(part, f"{_wrapped(part, text)}.mT", "fix.transpose", {"operand": text})
    if square and len(parts) == 2 and isinstance(node, ast.BinOp):
        swapped = f"{_wrapped(parts[1], texts[1])} @ {_wrapped(parts[0], texts[0])}"
        yield Edit(node, swapped, "fix.swap", {"first": texts[1], "second": texts[0]})
    for part, text in zip(parts, texts, strict=True):
        for dim in (-1, 0, 1):
            yield Edit(part, f"{_wrapped(part, text)}.unsqueeze({dim})", "fix.unsqueeze", {"operand": text, "dim": str(dim)})
    for part, text in zip(parts, texts, strict=True):
        yield Edit(part, f"{_wrapped(part, text)}.flatten(1)", "fix.flatten", {"operand": text})
        yield Edit(part, f"{_wrapped(part, text)}.squeeze()", "fix.squeeze", {"operand": text})
        if len(parts) == 2:
            other = texts[1] if part is parts[0] else texts[0]
            if other.isidentifier():
                new = f"{_wrapped(part, text)}.reshape({other}.shape)"
                yield Edit(part, new, "fix.reshape_like", {"operand": text, "other": other})
        yield Edit(
            part, f"{_wrapped(part, text)}.permute(0, 3, 1, 2)", "fix.permute", {"operand": text, "order": "0, 3, 1, 2"}
        )


def _reshapes(node: ast.Call, program: Program, key: str, operands: Any) -> Iterator[Edit]:
    """view → reshape, contiguous first; sizes computed from the number of elements."""
    source = program.source
    if not isinstance(node.func, ast.Attribute):
        return
    owner, name = _text(source, node.func.value), node.func.attr
    arguments = ", ".join(_text(source, part) for part in node.args)
    owner = _wrapped(node.func.value, owner)
    if key == "lang.shape_view_strides":
        yield Edit(node, f"{owner}.reshape({arguments})", "fix.reshape", {"operand": owner})
        yield Edit(node, f"{owner}.contiguous().{name}({arguments})", "fix.contiguous", {"operand": owner})
        return
    sizes = node.args[0].elts if len(node.args) == 1 and isinstance(node.args[0], (ast.Tuple, ast.List)) else node.args
    numel = operands[0].numel() if operands else 0
    sizes = [part for part in sizes if isinstance(part, ast.expr)]
    for place in range(len(sizes) - 1, -1, -1):
        others = [_constant(part) for index, part in enumerate(sizes) if index != place]
        product = 1
        for size in others:
            product *= size if size is not None and size > 0 else 0
        if product and numel % product == 0:
            yield Edit(sizes[place], str(numel // product), "fix.size", {"place": str(place), "size": str(numel // product)})
            yield Edit(sizes[place], "-1", "fix.size", {"place": str(place), "size": "-1"})
    yield Edit(node, f"{owner}.{name}(-1)", "fix.flat", {"operand": owner})


def _joins(node: ast.Call, program: Program) -> Iterator[Edit]:
    """cat and stack: another dim, or the one for the other; a dim that is out of range."""
    source = program.source
    for keyword in node.keywords:
        if keyword.arg == "dim":
            for dim in (0, 1, -1, 2):
                yield Edit(keyword.value, str(dim), "fix.dim", {"dim": str(dim)})
    for part in node.args:
        if _constant(part) is not None:
            for dim in (-1, 0, 1, 2):
                yield Edit(part, str(dim), "fix.dim", {"dim": str(dim)})
    function = _text(source, node.func)
    if function.endswith("stack"):
        yield Edit(node.func, function.removesuffix("stack") + "cat", "fix.cat", {})
    if function.endswith(".cat") and not any(keyword.arg == "dim" for keyword in node.keywords) and len(node.args) == 1:
        new = f"{function}({_text(source, node.args[0])}, dim=1)"
        yield Edit(node, new, "fix.dim", {"dim": "1"})


def _layer_sizes(error: PlaygroundError, program: Program) -> Iterator[Edit]:
    """The constructor of a layer whose first size is not that of what comes in."""
    values = {name: str(value) for name, value in error.values.items()}
    if error.key in PRODUCT_KEYS:
        layer, argument = "Linear", "in_features"
        wanted, came = values["b"].strip("(),").split(", ")[0], values["a"].strip("()").split(", ")[-1]
    elif error.key == "lang.shape_channels":
        layer, argument = "Conv", "in_channels"
        wanted, came = values["c"], values["b"].strip("[]").split(", ")[1]
    else:
        return
    for node in ast.walk(ast.parse(program.source)):
        if not (isinstance(node, ast.Call) and node.args and str(_constant(node.args[0])) == wanted):
            continue
        if layer in _text(program.source, node.func).rpartition(".")[2]:
            named = {"layer": _text(program.source, node), "size": came, "argument": argument}
            yield Edit(node.args[0], came, "fix.layer", named)


def _casts(parts: list[ast.expr], texts: list[str], op: str) -> Iterator[Edit]:
    order = ("long", "float") if op in TARGETS else ("float", "long", "double", "bool")
    for cast in order:
        for part, text in reversed(list(zip(parts, texts, strict=True))):
            yield Edit(part, f"{_wrapped(part, text)}.{cast}()", "fix.cast", {"operand": text, "dtype": cast})


def _keepdims(node: ast.expr, program: Program) -> Iterator[Edit]:
    """keepdim=True in a reduction that made an operand, here or in the line that named it."""
    for call in _reductions(node, program):
        yield Edit(call, _keeping(call, program), "fix.keepdim", {"operand": _text(program.source, call)})


def _all_keepdims(node: ast.AST, program: Program) -> Iterator[Edit]:
    """The same in all reductions of one statement: (x - x.mean(1)) / x.std(1) needs both."""
    calls: dict[tuple[int, int], ast.Call] = {}
    for statement in ast.walk(ast.parse(program.source)):
        if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)):
            continue
        if statement.lineno <= node.lineno <= (statement.end_lineno or 0):  # type: ignore[attr-defined]
            for part in ast.walk(statement):
                for side in (part.left, part.right) if isinstance(part, ast.BinOp) else ():
                    calls |= {(call.lineno, call.col_offset): call for call in _reductions(side, program)}
    several = [calls[place] for place in sorted(calls)]
    apart = all((one.end_lineno, one.end_col_offset) <= (other.lineno, other.col_offset) for one, other in pairwise(several))
    if len(several) > 1 and apart:
        first, *rest = [(call, _keeping(call, program)) for call in several]
        names = ", ".join(_text(program.source, call) for call in several)
        yield Edit(*first, "fix.keepdim", {"operand": names}, tuple(rest))


def _keeping(call: ast.Call, program: Program) -> str:
    return f"{_text(program.source, call)[:-1].rstrip().rstrip(',')}, keepdim=True)"


def _reductions(node: ast.expr, program: Program, seen: frozenset[str] = frozenset()) -> Iterator[ast.Call]:
    """Reductions along a dimension that drop it and give the value of an expression; `seen`: names followed so far."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REDUCTIONS:
        if (node.args or node.keywords) and not any(keyword.arg == "keepdim" for keyword in node.keywords):
            yield node
    elif isinstance(node, (ast.Attribute, ast.Subscript)):  # x.max(dim=1).values, x.max(dim=1)[0]
        yield from _reductions(node.value, program, seen)
    elif isinstance(node, ast.Name) and node.id not in seen:
        for assign in ast.walk(ast.parse(program.source)):
            if isinstance(assign, ast.Assign) and any(_binds(target, node.id) for target in assign.targets):
                yield from _reductions(assign.value, program, seen | {node.id})


def _binds(target: ast.expr, name: str) -> bool:
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return any(isinstance(part, ast.Name) and part.id == name for part in parts)


def _operand_nodes(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions of the failing operation that may be tensors."""
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)
    elif isinstance(node, ast.AugAssign):
        yield node.value
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
        if not isinstance(node.slice, (ast.Constant, ast.Slice, ast.Tuple, ast.UnaryOp)):
            yield node.slice
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and _root(node.func) not in ("torch", "nn", "F", "self", "np", "optim"):
            yield node.func.value
        for part in node.args:
            if isinstance(part, (ast.List, ast.Tuple)):
                yield from (inner for inner in part.elts if not isinstance(inner, (ast.Constant, ast.Starred)))
            elif not isinstance(part, (ast.Constant, ast.Starred, ast.UnaryOp)):
                yield part


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr) -> int | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _wrapped(node: ast.expr, text: str) -> str:
    """The text of an operand so that a method can be called on it."""
    simple = isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Tuple))
    return text if simple else f"({text})"


def _text(source: str, node: ast.AST) -> str:
    return ast.get_source_segment(source, node) or ast.unparse(node)


def _replace(source: str, node: ast.expr | ast.AugAssign, text: str) -> str:
    """The program with one expression written otherwise; its columns count bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = source.encode().split(b"\n")
    first, last = lines[node.lineno - 1], lines[node.end_lineno - 1]
    merged = first[: node.col_offset] + text.encode() + last[node.end_col_offset :]
    return b"\n".join([*lines[: node.lineno - 1], merged, *lines[node.end_lineno :]]).decode()
