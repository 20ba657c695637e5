"""What a child does for `/export_model`: write the file, then run it and compare it with the model."""

from __future__ import annotations

import base64
import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from playground.errors import InputError, LimitError, PlaygroundError, RuntimeFailure
from playground.exports.formats import EXPORTS
from playground.exports.subject import CodeSubject, SpecSubject, Subject
from playground.limits import Limits
from playground.models.build import read_any_model
from playground.models.checkpoint import read_safetensors, write_atomically
from playground.models.code_model import open_code
from playground.models.describe import describe_model
from playground.models.layer_table import ROOT
from playground.models.spec import ModelSpec
from playground.tensors.work import Answered

EMPTY: dict[str, Any] = {"name": "", "content": None, "verified": False, "max_abs_difference": None}


def export_in_child(
    model: str, format: str, weights: bytes | None, config: dict[str, Any] | None, path: str | None, limits: Limits
) -> Iterator[Answered]:
    """See `export_model`."""
    torch.set_num_threads(1)
    # torch.export asks for a folder to write to; a confined child has this one.
    tempfile.tempdir = str(Path(path).parent) if path is not None else os.sep
    yield Answered(*export_model(model, format, weights, config, path, limits))


def export_model(
    model: str, format: str, weights: bytes | None, config: dict[str, Any] | None, path: str | None, limits: Limits
) -> tuple[dict[str, Any], PlaygroundError | None]:
    """Write a model as a file and compare the two.

    Args:
        weights: a checkpoint's bytes; None = fresh weights from seed 0.
        config: of the run that they come from.
        path: where the file goes; None = into the answer, as base64.

    Returns:
        {name (of the model), content, verified, max_abs_difference}, and the error; no file where there is one.
    """
    result = dict(EMPTY)
    try:
        subject = open_subject(model, limits, seconds=limits.export_seconds)
        result["name"] = subject.spec.name
        if weights is not None:
            subject.load(read_safetensors(weights, "checkpoint")[1])
        kind = EXPORTS[format]
        file = kind.write(subject, limits, config)
        difference = kind.verify(subject, file)
        result["max_abs_difference"] = difference if math.isfinite(difference) else str(difference)
        allowed = kind.tolerance * subject.scale()
        if not difference <= allowed:
            raise RuntimeFailure("export.differs", difference=f"{difference:g}", tolerance=f"{allowed:g}")
        result["verified"] = True
        if path is None:
            result["content"] = base64.b64encode(file).decode()
        else:
            write_atomically(Path(path), lambda opened: opened.write(file))
    except PlaygroundError as error:
        return result, error
    return result, None


def open_subject(model: str, limits: Limits, seconds: float = 0.0) -> Subject:
    """The model, checked without memory before any of it is allocated.

    Raises:
        PlaygroundError: what is wrong with it; too many parameters.
    """
    given = read_any_model(model, limits)
    spec = given if isinstance(given, ModelSpec) else ModelSpec("model", code=given)
    checked, error = describe_model(model, list(spec.input_shape), 2, limits, with_fixes=False)
    if error is not None:
        raise error
    count = checked["totals"]["parameters"]
    if count > limits.model_parameters:
        raise LimitError("model.parameters", count=f"{count:,}", maximum=f"{limits.model_parameters:,}")
    if not checked["layers"]:
        raise InputError("spec.empty")
    first = checked["layers"][0]
    if not spec.code:
        return SpecSubject(spec, _tokens(first, lambda: SpecSubject(spec).module))
    code = open_code(spec.code, limits)
    named = replace(spec, name=type(code.model).__name__ if spec.name == "model" else spec.name)
    return CodeSubject(named, limits, code.call(_tokens, first, lambda: code.model), seconds)


def _tokens(first: dict[str, Any], module: Any) -> int:
    """How many rows the table has that is looked into first; 0 where the first layer is none."""
    if first["type"] != "Embedding":
        return 0
    path = "" if first["name"] == ROOT else first["name"]
    return int(module().get_submodule(path).num_embeddings)
