"""Where the ink is in a picture: the paper under it, its noise, and which pieces belong to the digit."""

from __future__ import annotations

import numpy as np
from PIL import Image

from playground.errors import InputError

# A canvas has so much of exactly one colour; paper under a lamp has not. However thick the ink, nothing is fitted then.
CLEAN_SHARE = 0.2
# Ink is what stands out from the background by so many standard deviations of its noise.
NOISE_DEVIATIONS = 4.3
# A piece belongs to the digit if its darkest point reaches STRONG; it extends as far as FAINT (of the ink's level).
STRONG, FAINT = 0.45, 0.15
# Pieces smaller than a speck are dropped anywhere, those smaller than a stroke only where they lie far from the digit
# (fractions of the largest piece's area, and of its longer side).
SPECK_AREA, STROKE_AREA, FAR_DISTANCE = 0.02, 0.12, 0.25

# The row and the column numbers of some pixels.
Piece = tuple[np.ndarray, np.ndarray]


def is_quantised_noise(image: np.ndarray, low: float, high: float) -> bool:
    """An empty 8-bit photo: whole numbers a few grey levels apart, all far from 0.

    JPEG leaves too little of its noise to measure, so that each odd block would look like ink.
    """
    return high - low <= min(12, high / 4) and not np.any(image != np.rint(image))


def reduce(image: np.ndarray, step: int) -> np.ndarray:
    """Mean of each step×step block; (height, width) → (⌈height/step⌉, ⌈width/step⌉)."""
    return image if step == 1 else np.asarray(Image.fromarray(np.ascontiguousarray(image)).reduce(step))


def find_paper(coarse: np.ndarray) -> tuple[np.ndarray, float]:
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
        return np.full_like(coarse, flat[0, 0]), ink_sign(coarse - flat[0, 0], 0.0)
    # Differences of neighbours tell the noise without knowing the paper.
    tolerance = 0.04 + 2 * noise_of(np.concatenate([np.diff(sample, axis=axis).ravel() for axis in (0, 1)])) / 2**0.5
    paper, fitting = flat, np.mean(np.abs(sample - flat) < tolerance)
    for fit, least_gain in ((_fit_curved, 0.05), (_fit_local, 0.15)):
        # A more flexible paper must explain far more, else it only begins to follow the ink.
        if fitting < 0.85:
            other = fit(sample)
            other_fitting = np.mean(np.abs(sample - other) < tolerance)
            if other_fitting > fitting + least_gain:
                paper, fitting = other, other_fitting
    paper = enlarge(paper, coarse.shape)
    rest = coarse - paper
    return paper, ink_sign(rest, noise_of(rest))


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


def enlarge(small: np.ndarray, shape: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> np.ndarray:
    """`small` (or the left, top, right, bottom `box` of it) with smooth transitions at the larger `shape`."""
    picture = Image.fromarray(np.ascontiguousarray(small, np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR, box=box))


def noise_of(rest: np.ndarray) -> float:
    """Standard deviation of the paper's noise, from the quieter pixels: ink may cover almost half of the image."""
    distance = np.abs(rest)
    rough = float(np.quantile(distance, 0.25)) / 0.3186
    # The quartile of the paper alone; 0.3186 standard deviations enclose a quarter of a normal distribution.
    return float(np.quantile(distance, 0.25 * np.mean(distance <= 3 * rough))) / 0.3186


def ink_sign(rest: np.ndarray, noise: float) -> float:
    """1.0 if the ink is brighter than the paper, -1.0 if it is darker."""
    least = max(4 * noise, 0.15 * float(np.abs(rest).max()))
    return 1.0 if rest[rest > least].sum() >= -rest[rest < -least].sum() else -1.0


def solid_level(value: np.ndarray, noise: float = 0.0) -> float:
    """Brightness of a solid stroke above the paper; a few hot pixels do not count. 0.0 where nothing stands out."""
    rank = max(3, value.size // 400)
    peak = float(np.partition(value.ravel(), -rank)[-rank])
    if not peak > NOISE_DEVIATIONS * noise:
        return 0.0
    return float(np.quantile(value[value > max(0.4 * peak, 4 * noise)], 0.8))


def find_ink(value: np.ndarray, noise: float, drop_specks: bool) -> np.ndarray:
    """Which coarse pixels are the digit's: (height, width) bool."""
    level = solid_level(value, noise)
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
