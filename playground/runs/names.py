"""The default name of a run: its model, and what sets it apart from the recipe of that model, written as in code."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any

from playground.training.recipes import RECIPES, recipe_of_model

# What a name tells first; the rest does not stand in names.
SHORT = {
    "dataset": "{}",
    "optimizer": "{}",
    "learning_rate": "lr={}",
    "epochs": "epochs={}",
    "batch_size": "batch_size={}",
    "scheduler": "{}",
    "loss": "{}",
    "augment": "augment={}",
    "train_size": "train_size={}",
    "weight_decay": "weight_decay={}",
    "momentum": "momentum={}",
    "label_smoothing": "label_smoothing={}",
    "clip_norm": "clip_norm={}",
    "accumulation": "accumulation={}",
    "precision": "{}",
    "nesterov": "nesterov={}",
    "early_stopping": "early_stopping={}",
    "validation_size": "validation_size={}",
    "seed": "seed={}",
    "split_seed": "split_seed={}",
    "processes": "processes={}",
    "sharding": "{}",
    "device": "{}",
    "threads": "threads={}",
}
DIFFERENCES_MOST = 3
MODEL_MOST = 30


def model_name(model: object) -> str:
    """What the model of a config is called: a preset's name, or the name in its spec."""
    if isinstance(model, str) and model.startswith("{"):
        try:
            spec = json.loads(model)
        except (ValueError, RecursionError):
            return "model"
        model = spec.get("name")
    name = " ".join(str(model or "model").split())
    return name if len(name) <= MODEL_MOST else name[: MODEL_MOST - 1] + "…"


def default_name(config: Mapping[str, Any], taken: Collection[str] = ()) -> str:
    """Such as `MLP · SGD · lr=0.1`: at most three settings that are not those of the model's own recipe.

    Args:
        taken: names of other runs; one that is there already gets a number.
    """
    usual = RECIPES.find(recipe_of_model(config.get("model"))).values()
    differs = [name for name in SHORT if name in config and config[name] != usual[name]]
    told = [_write(name, config[name]) for name in differs[:DIFFERENCES_MOST]]
    name = " · ".join([model_name(config.get("model")), *told, *(["…"] if len(differs) > DIFFERENCES_MOST else [])])
    numbered = (name if number == 1 else f"{name} ({number})" for number in count(1))
    return next(candidate for candidate in numbered if candidate not in taken)


def _write(name: str, value: Any) -> str:
    if value == "none":
        return f"{name}=none"
    return SHORT[name].format(f"{value:g}" if isinstance(value, float) else value)
