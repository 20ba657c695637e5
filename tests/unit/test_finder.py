"""The learning-rate finder and the curvature, against what can be worked out without them."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import replace

import pytest
import torch
from torch import nn

from playground.errors import NotFoundError, PlaygroundError
from playground.limits import read_limits
from playground.models.network import check_code, measure_code
from playground.services import Services
from playground.training.config import resolve_config
from playground.training.curvature import find_curvature, largest_eigenvalue, stability_limit
from playground.training.finder import SearchDone, find_learning_rate, read_search, smooth_losses
from playground.training.randomness import epoch_order
from playground.training.trial import Settings
from playground.training.updates import Updater

LIMITS = read_limits(public=False)
SMALL = {"recipe": "Custom", "model": "MLP", "train_size": 2000, "batch_size": 64, "precision": "fp32", "threads": 1}
LINEAR = (
    '{"name": "Line", "input_shape": [1, 28, 28], "layers": [{"type": "Flatten"}, '
    '{"type": "Linear", "arguments": {"out_features": 10}}]}'
)
NORMED = (
    '{"name": "Normed", "input_shape": [1, 28, 28], "layers": [{"type": "Flatten"}, '
    '{"type": "Linear", "arguments": {"out_features": 32}}, {"type": "BatchNorm1d"}, {"type": "ReLU"}, '
    '{"type": "Dropout"}, {"type": "Linear", "arguments": {"out_features": 10}}]}'
)
CODE = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.line = nn.Linear(784, 10)

    def forward(self, images):
        return self.line(torch.tanh(self.norm(images)).flatten(1))

model = Net()
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    services = Services(
        replace(read_limits(public=False, environment={}), stop_grace_seconds=2.0), tmp_path_factory.mktemp("server")
    )
    services.jobs.warm_up()
    yield services
    services.close()


def config_of(**wish):
    return resolve_config({**SMALL, **wish}, LIMITS, lambda spec: check_code(measure_code(spec.code, LIMITS), LIMITS))


def updater_of(config) -> Updater:
    return Updater(config, config.spec(), Settings("fp32", 1), torch.device("cpu"), None, LIMITS, insight=False)


def search(config) -> tuple[list, SearchDone]:
    events = list(find_learning_rate(config, LIMITS))
    return [event for event in events if event.type == "step"], events[-1]


def test_the_largest_eigenvalue_is_that_of_the_whole_matrix():
    generator = torch.Generator().manual_seed(3)
    root = torch.randn(60, 60, generator=generator, dtype=torch.float64)
    matrix = root + root.T

    def multiply(vector):
        return (matrix @ vector.double()).float()

    value, error, products = largest_eigenvalue(multiply, 60, torch.device("cpu"), tolerance=1e-3)
    expected = float(torch.linalg.eigvalsh(matrix)[-1])
    assert abs(value - expected) <= max(error, 1e-4) <= 1e-3 * expected * 1.01
    assert products < 60


def test_the_curvature_of_a_linear_network_under_mse_is_that_of_its_images():
    config = config_of(model=LINEAR, loss="MSE", optimizer="SGD", momentum=0)
    updater = updater_of(config)
    found = find_curvature(updater)
    indices = epoch_order(config.seed, 0, 2000)[:256]
    images, _ = updater.data.train.training_batch(indices, config.augment)
    rows = torch.cat([images.flatten(1), torch.ones(256, 1)], dim=1).double()
    # Of one output: mean over images of (1/10) (w x − t)², whose second derivative is (2/10) mean(x xᵀ).
    expected = 0.2 * float(torch.linalg.eigvalsh(rows.T @ rows / 256)[-1])
    assert found.largest == pytest.approx(expected, rel=0.02)
    assert found.limit == pytest.approx(2 / found.largest)


@pytest.mark.long
@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True), (0.5, True)])
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_below_the_limit_sgd_comes_to_rest_and_above_it_leaves(momentum, nesterov, weight_decay):
    limit = stability_limit(5.0, momentum, nesterov, weight_decay)
    for factor, ends in ((0.98, 0.0), (1.02, math.inf)):
        place = nn.Parameter(torch.ones(1, dtype=torch.float64))
        sgd = torch.optim.SGD(
            [place], lr=factor * limit, momentum=momentum, nesterov=nesterov and momentum > 0, weight_decay=weight_decay
        )
        for _ in range(2000):
            sgd.zero_grad()
            (2.5 * place**2).sum().backward()
            sgd.step()
        moved = abs(place.item())
        assert moved < 1e-3 if ends == 0.0 else moved > 1e3


def test_a_network_trained_by_full_batches_leaves_above_the_limit_that_was_measured():
    """On 256 images of a linear network with MSE the measured curvature is that of the whole loss, everywhere."""
    wish = {"model": LINEAR, "loss": "MSE", "optimizer": "SGD", "momentum": 0, "scheduler": "none", "augment": "none"}
    wish |= {"train_size": 256, "batch_size": 256, "epochs": 200}
    limit = find_curvature(updater_of(config_of(**wish))).limit
    last = {}
    for factor in (0.9, 1.1):
        updater = updater_of(config_of(**wish, learning_rate=factor * limit))
        for _ in range(200):
            for _ in updater.update(torch.arange(256)):
                pass
        images, labels = updater.data.train.training_batch(torch.arange(256), "none")
        last[factor] = updater.loss.sum(updater.model(images), labels, 0.0).item() / 256
    assert last[0.9] < 0.1 and last[1.1] > 100


def test_measuring_the_curvature_changes_nothing_of_the_search():
    config = config_of(model=NORMED, train_size=640, optimizer="SGD", momentum=0.5)
    first = search(config)[0]
    second = search(config)[0]
    shared = min(len(first), len(second))  # how many there is time for may differ
    assert [step.loss for step in first[:1]] == [step.loss for step in second[:1]] and shared >= 10
    plain = updater_of(config)
    torch.manual_seed(config.seed << 32)
    indices = epoch_order(config.seed, 0, 640)[:64]
    images, labels = plain.data.train.training_batch(indices, config.augment)
    loss = float(plain.loss.sum(plain.model.train()(images), labels, 0.0).detach()) / 64
    assert first[0].loss == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize(("optimizer", "momentum"), [("SGD", 0), ("SGD", 0.9), ("Adam", 0), ("AdamW", 0), ("RMSprop", 0)])
def test_the_suggested_rate_trains_better_than_far_below_and_far_above(optimizer, momentum):
    config = config_of(optimizer=optimizer, momentum=momentum)
    steps, done = search(config)
    assert done.suggested is not None and done.steepest <= done.lowest and done.diverged is not None
    rates = [step.learning_rate for step in steps]
    ratios = [after / before for before, after in itertools.pairwise(rates)]
    assert max(ratios) == pytest.approx(min(ratios)) and rates[0] == pytest.approx(1e-5)

    def loss_after(rate: float) -> float:
        updater = updater_of(config_of(optimizer=optimizer, momentum=momentum, learning_rate=rate))
        losses = []
        for indices in epoch_order(0, 0, 2000).split(64):
            update = updater.update(indices)
            try:
                next(update)
            except StopIteration as end:
                losses.append(float(end.value[0]))
        tail = sum(losses[-8:]) / 8
        return tail if math.isfinite(tail) else math.inf

    at = loss_after(done.suggested)
    assert at < 0.7 * loss_after(done.suggested / 100)
    assert at < 0.7 * loss_after(min(done.suggested * 1000, 99.0))


def test_what_a_curve_says():
    rates = [10 ** (-5 + place / 10) for place in range(61)]
    falling = [2.3 - 1.8 / (1 + math.exp(-4 * (math.log10(rate) + 2.5))) for rate in rates]
    losses = [
        loss + (10 * math.log10(rate / 0.3) ** 2 if rate > 0.3 else 0) for loss, rate in zip(falling, rates, strict=True)
    ]
    found = read_search(rates, losses, diverged=True, curvature=None)
    assert 1e-3 < found.steepest < 1e-2 < found.lowest < 0.5
    assert found.steepest < found.suggested < found.lowest
    assert found.diverged == rates[-1]


def test_a_loss_that_does_not_fall_has_no_rate():
    rates = [10 ** (-5 + place / 10) for place in range(40)]
    assert read_search(rates, [2.3] * 40, diverged=False, curvature=None).suggested is None
    assert read_search(rates, [math.nan] * 40, diverged=True, curvature=None).suggested is None
    broken = read_search(rates, [2.3 - 0.01 * place for place in range(39)] + [math.inf], diverged=True, curvature=None)
    assert broken.suggested is not None and math.isnan(broken.smooth[-1])


def test_smoothing_keeps_a_straight_line():
    rates = [10 ** (-5 + place / 20) for place in range(100)]
    line = [float(place) for place in range(100)]
    smooth = smooth_losses(rates, line)
    assert smooth[20:80] == pytest.approx(line[20:80], rel=1e-3)


def test_a_learners_code_is_searched_too():
    steps, done = search(config_of(model=CODE, optimizer="SGD", momentum=0))
    assert len(steps) >= 10 and done.suggested is not None
    assert done.curvature["largest"] > 0 and done.curvature["limit"] == pytest.approx(2 / done.curvature["largest"])


@pytest.mark.long
def test_fp16_and_accumulation_are_searched_as_they_train():
    steps, done = search(config_of(precision="fp16", accumulation=2, optimizer="SGD", momentum=0))
    assert done.suggested is not None and all(math.isfinite(step.loss) for step in steps[:10])


def test_lbfgs_has_no_rate_to_find():
    with pytest.raises(PlaygroundError) as raised:
        list(find_learning_rate(config_of(optimizer="LBFGS"), LIMITS))
    assert "Choose another optimizer" in raised.value.message("en")


def test_a_search_is_a_job_that_is_followed_and_stopped(services):
    visitor = "f" * 32
    first = services.searches.start(SMALL, visitor)
    second = services.searches.start({**SMALL, "model": "MNISTNet"}, visitor)  # takes the place of the first
    answer = services.searches.read(first, 0, "en")
    deadline = time.monotonic() + 60
    while answer["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.05)
        answer = services.searches.read(first, 0, "en")
    assert answer["state"] in ("stopped", "done")
    assert services.searches.stop(second)
    while services.searches.read(second, 0, "en")["state"] != "stopped" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert services.searches.read(second, 0, "en")["state"] == "stopped"
    third = services.searches.start(SMALL, visitor)
    place, kinds = 0, []
    while time.monotonic() < deadline:
        answer = services.searches.read(third, place, "en")
        kinds += [event["type"] for event in answer["events"]]
        place = answer["next"]
        if answer["state"] == "done":
            break
        time.sleep(0.05)
    assert kinds[0] == "started" and kinds[-1] == "done" and set(kinds[1:-1]) == {"step"}


def test_a_search_that_cannot_be_says_why(services):
    with pytest.raises(NotFoundError, match="search"):
        services.searches.read("0" * 32, 0, "en")
    with pytest.raises(PlaygroundError, match="batch_size"):
        services.searches.start({**SMALL, "batch_size": 0}, "f" * 32)
    refused = services.searches.start({**SMALL, "optimizer": "LBFGS"}, "f" * 32)
    deadline = time.monotonic() + 60
    while (answer := services.searches.read(refused, 0, "en"))["state"] != "failed" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "Choose another optimizer" in answer["failure"]["message"]
