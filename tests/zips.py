"""Zips of images for tests: as people pack them, and as people should not."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from PIL import Image

from playground.data import load_images


def png(image: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def zipped(files: dict[str, bytes], pack: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", pack) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def digit_files(each: int = 12, labels: tuple[int, ...] = (0, 1, 7), root: str = "") -> dict[str, bytes]:
    """MNIST digits in folders by their names; every third one drawn large and dark on white paper, as a photo would be."""
    data, files = load_images("MNIST"), {}
    for label in labels:
        for place, index in enumerate(np.flatnonzero(data.train_labels == label)[:each]):
            image = data.train_images[index]
            if place % 3 == 2:
                image = 255 - np.asarray(Image.fromarray(image).resize((90 + place, 70), Image.Resampling.BICUBIC))
            files[f"{root}{label}/{place}.png"] = png(image)
    return files
