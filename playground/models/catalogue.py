"""list_layers: the layer types as the page offers them, with what can be set and what follows by itself."""

from __future__ import annotations

from typing import Any

from playground import words
from playground.models.layers import LAYERS, LayerType


def list_layers(language: str) -> list[dict[str, Any]]:
    """Name, group, help, link, arguments of each type, in the order of LAYERS."""
    return [_describe(kind, language) for kind in LAYERS.values()]


def _describe(kind: LayerType, language: str) -> dict[str, Any]:
    return {
        "name": kind.name,
        "group": words.text(language, f"layer_group.{kind.group}"),
        "help": words.text(language, f"layer_help.{kind.name}"),
        "link": kind.link,
        "container": kind.container,
        "suggested": {name: _plain(value) for name, value in kind.suggested.items()},
        "arguments": [
            {
                "name": name,
                "default": None if parameter.default is parameter.empty else _plain(parameter.default),
                "required": parameter.default is parameter.empty and name not in kind.inferred,
                "inferred": name in kind.inferred,
            }
            for name, parameter in kind.parameters().items()
        ],
    }


def _plain(value: Any) -> Any:
    """A default as JSON; what is no number or word (an activation function) is left out."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, (int, float, str, bool)) else None
