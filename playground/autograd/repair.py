"""Repair: programs that the learner may mean, each run before it is offered."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from playground.errors import PlaygroundError
from playground.lang.interpreter import Interpreter
from playground.lang.program import Program

if TYPE_CHECKING:
    from playground.autograd.graph_trace import GraphTrace

Place = tuple[int, int]


def find_fixes(trace: GraphTrace, error: PlaygroundError) -> list[dict[str, Any]]:
    """Fixes for an error of differentiation: [{label (a key), values, code, shape}]."""
    source, line = trace.program.source, error.line or 0
    if error.key == "autograd.output_not_scalar":
        candidates = [(way, f"{source.rstrip()}\n{trace.output} = {trace.output}.{way}()\n") for way in ("sum", "mean")]
    elif error.key == "lang.not_scalar":
        candidates = [(way, _insert(source, _before_backward(source, line), f".{way}()")) for way in ("sum", "mean")]
    elif error.key in ("lang.in_place", "lang.leaf"):
        candidates = [("out_of_place", code) for code in _out_of_place(source)]
    elif error.key == "lang.twice":
        candidates = [("retain", _retained(source, line))]
    else:
        return []
    return [
        {"label": f"autograd.fix_{way}", "values": {}, "code": code, "shape": None}
        for way, code in candidates
        if code != source and _runs(trace, code)
    ]


def _runs(trace: GraphTrace, code: str) -> bool:
    try:
        program = Program(code, trace.limits.program_text_bytes)
    except PlaygroundError:
        return False
    return Interpreter(program, trace.limits, steps=0).run(trace.seed) is None


def _before_backward(source: str, line: int) -> Place | None:
    """Where the point of `.backward` stands in a line; None where there is no such call, or more than one."""
    calls = [call for call in _backward_calls(source) if call.lineno <= line <= (call.end_lineno or 0)]
    if len(calls) != 1:
        return None
    name = calls[0].func
    text = source.split("\n")[(name.end_lineno or 1) - 1].encode()
    return name.end_lineno or 1, text.rindex(b".", 0, name.end_col_offset)


def _retained(source: str, line: int) -> str:
    """The first backward pass keeps the graph for the second."""
    for call in _backward_calls(source):
        if call.lineno <= line and not any(keyword.arg == "retain_graph" for keyword in call.keywords):
            comma = ", " if call.args or call.keywords else ""
            return _insert(source, (call.end_lineno or 1, (call.end_col_offset or 1) - 1), f"{comma}retain_graph=True")
    return source


def _out_of_place(source: str) -> Iterator[str]:
    """For each `y += 1` on a name: the program with `y = y + 1`."""
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.lineno == node.end_lineno:
            row = lines[node.lineno - 1].encode()
            plain = ast.unparse(ast.Assign([node.target], ast.BinOp(node.target, node.op, node.value), lineno=0))
            changed = (row[: node.col_offset] + plain.encode() + row[node.end_col_offset :]).decode()
            yield "\n".join([*lines[: node.lineno - 1], changed, *lines[node.lineno :]])


def _backward_calls(source: str) -> Iterator[ast.Call]:
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward"
    ]
    yield from sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _insert(source: str, place: Place | None, text: str) -> str:
    """The source with a text at (line from 1, column in bytes); unchanged without a place."""
    if place is None:
        return source
    lines = source.split("\n")
    row = lines[place[0] - 1].encode()
    lines[place[0] - 1] = (row[: place[1]] + text.encode() + row[place[1] :]).decode()
    return "\n".join(lines)
