"""The exported script: the model, and its training on MNIST in the course's five steps, with plain PyTorch."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import replace
from typing import Any

from playground.errors import RuntimeFailure, UnsupportedError
from playground.exports.subject import COUNT, SEED, CodeSubject, Subject, largest_difference
from playground.limits import Limits
from playground.models.spec import ModelSpec
from playground.training.config import TrainingConfig, resolve_config
from playground.training.script import imports_of, join_parts, write_parts

MNIST = (1, 28, 28)
CLASSES = 10
FITTED = '''

class Fitted(nn.Module):
    """The model between MNIST's images, brought into the shape that it takes, and a last layer that tells ten classes."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        model.eval()
        with torch.no_grad():
            features = model(self.fit(torch.zeros(2, 1, 28, 28))).flatten(1).shape[1]
        self.head = nn.Linear(features, 10)

    @staticmethod
    def fit(images):
        return {fit}

    def forward(self, images):
        return self.head(self.model(self.fit(images)).flatten(1))
'''


def script_parts(subject: Subject, limits: Limits, config: dict[str, Any] | None) -> dict[str, str]:
    """The script in its parts, in their order: imports, settings, data, (augmentation,) model, training.

    Args:
        config: of the run whose training it repeats; None = the recipe of the model.

    Raises:
        UnsupportedError: images cannot be brought into the shape that the model takes.
    """
    written = subject.written()
    outputs = subject.outputs(subject.batch(2))
    if len(outputs) != 1:
        raise UnsupportedError("export.one_output", name=subject.spec.name, count=len(outputs))
    reads_digits = subject.spec.input_shape == MNIST and not subject.tokens and tuple(outputs[0].shape) == (2, CLASSES)
    if not reads_digits:
        source = written.source.rstrip() + "\n" + FITTED.replace("{fit}", _fit(subject))
        written = replace(written, source=source, make=f"Fitted({written.make})", saved="model.model")
    resolved = resolve_config(config, limits) if config else _own_config(subject.spec, limits, reads_digits)
    parts = write_parts(resolved, None, written)
    if isinstance(subject, CodeSubject):
        parts["model"] = f"torch.manual_seed(SEED)\n\n{parts['model']}"
        parts = _apart(parts)
    imports = imports_of("\n".join(parts.values()))
    return {"imports": "\n".join(imports).strip(), **parts}


def write_script(subject: Subject, limits: Limits, config: dict[str, Any] | None) -> bytes:
    parts = script_parts(subject, limits, config)
    del parts["imports"]  # they go by all parts together
    return f'"""{_title(subject.spec)}"""\n\n{join_parts(parts)}'.encode()


def verify_script(subject: Subject, file: bytes) -> float:
    """See `verify_code`."""
    return verify_code(subject, file.decode())


def verify_code(subject: Subject, text: str) -> float:
    """Whether a script is whole, holds the model's code, and that code makes this very model: the largest difference
    between what the two give, with the same weights, for the same samples.

    Raises:
        RuntimeFailure: the script is not whole.
    """
    try:
        compile(text, "<script>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise RuntimeFailure("export.compiles", reason=str(error)) from error
    source = subject.written().source.strip()
    if source not in text:
        raise RuntimeFailure("export.compiles", reason="the model's code is missing")
    made = subject.from_code()
    made.load(subject.state())
    batch = subject.batch(COUNT)
    return largest_difference(subject.outputs(batch), made.outputs(batch))


def _title(spec: ModelSpec) -> str:
    name = spec.name.replace("\\", "").replace('"', "")
    return f"{name}: the model, and its training on MNIST. It needs torch and torchvision, and fetches the data itself."


def _own_config(spec: ModelSpec, limits: Limits, reads_digits: bool) -> TrainingConfig:
    """The recipe of the model; what is no list of layers, or tells no ten digits, is trained as any other."""
    if not reads_digits or spec.code:
        return resolve_config({"recipe": "Custom", "model": "SimpleCNN"}, limits)
    from playground.models.presets import PRESETS

    name = spec.name if spec.name in PRESETS else spec.to_text()
    return resolve_config({"model": name}, limits)


def _fit(subject: Subject) -> str:
    """The expression that makes the model's input of images (batch, 1, 28, 28)."""
    shape = subject.spec.input_shape
    if subject.tokens:
        raise UnsupportedError("export.no_images", name=subject.spec.name, shape=list(shape))
    if shape == MNIST:
        return "images"
    size = 1
    for one in shape:
        size *= one
    if size == 784:
        return f"images.reshape(-1, {', '.join(map(str, shape))})"
    if len(shape) == 3:
        channels, height, width = shape
        return f"F.interpolate(images, size=({height}, {width})).repeat(1, {channels}, 1, 1)"
    raise UnsupportedError("export.no_images", name=subject.spec.name, shape=list(shape))


def _apart(parts: dict[str, str]) -> dict[str, str]:
    """Where the learner's code uses a name of ours, ours stand in a function, so that neither sees the other's."""
    others = "\n\n\n".join(text for name, text in parts.items() if name != "model")
    own, bound = _bound(parts["model"]), _bound(others)
    redefined = {name for name, imported in own.items() if not imported}
    imports = [line for line in imports_of(others) if line]
    if not (own.keys() & bound.keys()) - {"model"} and not redefined & {name for line in imports for name in _bound(line)}:
        return parts
    # A name that the learner has given to something else means PyTorch's again inside the function.
    again = "\n".join(line for line in imports if redefined & _bound(line).keys())
    body = textwrap.indent("\n".join(part for part in (again, others) if part), "    ")
    model = parts["model"].replace("torch.manual_seed(SEED)", f"torch.manual_seed({SEED})", 1)
    return {"model": model, "training": f"def train_on_mnist(model):\n{body}\n\n\ntrain_on_mnist(model)"}


def _bound(text: str) -> dict[str, bool]:
    """The names that a text gives at its top level, and whether by an import."""
    names: dict[str, bool] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0]: True for alias in statement.names}
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names[statement.name] = False
        else:
            stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
            names |= {node.id: False for node in stored}
    return names
