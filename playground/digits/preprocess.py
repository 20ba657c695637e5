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
# A canvas has so much of exactly one colour; paper under a lamp has not. However thick the ink, nothing is fitted then.
CLEAN_SHARE = 0.2
# Ink is what stands out from the background by so many standard deviations of its noise.
NOISE_DEVIATIONS = 4.3
# A piece belongs to the digit if its darkest point reaches STRONG; it extends as far as FAINT (of the ink's level).
STRONG, FAINT = 0.45, 0.15
# Pieces smaller than a speck are dropped anywhere, those smaller than a stroke only where they lie far from the digit
# (fractions of the largest piece's area, and of its longer side).
SPECK_AREA, STROKE_AREA, FAR_DISTANCE = 0.02, 0.12, 0.25
# Thin ink is made thicker at this multiple of the final resolution.
OVERSAMPLING = 4

# Top, left, height, width.
Box = tuple[int, int, int, int]
# The row and the column numbers of some pixels.
Piece = tuple[np.ndarray, np.ndarray]

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
    if not high > low or _is_quantised_noise(image, low, high):
        raise InputError("digits.blank")
    image = (image - np.float32(low)) / np.float32(high - low)
    step = -(-max(image.shape) // COARSE_PIXELS)
    coarse = _reduce(image, step)
    paper, sign = _find_paper(coarse) if steps.background else (np.zeros_like(coarse), 1.0)
    value = sign * (coarse - paper)
    noise = _noise_of(value) if steps.background else 0.0
    kept = _find_ink(value, noise, steps.specks)
    crop = _box_of(kept, step, image.shape) if steps.scale else (0, 0, *image.shape)
    pixel_noise = max(noise, _noise_of(image[::step, ::step] - paper)) if steps.background else 0.0
    ink, crop = _cut_ink(image, crop, sign, paper, kept, step, pixel_noise, steps.scale)
    return _lay_out(ink, crop, sign, steps)


def _is_quantised_noise(image: np.ndarray, low: float, high: float) -> bool:
    """An empty 8-bit photo: whole numbers a few grey levels apart, all far from 0.

    JPEG leaves too little of its noise to measure, so that each odd block would look like ink.
    """
    return high - low <= min(12, high / 4) and not np.any(image != np.rint(image))


def _reduce(image: np.ndarray, step: int) -> np.ndarray:
    """Mean of each step×step block; (height, width) → (⌈height/step⌉, ⌈width/step⌉)."""
    return image if step == 1 else np.asarray(Image.fromarray(np.ascontiguousarray(image)).reduce(step))


def _find_paper(coarse: np.ndarray) -> tuple[np.ndarray, float]:
    """The paper's brightness under and between the ink, and whether the ink is brighter (1.0) or darker (-1.0).

    Args:
        coarse: (height, width) in 0…1, at most 64 pixels a side.

    Returns:
        (height, width), and the sign.
    """
    stride = -(-max(coarse.shape) // 32)
    sample = coarse[::stride, ::stride]
    flat = np.full_like(sample, np.median(np.concatenate([coarse[0], coarse[-1], coarse[:, 0], coarse[:, -1]])))
    if np.mean(np.abs(sample - flat) < 1e-4) > CLEAN_SHARE:
        return np.full_like(coarse, flat[0, 0]), _ink_sign(coarse - flat[0, 0], 0.0)
    # Differences of neighbours tell the noise without knowing the paper.
    tolerance = 0.04 + 2 * _noise_of(np.concatenate([np.diff(sample, axis=axis).ravel() for axis in (0, 1)])) / 2**0.5
    paper, fitting = flat, np.mean(np.abs(sample - flat) < tolerance)
    for fit, least_gain in ((_fit_curved, 0.05), (_fit_local, 0.15)):
        # A more flexible paper must explain far more, else it only begins to follow the ink.
        if fitting < 0.85:
            other = fit(sample)
            other_fitting = np.mean(np.abs(sample - other) < tolerance)
            if other_fitting > fitting + least_gain:
                paper, fitting = other, other_fitting
    paper = _enlarge(paper, coarse.shape)
    rest = coarse - paper
    return paper, _ink_sign(rest, _noise_of(rest))


def _fit_curved(sample: np.ndarray) -> np.ndarray:
    """(height, width): a smooth surface, a polynomial of degree 2, through the paper between the ink."""
    y = np.linspace(-1, 1, sample.shape[0])[:, None] + np.zeros(sample.shape)
    x = np.linspace(-1, 1, sample.shape[1]) + np.zeros(sample.shape)
    basis = np.stack([np.ones_like(x), y, y * y, x, x * x, x * y], axis=-1).reshape(-1, 6)
    values = sample.ravel().astype(np.float64)
    weights = np.ones(len(values))
    for _ in range(8):
        weighted = basis * weights[:, None]
        curved = basis @ np.linalg.solve(weighted.T @ basis + 1e-6 * np.eye(6), weighted.T @ values)
        error = np.abs(values - curved)
        # Tukey's biweight: what lies far off (the ink) has no say at all. The floor keeps it defined without noise.
        reach = max(4.0 * 1.4826 * float(np.median(error)), 0.02)
        weights = np.clip(1 - (error / reach) ** 2, 0, None) ** 2
    return curved.reshape(sample.shape).astype(np.float32)


def _fit_local(sample: np.ndarray) -> np.ndarray:
    """(height, width): the middle brightness of a wide neighbourhood, which follows a shadow and no stroke."""
    reach = max(1, max(sample.shape) // 6)
    padded = np.pad(sample, reach, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1, 2 * reach + 1))[..., ::2, ::2]
    return np.median(windows.reshape(*sample.shape, -1), axis=-1)


def _enlarge(small: np.ndarray, shape: tuple[int, int], box: tuple[float, ...] | None = None) -> np.ndarray:
    """`small` (or the left, top, right, bottom `box` of it) with smooth transitions at the larger `shape`."""
    picture = Image.fromarray(np.ascontiguousarray(small, np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR, box=box))


def _noise_of(rest: np.ndarray) -> float:
    """Standard deviation of the paper's noise, from the quieter pixels: ink may cover almost half of the image."""
    distance = np.abs(rest)
    rough = float(np.quantile(distance, 0.25)) / 0.3186
    # The quartile of the paper alone; 0.3186 standard deviations enclose a quarter of a normal distribution.
    return float(np.quantile(distance, 0.25 * np.mean(distance <= 3 * rough))) / 0.3186


def _ink_sign(rest: np.ndarray, noise: float) -> float:
    """1.0 if the ink is brighter than the paper, -1.0 if it is darker."""
    least = max(4 * noise, 0.15 * float(np.abs(rest).max()))
    return 1.0 if rest[rest > least].sum() >= -rest[rest < -least].sum() else -1.0


def _solid_level(value: np.ndarray, noise: float = 0.0) -> float:
    """Brightness of a solid stroke above the paper; a few hot pixels do not count. 0.0 where nothing stands out."""
    rank = max(3, value.size // 400)
    peak = float(np.partition(value.ravel(), -rank)[-rank])
    if not peak > NOISE_DEVIATIONS * noise:
        return 0.0
    return float(np.quantile(value[value > max(0.4 * peak, 4 * noise)], 0.8))


def _find_ink(value: np.ndarray, noise: float, drop_specks: bool) -> np.ndarray:
    """Which coarse pixels are the digit's: (height, width) bool."""
    level = _solid_level(value, noise)
    if not level > 0:
        raise InputError("digits.blank")
    pieces = _label_pieces(value > max(FAINT * level, min(4 * noise, STRONG * level)))
    strong = [p for p in pieces if value[p].max() > STRONG * level] or pieces
    if drop_specks:
        strong = _drop_specks(strong)
    kept = np.zeros(value.shape, bool)
    for piece in strong:
        kept[piece] = True
    return kept


def _label_pieces(mask: np.ndarray) -> list[Piece]:
    """The connected pieces of a mask (diagonals connect), as index arrays: runs of each row, joined by union-find."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    runs = list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))
    parent = list(range(len(runs)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    above = 0
    for i, (row, start, end) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] < start):
            above += 1
        j = above
        while j < i and runs[j][0] == row - 1 and runs[j][1] <= end:
            parent[root(j)] = root(i)
            j += 1
    labels = np.array([root(i) for i in range(len(runs))])
    pieces = []
    for label in np.unique(labels):
        own = [runs[i] for i in np.nonzero(labels == label)[0]]
        row_index = np.concatenate([np.full(end - start, row) for row, start, end in own])
        pieces.append((row_index, np.concatenate([np.arange(start, end) for _, start, end in own])))
    return pieces


def _drop_specks(pieces: list[Piece]) -> list[Piece]:
    """Only the pieces that are strokes: large, or close to what is already kept (a 5's hat, the stem of an open 4)."""
    pieces = sorted(pieces, key=lambda piece: -len(piece[0]))
    largest = len(pieces[0][0])
    kept, box = [], None
    for rows, columns in pieces:
        own = np.array([rows.min(), columns.min(), -rows.max(), -columns.max()])
        if box is not None:
            # Of two boxes [low, high] the gap is low - high of the other, wherever that is positive.
            gap = max(0, *(own[:2] + box[2:]), *(box[:2] + own[2:]))
            far = gap > FAR_DISTANCE * max(-box[2] - box[0], -box[3] - box[1])
            if len(rows) < SPECK_AREA * largest or (far and len(rows) < STROKE_AREA * largest):
                continue
        kept.append((rows, columns))
        box = own if box is None else np.minimum(box, own)
    return kept


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
    value = _reduce(image[top : top + height, left : left + width], fine)
    # In coarse pixels; the last of them may reach past the image's edge.
    box = [side / step for side in (left, top, min(left + width, paper.shape[1] * step), top + height)]
    value = sign * (value - _enlarge(paper, value.shape, tuple(box)))
    near = np.asarray(Image.fromarray(kept).convert("L").filter(_WIDER)) > 0
    rows = np.minimum((np.arange(value.shape[0]) * fine + fine // 2 + top) // step, kept.shape[0] - 1)
    columns = np.minimum((np.arange(value.shape[1]) * fine + fine // 2 + left) // step, kept.shape[1] - 1)
    value = value * near[np.ix_(rows, columns)]
    level = _solid_level(value) or float(value.max())
    floor = min(3 * noise / fine, 0.3 * level)
    ink = np.clip((value - floor) / (level - floor), 0, 1)
    if not trim:
        return ink, crop
    rows, columns = np.flatnonzero((ink > FAINT).any(1)), np.flatnonzero((ink > FAINT).any(0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = top + int(rows[0]) * fine, left + int(columns[0]) * fine
    height, width = (
        min(n * fine, side - start) for n, side, start in zip(ink.shape, image.shape, (top, left), strict=True)
    )
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
    large = np.clip(large / (_solid_level(large) or large.max()), 0, 1)
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
    level = _solid_level(small) or float(small.max())
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
