"""Exported weights: safetensors with the model's description in it, and the state_dict that `torch.save` writes."""

from __future__ import annotations

import io
from collections.abc import Mapping

import torch
from torch import Tensor

from playground.errors import RuntimeFailure
from playground.exports.subject import COUNT, Subject, largest_difference
from playground.models.checkpoint import Checkpoint, checkpoint_bytes, read_safetensors, state_dict_bytes


def write_safetensors(subject: Subject) -> bytes:
    facts = {"torch": torch.__version__.split("+")[0]}
    return checkpoint_bytes(Checkpoint(subject.spec, subject.state(), facts))


def verify_safetensors(subject: Subject, file: bytes) -> float:
    """The largest difference to a new model that is built from what the file says, and has its weights.

    Raises:
        RuntimeFailure: the file does not say what its model is.
    """
    spec, state, _ = read_safetensors(file, "file")
    if spec is None:
        raise RuntimeFailure("export.no_spec")
    return _compare(subject, subject.again(spec), state)


def write_state_dict(subject: Subject) -> bytes:
    return state_dict_bytes(Checkpoint(subject.spec, subject.state()))


def verify_state_dict(subject: Subject, file: bytes) -> float:
    """The largest difference to a new model that has loaded the file."""
    state = torch.load(io.BytesIO(file), map_location="cpu", weights_only=True)
    return _compare(subject, subject.again(subject.spec), state)


def _compare(subject: Subject, made: Subject, state: Mapping[str, Tensor]) -> float:
    own = subject.state()
    if list(own) != list(state) and set(own) != set(state):
        return float("inf")
    if not all(torch.equal(own[name], state[name]) or _both_nan(own[name], state[name]) for name in own):
        return float("inf")
    made.load(state)
    batch = subject.batch(COUNT)
    return largest_difference(subject.outputs(batch), made.outputs(batch))


def _both_nan(one: Tensor, other: Tensor) -> bool:
    """A run that has diverged has nan for weights, which are equal to nothing."""
    return (
        one.shape == other.shape and one.is_floating_point() and torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)
    )
