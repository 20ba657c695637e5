"""trace_autograd: the graph of a program and its backward passes as plain JSON, and the script that does the same."""

from __future__ import annotations

import ast
import copy
import re
from typing import Any

import torch
from torch import Tensor

from playground.autograd.describe import Description, Room, gradients_of
from playground.autograd.graph_trace import GraphTrace
from playground.autograd.names import named_leaves, visible_names
from playground.autograd.repair import find_fixes
from playground.autograd.snapshots import Snapshot
from playground.errors import InputError, PlaygroundError
from playground.lang.program import Program
from playground.limits import Limits
from playground.registry import shorten
from playground.tensors.trace import describe_failure, point_at, read_seed, write_script
from playground.training.events import plain

EMPTY: dict[str, Any] = {
    "nodes": [],
    "edges": [],
    "edge_inputs": [],
    "edge_outputs": [],
    "backward_order": [],
    "gradients": {},
    "backwards": [],
    "saved_bytes": 0,
    "first_non_finite": None,
    "printed": "",
    "script": "",
    "fixes": [],
    "warnings": [],
    "failure": None,
}
NAME_MOST = 100


def trace_autograd(
    source: object, output: object, seed: object, limits: Limits
) -> tuple[dict[str, Any], PlaygroundError | None]:
    """Run a program and describe its graph (call it in a child: the program may use up its budget).

    Args:
        output: the variable to differentiate where the program has no backward pass of its own.
        seed: as if `torch.manual_seed(seed)` were the first line; a whole number from 0.

    Returns:
        The result under the names of EMPTY, and the error it ended with, or None.
    """
    trace, error = open_trace(source, output, seed, limits)
    if trace is None:
        return refused(source, error), error
    return describe_trace(trace, error), error


def open_trace(
    source: object, output: object, seed: object, limits: Limits
) -> tuple[GraphTrace | None, PlaygroundError | None]:
    """Run a program once; no trace where it cannot even be compiled."""
    try:
        program, number, name = Program(source, limits.program_text_bytes), read_seed(seed), read_output(output)
    except PlaygroundError as refusal:
        return None, refusal
    trace = GraphTrace(program, name, number, limits)
    return trace, trace.run()


def read_output(output: object) -> str:
    """
    Raises:
        InputError: no name of a variable.
    """
    if not isinstance(output, str) or not output.isidentifier() or len(output) > NAME_MOST:
        raise InputError("autograd.bad_output", got=shorten(output))
    return output


def refused(source: object, error: PlaygroundError | None) -> dict[str, Any]:
    """The result of a program that did not run."""
    text = source if isinstance(source, str) else ""
    failure = point_at(source, error) if error is not None else None
    return {**copy.deepcopy(EMPTY), "script": text, "failure": failure}


def describe_trace(trace: GraphTrace, error: PlaygroundError | None) -> dict[str, Any]:
    """The result of `trace_autograd`."""
    description = Description(trace)
    edges, room = description.edges(), Room()
    backward = description.backward
    return plain(
        {
            **common_result(trace, error),
            "nodes": description.nodes(brief=False, room=room),
            "edges": [[producer, consumer] for producer, consumer, _, _ in edges],
            "edge_inputs": [place for _, _, place, _ in edges],
            "edge_outputs": [place for _, _, _, place in edges],
            "backward_order": backward.order if backward is not None else [],
            "gradients": gradients_of(backward.gradients.items(), room) if backward is not None else {},
            "backwards": [
                {"root": one.root, "order": one.order, "gradients": gradients_of(one.gradients.items(), room)}
                for one in trace.passes.passes
                if one.kind != "output"
            ],
            "saved_bytes": description.saved_bytes(),
        }
    )


def common_result(trace: GraphTrace, error: PlaygroundError | None) -> dict[str, Any]:
    """What the API and the page both need: what was printed, the script, warnings, the failure and its fixes."""
    interpreter = trace.interpreter
    result: dict[str, Any] = {
        **copy.deepcopy(EMPTY),
        "printed": interpreter.output.text.getvalue(),
        "script": write_gradient_script(trace),
        "warnings": interpreter.warnings,
        "first_non_finite": describe_blame(trace),
    }
    if error is not None and interpreter.failure is not None and interpreter.failure.error is interpreter.raised:
        result["failure"] = describe_failure(interpreter)
    if error is not None:
        result["fixes"] = find_fixes(trace, error)
    return result


def describe_blame(trace: GraphTrace) -> dict[str, Any] | None:
    """The first value that is not finite: {phase, op, line, source, node, finite_inputs}."""
    blame = trace.blame
    if blame is None:
        return None
    place = trace.program.place(blame.number)
    node = blame.node
    if blame.phase == "backward" and node is not None:
        record = next(record for record in trace.recorder.records.values() if record.id == node)
        place = trace.program.place(record.number)
    return {
        "phase": blame.phase,
        "op": blame.aten,
        "line": place["line"] or None,
        "source": place["source"],
        "node": node,
        "finite_inputs": blame.finite_inputs,
    }


def write_gradient_script(trace: GraphTrace) -> str:
    """The program to run in plain Python; it prints the gradients at its end, and first makes them where it does not."""
    passes = trace.passes.passes
    last = passes[-1] if passes else None
    variables = visible_names({name: value for name, value in trace.namespace.items() if not name.startswith("_")})
    leaves = named_leaves(variables)
    made = {name: last.gradients[name] for name in leaves if name in last.gradients} if last is not None else {}
    lines = [f"{last.root}.backward()"] if last is not None and last.kind == "output" and last.root else []
    script = write_script(trace.program, trace.seed)
    changed = [
        name for name in made if last is not None and last.kind != "output" and _has_changed(made[name], leaves[name])
    ]
    if changed and last is not None:
        # The program has zeroed or changed them since: they are kept where its last pass ends.
        kept = ", ".join(f"{name!r}: {_expression(name)}.grad.clone()" for name in made)
        script = write_script(trace.program, trace.seed, _after(trace.program.source, last.line, f"gradients = {{{kept}}}"))
        lines += [f"print({_expression(name) + '.grad ='!r}, gradients[{name!r}])" for name in made]
    else:
        lines += [f"print({_expression(name) + '.grad ='!r}, {_expression(name)}.grad)" for name in made]
    return script + ("\n" + "\n".join(lines) + "\n" if lines else "")


def _expression(name: str) -> str:
    """model.0.weight is written model[0].weight."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", name)


def _has_changed(snapshot: Snapshot, leaf: Tensor) -> bool:
    return leaf.grad is None or (snapshot.tensor is not None and not torch.equal(snapshot.tensor, leaf.grad))


def _after(source: str, line: int, text: str) -> str:
    """The source with a statement behind the innermost one that stands in a line, indented like it."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr | ast.Assign)]
    found = [node for node in statements if node.lineno <= line <= (node.end_lineno or 0)]
    if not found:
        return source
    innermost = max(found, key=lambda node: node.col_offset)
    lines = source.split("\n")
    lines.insert(innermost.end_lineno or line, " " * innermost.col_offset + text)
    return "\n".join(lines)
