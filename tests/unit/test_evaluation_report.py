"""What is told about a trained network, against NumPy and slow loops."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
import torch
from torch import nn

from playground.data import DATASETS
from playground.evaluation.features import LastLinearInput
from playground.evaluation.metrics import calibrate, class_metrics, count_confusion, principal_components
from playground.evaluation.report import BINS, MISTAKES, PROJECTED, Outputs, run_network, write_report
from playground.training.batches import LabelledImages

FP32 = torch.autocast("cpu", enabled=False)


def random_outputs(count: int = 1200, classes: int = 10, seed: int = 0) -> Outputs:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (count,), generator=generator)
    logits = torch.randn(count, classes, generator=generator) * 2
    logits[torch.arange(0, count, 2), labels[::2]] += 6
    return Outputs(logits, labels, torch.randn(count, 16, generator=generator).double(), "head", 1)


@pytest.mark.parametrize(("count", "classes"), [(1200, 10), (300, 26), (40, 2), (3, 10)])
def test_precision_recall_and_f1_are_those_of_counting(count, classes):
    outputs = random_outputs(count, classes)
    report = write_report(outputs)
    labels, answers = outputs.labels.numpy(), outputs.logits.numpy().argmax(axis=1)
    for place, row in enumerate(report["classes"]):
        hits = int(((labels == place) & (answers == place)).sum())
        said, there = int((answers == place).sum()), int((labels == place).sum())
        assert (row["right"], row["predicted"], row["support"]) == (hits, said, there)
        assert row["precision"] == (pytest.approx(hits / said) if said else None)
        assert row["recall"] == (pytest.approx(hits / there) if there else None)
        if hits:
            assert row["f1"] == pytest.approx(2 / (1 / row["precision"] + 1 / row["recall"]))
        assert [report["confusion"][place][other] for other in range(classes)] == [
            int(((labels == place) & (answers == other)).sum()) for other in range(classes)
        ]
    assert report["accuracy"] == pytest.approx((labels == answers).mean())
    recalls = [row["recall"] for row in report["classes"] if row["recall"] is not None]
    assert report["macro"]["recall"] == pytest.approx(np.mean(recalls))
    assert np.array_equal(np.frombuffer(base64.b64decode(report["answers"]), "<i2"), answers)
    json.dumps(report, allow_nan=False)


def test_the_calibration_is_that_of_a_slow_loop():
    outputs = random_outputs()
    probabilities = np.exp(outputs.logits.double().numpy())
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == outputs.labels.numpy()
    report = write_report(outputs)["calibration"]
    error = 0.0
    for place, found in enumerate(report["bins"]):
        inside = (confidence > place / BINS) & (confidence <= (place + 1) / BINS)
        assert found["count"] == inside.sum()
        assert (found["low"], found["high"]) == (pytest.approx(place / BINS), pytest.approx((place + 1) / BINS))
        if inside.any():
            assert found["confidence"] == pytest.approx(confidence[inside].mean())
            assert found["accuracy"] == pytest.approx(right[inside].mean())
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
        else:
            assert found["confidence"] is found["accuracy"] is None
    assert report["ece"] == pytest.approx(error) and error > 0.01
    assert sum(found["count"] for found in report["bins"]) == len(right)


def test_calibration_by_hand():
    """Four images: 0.9 and right, 0.9 and wrong, 0.55 and right, 1.0 and right; in ten bins."""
    confidence = torch.tensor([0.9, 0.9, 0.55, 1.0], dtype=torch.float64)
    count, means, accuracy, error = calibrate(confidence, torch.tensor([True, False, True, True]), 10)
    assert count.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 2, 1]
    assert means[[5, 8, 9]].tolist() == pytest.approx([0.55, 0.9, 1.0])
    assert accuracy[[5, 8, 9]].tolist() == pytest.approx([1, 0.5, 1])
    assert error == pytest.approx(0.25 * 0.45 + 0.5 * 0.4)
    assert calibrate(confidence[:0], torch.zeros(0, dtype=torch.bool), 10)[3] == 0
    assert calibrate(torch.zeros(1, dtype=torch.float64), torch.tensor([True]), 10)[0].tolist() == [1] + [0] * 9


def test_the_most_confident_mistakes_come_first():
    outputs = random_outputs()
    found = write_report(outputs)["mistakes"]
    probabilities = outputs.logits.double().softmax(dim=1)
    wrong = [
        (float(row.max()), index)
        for index, row in enumerate(probabilities)
        if int(row.argmax()) != int(outputs.labels[index])
    ]
    expected = sorted(wrong, key=lambda entry: (-entry[0], entry[1]))[:MISTAKES]
    assert len(wrong) > MISTAKES == len(found)
    assert [entry["index"] for entry in found] == [index for _, index in expected]
    assert [entry["confidence"] for entry in found] == pytest.approx([confidence for confidence, _ in expected])
    assert all(entry["label"] == outputs.labels[entry["index"]] != entry["answer"] for entry in found)


def test_an_image_without_a_finite_answer_is_wrong_and_has_no_confidence():
    outputs = random_outputs(20)
    outputs.logits[3] = float("nan")
    outputs.logits[4, 2] = float("inf")
    report = write_report(outputs)
    assert report["unanswered"] == 2 and sum(map(sum, report["confusion"])) == 18
    assert sum(row["support"] for row in report["classes"]) == 20
    assert sum(found["count"] for found in report["calibration"]["bins"]) == 18
    outputs.logits[:] = float("nan")
    report = write_report(outputs)
    assert report["accuracy"] == 0 and report["mistakes"] == [] and report["macro"]["precision"] is None
    assert report["calibration"]["confidence"] is None and report["calibration"]["ece"] == 0
    json.dumps(report, allow_nan=False)


@pytest.mark.parametrize("shape", [(200, 12), (10, 64), (5, 1), (1, 3), (7, 2)])
def test_principal_components_are_those_of_the_covariance(shape):
    features = torch.randn(*shape, generator=torch.Generator().manual_seed(1)).double() * torch.linspace(3, 1, shape[1])
    points, explained = principal_components(features)
    assert points.shape == (shape[0], 2) and explained.shape == (2,)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(features.numpy(), rowvar=False, bias=True)))
    total = values.sum()
    for place in range(min(2, *shape)):
        if shape[0] == 1:
            assert explained[place] == 0 and not points.any()
            continue
        assert float(explained[place]) == pytest.approx(values[-1 - place] / total, abs=1e-12)
        expected = (features - features.mean(0)).numpy() @ vectors[:, -1 - place]
        assert np.abs(points[:, place].numpy()) == pytest.approx(np.abs(expected), abs=1e-9)
        assert points[points[:, place].abs().argmax(), place] >= 0
    again, _ = principal_components(-features)
    assert torch.allclose(points.abs(), again.abs())


def test_features_without_any_variance_have_points_all_the_same():
    points, explained = principal_components(torch.ones(30, 4, dtype=torch.float64))
    assert not points.any() and not explained.any()


def images_of(count: int) -> LabelledImages:
    generator = torch.Generator().manual_seed(2)
    pixels = torch.randint(256, (count, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return LabelledImages(pixels, torch.arange(count) % 10, DATASETS["MNIST"])


@pytest.mark.parametrize("count", [30, 1300, 2345])
def test_a_network_is_run_once_and_its_last_features_are_kept(count):
    torch.manual_seed(0)
    body = nn.Sequential(nn.Flatten(), nn.Linear(784, 6), nn.ReLU(), nn.Dropout())
    model = nn.Sequential(body, nn.Linear(6, 10)).train()
    images = images_of(count)
    outputs = run_network(model, images, FP32)
    assert model.training and not any(module._forward_pre_hooks for module in model.modules())
    model.eval()
    pixels = images.normalise(images.images.float() / 255)
    assert torch.allclose(outputs.logits, model(pixels), atol=1e-5)
    stride = max(1, count // PROJECTED)
    assert torch.allclose(outputs.features.float(), body(pixels)[::stride][:PROJECTED], atol=1e-5)
    assert outputs.layer == "1" and outputs.stride == stride and not outputs.logits.requires_grad
    projection = write_report(outputs)["projection"]
    assert len(projection["indices"]) == len(projection["points"]) == min(count, PROJECTED)
    assert projection["indices"][-1] < count and projection["features"] == 6


class PerPixel(nn.Module):
    """Its Linear layer sees rows of pixels, not images."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(28, 10)

    def forward(self, images):
        return self.linear(images.flatten(0, 2)).view(len(images), 28, 10).mean(dim=1)


@pytest.mark.parametrize(
    "model", [nn.Sequential(nn.Conv2d(1, 10, 28), nn.Flatten()), PerPixel()], ids=["convolution", "rows"]
)
def test_a_network_without_such_a_layer_says_so(model):
    outputs = run_network(model, images_of(40), FP32)
    assert outputs.features is None and outputs.layer == ""
    assert write_report(outputs)["projection"] == {"reason": "no_linear"}


def test_features_that_are_not_finite_say_so():
    outputs = random_outputs(20)
    outputs.features[0, 0] = float("inf")
    assert write_report(outputs)["projection"] == {"reason": "not_finite"}


def test_the_layer_called_last_counts_not_the_one_defined_last():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.first = nn.Linear(5, 3), nn.Linear(4, 5)

        def forward(self, values):
            return self.second(self.first(values))

    model = Turned()
    with LastLinearInput(model) as last:
        assert (last.name, last.features) == ("", None)
        model(torch.zeros(2, 4))
    assert last.name == "second" and last.features.shape == (2, 5)


def test_a_class_that_nobody_answered_has_no_precision():
    confusion = count_confusion(torch.tensor([0, 1, 1]), torch.tensor([0, 0, -1]), 3)
    assert confusion.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    precision, recall, f1 = class_metrics(confusion, torch.tensor([1, 2, 0]))
    assert precision.tolist() == pytest.approx([0.5, float("nan"), float("nan")], nan_ok=True)
    assert recall.tolist() == pytest.approx([1, 0, float("nan")], nan_ok=True)
    assert f1.tolist() == pytest.approx([2 / 3, 0, float("nan")], nan_ok=True)
