"""Lines of a model's code: which line calls a module, which line makes it, and how long each takes."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from playground.bench.profiler_tables import Sums
from playground.errors import PlaygroundError
from playground.limits import Limits
from playground.models.code_model import open_code
from playground.models.source import class_name, model_source
from playground.models.spec import LayerSpec, ModelSpec


@dataclass
class Source:
    """The code of a model.

    Args:
        text: as the page shows it.
        calls: path of a module → line in `forward` that calls it; empty where the profile itself tells lines.
        makes: path of a module → line that makes it.
    """

    text: str
    calls: dict[str, int] = field(default_factory=dict)
    makes: dict[str, int] = field(default_factory=dict)


def read_source(spec: ModelSpec, limits: Limits) -> Source:
    """The lines of a list's class are read from the text, those of a learner's code seen where it runs."""
    if spec.code:
        return Source(spec.code, makes=_made_lines(spec.code, limits))
    source = Source(model_source(spec))
    name = class_name(spec)
    kind = next(one for one in ast.parse(source.text).body if isinstance(one, ast.ClassDef) and one.name == name)
    methods = {one.name: one for one in kind.body if isinstance(one, ast.FunctionDef)}
    made = [node for node in map(_made, methods["__init__"].body) if node is not None]
    for place, (layer, call, statement) in enumerate(zip(spec.layers, made, methods["forward"].body, strict=False)):
        path = layer.name or str(place)
        source.calls[path] = statement.lineno
        _find_layers(layer, call, path, source.makes)
    return source


def _made(statement: ast.stmt) -> ast.Call | None:
    """The layer of `self.name = nn.Linear(…)` and of `self.add_module("0", nn.Linear(…))`."""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
        return statement.value
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "add_module":
        return call.args[1] if isinstance(call.args[1], ast.Call) else None
    return None


def _find_layers(layer: LayerSpec, call: ast.expr, path: str, found: dict[str, int]) -> None:
    """The lines of a layer and of those in it; the copies of a Repeat share theirs."""
    found[path] = call.lineno
    if not layer.layers or not isinstance(call, ast.Call) or not call.args:
        return
    first = call.args[0]
    if isinstance(first, ast.Lambda) and isinstance(first.body, ast.Call):
        for copy in range(layer.arguments["times"]):
            inside = LayerSpec("Sequential", layers=layer.layers)
            _find_layers(inside, first.body, f"{path}.{copy}", found)
        return
    inner: list[ast.expr] = call.args
    if isinstance(first, ast.Call) and first.args and isinstance(first.args[0], ast.List):  # OrderedDict([(name, layer), …])
        inner = [pair.elts[1] for pair in first.args[0].elts if isinstance(pair, ast.Tuple)]
    for place, (child, node) in enumerate(zip(layer.layers, inner, strict=False)):
        _find_layers(child, node, f"{path}.{child.name or place}", found)


def _made_lines(code: str, limits: Limits) -> dict[str, int]:
    try:
        opened = open_code(code, limits)
        model = opened.model
        if model is None:
            return {}
        named = opened.call(lambda: list(nn.Module.named_modules(model)))
    except PlaygroundError:  # the model that is measured has been made: this one only tells lines
        return {}
    lines = {path: opened.program.place(opened.made[id(one)])["line"] for path, one in named if id(one) in opened.made}
    return {path: line for path, line in lines.items() if line}


def line_rows(sums: Sums, source: Source) -> list[dict[str, Any]]:
    """Lines with time, per step: {number, text, role, forward_seconds, backward_seconds, share}. Role "calls": the line runs
    this in `forward`; "makes": the line makes modules that took this long, wherever they are called."""
    calls: dict[int, list[float]] = {number: list(pair) for number, pair in sums.lines.items() if number}
    for path, number in source.calls.items():
        if path in sums.modules:
            _count(calls, number, sums.modules[path][1], sums.modules[path][3])
    makes: dict[int, list[float]] = {}
    for path, (_, _, own, _, own_backward, _) in sums.modules.items():
        maker = _maker(path, source.makes)
        if maker is not None:
            _count(makes, maker, own, own_backward)
    text = source.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [
        {
            "number": number,
            "text": text[number - 1] if number <= len(text) else "",
            "role": role,
            "forward_seconds": max(0.0, forward) / sums.steps,
            "backward_seconds": backward / sums.steps,
            "share": (max(0.0, forward) + backward) / sums.seconds,
        }
        for role, found in (("calls", calls), ("makes", makes))
        for number, (forward, backward) in sorted(found.items())
    ]


def _count(found: dict[int, list[float]], number: int, forward: float, backward: float) -> None:
    pair = found.setdefault(number, [0.0, 0.0])
    pair[0] += forward
    pair[1] += backward


def _maker(path: str, makes: dict[str, int]) -> int | None:
    """Its own line, else that of the nearest module around it: what a TransformerEncoderLayer holds was made with it."""
    while path and path not in makes:
        path = path.rpartition(".")[0]
    return makes.get(path)
