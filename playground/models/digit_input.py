"""A test digit in the shape and the type that a model takes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import load_images
from playground.errors import InputError
from playground.registry import shorten

DATASET = "MNIST"


def read_digit(index: object) -> int:
    """The number of a test image.

    Raises:
        InputError: there is none of that number.
    """
    count = len(load_images(DATASET).test_images)
    whole = int(index) if isinstance(index, float) and index.is_integer() else index
    if not isinstance(whole, int) or isinstance(whole, bool) or not 0 <= whole < count:
        raise InputError("inside.digit", got=shorten(index), last=count - 1)
    return whole


def digit_batch(indices: list[int], shape: tuple[int, ...], first: nn.Module | None) -> Tensor:
    """Test images as a batch for a model.

    Args:
        shape: of one sample. Images of another size are scaled, more channels are copies, what is no image is filled with
            the pixels in their order.
        first: the first layer: an Embedding wants whole numbers, every other layer normalised greys as in training.

    Returns:
        (len(indices), *shape), float32 or int64.
    """
    data = load_images(DATASET)
    pixels = torch.from_numpy(data.test_images[indices]).float() / 255
    if isinstance(first, nn.Embedding):
        return (_fitted(pixels, shape) * (first.num_embeddings - 1)).round().long()
    return _fitted((pixels - data.dataset.mean) / data.dataset.std, shape)


def _fitted(images: Tensor, shape: tuple[int, ...]) -> Tensor:
    """(batch, 28, 28) as (batch, *shape)."""
    batch = len(images)
    if math.prod(shape) == images[0].numel():
        return images.reshape(batch, *shape)
    if len(shape) == 1:
        return F.interpolate(images.reshape(batch, 1, -1), size=shape[0], mode="linear").reshape(batch, *shape)
    scaled = F.interpolate(images[:, None], size=tuple(shape[-2:]), mode="bilinear", antialias=True)
    return scaled.reshape(batch, *[1] * (len(shape) - 2), *shape[-2:]).expand(batch, *shape).contiguous()
