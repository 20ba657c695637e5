"""Pictures of tensors: an activation, or the weights of a layer, as small grey images in a few kilobytes."""

from __future__ import annotations

import base64
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.training.events import plain

CHANNELS = 16
SIDE, STRIP = 28, 128
KERNELS, KERNEL_LAYERS = 64, 12
BINS = 30


def draw_activation(value: Tensor, *, channels: int = CHANNELS, span: tuple[float, float] | None = None) -> dict[str, Any]:
    """One sample of an activation as maps of bytes, 0 = the smallest of all, 255 = the largest.

    Args:
        value: (channels, height, width), (steps, features), (features), …; of a volume its middle slice is drawn.
        span: which numbers are 0 and 255; None = the smallest and the largest here.

    Returns:
        {maps, of, height, width, low, high, pixels}: of `of` channels there are `maps` here, each height × width bytes, one
        after the other in base64. Larger maps are averaged down to 28 pixels, vectors to 128.
    """
    maps, of = _as_maps(value.detach().cpu().double(), channels)
    finite = maps[maps.isfinite()]
    low, high = span or ((finite.min().item(), finite.max().item()) if finite.numel() else (0.0, 0.0))
    scaled = (maps - low) / (high - low) if high > low else torch.zeros_like(maps)
    pixels = torch.nan_to_num(scaled, 0.0, 1.0, 0.0).clamp(0, 1)
    return {
        **_packed((255 * pixels).round().to(torch.uint8)),
        "of": of,
        "low": low,
        "high": high,
    }


def _as_maps(value: Tensor, channels: int) -> tuple[Tensor, int]:
    """(maps, height, width), and how many maps there would be."""
    if value.dim() <= 1:
        vector = value.reshape(1, 1, -1)
        return F.adaptive_avg_pool1d(vector, STRIP) if vector.shape[-1] > STRIP else vector, 1
    if value.dim() == 2:
        maps, of = value[None], 1
    else:
        while value.dim() > 3:
            value = value[:, value.shape[1] // 2]
        maps, of = value[:channels], len(value)
    size = [min(side, SIDE if value.dim() > 2 else 2 * SIDE) for side in maps.shape[-2:]]
    return (F.adaptive_avg_pool2d(maps, (size[0], size[1])) if size != list(maps.shape[-2:]) else maps), of


def _packed(pixels: Tensor) -> dict[str, Any]:
    count, height, width = pixels.shape
    data = base64.b64encode(pixels.contiguous().numpy().tobytes()).decode()
    return {"maps": count, "height": height, "width": width, "pixels": data}


def summarise(value: Tensor) -> dict[str, Any]:
    """min, mean, max and the share of exact zeros; of whole numbers too."""
    if not value.numel():
        return dict.fromkeys(("min", "mean", "max", "zeros"))
    numbers = value.detach().double()
    found = {"min": numbers.min(), "mean": numbers.mean(), "max": numbers.max(), "zeros": (numbers == 0).double().mean()}
    return {name: plain(number.item()) for name, number in found.items()}


def describe_parameter(name: str, parameter: nn.Parameter) -> dict[str, Any]:
    """One line of the course's parameter table, and how its numbers are spread.

    `histogram` counts them in 30 equal steps from min to max; `std` as `parameter.std()` gives it, null of a single number.
    """
    numbers = parameter.detach().cpu().float()
    count = numbers.numel()
    low, high = (numbers.min().item(), numbers.max().item()) if count else (0.0, 0.0)
    spread = math.isfinite(low) and math.isfinite(high) and count > 0
    return {
        "name": name,
        "shape": list(parameter.shape),
        "numel": count,
        "dtype": str(parameter.dtype).removeprefix("torch."),
        "device": str(parameter.device),
        "trainable": parameter.requires_grad,
        "bytes": count * parameter.element_size(),
        "mean": plain(numbers.mean().item()) if count else None,
        "std": plain(numbers.std().item()) if count > 1 else None,
        "min": plain(low) if count else None,
        "max": plain(high) if count else None,
        "histogram": [int(number) for number in torch.histc(numbers, BINS)] if spread else None,
    }


def draw_kernels(model: nn.Module, shape: tuple[int, ...]) -> list[dict[str, Any]]:
    """The filters of each Conv2d, and of a Linear layer that looks at the whole image, as images.

    Byte 128 is weight 0, 255 is `scale`, 1 is -scale. A filter of several channels is several images, `channels` each.
    """
    found: list[dict[str, Any]] = []
    first = True
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if not isinstance(weight, nn.Parameter) or len(found) == KERNEL_LAYERS:
            continue
        images = None
        if isinstance(module, nn.Conv2d):
            images = weight.flatten(0, 1)
        elif isinstance(module, nn.Linear) and first and len(shape) > 1 and module.in_features == math.prod(shape[-2:]):
            images = weight.unflatten(1, shape[-2:])
        first = False
        if images is not None:
            found.append({"name": name, "shape": list(weight.shape), **_symmetric(images.detach().cpu().float())})
    return found


def _symmetric(images: Tensor) -> dict[str, Any]:
    shown = images[:KERNELS]
    scale = torch.nan_to_num(shown, 0.0, 0.0, 0.0).abs().max().item()
    pixels = 128 + (127 * torch.nan_to_num(shown) / scale).round() if scale else torch.full_like(shown, 128)
    return {**_packed(pixels.clamp(1, 255).to(torch.uint8)), "of": len(images), "scale": scale}
