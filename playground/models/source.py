"""The PyTorch code of a spec: the class that a learner would have written."""

from __future__ import annotations

import ast
import inspect
import keyword
from collections.abc import Sequence
from typing import Any

from playground.models.layers import LAYERS
from playground.models.spec import LayerSpec, ModelSpec

INDENT = " " * 4
# What a script around the class means by these names.
SCRIPT_NAMES = frozenset("torch nn F math datasets lr_scheduler OrderedDict load normalise test model device Fitted".split())

KAIMING = '''
    def initialize(self):
        """Kaiming initialisation: keeps the size of activations from layer to layer under ReLU."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d) and module.affine:
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
'''


def model_source(spec: ModelSpec) -> str:
    """The `nn.Module` class of a spec, ready to run after `import torch` and `from torch import nn`, and before it the
    classes of ours that it uses.

    Layers are created in the order of the spec, so that the same seed gives the same parameters, and parameters have the
    same names as in the playground.
    """
    body = [
        *_own_classes(spec.layers),
        f"class {class_name(spec)}(nn.Module):",
        f"{INDENT}def __init__(self):",
        f"{INDENT * 2}super().__init__()",
    ]
    calls = []
    for place, layer in enumerate(spec.layers):
        name = layer.name or str(place)
        is_attribute = name.isidentifier() and not keyword.iskeyword(name)
        if is_attribute:
            body.append(f"{INDENT * 2}self.{name} = {_expression(layer, INDENT * 2)}")
        else:
            body.append(f'{INDENT * 2}self.add_module("{name}", {_expression(layer, INDENT * 2)})')
        body += [f"{INDENT * 2}{line}" for line in _frozen(layer, name)]
        call = f"self.{name}" if is_attribute else f'self.get_submodule("{name}")'
        calls.append(f"{INDENT * 2}x = {call}(x)")
    if spec.initialization == "kaiming":
        body.append(f"{INDENT * 2}self.initialize()")
        body.append(KAIMING.rstrip())
    body += ["", f"{INDENT}def forward(self, x):", *calls, f"{INDENT * 2}return x"]
    return "\n".join(body) + "\n"


def bound_source(code: str) -> str:
    """A learner's code as it is, and the variable `model` bound to its model: the last expression, else that variable, else
    the last class, called without arguments."""
    body = ast.parse(code).body
    last = body[-1] if body else None
    if isinstance(last, ast.Expr) and not _is_print(last.value):
        lines = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        start = lines[last.lineno - 1].encode()
        lines[last.lineno - 1] = (start[: last.col_offset] + b"model = " + start[last.col_offset :]).decode()
        return "\n".join(lines).rstrip() + "\n"
    stored = [
        node.id
        for statement in body
        if not isinstance(statement, (ast.ClassDef, ast.FunctionDef))
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    classes = [node.name for node in body if isinstance(node, ast.ClassDef)]
    made = "" if "model" in stored or not classes else f"\n\nmodel = {classes[-1]}()\n"
    return code.rstrip() + "\n" + made


def without_imports(code: str, given: Sequence[str]) -> str:
    """A learner's code without the imports that stand above it already; one of a name that he also uses otherwise stays.

    Args:
        given: import statements, each of one name.
    """
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    have = dict(_imported(ast.parse("\n".join(given)).body))
    tree = ast.parse(code)
    made = {node.name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    made |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = [number for node in tree.body for number in {node.lineno, node.end_lineno}]
    lines = code.split("\n")
    for statement in reversed(tree.body):
        names = _imported([statement])
        alone = used.count(statement.lineno) == used.count(statement.end_lineno) == 1
        if names and alone and all(have.get(name) == module and name not in made for name, module in names):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(lines).strip("\n") + "\n"


def _imported(body: Sequence[ast.stmt]) -> list[tuple[str, str]]:
    """The names that imports give, and what each stands for: F, torch.nn.functional."""
    found = []
    for statement in body:
        if isinstance(statement, ast.Import):
            # `import torch.nn` gives the name torch; `import torch.nn as nn` gives nn.
            found += [(a.asname, a.name) if a.asname else (a.name.split(".")[0],) * 2 for a in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            found += [(a.asname or a.name, f"{statement.module}.{a.name}") for a in statement.names]
    return found


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def _own_classes(layers: tuple[LayerSpec, ...]) -> list[str]:
    """The source of our own layers among these, each once, with the blank lines after it."""
    found: dict[type, None] = {}

    def look(inside: tuple[LayerSpec, ...]) -> None:
        for layer in inside:
            if LAYERS[layer.type].is_own:
                found[LAYERS[layer.type].module] = None
            look(layer.layers)

    look(layers)
    return [inspect.getsource(kind).rstrip() + "\n\n" for kind in found]


def expression_source(spec: ModelSpec) -> str:
    """The model as one `nn.Sequential(…)`, and before it the classes of ours that it uses."""
    own = _own_classes(spec.layers)
    return "\n".join([*own, f"model = {_expression(LayerSpec('Sequential', layers=spec.layers), '')}"]) + "\n"


def class_name(spec: ModelSpec) -> str:
    """A valid class name; `Linear` and `Sequential` would hide those of torch.nn, so they get a suffix."""
    name = "".join(letter for letter in spec.name if letter.isalnum() and letter.isascii()) or "Model"
    name = name if name[0].isalpha() else f"Model{name}"
    taken = {"Module", *SCRIPT_NAMES, *LAYERS, *(kind.module.__name__ for kind in LAYERS.values())}
    return f"{name}Model" if name in taken or keyword.iskeyword(name) else name


def _expression(layer: LayerSpec, indent: str) -> str:
    kind = LAYERS[layer.type]
    if not kind.container:
        return f"{kind.code_name}({_arguments(layer)})"
    if layer.type == "Repeat":
        inside = _expression(LayerSpec("Sequential", layers=layer.layers), indent)
        return f"Repeat(lambda: {inside}, times={layer.arguments['times']})"
    inner = indent + INDENT
    if any(child.name for child in layer.layers):
        lines = [
            f'{inner}("{child.name or place}", {_expression(child, inner)}),' for place, child in enumerate(layer.layers)
        ]
        return f"{kind.code_name}(OrderedDict([\n" + "\n".join(lines) + f"\n{indent}]))"
    lines = [f"{inner}{_expression(child, inner)}," for child in layer.layers]
    return f"{kind.code_name}(\n" + "\n".join(lines) + f"\n{indent})"


def _arguments(layer: LayerSpec) -> str:
    kind = LAYERS[layer.type]
    required = kind.required()
    arguments = {**layer.arguments, **kind.fixed}
    # The leading required arguments read best without their names, as the course writes them: nn.Conv2d(1, 32, …).
    positional = [_literal(arguments.pop(name)) for name in required[:2] if name in arguments]
    return ", ".join(positional + [f"{name}={_literal(value)}" for name, value in arguments.items()])


def _literal(value: Any) -> str:
    return repr(value)


def _frozen(layer: LayerSpec, path: str) -> list[str]:
    return [f'self.get_submodule("{frozen}").requires_grad_(False)' for frozen in frozen_paths(layer, path)]


def frozen_paths(layer: LayerSpec, path: str) -> list[str]:
    """The paths of what is frozen in a layer: itself, or of what it holds; in a Repeat that of each copy."""
    if not layer.trainable:
        return [path]
    copies = range(layer.arguments["times"]) if layer.type == "Repeat" else (None,)
    return [
        found
        for copy in copies
        for place, child in enumerate(layer.layers)
        for found in frozen_paths(
            child, f"{path}.{child.name or place}" if copy is None else f"{path}.{copy}.{child.name or place}"
        )
    ]
