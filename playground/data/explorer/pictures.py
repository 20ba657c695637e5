"""Images of one split by their class: a page of them, how many there are, the mean of each class, one in all its values."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

import numpy as np

from playground.data.datasets import load_images
from playground.data.explorer.splits import SPLITS, Part, SplitWish, labels_of, split_parts
from playground.errors import InputError
from playground.registry import shorten

PAGE_IMAGES = 60


def show_page(wish: SplitWish, split: object, classes: object, page: object) -> dict[str, Any]:
    """One page of the images of some classes of a split.

    Args:
        classes: labels; an empty list = all.
        page: from 0; one beyond the last is the last.

    Returns:
        total: images of those classes; page, pages; items: [{index, label, place}] (index in the data set's file, place in
        the split); pixels: base64, 784 bytes an image. counts: of all classes of the split; means: base64, 784 bytes a class
        (0 for a class without images). file: train or test. class_names, mean, std.

    Raises:
        InputError: no such split or class, a page that is no number.
    """
    data = load_images(wish.dataset)
    names = data.dataset.class_names
    part = _part(wish, split)
    chosen = _read_classes(classes, len(names))
    number = _read_page(page)
    labels = labels_of(data, part)
    places = np.flatnonzero(np.isin(labels, chosen)) if chosen else np.arange(len(labels))
    pages = max(1, -(-len(places) // PAGE_IMAGES))
    number = min(number, pages - 1)
    shown = places[number * PAGE_IMAGES :][:PAGE_IMAGES]
    indices = part.indices[shown]
    images = data.train_images if part.file == "train" else data.test_images
    items = [
        {"index": int(index), "label": int(label), "place": int(place)}
        for index, label, place in zip(indices, labels[shown], shown, strict=True)
    ]
    return {
        "total": len(places),
        "page": number,
        "pages": pages,
        "items": items,
        "pixels": base64.b64encode(images[indices].tobytes()).decode(),
        "counts": np.bincount(labels, minlength=len(names)).tolist(),
        "means": base64.b64encode(mean_images(wish, part.name).tobytes()).decode(),
        "file": part.file,
        "class_names": list(names),
        "mean": data.dataset.mean,
        "std": data.dataset.std,
        "dataset": data.dataset.title,
    }


def show_image(wish: SplitWish, split: object, index: object) -> dict[str, Any]:
    """One image in numbers: pixels, 28 rows of 0…255, and normalised, the same as a network sees them; its label.

    Raises:
        InputError: no such split, or no image of that index in it.
    """
    data, part = load_images(wish.dataset), _part(wish, split)
    count = len(data.train_labels if part.file == "train" else data.test_labels)
    if type(index) is not int or not 0 <= index < count:
        raise InputError("explore.index", got=shorten(index), last=count - 1)
    images, labels = (data.train_images, data.train_labels) if part.file == "train" else (data.test_images, data.test_labels)
    pixels = images[index]
    normalised = (pixels.astype(np.float32) / 255 - np.float32(data.dataset.mean)) / np.float32(data.dataset.std)
    return {
        "index": index,
        "label": int(labels[index]),
        "pixels": pixels.tolist(),
        "normalised": [[round(float(value), 4) for value in row] for row in normalised],
    }


@lru_cache(maxsize=12)
def mean_images(wish: SplitWish, split: str) -> np.ndarray:
    """uint8 (classes, 28, 28): the mean of each class's images, rounded; 0 where it has none."""
    data = load_images(wish.dataset)
    part = split_parts(wish)[split]
    labels, images = labels_of(data, part), data.train_images if part.file == "train" else data.test_images
    means = np.zeros((len(data.dataset.class_names), *images.shape[1:]), np.uint8)
    for label in range(len(means)):
        own = part.indices[labels == label]
        if len(own):
            means[label] = np.rint(images[own].mean(axis=0))
    return means


def _part(wish: SplitWish, split: object) -> Part:
    if split not in SPLITS:
        raise InputError("explore.split", got=shorten(split), names=", ".join(SPLITS))
    return split_parts(wish)[str(split)]


def _read_classes(classes: object, count: int) -> list[int]:
    if classes is None:
        return []
    if not isinstance(classes, list) or not all(type(label) is int and 0 <= label < count for label in classes):
        raise InputError("explore.classes", got=shorten(classes), last=count - 1)
    return classes


def _read_page(page: object) -> int:
    if page is None:
        return 0
    if type(page) is not int or not 0 <= page <= 10**6:
        raise InputError("explore.page", got=shorten(page))
    return page
