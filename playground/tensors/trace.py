"""run_tensors: run a program and tell each operation of it, what it printed, and what went wrong with fixes that work."""

from __future__ import annotations

import ast
import copy
from typing import Any

from playground.errors import InputError, PlaygroundError, ShapeError
from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.limits import Limits
from playground.registry import shorten
from playground.tensors.broadcasting import explain_broadcast, explain_clash
from playground.tensors.repair import find_fixes

EMPTY: dict[str, Any] = {
    "steps": [],
    "loops": [],
    "printed": "",
    "script": "",
    "truncated": False,
    "fixes": [],
    "warnings": [],
    "failure": None,
}


def run_tensors(source: object, seed: object, limits: Limits, *, details: bool = True) -> tuple[dict[str, Any], Any]:
    """Run a learner's program in this process (call it in a child: the program may use up its budget).

    Args:
        seed: as if `torch.manual_seed(seed)` were the first line; a whole number from 0.
        details: look for fixes too.

    Returns:
        The result, with plain values under the names of EMPTY, and the PlaygroundError it ended with, or None.
    """
    try:
        program = Program(source, limits.program_text_bytes)
        number = read_seed(seed)
    except PlaygroundError as refusal:
        return {
            **copy.deepcopy(EMPTY),
            "script": source if isinstance(source, str) else "",
            "failure": point_at(source, refusal),
        }, refusal
    interpreter = Interpreter(program, limits)
    error = interpreter.run(number)
    steps = [_finished(step, program) for step in interpreter.recorder.steps]
    result = {
        **copy.deepcopy(EMPTY),
        "steps": steps,
        "loops": interpreter.guards.loops.told(),
        "printed": interpreter.output.text.getvalue(),
        "script": write_script(program, number),
        "truncated": interpreter.recorder.truncated,
        "warnings": interpreter.warnings,
    }
    if error is not None and interpreter.failure is not None and interpreter.failure.error is interpreter.raised:
        result["failure"] = describe_failure(interpreter)
        if details and error.kind in (ShapeError.kind, "dtype"):
            result["fixes"] = find_fixes(interpreter, error, number)
    return result, error


def read_seed(seed: object) -> int:
    """The seed of a program.

    Raises:
        InputError: no whole number, or one that torch's generator does not take.
    """
    # NaN and infinity fail the comparison.
    if not isinstance(seed, (int, float)) or isinstance(seed, bool) or not 0 <= seed < 2**63 or seed != int(seed):
        raise InputError("config.whole", key="seed", range="0 … 2**63 - 1", got=shorten(seed))
    return int(seed)


def write_script(program: Program, seed: int, source: str | None = None) -> str:
    """The same program to run in plain Python: the imports that it left out, and the seed before its first statement.

    Args:
        source: the program's text with something added behind its imports; None = as it is.
    """
    text = (source or program.source).rstrip("\n").split("\n")
    head, has_torch = _imports(program.source)
    added = [*program.implied_imports]
    if not has_torch and "import torch" not in added:
        added.insert(0, "import torch")
    rest = text[head:]
    gap = [""] if rest and rest[0].strip() else []
    return (
        "\n".join([*text[:head], *added, *([""] if head and added else []), f"torch.manual_seed({seed})", *gap, *rest])
        + "\n"
    )


def point_at(source: object, error: PlaygroundError) -> dict[str, Any] | None:
    """The place that Python's parser stopped at, as `describe_failure` gives one; None where it names none."""
    column = error.values.get("column", 0)
    if not isinstance(source, str) or not error.line or not column:
        return None
    text = (source.split("\n") + [""] * error.line)[error.line - 1]
    # The parser counts characters, and may point behind the line's end.
    start = len(text[: min(column, len(text)) - 1].encode()) if text else 0
    span = [error.line, start, error.line, start + max(1, len(text[column - 1 : column].encode()))]
    return {"line": error.line, "source": "", "span": span, "text": text, "op": "", "operands": [], "broadcast": None}


def describe_failure(interpreter: Interpreter) -> dict[str, Any]:
    """Where the failing operation stands in the text, the tensors that went in, the axes that could not be broadcast."""
    failure = interpreter.failure
    assert failure is not None
    place = interpreter.program.place(failure.operation.number)
    operands = interpreter.recorder.describe_operands(failure.operation)[:6]
    is_broadcast = interpreter.error is not None and interpreter.error.key == "lang.shape_broadcast"
    return {
        "line": place["line"],
        "source": place["source"],
        "span": place["span"],
        "text": interpreter.program.source.split("\n")[place["line"] - 1] if place["line"] else "",
        "op": failure.operation.name,
        "operands": operands,
        "broadcast": explain_clash([operand["shape"] for operand in operands]) if is_broadcast else None,
    }


def _finished(step: dict[str, Any], program: Program) -> dict[str, Any]:
    broadcast = explain_broadcast(step["op"], [operand["shape"] for operand in step["operands"]], step["shape"])
    return {**step, "broadcast": broadcast}


def _imports(source: str) -> tuple[int, bool]:
    """How many lines the docstring and imports in front take, and whether `torch` is among what they bind."""
    end, has_torch = 0, False
    for place, node in enumerate(ast.parse(source).body):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if isinstance(node, ast.Import):
            # `import torch.nn` binds torch too, `import torch.nn as nn` does not.
            names = (alias.asname or alias.name.split(".")[0] for alias in node.names)
            has_torch = has_torch or "torch" in names
        elif not (isinstance(node, ast.ImportFrom) or (is_text and place == 0)):
            # A statement on the line of an import must come after the seed: then that import does too.
            return (end, has_torch) if node.lineno > end else (0, False)
        end = node.end_lineno or 0
    return end, has_torch
