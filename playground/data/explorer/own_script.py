"""The lines by which a script of the explorer gets its images: from torchvision, or from the file of one's own images."""

from __future__ import annotations

from playground.data.datasets import Dataset

# What one's own images are called when they are taken away.
OWN_FILE = "own_images.npz"


def read_source(dataset: Dataset, file: str) -> tuple[list[str], list[str]]:
    """Imports, and lines that set `images`, uint8 (count, 28, 28), and `labels`, int64 (count,).

    Args:
        file: train or test.
    """
    if dataset.own:
        return ["import numpy as np"], [
            f'stored = np.load("{OWN_FILE}")  # from the Data tab, beside this script',
            f'images, labels = torch.from_numpy(stored["{file}_images"]), torch.from_numpy(stored["{file}_labels"]).long()',
        ]
    split = ', split="digits"' if dataset.prefix else ""
    turn = ".transpose(1, 2)" if dataset.transposed else ""
    return ["from torchvision import datasets"], [
        f'data = datasets.{dataset.name}("data", train={file == "train"}, download=True{split})',
        f"images, labels = data.data{turn}, data.targets",
    ]
