"""Trained weights on disk: safetensors with the spec as metadata, and the course's `.pth` files."""

from __future__ import annotations

import io
import json
import os
import struct
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import nn

from playground.errors import InputError, NotFoundError, PlaygroundError, RuntimeFailure
from playground.models.build import build_model
from playground.models.presets import PRESETS
from playground.models.spec import ModelSpec, parse_spec
from playground.registry import shorten

MAXIMUM_BYTES = 2**30


@dataclass(frozen=True)
class Checkpoint:
    """What a file held: the model's spec, its parameters and buffers by name, and facts such as its accuracy."""

    spec: ModelSpec
    state: Mapping[str, torch.Tensor]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> nn.Module:
        """The network with these weights, in evaluation mode."""
        model = build_model(self.spec)
        model.load_state_dict(dict(self.state))
        return model.eval()


def save_checkpoint(path: Path, model: nn.Module, spec: ModelSpec, facts: Mapping[str, Any]) -> None:
    """Write the weights of a model; see `save_weights`."""
    state = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in model.state_dict().items()}
    save_weights(path, state, spec, facts)


def save_weights(
    path: Path, state: Mapping[str, torch.Tensor], spec: ModelSpec, facts: Mapping[str, Any], *, durable: bool = True
) -> None:
    """Write weights so that a kill or a full disk at any moment leaves the old file or the new one, never half of one.

    Args:
        state: contiguous, on the CPU, no two in one memory.
        durable: see `write_atomically`.

    Raises:
        RuntimeFailure: the disk refused (full, read-only); the old file is untouched.
    """
    data = checkpoint_bytes(Checkpoint(spec, state, facts))
    write_atomically(path, lambda file: file.write(data), durable=durable)


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as a safetensors file; weights that two layers share are written twice."""
    state = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in checkpoint.state.items()}
    metadata = {"spec": checkpoint.spec.to_text(), "facts": json.dumps(dict(checkpoint.facts), ensure_ascii=False)}
    return save_safetensors(state, metadata)


def save_state_dict(path: Path, checkpoint: Checkpoint) -> None:
    """Write the weights as the course does: `torch.save(model.state_dict(), path)`."""
    data = state_dict_bytes(checkpoint)  # in memory first: torch reports a full disk as an internal error of its zip writer
    write_atomically(path, lambda file: file.write(data))


def state_dict_bytes(checkpoint: Checkpoint) -> bytes:
    """What `torch.save(model.state_dict(), …)` writes."""
    buffer = io.BytesIO()
    torch.save(dict(checkpoint.state), buffer)
    return buffer.getvalue()


def load_checkpoint(path: Path, spec: ModelSpec | None = None) -> Checkpoint:
    """Read `.safetensors` of ours or a `.pth` state dict (only tensors: nothing in the file is executed).

    Args:
        spec: the model that the weights must fit; None = the file's own spec, else the preset that they fit.

    Raises:
        NotFoundError: no such file.
        InputError: damaged, not a checkpoint, or weights of another model; the message says which.
    """
    if not path.is_file():
        raise NotFoundError("checkpoint.missing", name=path.name)
    data = read_weights(path)
    if path.suffix == ".safetensors":
        own_spec, state, facts = read_safetensors(data, path.name)
    else:
        own_spec, state, facts = None, _read_state_dict(path), {}
    spec = spec or own_spec or fitting_preset(state, path.name)
    if not spec.code:  # code is not run here: `Network.load` finds what does not fit
        check_fit(spec.name, _shape_tuples(spec), state, path.name)
    return Checkpoint(spec, state, facts)


def read_checkpoint(data: bytes, name: str) -> Checkpoint:
    """A `.safetensors` of ours from its bytes, for a child that may read no files.

    Raises:
        InputError: damaged, or without a spec.
    """
    spec, state, facts = read_safetensors(data, name)
    return Checkpoint(spec or fitting_preset(state, name), state, facts)


def read_weights(path: Path) -> bytes:
    """The bytes of a file of weights.

    Raises:
        NotFoundError: it is not there any more. InputError: it is too large to be ours.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise InputError("checkpoint.large", name=path.name, maximum=f"{MAXIMUM_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise NotFoundError("checkpoint.missing", name=path.name) from error


def write_atomically(path: Path, write: Callable[[Any], Any], *, durable: bool = True) -> None:
    """Run `write(file)` on a temporary file beside `path`, then put it in its place in one step.

    Args:
        durable: wait until the disk has it; without, it outlives a kill of the process, but not the power's failure.

    Raises:
        RuntimeFailure: the disk refused; nothing is left behind.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            write(file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)  # temporary files are for their owner alone; this one is not temporary any more
        os.replace(temporary, path)
        temporary = None
    except (OSError, RuntimeError) as error:
        # torch reports a failed write as a RuntimeError.
        raise RuntimeFailure("disk.write", name=path.name, reason=getattr(error, "strerror", None) or str(error)) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write a small JSON file in one step. Raises: RuntimeFailure as `write_atomically`."""
    write_atomically(path, lambda file: file.write(json.dumps(value, ensure_ascii=False).encode()), durable=durable)


def read_safetensors(data: bytes, name: str) -> tuple[ModelSpec | None, dict[str, torch.Tensor], dict[str, Any]]:
    """The spec (None where it has none), the tensors and the facts of a safetensors file.

    Raises:
        InputError: damaged, or a description of the model that cannot be read.
    """
    try:
        state = load_safetensors(data)
        (length,) = struct.unpack("<Q", data[:8])
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
        spec = parse_spec(metadata["spec"]) if "spec" in metadata else None
        facts = json.loads(metadata.get("facts", "{}"))
        if not isinstance(facts, dict):
            raise ValueError("facts")
    except PlaygroundError as error:
        raise InputError("checkpoint.spec", name=name, reason=error) from error
    except (SafetensorError, ValueError, RecursionError, struct.error, AttributeError) as error:
        raise InputError("checkpoint.damaged", name=name, reason=shorten(str(error), 120)) from error
    return spec, state, facts


def _read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises KeyError, EOFError, RuntimeError … on garbage
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError("checkpoint.damaged", name=path.name, reason=shorten(reason, 120)) from error
    tensors = isinstance(state, Mapping) and state and all(isinstance(value, torch.Tensor) for value in state.values())
    if not tensors:
        raise InputError("checkpoint.not_state_dict", name=path.name)
    return dict(state)


def fitting_preset(state: Mapping[str, torch.Tensor], name: str) -> ModelSpec:
    """The preset that weights belong to. Raises: InputError: none."""
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    for preset in PRESETS.values():
        if shapes == _shape_tuples(preset.spec):
            return preset.spec
    raise InputError("checkpoint.no_model", name=name, presets=", ".join(PRESETS), first=shorten(next(iter(state))))


def check_fit(model: str, expected: Mapping[str, tuple[int, ...]], state: Mapping[str, torch.Tensor], name: str) -> None:
    """
    Args:
        model: its name; expected: the shapes of its state dict. name: of the file.

    Raises:
        InputError: these are weights of another model; the message says what differs.
    """
    missing = [key for key in expected if key not in state]
    surplus = [key for key in state if key not in expected]
    if missing or surplus:
        raise InputError(
            "checkpoint.names",
            name=name,
            model=model,
            missing=shorten(", ".join(missing) or "–"),
            surplus=shorten(", ".join(surplus) or "–"),
        )
    for key, shape in expected.items():
        if tuple(state[key].shape) != shape:
            raise InputError(
                "checkpoint.shape",
                name=name,
                model=model,
                key=key,
                expected=list(shape),
                got=list(state[key].shape),
            )


def meta_state(spec: ModelSpec) -> dict[str, torch.Tensor]:
    """The parameters and buffers of a spec by name, without data."""
    with torch.device("meta"):
        return dict(build_model(spec).state_dict())


def _shape_tuples(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    return _shapes(meta_state(spec))


def shapes_of(model: nn.Module) -> dict[str, tuple[int, ...]]:
    """The shapes of a model's state dict."""
    return _shapes(model.state_dict())


def _shapes(state: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in state.items()}
