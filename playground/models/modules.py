"""The torch module of each layer of a spec, and running them one by one so that an error names its layer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn

from playground.errors import InputError
from playground.models.blocks import Repeat, Residual
from playground.models.layers import LAYERS
from playground.models.spec import LayerSpec
from playground.registry import shorten


def make_layer(layer: LayerSpec, path: str, make: Callable[[LayerSpec, str], nn.Module] | None = None) -> nn.Module:
    """The module of one layer, with the layers inside it.

    Args:
        path: its name in the model, for the message.
        make: makes a layer that holds no others; None = `make_leaf`.

    Raises:
        InputError: the constructor refuses its arguments.
    """
    kind = LAYERS[layer.type]
    if not kind.container:
        return (make or make_leaf)(layer, path)
    if layer.type == "Repeat":
        times = layer.arguments["times"]
        if type(times) is not int or times < 1:
            raise InputError("model.constructor", layer=path, type=layer.type, reason=f"times = {times!r}")
        module: nn.Module = kind.module(lambda: nn.Sequential(_children(layer, f"{path}.0.", make)), times)
    else:
        module = kind.module(_children(layer, f"{path}.", make))
    return module if layer.trainable else module.requires_grad_(False)


def make_leaf(layer: LayerSpec, path: str) -> nn.Module:
    """The module of a layer that holds no others.

    Raises:
        InputError: the constructor refuses its arguments.
    """
    try:
        return make_module(layer)
    except Exception as error:  # the arguments are a learner's, the constructor is torch's: it may raise anything
        raise InputError("model.constructor", layer=path, type=layer.type, reason=reason_of(error)) from None


def make_module(layer: LayerSpec) -> nn.Module:
    """The same; what torch's constructor raises goes on its way."""
    kind = LAYERS[layer.type]
    module = kind.module(**{**layer.arguments, **kind.fixed})
    return module if layer.trainable else module.requires_grad_(False)


def _children(
    layer: LayerSpec, prefix: str, make: Callable[[LayerSpec, str], nn.Module] | None
) -> OrderedDict[str, nn.Module]:
    names = [inner.name or str(place) for place, inner in enumerate(layer.layers)]
    pairs = zip(names, layer.layers, strict=True)
    return OrderedDict((name, make_layer(inner, f"{prefix}{name}".lstrip("."), make)) for name, inner in pairs)


def run_layers(module: nn.Module, value: torch.Tensor, path: str = "") -> torch.Tensor:
    """What comes out of the layers of a spec's module, run one by one.

    Raises:
        InputError: names the layer that cannot take what comes.
    """
    try:
        if type(module) in (nn.Sequential, Repeat, Residual):
            given = value
            for name, child in module.named_children():
                value = run_layers(child, value, f"{path}.{name}".lstrip("."))
            return given + value if type(module) is Residual else value
        output = module(value)
        if not isinstance(output, torch.Tensor):  # MaxPool2d with return_indices
            raise TypeError(f"it gives a {type(output).__name__} where the next layer needs one tensor")
    except InputError:
        raise
    except Exception as error:  # torch refuses an argument or a shape with any of a dozen types
        kind, shape = type(module).__name__, show_shape(value)
        raise InputError("model.shape", layer=path, type=kind, shape=shape, reason=reason_of(error)) from None
    return output


def show_shape(value: torch.Tensor) -> str:
    """[batch, 1, 28, 28]"""
    return f"[batch, {', '.join(str(size) for size in value.shape[1:])}]"


def reason_of(error: Exception) -> str:
    """The first line of what torch says, without the full stop that our sentence brings itself."""
    return shorten((str(error).strip().splitlines() or [type(error).__name__])[0].rstrip("."), 200)
