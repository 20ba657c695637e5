"""What a confined child does with a zip of images, and with drawings."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from playground.data.own.drawings import read_drawings
from playground.data.own.images import SKIPPED_SHOWN, OwnImages, read_zip
from playground.errors import PlaygroundError
from playground.limits import Limits
from playground.tensors.work import Answered
from playground.training.events import Failed

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


def read_in_child(data: bytes, name: str, way: str, limits: Limits) -> Iterator[Answered]:
    """See `read_zip`; the arrays are base64, the reasons of the skipped files stored errors."""
    try:
        found = read_zip(data, name, way, limits.images_count)
    except PlaygroundError as error:
        yield Answered({}, error)
        return
    yield Answered(_told(found), None)


def draw_in_child(drawings: object, limits: Limits) -> Iterator[Answered]:
    """See `read_drawings`; the arrays are base64."""
    try:
        found = read_drawings(drawings, limits)
    except PlaygroundError as error:
        yield Answered({}, error)
        return
    yield Answered(_told(found), None)


def _told(found: OwnImages) -> dict[str, Any]:
    skipped = [
        {"path": one["path"], "reason": Failed(one["reason"]).to_json()["error"]} for one in found.skipped[:SKIPPED_SHOWN]
    ]
    result: dict[str, Any] = {name: base64.b64encode(getattr(found, name).tobytes()).decode() for name in ARRAYS}
    result |= {"class_names": found.class_names, "sizes": found.sizes, "said_split": found.said_split}
    return {**result, "skipped": skipped, "skipped_count": len(found.skipped)}
