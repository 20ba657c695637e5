"""Three kinds of data sets over the same images. The page shows these very lines, so they need nothing of ours."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info
from torchvision.datasets import ImageFolder


class MapStyle(Dataset):
    """Knows how many there are, and gives any of them by its number: it can be shuffled and split."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], int(self.labels[index])


class Stream(IterableDataset):
    """Gives one after the other, as from a file or a network. Each worker has a copy and gives all of it: the trap."""

    def __init__(self, labels):
        self.labels = labels

    def __iter__(self):
        info = get_worker_info()
        worker = -1 if info is None else info.id
        for place, label in enumerate(self.labels):
            yield place, int(label), worker, os.getpid()


class ShardedStream(Stream):
    """The cure: each worker gives only its own share, every n-th one."""

    def __iter__(self):
        info = get_worker_info()
        worker, workers = (0, 1) if info is None else (info.id, info.num_workers)
        for place, label in enumerate(self.labels):
            if place % workers == worker:
                yield place, int(label), worker, os.getpid()


def write_folders(images, labels, root):
    """One folder for each class, a PNG for each image."""
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        folder = Path(root) / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{place}.png")
    return ImageFolder(root)


def read_stream(stream, workers, **options):
    """What came, by worker: {worker: [places]}, and the process id of each."""
    came: dict[int, list[int]] = {}
    processes: dict[int, int] = {}
    loader = DataLoader(stream, batch_size=None, num_workers=workers, **options)
    for place, _, worker, process in loader:
        came.setdefault(worker, []).append(place)
        processes[worker] = process
    return came, processes
