"""The course's MNIST program, as its readers run it: the yardstick of the speed benchmark.

The same network, augmentation, loader and settings, in our own words.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torchvision
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from playground.bench.workbench import torch_threads
from playground.data import DATASETS, load_images
from playground.errors import NotFoundError
from playground.models import PRESETS, build_model

RECORD = Path(__file__).with_name("tutorial_record.json")
BATCH_SIZE, WORKERS, EPOCHS = 128, 2, 15
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 1e-4
MNIST = DATASETS["MNIST"]


@dataclass(frozen=True)
class TutorialRecord:
    """How long the course's program takes to a test accuracy, in epochs: that does not depend on the machine's speed.

    Args:
        target: the test accuracy; test_accuracies: after each epoch until it was reached.
        train_images: in one epoch.
        torch, torchvision: versions that it was recorded with; seed: of the network and the order.
    """

    target: float
    test_accuracies: tuple[float, ...]
    train_images: int
    seed: int
    torch: str
    torchvision: str

    @property
    def epochs(self) -> int:
        return len(self.test_accuracies)


class PictureDigits(Dataset):
    """MNIST as torchvision gives it: one PIL picture at a time, turned into a tensor by transforms."""

    def __init__(self, split: str, transform: Callable[[Image.Image], torch.Tensor]):
        data = load_images("MNIST")
        self.images = data.train_images if split == "train" else data.test_images
        self.labels = data.train_labels if split == "train" else data.test_labels
        self.transform = transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


class TutorialProgram:
    """Network, optimizer, schedule and loaders of the course's project."""

    def __init__(self, seed: int = 0):
        torch.manual_seed(seed)
        self.seed = seed
        self.model = build_model(PRESETS["MNISTNet"].spec)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=EPOCHS)
        as_tensor = (transforms.ToTensor(), transforms.Normalize((MNIST.mean,), (MNIST.std,)))
        augment = (transforms.RandomRotation(10), transforms.RandomAffine(0, translate=(0.1, 0.1)))
        self.train_loader = _load("train", transforms.Compose([*augment, *as_tensor]), shuffle=True)
        self.test_loader = _load("test", transforms.Compose(as_tensor), shuffle=False)

    def measure_rate(self, batches: int, warmup: int) -> float:
        """Images per second of the training loop, its workers started and their first batches not counted."""
        with torch_threads():
            self.model.train()
            loader = iter(self.train_loader)
            self._train(itertools.islice(loader, warmup))
            start = time.perf_counter()
            images = self._train(itertools.islice(loader, batches))
            seconds = time.perf_counter() - start
            del loader  # ends the workers: the next measurement wants the cores for itself
        return images / seconds

    def train_until(self, target: float, report: Callable[[int, float], None]) -> TutorialRecord:
        """Train epoch by epoch until the test accuracy is reached (or the course's fifteen epochs are over)."""
        accuracies: list[float] = []
        with torch_threads():
            while len(accuracies) < EPOCHS and (not accuracies or accuracies[-1] < target):
                self.model.train()
                self._train(self.train_loader)
                self.scheduler.step()
                accuracies.append(self._test())
                report(len(accuracies), accuracies[-1])
        count = len(self.train_loader.dataset)  # type: ignore[arg-type]
        return TutorialRecord(target, tuple(accuracies), count, self.seed, torch.__version__, torchvision.__version__)

    def _train(self, batches) -> int:
        """The five steps on each batch; the number of images."""
        seen, right, total_loss = 0, 0, 0.0
        for images, labels in batches:
            self.optimizer.zero_grad()
            logits = self.model(images)
            loss = self.criterion(logits, labels)
            loss.backward()
            self.optimizer.step()
            total_loss += loss.item() * len(labels)
            right += (logits.max(1)[1] == labels).sum().item()
            seen += len(labels)
        return seen

    @torch.no_grad()
    def _test(self) -> float:
        self.model.eval()
        right = sum(int((self.model(images).argmax(dim=1) == labels).sum()) for images, labels in self.test_loader)
        return right / len(self.test_loader.dataset)  # type: ignore[arg-type]


def read_record(path: Path = RECORD) -> TutorialRecord:
    """What `bench speed --full` recorded.

    Raises:
        NotFoundError: it has never run.
    """
    if not path.is_file():
        raise NotFoundError("bench.no_record")
    entry = json.loads(path.read_text(encoding="utf-8"))
    return TutorialRecord(**{**entry, "test_accuracies": tuple(entry["test_accuracies"])})


def write_record(record: TutorialRecord, path: Path = RECORD) -> None:
    path.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")


def _load(split: str, transform: Callable[[Image.Image], torch.Tensor], *, shuffle: bool) -> DataLoader:
    return DataLoader(
        PictureDigits(split, transform), batch_size=BATCH_SIZE, shuffle=shuffle, num_workers=WORKERS, pin_memory=False
    )
