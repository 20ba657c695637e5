"""What differs between runs, as text in the page's language: rows of cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.training.events import plain
from playground.words import WORDS, text

# Settings whose values have words of their own.
NAMED = ("augment", "scheduler", "loss", "optimizer")


def show_comparison(found: dict[str, Any], language: str) -> dict[str, Any]:
    """{ids, differ, same, outcomes}: rows {key, label, cells, best}; `best`: the places of the best cells."""
    runs, settings = found["runs"], found["settings"]
    return {
        "ids": [run["id"] for run in runs],
        "differ": [_setting(row, language) for row in settings["differ"]],
        "same": [_setting({**row, "values": row["values"][:1]}, language) for row in settings["same"]],
        "outcomes": [_outcome(row, language) for row in found["outcomes"]],
    }


def _setting(row: dict[str, Any], language: str) -> dict[str, Any]:
    name = row["name"]
    cells = []
    for value, settled in zip(row["values"], row["settled"], strict=False):
        shown = _value(name, value, language)
        cells.append(shown if settled is None else text(language, "runs.settled", value=shown, settled=settled))
    return {"key": name, "label": text(language, f"control.{name}"), "cells": cells, "best": []}


def _value(name: str, value: object, language: str) -> str:
    key = f"{name}.{value}"
    if name in NAMED and key in WORDS:
        return text(language, key)
    if isinstance(value, bool):
        return text(language, "runs.yes" if value else "runs.no")
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)


def _outcome(row: dict[str, Any], language: str) -> dict[str, Any]:
    values, better = row["values"], row["best"]
    known = [value for value in values if isinstance(value, (int, float)) and value == value]
    edge = None
    if better is not None and len(known) > 1 and min(known) != max(known):
        edge = max(known) if better == "high" else min(known)
    goal = {} if row["goal"] is None else {"goal": f"{100 * row['goal']:g} %"}
    write = FORMATS.get(row["name"], _count)
    return {
        "key": row["name"] if row["goal"] is None else f"{row['name']}_{row['goal']:g}",
        "label": text(language, f"runs.outcome_{row['name']}", **goal),
        "cells": ["–" if value is None else write(value) for value in values],
        "best": [place for place, value in enumerate(values) if edge is not None and value == edge],
    }


def _count(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, (int, float)) else str(plain(value))


def _loss(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)


def _seconds(value: Any) -> str:
    minutes, seconds = divmod(round(float(value)), 60)
    return f"{value:.1f} s" if value < 60 else f"{minutes}:{seconds:02d}"


FORMATS: dict[str, Callable[[Any], str]] = {
    "best_accuracy": lambda value: f"{100 * value:.2f} %",
    "test_loss": _loss,
    "final_loss": _loss,
    "training_seconds": _seconds,
    "seconds_to": _seconds,
}
