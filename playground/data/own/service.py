"""OwnDatasets: a learner's zip of folders, or his drawings, read in a confined child, kept, and given back as one file."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import numpy as np

from playground.data.datasets import load_images
from playground.data.explorer.own_script import OWN_FILE
from playground.data.own.kept import KeptImages
from playground.errors import InputError, InternalError
from playground.jobs.failures import error_of_event
from playground.jobs.short import RunJob
from playground.limits import Limits
from playground.registry import shorten
from playground.uploads.arrivals import Arrivals, too_large
from playground.words import text

NAME_MOST = 40
WAYS = ("digits", "whole")


class OwnDatasets:
    """Safe for threads.

    Args:
        run_job: runs a job of the kind "export" and gives its result and its error.
    """

    def __init__(self, limits: Limits, run_job: RunJob):
        self.kept = KeptImages(limits.images_kept, limits.images_own, limits.images_age_seconds)
        self.arrivals = Arrivals(limits.images_bytes)
        self._limits, self._run_job = limits, run_job

    def bring(self, data: bytes, name: object, way: object, visitor: str, language: str) -> dict[str, Any]:
        """Read a zip of folders and keep it as a data set.

        Returns:
            {dataset (its id), title, class_names, train, test (counts), sizes, said_split, skipped: [{path, reason}],
            skipped_count}.

        Raises:
            PlaygroundError: what is wrong with it.
        """
        from playground.data.own.work import read_in_child

        shown = shorten(name if isinstance(name, str) and name else "?", NAME_MOST)
        if way not in WAYS:
            raise InputError("own.way", got=shorten(way), names=", ".join(WAYS))
        if len(data) > self._limits.images_bytes:
            raise too_large(len(data), self._limits.images_bytes)
        found = self._read(read_in_child, {"data": data, "name": shown, "way": way}, visitor)
        return self._keep(found, shown.removesuffix(".zip") or shown, language)

    def draw(self, drawings: object, visitor: str, language: str) -> dict[str, Any]:
        """Make digits that were drawn on the page a data set, and keep it.

        Args:
            drawings: see `read_drawings`.

        Returns:
            As `bring`; nothing is skipped.

        Raises:
            PlaygroundError: what is wrong with them.
        """
        from playground.data.own.work import draw_in_child

        found = self._read(draw_in_child, {"drawings": drawings}, visitor)
        count = len(drawings) if isinstance(drawings, list) else 0
        title = text(language, "own.drawn_title", names=" ".join(map(str, found["class_names"])), count=count)
        return self._keep(found, title, language)

    def _read(self, work: Any, arguments: dict[str, Any], visitor: str) -> dict[str, Any]:
        answer, error = self._run_job(work, arguments, visitor, confined=True)
        if error is not None:
            raise error
        return answer or {}

    def _keep(self, found: dict[str, Any], title: str, language: str) -> dict[str, Any]:
        from playground.data.own.work import ARRAYS

        arrays = _arrays(found, ARRAYS)
        names = [str(name) for name in found["class_names"]]
        if not all(label < len(names) for split in ("train", "test") for label in arrays[f"{split}_labels"].tolist()):
            raise InternalError("error.internal")
        dataset = self.kept.keep(arrays, names, title)
        return {
            "dataset": dataset.name,
            "title": title,
            "class_names": names,
            "train": len(arrays["train_labels"]),
            "test": len(arrays["test_labels"]),
            "sizes": found["sizes"],
            "said_split": bool(found["said_split"]),
            "skipped": [
                {"path": shorten(str(one["path"])), "reason": error_of_event({"error": one["reason"]}).message(language)}
                for one in found["skipped"]
            ],
            "skipped_count": int(found["skipped_count"]),
        }

    def take(self, dataset_id: object) -> dict[str, Any]:
        """The data set as one file for its scripts: {name, data} (base64 of a `.npz`).

        Raises:
            NotFoundError: there is none.
        """
        dataset = self.kept.find(dataset_id)
        images = load_images(dataset.name)
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            train_images=images.train_images,
            train_labels=images.train_labels,
            test_images=images.test_images,
            test_labels=images.test_labels,
        )
        return {"name": OWN_FILE, "data": base64.b64encode(buffer.getvalue()).decode()}


def _arrays(answer: dict[str, Any], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What a child that read a stranger's file has answered: anything."""
    try:
        flat = {name: np.frombuffer(base64.b64decode(answer[name], validate=True), np.uint8) for name in names}
        arrays = {name: value.reshape(-1, 28, 28) if name.endswith("images") else value for name, value in flat.items()}
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise InternalError("error.internal") from error
    if any(len(arrays[f"{split}_images"]) != len(arrays[f"{split}_labels"]) for split in ("train", "test")):
        raise InternalError("error.internal")
    return arrays
