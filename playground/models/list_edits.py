"""Layers by their path in a spec, and repairs of one of them."""

from __future__ import annotations

from dataclasses import replace

from playground.models.candidates import Repair
from playground.models.layers import LAYERS
from playground.models.spec import LayerSpec


def find_layer(layers: tuple[LayerSpec, ...], path: str) -> LayerSpec | None:
    """The layer of a path; what a Repeat holds has a number more in it."""
    parts = path.split(".")
    for place, layer in enumerate(layers):
        if (layer.name or str(place)) == parts[0]:
            rest = parts[2:] if layer.type == "Repeat" else parts[1:]
            return find_layer(layer.layers, ".".join(rest)) if rest else layer
    return None


def edit_layers(layers: tuple[LayerSpec, ...], parts: list[str], repair: Repair) -> tuple[LayerSpec, ...] | None:
    """The layers with a repair of the one that the parts of a path lead to; None where there is none."""
    found: list[LayerSpec] = []
    done = False
    for place, layer in enumerate(layers):
        name = layer.name or str(place)
        if name != parts[0] or done:
            found.append(layer)
            continue
        done = True
        rest = parts[2:] if layer.type == "Repeat" else parts[1:]
        if rest:
            inner = edit_layers(layer.layers, rest, repair)
            if inner is None:
                return None
            found.append(replace(layer, layers=inner))
            continue
        kind = repair.kind or layer.type
        known = LAYERS[kind].parameters()
        arguments = {key: value for key, value in {**layer.arguments, **repair.changes}.items() if key in known}
        found += [*repair.inserted, replace(layer, type=kind, arguments=arguments)]
    return tuple(found) if done else None
