"""What went wrong in a child: stored events as the errors that they stand for, and in the reader's language."""

from __future__ import annotations

from typing import Any

from playground import words
from playground.errors import LimitError, PlaygroundError, RuntimeFailure
from playground.limits import Limits

# What a child dies of when PyTorch itself goes wrong; out of memory it is ended in other ways.
CRASHES = ("SIGSEGV", "SIGFPE", "SIGILL", "SIGBUS")


def error_of_event(event: dict[str, Any]) -> PlaygroundError:
    """The error that a `failed` (or `stopped`) event stands for."""
    stored = event.get("error") or {"kind": "runtime", "key": "run.stopped", "line": None, "values": {}}
    return _restored(stored)


def translate(events: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Stored events with their errors in the reader's language."""
    return [
        {**event, "error": error_of_event(event).to_json(language)} if event["type"] == "failed" else event
        for event in events
    ]


def as_limit(error: PlaygroundError, limits: Limits) -> PlaygroundError:
    """A program that had to be ended from outside has reached a limit, whatever signal it died of."""
    if error.key in ("job.time", "job.killed", "job.died"):
        if error.values.get("signal") in CRASHES:
            return RuntimeFailure("lang.crashed", signal=error.values["signal"])
        key = "lang.memory" if error.key != "job.time" else "lang.killed"
        values = {"limit": limits.program_bytes // 2**20} if key == "lang.memory" else {}
        return LimitError(key, **values)
    if error.key == "job.memory":
        return LimitError("lang.memory", limit=limits.program_bytes // 2**20)
    return error


def _restored(stored: dict[str, Any]) -> PlaygroundError:
    if stored["key"] not in words.WORDS:  # written by another version
        stored = {"kind": "internal", "key": "error.internal", "line": None, "values": {}}
    values = {name: _restored(value) if isinstance(value, dict) else value for name, value in stored["values"].items()}
    error = PlaygroundError(stored["key"], line=stored["line"], **values)
    error.kind = stored["kind"]  # type: ignore[misc]
    return error
