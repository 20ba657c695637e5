"""describe_model: what `/check_model` answers: the rows of a model, its sums, and what repairs it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from playground.errors import InputError, PlaygroundError
from playground.limits import Limits
from playground.models.build import read_any_model
from playground.models.checked import Checked, CheckedCode, CheckedSpec
from playground.models.layer_table import in_all_languages
from playground.models.repair import Fix, Model, find_repairs
from playground.models.source import bound_source, class_name, expression_source, model_source
from playground.models.spec import ModelSpec, read_shape
from playground.registry import shorten

INPUT_SHAPE = (1, 28, 28)
EMPTY: dict[str, Any] = {
    "layers": [],
    "totals": dict.fromkeys(("parameters", "trainable", "macs", "flops", "saved_bytes", "parameter_bytes")),
    "input_shape": None,
    "batch_size": None,
    "script": "",
    "fixes": [],
    "model": None,
}


def describe_model(
    model: object, input_shape: object, batch_size: object, limits: Limits, *, with_fixes: bool = True
) -> tuple[dict[str, Any], PlaygroundError | None]:
    """Run a model once without memory (call it in a child: it may be a learner's code).

    Args:
        model: a preset's name, a JSON spec or PyTorch code. input_shape: of one sample; None = the preset's own.
        with_fixes: look for repairs of one that fails.

    Returns:
        The result under the names of EMPTY, in which messages are {language: text}, and the error it ended with.
    """
    try:
        given = read_any_model(model, limits)
        shape = read_input(input_shape, given)
        given = given.code or given if isinstance(given, ModelSpec) else given
        batch = _read_batch(batch_size, limits)
    except PlaygroundError as error:
        return {**EMPTY}, error

    def check(one: Model) -> Checked:
        return CheckedSpec(one, shape, batch) if isinstance(one, ModelSpec) else CheckedCode(one, shape, batch, limits)

    with quietly():
        checked = check(given)
        fixes = find_repairs(checked, check) if with_fixes and checked.error is not None else []
    filled = checked.spec if isinstance(checked, CheckedSpec) else None
    return {
        "layers": [row.to_json(batch) for row in checked.rows],
        "totals": checked.totals or EMPTY["totals"],
        "input_shape": list(shape),
        "batch_size": batch,
        "script": write_model_script(given if filled is None else filled, shape, checked.error is None),
        "fixes": [_fix(fix) for fix in fixes],
        "model": filled.to_json() if filled is not None else None,
    }, checked.error


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """torch logs a traceback where shapes do not fit; the answer says it better."""
    logger = logging.getLogger("torch._subclasses.fake_tensor")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def read_input(value: object, model: ModelSpec | str) -> tuple[int, ...]:
    """The shape of one sample; None = the model's own, else that of a digit.

    Raises:
        InputError: no shape.
    """
    if value is None or value == "":
        return model.input_shape if isinstance(model, ModelSpec) else INPUT_SHAPE
    return read_shape(list(value) if isinstance(value, tuple) else value)


def _read_batch(value: object, limits: Limits) -> int:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int) or isinstance(whole, bool) or not 1 <= whole <= limits.batch_size:
        raise InputError("model.batch_size", got=shorten(value), maximum=limits.batch_size)
    return whole


def _fix(fix: Fix) -> dict[str, Any]:
    text = fix.model.to_text() if isinstance(fix.model, ModelSpec) else fix.model
    return {"layer": fix.layer, "label": in_all_languages(fix.label), "model": text}


def write_gradient_program(spec: ModelSpec, *, scores: bool) -> str:
    """A program that makes the model and runs it forward and backward once, on two images of noise.

    Args:
        scores: it gives one vector per image.
    """
    if spec.code:
        source = bound_source(spec.code)
    else:
        source = "\n".join([*_imports(model_source(spec)), "", model_source(spec), f"\nmodel = {class_name(spec)}()"])
    shape = ", ".join(map(str, (2, *spec.input_shape)))
    lines = [source.rstrip(), f"images = torch.rand({shape})", "output = model(images)"]
    if scores:
        lines.append("loss = torch.nn.functional.cross_entropy(output, torch.tensor([3, 7]))")
    else:
        lines.append("loss = output.square().mean()")
    return "\n".join([*lines, "loss.backward()"]) + "\n"


def _imports(source: str) -> list[str]:
    ordered = ["from collections import OrderedDict\n"] if "OrderedDict" in source else []
    return [*ordered, "import torch", "from torch import nn"]


def write_model_script(model: ModelSpec | str, shape: tuple[int, ...], runs: bool) -> str:
    """The model as a script that builds it and shows what comes out."""
    batch = ", ".join(map(str, (2, *shape)))
    if isinstance(model, str):
        return model if model.endswith("\n") else f"{model}\n"
    plain = not any(layer.name or not layer.trainable for layer in model.layers) and model.initialization == "default"
    source = expression_source(model) if plain else model_source(model)
    body = [*_imports(source), "", "", source.rstrip(), "", ""]
    body += [*([] if plain else [f"model = {class_name(model)}()"]), "print(model)"]
    body += ['print(sum(parameter.numel() for parameter in model.parameters()), "parameters")']
    body += [f"print(model(torch.zeros({batch})).shape)"] if runs else []
    return "\n".join(body) + "\n"
