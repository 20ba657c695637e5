"""Images of any size as 28×28 grey ones in classes, split into training and test images."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from playground.data.own.archive import ImageFile, list_files, open_archive, read_files
from playground.digits.pixels import read_pixels
from playground.digits.preprocess import preprocess_digit
from playground.errors import InputError, PlaygroundError

SIDE = 28
CLASSES_LEAST, CLASSES_MOST = 2, 10
CLASS_LEAST, TEST_SHARE, SPLIT_SEED = 5, 5, 0
SKIPPED_SHOWN = 6
NAME_MOST = 40
# How an image becomes 28×28: as a digit that somebody wrote, or whole.
WAYS = ("digits", "whole")


@dataclass
class OwnImages:
    """What was read.

    Args:
        train_images, test_images: uint8 (count, 28, 28), ink or light = 255; the labels are places in `class_names`.
        sizes: [smallest, largest] width × height that came, and whether all were 28×28 already.
        skipped: files that are no images: {path, reason}.
        said_split: the archive has its own folders for training and test.
    """

    class_names: list[str]
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    sizes: list[str] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    said_split: bool = False


def read_zip(data: bytes, name: str, way: str, images_most: int) -> OwnImages:
    """
    Args:
        data: a zip of folders, one for each class; above them there may be folders `train` and `test`.
        name: of the file, for messages. way: one of WAYS.

    Raises:
        PlaygroundError: what is wrong with the archive; see `playground.data.own.archive`. InputError: no images, too few
            or too many classes, too few images of one.
    """
    with open_archive(data, name) as archive:
        files = list_files(archive, len(data), images_most)
        images, kept, shapes, skipped = [], [], [], []
        for file, content in read_files(archive, files):
            try:
                picture = _decode(content)
                images.append(shrink(picture, way))
                kept.append(file)
                shapes.append(picture.shape[::-1])
            except PlaygroundError as error:
                skipped.append({"path": file.path, "reason": error})
    if not images:
        raise InputError("own.no_images", name=name, count=len(files))
    return _split(images, kept, shapes, skipped)


def shrink(picture: np.ndarray, way: str) -> np.ndarray:
    """uint8 (28, 28) of a grey image (height, width) float32, 0…255.

    As a digit: found, cropped, scaled and centred as MNIST's were, light ink on black; one of 28×28 on black is taken as it
    is. Whole: the image in a black square, antialiased.
    """
    height, width = picture.shape
    if way == "digits":
        edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        if (height, width) == (SIDE, SIDE) and picture.max() > 64 and edge.mean() < 32:
            return np.rint(picture).clip(0, 255).astype(np.uint8)
        return np.rint(preprocess_digit(picture).seen * 255).astype(np.uint8)
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(picture.astype(np.float32)).resize(size, Image.Resampling.LANCZOS))
    square = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = np.rint(small).clip(0, 255)
    return square


def _decode(content: bytes | None) -> np.ndarray:
    if content is None:
        raise InputError("own.damaged")
    if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise InputError("own.no_image")
    return read_pixels(base64.b64encode(content).decode())


def _split(
    images: list[np.ndarray], files: list[ImageFile], shapes: list[tuple[int, ...]], skipped: list[dict[str, Any]]
) -> OwnImages:
    names = sorted({file.label for file in files}, key=_natural)
    if not CLASSES_LEAST <= len(names) <= CLASSES_MOST:
        shown = ", ".join(names[: CLASSES_MOST + 2])
        raise InputError("own.classes", count=len(names), names=shown, least=CLASSES_LEAST, most=CLASSES_MOST)
    labels = np.array([names.index(file.label) for file in files], np.uint8)
    counts = np.bincount(labels, minlength=len(names))
    rare = int(counts.argmin())
    if counts[rare] < CLASS_LEAST:
        raise InputError("own.few", name=names[rare][:NAME_MOST], count=int(counts[rare]), least=CLASS_LEAST)
    said = all(file.split for file in files)
    test = np.array([file.split == "test" for file in files]) if said else choose_test(labels)
    for split, chosen in (("train", ~test), ("test", test)):
        missing = [name for label, name in enumerate(names) if not (labels[chosen] == label).any()]
        if missing:
            raise InputError("own.split_empty", split=split, name=missing[0][:NAME_MOST])
    stacked = np.stack(images)
    ordered = sorted(set(shapes), key=lambda shape: shape[0] * shape[1])
    return OwnImages(
        [name[:NAME_MOST] for name in names],
        stacked[~test],
        labels[~test],
        stacked[test],
        labels[test],
        ["×".join(map(str, shape)) for shape in (ordered[0], ordered[-1])],
        skipped,
        said,
    )


def choose_test(labels: np.ndarray) -> np.ndarray:
    """A fifth of each class, drawn by a fixed seed, and at least one of two or more: which images are for the test."""
    random, test = np.random.default_rng(SPLIT_SEED), np.zeros(len(labels), bool)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        least = 1 if len(own) > 1 else 0
        test[random.permutation(own)[: max(least, len(own) // TEST_SHARE)]] = True
    return test


def _natural(name: str) -> tuple[int, int, str]:
    """2 before 10, numbers before words."""
    return (0, int(name), name) if name.isascii() and name.isdigit() and len(name) < 10 else (1, 0, name)
