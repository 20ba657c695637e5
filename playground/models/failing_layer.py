"""Why a layer cannot take what comes to it, in a learner's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from torch import nn

from playground.errors import DtypeError, InputError, PlaygroundError, RuntimeFailure, ShapeError
from playground.models.blocks import PositionalEmbedding
from playground.models.modules import reason_of

BATCHED = {
    nn.modules.conv._ConvNd: {"Conv1d": 3, "Conv2d": 4, "Conv3d": 5, "ConvTranspose2d": 4, "Patches": 4},
    nn.modules.pooling._MaxPoolNd: {"MaxPool1d": 3, "MaxPool2d": 4, "MaxPool3d": 5},
    nn.modules.pooling._AvgPoolNd: {"AvgPool1d": 3, "AvgPool2d": 4, "AvgPool3d": 5},
    nn.modules.batchnorm._BatchNorm: {"BatchNorm2d": 4, "BatchNorm3d": 5},
}
AXES = {
    2: "[batch, features]",
    3: "[batch, channels, length]",
    4: "[batch, channels, height, width]",
    5: "[batch, channels, depth, height, width]",
}


def explain_layer(name: str, kind: str, module: nn.Module | None, shapes: Sequence[Sequence[int]], error: Exception) -> Any:
    """The error of a layer that refused its input.

    Args:
        name, kind: of the layer, as the table shows them.
        shapes: of what came in, with the batch.
    """
    shape = list(shapes[0]) if shapes else []
    reason = reason_for(kind, module, shape, error) if module is not None and shape else None
    reason = reason or RuntimeFailure("layer.other", reason=reason_of(error))
    error_type: Any = type(reason)
    return error_type("layer.fails", layer=name, type=kind, reason=reason)


def reason_for(kind: str, module: nn.Module, shape: list[int], error: Exception) -> PlaygroundError | None:
    """What is wrong between a module and the shape that came; None where nothing known is."""
    if isinstance(module, nn.Embedding) and re.search("indices|Long|Int", str(error)):
        return DtypeError("layer.whole_numbers", levels=module.num_embeddings)
    wanted = next((table[kind] for base, table in BATCHED.items() if isinstance(module, base) and kind in table), None)
    if wanted is not None and len(shape) not in (wanted, wanted - 1 if wanted - 1 != 2 else wanted):
        return ShapeError("layer.dimensions", expected=AXES[wanted], shape=shape)
    if isinstance(module, nn.BatchNorm1d) and len(shape) not in (2, 3):
        return ShapeError("layer.dimensions", expected=f"{AXES[2]}, {AXES[3]}", shape=shape)
    if isinstance(module, nn.modules.batchnorm._BatchNorm) and "more than 1 value" in str(error):
        return ShapeError("layer.one_sample", shape=shape)
    for attribute, axis in (
        *(("in_features", -1), ("in_channels", 1), ("num_features", 1), ("num_channels", 1)),
        *(("input_size", -1), ("embed_dim", -1)),
    ):
        expected = getattr(module, attribute, None)
        if isinstance(expected, int) and len(shape) > abs(axis) - (axis < 0) and shape[axis] != expected:
            key = "layer.channels" if axis == 1 else "layer.features"
            return ShapeError(key, expected=expected, got=shape[axis], shape=shape, attribute=attribute)
    if isinstance(module, nn.TransformerEncoderLayer) and module.self_attn.embed_dim != shape[-1]:
        expected = module.self_attn.embed_dim
        return ShapeError("layer.features", expected=expected, got=shape[-1], shape=shape, attribute="d_model")
    if isinstance(module, nn.LayerNorm) and list(module.normalized_shape) != shape[-len(module.normalized_shape) :]:
        return ShapeError("layer.normalized", expected=list(module.normalized_shape), shape=shape)
    if isinstance(module, PositionalEmbedding) and list(module.weight.shape) != shape[1:]:
        return ShapeError("layer.normalized", expected=list(module.weight.shape), shape=shape)
    if isinstance(module, nn.Unflatten):
        return ShapeError("layer.unflatten", size=list(module.unflattened_size), dim=module.dim, shape=shape)  # type: ignore[arg-type]
    kernel = getattr(module, "kernel_size", None)
    if "half" in str(error) and kernel is not None:
        return ShapeError("layer.padding", kernel=single(kernel), padding=single(getattr(module, "padding", 0)))
    if kernel is not None and re.search("[Kk]ernel|too small|Output size", str(error)):
        padding = single(getattr(module, "padding", 0))
        return ShapeError("layer.kernel", kernel=single(kernel), padding=padding, shape=shape)
    return None


def single(value: Any) -> Any:
    """(3, 3) is 3."""
    same = isinstance(value, tuple) and value and all(part == value[0] for part in value)
    return value[0] if same else value


def explain_constructor(name: str, kind: str, arguments: dict[str, Any], error: Exception) -> PlaygroundError:
    """The error of a layer that could not be made."""
    reason: PlaygroundError = InputError("layer.other", reason=reason_of(error))
    heads = arguments.get("num_heads", arguments.get("nhead"))
    width = arguments.get("embed_dim", arguments.get("d_model"))
    if isinstance(heads, int) and isinstance(width, int) and heads > 0 and width % heads:
        reason = InputError("layer.heads", heads=heads, width=width)
    groups = arguments.get("groups", arguments.get("num_groups"))
    if isinstance(groups, int) and groups > 0:
        for channels in ("in_channels", "out_channels", "num_channels"):
            if isinstance(arguments.get(channels), int) and arguments[channels] % groups:
                reason = InputError("layer.groups", groups=groups, channels=arguments[channels])
    return InputError("layer.fails", layer=name, type=kind, reason=reason)
