"""Splits: which images a run trains on, chooses its best weights by, and is tested with; their balance and their leaks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from playground.data.datasets import Images, find_dataset, is_present, load_images
from playground.errors import InputError
from playground.registry import shorten

SPLITS = ("train", "validation", "test")
SEED_MOST = 2**31 - 1
SIZE_MOST = 1_000_000
PAIRS_SHOWN = 12
NUMBERS = {
    "train_size": (60_000, 1, SIZE_MOST),
    "validation_size": (0, 0, SIZE_MOST),
    "seed": (0, 0, SEED_MOST),
    "split_seed": (-1, -1, SEED_MOST),
}


@dataclass(frozen=True)
class SplitWish:
    """What decides a split: the settings of a run by the same names; see `TrainingConfig`."""

    dataset: str
    train_size: int
    validation_size: int
    seed: int
    split_seed: int


@dataclass(frozen=True)
class Part:
    """One split: which file of the data set it comes from (train or test), and the places of its images there, int64."""

    name: str
    file: str
    indices: np.ndarray


def read_wish(settings: object) -> SplitWish:
    """The settings of the page, checked; what is missing or emptied has its usual value, the sizes what the data set has.

    Raises:
        InputError: an unknown data set, one that is not here yet, a number out of range, more images than there are.
    """
    given = settings if isinstance(settings, Mapping) else {}
    dataset = find_dataset(given.get("dataset") or "MNIST")
    if not is_present(dataset):
        raise InputError("explore.not_here", dataset=dataset.name)
    values = {name: _read_whole(name, given.get(name), *known) for name, known in NUMBERS.items()}
    available = len(load_images(dataset.name).train_labels)
    if given.get("train_size") in (None, ""):
        values["train_size"] = max(1, available - values["validation_size"])
    if values["train_size"] + values["validation_size"] > available:
        raise InputError("config.sizes", available=f"{available:,}", dataset=dataset.title)
    return SplitWish(dataset.name, **values)


def split_parts(wish: SplitWish) -> dict[str, Part]:
    """The images of each split, in the order in which a run holds them: the same as `split_dataset` chooses."""
    from playground.training.randomness import split_order

    data = load_images(wish.dataset)
    count = len(data.train_labels)
    order = np.arange(count)
    if wish.train_size + wish.validation_size < count or wish.validation_size:
        order = split_order(wish.seed if wish.split_seed < 0 else wish.split_seed, count).numpy()
    kept = order[wish.train_size :][: wish.validation_size]
    return {
        "train": Part("train", "train", order[: wish.train_size]),
        "validation": Part("validation", "train", kept),
        "test": Part("test", "test", np.arange(len(data.test_labels))),
    }


def labels_of(data: Images, part: Part) -> np.ndarray:
    """uint8 (count,)."""
    return (data.train_labels if part.file == "train" else data.test_labels)[part.indices]


def describe_splits(wish: SplitWish) -> dict[str, Any]:
    """How many images of each class each split has, how far that is from the data set's shares, and what leaks.

    Returns:
        splits: [{name, count, counts, shares}]. available: training images there are, and `class_counts` of them.
        largest: {split, label, count, expected, sigma}: the split and class farthest from its share, in standard deviations
        of drawing without looking at the labels (None where nothing was drawn). leaks: see `find_leaks`.
    """
    data, parts = load_images(wish.dataset), split_parts(wish)
    classes = len(data.dataset.class_names)
    whole = np.bincount(data.train_labels, minlength=classes)
    rows = []
    for part in parts.values():
        counts = np.bincount(labels_of(data, part), minlength=classes)
        total = int(counts.sum())
        shares = [round(float(count) / total, 6) if total else 0.0 for count in counts]
        rows.append({"name": part.name, "count": total, "counts": counts.tolist(), "shares": shares})
    return {
        "splits": rows,
        "available": int(whole.sum()),
        "class_counts": whole.tolist(),
        "class_names": list(data.dataset.class_names),
        "largest": _largest_deviation(rows, whole),
        "leaks": find_leaks(data, parts),
    }


def find_leaks(data: Images, parts: Mapping[str, Part]) -> list[dict[str, Any]]:
    """What two splits have in common.

    Returns:
        For each pair of splits that have images: {first, second, same_index, duplicates, contradictions, pairs}: places of
        the file that lie in both; images of the second whose every pixel equals one of the first at another place, and those
        of them with another label; pairs: [[place in first's file, place in second's file]], the first few.
    """
    found = []
    for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
        one, other = parts[first], parts[second]
        if not (len(one.indices) and len(other.indices)):
            continue
        same = np.intersect1d(one.indices, other.indices) if one.file == other.file else np.zeros(0, np.int64)
        pairs = _equal_pairs(data, one, other)
        labels = [(int(_labels(data, one)[a]), int(_labels(data, other)[b])) for a, b in pairs]
        found.append(
            {
                "first": first,
                "second": second,
                "same_index": len(same),
                "duplicates": len({b for _, b in pairs}),
                "contradictions": len({b for (_, b), (x, y) in zip(pairs, labels, strict=True) if x != y}),
                "pairs": pairs[:PAIRS_SHOWN],
            }
        )
    return found


def _equal_pairs(data: Images, one: Part, other: Part) -> list[list[int]]:
    """Places (in the first's file, in the second's) of images that are equal, each of the second's once."""
    digests, others = _digests(data.dataset.name, one.file), _digests(data.dataset.name, other.file)
    known: dict[int, int] = {}
    for place in one.indices.tolist():
        known.setdefault(int(digests[place]), place)
    hits = other.indices[np.isin(others[other.indices], digests[one.indices])]
    images, images_of_other = _images(data, one), _images(data, other)
    pairs = []
    for place in hits.tolist():
        twin = known[int(others[place])]
        itself = one.file == other.file and twin == place
        # 64 bits may meet by chance; the pixels decide.
        if not itself and np.array_equal(images[twin], images_of_other[place]):
            pairs.append([twin, place])
    return pairs


@lru_cache(maxsize=8)
def _digests(dataset: str, file: str) -> np.ndarray:
    data = load_images(dataset)
    images = data.train_images if file == "train" else data.test_images
    found = [hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in images]
    return np.frombuffer(b"".join(found), np.int64)


def _images(data: Images, part: Part) -> np.ndarray:
    return data.train_images if part.file == "train" else data.test_images


def _labels(data: Images, part: Part) -> np.ndarray:
    return data.train_labels if part.file == "train" else data.test_labels


def _largest_deviation(rows: list[dict[str, Any]], whole: np.ndarray) -> dict[str, Any] | None:
    """Of the drawn splits, by the hypergeometric spread: n p (1 − p) (N − n) / (N − 1)."""
    available, worst = int(whole.sum()), None
    for row in rows[:2]:
        count = row["count"]
        if not 0 < count < available:
            continue
        for label, (had, total) in enumerate(zip(row["counts"], whole.tolist(), strict=True)):
            share = total / available
            spread = math.sqrt(count * share * (1 - share) * (available - count) / max(1, available - 1))
            sigma = (had - count * share) / spread if spread else 0.0
            if worst is None or abs(sigma) > abs(worst["sigma"]):
                worst = {"split": row["name"], "label": label, "count": had}
                worst |= {"expected": round(count * share, 1), "sigma": round(sigma, 2)}
    return worst


def _read_whole(name: str, value: object, usual: int, low: int, high: int) -> int:
    if value is None or value == "":
        return usual
    right = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not right or value != int(value) or not low <= value <= high:  # type: ignore[call-overload,operator]
        raise InputError("config.whole", key=name, got=shorten(value), range=f"≥ {low:g}, ≤ {high:,}")
    return int(value)  # type: ignore[call-overload]
