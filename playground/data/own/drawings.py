"""Digits that were drawn on the page: strokes are checked and become the very images that Draw would ask a network about."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from playground.data.datasets import DIGITS
from playground.data.own.images import OwnImages, choose_test, shrink
from playground.digits.canvas import CANVAS_PIXELS, Stroke, paint_canvas
from playground.errors import InputError, LimitError, PlaygroundError
from playground.limits import DRAWN_CLASSES, DRAWN_EACH, Limits
from playground.registry import shorten

# What the pens of the page can be, with room.
WIDTH_LEAST, WIDTH_MOST = 1, 64

# Which drawing a message is about: {label, place}, the place from 1 among those of its class.
Where = dict[str, Any]


def read_drawings(drawings: object, limits: Limits) -> OwnImages:
    """Drawings as a data set: a fifth of each class, but of two or more at least one, is kept for the test.

    Args:
        drawings: [{label: "0" … "9", strokes: [{width, points: [[x, y], …]}]}], in pixels of the page's canvas, 0 … 280.

    Raises:
        LimitError: too many drawings, strokes or points. InputError: not of that form, numbers that are not finite or lie
            outside, no ink that can be read; too few classes, or too few drawings of them.
    """
    if not isinstance(drawings, list):
        raise InputError("own.drawn_list", got=type(drawings).__name__)
    if len(drawings) > limits.drawings_count:
        raise LimitError("own.drawn_many", count=f"{len(drawings):,}", maximum=f"{limits.drawings_count:,}")
    labels = [_label(one, place) for place, one in enumerate(drawings, start=1)]
    _check_counts(Counter(labels))
    images, before = [], Counter[str]()
    for label, one in zip(labels, drawings, strict=True):
        before[label] += 1
        where: Where = {"label": label, "place": before[label]}
        try:
            images.append(shrink(paint_canvas(_strokes(one, where, limits)).astype(np.float32), "digits"))
        except PlaygroundError as error:
            if error.key != "digits.blank":
                raise
            raise InputError("own.drawn_blank", **where) from error
    names = sorted(set(labels), key=int)
    stacked, numbers = np.stack(images), np.array([names.index(label) for label in labels], np.uint8)
    test = choose_test(numbers)
    return OwnImages(names, stacked[~test], numbers[~test], stacked[test], numbers[test])


def _check_counts(counts: Counter[str]) -> None:
    if sum(count >= DRAWN_EACH for count in counts.values()) < DRAWN_CLASSES:
        found = ", ".join(f"{label}×{counts[label]}" for label in sorted(counts, key=int)) or "–"
        raise InputError("own.drawn_few", found=found, classes=DRAWN_CLASSES, each=DRAWN_EACH)


def _label(drawing: Any, place: int) -> str:
    label = drawing.get("label") if isinstance(drawing, dict) else None
    if not isinstance(label, str) or label not in DIGITS:
        raise InputError("own.drawn_label", place=place, got=shorten(label))
    return label


def _strokes(drawing: dict[str, Any], where: Where, limits: Limits) -> list[Stroke]:
    given = _list(drawing.get("strokes"), where)
    if not 1 <= len(given) <= limits.drawing_strokes:
        raise LimitError("own.drawn_strokes", **where, count=len(given), maximum=limits.drawing_strokes)
    count = sum(len(_list(one.get("points") if isinstance(one, dict) else None, where)) for one in given)
    if count > limits.drawing_points:
        raise LimitError("own.drawn_points", **where, count=f"{count:,}", maximum=f"{limits.drawing_points:,}")
    return [Stroke(_width(one.get("width"), where), _points(one["points"], where)) for one in given]


def _list(value: object, where: Where) -> list[Any]:
    if not isinstance(value, list):
        raise InputError("own.drawn_form", **where, got=type(value).__name__)
    return value


def _width(width: object, where: Where) -> float:
    number = isinstance(width, int | float) and not isinstance(width, bool)
    if not (number and WIDTH_LEAST <= width <= WIDTH_MOST):  # type: ignore[operator]
        raise InputError("own.drawn_width", **where, got=shorten(width), least=WIDTH_LEAST, most=WIDTH_MOST)
    return float(width)  # type: ignore[arg-type]


def _points(points: list[Any], where: Where) -> np.ndarray:
    """(count, 2) float64 in 0…280."""
    pairs = all(isinstance(point, list) and len(point) == 2 for point in points)
    if not points or not pairs or not all(type(value) in (int, float) for point in points for value in point):
        raise InputError("own.drawn_form", **where, got=shorten(points))
    for point in points:
        # A number that is none (nan) is not between anything.
        if not all(0 <= value <= CANVAS_PIXELS for value in point):
            raise InputError("own.drawn_range", **where, got=shorten(point), most=CANVAS_PIXELS)
    return np.array(points, dtype=np.float64)
