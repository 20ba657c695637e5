"""The training loop: repeatable, exact, and honest about what happened; torch itself is the reference."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from training_steps import take

from playground.data import AUGMENTATIONS, DATASETS, Images
from playground.errors import UnsupportedError
from playground.models import build_model, load_checkpoint
from playground.training import batches, loop, trial
from playground.training.batches import LabelledImages, count_steps, epoch_batches, split_dataset
from playground.training.evaluate import MAXIMUM_MISTAKES, evaluate, measure
from playground.training.events import Done, Download, Epoch, Event, Started, Step
from playground.training.loop import train
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS, STEPPED
from playground.training.randomness import epoch_order, split_order, step_seed
from playground.training.schedulers import CURVE_POINTS, ONE_CYCLE, SCHEDULERS, Length, preview_schedule
from playground.training.trial import Settings, make_autocast, recall, remember, settle

CPU = torch.device("cpu")
FP32 = make_autocast("fp32", CPU)
KEYS = {
    "started": "total_steps steps_per_epoch epochs parameters device precision threads train_size",
    "step": "step loss accuracy learning_rate gradient_norm images_per_second",
    "epoch": "step loss accuracy learning_rate gradient_norm images_per_second epoch test_loss test_accuracy best",
    "insight": "step seconds share layers",
    "glance": "step count confusion class_losses hardest image label layers seconds share",
    "done": "step test_accuracy seconds",
}
# No randomness in the network, so that only the batches decide.
PLAIN_MODEL = (
    '{"name":"Plain","layers":[{"type":"Flatten"},'
    '{"type":"Linear","name":"fc","arguments":{"in_features":784,"out_features":10}}]}'
)
DEEP_MODEL = json.dumps(
    {
        "layers": [
            {"type": "Flatten"},
            *(
                entry
                for size in ((784, 32), (32, 32), (32, 32))
                for entry in (
                    {"type": "Linear", "arguments": {"in_features": size[0], "out_features": size[1]}},
                    {"type": "ReLU"},
                )
            ),
            {"type": "Linear", "arguments": {"in_features": 32, "out_features": 10}},
        ]
    }
)

pytestmark = pytest.mark.usefixtures("restored_torch")


@pytest.fixture
def small_test_set(monkeypatch):
    """1,000 test images instead of 10,000, where the number does not matter."""
    whole = batches.load_images

    def fewer(name: str) -> Images:
        data = whole(name)
        return Images(data.dataset, data.train_images, data.train_labels, data.test_images[:1000], data.test_labels[:1000])

    monkeypatch.setattr(batches, "load_images", fewer)


@pytest.fixture
def run(make_config, tmp_path, small_test_set):
    """Trains one small run to its end and gives its events; its files are in `tmp_path / "run"`."""
    return lambda folder="run", **wish: list(train(make_config(**wish), tmp_path / folder))


def of_type(events: list[Event], event_type: type[Event]) -> list:
    return [event for event in events if type(event) is event_type]


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in of_type(events, Step)]


def assert_contract(events: list[Event]) -> None:
    for event in events:
        data = json.loads(json.dumps(event.to_json(), allow_nan=False))
        assert set(KEYS[data["type"]].split()) <= set(data)


def test_a_run_from_start_to_done(run, tmp_path, tiny_model):
    events = run(epochs=2, train_size=250)
    assert_contract(events)
    told = [event.type for event in events if event.type not in ("insight", "glance")]
    assert told == ["started", *["step"] * 4, "epoch", *["step"] * 4, "epoch", "done"]
    started, done = events[0], events[-1]
    assert (started.total_steps, started.steps_per_epoch, started.epochs, started.train_size) == (8, 4, 2, 250)
    assert (started.device, started.precision, started.threads) == ("cpu", "fp32", 1)
    assert started.parameters == 4 * 16 + 4 + 8 + 1970
    assert [event.step for event in of_type(events, Step)] == list(range(1, 9))
    first = of_type(events, Epoch)[0]
    sizes = [64, 64, 64, 58]
    for key in ("loss", "accuracy", "gradient_norm"):
        values = [getattr(event, key) for event in of_type(events, Step)[:4]]
        assert getattr(first, key) == pytest.approx(np.average(values, weights=sizes), rel=1e-6)
    assert done.test_accuracy == max(event.test_accuracy for event in of_type(events, Epoch))
    assert done.training_seconds <= done.seconds
    assert losses(events)[-1] < losses(events)[0]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        *("best.safetensors", "evaluation.json", "last.safetensors", "snapshots"),
    ]
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["accuracy"] == done.test_accuracy
    best = load_checkpoint(tmp_path / "run" / "best.safetensors")
    assert best.facts["test_accuracy"] == done.test_accuracy
    assert best.facts["epoch"] == done.best_epoch
    assert best.facts["config"]["train_size"] == 250
    assert best.spec.name == "Tiny"


def test_a_seed_decides_every_loss(run, tmp_path):
    wish = {"augment": "strong", "epochs": 2, "scheduler": "OneCycle"}
    one, other, third = run("one", **wish), run("other", **wish), run("third", seed=1, **wish)
    for event, twin in zip(of_type(one, Step), of_type(other, Step), strict=True):
        assert (event.loss, event.accuracy, event.gradient_norm) == (twin.loss, twin.accuracy, twin.gradient_norm)
    assert losses(one) != losses(third)
    first, second = (load_file(tmp_path / name / "last.safetensors") for name in ("one", "other"))
    assert all(torch.equal(value, second[key]) for key, value in first.items())


def test_what_ran_before_does_not_matter(run):
    before = losses(run("one", augment="course"))
    torch.manual_seed(99)
    torch.rand(1000)
    assert losses(run("two", augment="course")) == before


def test_the_largest_seed(run):
    assert len(losses(run(seed=2**31 - 1))) == 4


def weights_after_one_step(run, tmp_path, folder: str, **wish) -> tuple[dict, Step]:
    plain = {"model": PLAIN_MODEL, "optimizer": "SGD", "momentum": 0, "learning_rate": 0.5, "train_size": 80}
    events = run(folder, **{**plain, **wish})
    (step,) = of_type(events, Step)
    return load_file(tmp_path / folder / "last.safetensors"), step


@pytest.mark.parametrize("micro", [32, 40, 79, 1])
def test_accumulated_micro_batches_are_one_batch(run, tmp_path, micro):
    """80 images as 32 + 32 + 16: the mean over all of them, not the mean of unequal means."""
    whole, step = weights_after_one_step(run, tmp_path, "whole", batch_size=80)
    parts, summed = weights_after_one_step(run, tmp_path, "parts", batch_size=micro, accumulation=math.ceil(80 / micro))
    # One step of plain SGD: the difference of the weights is the gradient times the learning rate.
    assert max((whole[key] - parts[key]).abs().max() for key in whole) < 1e-5 * 0.5
    assert summed.loss == pytest.approx(step.loss, abs=1e-5)
    assert summed.gradient_norm == pytest.approx(step.gradient_norm, abs=1e-5)
    assert summed.accuracy == step.accuracy


def test_clipping_limits_the_step_and_tells_the_norm_before(run, tmp_path, make_config):
    free, step = weights_after_one_step(run, tmp_path, "free", batch_size=80)
    clipped, told = weights_after_one_step(run, tmp_path, "clipped", batch_size=80, clip_norm=0.1)
    assert step.gradient_norm > 0.5
    assert told.gradient_norm == pytest.approx(step.gradient_norm, rel=1e-6)
    torch.manual_seed(0)
    start = build_model(make_config(model=PLAIN_MODEL).spec()).state_dict()
    for weights, norm in ((free, step.gradient_norm), (clipped, 0.1)):
        moved = math.sqrt(sum(float((start[key] - weights[key]).square().sum()) for key in start))
        assert moved == pytest.approx(0.5 * norm, rel=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_first_step_is_the_one_of_the_course(run, make_config, smoothing):
    """The course's five lines on the same images give the same numbers."""
    step = of_type(run(model=PLAIN_MODEL, optimizer="SGD", train_size=64, label_smoothing=smoothing), Step)[0]
    data = split_dataset(make_config(model=PLAIN_MODEL, train_size=64), CPU).train
    order = epoch_order(0, 0, 64)
    torch.manual_seed(0)
    model = build_model(make_config(model=PLAIN_MODEL).spec())
    images = (data.images[order].float() / 255 - 0.1307) / 0.3081
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)(model(images), data.labels[order])
    loss.backward()
    norm = torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).norm()
    assert step.loss == pytest.approx(loss.item(), rel=1e-5)
    assert step.gradient_norm == pytest.approx(norm.item(), rel=1e-5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_trains(run, optimizer):
    found = losses(run(optimizer=optimizer, learning_rate=0.005, epochs=3, weight_decay=0.001))
    assert all(math.isfinite(loss) for loss in found)
    assert np.mean(found[-4:]) < found[0]


@pytest.mark.parametrize("optimizer", STEPPED)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [True, False])
def test_an_optimizer_is_that_of_torch(optimizer, momentum, nesterov):
    entry = OPTIMIZERS[optimizer]
    arguments = entry.arguments(0.01, 0.1, momentum, nesterov=nesterov)

    def stepped(make) -> torch.Tensor:
        parameter = nn.Parameter(torch.linspace(-1, 1, 6))
        optimizer = make([parameter])
        for _ in range(3):
            optimizer.zero_grad()
            (parameter**3).sum().backward()
            optimizer.step()
        return parameter.detach()

    settings = {"learning_rate": 0.01, "weight_decay": 0.1, "momentum": momentum, "nesterov": nesterov}
    ours = stepped(lambda parameters: entry.make(parameters, **settings))
    plain = {key: value for key, value in arguments.items() if key != "fused"}
    theirs = stepped(lambda parameters: getattr(torch.optim, optimizer)(parameters, foreach=False, **plain))
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert ("momentum" in arguments) == (optimizer in ("SGD", "RMSprop"))
    assert ("nesterov" in arguments) == (optimizer == "SGD" and momentum > 0 and nesterov)


# The five lines of the course in plain torch, with nothing of ours but the order of the images.
PLAIN_LOSSES = {
    "CrossEntropy": lambda logits, labels: nn.CrossEntropyLoss(label_smoothing=0.1)(logits, labels),
    "NLL": lambda logits, labels: nn.NLLLoss()(nn.LogSoftmax(dim=1)(logits), labels),
    "BCEWithLogits": lambda logits, labels: nn.BCEWithLogitsLoss()(logits, torch.eye(10)[labels]),
    "MSE": lambda logits, labels: nn.MSELoss()(logits, torch.eye(10)[labels]),
    "L1": lambda logits, labels: nn.L1Loss()(logits, torch.eye(10)[labels]),
}
PLAIN_OPTIMIZERS = {
    "AdamW": lambda parameters: torch.optim.AdamW(parameters, lr=0.1, weight_decay=0.01),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1, weight_decay=0.01),
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1, weight_decay=0.01, momentum=0.8, nesterov=True),
    "RMSprop": lambda parameters: torch.optim.RMSprop(parameters, lr=0.1, weight_decay=0.01, momentum=0.8),
    "LBFGS": lambda parameters: torch.optim.LBFGS(
        parameters, lr=0.1, max_iter=10, history_size=10, line_search_fn="strong_wolfe"
    ),
}


def plain_loop(data: LabelledImages, spec, make, loss_of, batch_size: int = 64) -> tuple[list[float], list[torch.Tensor]]:
    """The losses before each update of one epoch, and the parameters after it."""
    torch.manual_seed(0)
    model = build_model(spec)
    optimizer = make(model.parameters())
    found = []
    for indices in epoch_order(0, 0, len(data)).split(batch_size):
        images = (data.images[indices].float() / 255 - 0.1307) / 0.3081
        looks = []

        def look(images=images, labels=data.labels[indices], looks=looks):
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            looks.append(loss.item())
            return loss

        optimizer.step(look)
        found.append(looks[0])
    return found, [parameter.detach() for parameter in model.parameters()]


@pytest.mark.parametrize(
    ("optimizer", "loss"), [*((name, "CrossEntropy") for name in OPTIMIZERS), *(("SGD", name) for name in LOSSES)]
)
def test_a_run_is_the_loop_of_the_course(run, make_config, tmp_path, optimizer, loss):
    wish = {"model": PLAIN_MODEL, "optimizer": optimizer, "loss": loss, "label_smoothing": 0.1}
    wish |= {"learning_rate": 0.1, "weight_decay": 0.01, "momentum": 0.8}
    events = run(**wish)
    data, spec = split_dataset(make_config(), CPU).train, make_config(**wish).spec()
    expected, parameters = plain_loop(data, spec, PLAIN_OPTIMIZERS[optimizer], PLAIN_LOSSES[loss])
    assert losses(events) == pytest.approx(expected, rel=1e-4)
    found = load_file(tmp_path / "run" / "last.safetensors")
    for ours, theirs in zip((found["fc.weight"], found["fc.bias"]), parameters, strict=True):
        assert torch.allclose(ours, theirs, atol=2e-4)


def test_sgd_without_nesterov_goes_its_own_way(run, make_config):
    wish = {"model": PLAIN_MODEL, "optimizer": "SGD", "learning_rate": 0.1, "momentum": 0.8}
    plain, looking = run("plain", nesterov=False, **wish), run("looking", **wish)
    make = lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.8)  # noqa: E731
    data, spec = split_dataset(make_config(), CPU).train, make_config(**wish).spec()
    assert losses(plain) == pytest.approx(plain_loop(data, spec, make, nn.CrossEntropyLoss())[0], rel=1e-4)
    assert losses(looking)[2:] != pytest.approx(losses(plain)[2:], rel=1e-4)


@pytest.mark.parametrize(
    "wish",
    [
        *({"optimizer": name} for name in OPTIMIZERS),
        *({"loss": name} for name in LOSSES),
        *({"scheduler": name, "epochs": 2} for name in SCHEDULERS),
        *({"precision": name} for name in ("bf16", "fp16")),
    ],
    ids=str,
)
def test_the_same_seed_gives_the_same_curve_bit_for_bit(run, tmp_path, wish):
    one, other = run("one", augment="strong", **wish), run("other", augment="strong", **wish)
    assert [event.to_json() for event in of_type(one, Step)] == [
        {**event.to_json(), "images_per_second": mine.images_per_second}
        for mine, event in zip(of_type(one, Step), of_type(other, Step), strict=True)
    ]
    first, second = (load_file(tmp_path / name / "last.safetensors") for name in ("one", "other"))
    assert all(torch.equal(value, second[key]) for key, value in first.items())


def test_lbfgs_lowers_the_loss_of_its_batch_far_in_few_steps(run):
    wish = {"model": PLAIN_MODEL, "batch_size": 256, "epochs": 6}
    found = losses(run("lbfgs", optimizer="LBFGS", learning_rate=1, **wish))
    steepest = losses(run("sgd", optimizer="SGD", learning_rate=0.1, momentum=0, **wish))
    assert len(found) == 6
    assert found == sorted(found, reverse=True), "a line search never goes up"
    assert found[-1] < 0.1 * steepest[-1]


def test_a_line_search_sees_the_same_dropout_at_each_look(make_config, tmp_path, small_test_set):
    config = make_config(optimizer="LBFGS", learning_rate=1)
    live = loop.TrainingRun(config, config.spec(), Settings("fp32", 1), CPU, tmp_path)
    live.model.train()
    (norm,) = (layer for layer in live.model.modules() if isinstance(layer, nn.BatchNorm2d))
    dropout = next(layer for layer in live.model.modules() if isinstance(layer, nn.Dropout))
    masks = []
    dropout.register_forward_hook(lambda layer, given, out: masks.append((out == 0) & (given[0] != 0)))
    take(live.train_step(torch.arange(64)))
    assert len(masks) > 2
    # Where a number is 0 already, nothing can be seen of the mask.
    assert all((mask & ~masks[0]).sum() < 0.05 * mask.numel() for mask in masks)
    assert norm.num_batches_tracked == len(masks)


def test_the_gradients_of_fp16_are_told_as_they_are(run):
    """Not as many times too large as the GradScaler makes the loss; and clipped by their real norm."""
    exact, rounded = (run(precision, precision=precision) for precision in ("fp32", "fp16"))
    assert rounded[0].precision == "fp16"
    assert losses(rounded) != losses(exact)
    assert losses(rounded) == pytest.approx(losses(exact), abs=0.05)
    norms = [[event.gradient_norm for event in of_type(events, Step)] for events in (exact, rounded)]
    assert norms[1] == pytest.approx(norms[0], rel=0.05)
    clipped = [
        run(f"{precision} clip", precision=precision, clip_norm=0.1, optimizer="SGD") for precision in ("fp32", "fp16")
    ]
    assert losses(clipped[1]) == pytest.approx(losses(clipped[0]), abs=0.02)


@pytest.mark.parametrize("optimizer", STEPPED)
def test_a_step_with_an_infinite_gradient_is_left_out(make_config, tmp_path, small_test_set, optimizer):
    """Fused kernels and the others: the scale is halved, the parameters stay, and the run goes on."""
    config = make_config(precision="fp16", optimizer=optimizer, model=PLAIN_MODEL)
    live = loop.TrainingRun(config, config.spec(), Settings("fp16", 1), CPU, tmp_path)
    before = [parameter.clone() for parameter in live.model.parameters()]
    live.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
    step = take(live.train_step(torch.arange(64)))
    assert not math.isfinite(step.gradient_norm) and math.isfinite(step.loss)
    assert live.scaler.get_scale() == 2.0**119
    assert all(torch.equal(one, other) for one, other in zip(before, live.model.parameters(), strict=True))
    live.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
    take(live.train_step(torch.arange(64)))
    assert not any(torch.equal(one, other) for one, other in zip(before, live.model.parameters(), strict=True))


def test_a_step_that_was_left_out_is_not_in_the_mean_of_the_epoch(make_config, tmp_path, small_test_set):
    config = make_config(precision="fp16", model=PLAIN_MODEL)
    live = loop.TrainingRun(config, config.spec(), Settings("fp16", 1), CPU, tmp_path)
    live.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120, backoff_factor=2.0**-110)
    norms = [event.gradient_norm for event in live.train_epoch() if isinstance(event, Step)]
    assert not math.isfinite(norms[0]) and all(math.isfinite(norm) for norm in norms[1:]) and len(norms) == 4
    assert live.finish_epoch().gradient_norm == pytest.approx(sum(norms[1:]) / 3)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_trains(run, scheduler):
    events = run(scheduler=scheduler, epochs=2)
    assert all(math.isfinite(loss) for loss in losses(events))
    assert len(losses(events)) == 8


def curve(make, steps: int, per_epoch: int = 0) -> list[float]:
    """The learning rates that torch's own scheduler gives, step by step (or epoch by epoch)."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps and (not per_epoch or (step + 1) % per_epoch == 0):
            scheduler.step()
    return rates


CURVES = {
    "none": ([0.1] * 12, 3),
    "StepLR": (curve(lambda optimizer: lr_scheduler.StepLR(optimizer, 4, 0.1), 12), 3),
    "Cosine": (curve(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 12), 12), 3),
    "CosineEpochs": (curve(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 3), 12, per_epoch=4), 3),
    "OneCycle": (
        curve(lambda optimizer: lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=12, **ONE_CYCLE), 12),
        3,
    ),
    # One step of warm-up from a tenth of the rate, then the cosine over the other eleven.
    "WarmupCosine": ([0.01, *curve(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 11), 11)], 3),
    "ReduceLROnPlateau": ([0.1] * 12, 3),  # the loss falls all the time
}


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_learning_rate_follows_the_curve_of_torch(run, scheduler):
    expected, epochs = CURVES[scheduler]
    events = run(model=PLAIN_MODEL, scheduler=scheduler, epochs=epochs, optimizer="SGD", learning_rate=0.1)
    assert [event.learning_rate for event in of_type(events, Step)] == pytest.approx(expected, rel=1e-9)
    assert of_type(events, Epoch)[-1].learning_rate == pytest.approx(expected[-1])


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_shortest_run(run, scheduler):
    events = run(model=PLAIN_MODEL, scheduler=scheduler, epochs=0.001, train_size=1, batch_size=1)
    assert [event.type for event in events] == ["started", "step", "insight", "glance", "epoch", "done"]


@pytest.mark.parametrize("scheduler", [name for name, entry in SCHEDULERS.items() if entry.make])
def test_the_code_line_of_a_scheduler_is_the_scheduler(scheduler):
    def optimizer():
        return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)

    entry = SCHEDULERS[scheduler]
    made = entry.make(optimizer(), Length(25, 2.5))
    names = {"optimizer": optimizer(), "LEARNING_RATE": 0.1, "total_steps": 25, "EPOCHS": 2.5, "math": math, "max": max}
    written = eval(entry.source, {**names, "lr_scheduler": lr_scheduler})
    for _ in range(24):
        assert made.get_last_lr() == written.get_last_lr()
        for scheduler_object in (made, written):
            scheduler_object.optimizer.step()
            scheduler_object.step(*([1.0] if entry.watches else []))


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize(("epochs", "train_size"), [(3, 256), (2.6, 250), (0.25, 256)])
def test_a_previewed_curve_is_the_one_of_the_run(run, make_config, scheduler, epochs, train_size):
    wish = {"model": PLAIN_MODEL, "scheduler": scheduler, "epochs": epochs, "train_size": train_size}
    steps = of_type(run(optimizer="SGD", learning_rate=0.01, **wish), Step)
    per_epoch, total = count_steps(make_config(**wish))
    points = preview_schedule(scheduler, 0.01, per_epoch, Length(total, epochs))
    assert points[0][0] == 0 and points[-1][0] == pytest.approx(1)
    for number, step in enumerate(steps):
        middle = (number + 0.5) / total
        (rate,) = {rate for (start, rate), (end, _) in itertools.pairwise(points) if start < middle < end}
        assert rate == pytest.approx(step.learning_rate), number


def test_a_long_run_has_a_curve_of_the_same_shape():
    def rates(steps: int) -> list[float]:
        points = preview_schedule("WarmupCosine", 0.1, steps // 10, Length(steps, 10))
        return [next(rate for share, rate in points if share >= part / 20) for part in range(20)]

    assert rates(10**6) == rates(CURVE_POINTS)
    assert rates(CURVE_POINTS - 100) == pytest.approx(rates(CURVE_POINTS), abs=0.005)
    assert len(preview_schedule("OneCycle", 0.1, 10**5, Length(10**6, 10))) == 2 * CURVE_POINTS


@pytest.mark.parametrize("validation_size", [0, 100])
def test_a_plateau_is_seen_in_the_validation_loss_else_in_the_training_loss(run, monkeypatch, validation_size):
    """Two epochs without a lower loss and the rate is a tenth: as torch's own scheduler decides for these losses."""
    validation = iter([1.0, 0.5, 0.6, 0.7, 0.4, 0.9, 0.9, 0.9])
    monkeypatch.setattr(loop, "measure", lambda *_: (next(validation), 0.5))
    events = run(
        model=PLAIN_MODEL,
        scheduler="ReduceLROnPlateau",
        epochs=8,
        optimizer="SGD",
        momentum=0,
        learning_rate=2.0,
        train_size=64,
        validation_size=validation_size,
    )
    epochs = of_type(events, Epoch)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=1)
    for epoch in epochs:
        assert epoch.learning_rate == pytest.approx(optimizer.param_groups[0]["lr"])
        scheduler.step(epoch.validation_loss if validation_size else epoch.loss)
    if validation_size:
        assert [epoch.learning_rate for epoch in epochs] == pytest.approx([2, 2, 2, 2, 0.2, 0.2, 0.2, 0.02])


def test_a_run_stops_early_and_says_so(run, tmp_path, monkeypatch):
    scores = iter([0.5, 0.7, 0.6, 0.7, 0.9, 0.9])
    monkeypatch.setattr(loop, "measure", lambda *_: (1.0, next(scores)))
    events = run(validation_size=100, epochs=20, early_stopping=2)
    assert len(of_type(events, Epoch)) == 4, "equal is no better"
    done = events[-1]
    assert (done.reason, done.patience, done.best_epoch, done.step) == ("early_stopping", 2, 2, 16)
    assert load_checkpoint(tmp_path / "run" / "best.safetensors").facts["step"] == 8
    assert load_checkpoint(tmp_path / "run" / "last.safetensors").facts["step"] == 16
    assert json.loads((tmp_path / "run" / "evaluation.json").read_text())["accuracy"] == done.test_accuracy


def test_a_run_that_is_at_its_end_anyway_did_not_stop_early(run, monkeypatch):
    scores = iter([0.5, 0.4, 0.4])
    monkeypatch.setattr(loop, "measure", lambda *_: (1.0, next(scores)))
    events = run(validation_size=100, epochs=3, early_stopping=2)
    assert (events[-1].reason, events[-1].step) == ("epochs", 12)


def test_the_seed_of_the_split_is_its_own(make_config, monkeypatch):
    monkeypatch.setattr(batches, "load_images", lambda name: numbered_images(1000))

    def chosen(**wish) -> list[int]:
        return numbers_of(split_dataset(make_config(train_size=100, validation_size=50, **wish), CPU).train)

    assert chosen(seed=3) == chosen(seed=3, split_seed=-1) == chosen(seed=0, split_seed=3)
    assert chosen(seed=3, split_seed=7) == chosen(seed=4, split_seed=7) != chosen(seed=3)


@pytest.mark.parametrize("loss", LOSSES)
def test_an_epoch_is_tested_by_the_loss_that_is_made_small(run, tmp_path, loss):
    """So that the two columns of the table can be compared; without label smoothing."""
    events = run(loss=loss, label_smoothing=0.3, validation_size=100)
    (epoch,) = of_type(events, Epoch)
    checkpoint = load_checkpoint(tmp_path / "run" / "best.safetensors")
    model = checkpoint.build().eval()
    data = batches.load_images("MNIST")
    images = (torch.from_numpy(data.test_images).unsqueeze(1).float() / 255 - 0.1307) / 0.3081
    labels = torch.from_numpy(data.test_labels).long()
    plain = PLAIN_LOSSES if loss != "CrossEntropy" else {"CrossEntropy": nn.CrossEntropyLoss()}
    assert epoch.test_loss == pytest.approx(plain[loss](model(images), labels).item(), rel=1e-4)
    assert epoch.validation_loss is not None and epoch.validation_loss == pytest.approx(epoch.test_loss, rel=0.5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_a_sum_and_its_code_line_the_same(loss, smoothing):
    entry, logits, labels = LOSSES[loss], torch.randn(7, 10), torch.randint(0, 10, (7,))
    total = entry.sum(logits, labels, smoothing)
    parts = sum(entry.sum(logits[part], labels[part], smoothing) for part in (slice(0, 3), slice(3, 7)))
    assert total.item() == pytest.approx(parts.item(), rel=1e-5)
    names = {"F": F, "logits": logits, "labels": labels, "LABEL_SMOOTHING": smoothing}
    names |= {"targets": eval(entry.targets, names)} if entry.targets else {}
    assert torch.equal(eval(entry.source, names), total)
    mean = nn.CrossEntropyLoss(label_smoothing=smoothing) if loss == "CrossEntropy" else PLAIN_LOSSES[loss]
    assert total.item() == pytest.approx(7 * mean(logits, labels).item(), rel=1e-5)
    assert entry.smoothing == ("LABEL_SMOOTHING" in entry.source)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_augmentation_trains(run, name):
    assert all(math.isfinite(loss) for loss in losses(run(augment=name)))


def test_bf16_trains_near_fp32(run):
    exact, rounded = (run(precision, precision=precision, epochs=2) for precision in ("fp32", "bf16"))
    assert rounded[0].precision == "bf16"
    assert losses(rounded) != losses(exact)
    assert losses(rounded) == pytest.approx(losses(exact), abs=0.15)


@pytest.mark.parametrize(("epochs", "steps", "ends"), [(1.5, 6, [1, 1.5]), (0.5, 2, [0.5]), (2.2, 9, [1, 2, 2.25])])
def test_fractional_epochs(run, make_config, epochs, steps, ends):
    events = run(epochs=epochs)
    assert count_steps(make_config(epochs=epochs)) == (4, steps)
    assert len(losses(events)) == steps
    assert [event.epoch for event in of_type(events, Epoch)] == ends


def numbered_images(count: int, test_count: int = 50) -> Images:
    """Images that carry their own number, so that one can see which were chosen."""
    numbers = np.zeros((count, 28, 28), np.uint8)
    numbers[:, 0, 0], numbers[:, 0, 1] = np.arange(count) % 256, np.arange(count) // 256
    labels = (np.arange(count) % 10).astype(np.uint8)
    return Images(DATASETS["MNIST"], numbers, labels, numbers[:test_count], labels[:test_count])


def numbers_of(images: LabelledImages) -> list[int]:
    return (images.images[:, 0, 0, 0].int() + 256 * images.images[:, 0, 0, 1].int()).tolist()


def test_validation_images_are_chosen_by_the_seed_and_never_trained_on(make_config, monkeypatch):
    monkeypatch.setattr(batches, "load_images", lambda name: numbered_images(1000))

    def chosen(**wish) -> tuple[list[int], list[int]]:
        split = split_dataset(make_config(**wish), CPU)
        assert [int(label) for label in split.train.labels] == [number % 10 for number in numbers_of(split.train)]
        return numbers_of(split.train), numbers_of(split.validation)

    train_numbers, kept = chosen(train_size=700, validation_size=300)
    assert sorted(train_numbers + kept) == list(range(1000))
    assert chosen(train_size=700, validation_size=300) == (train_numbers, kept)
    assert train_numbers == split_order(0, 1000)[:700].tolist()
    other, _ = chosen(train_size=700, validation_size=300, seed=1)
    assert other != train_numbers
    assert len(set(other) - set(train_numbers)) > 100
    few, some = chosen(train_size=10, validation_size=20)
    assert len(set(few) | set(some)) == 30


def test_without_a_choice_the_arrays_are_shared(make_config, monkeypatch):
    data = numbered_images(256)
    monkeypatch.setattr(batches, "load_images", lambda name: data)
    split = split_dataset(make_config(train_size=256), CPU)
    assert split.validation is None
    assert split.train.images.data_ptr() == data.train_images.ctypes.data
    assert numbers_of(split.train) == list(range(256))


def test_the_best_is_chosen_by_the_validation_images(run, tmp_path, monkeypatch):
    scores = iter([0.5, 0.4, 0.7, 0.7])
    monkeypatch.setattr(loop, "measure", lambda *_: (1.0, next(scores)))
    events = run(validation_size=100, epochs=4)
    epochs = of_type(events, Epoch)
    assert [event.best for event in epochs] == [True, False, True, False]
    assert [event.validation_accuracy for event in epochs] == [0.5, 0.4, 0.7, 0.7]
    assert events[-1].best_epoch == 3
    assert events[-1].test_accuracy == epochs[2].test_accuracy
    assert load_checkpoint(tmp_path / "run" / "best.safetensors").facts["step"] == 12
    assert load_checkpoint(tmp_path / "run" / "last.safetensors").facts["step"] == 16


def test_the_validation_score_is_measured(run):
    (epoch,) = of_type(run(validation_size=100), Epoch)
    assert epoch.validation_accuracy * 100 == pytest.approx(round(epoch.validation_accuracy * 100))
    assert epoch.validation_loss > 0


def test_every_epoch_goes_through_all_images_in_an_order_of_its_own(make_config):
    config = make_config(train_size=250, batch_size=32, accumulation=2)
    first, again, second = (torch.cat(epoch_batches(config, epoch, 250, CPU)).tolist() for epoch in (0, 0, 1))
    assert [len(batch) for batch in epoch_batches(config, 0, 250, CPU)] == [64, 64, 64, 58]
    assert sorted(first) == list(range(250))
    assert first == again
    assert first != second
    assert len({step_seed(seed, step) for seed in range(30) for step in range(30)}) == 900


def test_a_run_that_diverges_says_so_in_plain_json(run, tmp_path):
    events = run(model=DEEP_MODEL, optimizer="SGD", learning_rate=100, momentum=0.9, epochs=10)
    assert_contract(events)
    written = [event.to_json() for event in events]
    assert any(event["loss"] in ("nan", "inf") for event in written if event["type"] == "step")
    assert written[-2]["test_loss"] == "nan"
    assert written[-2]["test_accuracy"] == 0, "a network that answers nothing is never right"
    assert written[-1]["type"] == "done"

    def refuse(name: str):
        raise AssertionError(f"{name} is no JSON")

    json.loads((tmp_path / "run" / "evaluation.json").read_text(), parse_constant=refuse)


@pytest.mark.parametrize("steps", [1, 3, 6])
def test_a_run_that_is_stopped_keeps_its_last_weights(make_config, tmp_path, small_test_set, steps):
    events = train(make_config(epochs=5), tmp_path / "run")
    seen = 0
    for event in events:
        seen += isinstance(event, Step) and not isinstance(event, Epoch)
        if seen == steps:
            break
    events.close()
    checkpoint = load_checkpoint(tmp_path / "run" / "last.safetensors")
    assert checkpoint.facts["step"] == steps
    assert checkpoint.build()(torch.zeros(1, 1, 28, 28)).isfinite().all()
    assert (tmp_path / "run" / "best.safetensors").exists() == (steps > 4)


def test_weights_are_kept_while_it_trains(make_config, tmp_path, small_test_set, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY_SECONDS", 0)
    events = train(make_config(), tmp_path / "run", insight=False)
    assert isinstance(next(events), Started)
    next(events)
    assert not (tmp_path / "run" / "last.safetensors").exists()
    next(events)
    assert load_checkpoint(tmp_path / "run" / "last.safetensors").facts["step"] == 1
    events.close()


def test_a_device_that_is_not_here(make_config, tmp_path):
    with pytest.raises(UnsupportedError, match="no device tpu here"):
        list(train(make_config(device="tpu"), tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_data_set_is_fetched_first(make_config, tmp_path, monkeypatch, home):
    monkeypatch.setattr(loop, "fetch_dataset", lambda dataset: iter([0.5, 1.0]))
    monkeypatch.setattr(batches, "load_images", lambda name: numbered_images(256))
    events = list(train(make_config(dataset="KMNIST"), tmp_path / "run"))
    assert events[:2] == [Download("KMNIST", 0.5), Download("KMNIST", 1.0)]
    assert events[0].to_json() == {"type": "download", "dataset": "KMNIST", "share": 0.5}
    assert isinstance(events[-1], Done)


def test_frozen_layers_stay_as_they_were(run, tmp_path, tiny_model):
    model = json.loads(tiny_model)
    model["layers"][0]["trainable"] = False
    run(model=json.dumps(model), epochs=2)
    torch.manual_seed(0)
    start = build_model(load_checkpoint(tmp_path / "run" / "last.safetensors").spec).state_dict()
    end = load_file(tmp_path / "run" / "last.safetensors")
    assert torch.equal(start["conv.weight"], end["conv.weight"])
    assert not torch.equal(start["head.weight"], end["head.weight"])


# Evaluation, against a slow loop in plain Python.


class Answers(nn.Module):
    """A network whose logits are written down: the first pixel of an image is its number."""

    def __init__(self, logits: torch.Tensor):
        super().__init__()
        self.logits = logits

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        # Undo the normalisation; rounding gives back the stored byte.
        numbers = ((images[:, 0, 0, :2] * 0.3081 + 0.1307) * 255).round().long()
        return self.logits[numbers[:, 0] + 256 * numbers[:, 1]]


def evaluation_set(count: int, classes: int = 10) -> LabelledImages:
    data = numbered_images(count)
    labels = torch.from_numpy(data.train_labels).long() % classes
    return LabelledImages(torch.from_numpy(data.train_images).unsqueeze(1), labels, DATASETS["MNIST"])


def slow_evaluation(logits: list[list[float]], labels: list[int]) -> dict:
    confusion = [[0] * 10 for _ in range(10)]
    loss, mistakes = 0.0, []
    for index, (row, label) in enumerate(zip(logits, labels, strict=True)):
        total = sum(math.exp(value) for value in row)
        guess = max(range(10), key=lambda digit: row[digit])
        confusion[label][guess] += 1
        loss -= math.log(math.exp(row[label]) / total)
        if guess != label:
            mistakes.append((math.exp(row[guess]) / total, index, label, guess))
    right = sum(confusion[digit][digit] for digit in range(10))
    return {
        "loss": loss / len(labels),
        "accuracy": right / len(labels),
        "per_digit": [confusion[digit][digit] / max(1, sum(confusion[digit])) for digit in range(10)],
        "confusion": confusion,
        "mistakes": sorted(mistakes, reverse=True),
    }


@pytest.mark.parametrize(("count", "classes"), [(1237, 10), (30, 7), (3, 10)])
def test_an_evaluation_is_that_of_a_slow_loop(count, classes):
    logits = torch.randn(count, 10, generator=torch.Generator().manual_seed(count)) * 2
    images = evaluation_set(count, classes)
    logits[torch.arange(0, count, 2), images.labels[::2]] += 5  # every second answer is most likely right
    expected = slow_evaluation(logits.tolist(), images.labels.tolist())
    model = Answers(logits).train()
    found = evaluate(model, images, FP32)
    assert model.training
    assert found.loss == pytest.approx(expected["loss"], rel=1e-4)
    assert found.accuracy == expected["accuracy"]
    assert found.per_digit == pytest.approx(expected["per_digit"])
    assert found.confusion == expected["confusion"]
    shown = expected["mistakes"][:MAXIMUM_MISTAKES]
    assert sorted(entry["index"] for entry in found.mistakes) == sorted(index for _, index, _, _ in shown)
    for entry, (confidence, _, _, _) in zip(found.mistakes, shown, strict=True):
        assert entry["confidence"] == pytest.approx(confidence, rel=1e-4)
        assert entry["label"] == images.labels[entry["index"]] != entry["guess"]
    assert measure(model, images, FP32) == pytest.approx((found.loss, found.accuracy))
    json.dumps(found.to_json(), allow_nan=False)


def test_an_evaluation_of_nan_is_wrong_everywhere():
    logits = torch.full((20, 10), float("nan"))
    found = evaluate(Answers(logits), evaluation_set(20), FP32)
    written = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert written["loss"] == "nan"
    assert written["mistakes"][0]["confidence"] == "nan"
    assert found.accuracy == 0
    assert found.per_digit == [0] * 10
    assert len(found.mistakes) == 20
    assert measure(Answers(logits), evaluation_set(20), FP32)[1] == 0


# The trial that settles precision and threads.


def test_a_trial_settles_what_was_left_open(monkeypatch):
    model = lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10))  # noqa: E731
    given = {"precision": "fp32", "threads": 1}
    assert settle(model, 8, (1, 28, 28), CPU, **given) == Settings("fp32", 1)
    seconds = {Settings("fp32", 2): 3.0, Settings("bf16", 2): 2.5, Settings("fp32", 1): 2.0, Settings("bf16", 1): 1.9}
    monkeypatch.setattr(trial, "usable_cores", lambda: 2)
    monkeypatch.setattr(trial, "supports_bf16", lambda device: True)
    monkeypatch.setattr(trial, "_step_seconds", lambda model, images, labels, candidate, deadline: seconds[candidate])
    assert settle(model, 8, (1, 28, 28), CPU, precision="auto", threads=0) == Settings("fp32", 1), "5 % is not worth bf16"
    assert settle(model, 8, (1, 28, 28), CPU, precision="auto", threads=2) == Settings("bf16", 2)
    assert settle(model, 8, (1, 28, 28), CPU, precision="bf16", threads=0) == Settings("bf16", 1)
    threads = torch.get_num_threads()
    monkeypatch.undo()
    found = settle(model, 8, (1, 28, 28), CPU, precision="auto", threads=0)
    assert found.precision in ("fp32", "bf16")
    assert torch.get_num_threads() == threads


def test_a_trial_is_remembered_for_an_hour(tmp_path, monkeypatch):
    path = tmp_path / "home" / "trials.json"
    assert recall(path, "a") is None
    remember(path, ("a",), Settings("fp32", 1))
    remember(path, ("b",), Settings("bf16", 2))
    assert recall(path, "a") == Settings("fp32", 1)
    assert recall(path, "b") == Settings("bf16", 2)
    assert recall(path, "c") is None
    tomorrow = trial.time.time() + trial.MEMORY_SECONDS + 10
    monkeypatch.setattr(trial.time, "time", lambda: tomorrow)
    assert recall(path, "a") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"a": 1}', '{"a": {"time": "x"}}', '{"a": {"time": 9e99}}'])
def test_a_damaged_memory_is_forgotten(tmp_path, text):
    path = tmp_path / "trials.json"
    path.write_text(text)
    assert recall(path, "a") is None
    remember(path, ("a",), Settings("fp32", 1))
    assert recall(path, "a") == Settings("fp32", 1)


def test_a_run_that_leaves_all_open_settles_and_remembers(run, home):
    events = run(precision="auto", threads=0)
    assert events[0].precision in ("fp32", "bf16")
    assert events[0].threads >= 1
    assert (home / "trials.json").is_file()
    again = run("again", precision="auto", threads=0)
    assert (again[0].precision, again[0].threads) == (events[0].precision, events[0].threads)


def test_a_repeated_run_settles_on_the_same_however_long_ago_it_was(run, home, monkeypatch):
    first = run(precision="auto", threads=0)[0]
    path = home / "trials.json"
    other = "fp32" if first.precision == "bf16" else "bf16"
    entries = json.loads(path.read_text())
    assert len(entries) == 2
    for key, entry in entries.items():
        entry["time"] -= 10 * trial.MEMORY_SECONDS
        if key.startswith("run "):
            entry["precision"] = other  # so that only this entry can have been read
    path.write_text(json.dumps(entries))
    assert run(precision="auto", threads=0)[0].precision == other
    assert len(json.loads(path.read_text())) == 2


def test_the_oldest_trials_are_forgotten_first(tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "REMEMBERED", 3)
    path = tmp_path / "trials.json"
    for key in "abcad":
        remember(path, (key,), Settings("fp32", 1))
    assert list(json.loads(path.read_text())) == ["c", "a", "d"]
