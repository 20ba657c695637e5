"""DATASETS: the data sets of small grey images, and how each gets into memory. A new one is one entry."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from playground.data.idx import read_idx
from playground.errors import NotFoundError
from playground.registry import Registry, shorten

ASSETS = Path(__file__).resolve().parents[2] / "assets"
FILES = (
    ("train", "images", "train-images-idx3-ubyte"),
    ("train", "labels", "train-labels-idx1-ubyte"),
    ("test", "images", "t10k-images-idx3-ubyte"),
    ("test", "labels", "t10k-labels-idx1-ubyte"),
)
DIGITS = tuple(str(digit) for digit in range(10))
# What a visitor's own images are called in configs: nobody can guess it, and who has it may use them.
OWN_ID = re.compile("own-[0-9a-f]{32}")
OUTPUTS = 10
FACTS = "dataset.json"
LOADED_MOST = 12


@dataclass(frozen=True)
class Dataset:
    """A data set of 28×28 grey images in ten classes.

    Args:
        name: also the name of torchvision's class.
        class_names: what the ten labels mean.
        mean, std: of the training pixels in 0…1, for normalisation.
        embedded: it lies in the project; the others are downloaded by torchvision when first chosen.
        download_bytes: about how much a download fetches.
        md5: of the unpacked files by name, for the embedded one (torchvision checks its downloads itself).
        prefix: of the file names, where they differ from MNIST's.
        transposed: EMNIST stores its images with rows and columns exchanged.
        own: a visitor's images, kept for a while; `title` is what he calls them.
    """

    name: str
    class_names: tuple[str, ...] = DIGITS
    mean: float = 0.1307
    std: float = 0.3081
    embedded: bool = False
    download_bytes: int = 0
    md5: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    transposed: bool = False
    own: bool = False
    title: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title or self.name)

    def output_names(self) -> tuple[str, ...]:
        """What each of a network's ten outputs means; "–" for one that no class uses."""
        return (*self.class_names, *("–" for _ in range(OUTPUTS - len(self.class_names))))

    def folder(self) -> Path:
        """Where its four files lie: the project's assets, or the playground's home for a downloaded one."""
        if self.own:
            return own_home() / self.name
        return ASSETS / "mnist" if self.embedded else data_home() / self.name


@dataclass(frozen=True)
class Images:
    """A data set in memory: uint8 arrays (count, 28, 28) with uint8 labels (count,), shared by all who read."""

    dataset: Dataset
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


DATASETS: Registry[Dataset] = Registry(
    "topic.dataset",
    (
        Dataset(
            "MNIST",
            embedded=True,
            md5=(
                ("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"),
                ("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"),
                ("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
                ("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"),
            ),
        ),
        Dataset(
            "FashionMNIST",
            ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"),
            mean=0.2860,
            std=0.3530,
            download_bytes=30_900_000,
        ),
        Dataset(
            "KMNIST",
            ("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"),
            mean=0.1918,
            std=0.3483,
            download_bytes=21_200_000,
        ),
        Dataset(
            "EMNIST",
            mean=0.1722,
            std=0.3309,
            download_bytes=561_800_000,
            prefix="emnist-digits-",
            transposed=True,
        ),
    ),
)


def playground_home() -> Path:
    """Where runs, downloads and measured settings are kept: `PLAYGROUND_HOME`, else a folder in the user's home."""
    return Path(os.environ.get("PLAYGROUND_HOME") or Path.home() / ".pytorch-playground").expanduser()


def data_home() -> Path:
    return playground_home() / "data"


def own_home() -> Path:
    """Where visitors' own images are kept, a folder each."""
    return playground_home() / "datasets"


def find_dataset(name: object) -> Dataset:
    """The data set of a config: one of DATASETS, or a visitor's own by its id.

    Raises:
        InputError: no such name. NotFoundError: those images are not there (any more).
    """
    if not (isinstance(name, str) and OWN_ID.fullmatch(name)):
        return DATASETS.find(name)
    try:
        facts = json.loads((own_home() / name / FACTS).read_text(encoding="utf-8"))
        return Dataset(
            name, tuple(facts["class_names"]), float(facts["mean"]), float(facts["std"]), own=True, title=facts["title"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError("own.gone", name=shorten(name)) from error


def file_name(dataset: Dataset, split: str, what: str) -> str:
    """The name of one of the four files, unpacked: `t10k-images-idx3-ubyte` (EMNIST says `test` where MNIST says `t10k`)."""
    name = next(name for part, content, name in FILES if (part, content) == (split, what))
    return dataset.prefix + name.replace("t10k", "test") if dataset.prefix else name


def is_present(dataset: Dataset) -> bool:
    """Whether all four files are on the disk, packed or not."""
    return all(_file(dataset, split, what).is_file() for split, what, _ in FILES)


@lru_cache(maxsize=LOADED_MOST)
def load_images(name: str) -> Images:
    """The whole data set, read and checked once per process.

    Nothing of torch is run here, so that the server that children are forked from can hold the arrays: a child then shares
    their memory pages.

    Raises:
        NotFoundError: a data set that has not been downloaded yet (see `playground.data.fetch`).
        InputError: damaged files.
    """
    dataset = find_dataset(name)
    md5 = dict(dataset.md5)
    arrays = {
        f"{split}_{what}": read_idx(_file(dataset, split, what), md5.get(file_name(dataset, split, what)))
        for split, what, _ in FILES
    }
    if dataset.transposed:
        for split in ("train", "test"):
            arrays[f"{split}_images"] = np.ascontiguousarray(arrays[f"{split}_images"].transpose(0, 2, 1))
    return Images(dataset=dataset, **arrays)


def _file(dataset: Dataset, split: str, what: str) -> Path:
    plain = dataset.folder() / file_name(dataset, split, what)
    packed = plain.with_name(plain.name + ".gz")
    return packed if packed.is_file() else plain
