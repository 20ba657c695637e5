"""Glances: what is told of a network while it trains is what an evaluation of it finds."""

from __future__ import annotations

import base64
import itertools

import pytest
import torch
from torch.nn import functional as F

from playground.limits import read_limits
from playground.models import load_checkpoint
from playground.models.network import check_code, measure_code, open_network
from playground.training.batches import LabelledImages
from playground.training.config import resolve_config
from playground.training.evaluate import Answers, evaluate
from playground.training.glance import GAP_SHARE, HARDEST, IMAGES, MAPS, Glances, draw_layers
from playground.training.insight import Pace
from playground.training.loop import train
from playground.training.losses import LOSSES
from playground.training.trial import make_autocast

LIMITS = read_limits(public=False)
WISH = {"recipe": "Custom", "model": "Fast", "train_size": 3000, "batch_size": 50, "precision": "fp32", "threads": 1}
CODE = """from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 12), nn.ReLU(), nn.Linear(12, 10))
"""
PLAIN = make_autocast("fp32", torch.device("cpu"))


def run_of(folder, **wish):
    config = resolve_config({**WISH, **wish}, LIMITS, lambda spec: check_code(measure_code(spec.code, LIMITS), LIMITS))
    return config, list(train(config, folder, limits=LIMITS))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    config, events = run_of(folder, epochs=1)
    return config, folder, events


def test_the_last_glance_is_the_evaluation_of_the_last_weights(trained):
    config, folder, events = trained
    glance = [event for event in events if event.type == "glance"][-1]
    network = open_network(config.spec(), LIMITS, config.seed)
    network.load(load_checkpoint(folder / "last.safetensors").state)
    from playground.training.batches import split_dataset

    test = split_dataset(config, torch.device("cpu")).test
    found = evaluate(network.module, test, PLAIN, LOSSES[config.loss])
    assert glance.count == len(test) == 10_000
    assert glance.confusion == found.confusion
    assert glance.class_losses == pytest.approx(found.class_losses)
    assert [hard["index"] for hard in glance.hardest] == [hard["index"] for hard in found.hardest[:HARDEST]]
    drawn = draw_layers(network.module, test, 0, PLAIN)
    assert [row["image"]["pixels"] for row in glance.layers] == [row["image"]["pixels"] for row in drawn]


def test_glances_come_at_their_pace(trained):
    _, _, events = trained
    glances = [event for event in events if event.type == "glance"]
    assert all(glance.count in (IMAGES, 10_000) for glance in glances)
    assert all(sum(map(sum, glance.confusion)) == glance.count for glance in glances)
    early = [glance for glance in glances if glance.count == IMAGES]
    for before, after in itertools.pairwise(early):
        assert after.step - before.step >= after.step * GAP_SHARE


def test_numbers_of_classes_and_the_hardest_are_torchs_own():
    torch.manual_seed(0)
    logits, labels = 3 * torch.randn(400, 10), torch.randint(0, 9, (400,))  # no image of class 9
    found = Answers(logits, labels).evaluate(LOSSES["CrossEntropy"])
    losses = F.cross_entropy(logits, labels, reduction="none")
    for label in range(9):
        assert found.class_losses[label] == pytest.approx(losses[labels == label].mean().item(), rel=1e-5)
    assert found.class_losses[9] is None
    # The least probability of the label is the largest cross-entropy.
    assert [hard["index"] for hard in found.hardest] == losses.argsort(descending=True)[: len(found.hardest)].tolist()
    assert found.hardest[0]["of_label"] == pytest.approx(torch.exp(-losses.max()).item(), rel=1e-4)
    weighted = [loss * int((labels == label).sum()) for label, loss in enumerate(found.class_losses[:9])]
    assert sum(weighted) / 400 == pytest.approx(found.loss, rel=1e-5)


def test_a_broken_network_is_wrong_everywhere():
    found = Answers(torch.full((20, 10), float("nan")), torch.arange(20) % 10).evaluate(LOSSES["CrossEntropy"])
    assert found.accuracy == 0 and len(found.hardest) == 12 and sum(map(sum, found.confusion)) == 20


def test_layers_are_drawn_as_they_are_computed(trained):
    config, folder, _ = trained
    network = open_network(config.spec(), LIMITS, config.seed)
    network.load(load_checkpoint(folder / "last.safetensors").state)
    module = network.module.train()
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    from playground.data import DATASETS

    test = LabelledImages(images, torch.tensor([1, 2, 3]), DATASETS["MNIST"])
    rows = draw_layers(module, test, 2, PLAIN)
    assert module.training and not any(child._forward_hooks for child in module.modules())
    leaves = [name for name, child in module.named_modules() if not list(child.children())]
    assert [row["name"] for row in rows] == leaves
    module.eval()
    with torch.no_grad():
        scores = module(test.normalise(test.batch(torch.tensor([2]))[0]))[0]
    last = rows[-1]
    assert last["shape"] == [10]
    pixels = torch.tensor(list(base64.b64decode(last["image"]["pixels"])))
    assert last["image"]["low"] == pytest.approx(scores.min().item(), rel=1e-4)
    assert last["image"]["high"] == pytest.approx(scores.max().item(), rel=1e-4)
    assert int(pixels.argmax()) == int(scores.argmax())
    assert all(row["image"]["maps"] <= max(MAPS, 1) for row in rows)


def test_a_learners_code_is_looked_at_after_its_epochs_alone(tmp_path):
    _, events = run_of(tmp_path, model=CODE, epochs=2)
    glances = [event for event in events if event.type == "glance"]
    assert [glance.count for glance in glances] == [10_000, 10_000]
    assert [row["type"] for row in glances[0].layers] == ["Flatten", "Linear", "ReLU", "Linear"]


def test_without_insight_there_are_none_and_the_curve_is_the_same(tmp_path):
    config = resolve_config({**WISH, "epochs": 0.5}, LIMITS)
    runs = [
        list(train(config, tmp_path / str(insight), limits=LIMITS, insight=insight, snapshots=False))
        for insight in (True, False)
    ]
    losses = [[event.loss for event in run if event.type == "step"] for run in runs]
    assert losses[0] == losses[1]
    assert not any(event.type == "glance" for event in runs[1])


def test_the_first_points_of_the_curve_do_not_wait(trained):
    config, _, _ = trained
    network = open_network(config.spec(), LIMITS, 0)
    from playground.training.batches import split_dataset

    glances = Glances(network, split_dataset(config, torch.device("cpu")).test, PLAIN, LOSSES["CrossEntropy"])
    assert glances.take(1, 0.1) is None
    assert glances.take(9, 0.6) is not None
    assert glances.take(10, 0.7) is None


def test_a_pace_keeps_its_share():
    pace, seconds, spent = Pace(0.01, 0.0), 0.0, 0.0
    for step in range(1, 5000):
        seconds += 0.01
        if pace.is_due(step, seconds):
            pace.add(step, 0.03)
            spent += 0.03
    assert 0.005 * seconds < spent <= 0.01 * seconds + 0.03
