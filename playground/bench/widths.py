"""widen: the same model with so many times as many features in each of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from playground.errors import PlaygroundError
from playground.models.build import build_model
from playground.models.layers import LAYERS
from playground.models.modules import run_layers
from playground.models.sizes import fill_sizes
from playground.models.spec import LayerSpec, ModelSpec

# What a layer gives, by the names of its arguments. `features` of a PositionalEmbedding comes in, and is found by itself.
GIVEN = ("out_features", "out_channels", "hidden_size", "embedding_dim", "features", "dim_feedforward")


def widen(spec: ModelSpec, factor: int) -> ModelSpec | None:
    """The spec with `factor` times the features between its layers; what goes in and what comes out of the model stay.

    Returns:
        None where it is code, where nothing lies between its layers, or where the wider layers do not fit together.
    """
    if spec.code:
        return None
    last = next((path for path, layer in reversed(_leaves(spec.layers, ())) if _gives(layer)), None)
    layers = _widened(spec.layers, factor, (), last)
    # Inputs follow from what comes in: nobody multiplies them by hand.
    opened = replace(spec, name=f"{spec.name}Times{factor}", layers=layers)
    try:
        wider = fill_sizes(opened)
        same = _output(wider) == _output(spec)
    except (PlaygroundError, RuntimeError, ValueError, TypeError):
        return None
    return wider if same and wider.layers != spec.layers else None


Path = tuple[int, ...]


def _gives(layer: LayerSpec) -> bool:
    return any(name in layer.arguments for name in GIVEN)


def _leaves(layers: tuple[LayerSpec, ...], path: Path) -> list[tuple[Path, LayerSpec]]:
    found: list[tuple[Path, LayerSpec]] = []
    for place, layer in enumerate(layers):
        found += _leaves(layer.layers, (*path, place)) if layer.layers else [((*path, place), layer)]
    return found


def _widened(layers: tuple[LayerSpec, ...], factor: int, path: Path, last: Path | None) -> tuple[LayerSpec, ...]:
    return tuple(
        replace(
            layer,
            layers=_widened(layer.layers, factor, (*path, place), last),
            arguments=_arguments(layer, 1 if (*path, place) == last else factor),
        )
        for place, layer in enumerate(layers)
    )


def _arguments(layer: LayerSpec, factor: int) -> Mapping[str, Any]:
    """Without those that follow from what comes in."""
    inferred = LAYERS[layer.type].inferred
    return {
        name: value * factor if name in GIVEN and isinstance(value, int) else value
        for name, value in layer.arguments.items()
        if name not in inferred
    }


def _output(spec: ModelSpec) -> torch.Size:
    """The shape that a batch of two gives, on tensors without data."""
    first = next((layer for _, layer in _leaves(spec.layers, ())), None)
    dtype = torch.long if first is not None and first.type == "Embedding" else torch.float32
    with torch.device("meta"):
        return run_layers(build_model(spec), torch.zeros(2, *spec.input_shape, dtype=dtype)).shape
