"""Diagnosis: real runs that go wrong are found out with their numbers, and healthy ones are left in peace."""

from __future__ import annotations

import json
import time

import pytest

from playground import words
from playground.data.datasets import ASSETS
from playground.diagnoses import Diagnoses
from playground.errors import NotFoundError
from playground.services import Services
from playground.training import diagnosis
from playground.training.diagnosis import Finding, History, diagnose
from playground.training.loop import train

pytestmark = pytest.mark.usefixtures("restored_torch")


def layers(*widths: int, activation: str) -> str:
    """A network of linear layers as a spec."""
    rows: list[dict] = [{"type": "Flatten"}]
    for place, (before, after) in enumerate(zip((784, *widths), (*widths, 10), strict=True)):
        rows += [{"type": activation}] if place else []
        rows.append({"type": "Linear", "arguments": {"in_features": before, "out_features": after}})
    return json.dumps({"name": "Net", "layers": rows})


def linear(*widths: int) -> str:
    spec = json.loads(layers(*widths, activation="ReLU"))
    return json.dumps({**spec, "layers": [row for row in spec["layers"] if row["type"] != "ReLU"]})


SMALL = {"model": "MLP", "train_size": 4000, "epochs": 5}
DEEP = layers(*[32] * 10, activation="Sigmoid")
SICK = {
    "diverged": {"model": linear(64, 64, 64), "optimizer": "SGD", "learning_rate": 20.0, "epochs": 1},
    "blown_up": {"model": linear(64, 64), "optimizer": "Adam", "learning_rate": 0.5, "epochs": 2},
    "dead": {"optimizer": "Adam", "learning_rate": 1.0},
    "vanishing": {"model": DEEP, "optimizer": "SGD", "learning_rate": 0.1},
    "still": {"optimizer": "SGD", "learning_rate": 1e-7},
    "too_small": {"model": linear(1), "learning_rate": 0.01, "epochs": 10},
    "overfitting": {"train_size": 300, "epochs": 40, "batch_size": 32, "optimizer": "Adam", "learning_rate": 0.002},
    "underfitting": {"train_size": 2000, "epochs": 1, "batch_size": 128, "optimizer": "SGD", "learning_rate": 0.01},
}
HEALTHY = {
    "mlp": {},
    "sgd": {"optimizer": "SGD", "learning_rate": 0.05},
    "fast": {"model": "Fast", "train_size": 6000, "epochs": 2, "batch_size": 192, "optimizer": "AdamW", "augment": "shift"}
    | {"learning_rate": 0.02, "scheduler": "OneCycle", "label_smoothing": 0.05, "weight_decay": 0.01},
}


@pytest.fixture
def run(make_config, tmp_path):
    def go(**wish):
        config = make_config(**{**SMALL, **wish})
        return config.to_json(), [event.to_json() for event in train(config, tmp_path)]

    return go


@pytest.mark.parametrize("name", SICK)
def test_a_run_that_goes_wrong_is_found_out(name, run):
    config, events = run(**SICK[name])
    found = diagnose(config, json.loads(json.dumps(events)))
    assert [finding.name for finding in found] == [name], found
    finding = found[0]
    steps = [event["step"] for event in events if event["type"] == "step"]
    assert finding.step in steps and 0 <= finding.before <= finding.step
    assert all(config[key] != value for key, value in finding.changes.items()), "something would differ"
    for language in words.LANGUAGES:
        assert words.text(language, f"diagnosis.{name}") and words.text(language, f"diagnosis.{name}_text", **finding.values)
    if name == "diverged":
        first = next(event["step"] for event in events if event["type"] == "step" and isinstance(event["loss"], str))
        assert finding.values["step"] == finding.step == first


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if place else ()) for place, name in enumerate(HEALTHY)]
)
def test_a_healthy_run_is_left_in_peace_at_every_moment(name, run):
    config, events = run(**HEALTHY[name])
    assert History(events).accuracy() > 0.9
    for length in [*range(1, len(events), 25), len(events)]:
        assert diagnose(config, events[:length]) == [], f"after {length} events"


def test_the_recorded_example_is_left_in_peace_at_every_moment():
    folder = ASSETS / "examples" / "train"
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"]
    events = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    for length in range(1, len(events) + 1, 20):
        assert diagnose(config, events[:length]) == []
    assert diagnose(config, events) == []


@pytest.mark.long
@pytest.mark.parametrize("recipe", ["Fast", "Tutorial"])
def test_the_recipes_are_left_in_peace(recipe, run):
    config, events = run(recipe=recipe, model=None, epochs=1 if recipe == "Tutorial" else 1.5, train_size=30_000)
    for length in [*range(1, len(events), 50), len(events)]:
        assert diagnose(config, events[:length]) == [], f"after {length} events"


def steps(losses, accuracies, rate=0.1):
    return [
        {"type": "step", "step": place, "loss": loss, "accuracy": accuracy, "gradient_norm": 1.0, "learning_rate": rate}
        for place, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), start=1)
    ]


CONFIG = {"learning_rate": 0.1, "clip_norm": 0.0, "optimizer": "SGD", "model": "MLP", "epochs": 2, "augment": "none"}


def test_thresholds_are_kept():
    assert diagnose(CONFIG, []) == []
    assert diagnose(CONFIG, steps([2.3] * 239, [0.1] * 239)) == [], "too early to tell"
    assert [finding.name for finding in diagnose(CONFIG, steps([2.3] * 240, [0.1] * 240))] == ["plateau"]
    assert diagnose(CONFIG, steps([2.3] * 240, [0.95] * 240)) == [], "a flat curve of a good network is success"
    falling = [2.3 - 0.005 * place for place in range(240)]
    assert diagnose(CONFIG, steps(falling, [0.1] * 240)) == []
    spike = [2.3] * 20 + [30.0] * 10 + [0.5] * 30
    assert diagnose(CONFIG, steps(spike, [0.6] * 60)) == [], "it has recovered"
    grown = diagnose(CONFIG, steps([2.3] * 100 + [30.0] * 20, [0.1] * 120))
    assert grown == [
        Finding("blown_up", 101, 81, "smaller_rate", {"learning_rate": 0.01, "clip_norm": 1.0}, grown[0].values)
    ]
    lost = diagnose({**CONFIG, "optimizer": "LBFGS"}, steps([2.3, "nan"], [0.1, 0.1]))
    assert lost[0].changes == {"learning_rate": 0.01}, "LBFGS cannot clip"


def test_every_finding_and_remedy_has_its_words():
    names = ("diverged", "blown_up", "dead", "vanishing", "still", "plateau", "too_small", "overfitting", "underfitting")
    assert all(f"diagnosis.{name}{end}" in words.WORDS for name in names for end in ("", "_text"))
    source = (ASSETS.parent / "playground" / "training" / "diagnosis.py").read_text(encoding="utf-8")
    for remedy in ("smaller_rate", "larger_rate", "model", "augment", "more_images", "decay", "more_epochs"):
        assert f'"{remedy}"' in source and f"diagnosis.change_{remedy}" in words.WORDS
    assert diagnosis.VANISHED < 1e-3


def wait_for(condition, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_change_is_started_from_before_the_trouble(limits, tmp_path, both):
    """A finished run is diagnosed again when it is opened; what is tried goes on from a snapshot where there is one."""
    services = Services(limits, tmp_path)
    try:
        wish = {**SMALL, "recipe": "Custom", "precision": "fp32", "threads": 1, **SICK["overfitting"]}
        run = services.training.start(wish, "a" * 32, attended=False)
        wait_for(lambda: run.log.ended)
        fresh = Diagnoses(services)
        (told,) = fresh.read(run.id, "en")
        assert told["name"] == "overfitting" and "%" in told["text"] and told["change"]
        assert fresh.read(run.id, "zh")[0]["title"] == words.text("zh", "diagnosis.overfitting")
        with pytest.raises(NotFoundError) as error:
            fresh.start(run.id, "plateau", "a" * 32, attended=False)
        assert "no finding plateau" in both(error)
        cured = fresh.start(run.id, "overfitting", "a" * 32, attended=False)
        assert cured.config["augment"] == "course" and cured.config["train_size"] == 300
        if told["from_step"] is None:
            assert cured.origin is None
        else:
            assert cured.origin == {"run_id": run.id, "step": told["from_step"]}
            assert told["from_step"] <= told["step"]
        services.training.stop(cured.id)
        under = services.training.start({**wish, **SICK["underfitting"]}, "a" * 32, attended=False)
        wait_for(lambda: under.log.ended)
        (told,) = fresh.read(under.id, "en")
        assert told["name"] == "underfitting"
        more = fresh.start(under.id, "underfitting", "a" * 32, attended=False)
        assert more.config["epochs"] == 4.0
        wait_for(lambda: more.log.ended)
    finally:
        services.close()
