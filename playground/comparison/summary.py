"""What a list says about a run: read from the ends of its history, never from all of it."""

from __future__ import annotations

from typing import Any

from playground.comparison.curve import images_until
from playground.runs.names import model_name
from playground.runs.run import COMMAND_LINE, Run

HEAD_EVENTS, TAIL_EVENTS, TAIL_MOST = 20, 40, 4000


def summarise(run: Run, state: str) -> dict[str, Any]:
    """One row of the list: what the run is, and the numbers that it has reached.

    `best_accuracy`: the test accuracy of the checkpoint that is kept; `training_seconds`, `step`, `loss` (of the last step),
    `total_steps`: None where the history has not come so far. `ending`: the reason of its last event, or its error's key.
    """
    log = run.log
    head = log.read(0, HEAD_EVENTS)
    started = next((event for event in head if event["type"] == "started"), {})
    tail = _tail(run)
    step: dict[str, Any] = next((event for event in reversed(tail) if event["type"] in ("step", "epoch")), {})
    epoch: dict[str, Any] = next((event for event in reversed(tail) if event["type"] == "epoch"), {})
    ending = log.last if log.ended else {}
    evaluation = run.evaluation()
    marks = run.marks
    return {
        "id": run.id,
        "name": run.name,
        "renamed": bool(marks.name),
        "pinned": marks.pinned,
        "model": model_name(run.config.get("model")),
        "state": state,
        "ending": ending.get("reason") or (ending.get("error") or {}).get("key"),
        "command_line": run.visitor == COMMAND_LINE,
        "created": run.created,
        "origin": run.origin,
        "best_accuracy": ending.get("test_accuracy", evaluation["accuracy"] if evaluation else None),
        "training_seconds": _seconds(run, ending, epoch, step, started),
        "step": step.get("step"),
        "loss": step.get("loss"),
        "total_steps": started.get("total_steps"),
    }


def _tail(run: Run) -> list[dict[str, Any]]:
    """The last events, as far back as the last epoch, but not for ever."""
    count, most = len(run.log), TAIL_EVENTS
    while True:
        events = run.log.read(max(0, count - most), most)
        kinds = {event["type"] for event in events}
        if ("epoch" in kinds and kinds & {"step"}) or most >= min(count, TAIL_MOST):
            return events
        most = min(most * 10, TAIL_MOST)


def _seconds(
    run: Run, ending: dict[str, Any], epoch: dict[str, Any], step: dict[str, Any], started: dict[str, Any]
) -> float | None:
    """Seconds of training alone. A run that was stopped within an epoch: from its last step's images and their rate."""
    if "training_seconds" in ending:
        return float(ending["training_seconds"])
    if not step:
        return None
    if step.get("step") == epoch.get("step"):
        return float(epoch["training_seconds"])
    speed = step.get("images_per_second")
    if not isinstance(speed, (int, float)) or speed <= 0:
        return None
    return images_until(step["step"], started, run.config) / speed
