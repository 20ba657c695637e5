"""What the page's canvas shows of strokes, painted here: the same smooth lines, on as many pixels as Draw sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.digits.strokes import render_strokes

# As in `assets/js/pen.js` and `assets/js/digit_canvas.js`.
CANVAS_PIXELS = 280
SENT_PIXELS = 112
# Of the canvas; pieces of a curve that are shorter cannot be told from it on 112 pixels.
PIECE_PIXELS = 3.0
PIECES_MOST = 32
# Of one canvas, beside one for each point: a line across it fifty times is white all over, however finely it is cut.
PIECES_ALL = 8000


@dataclass(frozen=True)
class Stroke:
    """A line that a pen left.

    Args:
        width: of the pen, in pixels of the canvas.
        points: (count, 2) float64, x and y in 0…280 of the canvas, y downwards; a single one is a dot.
    """

    width: float
    points: np.ndarray


def paint_canvas(strokes: Sequence[Stroke]) -> np.ndarray:
    """The canvas with these strokes as Draw sends it: (112, 112) uint8, background 0, ink 255.

    Example:
        >>> dot = Stroke(28, np.array([[140.0, 140.0]]))
        >>> image = paint_canvas([dot])
        >>> int(image[56, 56]), int(image[56, 48]), round(float(image[56].sum()) / 255)
        (255, 0, 11)
    """
    paper = np.ones((SENT_PIXELS, SENT_PIXELS))
    piece = max(PIECE_PIXELS, sum(_length(stroke.points) for stroke in strokes) / PIECES_ALL)
    for width in sorted({stroke.width for stroke in strokes}):
        lines = [(smooth_line(one.points, piece) / CANVAS_PIXELS).tolist() for one in strokes if one.width == width]
        ink = render_strokes(lines, SENT_PIXELS, width * SENT_PIXELS / CANVAS_PIXELS)
        paper *= 1 - ink / 255  # white over white: what the one leaves dark the other may fill
    return np.rint(255 * (1 - paper)).astype(np.uint8)


def smooth_line(points: np.ndarray, piece: float = PIECE_PIXELS) -> np.ndarray:
    """The curve through the middles of the segments between `points`, as the page draws it: (more, 2) float64.

    Each point inside is the control point of a quadratic Bézier curve from the middle before it to the middle behind it; the
    first begins at the first point, and a straight line leads to the last one. `piece`: about so long are the lines of which
    a curve is made, in pixels.
    """
    if len(points) < 3:
        return points
    middles = (points[1:-2] + points[2:-1]) / 2
    starts = np.concatenate([points[:1], middles])
    ends = np.concatenate([middles, (points[-2:-1] + points[-1:]) / 2])
    line = [points[:1]]
    for start, control, end in zip(starts, points[1:-1], ends, strict=True):
        length = np.linalg.norm(control - start) + np.linalg.norm(end - control)
        count = int(min(max(1, np.ceil(length / piece)), PIECES_MOST))
        t = np.arange(1, count + 1)[:, None] / count
        line.append((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
    return np.concatenate([*line, points[-1:]])


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
