"""The data of one run on its device: chosen images, normalised and augmented batch by batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.data import AUGMENTATIONS, Dataset, load_images
from playground.training.config import TrainingConfig
from playground.training.randomness import epoch_order, split_order

MEMORY_FORMAT = torch.channels_last


@dataclass(frozen=True)
class LabelledImages:
    """Images of one split on a device: uint8 (count, 1, 28, 28) and int64 labels (count,)."""

    images: Tensor
    labels: Tensor
    dataset: Dataset

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """The images at `indices`, 0…1 float32 (batch, 1, 28, 28), and their labels."""
        # Whole rows by index_select: several times faster than images[indices], which goes pixel by pixel.
        chosen = self.images.flatten(1).index_select(0, indices).view(-1, *self.images.shape[1:])
        return chosen.float().div_(255), self.labels[indices]

    def normalise(self, images: Tensor) -> Tensor:
        """Mean 0 and deviation 1 over the training set, in the memory layout that convolutions like best."""
        return images.sub(self.dataset.mean).div_(self.dataset.std).contiguous(memory_format=MEMORY_FORMAT)

    def training_batch(self, indices: Tensor, augment: str) -> tuple[Tensor, Tensor]:
        """A batch as the network sees it in training: augmented, then normalised."""
        images, labels = self.batch(indices)
        return self.normalise(AUGMENTATIONS[augment].apply(images)), labels

    def evaluation_batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """All images in order, normalised, not augmented."""
        for indices in torch.arange(len(self), device=self.labels.device).split(size):
            images, labels = self.batch(indices)
            yield self.normalise(images), labels


@dataclass(frozen=True)
class Split:
    """The images of a run."""

    train: LabelledImages
    validation: LabelledImages | None
    test: LabelledImages


def split_dataset(config: TrainingConfig, device: torch.device, extra: LabelledImages | None = None) -> Split:
    """Choose the training and validation images by the seed of the split and lay all on the device.

    With all images used for training nothing is chosen and the arrays are shared, not copied (on the CPU).
    """
    data = load_images(config.dataset)
    train = _labelled(data.train_images, data.train_labels, data.dataset, device)
    validation = None
    if config.train_size + config.validation_size < len(train) or config.validation_size:
        order = split_order(config.order_seed(), len(train)).to(device)
        chosen, kept = order[: config.train_size], order[config.train_size :][: config.validation_size]
        whole = train
        train = LabelledImages(whole.images[chosen], whole.labels[chosen], data.dataset)
        if config.validation_size:
            validation = LabelledImages(whole.images[kept], whole.labels[kept], data.dataset)
    if extra is not None:
        train = LabelledImages(
            torch.cat([train.images, extra.images.to(device)]),
            torch.cat([train.labels, extra.labels.to(device)]),
            data.dataset,
        )
    return Split(train, validation, _labelled(data.test_images, data.test_labels, data.dataset, device))


def count_steps(config: TrainingConfig, count: int | None = None) -> tuple[int, int]:
    """Optimizer steps in one epoch of `count` images (None: the config's) and in all; the last batch may be smaller."""
    per_epoch = math.ceil((config.train_size if count is None else count) / (config.batch_size * config.accumulation))
    return per_epoch, max(1, round(per_epoch * config.epochs))


def epoch_batches(config: TrainingConfig, epoch: int, count: int, device: torch.device, seen: int = 0) -> tuple[Tensor, ...]:
    """The indices of each optimizer step of one epoch (from 0) over `count` images, in the order of that epoch; `seen`: how
    many of them it has had already."""
    order = epoch_order(config.seed, epoch, count)[seen:].to(device)
    return order.split(config.batch_size * config.accumulation) if len(order) else ()


def _labelled(images, labels, dataset: Dataset, device: torch.device) -> LabelledImages:
    return LabelledImages(
        torch.from_numpy(images).unsqueeze(1).to(device), torch.from_numpy(labels).long().to(device), dataset
    )
