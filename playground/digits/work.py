"""Networks given as code read digits: in a child of the server, or on the command line of whoever owns them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playground.data import find_dataset
from playground.digits.predict import read_image
from playground.errors import PlaygroundError
from playground.limits import Limits, read_limits
from playground.models import load_checkpoint
from playground.models.network import open_network
from playground.tensors.work import Answered


class Reader:
    """A checkpoint of any kind, opened in this process."""

    def __init__(self, checkpoint: Path, limits: Limits):
        loaded = load_checkpoint(checkpoint)
        self._dataset = find_dataset(loaded.facts.get("config", {}).get("dataset", "MNIST"))
        self._network = open_network(loaded.spec, limits)
        self._network.load(loaded.state)
        self._network.call(lambda: self._network.module.eval())

    def read(self, seen: np.ndarray) -> list[float]:
        """The probabilities of an image, float32 (28, 28) 0…1."""
        network, dataset = self._network, self._dataset
        return network.call(read_image, network.module, seen, dataset.mean, dataset.std)  # type: ignore[no-any-return]


def read_here(checkpoint: Path, seen: np.ndarray) -> list[float]:
    """For the command line, whose user runs his own code."""
    return Reader(checkpoint, read_limits(public=False)).read(seen)


def read_in_child(checkpoint: str, limits: Limits) -> Generator[Answered, Any, None]:
    """The first answer is empty; then each question is an image, 28 rows of 0…1, and each answer {"probabilities"}."""
    torch.set_num_threads(1)
    reader = Reader(Path(checkpoint), limits)
    image = yield Answered({}, None)
    while True:
        try:
            probabilities = reader.read(np.array(image, dtype=np.float32))
            answer = Answered({"probabilities": probabilities}, None)
        except PlaygroundError as error:
            answer = Answered({}, error)
        image = yield answer
