"""Any picture of a digit becomes what MNIST would hold: position, size, colours, light, dirt and pen do not matter."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground import words
from playground.digits.preprocess import PreparedSteps, preprocess_digit
from playground.digits.strokes import render_strokes
from playground.errors import InputError

ROOT = Path(__file__).parents[2]
DRAWN = json.loads((ROOT / "tests" / "strokes" / "digits.json").read_text(encoding="utf-8"))
STROKES = [entry["strokes"] for entries in DRAWN.values() for entry in entries]
NAMES = [f"{digit} {entry['style']}" for digit, entries in DRAWN.items() for entry in entries]


def place(strokes, scale, right, down):
    return [[(x * scale + right, y * scale + down) for x, y in stroke] for stroke in strokes]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the ink that differs, 0…1, at the best of nine places: a centre of mass may round to the next pixel.

    Both are blurred over 3×3 pixels, because a quarter of a pixel already changes a fifth of a thin stroke's edges.
    """

    def blur(image: np.ndarray) -> np.ndarray:
        return sum(np.roll(image, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9

    one, other = blur(one), blur(other)
    moved = [np.roll(other, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return min(float(np.abs(one - m).sum() / np.maximum(one, m).sum()) for m in moved)


def as_photo(ink: np.ndarray, seed: int, slope: float = 0.4, noise: float = 0.03, ink_level: float = 0.25):
    """Dark ink (0…255) on paper under a lamp at one side, with sensor noise, as an 8-bit JPEG."""
    generator = np.random.default_rng(seed)
    down, right = np.mgrid[-1 : 1 : ink.shape[0] * 1j, -1 : 1 : ink.shape[1] * 1j]
    light = 1 + slope * (0.6 * down + 0.8 * right) / 2.8 - 0.1 * (down**2 + right**2)
    grey = (0.8 - (0.8 - ink_level) * ink / 255.0) * light + generator.normal(0, noise, ink.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(grey * 255, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file)).astype(np.float32)


@pytest.fixture(scope="module")
def mnist():
    with gzip.open(ROOT / "assets" / "mnist" / "t10k-images-idx3-ubyte.gz") as file:
        return np.frombuffer(file.read(16 + 500 * 784)[16:], np.uint8).reshape(-1, 28, 28) / np.float32(255)


@pytest.mark.parametrize("strokes", STROKES, ids=NAMES)
def test_drawing_is_normalised(strokes):
    seen = preprocess_digit(render_strokes(strokes, 280, 16).astype(np.float32)).seen
    assert seen.shape == (28, 28)
    assert seen.dtype == np.float32
    assert seen.min() == 0
    assert seen.max() == pytest.approx(1, abs=0.05)
    box = np.argwhere(seen > 0.1)
    assert np.max(np.ptp(box, axis=0) + 1) in (19, 20, 21)
    places = np.arange(28) + 0.5
    for axis in (0, 1):
        assert 14 <= seen.sum(axis=1 - axis) @ places / seen.sum() < 15.001


def test_mnist_comes_out_as_it_went_in(mnist):
    seen = np.stack([preprocess_digit(image).seen for image in mnist])
    assert np.abs(seen - mnist).mean() < 0.005
    assert np.mean(np.abs(seen - mnist).mean(axis=(1, 2)) < 0.005) > 0.85


@pytest.mark.parametrize("strokes", STROKES[::4], ids=NAMES[::4])
def test_negative_is_seen_alike(strokes):
    drawn = render_strokes(strokes, 112, 7).astype(np.float32)
    light, dark = preprocess_digit(drawn), preprocess_digit(255 - drawn)
    assert np.abs(light.seen - dark.seen).max() < 1e-3
    assert dark.ink_is_dark
    assert not light.ink_is_dark
    photo = as_photo(drawn, seed=0)
    assert np.abs(preprocess_digit(photo).seen - preprocess_digit(-photo).seen).max() < 1e-3


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (100, 200), (0, 65535), (-1e30, 1e30), (0, 1e-30), (5, 4)])
def test_range_does_not_matter(low, high):
    drawn = render_strokes(STROKES[5], 112, 7).astype(np.float32)
    other = (drawn / 255 * (high - low) + low).astype(np.float32)
    assert np.abs(preprocess_digit(drawn).seen - preprocess_digit(other).seen).max() < 1e-3


@pytest.mark.parametrize("strokes", STROKES[::3], ids=NAMES[::3])
@pytest.mark.parametrize(("scale", "right", "down"), [(0.5, 0, 0), (0.5, 0.5, 0.4), (0.25, 0.7, 0.1), (1.2, -0.1, -0.1)])
def test_place_and_size_do_not_matter(strokes, scale, right, down):
    whole = preprocess_digit(render_strokes(strokes, 280, 16))
    moved = preprocess_digit(render_strokes(place(strokes, scale, right, down), 280, 16 * scale))
    assert difference(whole.seen, moved.seen) < 0.25
    assert moved.scale == pytest.approx(whole.scale / scale, rel=0.1)


@pytest.mark.parametrize("strokes", STROKES, ids=NAMES)
def test_photo_is_seen_like_the_drawing(strokes):
    drawn = render_strokes(place(strokes, 0.7, 0.1, 0.2), 280, 14)
    prepared = preprocess_digit(as_photo(drawn, seed=1))
    assert prepared.ink_is_dark
    assert difference(preprocess_digit(drawn).seen, prepared.seen) < 0.25


def test_shadow_of_a_hand_is_no_ink():
    drawn = render_strokes(place(STROKES[6], 0.6, 0.2, 0.2), 280, 12)
    photo = as_photo(drawn, seed=2, slope=0.1, noise=0.02)
    photo[:, 190:] *= 0.7
    assert difference(preprocess_digit(drawn).seen, preprocess_digit(photo).seen) < 0.25


def test_faint_grey_ink_is_as_dark_as_black():
    drawn = render_strokes(STROKES[8], 112, 7)
    faint = preprocess_digit(255 - drawn * np.float32(0.2))
    assert np.abs(faint.seen - preprocess_digit(drawn).seen).max() < 1e-3


def test_specks_far_away_are_ignored_and_strokes_are_not():
    drawn = render_strokes(place(STROKES[12], 0.5, 0.3, 0.3), 280, 9)
    dirty = drawn.copy()
    dirty[5:8, 5:8] = 255
    dirty[270:273, 20:24] = 255
    assert np.array_equal(preprocess_digit(dirty).seen, preprocess_digit(drawn).seen)
    assert preprocess_digit(dirty, PreparedSteps(specks=False)).crop != preprocess_digit(drawn).crop
    # The hat of a 5 and the stem of an open 4 are pieces of their own.
    for name in ("5 hat apart, leaning", "4 long stem, small head"):
        strokes = STROKES[NAMES.index(name)]
        points = np.concatenate([np.array(stroke) for stroke in strokes]) * 280
        top, left, height, width = preprocess_digit(render_strokes(strokes, 280, 8)).crop
        assert top <= points[:, 1].min()
        assert top + height >= points[:, 1].max()
        assert left <= points[:, 0].min()
        assert left + width >= points[:, 0].max()


@pytest.mark.parametrize("width", [1, 2, 4, 8])
@pytest.mark.parametrize("size", [112, 280, 1000])
def test_hair_lines_stay_visible(width, size):
    prepared = preprocess_digit(render_strokes(STROKES[14], size, width))
    assert prepared.seen.max() > 0.95
    reference = preprocess_digit(render_strokes(STROKES[14], 280, 22)).seen.sum()
    assert 0.5 < prepared.seen.sum() / reference < 1.2
    assert (prepared.thickened > 0) == (prepared.thickness < 1.7)


@pytest.mark.parametrize("width", [36, 48, 60])
def test_thick_ink_on_a_full_canvas_is_not_taken_for_paper(width):
    for strokes in STROKES[::5]:
        prepared = preprocess_digit(255 - render_strokes(strokes, 280, width))
        assert prepared.ink_is_dark
        assert prepared.seen[prepared.seen > 0.1].mean() > 0.7


def test_digit_that_touches_the_border():
    low, high = np.min(np.concatenate(STROKES[7]), axis=0), np.max(np.concatenate(STROKES[7]), axis=0)
    filling = [[tuple((np.array(point) - low) / (high - low)) for point in stroke] for stroke in STROKES[7]]
    prepared = preprocess_digit(255 - render_strokes(filling, 140, 10))
    assert prepared.ink_is_dark
    assert prepared.crop == (0, 0, 140, 140)


def test_facts_describe_what_happened():
    image = np.zeros((100, 100), np.float32)
    image[30:70, 50:58] = 1
    prepared = preprocess_digit(image)
    assert prepared.crop == (30, 50, 40, 8)
    assert prepared.scale == pytest.approx(0.5)
    assert prepared.shift == (4, 12)
    assert prepared.thickness == pytest.approx(2 * 320 / 96 / 2, rel=0.05)
    assert prepared.seen[4:24, 12:16].min() > 0.8


def test_steps_can_be_left_out():
    drawn = render_strokes(place(STROKES[4], 0.4, 0, 0), 112, 2)
    everything = preprocess_digit(drawn)
    unscaled = preprocess_digit(drawn, PreparedSteps(scale=False, center=False, thickness=False))
    assert np.ptp(np.argwhere(unscaled.seen > 0.1), axis=0).max() < 15
    assert unscaled.crop == (0, 0, 112, 112)
    assert preprocess_digit(drawn, PreparedSteps(thickness=False)).thickened == 0 < everything.thickened
    assert preprocess_digit(255 - drawn, PreparedSteps(background=False)).seen.mean() > 0.5
    box = np.argwhere(preprocess_digit(drawn, PreparedSteps(center=False)).seen > 0.1)
    assert np.abs(box.min(axis=0) + box.max(axis=0) - 27).max() <= 1


BLANK = {
    "black": np.zeros((28, 28)),
    "white": np.full((280, 280), 255.0),
    "smallest": np.ones((2, 2)),
    "one pixel": np.eye(1, 280 * 280, 5000).reshape(280, 280),
    "noise": np.random.default_rng(0).normal(200, 3, (280, 280)),
    "slope": np.tile(np.linspace(0, 1, 100), (100, 1)),
    "8-bit noise": np.random.default_rng(0).integers(200, 204, (112, 112)),
    "photo of paper": as_photo(np.zeros((280, 280)), seed=3),
}


@pytest.mark.parametrize("image", BLANK.values(), ids=BLANK.keys())
def test_blank_is_said(image):
    with pytest.raises(InputError) as caught:
        preprocess_digit(image.astype(np.float32))
    assert caught.value.key == "digits.blank"
    assert all(len(caught.value.message(language)) > 20 for language in words.LANGUAGES)


@pytest.mark.parametrize("shape", [(2, 2), (2, 4096), (4096, 2), (3, 300), (28, 28), (37, 53), (65, 64), (1999, 2000)])
def test_any_shape_is_read_or_blank(shape):
    generator = np.random.default_rng(0)
    for share in (0.5, 0.02):
        image = (generator.random(shape) < share).astype(np.float32)
        seen = None
        # A blank image is refused in words; nothing else may be raised.
        with contextlib.suppress(InputError):
            seen = preprocess_digit(image).seen
        if seen is not None:
            assert np.isfinite(seen).all()
            assert seen.min() >= 0
            assert 0.3 < seen.max() <= 1


def test_fast_enough_for_every_stroke_move():
    drawn = as_photo(render_strokes(STROKES[9], 112, 7), seed=4)
    seconds = []
    for _ in range(30):
        start = time.perf_counter()
        preprocess_digit(drawn)
        seconds.append(time.perf_counter() - start)
    # 3 ms is the budget on a quiet core; the median of a busy machine gets some room.
    assert np.median(seconds) < 0.012
