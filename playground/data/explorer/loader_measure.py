"""Measure a DataLoader against the same without workers and against the tensors in memory that the playground trains on."""

from __future__ import annotations

import functools
import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Subset
from torchvision.transforms import v2

from playground.bench.events import Measured, Progress
from playground.data.datasets import load_images
from playground.data.explorer import loader_program
from playground.data.explorer.loader_program import BytesOnly, OneByOne, keep_list, measure_epoch
from playground.data.explorer.loader_reason import explain
from playground.data.explorer.loader_settings import LoaderSettings
from playground.data.explorer.splits import SplitWish, split_parts
from playground.devices import usable_cores
from playground.errors import RuntimeFailure
from playground.jobs.child import end_with
from playground.training.batches import LabelledImages
from playground.training.events import Event

ROW_SECONDS = 2.5
ITEMS_TIMED = 200
AGAIN_BATCHES = 3


def measure_in_child(wish: dict[str, Any], loader: dict[str, Any]) -> Iterator[Event]:
    """
    Args:
        wish: the fields of a SplitWish. loader: those of LoaderSettings.

    Yields:
        Progress before each part (after the first with the workers' process ids), and Measured with {rows, item_seconds,
        collate_seconds, count, batches, last_batch, cores, notes, reason}. rows: [{name, workers, first_seconds,
        again_seconds, images_per_second, images, seconds, epoch_seconds}], of "chosen", "none" (where workers were chosen)
        and "memory".

    Raises:
        RuntimeFailure: a worker died.
    """
    split, settings = SplitWish(**wish), LoaderSettings(**loader)
    # A job's process is a daemon, which may have no children; its workers die with it, by `worker_options`.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    torch.set_num_threads(1)
    data = load_images(split.dataset)
    chosen = split_parts(split)["train"].indices
    images, labels = np.ascontiguousarray(data.train_images[chosen]), data.train_labels[chosen]
    dataset, collate = make_dataset(images, labels, settings, data.dataset.mean, data.dataset.std)
    counts = [settings.num_workers, *([0] if settings.num_workers else [])]
    rows, notes, total = [], [], len(counts) + 2
    for place, workers in enumerate(counts):
        yield Progress(place, total, "loader.doing", {"workers": workers})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            row = _measure_loader(dataset, collate, settings, workers)
        notes += [str(one.message).splitlines()[0][:300] for one in caught if issubclass(one.category, UserWarning)]
        row["name"] = "none" if place else "chosen"
        rows.append(row)
    yield Progress(len(counts), total, "loader.doing_items")
    item, joined = _time_items(dataset, collate, settings)
    yield Progress(len(counts) + 1, total, "loader.doing_memory")
    held = LabelledImages(torch.from_numpy(images)[:, None], torch.from_numpy(labels).long(), data.dataset)
    rows.append(_measure_memory(held, settings))
    whole, rest = divmod(len(labels), settings.batch_size)
    batches = whole + (1 if rest and not settings.drop_last else 0)
    result: dict[str, Any] = {
        "rows": rows,
        "item_seconds": item,
        "collate_seconds": joined,
        "count": len(labels),
        "batches": batches,
        "last_batch": (rest if rest and not settings.drop_last else settings.batch_size) if batches else 0,
        "left_out": rest if settings.drop_last else 0,
        "cores": usable_cores(),
        "notes": list(dict.fromkeys(notes)),
        "settings": settings.to_json(),
    }
    for row in rows:
        rate = row["images_per_second"]
        row["epoch_seconds"] = row["first_seconds"] + max(0, len(labels) - settings.batch_size) / rate if rate else None
    yield Measured({**result, "reason": explain(result, accelerator=torch.accelerator.is_available())})


def make_dataset(
    images: np.ndarray, labels: np.ndarray, settings: LoaderSettings, mean: float, std: float
) -> tuple[Any, Any]:
    """The data set and the collate function (None = torch's own) of the settings."""
    if settings.collate == "whole_batch":
        loader_program.MEAN, loader_program.STD = mean, std
        return BytesOnly(images, labels), loader_program.normalise_batch
    moves = [v2.RandomRotation(10), v2.RandomAffine(0, translate=(0.1, 0.1))] if settings.work == "augment" else []
    transform = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), *moves, v2.Normalize([mean], [std])])
    return OneByOne(images, labels, transform), keep_list if settings.collate == "list" else None


def _measure_loader(dataset: Any, collate: Any, settings: LoaderSettings, workers: int) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if workers:
        extra = worker_options()

    def load(wanted: Any) -> Any:
        return DataLoader(wanted, collate_fn=collate, **settings.arguments(workers), **extra)

    loader = load(dataset)
    if not len(loader):
        return {"workers": workers, "first_seconds": 0.0, "again_seconds": 0.0, "images_per_second": 0.0, "images": 0} | {
            "seconds": 0.0
        }
    try:
        first = measure_epoch(loader, ROW_SECONDS)
        # A next epoch's first batch, after a short one that went to its end: are the workers still there?
        loader = load(Subset(dataset, range(min(len(dataset), AGAIN_BATCHES * settings.batch_size))))
        measure_epoch(loader, ROW_SECONDS)
        again = measure_epoch(loader, 0.0)
    except RuntimeError as error:
        if "worker" not in str(error):
            raise
        raise RuntimeFailure("loader.worker_died", reason=str(error).splitlines()[0][:200]) from error
    finally:
        del loader  # with it persistent workers end
    return {
        "workers": workers,
        "first_seconds": first["first"],
        "again_seconds": again["first"],
        "images_per_second": first["rate"],
        "images": first["images"],
        "seconds": first["seconds"],
    }


def _measure_memory(held: LabelledImages, settings: LoaderSettings) -> dict[str, Any]:
    """The same images as batches of one tensor: chosen by index, normalised at once."""
    torch.set_num_threads(usable_cores())
    augment = "course" if settings.work == "augment" else "none"
    begun = time.perf_counter()
    order = torch.randperm(len(held)) if settings.shuffle else torch.arange(len(held))
    images, first = 0, 0.0
    for indices in order.split(settings.batch_size):
        held.training_batch(indices, augment)
        images += len(indices)
        passed = time.perf_counter() - begun
        first = first or passed
        if passed > ROW_SECONDS:
            break
    passed, later = time.perf_counter() - begun, images - min(images, settings.batch_size)
    rate = later / (passed - first) if later else images / max(passed, 1e-9)
    row = {"name": "memory", "workers": 0, "first_seconds": first, "again_seconds": first, "images_per_second": rate}
    return {**row, "images": images, "seconds": passed}


def _time_items(dataset: Any, collate: Any, settings: LoaderSettings) -> tuple[float, float]:
    """Seconds of one `dataset[i]`, and of joining one batch of them."""
    count = min(ITEMS_TIMED, len(dataset))
    begun = time.perf_counter()
    samples = [dataset[index] for index in range(count)]
    item = (time.perf_counter() - begun) / count
    join = collate or torch.utils.data.default_collate
    batch = [samples[place % count] for place in range(settings.batch_size)]
    begun = time.perf_counter()
    join(batch)
    return item, time.perf_counter() - begun


def worker_options() -> dict[str, Any]:
    """How a DataLoader of this process starts its workers, so that none outlives a job that is killed.

    torch's own watch takes seconds, and sees nothing at all where the job was killed while a worker was still starting. They
    are forked from here, so that the images are not copied; whatever this process's own default is, Linux's usual one.
    """
    if sys.platform != "linux":
        return {}
    return {"multiprocessing_context": "fork", "worker_init_fn": functools.partial(_end_worker_with, os.getpid())}


def _end_worker_with(job: int, worker: int) -> None:
    end_with(job)
