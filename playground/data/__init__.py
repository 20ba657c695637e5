"""MNIST and its relatives: reading, fetching, batched augmentation."""

from playground.data.augment import AUGMENTATIONS
from playground.data.datasets import DATASETS, Dataset, Images, find_dataset, is_present, load_images, playground_home
from playground.data.fetch import fetch_dataset

__all__ = [
    "AUGMENTATIONS",
    "DATASETS",
    "Dataset",
    "Images",
    "fetch_dataset",
    "find_dataset",
    "is_present",
    "load_images",
    "playground_home",
]
