"""The settings that differ between runs, and what came of them, as plain rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from playground.comparison.curve import Curve
from playground.runs.names import model_name
from playground.runs.run import Run

# Settings that a trial or the machine settles, and the key of the `started` event that says how.
SETTLED = {"precision": "precision", "threads": "threads", "device": "device"}
GOALS = (0.5, 0.8, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995)
GOALS_MOST = 2


def compare_settings(runs: Sequence[Run], curves: Sequence[Curve]) -> dict[str, list[dict[str, Any]]]:
    """
    Returns:
        {differ, same}: rows {name, values, settled}, `values` one per run in the given order. The recipe is left out: it
        says where values came from, and the values are here. `settled`: what a trial made of "auto", per run; None =
        nothing to settle. A row differs when a value, or what it was settled to, does.
    """
    from playground.training.config import complete_config

    configs = [complete_config(run.config) for run in runs]
    names = [name for name in configs[0] if name != "recipe"] if configs else []
    rows = [_row(name, configs, curves) for name in names]
    differ = [row for row in rows if not _equal(row["values"]) or not _equal([told for told in row["settled"] if told])]
    return {"differ": differ, "same": [row for row in rows if row not in differ]}


def compare_outcomes(summaries: Sequence[Mapping[str, Any]], curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Rows {name, goal, values, best}: `best` says which of the values is the better end, "high", "low" or None.

    `seconds_to` are training seconds until the end of the first epoch whose test accuracy reached `goal`: the two highest
    goals that any of the runs has reached.
    """
    last = [curve.epochs[-1] if curve.epochs else {} for curve in curves]
    rows = [
        _outcome("best_accuracy", [summary["best_accuracy"] for summary in summaries], "high"),
        _outcome("test_loss", [epoch.get("test_loss") for epoch in last], "low"),
        _outcome("final_loss", [epoch.get("loss") for epoch in last], "low"),
        _outcome("training_seconds", [summary["training_seconds"] for summary in summaries], "low"),
    ]
    reached = [goal for goal in GOALS if any(curve.seconds_to(goal) is not None for curve in curves)]
    for goal in reached[-GOALS_MOST:]:
        rows.append({**_outcome("seconds_to", [curve.seconds_to(goal) for curve in curves], "low"), "goal": goal})
    rows.append(_outcome("images_per_second", [curve.last_step.get("images_per_second") for curve in curves], "high"))
    rows.append(_outcome("parameters", [curve.started.get("parameters") for curve in curves], None))
    rows.append(_outcome("steps", [summary["step"] for summary in summaries], None))
    return rows


def _outcome(name: str, values: list[Any], best: str | None) -> dict[str, Any]:
    return {"name": name, "goal": None, "values": values, "best": best}


def _row(name: str, configs: Sequence[Mapping[str, Any]], curves: Sequence[Curve]) -> dict[str, Any]:
    values: list[Any] = [config.get(name) for config in configs]
    if name == "model":
        values = list(_model_names(values))
    open_ = {"precision": "auto", "threads": 0, "device": "auto"}.get(name)
    settled = [
        curve.started.get(SETTLED[name]) if name in SETTLED and config.get(name) == open_ else None
        for config, curve in zip(configs, curves, strict=True)
    ]
    return {"name": name, "values": values, "settled": settled}


def _model_names(models: Sequence[Any]) -> list[str]:
    """Names; where two models that differ have the same one, a mark of their content tells them apart."""
    names = [model_name(model) for model in models]
    contents: dict[str, set[str]] = {}
    for name, model in zip(names, models, strict=True):
        contents.setdefault(name, set()).add(str(model))
    return [
        name if len(contents[name]) == 1 else f"{name} #{hashlib.sha256(str(model).encode()).hexdigest()[:4]}"
        for name, model in zip(names, models, strict=True)
    ]


def _equal(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)
