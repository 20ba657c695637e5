"""What the chosen optimizer, loss and schedule do: their formulas, and the learning rate over the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.errors import PlaygroundError
from playground.limits import Limits
from playground.training.batches import count_steps
from playground.training.config import resolve_config
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.schedulers import SCHEDULERS, Length, preview_schedule


@dataclass(frozen=True)
class Explained:
    """One choice: `topic` and `name` as in the words, and its formula."""

    topic: str
    name: str
    formula: str


@dataclass(frozen=True)
class Explanation:
    """
    Args:
        choices: optimizer, loss and schedule.
        curve: (share of the run that is done, learning rate); empty where the settings are no run.
        steps: optimizer steps of the run.
    """

    choices: tuple[Explained, ...]
    curve: tuple[tuple[float, float], ...] = ()
    steps: int = 0


def explain_settings(wish: Mapping[str, Any], limits: Limits) -> Explanation:
    """
    Args:
        wish: as for `resolve_config`; without its model, which changes nothing here and may be a learner's code.

    Raises:
        InputError: no such optimizer, loss or schedule.
    """
    optimizer, loss = OPTIMIZERS.find(wish["optimizer"]), LOSSES.find(wish["loss"])
    schedule = SCHEDULERS.find(wish["scheduler"])
    formula = optimizer.formula_of(momentum=wish.get("momentum") != 0, nesterov=wish.get("nesterov") is not False)
    choices = (
        Explained("optimizer", optimizer.name, formula),
        Explained("loss", loss.name, loss.formula),
        Explained("scheduler", schedule.name, schedule.formula),
    )
    try:
        config = resolve_config({**wish, "model": "MLP", "device": "cpu"}, limits)
    except PlaygroundError:  # Start says what is wrong with the numbers
        return Explanation(choices)
    per_epoch, total = count_steps(config)
    curve = preview_schedule(schedule.name, config.learning_rate, per_epoch, Length(total, config.epochs))
    return Explanation(choices, tuple(curve), total)
