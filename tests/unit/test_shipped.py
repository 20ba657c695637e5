"""What the project ships: trained weights and a recorded example, each held against real torch."""

from __future__ import annotations

import itertools
import json

import pytest
import torch

from playground.digits.predict import Predictor
from playground.digits.strokes import render_strokes
from playground.digits.work import read_here
from playground.models import load_checkpoint
from playground.services import ASSETS
from playground.training.config import TrainingConfig
from playground.training.loop import train
from playground.training.weights import SHIPPED
from playground.training.work import evaluate_checkpoint

STROKES = json.loads((ASSETS.parent / "tests" / "strokes" / "digits.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.file)
def test_shipped_weights_reach_their_accuracy(shipped):
    path = ASSETS / "models" / shipped.file
    checkpoint = load_checkpoint(path)
    config = TrainingConfig(**checkpoint.facts["config"])
    measured = evaluate_checkpoint(config, path).accuracy
    assert measured >= shipped.least_accuracy
    assert measured == pytest.approx(checkpoint.facts["test_accuracy"], abs=3e-4)
    # The recipe in the file is the one that would train it again.
    assert {**config.to_json(), **shipped.config} == config.to_json()


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.file)
@pytest.mark.parametrize(("width", "size"), [(0.03, 1.0), (0.07, 1.0), (0.12, 1.0), (0.05, 0.4)])
def test_shipped_weights_read_drawn_digits(shipped, width, size):
    """Thirty drawings that no network has seen, thin and thick, large and small."""
    predictor, missed = Predictor(read_here), []
    for digit, drawings in STROKES.items():
        for drawing in drawings:
            strokes = [[(0.05 + x * size, 0.5 + (y - 0.5) * size) for x, y in stroke] for stroke in drawing["strokes"]]
            image = render_strokes(strokes, 280, width * 280 * max(size, 0.6))
            answer = predictor.predict(image, ASSETS / "models" / shipped.file)
            if answer["digit"] != int(digit):
                missed.append((digit, drawing["style"], answer["digit"]))
    assert len(missed) <= 1, missed


def test_the_example_run_can_be_repeated(tmp_path):
    folder = ASSETS / "examples" / "train"
    events = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    recorded = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert recorded["torch"].split("+")[0] == torch.__version__.split("+")[0]
    started = next(event for event in events if event["type"] == "started")
    settled = {"precision": started["precision"], "threads": started["threads"]}
    config = TrainingConfig(**{**recorded["config"], **settled})
    steps = (event for event in train(config, tmp_path) if event.type == "step")
    losses = [event.loss for event in itertools.islice(steps, 20)]
    expected = [event["loss"] for event in events if event["type"] == "step"][:20]
    # Another processor rounds bf16 products in another order.
    assert losses == pytest.approx(expected, rel=0.02)
    assert events[-1]["type"] == "done"
    assert events[-1]["test_accuracy"] >= 0.99
