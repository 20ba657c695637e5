"""DataExplorer: what the Data section of the Train tab asks for."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import Any

import numpy as np

from playground.data.datasets import find_dataset, load_images
from playground.data.explorer.pictures import show_image, show_page
from playground.data.explorer.splits import SEED_MOST, Part, describe_splits, read_wish, split_parts
from playground.data.explorer.transforms import list_transforms, read_steps
from playground.errors import InputError, InternalError
from playground.jobs.short import RunJob
from playground.registry import shorten
from playground.sessions import Sessions, Standing

SHOWN = 8
SAMPLE = 48
# The first question after a start of the server waits for its fork server, too.
PATIENCE_SECONDS = 15.0


class DataExplorer:
    """Safe for threads.

    Args:
        sessions: in one of them the transforms are run.
        run_job: runs a job of the kind "export" and gives its result and its error.
    """

    def __init__(self, sessions: Sessions, run_job: RunJob):
        self._sessions, self._run_job = sessions, run_job

    @cached_property
    def _drawer(self) -> Standing:
        """Made when it is first needed: it imports torch."""
        from playground.data.explorer.work import draw_in_child

        return Standing(self._sessions, draw_in_child, {}, "transforms")

    def show_page(self, settings: object, split: object, classes: object, page: object) -> dict[str, Any]:
        """See `playground.data.explorer.pictures.show_page`."""
        return show_page(read_wish(settings), split, classes, page)

    def show_image(self, settings: object, split: object, index: object) -> dict[str, Any]:
        return show_image(read_wish(settings), split, index)

    def describe_splits(self, settings: object) -> dict[str, Any]:
        return describe_splits(read_wish(settings))

    def show_styles(self, settings: object, visitor: str) -> dict[str, Any]:
        """What the kinds of data sets answer (see `playground.data.explorer.styles`), with `sources`, `script`, `workers`.

        Raises:
            PlaygroundError: impossible settings, a full queue, a worker that died.
        """
        from playground.data.explorer.styles import WORKERS, show_in_child, show_sources, write_style_script

        wish = read_wish(settings)
        answer, error = self._run_job(show_in_child, {"dataset": wish.dataset}, visitor, confined=False)
        if error is not None or answer is None:
            raise error or InternalError("error.internal")
        script = write_style_script(find_dataset(wish.dataset))
        return {**answer, "sources": show_sources(), "script": script, "workers": WORKERS}

    def count_images(self, dataset: str) -> int:
        """How many training images a data set has."""
        return len(load_images(dataset).train_labels)

    def list_transforms(self) -> list[dict[str, Any]]:
        return list_transforms()

    def draw(self, settings: object, wish: object, seed: object) -> dict[str, Any]:
        """What a list of transforms makes of the first training image of each class, at most SHOWN of them.

        Returns:
            See `playground.data.explorer.draws.show_draws`; and `originals` (base64), `items`: [{index, label}], `script`.

        Raises:
            PlaygroundError: what is wrong with the list, the seed or the settings.
        """
        from playground.data.explorer.transform_script import write_transform_script

        number = _read_seed(seed)
        steps = read_steps(wish)
        split = read_wish(settings)
        data = load_images(split.dataset)
        indices = _sample(data.train_labels, split_parts(split)["train"])
        shown = min(SHOWN, len(data.dataset.class_names), len(indices))
        given = {"images": data.train_images[indices].tobytes(), "shown": shown, "wish": wish, "seed": number}
        answer, error = self._drawer.ask(given, PATIENCE_SECONDS)
        if error is not None:
            raise error
        return {
            **answer,
            "originals": base64.b64encode(data.train_images[indices[:shown]].tobytes()).decode(),
            "items": [{"index": int(index), "label": int(data.train_labels[index])} for index in indices[:shown]],
            "class_names": list(data.dataset.class_names),
            "train_size": split.train_size,
            "script": write_transform_script(find_dataset(split.dataset), "train", indices[:shown].tolist(), steps, number),
        }


def _read_seed(seed: object) -> int:
    if type(seed) is not int or not 0 <= seed <= SEED_MOST:
        raise InputError("config.whole", key="seed", got=shorten(seed), range=f"≥ 0, ≤ {SEED_MOST:,}")
    return seed


def _sample(labels: np.ndarray, part: Part) -> np.ndarray:
    """The first training image of each class, then further ones: SAMPLE places of the file at most."""
    own = labels[part.indices]
    # Which digits tell most about a transform: those that become others when they are turned or mirrored come first.
    order = [label for label in (2, 6, 7, 9, 4, 3, 5, 1) if (own == label).any()]
    order += [label for label in np.unique(own).tolist() if label not in order]
    first = [int(part.indices[np.flatnonzero(own == label)[0]]) for label in order]
    rest = [int(index) for index in part.indices[: 2 * SAMPLE] if int(index) not in first]
    return np.array([*first, *rest][:SAMPLE])
