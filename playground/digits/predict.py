"""Read a digit: from pixels to ten probabilities, with the picture that the network saw."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from playground.data import find_dataset
from playground.digits.pixels import read_pixels
from playground.digits.preprocess import preprocess_digit
from playground.errors import InputError
from playground.models import load_checkpoint

KEPT_NETWORKS = 16
# The probabilities that a network, which runs elsewhere, gives to an image as (28, 28) float32 0…1.
ReadElsewhere = Callable[[Path, np.ndarray], list[float]]


class Predictor:
    """Trained networks ready to read digits: the last ones used stay in memory. Safe for threads.

    Runs in the server's process: one small image takes a few milliseconds, less than a message to a child and back.

    Args:
        read_elsewhere: for networks given as code, which never run in this process.
    """

    def __init__(self, read_elsewhere: ReadElsewhere):
        self._read_elsewhere = read_elsewhere
        self._networks: OrderedDict[tuple[Path, int], _Network] = OrderedDict()
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """One thread for this process (its children decide for themselves), and a first forward pass."""
        torch.set_num_threads(1)
        with torch.inference_mode():
            nn.Conv2d(1, 8, 3)(torch.zeros(1, 1, 28, 28))

    def predict(self, pixels: object, weights: Path) -> dict[str, Any]:
        """What the network in `weights` reads in an image.

        Args:
            pixels: see `read_pixels`: nested lists, or a base64 PNG or JPEG.
            weights: a checkpoint.

        Returns:
            digit, confidence, probabilities (ten, sum 1), second {digit, confidence}, seen (28 rows of 0…1, before
            normalisation), class_names (ten), milliseconds (preprocessing and network).

        Raises:
            InputError: not an image, too large, blank; a damaged checkpoint.
        """
        network = self._network(weights)
        start = time.perf_counter()
        seen = preprocess_digit(read_pixels(pixels)).seen
        probabilities = network.read(seen)
        order = sorted(range(len(probabilities)), key=lambda digit: -probabilities[digit])
        return {
            "digit": order[0],
            "confidence": probabilities[order[0]],
            "probabilities": probabilities,
            "second": {"digit": order[1], "confidence": probabilities[order[1]]},
            "seen": [[round(value, 4) for value in row] for row in seen.tolist()],
            "class_names": list(network.class_names),
            "milliseconds": (time.perf_counter() - start) * 1000,
        }

    def accuracy(self, weights: Path) -> float | None:
        """The test accuracy that a checkpoint's metadata tells; None where it tells none or there is no such file."""
        if not weights.is_file():
            return None
        value = self._network(weights).facts.get("test_accuracy")
        return float(value) if isinstance(value, (int, float)) else None

    def _network(self, path: Path) -> _Network:
        key = (path, path.stat().st_mtime_ns if path.exists() else 0)
        with self._lock:
            if key in self._networks:
                self._networks.move_to_end(key)
                return self._networks[key]
        network = _Network(path, self._read_elsewhere)
        with self._lock:
            self._networks[key] = network
            while len(self._networks) > KEPT_NETWORKS:
                self._networks.popitem(last=False)
        return network


class _Network:
    """A checkpoint as a function from a picture to probabilities."""

    def __init__(self, path: Path, read_elsewhere: ReadElsewhere):
        self.path, self._read_elsewhere = path, read_elsewhere
        checkpoint = load_checkpoint(path)
        self.model = None if checkpoint.spec.code else checkpoint.build()
        self.facts = checkpoint.facts
        dataset = find_dataset(checkpoint.facts.get("config", {}).get("dataset", "MNIST"))
        self.mean, self.std, self.class_names = dataset.mean, dataset.std, dataset.output_names()

    def read(self, seen: np.ndarray) -> list[float]:
        """`seen`: float32 (28, 28), 0…1 → probabilities of the classes, sum 1."""
        if self.model is None:
            probabilities = self._read_elsewhere(self.path, seen)
            if len(probabilities) != len(self.class_names):
                raise InputError("draw.outputs", count=len(probabilities), expected=len(self.class_names))
            return probabilities
        return read_image(self.model, seen, self.mean, self.std)


@torch.inference_mode()
def read_image(model: nn.Module, seen: np.ndarray, mean: float, std: float) -> list[float]:
    """The probabilities of the classes, sum 1; `seen`: float32 (28, 28), 0…1, before it is normalised."""
    images = torch.from_numpy(seen).view(1, 1, *seen.shape)
    return model((images - mean) / std).double().softmax(dim=1)[0].tolist()  # type: ignore[no-any-return]
