"""Turn any picture of a digit into the 28×28 image that a network trained on MNIST expects, the way MNIST was made.

MNIST's digits were cropped, scaled until the longer side of the ink measured 20 pixels, and laid into 28×28 pixels so
that the centre of mass falls into pixel 14 (counted from 0) of each axis. All but two of its 70,000 images keep that
last rule; that is why they come out of here as they went in.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (how the images were normalised).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from playground.digits.ink import FAINT, enlarge, find_ink, find_paper, is_quantised_noise, noise_of, reduce, solid_level
from playground.errors import InputError

SEEN_PIXELS = 28
DIGIT_PIXELS = 20
# The centre of mass lies in [14, 15), measured from the outer edge of the image: in pixel 14.
CENTER_PIXEL = 14
# MNIST's strokes measure 1.7 to 3.7 pixels (5th and 95th percentile, median 2.4). Thinner ink grows to the low end.
LEAST_THICKNESS_PIXELS = 1.7
# Background, polarity and specks are found on a reduced copy, so that a photo costs hardly more than a canvas.
COARSE_PIXELS = 64
FINE_PIXELS = 160
# Thin ink is made thicker at this multiple of the final resolution.
OVERSAMPLING = 4

# Top, left, height, width.
Box = tuple[int, int, int, int]

_WIDER = ImageFilter.MaxFilter(3)


@dataclass(frozen=True)
class PreparedSteps:
    """Which steps of the preparation happen; each can be left out to see what it is good for.

    Args:
        background: find out whether the ink is dark or light and subtract uneven paper; else light ink on 0 is assumed.
        specks: leave out dirt far from the digit.
        scale: crop to the ink and scale its longer side to 20 pixels; else the whole image shrinks to 28×28.
        thickness: make very thin ink thicker.
        center: put the centre of mass into the middle; else the middle of the ink's box.
    """

    background: bool = True
    specks: bool = True
    scale: bool = True
    thickness: bool = True
    center: bool = True


@dataclass(frozen=True)
class PreparedDigit:
    """What the network sees, and how it came about.

    Args:
        seen: (28, 28) float32 in 0…1, ink = 1.
        ink_is_dark: the ink was darker than its background.
        crop: top, left, height, width of the ink's box, in pixels of the image that came.
        scale: pixels of `seen` per pixel of the image.
        shift: row and column of `seen` where the crop's top left corner came to lie.
        thickness: mean width of the strokes as drawn, in pixels of `seen`.
        thickened: what was added to it, in pixels of `seen` (0 where the ink was thick enough).
    """

    seen: np.ndarray
    ink_is_dark: bool
    crop: Box
    scale: float
    shift: tuple[int, int]
    thickness: float
    thickened: float


def preprocess_digit(image: np.ndarray, steps: PreparedSteps | None = None) -> PreparedDigit:
    """Find the digit in `image` and prepare it as MNIST's were.

    Args:
        image: (height, width) float32, any finite range; dark ink on light paper or the reverse; a photo with uneven
            light, noise or JPEG artefacts is fine.
        steps: what to do; None does everything.

    Returns:
        The prepared digit; `seen` is a new array.

    Raises:
        InputError: `digits.blank`, nothing stands out from the background.
    """
    steps = steps or PreparedSteps()
    low, high = float(image.min()), float(image.max())
    if not high > low or is_quantised_noise(image, low, high):
        raise InputError("digits.blank")
    image = (image - np.float32(low)) / np.float32(high - low)
    step = -(-max(image.shape) // COARSE_PIXELS)
    coarse = reduce(image, step)
    paper, sign = find_paper(coarse) if steps.background else (np.zeros_like(coarse), 1.0)
    value = sign * (coarse - paper)
    noise = noise_of(value) if steps.background else 0.0
    kept = find_ink(value, noise, steps.specks)
    crop = _box_of(kept, step, image.shape) if steps.scale else (0, 0, *image.shape)
    pixel_noise = max(noise, noise_of(image[::step, ::step] - paper)) if steps.background else 0.0
    ink, crop = _cut_ink(image, crop, sign, paper, kept, step, pixel_noise, steps.scale)
    return _lay_out(ink, crop, sign, steps)


def _box_of(mask: np.ndarray, step: int, shape: tuple[int, int]) -> Box:
    """Top, left, height, width of a coarse mask and one coarse pixel around it, in pixels of the image."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = max(0, int(rows[0]) - 1) * step, max(0, int(columns[0]) - 1) * step
    bottom, right = min(shape[0], (int(rows[-1]) + 2) * step), min(shape[1], (int(columns[-1]) + 2) * step)
    return top, left, bottom - top, right - left


def _cut_ink(
    image: np.ndarray, crop: Box, sign: float, paper: np.ndarray, kept: np.ndarray, step: int, noise: float, trim: bool
) -> tuple[np.ndarray, Box]:
    """The ink alone, at a finer resolution than the coarse `paper` and `kept`.

    Returns:
        (height, width) float32 in 0…1, and its box in pixels of the image: the exact one if `trim`, else `crop`.
    """
    top, left, height, width = crop
    # Noise is averaged away by a coarser look; a clean drawing keeps its edges.
    fine = max(1, max(height, width) // (FINE_PIXELS if noise < 0.02 else COARSE_PIXELS))
    value = reduce(image[top : top + height, left : left + width], fine)
    # In coarse pixels; the last of them may reach past the image's edge.
    right = min(left + width, paper.shape[1] * step)
    box = (left / step, top / step, right / step, (top + height) / step)
    value = sign * (value - enlarge(paper, value.shape, box))
    near = np.asarray(Image.fromarray(kept).convert("L").filter(_WIDER)) > 0
    rows = np.minimum((np.arange(value.shape[0]) * fine + fine // 2 + top) // step, kept.shape[0] - 1)
    columns = np.minimum((np.arange(value.shape[1]) * fine + fine // 2 + left) // step, kept.shape[1] - 1)
    value = value * near[np.ix_(rows, columns)]
    level = solid_level(value) or float(value.max())
    floor = min(3 * noise / fine, 0.3 * level)
    ink = np.clip((value - floor) / (level - floor), 0, 1)
    if not trim:
        return ink, crop
    rows, columns = np.flatnonzero((ink > FAINT).any(1)), np.flatnonzero((ink > FAINT).any(0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = top + int(rows[0]) * fine, left + int(columns[0]) * fine
    height, width = (min(n * fine, side - start) for n, side, start in zip(ink.shape, image.shape, (top, left), strict=True))
    return ink, (top, left, height, width)


def _thickness_of(ink: np.ndarray) -> float:
    """Mean width of the strokes, in pixels: twice the area over the outline's length (the total variation)."""
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    return 2 * float(ink.sum()) / float(np.sqrt(down * down + right * right).sum())


def _resize(ink: np.ndarray, longest: float) -> np.ndarray:
    """`ink` with its longer side at `longest` pixels (rounded), antialiased."""
    scale = longest / max(ink.shape)
    size = [max(1, round(side * scale)) for side in ink.shape]
    if abs(scale - 1) < 0.03:
        return ink
    method = Image.Resampling.HAMMING if scale < 1 else Image.Resampling.BICUBIC
    return np.clip(np.asarray(Image.fromarray(ink).resize(size[::-1], method)), 0, 1)


def _thicken(ink: np.ndarray, longest: float) -> tuple[np.ndarray, float]:
    """Thin `ink` scaled to `longest` pixels with strokes of the least thickness, and what was added to them."""
    large = _resize(ink, (longest - LEAST_THICKNESS_PIXELS) * OVERSAMPLING)
    large = np.clip(large / (solid_level(large) or large.max()), 0, 1)
    missing = LEAST_THICKNESS_PIXELS - _thickness_of(large) / OVERSAMPLING
    radius = max(0.0, missing / 2 * OVERSAMPLING)
    reach = int(radius)
    padded = np.pad(large, reach)
    wide = padded.copy()
    height, width = padded.shape
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            if 0 < down * down + right * right <= radius * radius:
                to = np.s_[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
                source = np.s_[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
                np.maximum(wide[to], padded[source], out=wide[to])
    return _resize(wide, longest), max(0.0, missing)


def _lay_out(ink: np.ndarray, crop: Box, sign: float, steps: PreparedSteps) -> PreparedDigit:
    """Scale the ink and lay it into 28×28 pixels."""
    longest = DIGIT_PIXELS if steps.scale else SEEN_PIXELS
    thickness, thickened = _thickness_of(ink) * longest / max(ink.shape), 0.0
    if steps.thickness and thickness < LEAST_THICKNESS_PIXELS:
        small, thickened = _thicken(ink, longest)
    else:
        small = _resize(ink, longest)
    level = solid_level(small) or float(small.max())
    if level < 0.9:
        small = np.clip(small / level, 0, 1)
    height, width = small.shape
    top, left = (SEEN_PIXELS - height) // 2, (SEEN_PIXELS - width) // 2
    if steps.center:
        mass = float(small.sum())
        middle_row = float(small.sum(1) @ (np.arange(height) + 0.5)) / mass
        middle_column = float(small.sum(0) @ (np.arange(width) + 0.5)) / mass
        # A very lopsided drawing stays inside, even if its centre then lies elsewhere.
        top = min(max(0, CENTER_PIXEL - int(middle_row)), SEEN_PIXELS - height)
        left = min(max(0, CENTER_PIXEL - int(middle_column)), SEEN_PIXELS - width)
    seen = np.zeros((SEEN_PIXELS, SEEN_PIXELS), np.float32)
    seen[top : top + height, left : left + width] = small
    return PreparedDigit(seen, sign < 0, crop, longest / max(crop[2:]), (top, left), thickness, thickened)
