"""Map-style, iterable-style and ImageFolder, each made, asked and told; and the script that does the same."""

from __future__ import annotations

import inspect
import multiprocessing
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playground.data.datasets import Dataset, load_images
from playground.data.explorer import style_program
from playground.data.explorer.loader_measure import worker_options
from playground.data.explorer.own_script import read_source
from playground.data.explorer.style_program import MapStyle, ShardedStream, Stream, read_stream, write_folders
from playground.errors import RuntimeFailure
from playground.limits import Limits
from playground.tensors.work import Answered

IMAGES = 12
WORKERS = 2
PARTS = ("map", "stream", "sharded", "folder")
SHOWN = {"map": ("MapStyle",), "stream": ("Stream",), "sharded": ("ShardedStream",), "folder": ("write_folders",)}


def show_in_child(dataset: str, limits: Limits) -> Iterator[Answered]:
    """See `show_styles`."""
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    torch.set_num_threads(1)
    data = load_images(dataset)
    try:
        yield Answered(show_styles(data.train_images[:IMAGES], data.train_labels[:IMAGES]), None)
    except RuntimeError as error:
        if "worker" not in str(error):
            raise
        reason = str(error).splitlines()[0][:200]
        yield Answered({}, RuntimeFailure("loader.worker_died", reason=reason))


def show_styles(images: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What each kind of data set answers.

    Returns:
        map: {length, shape, label} of [0]. stream, sharded: {rows: [{worker, process, places}], came, images, own_length}.
        folder: {tree, classes, length, mode, size, label}.
    """
    mapped = MapStyle(images, labels)
    image, label = mapped[0]
    found: dict[str, Any] = {"map": {"length": len(mapped), "shape": list(image.shape), "label": label}}
    options = worker_options()
    for name, stream in (("stream", Stream(labels)), ("sharded", ShardedStream(labels))):
        came, processes = read_stream(stream, WORKERS, **options)
        rows = [{"worker": worker, "process": processes[worker], "places": came[worker]} for worker in sorted(came)]
        found[name] = {"rows": rows, "came": sum(map(len, came.values())), "images": len(labels)}
    with tempfile.TemporaryDirectory(prefix="image-folder-") as root:
        folder = write_folders(images, labels, root)
        picture, number = folder[0]
        found["folder"] = {
            "tree": sorted(str(path.relative_to(root)) for path in Path(root).rglob("*.png")),
            "classes": folder.classes,
            "length": len(folder),
            "mode": picture.mode,
            "size": list(picture.size),
            "label": number,
        }
    return found


def show_sources() -> dict[str, str]:
    """The source of each part."""
    return {
        part: "\n\n\n".join(inspect.getsource(getattr(style_program, name)).rstrip() for name in SHOWN[part]) + "\n"
        for part in PARTS
    }


def write_style_script(dataset: Dataset) -> str:
    """A script that makes and asks all of them; runs in an empty folder, without this package."""
    imports, source = read_source(dataset, "train")
    program = inspect.getsource(style_program).split("\n\n", 1)[1].replace("from __future__ import annotations\n\n", "")
    head = "\n".join(["import tempfile", *(["import torch"] if dataset.own else []), *imports])
    return "\n".join(
        [
            head,
            program,
            "",
            'if __name__ == "__main__":  # workers that are not forked import this file',
            *(f"    {line}" for line in source),
            f"    images, labels = images[:{IMAGES}].numpy(), labels[:{IMAGES}].numpy()",
            "    mapped = MapStyle(images, labels)",
            "    print(len(mapped), mapped[0][0].shape, mapped[0][1])",
            "    trap, processes = read_stream(Stream(labels), 2)",
            '    print("each worker gives all:", trap, processes)',
            "    cured, processes = read_stream(ShardedStream(labels), 2)",
            '    print("each worker gives its share:", cured, processes)',
            "    with tempfile.TemporaryDirectory() as root:",
            "        folder = write_folders(images, labels, root)",
            "        print(folder.classes, len(folder), folder[0])",
            "",
        ]
    )
