"""MNIST as files and arrays, and its random changes."""

from __future__ import annotations

import gzip
import hashlib
import math

import numpy as np
import pytest
import torch
from loopback import idx_bytes
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as torchvision_transforms

from playground.data import AUGMENTATIONS, DATASETS, augment, datasets, is_present, load_images
from playground.data.augment import AffineRange, random_affine, random_shift
from playground.data.idx import read_idx
from playground.errors import InputError, NotFoundError

ARRAY = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)


@pytest.fixture
def fresh_cache():
    load_images.cache_clear()
    yield
    load_images.cache_clear()


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("shape", [(60,), (5, 12), (5, 4, 3), (5, 1, 4, 3)])
def test_an_idx_file_gives_its_array(tmp_path, packed, shape):
    data = idx_bytes(ARRAY.reshape(shape))
    path = tmp_path / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(data) if packed else data)
    array = read_idx(path, hashlib.md5(data).hexdigest())
    assert array.dtype == np.uint8
    assert array.flags.writeable
    assert np.array_equal(array, ARRAY.reshape(shape))


WHOLE = gzip.compress(idx_bytes(ARRAY))
BAD_FILES = {
    "empty": (b"", "IDX header"),
    "text": (gzip.compress(b"hello world"), "IDX header"),
    "floats": (gzip.compress(b"\0\0\x0d\x01" + bytes(8)), "IDX header"),
    "no sizes": (gzip.compress(b"\0\0\x08\x03\0\0"), "IDX header"),
    "nine dimensions": (gzip.compress(b"\0\0\x08\x09" + bytes(60)), "IDX header"),
    "too short": (gzip.compress(idx_bytes(ARRAY)[:-1]), "59 ≠ 5 × 4 × 3"),
    "too long": (gzip.compress(idx_bytes(ARRAY) + b"\0"), "61 ≠ 5 × 4 × 3"),
    "huge sizes": (gzip.compress(b"\0\0\x08\x04" + b"\xff" * 16), "0 ≠ 4294967295"),
    "not packed": (idx_bytes(ARRAY), "Not a gzipped file"),
    "truncated": (WHOLE[:-12], "ended before"),
    "half": (WHOLE[: len(WHOLE) // 2], "ended before"),
    "flipped": (WHOLE[:20] + bytes(byte ^ 255 for byte in WHOLE[20:30]) + WHOLE[30:], ""),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_damaged_idx_file_is_refused_in_words(tmp_path, case, both):
    data, reason = BAD_FILES[case]
    path = tmp_path / "images.gz"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_idx(path)
    assert "The file images.gz is damaged (" in both(error)
    assert "文件 images.gz 已损坏" in both(error)
    assert reason in str(error.value)


def test_a_wrong_checksum_is_refused_in_words(tmp_path, both):
    path = tmp_path / "images.gz"
    path.write_bytes(WHOLE)
    with pytest.raises(InputError, match="not the original: its checksum differs") as error:
        read_idx(path, "0" * 32)
    assert "校验和不同" in both(error)


def test_a_missing_file_is_named(tmp_path, both):
    with pytest.raises(NotFoundError, match=f"images.gz is missing in the folder {tmp_path.name}") as error:
        read_idx(tmp_path / "images.gz")
    assert "缺少文件 images.gz" in both(error)
    assert str(tmp_path) not in both(error), "no path of the server in a message"


def test_mnist_lies_in_the_project():
    data = load_images("MNIST")
    assert is_present(DATASETS["MNIST"])
    assert data.train_images.shape == (60_000, 28, 28)
    assert data.test_images.shape == (10_000, 28, 28)
    assert data.train_images.dtype == data.train_labels.dtype == np.uint8
    # The counts of the original.
    assert np.bincount(data.train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    pixels = data.train_images / 255
    assert pixels.mean() == pytest.approx(data.dataset.mean, abs=5e-5)
    assert pixels.std() == pytest.approx(data.dataset.std, abs=5e-5)
    assert load_images("MNIST") is data


def test_a_damaged_project_file_is_noticed(tmp_path, monkeypatch, fresh_cache, both):
    (tmp_path / "mnist").mkdir()
    for path in (datasets.ASSETS / "mnist").glob("*.gz"):
        (tmp_path / "mnist" / path.name).symlink_to(path)
    labels = tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz"
    changed = bytearray(gzip.decompress(labels.read_bytes()))
    changed[100] ^= 1
    labels.unlink()
    monkeypatch.setattr(datasets, "ASSETS", tmp_path)
    assert not is_present(DATASETS["MNIST"])
    with pytest.raises(NotFoundError, match="restore the project's assets"):
        load_images("MNIST")
    labels.write_bytes(gzip.compress(bytes(changed)))
    with pytest.raises(InputError, match=r"t10k-labels-idx1-ubyte\.gz is not the original"):
        load_images("MNIST")


@pytest.mark.parametrize("name", [name for name, dataset in DATASETS.items() if not dataset.embedded])
def test_a_data_set_that_is_not_there_yet(name, home, fresh_cache):
    assert DATASETS[name].folder() == home / "data" / name
    assert not is_present(DATASETS[name])
    with pytest.raises(NotFoundError, match=f"missing in the folder {name}"):
        load_images(name)


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_has_ten_names(name):
    dataset = DATASETS[name]
    assert len(set(dataset.class_names)) == 10
    assert 0 < dataset.mean < dataset.std < 1
    assert dataset.embedded == (dataset.download_bytes == 0)


def digits(count: int = 32) -> torch.Tensor:
    images = load_images("MNIST").test_images[:count]
    return torch.from_numpy(images).unsqueeze(1).float() / 255


def drawn(count: int, seed: int) -> torch.Tensor:
    """The five random numbers in -1 … 1 that `random_affine` draws for each image."""
    torch.manual_seed(seed)
    return torch.rand(5, count) * 2 - 1


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("count", [1, 7])
def test_an_augmentation_keeps_shape_and_range(name, count):
    images = digits(count)
    before = images.clone()
    torch.manual_seed(1)
    changed = AUGMENTATIONS[name].apply(images)
    assert changed.shape == images.shape
    assert changed.dtype == torch.float32
    assert changed.min() >= 0
    assert changed.max() <= 1 + 1e-6
    assert torch.equal(images, before), "the data set itself must not change"
    assert torch.equal(changed, images) == (name == "none")
    # The ink stays: nothing is lost but at the border.
    assert changed.sum() > 0.5 * images.sum()


@pytest.mark.parametrize("name", [name for name in AUGMENTATIONS if name != "none"])
def test_an_augmentation_is_decided_by_the_seed(name):
    apply, images = AUGMENTATIONS[name].apply, digits(1).repeat(64, 1, 1, 1)

    def seeded(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return apply(images)

    assert torch.equal(seeded(3), seeded(3))
    assert not torch.equal(seeded(3), seeded(4))
    assert len(torch.unique(seeded(3).flatten(1), dim=0)) > 4, "each image has its own change"


def test_an_affine_change_of_nothing_is_the_identity():
    images = digits()
    assert torch.allclose(random_affine(images, AffineRange()), images, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, 0.25])
def test_a_translation_is_that_of_torchvision(value):
    images = digits()
    _, right, down, _, _ = drawn(len(images), 5)
    torch.manual_seed(5)
    ours = random_affine(images, AffineRange(translate=value))
    for index in range(len(images)):
        shift = [-float(amount[index]) * value * 28 for amount in (right, down)]
        theirs = affine(images[index], translate=shift)
        assert torch.allclose(ours[index], theirs, atol=1e-4)


@pytest.mark.parametrize("degrees", [10, 90])
def test_a_rotation_is_that_of_torchvision(degrees):
    images = digits()
    angle = drawn(len(images), 6)[0] * degrees
    torch.manual_seed(6)
    ours = random_affine(images, AffineRange(degrees=degrees))
    for index in range(len(images)):
        theirs = affine(images[index], angle=-float(angle[index]))
        assert torch.allclose(ours[index], theirs, atol=1e-4)


def test_scale_and_shear_are_those_of_torchvision():
    images = digits()
    _, _, _, size, slope = drawn(len(images), 7)
    torch.manual_seed(7)
    scaled = random_affine(images, AffineRange(scale=(0.5, 1.5)))
    torch.manual_seed(7)
    slanted = random_affine(images, AffineRange(shear=0.3))
    for index in range(len(images)):
        theirs = affine(images[index], scale=1 + float(size[index]) / 2)
        assert torch.allclose(scaled[index], theirs, atol=1e-4)
        degrees = math.degrees(math.atan(0.3 * float(slope[index])))
        assert torch.allclose(slanted[index], affine(images[index], shear=[degrees, 0.0]), atol=1e-4)


def affine(image, *, angle=0.0, translate=(0.0, 0.0), scale=1.0, shear=(0.0, 0.0)) -> torch.Tensor:
    return torchvision_transforms.affine(
        image, angle, list(translate), scale, list(shear), interpolation=InterpolationMode.BILINEAR
    )


@pytest.mark.parametrize("pixels", [1, 3])
def test_a_shift_is_a_roll_with_paper_coming_in(pixels):
    images = torch.rand(20, 1, 28, 28) + 0.1
    torch.manual_seed(8)
    top, left = torch.randint(0, 2 * pixels + 1, (2, 20, 1, 1)).flatten(1)
    torch.manual_seed(8)
    shifted = random_shift(images, pixels)
    inner = slice(pixels, -pixels)
    for index in range(20):
        down, right = pixels - int(top[index]), pixels - int(left[index])
        rolled = images[index].roll((down, right), dims=(1, 2))
        assert torch.equal(shifted[index, :, inner, inner], rolled[:, inner, inner])
        paper = (shifted[index] == 0).sum()
        assert paper == 28 * 28 - (28 - abs(down)) * (28 - abs(right))
    moves = {(int(a), int(b)) for a, b in zip(top, left, strict=True)}
    assert len(moves) > 4


def test_the_ranges_of_the_course():
    assert AffineRange(degrees=10, translate=0.1) == augment.COURSE
    for name in ("course", "strong"):
        assert AUGMENTATIONS[name].source.startswith("random_affine(images, degrees=")
