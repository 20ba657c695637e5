"""Diagnosis: what goes wrong in a training run, read from its history alone, with the numbers that say so and one change.

Nothing here guesses: each finding rests on thresholds that healthy runs stay far from, and names its numbers. A run that is
merely not finished, noisy or ordinary has no finding.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]

# How many steps are averaged to tell a level from the noise of single batches.
WINDOW = 20
# A loss that has grown to three times what an untrained network had is no noise: guessing costs about 2.3 with ten classes.
BLOWN_UP, GUESSING = 3.0, math.log(10)
# Below this share of right answers in training there is something to explain; above it a flat curve is success.
LEARNED = 0.9
# A loss that is flat: its mean over the last quarter of the steps is less than this share below that of the quarter before.
FLAT_SHARE = 0.01
# For so many steps nobody can tell a plateau from a slow start.
PLATEAU_STEPS = 240
# Training answers so much better than test answers, at least, and a test loss so far above its lowest.
OVERFIT_GAP, OVERFIT_LOSS = 0.04, 1.15
# The mean accuracy of an epoch, far below what any network that fits these data reaches.
UNDERFIT = 0.85
# Of a ReLU's units that answer 0 to a whole batch; below this enough are left to learn with.
DEAD = 0.9
# The first layer's gradient against the last one's. Healthy networks have 0.01 to 100.
VANISHED = 1e-4
# An update of less than this share of the weights hardly moves them; the usual is 0.001.
STILL = 2e-5
# So many measurements of the layers must agree.
MEASUREMENTS = 3
ADAPTIVE = ("Adam", "AdamW", "RMSprop")
# With ten classes. And what even a small network reaches on these images, if it is no bottleneck.
CHANCE, TOO_SMALL = 0.2, 0.8


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong.

    Args:
        name: its words are `diagnosis.<name>` and `diagnosis.<name>_text`, which `values` fill.
        step: where it shows; `before`: a step up to which the run was still well.
        values: the numbers that it rests on.
        changes: the settings that would differ, one remedy; its words are `diagnosis.change_<remedy>`.
    """

    name: str
    step: int
    before: int
    remedy: str
    changes: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "step": self.step,
            "before": self.before,
            "remedy": self.remedy,
            "changes": dict(self.changes),
            "values": dict(self.values),
        }


class History:
    """A run's events as numbers: its steps, its epochs, its measurements of the layers, and whether it is complete."""

    def __init__(self, events: Sequence[Event]):
        self.steps = [event for event in events if event["type"] == "step"]
        self.epochs = [event for event in events if event["type"] == "epoch"]
        self.insights = [event for event in events if event["type"] == "insight"]
        self.done = any(event["type"] == "done" for event in events)
        self.losses = [number(event["loss"]) for event in self.steps]

    def accuracy(self) -> float:
        """The mean over the last steps; 0 = there are none."""
        last = [number(event["accuracy"]) for event in self.steps[-WINDOW:]]
        return math.fsum(last) / len(last) if last else 0.0


def number(value: Any) -> float:
    """A stored number; "nan", "inf" and None are themselves again."""
    return math.nan if value is None else float(value)


def diagnose(config: Mapping[str, Any], events: Sequence[Event]) -> list[Finding]:
    """What goes wrong in a run, the gravest first; [] = nothing that the numbers would bear out.

    Args:
        config: the run's complete config. events: its whole history, as it is stored.
    """
    history = History(events)
    if not history.steps:
        return []
    grave = find_divergence(config, history)
    if grave:
        return [grave]
    layers = find_dead(config, history) or find_vanishing(config, history)
    if layers:
        return [layers]
    found = (find_plateau(config, history), find_overfitting(config, history), find_underfitting(config, history))
    return [finding for finding in found if finding][:1]


def find_divergence(config: Mapping[str, Any], history: History) -> Finding | None:
    """The loss is NaN or infinite, or stays at a multiple of what it began with."""
    losses = history.losses
    broke = next((place for place, loss in enumerate(losses) if not math.isfinite(loss)), None)
    if broke is not None:
        before = losses[max(0, broke - WINDOW) : broke]
        norms = [number(step["gradient_norm"]) for step in history.steps[:broke]]
        values = {
            "step": history.steps[broke]["step"],
            "loss": round(before[-1], 4) if before else "–",
            "norm": max(filter(math.isfinite, norms), default=math.nan),
            "rate": history.steps[broke]["learning_rate"],
        }
        return _finding(config, history, "diverged", broke, "smaller_rate", values)
    if len(losses) < 2 * WINDOW:
        return None
    # The first loss is an untrained network's; that of a fork is not, and may rise a little without harm.
    level = losses[0] if history.steps[0]["step"] == 1 else max(losses[0], GUESSING)
    now = statistics.fmean(losses[-WINDOW:])
    if now <= BLOWN_UP * level:
        return None
    place = next(place for place, loss in enumerate(losses) if loss > BLOWN_UP * level)
    values = {
        "step": history.steps[place]["step"],
        "first": round(level, 3),
        "now": now,
        "rate": history.steps[place]["learning_rate"],
    }
    return _finding(config, history, "blown_up", place, "smaller_rate", values)


def find_dead(config: Mapping[str, Any], history: History) -> Finding | None:
    """Nearly all units of a ReLU answer 0 to whole batches, and the network has not learned."""
    last = history.insights[-MEASUREMENTS:]
    if len(last) < MEASUREMENTS or history.accuracy() >= LEARNED:
        return None
    for place, layer in enumerate(last[-1]["layers"]):
        # What is no ReLU has no share; -1 is below every threshold.
        shares = [_layer(event, place, "dead") or -1.0 for event in last]
        if min(shares) >= DEAD:
            first = next(event for event in history.insights if (_layer(event, place, "dead") or 0) >= DEAD)
            dead = {"layer": layer["name"], "share": f"{100 * shares[-1]:.0f} %", "units": layer["units"]}
            step = first["step"]
            values = {**dead, "step": step, "accuracy": f"{100 * history.accuracy():.1f} %"}
            place_of_step = next(at for at, event in enumerate(history.steps) if event["step"] >= step)
            return _finding(config, history, "dead", place_of_step, "smaller_rate", values)
    return None


def find_vanishing(config: Mapping[str, Any], history: History) -> Finding | None:
    """Hardly any gradient reaches the first layer, measurement after measurement, and the network has not learned."""
    last = history.insights[-MEASUREMENTS:]
    if len(last) < MEASUREMENTS or history.accuracy() >= LEARNED:
        return None
    pairs = [_ends(event) for event in last]
    if not all(first < VANISHED * final for first, final in pairs):
        return None
    names = [layer["name"] for layer in last[-1]["layers"] if layer["gradient_norm"] is not None]
    first, final = pairs[-1]
    values = {"first": names[0], "last": names[-1], "small": first, "large": final, "step": last[-1]["step"]}
    return Finding("vanishing", last[-1]["step"], 0, "model", {"model": "MNISTNet"}, values)


def find_plateau(config: Mapping[str, Any], history: History) -> Finding | None:
    """The loss has stopped falling before anything much was learned."""
    losses = history.losses
    if len(losses) < PLATEAU_STEPS or history.accuracy() >= LEARNED:
        return None
    earlier, later = _last_quarters(losses)
    if later < earlier * (1 - FLAT_SHARE):
        return None
    accuracy = history.accuracy()
    values = {
        "steps": len(losses) // 4,
        "from_step": history.steps[-(len(losses) // 4)]["step"],
        "earlier": round(earlier, 3),
        "later": round(later, 3),
        "accuracy": f"{100 * accuracy:.1f} %",
    }
    place = len(losses) - len(losses) // 2
    ratios = [layer["update_ratio"] for event in history.insights[-1:] for layer in event["layers"]]
    moves = [number(ratio) for ratio in ratios if ratio is not None]
    if moves and statistics.median(moves) < STILL:
        rate = history.steps[-1]["learning_rate"]
        return _finding(
            config, history, "still", place, "larger_rate", {**values, "rate": rate, "ratio": statistics.median(moves)}
        )
    if accuracy < CHANCE:
        return _finding(config, history, "plateau", place, "smaller_rate", values)
    tested = number(history.epochs[-1]["test_accuracy"]) if history.epochs else accuracy
    if max(accuracy, tested) >= TOO_SMALL:  # Dropout and augmentation keep the training accuracy low on purpose
        return None
    return Finding("too_small", history.steps[-1]["step"], 0, "model", {"model": _larger(config)}, values)


def find_overfitting(config: Mapping[str, Any], history: History) -> Finding | None:
    """Training answers go on getting better, test answers worse."""
    epochs = [epoch for epoch in history.epochs if math.isfinite(number(epoch["test_loss"]))]
    if len(epochs) < 3:
        return None
    last, best = epochs[-1], min(epochs, key=lambda epoch: number(epoch["test_loss"]))
    gap = number(last["accuracy"]) - number(last["test_accuracy"])
    if gap < OVERFIT_GAP or number(last["test_loss"]) < OVERFIT_LOSS * number(best["test_loss"]):
        return None
    values = {
        "train": f"{100 * number(last['accuracy']):.1f} %",
        "test": f"{100 * number(last['test_accuracy']):.1f} %",
        "lowest": round(number(best["test_loss"]), 4),
        "epoch": f"{number(best['epoch']):g}",
        "now": round(number(last["test_loss"]), 4),
        "images": config["train_size"],
    }
    remedy, changes = _against_overfitting(config)
    return Finding("overfitting", last["step"], best["step"], remedy, changes, values)


def find_underfitting(config: Mapping[str, Any], history: History) -> Finding | None:
    """A complete run whose training answers are still poor, and getting better."""
    if not history.done or not history.epochs:
        return None
    last = history.epochs[-1]
    accuracy = history.accuracy()
    gap = number(last["accuracy"]) - number(last["test_accuracy"])
    if accuracy >= UNDERFIT or number(last["test_accuracy"]) >= UNDERFIT or gap > OVERFIT_GAP:
        return None
    values = {
        "train": f"{100 * accuracy:.1f} %",
        "test": f"{100 * number(last['test_accuracy']):.1f} %",
        "epochs": f"{config['epochs']:g}",
        "steps": len(history.steps),
    }
    more = {"epochs": min(1000.0, max(2.0, 4 * config["epochs"]))}
    return Finding("underfitting", last["step"], last["step"], "more_epochs", more, values)


def _finding(
    config: Mapping[str, Any], history: History, name: str, place: int, remedy: str, values: Mapping[str, Any]
) -> Finding:
    """A finding that another learning rate answers; `place` of the step in the history where it shows."""
    rate = config["learning_rate"]
    if remedy == "larger_rate":
        changes = {"learning_rate": min(1.0, _rounded(rate * 10))}
    else:
        changes = {"learning_rate": _rounded(rate / 10)}
        if not config.get("clip_norm") and config["optimizer"] != "LBFGS":
            changes["clip_norm"] = 1.0
    # A loss grows for a while before it breaks: what lies a window before is taken for well.
    before = history.steps[max(0, place - WINDOW)]["step"] if place >= 2 * WINDOW else 0
    return Finding(name, history.steps[place]["step"], before, remedy, changes, values)


def _against_overfitting(config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if config["augment"] == "none":
        return "augment", {"augment": "course"}
    if config["train_size"] < 30_000:
        return "more_images", {"train_size": min(60_000, 10 * config["train_size"])}
    return "decay", {"weight_decay": max(0.01, 10 * config["weight_decay"])}


def _larger(config: Mapping[str, Any]) -> str:
    return "MNISTNet" if config["model"] != "MNISTNet" else "Fast"


def _last_quarters(losses: Sequence[float]) -> tuple[float, float]:
    quarter = len(losses) // 4
    return statistics.fmean(losses[-2 * quarter : -quarter]), statistics.fmean(losses[-quarter:])


def _layer(event: Event, place: int, name: str) -> float | None:
    layers = event["layers"]
    value = layers[place][name] if place < len(layers) else None
    return None if value is None else number(value)


def _ends(event: Event) -> tuple[float, float]:
    """The gradient norms of the first and the last layer that have one; NaN, which is less than nothing, where none has."""
    norms = list(_norms(event))
    return (norms[0], norms[-1]) if len(norms) > 1 else (math.nan, math.nan)


def _norms(event: Event) -> Iterator[float]:
    for layer in event["layers"]:
        if layer["gradient_norm"] is not None:
            yield number(layer["gradient_norm"])


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
