"""Draw digits from strokes: made-up handwriting that widens the training of the shipped networks.

MNIST was written with a pen on forms; people here write with a mouse or a finger, thinner and thicker, tilted, with
flags, bars and gaps. Every sample bends one of the written styles in `templates` like a hand does and is drawn straight
into the 28×28 pixels that `preprocess_digit` would make of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from playground.digits.preprocess import CENTER_PIXEL, DIGIT_PIXELS, SEEN_PIXELS
from playground.digits.templates import DIGIT_STYLES

# Drawn so many times larger and averaged: PIL's own lines have no antialiasing.
OVERSAMPLING = 4
# Points per stretch between two control points: at 20 pixels a digit, more cannot be seen.
STRETCH_POINTS = 5

# Pixels of the 28×28; the low end is what `preprocess_digit` makes of a hair line, the high end a thick marker.
PEN_WIDTH_PIXELS = (1.7, 4.6)
MAX_ROTATION_DEGREES = 15.0
MAX_SLANT = 0.4


@dataclass(frozen=True)
class DigitTemplate:
    """One written style, ready to be bent.

    Args:
        digit: 0…9.
        style: its name in `DIGIT_STYLES`.
        controls: (points, 2) float64, x and y in 0…1.
        smooth: (dense points, points) float64; `smooth @ controls` is the curve through them.
        straight: the same with straight lines.
        ends: where each stroke ends in the dense points.
    """

    digit: int
    style: str
    controls: np.ndarray
    smooth: np.ndarray
    straight: np.ndarray
    ends: tuple[int, ...]


def build_templates() -> list[list[DigitTemplate]]:
    """The styles of each digit, 0 to 9, as curves; build once, sample often."""
    return [[_build_template(digit, *item) for item in DIGIT_STYLES[digit].items()] for digit in range(10)]


def sample_digits(
    count: int, generator: np.random.Generator, templates: list[list[DigitTemplate]] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Write `count` digits, as many of each as of any other (±1), in random order, style and hand.

    Args:
        count: how many.
        generator: decides everything; the same state gives the same digits.
        templates: `build_templates()`, to build it only once; or fewer styles.

    Returns:
        images (count, 28, 28) uint8, ink = 255, and labels (count,) int64.
    """
    templates = templates or build_templates()
    labels = generator.permutation(np.arange(count) % 10)
    images = np.empty((count, SEEN_PIXELS, SEEN_PIXELS), np.uint8)
    for index, label in enumerate(labels):
        styles = templates[label]
        images[index] = sample_digit(styles[generator.integers(len(styles))], generator)
    return images, labels


def sample_digit(template: DigitTemplate, generator: np.random.Generator) -> np.ndarray:
    """One digit in the style of `template`: (28, 28) uint8, ink = 255."""
    strokes = _bend(template, generator)
    low, high = np.log(PEN_WIDTH_PIXELS)
    width = float(np.exp(np.clip(generator.normal(0.45 * low + 0.55 * high - 0.15, 0.3), low, high)))
    return _draw_seen(strokes, width)


def render_strokes(strokes: Sequence[Sequence[tuple[float, float]]], size: int, width: float) -> np.ndarray:
    """Draw strokes on an empty canvas with a round pen, as a page's canvas does.

    Args:
        strokes: lists of (x, y) in 0…1 of the canvas, y downwards; a single point is a dot.
        size: side of the canvas, in pixels.
        width: of the pen, in pixels.

    Returns:
        (size, size) uint8, background 0, ink 255, antialiased.

    Example:
        >>> render_strokes([[(0.5, 0.2), (0.5, 0.8)]], size=20, width=2).sum(axis=1)[[0, 10]].tolist()
        [0, 510]
    """
    # PIL's widths are whole pixels; a hair line needs more of them to be as thin as asked.
    factor = OVERSAMPLING if width >= 2 else 2 * OVERSAMPLING
    points = [np.asarray(stroke, float).reshape(-1, 2) * (size * factor) for stroke in strokes]
    return _draw_large(points, size * factor, width * factor, factor)


def _build_template(digit: int, style: str, strokes: tuple[str, ...]) -> DigitTemplate:
    controls: list[list[float]] = []
    smooth_rows, straight_rows, ends = [], [], []
    for stroke in strokes:
        words = stroke.split()
        first = len(controls)
        controls += [[int(number) / 100 for number in word.rstrip("!").split(",")] for word in words]
        corners = [i for i, word in enumerate(words) if word.endswith("!") or i in (0, len(words) - 1)]
        for start, end in itertools.pairwise(corners):
            rows = _curve_weights(end - start + 1)
            # The last point of a stretch is the first of the next one.
            keep = rows if end == corners[-1] else tuple(r[:-1] for r in rows)
            smooth_rows += [(first + start, row) for row in keep[0]]
            straight_rows += [(first + start, row) for row in keep[1]]
        ends.append(len(smooth_rows))
    smooth, straight = (np.zeros((len(smooth_rows), len(controls))) for _ in range(2))
    for matrix, placed in ((smooth, smooth_rows), (straight, straight_rows)):
        for i, (offset, row) in enumerate(placed):
            matrix[i, offset : offset + len(row)] = row
    return DigitTemplate(digit, style, np.array(controls), smooth, straight, tuple(ends))


def _curve_weights(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights of `count` control points in each point of a Catmull-Rom spline and of a polyline through them.

    Returns:
        Two arrays (dense points, count).

    Source: E. Catmull, R. Rom, "A class of local interpolating splines" (1974).
    """
    smooth, straight = [], []
    for i in range(count - 1):
        t = np.linspace(0, 1, STRETCH_POINTS, endpoint=False)
        if i == count - 2:
            t = np.append(t, 1.0)
        weights = (
            -t / 2 + t**2 - t**3 / 2,
            1 - 2.5 * t**2 + 1.5 * t**3,
            t / 2 + 2 * t**2 - 1.5 * t**3,
            (t**3 - t**2) / 2,
        )
        curve, line = np.zeros((2, len(t), count))
        for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
            # Before the first and after the last point the curve goes on as if they were there twice.
            curve[:, min(max(i + offset, 0), count - 1)] += weight
        line[:, i], line[:, i + 1] = 1 - t, t
        smooth.append(curve)
        straight.append(line)
    return np.concatenate(smooth), np.concatenate(straight)


def _bend(template: DigitTemplate, generator: np.random.Generator) -> list[np.ndarray]:
    """The strokes of `template` in a random hand: arrays (points, 2), in units of about the digit's height."""
    controls = template.controls + generator.normal(0, generator.uniform(0.008, 0.032), template.controls.shape)
    smoothness = min(1.0, generator.uniform(0.5, 1.6))
    points = (smoothness * template.smooth + (1 - smoothness) * template.straight) @ controls - 0.5
    # A slow warp changes proportions: larger heads, fuller bellies, leaning ends.
    x, y = points.T
    warp = np.stack([x * y, y * y, x * x], axis=1)
    points = points + warp @ generator.normal(0, 0.13, (3, 2))
    # The tremble of a hand on a mouse.
    phase = np.arange(len(points))[:, None] * generator.uniform(0.15, 1.1, 2) + generator.uniform(0, 6.3, 2)
    points += generator.exponential(0.005) * np.sin(phase)
    angle = np.radians(np.clip(generator.normal(0, 6), -MAX_ROTATION_DEGREES, MAX_ROTATION_DEGREES))
    slant = np.clip(generator.normal(0.08, 0.17), -MAX_SLANT, MAX_SLANT)
    stretch = np.exp(generator.normal(-0.1, 0.16))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = points @ np.array([[stretch, 0], [-slant, 1]]) @ turn
    strokes = np.split(points, template.ends[:-1])
    if len(strokes) > 1:
        strokes = [stroke + generator.normal(0, 0.015, 2) for stroke in strokes]
    return [_add_hooks(stroke, generator) for stroke in strokes]


def _add_hooks(stroke: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Now and then the pen lands or leaves with a small stray movement."""
    start, end, *offsets = generator.random(6)
    if start < 0.12:
        stroke = np.vstack([stroke[0] + (np.array(offsets[:2]) - 0.5) * 0.14, stroke])
    if end < 0.12:
        stroke = np.vstack([stroke, stroke[-1] + (np.array(offsets[2:]) - 0.5) * 0.14])
    return stroke


def _draw_seen(strokes: list[np.ndarray], width: float) -> np.ndarray:
    """Strokes of any size as MNIST would hold them: (28, 28) uint8; `width` in pixels of it."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (DIGIT_PIXELS - width) / max(float((high - low).max()), 1e-6)
    # The ink's box begins at the edge of a pixel, as after any crop.
    corner = np.floor((SEEN_PIXELS - (high - low) * scale - width) / 2) + width / 2
    placed = [((stroke - low) * scale + corner) * OVERSAMPLING for stroke in strokes]
    image = _draw_large(placed, SEEN_PIXELS * OVERSAMPLING, width * OVERSAMPLING, OVERSAMPLING)
    return _center(image)


def _center(image: np.ndarray) -> np.ndarray:
    """`image` moved by whole pixels, so that its centre of mass lies in the middle pixel as MNIST's."""
    mass = image.sum(dtype=float)
    places = np.arange(SEEN_PIXELS) + 0.5
    down = CENTER_PIXEL - int(image.sum(axis=1) @ places / mass)
    right = CENTER_PIXEL - int(image.sum(axis=0) @ places / mass)
    # The ink lies in the middle 20 pixels: it cannot leave unless it is so lopsided that 4 pixels are not enough.
    return np.roll(image, (min(max(down, -4), 4), min(max(right, -4), 4)), axis=(0, 1))


def _draw_large(strokes: list[np.ndarray], size: int, width: float, factor: int) -> np.ndarray:
    """Draw at `factor` times the size and average: (size/factor, size/factor) uint8."""
    image = Image.new("L", (size, size))
    pen = ImageDraw.Draw(image)
    radius, line_width = (width - 1) / 2, max(1, round(width))
    for stroke in strokes:
        # PIL counts from the centre of a pixel and includes the last one, hence the halves.
        stroke = stroke - 0.5
        pen.line(stroke.ravel().tolist(), fill=255, width=line_width)
        # Discs at every point: PIL's wide lines end flat and leave notches at bends.
        for x, y in stroke.tolist():
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image.reduce(factor))
