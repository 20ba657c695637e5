"""LINKS: which values of each tab stand in the page's address, so that a link opens the same state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TRAIN_FIELDS: tuple[str, ...] = (
    "recipe",
    "model",
    "dataset",
    "epochs",
    "batch_size",
    "optimizer",
    "learning_rate",
    "scheduler",
    "weight_decay",
    "momentum",
    "nesterov",
    "augment",
    "loss",
    "label_smoothing",
    "precision",
    "accumulation",
    "clip_norm",
    "early_stopping",
    "train_size",
    "validation_size",
    "seed",
    "split_seed",
    "device",
    "processes",
    "sharding",
)
LINKS: Mapping[str, tuple[str, ...]] = {
    "start": (),
    "tensors": ("code",),
    "autograd": ("code", "preset"),
    "models": ("model",),
    "train": (*TRAIN_FIELDS, "lesson", "section"),
    "bench": ("benchmark", "model", "batch_size"),
    "draw": ("model", "brush", "strokes"),
}
MAXIMUM_LENGTH = 4000


def read_link(query: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """The tab that an address asks for (None = none, or one that does not exist) and the values for it, still as text."""
    tab = query.get("tab")
    if tab not in LINKS:
        return None, {}
    return tab, {name: query[name][:MAXIMUM_LENGTH] for name in LINKS[tab] if query.get(name)}


def linked_or_kept(tab: str, field: str, query: Mapping[str, str], kept: object) -> str:
    """What a link to this tab says, else what the browser has kept; "" = neither."""
    found, given = read_link(query)
    return (given.get(field) if found == tab else None) or (kept if isinstance(kept, str) else "")


def as_number(text: str | None, default: float, low: float, high: float) -> float:
    """A number of an address, or the default where it is none or out of range: a link never breaks the page."""
    try:
        number = float(text) if text else default
    except ValueError:
        return default
    return number if low <= number <= high else default


def link_script(tab: str, names: tuple[str, ...], defaults: Mapping[str, Mapping[str, Any]]) -> str:
    """JavaScript for an event with these inputs in this order: it keeps them as the tab's link.

    Args:
        defaults: for each value of the first input (the recipe), what the others are unless the link says otherwise.
    """
    pairs = ", ".join(f"{json.dumps(name)}: values[{place}]" for place, name in enumerate(names))
    known = json.dumps({key: dict(values) for key, values in defaults.items()})
    return f"(...values) => {{ PP.writeLink({json.dumps(tab)}, {{{pairs}}}, ({known})[values[0]]); return []; }}"
