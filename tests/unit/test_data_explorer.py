"""The data explorer: splits, pages of images, and transforms compared with torch's own."""

from __future__ import annotations

import base64
import contextlib
import io
from itertools import chain

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from playground.data import load_images
from playground.data.datasets import DATASETS, Dataset, Images
from playground.data.explorer import pictures, splits
from playground.data.explorer.draws import DRAWS, draw_images, make_transform, show_draws
from playground.data.explorer.splits import Part, describe_splits, find_leaks, read_wish, split_parts
from playground.data.explorer.transform_script import write_transform_script
from playground.data.explorer.transforms import TRANSFORMS, compose_source, list_transforms, read_steps
from playground.errors import InputError, NotFoundError, PlaygroundError
from playground.training.batches import split_dataset

SMALL = {"dataset": "MNIST", "train_size": 300, "validation_size": 200, "seed": 3, "split_seed": 5}


# ---- splits
@pytest.mark.parametrize("split_seed", [-1, 5])
def test_the_splits_are_those_that_a_run_trains_on(make_config, split_seed):
    wish = {"train_size": 300, "validation_size": 200, "seed": 3, "split_seed": split_seed}
    parts = split_parts(read_wish(wish))
    split = split_dataset(make_config(**wish), torch.device("cpu"))
    images = load_images("MNIST").train_images
    assert np.array_equal(images[parts["train"].indices], split.train.images[:, 0].numpy())
    assert np.array_equal(images[parts["validation"].indices], split.validation.images[:, 0].numpy())
    assert len(parts["test"].indices) == len(split.test) == 10_000


def test_all_images_are_taken_in_their_order():
    parts = split_parts(read_wish({}))
    assert np.array_equal(parts["train"].indices, np.arange(60_000)) and len(parts["validation"].indices) == 0
    found = describe_splits(read_wish({}))
    assert found["largest"] is None and found["class_counts"] == found["splits"][0]["counts"]


def test_counts_and_the_largest_deviation():
    found = describe_splits(read_wish(SMALL))
    labels = load_images("MNIST").train_labels
    train, validation, test = found["splits"]
    chosen = split_parts(read_wish(SMALL))["train"].indices
    assert train["counts"] == [int((labels[chosen] == label).sum()) for label in range(10)]
    assert (train["count"], validation["count"], test["count"]) == (300, 200, 10_000)
    worst = found["largest"]
    share = (labels == worst["label"]).mean()
    row = {"train": train, "validation": validation}[worst["split"]]
    assert worst["count"] == row["counts"][worst["label"]]
    assert worst["expected"] == pytest.approx(row["count"] * share, abs=0.06)
    spread = (row["count"] * share * (1 - share) * (60_000 - row["count"]) / 59_999) ** 0.5
    assert worst["sigma"] == pytest.approx((worst["count"] - row["count"] * share) / spread, abs=0.01)


def test_leaks_are_found_where_they_are(monkeypatch):
    random = np.random.default_rng(0)
    train, test = (random.integers(0, 256, (count, 28, 28), dtype=np.uint8) for count in (20, 10))
    test[4], train[15] = train[3], train[2]
    labels = np.arange(20, dtype=np.uint8) % 10
    data = Images(Dataset("leaky"), train, labels, test, labels[:10].copy())
    monkeypatch.setattr(splits, "load_images", lambda name: data)
    parts = {
        "train": Part("train", "train", np.arange(10)),
        "validation": Part("validation", "train", np.arange(8, 20)),
        "test": Part("test", "test", np.arange(10)),
    }
    splits._digests.cache_clear()
    first, second, third = find_leaks(data, parts)
    splits._digests.cache_clear()
    assert first["same_index"] == 2, "8 and 9 lie in both"
    assert first["pairs"] == [[2, 15]] and first["contradictions"] == 1, "label 2 here, 5 there"
    assert second["pairs"] == [[3, 4]] and second["duplicates"] == 1
    assert third["duplicates"] == 0


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"dataset": "NIST"}, "MNIST"),
        ({"train_size": 0}, "train_size"),
        ({"train_size": 2.5}, "train_size"),
        ({"train_size": 60_000, "validation_size": 1}, "60,000"),
        ({"seed": float("nan")}, "seed"),
        ({"split_seed": "7"}, "split_seed"),
    ],
)
def test_impossible_settings_are_explained(wish, word, both):
    with pytest.raises(InputError) as error:
        read_wish(wish)
    assert word in both(error)


def test_a_data_set_that_was_not_fetched(both):
    assert not DATASETS["KMNIST"].embedded
    with pytest.raises(InputError) as error:
        read_wish({"dataset": "KMNIST"})
    assert "KMNIST" in both(error) and "MNIST is always here" in both(error)
    with pytest.raises(NotFoundError):
        read_wish({"dataset": "own-" + "0" * 32})


# ---- images
def test_a_page_of_some_classes():
    found = pictures.show_page(read_wish(SMALL), "train", [3, 5], 0)
    data = load_images("MNIST")
    assert {item["label"] for item in found["items"]} == {3, 5}
    assert found["total"] == found["counts"][3] + found["counts"][5]
    shown = np.frombuffer(base64.b64decode(found["pixels"]), np.uint8).reshape(-1, 28, 28)
    for item, image in zip(found["items"], shown, strict=True):
        assert data.train_labels[item["index"]] == item["label"]
        assert np.array_equal(data.train_images[item["index"]], image)


def test_the_pages_hold_every_image_once():
    seen, number, pages = [], 0, 1
    while number < pages:
        found = pictures.show_page(read_wish(SMALL), "validation", [], number)
        seen += [item["index"] for item in found["items"]]
        number, pages = number + 1, found["pages"]
    assert sorted(seen) == sorted(split_parts(read_wish(SMALL))["validation"].indices.tolist())
    assert pictures.show_page(read_wish(SMALL), "validation", [], 999)["page"] == pages - 1


def test_the_mean_of_a_class_and_one_image_in_numbers():
    data, wish = load_images("MNIST"), read_wish({})
    means = np.frombuffer(base64.b64decode(pictures.show_page(wish, "test", [], 0)["means"]), np.uint8).reshape(10, 28, 28)
    exact = torch.from_numpy(data.test_images[data.test_labels == 7]).double().mean(0)
    assert np.abs(means[7] - exact.numpy()).max() <= 0.5
    one = pictures.show_image(wish, "test", 11)
    normal = v2.Normalize([0.1307], [0.3081])(torch.from_numpy(data.test_images[11])[None].float() / 255)[0]
    assert one["pixels"] == data.test_images[11].tolist() and one["label"] == data.test_labels[11]
    assert torch.allclose(torch.tensor(one["normalised"]), normal, atol=1e-4)


@pytest.mark.parametrize(
    ("split", "classes", "page"),
    [("dev", [], 0), ("train", [10], 0), ("train", "3", 0), ("train", [], -1), ("train", [], 0.5)],
)
def test_a_page_that_cannot_be(split, classes, page):
    with pytest.raises(InputError):
        pictures.show_page(read_wish(SMALL), split, classes, page)


@pytest.mark.parametrize("index", [-1, 10_000, "3", None, 1.0])
def test_an_image_that_cannot_be(index):
    with pytest.raises(InputError):
        pictures.show_image(read_wish(SMALL), "test", index)


# ---- transforms
def sample(count: int = 6) -> np.ndarray:
    return load_images("MNIST").train_images[:count].copy()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_what_is_shown_as_code_is_what_is_run(name, restored_torch):
    """The source of the list, executed by itself, gives the same images from the same seed."""
    steps = read_steps([{"name": name}, {"name": "Normalize"}] if name != "Normalize" else [{"name": name}])
    scope = {"torch": torch, "v2": v2}
    exec(compose_source(steps), scope)
    drawn = draw_images(sample(), steps, 7)
    torch.manual_seed(7)
    expected = [[scope["transform"](image[:, :, None]) for image in sample()] for _ in range(DRAWS)]
    assert all(
        torch.equal(a, b) for one, other in zip(drawn, expected, strict=True) for a, b in zip(one, other, strict=True)
    )
    assert type(make_transform(steps).transforms[2]).__name__ == name


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_changes_images_and_only_the_random_ones_differ_from_draw_to_draw(name, restored_torch):
    drawn = draw_images(sample(), read_steps([{"name": name}]), 1)
    plain = draw_images(sample(), [], 1)
    whole = [torch.stack(draw) for draw in drawn]
    before = torch.stack(plain[0])
    assert whole[0].shape != before.shape or any(not torch.equal(draw, before) for draw in whole)
    assert any(not torch.equal(whole[0], draw) for draw in whole[1:]) is TRANSFORMS[name].random


def test_moments_and_histogram_are_those_of_the_pixels(restored_torch):
    images = sample(20)
    found = show_draws(images.tobytes(), 20, [{"name": "Normalize"}], 0)
    values = (torch.from_numpy(images).float() / 255 - 0.1307) / 0.3081
    assert found["after"]["mean"] == pytest.approx(float(values.mean()), abs=1e-5)
    assert found["after"]["std"] == pytest.approx(float(values.std(correction=0)), abs=1e-5)
    assert sum(found["after"]["histogram"]) == sum(found["before"]["histogram"]) == values.numel()
    assert found["low"] == pytest.approx(-0.4242, abs=1e-4) and found["outside"] > 0.5


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        (["Normalize", "RandomRotation"], "transform.after_normalize_fill"),
        (["Normalize", "ColorJitter"], "transform.after_normalize_unit"),
        (["Normalize", "Normalize"], "transform.twice"),
        (["Resize"], "transform.size"),
    ],
)
def test_a_doubtful_list_is_warned_of(wish, key, restored_torch):
    found = show_draws(sample().tobytes(), 4, [{"name": name} for name in wish], 0)
    assert key in [warning["key"] for warning in found["warnings"]]
    right = show_draws(sample().tobytes(), 4, [{"name": "RandomRotation"}, {"name": "Normalize"}], 0)
    assert right["warnings"] == []


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ("RandomRotation", "list"),
        ([{"name": "RandomRotate"}], "RandomRotation"),
        ([{"name": "RandomRotation", "values": {"degrees": 400}}], "180"),
        ([{"name": "RandomRotation", "values": {"degrees": float("nan")}}], "degrees"),
        ([{"name": "RandomRotation", "values": {"angle": 3}}], "angle"),
        ([{"name": "GaussianBlur", "values": {"kernel_size": 4}}], "odd"),
        ([{"name": "RandomCrop", "values": {"size": 7.5}}], "size"),
        ([{"name": "Normalize", "values": {"std": 0}}], "std"),
        ([{"name": "Normalize"}] * 11, "10"),
        ([3], "list"),
    ],
)
def test_a_list_that_cannot_be(wish, word, both):
    with pytest.raises(PlaygroundError) as error:
        read_steps(wish)
    assert word in both(error)


def test_torchvision_refuses_what_fits_no_image(both, restored_torch):
    """ElasticTransform's kernel is larger than a tiny image: told, and no crash."""
    wish = [{"name": "CenterCrop", "values": {"size": 4}}, {"name": "ElasticTransform", "values": {"sigma": 20}}]
    with pytest.raises(PlaygroundError) as error:
        show_draws(sample().tobytes(), 4, wish, 0)
    assert "torchvision" in both(error)


def test_the_script_gives_the_same_numbers(monkeypatch, restored_torch):
    steps = read_steps([{"name": "RandomAffine"}, {"name": "Normalize"}])
    script = write_transform_script(DATASETS["MNIST"], "train", [5, 13, 15], steps, 9)
    data = load_images("MNIST")

    class Stored:
        def __init__(self, root, train, download):
            assert train is True
            self.data, self.targets = torch.from_numpy(data.train_images), torch.from_numpy(data.train_labels).long()

    monkeypatch.setattr("torchvision.datasets.MNIST", Stored)
    scope: dict = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "transforms.py", "exec"), scope)
    expected = draw_images(data.train_images[[5, 13, 15]], steps, 9)
    assert all(torch.equal(a, b) for a, b in zip(chain(*scope["draws"]), [*chain(*expected)], strict=True))
    assert f"mean {torch.stack([*chain(*expected)]).mean():.4f}" in printed.getvalue()


def test_each_transform_says_what_the_page_needs():
    for entry in list_transforms():
        assert entry["label"] in ("yes", "no", "some")
        for parameter in entry["parameters"]:
            assert parameter["low"] <= parameter["usual"] <= parameter["high"]
