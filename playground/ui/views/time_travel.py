"""Time travel: what the monitor's slider over the snapshots asks, and in which words settings are said to differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from playground.ui.events import Page, serve
from playground.words import WORDS, text

TRAVEL_WORDS = (
    "step reading waiting none none_processes example go_on_from origin origin_same origin_gone stops mark rate_asked "
    "rate_changed snapshots_ended"
).split()


def travel_functions(page: Page) -> list[Callable[[Any], Any]]:
    """The calls of `time_travel.js`."""
    timeline = page.services.timeline

    def origin(run_id: object) -> dict[str, Any]:
        found = timeline.origin(run_id)
        return {"origin": found, "words": write_changes(found["changes"], page.language) if found else ""}

    return [
        serve(page, "snapshots", lambda run_id: {"snapshots": timeline.snapshots(run_id)}, ("run_id",)),
        serve(page, "origin", origin, ("run_id",)),
        serve(
            page,
            "rate",
            lambda run_id, value: {"learning_rate": timeline.set_learning_rate(run_id, value)},
            ("run_id", "value"),
        ),
    ]


def write_changes(changes: Mapping[str, Sequence[Any]], language: str) -> str:
    """Settings that differ, as `Learning rate 0.001 → 0.1, Optimizer AdamW → SGD`."""
    parts = [
        f"{setting_name(name, language)} {_written(before)} → {_written(now)}" for name, (before, now) in changes.items()
    ]
    return text(language, "time_travel.comma").join(parts)


def setting_name(name: str, language: str) -> str:
    """A setting's name on the page."""
    key = f"control.{name}"
    return text(language, key) if key in WORDS else name


def show_fork_note(run_id: str, compared: Mapping[str, Any] | None, language: str) -> str:
    """What a fork by the settings beside would change, for `time_travel.js`: HTML."""
    if compared is None:
        return ""
    changes = {name: pair for name, pair in compared["changes"].items() if name not in compared["fixed"]}
    parts = [
        text(language, "time_travel.differs", changes=write_changes(changes, language))
        if changes
        else text(language, "time_travel.same")
    ]
    if compared["fixed"]:
        names = text(language, "time_travel.comma").join(setting_name(name, language) for name in compared["fixed"])
        parts.append(text(language, "time_travel.kept", names=names))
    return f'<span data-run="{escape(run_id)}">{escape(" ".join(parts))}</span>'


def _written(value: Any) -> str:
    written = f"{value:g}" if isinstance(value, float) else str(value)
    return written if len(written) <= 24 else f"{written[:23]}…"
