"""The settings of a DataLoader that is measured, checked at the border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from playground.devices import usable_cores
from playground.errors import InputError
from playground.registry import shorten

# How samples become a batch; see `playground.data.explorer.loader_program`.
COLLATES = ("default", "whole_batch", "list")
WORKS = ("normalise", "augment")
BATCH_MOST, PREFETCH_MOST, WORKERS_PER_CORE, WORKERS_LEAST = 4096, 16, 4, 8


@dataclass(frozen=True)
class LoaderSettings:
    """The arguments of `torch.utils.data.DataLoader` by their names.

    Args:
        collate: one of COLLATES; the last two stand for a `collate_fn`.
        work: what is done with each image, one of WORKS: normalised; or also turned and shifted, as in the course.
    """

    batch_size: int = 64
    shuffle: bool = True
    num_workers: int = 2
    pin_memory: bool = False
    drop_last: bool = False
    persistent_workers: bool = False
    prefetch_factor: int = 2
    collate: str = "default"
    work: str = "normalise"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def arguments(self, workers: int) -> dict[str, Any]:
        """What DataLoader is given beside the data set and `collate_fn`; it takes some of them with workers only."""
        given: dict[str, Any] = {
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "num_workers": workers,
            "pin_memory": self.pin_memory,
            "drop_last": self.drop_last,
        }
        if workers:
            given |= {"persistent_workers": self.persistent_workers, "prefetch_factor": self.prefetch_factor}
        return given


def workers_most() -> int:
    """Beyond this the machine only takes turns."""
    return max(WORKERS_LEAST, WORKERS_PER_CORE * usable_cores())


def read_loader(wish: object) -> LoaderSettings:
    """
    Raises:
        InputError: an unknown setting, a number out of range, a flag that is none, settings that exclude each other.
    """
    given = dict(wish) if isinstance(wish, Mapping) else {}
    usual = LoaderSettings()
    unknown = [str(name) for name in given if name not in usual.to_json()]
    if unknown:
        raise InputError("loader.unknown", names=shorten(", ".join(unknown)), known=", ".join(usual.to_json()))
    values = {name: given.get(name, value) for name, value in usual.to_json().items()}
    for name, low, high in (
        ("batch_size", 1, BATCH_MOST),
        ("num_workers", 0, workers_most()),
        ("prefetch_factor", 1, PREFETCH_MOST),
    ):
        value = values[name]
        if type(value) not in (int, float) or value != value or value not in range(low, high + 1):
            raise InputError(f"loader.{name}", got=shorten(value), low=low, high=high, cores=usable_cores())
        values[name] = int(value)
    for name in ("shuffle", "pin_memory", "drop_last", "persistent_workers"):
        if type(values[name]) is not bool:
            raise InputError("config.flag", key=name, got=shorten(values[name]))
    for name, names in (("collate", COLLATES), ("work", WORKS)):
        if values[name] not in names:
            raise InputError("loader.choice", name=name, got=shorten(values[name]), names=", ".join(names))
    settings = LoaderSettings(**values)
    if settings.persistent_workers and not settings.num_workers:
        raise InputError("loader.persistent")
    if settings.collate == "whole_batch" and settings.work == "augment":
        raise InputError("loader.whole_batch")
    return settings
