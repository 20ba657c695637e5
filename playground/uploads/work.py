"""What a child does with weights that come back: read them, compare them with the model name by name, make a checkpoint."""

from __future__ import annotations

import base64
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from playground.errors import InputError, LimitError, PlaygroundError
from playground.limits import Limits
from playground.models.build import IMAGE_SHAPE, read_any_model
from playground.models.checkpoint import Checkpoint, checkpoint_bytes, fitting_preset, meta_state
from playground.models.code_model import open_code
from playground.models.describe import describe_model
from playground.models.network import measure_code
from playground.models.sizes import fill_sizes
from playground.models.spec import ModelSpec
from playground.tensors.work import Answered
from playground.uploads.weights_file import WeightsFile, read_weights, strip_prefix

ROWS_MOST = 1000
NAME_MOST = 200
# What the server itself may compute for one drawn digit.
MACS_MOST, ACTIVATION_BYTES_MOST = 10**9, 128 * 2**20
STATES = ("matched", "missing", "unexpected", "shape", "dtype")
EMPTY: dict[str, Any] = {
    "kind": "",
    "model": "",
    "keys": [],
    "counts": dict.fromkeys(STATES, 0),
    "notes": [],
    "fits": False,
    "reads_digits": False,
    "content": None,
}


def compare_in_child(data: bytes, name: str, model: str, limits: Limits) -> Iterator[Answered]:
    """See `compare_weights`."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # torch's on odd files would stand in the server's log
    yield Answered(*compare_weights(data, name, model, limits))


def compare_weights(data: bytes, name: str, model: str, limits: Limits) -> tuple[dict[str, Any], PlaygroundError | None]:
    """Whether the weights in a file are those of a model.

    Args:
        model: a preset's name, a JSON spec or code; "" = the one that the file describes, else the preset that it fits.

    Returns:
        The report under the names of EMPTY (`notes`: keys of the catalogue with their values; `content`: where all fits, a
        checkpoint in base64), and the error.
    """
    result = {**EMPTY, "counts": dict(EMPTY["counts"])}
    try:
        file = read_weights(data, name)
        result["kind"] = file.kind
        spec, expected = _expected(file, model, name, limits)
        result["model"] = spec.name
        strip_prefix(file, expected)
        rows = compare(file.state, expected)
        for row in rows:
            result["counts"][row["state"]] += 1
        result["keys"] = rows[:ROWS_MOST]
        result["fits"] = result["counts"]["matched"] == len(rows)
        if any(row["file_dtype"] != row["model_dtype"] for row in rows if row["state"] == "matched"):
            file.notes.append(("upload.converted", {}))
        result["notes"] = [{"key": key, "values": values} for key, values in file.notes]
        if result["fits"]:
            result["reads_digits"] = _reads_digits(spec, limits)
            state = {key: file.state[key].to(value.dtype) for key, value in expected.items()}
            content = checkpoint_bytes(Checkpoint(spec, state, {"torch": torch.__version__.split("+")[0]}))
            if len(content) > limits.weights_bytes:
                maximum = f"{limits.weights_bytes / 2**20:,.0f}"
                raise LimitError("upload.large", size=f"{len(content) / 2**20:,.0f}", maximum=maximum)
            result["content"] = base64.b64encode(content).decode()
    except PlaygroundError as error:
        return result, error
    return result, None


def compare(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """One row a name: those of the model in its order, then those that it does not have."""
    rows = []
    for key in [*expected, *(key for key in state if key not in expected)]:
        ours, theirs = expected.get(key), state.get(key)
        rows.append(
            {
                "name": key[:NAME_MOST],
                "state": _state_of(ours, theirs),
                "file_shape": list(theirs.shape) if theirs is not None else None,
                "model_shape": list(ours.shape) if ours is not None else None,
                "file_dtype": _dtype(theirs),
                "model_dtype": _dtype(ours),
            }
        )
    return rows


def _state_of(ours: Tensor | None, theirs: Tensor | None) -> str:
    if ours is None or theirs is None:
        return "unexpected" if ours is None else "missing"
    if ours.shape != theirs.shape:
        return "shape"
    # Complex numbers or decimals would lose something on the way.
    return "matched" if torch.can_cast(theirs.dtype, ours.dtype) else "dtype"


def _dtype(tensor: Tensor | None) -> str | None:
    return str(tensor.dtype).removeprefix("torch.") if tensor is not None else None


def _expected(file: WeightsFile, model: str, name: str, limits: Limits) -> tuple[ModelSpec, dict[str, Tensor]]:
    """The model that the weights shall fit, and its names with tensors that have no data."""
    if model:
        given = read_any_model(model, limits)
        spec = given if isinstance(given, ModelSpec) else ModelSpec("model", code=given)
    else:
        if file.spec is None:
            strip_prefix(file, {})
        spec = file.spec or fitting_preset(file.state, name)
        file.notes.append(("upload.own_spec" if file.spec else "upload.fitting", {"model": spec.name}))
    if not spec.code:
        filled = fill_sizes(spec)
        return filled, meta_state(filled)
    code = open_code(spec.code, limits)
    if code.model is None:
        raise code.error or InputError("model.no_module")
    module = code.model
    state = code.call(lambda: nn.Module.state_dict(module))
    found = {
        key: torch.empty(value.shape, dtype=value.dtype, device="meta")
        for key, value in state.items()
        if isinstance(value, Tensor)
    }
    return replace(spec, name=type(module).__name__ if spec.name == "model" else spec.name), found


def _reads_digits(spec: ModelSpec, limits: Limits) -> bool:
    """Whether it can be asked for the digit in a picture: it gives ten numbers, and a list of layers, which the server runs
    itself, is of a modest size."""
    if spec.input_shape != IMAGE_SHAPE:
        return False
    if spec.code:
        measured, failed = measure_code(spec.code, limits)
        return failed is None and measured["output_shape"] == [2, 10]
    answer, error = describe_model(spec.to_text(), None, 2, limits, with_fixes=False)
    if error is not None:
        return False
    totals, shapes = answer["totals"], [row["output_shapes"] or [] for row in answer["layers"]]
    largest = max((4 * math.prod(shape) for row in shapes for shape in row), default=0)
    small = totals["macs"] <= MACS_MOST and max(largest, totals["saved_bytes"]) <= ACTIVATION_BYTES_MOST
    return small and shapes[-1] == [[2, 10]]
