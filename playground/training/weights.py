"""The shipped weights: `python -m playground weights` trains them again, from the data in the project alone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playground.data import DATASETS
from playground.data.datasets import ASSETS
from playground.digits.strokes import sample_digits
from playground.errors import RuntimeFailure
from playground.limits import read_limits
from playground.models import load_checkpoint
from playground.models.checkpoint import save_checkpoint
from playground.training.batches import LabelledImages
from playground.training.config import resolve_config
from playground.training.events import Epoch, Event
from playground.training.loop import LAST, train

# People do not write like MNIST: to its 60,000 images come strokes in styles that it lacks (a 1 with a flag and a base, a 7
# with a bar, an open 4 …), drawn by `playground.digits.strokes`, and all are turned, shifted, scaled and slanted strongly.
STROKE_COUNT = 8_000
STROKE_SEED = 2
COMMON: dict[str, Any] = {
    "optimizer": "AdamW",
    "scheduler": "OneCycle",
    "label_smoothing": 0.02,
    "weight_decay": 0.01,
    "augment": "strong",
    "seed": 1,
    "threads": 1,
}


@dataclass(frozen=True)
class ShippedModel:
    """One file of shipped weights.

    Args:
        file: its name.
        config: its training beside COMMON.
        finish: what is different in a second, short training that starts from the weights of the first: pictures nearer to
            those that it will see, in small steps.
        least_accuracy: on the test set, that it must reach.
    """

    file: str
    config: dict[str, Any]
    finish: dict[str, Any]
    least_accuracy: float


SHIPPED: tuple[ShippedModel, ...] = (
    ShippedModel(
        "mnistnet.safetensors",
        {"model": "MNISTNet", "epochs": 8.0, "batch_size": 128, "learning_rate": 0.002},
        {"epochs": 2.0, "learning_rate": 0.0004, "augment": "course"},
        0.995,
    ),
    ShippedModel(
        "fast.safetensors",
        {"model": "Fast", "epochs": 16.0, "batch_size": 192, "learning_rate": 0.02},
        {"epochs": 3.0, "learning_rate": 0.004, "augment": "course"},
        0.992,
    ),
)


def train_shipped_weights(
    report: Callable[[ShippedModel, Event], None], folder: Path = ASSETS / "models", names: tuple[str, ...] = ()
) -> None:
    """Train each shipped network and write it to `folder`, with its recipe and measured test accuracy in the metadata.

    The weights of the last epoch are taken, not those of the best one: choosing by the test set would flatter them.

    Args:
        report: called with every event.
        names: of the files to train; () = all.

    Raises:
        RuntimeFailure: a network that stays below its least accuracy; the old file is kept.
    """
    strokes = draw_strokes(STROKE_COUNT, STROKE_SEED)
    for shipped in SHIPPED:
        if names and shipped.file not in names:
            continue
        config = resolve_config({**COMMON, **shipped.config}, read_limits(public=False))
        finish = replace(config, **shipped.finish)
        work = Path(tempfile.mkdtemp(prefix="weights-"))
        try:
            start = last = None
            for part in (config, finish):
                for event in train(part, work, strokes, start):
                    last = event if isinstance(event, Epoch) else last
                    report(shipped, event)
                start = load_checkpoint(work / LAST)
            assert isinstance(last, Epoch)
            assert start is not None
            if last.test_accuracy < shipped.least_accuracy:
                raise RuntimeFailure(
                    "weights.below", name=shipped.file, accuracy=last.test_accuracy, least=shipped.least_accuracy
                )
            facts = {
                "config": config.to_json(),
                "test_accuracy": last.test_accuracy,
                "test_loss": last.test_loss,
                "finish": shipped.finish,
                "strokes": STROKE_COUNT,
                "torch": torch.__version__.split("+")[0],
            }
            save_checkpoint(folder / shipped.file, start.build(), start.spec, facts)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def draw_strokes(count: int, seed: int) -> LabelledImages:
    """Generated digits as images to train on: uint8 (count, 1, 28, 28) and int64 labels (count,)."""
    images, labels = sample_digits(count, np.random.default_rng(seed))
    return LabelledImages(torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels).long(), DATASETS["MNIST"])
