"""AUGMENTATIONS: random changes of whole batches of images, as tensors. A new one is one entry.

Each draws from torch's global generator, so a step's seed decides them. Per image and on the CPU's vector units this is
about twice as fast as the course's one-image-at-a-time PIL transforms, for the same distribution of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.registry import Registry


@dataclass(frozen=True)
class Augmentation:
    """A random change of a batch.

    Args:
        name: in configs.
        apply: images (batch, 1, height, width) float → the same shape; paper stays the paper's value.
        source: the code line of `apply` in the complete script, an expression of `images`; "" = none.
    """

    name: str
    apply: Callable[[Tensor], Tensor]
    source: str = ""


@dataclass(frozen=True)
class AffineRange:
    """How far `random_affine` may go: degrees, a share of the size, a factor's range, a slope."""

    degrees: float = 0.0
    translate: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    shear: float = 0.0


COURSE = AffineRange(degrees=10, translate=0.1)
STRONG = AffineRange(degrees=15, translate=0.15, scale=(0.75, 1.15), shear=0.3)


def random_affine(images: Tensor, limits: AffineRange) -> Tensor:
    """Turn, shift, scale and slant each image by its own random amount, with one bilinear sampling.

    Args:
        images: (batch, channels, height, width), float, 0 = paper.

    Returns:
        The same shape, a copy; what comes in from outside the picture is paper.
    """
    count, height, width = len(images), *images.shape[2:]
    angle, shift_x, shift_y, size, slope = (torch.rand(5, count, device=images.device) * 2 - 1).unbind()
    angle = angle * math.radians(limits.degrees)
    low, high = limits.scale
    size = 1 / (low + (high - low) * (size + 1) / 2)
    slope = slope * limits.shear
    cosine, sine = angle.cos() * size, angle.sin() * size
    # Rows of the inverse map: where in the old picture each new pixel is read, in grid_sample's units of half a picture.
    rows = (
        cosine,
        slope * cosine - sine,
        shift_x * 2 * limits.translate,
        sine,
        slope * sine + cosine,
        shift_y * 2 * limits.translate,
    )
    matrices = torch.stack(rows, dim=1).view(2 * count, 3)
    # F.affine_grid of all images, but as one product of all pixels and all matrices: it takes a tenth of the time.
    pixels = F.affine_grid(torch.eye(2, 3, device=images.device)[None], [1, 1, height, width], align_corners=False)
    pixels = F.pad(pixels.view(height * width, 2), (0, 1), value=1.0)
    grid = (pixels @ matrices.T).view(height, width, count, 2).permute(2, 0, 1, 3)
    return F.grid_sample(images, grid, align_corners=False)


def random_shift(images: Tensor, pixels: int = 1) -> Tensor:
    """Shift each image by up to `pixels` whole pixels in both directions: cheap, for short training.

    Args:
        images: (batch, channels, height, width), float, 0 = paper.
    """
    count, channels, height, width = images.shape
    padded = F.pad(images, (pixels,) * 4)
    top, left = torch.randint(0, 2 * pixels + 1, (2, count, 1), device=images.device).unbind()
    # Each pixel's place in its padded image, as one number: a single gather then moves all images.
    places = torch.arange(height, device=images.device)[:, None] * padded.shape[3] + torch.arange(
        width, device=images.device
    )
    places = (places.view(1, -1) + top * padded.shape[3] + left).unsqueeze(1).expand(-1, channels, -1)
    return padded.flatten(2).gather(2, places).view(images.shape)


AUGMENTATIONS: Registry[Augmentation] = Registry(
    "topic.augmentation",
    (
        Augmentation("none", lambda images: images),
        Augmentation("shift", random_shift, "random_shift(images)"),
        Augmentation(
            "course", lambda images: random_affine(images, COURSE), "random_affine(images, degrees=10, translate=0.1)"
        ),
        Augmentation(
            "strong",
            lambda images: random_affine(images, STRONG),
            "random_affine(images, degrees=15, translate=0.15, scale=(0.75, 1.15), shear=0.3)",
        ),
    ),
)
