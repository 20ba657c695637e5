"""RECIPES: complete sets of training values to start from. A new one is one entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.registry import Registry


@dataclass(frozen=True)
class Recipe:
    """Values for every key of the config.

    Args:
        name: in configs; `words`: `recipe.<name>`.
        differs: what this recipe sets; every other key has the value of COMMON.
    """

    name: str
    differs: Mapping[str, Any] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        return {**COMMON, **self.differs}


COMMON: Mapping[str, Any] = {
    "model": "MNISTNet",
    "dataset": "MNIST",
    "train_size": 60_000,
    "validation_size": 0,
    "epochs": 2.0,
    "batch_size": 128,
    "optimizer": "Adam",
    "learning_rate": 0.001,
    "weight_decay": 0.0,
    "momentum": 0.9,
    "scheduler": "none",
    "loss": "CrossEntropy",
    "label_smoothing": 0.0,
    "precision": "auto",
    "accumulation": 1,
    "clip_norm": 0.0,
    "augment": "none",
    "seed": 0,
    "processes": 1,
    "device": "auto",
    "threads": 0,
    "nesterov": True,
    "early_stopping": 0,
    "split_seed": -1,
    "sharding": "none",
}

RECIPES: Registry[Recipe] = Registry(
    "topic.recipe",
    (
        Recipe(
            "Fast",
            {
                "model": "Fast",
                "epochs": 1.5,
                "batch_size": 192,
                "optimizer": "AdamW",
                "learning_rate": 0.02,
                "weight_decay": 0.01,
                "scheduler": "OneCycle",
                "label_smoothing": 0.05,
                "augment": "shift",
            },
        ),
        Recipe("Tutorial", {"epochs": 15.0, "weight_decay": 1e-4, "scheduler": "CosineEpochs", "augment": "course"}),
        Recipe("Custom", {"model": "MLP"}),
    ),
)


def recipe_of_model(model: object) -> str:
    """The recipe that a config without one starts from: the model's own, else Custom."""
    plain = "".join(filter(str.isalnum, model.lower())) if isinstance(model, str) else ""
    if model is None or plain == "fast":
        return "Fast"
    return "Tutorial" if plain == "mnistnet" else "Custom"
