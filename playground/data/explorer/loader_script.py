"""The script that measures the same DataLoader; runs in an empty folder, without this package."""

from __future__ import annotations

import inspect
from typing import Any

from playground.data.datasets import Dataset
from playground.data.explorer import loader_program
from playground.data.explorer.loader_settings import LoaderSettings
from playground.data.explorer.own_script import read_source
from playground.data.explorer.splits import SplitWish

SECONDS = 2.5
MOVES = "v2.RandomRotation(10), v2.RandomAffine(0, translate=(0.1, 0.1)), "


def write_loader_script(dataset: Dataset, split: SplitWish, available: int, settings: LoaderSettings) -> str:
    """
    Args:
        available: training images of the data set.
    """
    whole = settings.collate == "whole_batch"
    used: list[Any] = [loader_program.BytesOnly, loader_program.normalise_batch] if whole else [loader_program.OneByOne]
    used += [loader_program.keep_list] if settings.collate == "list" else []
    used.append(loader_program.measure_epoch)
    imports, source = read_source(dataset, "train")
    lines = ["import time", ""]
    lines += sorted({"import numpy as np" if whole else "", *imports, "import torch"} - {""}, key=_order)
    lines.append("from torch.utils.data import DataLoader, Dataset")
    lines += [] if whole else ["from torchvision.transforms import v2"]
    lines += ["", f"MEAN, STD = {dataset.mean}, {dataset.std}", "", ""]
    lines += "\n\n\n".join(inspect.getsource(one).rstrip() for one in used).splitlines()
    lines += ["", "", *source]
    if split.train_size < available:
        seed = split.seed if split.split_seed < 0 else split.split_seed
        lines.append(f"order = torch.randperm(len(labels), generator=torch.Generator().manual_seed({seed}))")
        lines.append(f"images, labels = images[order[:{split.train_size}]], labels[order[:{split.train_size}]]")
    lines += _loader(settings, whole)
    return "\n".join(lines) + "\n"


def _loader(settings: LoaderSettings, whole: bool) -> list[str]:
    if whole:
        made = ["dataset = BytesOnly(images.numpy(), labels.numpy())"]
    else:
        moves = MOVES if settings.work == "augment" else ""
        made = [
            "transform = v2.Compose(",
            f"    [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), {moves}v2.Normalize([MEAN], [STD])]",
            ")",
            "dataset = OneByOne(images.numpy(), labels.numpy(), transform)",
        ]
    collate = {"whole_batch": "normalise_batch", "list": "keep_list", "default": None}[settings.collate]
    given = [f"{name}={value!r}" for name, value in settings.arguments(settings.num_workers).items()]
    given += [f"collate_fn={collate}"] if collate else []
    return [
        *made,
        "loader = DataLoader(",
        "    dataset,",
        *(f"    {one}," for one in given),
        ")",
        'if __name__ == "__main__":  # workers that are not forked import this file',
        f"    found = measure_epoch(loader, {SECONDS})",
        "    sizes = found['sizes']",
        "    print(f\"{len(loader)} batches an epoch; the first after {1000 * found['first']:.1f} ms\")",
        "    print(f\"{found['rate']:,.0f} images per second over {len(sizes)} batches of {sizes[0]}\")",
    ]


def _order(line: str) -> tuple[int, str]:
    """numpy, torch, then what is imported from somewhere."""
    return (line.startswith("from"), line)
