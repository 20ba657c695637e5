"""read_list: code that is only a list of known layers, as that list again."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import replace
from typing import Any

from playground.models.layers import LAYERS
from playground.models.source import KAIMING, frozen_paths
from playground.models.spec import LayerSpec, ModelSpec

# nn.LSTM is not our LSTM, which gives one tensor: only its class is.
NAMES = {kind.module.__name__: name for name, kind in LAYERS.items()}


def read_list(code: str, shape: tuple[int, ...] = (1, 28, 28)) -> ModelSpec | None:
    """The spec of such a code; None where it is anything else, which stays code.

    It may be one expression, `model = …`, or a class whose layers are called once each in the order in which they are made,
    as `model_source` writes it; with imports before it and `model = Net()` and prints behind it. Values must be plain.
    """
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    own = {kind.module.__name__ for kind in LAYERS.values() if kind.is_own}
    classes = [node for node in body if isinstance(node, ast.ClassDef) and node.name not in own]
    rest = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef))]
    try:
        if not classes:
            return _expression(rest, shape)
        return _class(classes, rest, shape)
    except _Other:
        return None


def _expression(rest: list[ast.stmt], shape: tuple[int, ...]) -> ModelSpec:
    first = next((node for node in rest if not _is_print(node)), None)
    if first is None or any(node is not first and not _is_print(node) for node in rest):
        raise _Other
    value = first.value if isinstance(first, (ast.Expr, ast.Assign)) else None
    if isinstance(first, ast.Assign) and not (len(first.targets) == 1 and isinstance(first.targets[0], ast.Name)):
        raise _Other
    layer = _layer(value, "")
    if layer.type != "Sequential" or not layer.layers:
        raise _Other
    return ModelSpec("Sequential", layer.layers, shape)


def _is_print(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"


def _class(classes: list[ast.ClassDef], rest: list[ast.stmt], shape: tuple[int, ...]) -> ModelSpec:
    made = [node for node in rest if not _is_print(node)]
    if len(classes) != 1 or [ast.unparse(node) for node in made] not in ([], [f"model = {classes[0].name}()"]):
        raise _Other
    methods = {node.name: node for node in classes[0].body if isinstance(node, ast.FunctionDef)}
    known = ast.parse(textwrap.dedent(KAIMING)).body[0]
    kaiming = "initialize" in methods
    if not {"__init__", "forward"} <= set(methods) <= {"__init__", "forward", "initialize"}:
        raise _Other
    if kaiming and ast.dump(methods["initialize"]) != ast.dump(known):
        raise _Other
    layers = _made(methods["__init__"], kaiming)
    if [layer.name for layer in layers] != _called(methods["forward"]):
        raise _Other
    numbered = tuple(replace(one, name="" if one.name == str(at) else one.name) for at, one in enumerate(layers))
    return ModelSpec(classes[0].name.removesuffix("Model"), numbered, shape, "kaiming" if kaiming else "default")


def _made(method: ast.FunctionDef, kaiming: bool) -> list[LayerSpec]:
    """`self.name = layer` and `self.add_module("0", layer)`, in their order."""
    texts = [ast.unparse(node) for node in method.body]
    end = len(texts) - kaiming
    if len(method.args.args) != 1 or texts[0] != "super().__init__()" or (kaiming and texts[-1] != "self.initialize()"):
        raise _Other
    layers: list[LayerSpec] = []
    frozen: list[str] = []
    for node in method.body[1:end]:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and len(node.targets) == 1:
            layers.append(_layer(node.value, node.targets[0].attr))
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == "self.add_module"
        ):
            name = _value(node.value.args[0])
            layers.append(_layer(node.value.args[1], str(name)))
        elif isinstance(node, ast.Expr):
            frozen.append(_frozen(node.value))
        else:
            raise _Other
    for path in frozen:
        layers = list(_freeze(tuple(layers), path.split(".")))
    if sorted(path for layer in layers for path in frozen_paths(layer, layer.name)) != sorted(frozen):
        raise _Other  # one copy of a Repeat alone
    return layers


def _frozen(node: ast.expr) -> str:
    """The path in `self.get_submodule("features.0").requires_grad_(False)` or `self.features.requires_grad_(False)`."""
    text = ast.unparse(node)
    found = re.fullmatch(r"self\.(?:get_submodule\('([\w.]+)'\)|(\w+))\.requires_grad_\(False\)", text)
    if found is None:
        raise _Other
    return found[1] or found[2]


def _freeze(layers: tuple[LayerSpec, ...], parts: list[str]) -> tuple[LayerSpec, ...]:
    """The layers with the one of a path frozen."""
    changed = []
    for place, layer in enumerate(layers):
        if (layer.name or str(place)) == parts[0]:
            rest = parts[2:] if layer.type == "Repeat" else parts[1:]
            layer = replace(layer, layers=_freeze(layer.layers, rest)) if rest else replace(layer, trainable=False)
        changed.append(layer)
    return tuple(changed)


def _called(method: ast.FunctionDef) -> list[str]:
    """The names of the layers that a forward calls one after the other."""
    names, value = [], method.args.args[-1].arg
    for node in method.body[:-1]:
        call = node.value if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == value else None
        if not isinstance(call, ast.Call) or [ast.unparse(part) for part in call.args] != [value] or call.keywords:
            raise _Other
        text = ast.unparse(call.func)
        names.append(
            text.removeprefix("self.get_submodule(").strip("\"')") if "get_submodule" in text else text.removeprefix("self.")
        )
    if len(method.args.args) != 2 or ast.unparse(method.body[-1]) != f"return {value}":
        raise _Other
    return names


class _Other(Exception):
    """It is no plain list of layers."""


def _layer(node: Any, name: str) -> LayerSpec:
    if not isinstance(node, ast.Call):
        raise _Other
    kind = NAMES.get(_called_name(node))
    if kind is None:
        raise _Other
    if kind == "Repeat":
        return _repeat(node, name)
    if LAYERS[kind].container:
        if node.keywords:
            raise _Other
        return LayerSpec(kind, name, {}, _inside(node.args))
    parameters = list(LAYERS[kind].parameters())
    if len(node.args) > len(parameters):
        raise _Other
    given = dict(zip(parameters, map(_value, node.args), strict=False))
    if not set(LAYERS[kind].fixed) <= {keyword.arg for keyword in node.keywords}:
        raise _Other
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg in LAYERS[kind].fixed:
            if _value(keyword.value) != LAYERS[kind].fixed[keyword.arg]:
                raise _Other
        elif keyword.arg is None or keyword.arg not in parameters:
            raise _Other
        else:
            given[keyword.arg] = _value(keyword.value)
    return LayerSpec(kind, name, given)


def _repeat(node: ast.Call, name: str) -> LayerSpec:
    """Repeat(lambda: nn.Sequential(…), times=3)"""
    times = [keyword.value for keyword in node.keywords if keyword.arg == "times"]
    if len(node.args) != 1 or not isinstance(node.args[0], ast.Lambda) or len(times) != 1:
        raise _Other
    return LayerSpec("Repeat", name, {"times": _value(times[0])}, _layer(node.args[0].body, "").layers)


def _inside(arguments: list[ast.expr]) -> tuple[LayerSpec, ...]:
    if len(arguments) == 1 and isinstance(arguments[0], ast.Call) and not _is_layer(arguments[0]):
        return _ordered(arguments[0])
    return tuple(_layer(argument, "") for argument in arguments)


def _is_layer(call: ast.Call) -> bool:
    return _called_name(call) in NAMES


def _called_name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _ordered(call: ast.Call) -> tuple[LayerSpec, ...]:
    """nn.Sequential(OrderedDict([("name", layer), …]))"""
    if _called_name(call) != "OrderedDict" or len(call.args) != 1 or not isinstance(call.args[0], ast.List):
        raise _Other
    found = []
    for pair in call.args[0].elts:
        if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
            raise _Other
        name = _value(pair.elts[0])
        if not isinstance(name, str):
            raise _Other
        found.append(_layer(pair.elts[1], name))
    return tuple(found)


def _value(node: ast.expr) -> Any:
    """A plain value; 16 * 5 * 5 is one too."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _value(node.left), _value(node.right)
        if isinstance(left, int) and isinstance(right, int):
            return left * right
        raise _Other
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise _Other from None
    if isinstance(value, list):
        value = tuple(value)
    return value
