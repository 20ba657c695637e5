"""From a spec to a real torch module, checked before anything large is allocated."""

from __future__ import annotations

import ast
from dataclasses import replace

import torch
from torch import nn

from playground.errors import InputError, LimitError, UnsupportedError
from playground.limits import Limits
from playground.models.architectures import ARCHITECTURES
from playground.models.initialization import initialize
from playground.models.modules import make_layer, run_layers
from playground.models.presets import PRESETS
from playground.models.sizes import fill_sizes
from playground.models.spec import UNNAMED, LayerSpec, ModelSpec, parse_spec
from playground.registry import shorten

# Of every data set here: channels, height, width.
IMAGE_SHAPE = (1, 28, 28)


def read_model(model: object, limits: Limits | None = None) -> ModelSpec:
    """The spec that a learner meant by `model`; see `read_any_model`.

    Raises:
        InputError, LimitError: as there.
    """
    if isinstance(model, ModelSpec):
        return model
    found = read_any_model(model, limits)
    if isinstance(found, str):
        return ModelSpec(name_of_code(found), code=found)
    unnamed = found.code and found.name == UNNAMED
    return replace(found, name=name_of_code(found.code)) if unnamed else found


def name_of_code(source: str) -> str:
    """What a model given as code is called: as its last class, where it has one."""
    try:
        names = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        names = []  # whoever runs it says what is wrong
    return names[-1][:60] if names else "Model"


def read_any_model(model: object, limits: Limits | None = None) -> ModelSpec | str:
    """What a learner meant by `model`: a preset's name, a JSON spec (begins with `{`), or PyTorch code, which stays a text.

    Raises:
        InputError: an unknown preset or a faulty spec. LimitError: a text that is too long.
    """
    if not isinstance(model, str) or not model.strip():
        raise InputError("model.text", got=shorten(model))
    if limits and len(model) > limits.model_text_bytes:
        raise LimitError("model.long", length=len(model), maximum=limits.model_text_bytes)
    if model.lstrip().startswith("{"):
        return parse_spec(model)
    if any(sign in model for sign in "(\n="):
        return model
    return ARCHITECTURES.known(model) or PRESETS.find(model).spec


def build_model(spec: ModelSpec) -> nn.Module:
    """A new module with freshly initialised parameters, on the default device, from torch's global generator.

    The module is an `nn.Sequential` whose children bear the spec's names, so its `state_dict` has the same keys as the
    course's own classes.

    Raises:
        InputError: a layer whose constructor refuses its arguments; the message names the layer.
        UnsupportedError: a spec that holds code, which only `open_network` runs, under its guards.
    """
    if spec.code:
        raise UnsupportedError("model.code")
    model = make_layer(LayerSpec("Sequential", layers=fill_sizes(spec).layers), "")
    initialize(model, spec.initialization)
    return model


def check_model(spec: ModelSpec, *, class_count: int = 10, limits: Limits | None = None) -> int:
    """Run the spec once on the meta device (no memory, about 2 ms) and count its parameters.

    Args:
        class_count: outputs expected per sample.

    Returns:
        The number of parameters.

    Raises:
        InputError: the layer at which the shapes do not fit, a wrong output shape, or nothing left to train.
        LimitError: more parameters than the limits allow.
    """
    with torch.device("meta"):
        model = build_model(spec)
        count = sum(parameter.numel() for parameter in model.parameters())
        check_count(count, limits)
        output = run_layers(model, torch.zeros(2, *spec.input_shape))
        trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    check_output(tuple(output.shape), class_count)
    if count and not trained:
        raise InputError("model.frozen")
    return count


def check_count(count: int, limits: Limits | None) -> None:
    """
    Raises:
        LimitError: more parameters than the limits allow.
    """
    if limits and count > limits.model_parameters:
        raise LimitError("model.parameters", count=f"{count:,}", maximum=f"{limits.model_parameters:,}")


def check_output(shape: tuple[int, ...], class_count: int = 10) -> None:
    """Of a batch of two.

    Raises:
        InputError: it is not one number per class.
    """
    if shape != (2, class_count):
        got = f"[batch, {', '.join(str(size) for size in shape[1:])}]" if shape[:1] == (2,) else str(list(shape))
        raise InputError("model.output", got=got, expected=f"[batch, {class_count}]", classes=class_count)
