"""What a measured DataLoader loads and how it is timed. The script shows these very lines, so they need nothing of ours."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch.utils.data import Dataset


class OneByOne(Dataset):
    """One image at a time through torchvision's transforms, as the course does it."""

    def __init__(self, images, labels, transform):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(self.images[index][:, :, None]), int(self.labels[index])


class BytesOnly(Dataset):
    """One image at a time as it is stored; the arithmetic is left to the collate function."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], int(self.labels[index])


def normalise_batch(samples):
    """A whole batch at once: stack the bytes, then one subtraction and one division for all of them."""
    images = torch.from_numpy(np.stack([image for image, _ in samples]))[:, None].float() / 255
    return (images - MEAN) / STD, torch.tensor([label for _, label in samples])


def keep_list(samples):
    """No stacking: the batch stays a list of (image, label)."""
    return samples


def measure_epoch(loader, seconds):
    """One epoch, ended after so many seconds: {first, rate, images, seconds, sizes}.

    first: seconds until the first batch, the start of the workers with it. rate: images per second after it.
    """
    begun = time.perf_counter()
    sizes, first = [], 0.0
    for batch in loader:
        sizes.append(len(batch) if isinstance(batch[0], tuple) else len(batch[1]))
        passed = time.perf_counter() - begun
        if len(sizes) == 1:
            first = passed
        if passed > seconds:
            break
    passed, later = time.perf_counter() - begun, sum(sizes[1:])
    rate = later / (passed - first) if later else sum(sizes) / max(passed, 1e-9)
    return {"first": first, "rate": rate, "images": sum(sizes), "seconds": passed, "sizes": sizes}


# Of the training pixels; a script says its own data set's.
MEAN, STD = 0.1307, 0.3081
