"""Repairs of a model's code: the learner's own text with as few characters changed as possible."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from playground.lang.program import Program
from playground.models.layers import LAYERS
from playground.models.spec import LayerSpec

Edit = tuple[tuple[int, int], tuple[int, int], str]


def change_call(
    program: Program, number: int, changes: Mapping[str, Any], kind: str, inserted: tuple[LayerSpec, ...]
) -> str:
    """The program with other arguments, or another class, in the call that makes a layer; and layers put before it.

    Args:
        number: of the expression. kind: the class's new name in torch.nn; "" = as it is.

    Returns:
        The text; "" where that place cannot be edited like this.
    """
    tree = ast.parse(program.source)
    call = _same(tree, program.node(number))
    if not isinstance(call, ast.Call):
        return ""
    edits: list[Edit] = [(_start(call.func), _end(call.func), f"nn.{kind}")] if kind else []
    for name, value in changes.items():
        edits.append(_argument(call, name, value))
    if inserted:
        before = _before(tree, call, inserted)
        if before is None:
            return ""
        edits.append(before)
    return _apply(program.source, edits)


def wrap_input(program: Program, source: str, number: int, inserted: tuple[LayerSpec, ...]) -> str:
    """The program with the input of a layer's call, such as `self.fc(x)`, turned into another shape first; "" = it cannot.

    Args:
        source: the text to edit, in which that call stands where it stands in the program.
    """
    node = program.node(number)
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return ""
    call = _same(ast.parse(source), node) if source != program.source else node
    if not isinstance(call, ast.Call):
        return ""
    argument = call.args[0]
    text = _text(source, argument)
    for layer in inserted:
        wrapped = _function(layer, text)
        if not wrapped:
            return ""
        text = wrapped
    return _apply(source, [(_start(argument), _end(argument), text)])


def _function(layer: LayerSpec, value: str) -> str:
    """A layer without parameters as a function of a value."""
    given = layer.arguments
    if layer.type == "Flatten":
        end = f", {given['end_dim']}" if "end_dim" in given else ""
        return f"torch.flatten({value}, {given.get('start_dim', 1)}{end})"
    if layer.type == "Unflatten":
        return f"torch.unflatten({value}, {given['dim']}, {tuple(given['unflattened_size'])})"
    if layer.type == "AdaptiveAvgPool2d":
        return f"F.adaptive_avg_pool2d({value}, {given['output_size']})"
    return ""


def _before(tree: ast.AST, call: ast.Call, inserted: tuple[LayerSpec, ...]) -> Edit | None:
    """In front of a layer in the arguments of nn.Sequential, or in those of its OrderedDict."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "Sequential" and call in node.args:
            return _start(call), _start(call), "".join(f"{layer_text(layer)}, " for layer in inserted)
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and node.elts[1] is call:
            texts = [f'("{layer.type.lower()}", {layer_text(layer)}), ' for layer in inserted]
            return _start(node), _start(node), "".join(texts)
    return None


def name_in_parent(program: Program, number: int) -> str:
    """What a layer would be called whose constructor call stands in an nn.Sequential or an OrderedDict; "" elsewhere."""
    tree = ast.parse(program.source)
    call = _same(tree, program.node(number))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "Sequential" and call in node.args:
            return str(node.args.index(call))  # type: ignore[arg-type]
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and node.elts[1] is call:
            return ast.literal_eval(node.elts[0]) if isinstance(node.elts[0], ast.Constant) else ""
    return ""


def layer_text(layer: LayerSpec) -> str:
    """nn.Flatten(start_dim=1, end_dim=2)"""
    arguments = ", ".join(f"{name}={value!r}" for name, value in layer.arguments.items())
    return f"{LAYERS[layer.type].code_name}({arguments})"


def _argument(call: ast.Call, name: str, value: Any) -> Edit:
    for keyword in call.keywords:
        if keyword.arg == name:
            return _start(keyword.value), _end(keyword.value), repr(value)
    kind = getattr(nn, _name(call.func), None)
    names = list(inspect.signature(kind).parameters) if isinstance(kind, type) else []
    if issubclass(kind, nn.RNNBase) if isinstance(kind, type) else False:
        names = ["input_size", "hidden_size", "num_layers"]
    place = names.index(name) if name in names else len(call.args)
    if place < len(call.args):
        return _start(call.args[place]), _end(call.args[place]), repr(value)
    last = [*call.args, *(keyword.value for keyword in call.keywords)]
    where = max(map(_end, last)) if last else (_end(call)[0], _end(call)[1] - 1)
    return where, where, f"{', ' if last else ''}{name}={value!r}"


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _same(tree: ast.AST, wanted: ast.AST | None) -> ast.AST | None:
    """The node of a tree that starts where another does and is the same text."""
    if wanted is None:
        return None
    text = ast.dump(wanted)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _start(node) == _start(wanted) and ast.dump(node) == text:
            return node
    return None


def _start(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


def _text(source: str, node: ast.expr) -> str:
    return ast.get_source_segment(source, node) or ""


def _apply(source: str, edits: list[Edit]) -> str:
    """Columns count bytes of UTF-8; from the last edit to the first, so that places stay what they were."""
    lines = [line.encode() for line in source.split("\n")]
    for (line, column), (end_line, end_column), text in sorted(edits, key=lambda edit: edit[0], reverse=True):
        head, tail = lines[line - 1][:column], lines[end_line - 1][end_column:]
        lines[line - 1 : end_line] = (head + text.encode() + tail).split(b"\n")
    return b"\n".join(lines).decode()
