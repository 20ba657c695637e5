"""Digits that a learner drew: the images of Draw itself, split, kept and trained on; or refused in words."""

from __future__ import annotations

import base64
import copy
import io
import json
import threading
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from zips import png, zipped

from playground.data import load_images
from playground.data.own.drawings import read_drawings
from playground.data.own.images import read_zip
from playground.digits import canvas
from playground.digits.canvas import CANVAS_PIXELS, SENT_PIXELS, Stroke, paint_canvas, smooth_line
from playground.errors import LimitError, PlaygroundError
from playground.limits import Limits, read_limits

RECORDED = json.loads((Path(__file__).parents[1] / "strokes" / "digits.json").read_text(encoding="utf-8"))


def drawing(label: str, hand: int = 0, width: float = 20) -> dict:
    """A recorded digit as the page sends it."""
    strokes = RECORDED[label][hand % 3]["strokes"]
    points = [[[round(10 * x * CANVAS_PIXELS) / 10, round(10 * y * CANVAS_PIXELS) / 10] for x, y in one] for one in strokes]
    return {"label": label, "strokes": [{"width": width, "points": one} for one in points]}


def drawings(**counts: int) -> list[dict]:
    """`_7=3`: three sevens, each with another hand or pen."""
    return [drawing(name[1:], place, 12 + 2 * (place // 3)) for name, count in counts.items() for place in range(count)]


def painted(one: dict) -> np.ndarray:
    return paint_canvas([Stroke(stroke["width"], np.array(stroke["points"], float)) for stroke in one["strokes"]])


# ---- strokes become ink
def test_a_line_is_as_wide_as_its_pen_and_lies_where_it_was_drawn():
    image = paint_canvas([Stroke(20, np.array([[40.0, 140.0], [240.0, 140.0]]))])
    assert image.shape == (SENT_PIXELS, SENT_PIXELS) and image.dtype == np.uint8
    scale = SENT_PIXELS / CANVAS_PIXELS
    assert image[:, 56].sum() / 255 == pytest.approx(20 * scale, abs=0.5)
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert rows.mean() + 0.5 == pytest.approx(140 * scale, abs=0.5)
    assert (columns[0], columns[-1] + 1) == pytest.approx((30 * scale, 250 * scale), abs=1.5), "round ends"


def test_curves_go_through_the_middles_as_on_the_page():
    """The corner of an L is cut by the parabola from middle to middle, whose own middle is known."""
    line = smooth_line(np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]]))
    assert line[0].tolist() == [0, 0] and line[-1].tolist() == [100, 100]
    # From (0, 0) by the control (100, 0) to (100, 50); at t = ½: a quarter of the ends and a half of the control.
    assert np.abs(line - np.array([75.0, 12.5])).sum(1).min() < 3
    assert np.diff(line[:-1], axis=0).max() <= 10
    for few in ([[5.0, 5.0]], [[5.0, 5.0], [9.0, 9.0]]):
        assert smooth_line(np.array(few)).tolist() == few


def test_a_wild_line_costs_no_more_than_a_long_one():
    """Jumps across the canvas are cut into fewer pieces than their length asks for; a digit's line is not."""
    jumps = np.array([[0.0, 0.0], [280.0, 280.0], [0.0, 280.0]] * 600)
    drawn: list[int] = []

    def count(lines, *_):
        drawn.append(sum(map(len, lines)))
        return np.zeros((SENT_PIXELS, SENT_PIXELS), np.uint8)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas, "render_strokes", count)
        paint_canvas([Stroke(20, jumps)] * 2)
        paint_canvas([Stroke(20, jumps[:12])])
    assert drawn[0] < 2 * len(jumps) + 2 * canvas.PIECES_ALL, "not 32 for each point"
    assert drawn[1] == len(smooth_line(jumps[:12])) > 200
    # The same way again and again: coarser, yet the same ink.
    fine, coarse = (paint_canvas([Stroke(20, line)]).astype(int) for line in (jumps[:30], jumps))
    assert np.abs(fine - coarse).mean() < 8


def test_pens_of_two_widths_meet_without_a_seam():
    thin, thick = Stroke(8, np.array([[20.0, 140.0], [260.0, 140.0]])), Stroke(30, np.array([[140.0, 20.0], [140.0, 260.0]]))
    both = paint_canvas([thin, thick]).astype(int)
    assert both[56, 56] == 255 and (both >= np.maximum(paint_canvas([thin]), paint_canvas([thick]))).all()


@pytest.mark.parametrize("label", sorted(RECORDED))
def test_an_image_is_what_draw_reads(label, services):
    """Each image of the data set is the one that Draw gives to a network for the same canvas, as far as bytes can say it."""
    given = [drawing(label, hand) for hand in range(3)] + drawings(**{"_1" if label == "0" else "_0": 2})
    found = read_drawings(given, services.limits)
    images = np.concatenate([found.train_images, found.test_images]) / 255
    for one in given:
        # Its answer has four decimals.
        seen = np.array(services.predict_digit(painted(one), "pretrained")["seen"])
        assert np.abs(images - seen).max((1, 2)).min() < 0.5 / 255 + 1e-4


def test_what_was_drawn_is_legible(services):
    """The shipped network reads what the strokes became: painted as the page paints them, not something like it."""
    read = [services.predict_digit(painted(drawing(label, hand)))["digit"] for label in RECORDED for hand in range(3)]
    assert sum(digit == place // 3 for place, digit in enumerate(read)) >= 29


# ---- classes and the split
def test_classes_are_the_digits_that_were_drawn(limits):
    found = read_drawings(drawings(_7=11, _0=5, _3=1), limits)
    assert found.class_names == ["0", "3", "7"]
    assert np.bincount(found.test_labels, minlength=3).tolist() == [1, 0, 2], "a fifth; at least one of two or more"
    assert np.bincount(found.train_labels, minlength=3).tolist() == [4, 1, 9]
    assert found.train_images.dtype == np.uint8 and found.train_images.shape == (14, 28, 28)


def test_the_split_is_the_one_of_a_zip(limits):
    """The same images in a zip of folders, in the same order, are divided alike: one rule, one seed."""
    given = drawings(_2=7, _5=6)
    images = [read_drawings([*drawings(_0=2), one, one], limits).train_images[-1] for one in given]
    zip_ = zipped(
        {f"{one['label']}/{place:02}.png": png(image) for place, (one, image) in enumerate(zip(given, images, strict=True))}
    )
    expected, found = read_zip(zip_, "my.zip", "digits", 100), read_drawings(given, limits)
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert found.class_names == expected.class_names == ["2", "5"]


def test_two_of_two_are_enough(limits):
    found = read_drawings(drawings(_4=2, _9=2), limits)
    assert (found.train_labels.tolist(), found.test_labels.tolist()) == ([0, 1], [0, 1])


# ---- what is refused
def spoiled(change) -> list[dict]:
    given = copy.deepcopy(drawings(_0=3, _1=3))
    change(given[4])  # the second 1
    return given


def points(value: object):
    return lambda one: one["strokes"][0].update(points=value)


FORMS = {
    "no list": (lambda one: one.update(strokes="ink"), "own.drawn_form", "str"),
    "no strokes": (lambda one: one.update(strokes=[]), "own.drawn_strokes", "0"),
    "many strokes": (lambda one: one.update(strokes=one["strokes"] * 40), "own.drawn_strokes", "30"),
    "a stroke that is none": (lambda one: one.update(strokes=[7]), "own.drawn_form", "NoneType"),
    "no points": (points([]), "own.drawn_form", "[]"),
    "many points": (points([[1.0, 1.0]] * 2001), "own.drawn_points", "2,001"),
    "a point of three": (points([[1, 2, 3]]), "own.drawn_form", "[[1, 2, 3]]"),
    "words": (points([["1", "2"]]), "own.drawn_form", "'1'"),
    "yes and no": (points([[True, False]]), "own.drawn_form", "True"),
    "nan": (points([[float("nan"), 1.0]]), "own.drawn_range", "nan"),
    "infinite": (points([[1.0, float("inf")]]), "own.drawn_range", "inf"),
    "outside": (points([[1.0, 280.5]]), "own.drawn_range", "280.5"),
    "huge": (points([[10**400, 1]]), "own.drawn_range", "1000"),
    "no pen": (lambda one: one["strokes"][0].pop("width"), "own.drawn_width", "None"),
    "a pen of nothing": (lambda one: one["strokes"][0].update(width=0), "own.drawn_width", "64"),
    "a pen of nan": (lambda one: one["strokes"][0].update(width=float("nan")), "own.drawn_width", "nan"),
    "a pen that says yes": (lambda one: one["strokes"][0].update(width=True), "own.drawn_width", "True"),
    "a black square": (
        lambda one: one.update(strokes=[{"width": 64, "points": [[x, y]for y in range(0, 281, 20) for x in (0, 280)]}]),
        "own.drawn_blank",
        "Remove",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_drawing_that_is_none_is_named(form, limits, both):
    change, key, word = FORMS[form]
    with pytest.raises(PlaygroundError) as error:
        read_drawings(spoiled(change), limits)
    assert error.value.key == key
    assert word in both(error) and "rawing 2 of 1" in error.value.message("en"), error.value.message("en")
    assert "1 的第 2 张" in error.value.message("zh")


@pytest.mark.parametrize("label", ["10", "", "x", 3, None, ["3"]])
def test_a_label_that_is_no_digit(label, limits, both):
    with pytest.raises(PlaygroundError) as error:
        read_drawings(spoiled(lambda one: one.update(label=label)), limits)
    assert error.value.key == "own.drawn_label" and "drawing 5" in both(error)


@pytest.mark.parametrize("given", [None, "strokes", {"label": "3"}, 7])
def test_what_is_no_list_of_drawings(given, limits, both):
    with pytest.raises(PlaygroundError) as error:
        read_drawings(given, limits)
    assert error.value.key == "own.drawn_list" and type(given).__name__ in both(error)


@pytest.mark.parametrize(
    ("counts", "found"),
    [({}, "–"), ({"_3": 9}, "3×9"), ({"_3": 9, "_7": 1}, "3×9, 7×1"), ({"_0": 1, "_1": 1}, "1×1")],
)
def test_too_few_are_told_with_what_there_is(counts, found, limits, both):
    with pytest.raises(PlaygroundError) as error:
        read_drawings(drawings(**counts), limits)
    assert error.value.key == "own.drawn_few" and found in both(error)


def test_too_many_are_refused_before_any_is_looked_at(limits, both):
    few = replace(limits, drawings_count=3)
    with pytest.raises(LimitError) as error:
        read_drawings([None] * 4, few)
    assert error.value.key == "own.drawn_many" and "at most 3" in both(error)


def test_the_limits_are_caps_like_all_others():
    names = {cap.name for cap in fields(Limits) if cap.metadata}
    assert {"drawings_count", "drawing_strokes", "drawing_points"} <= names
    assert read_limits(public=True, environment={"PLAYGROUND_DRAWINGS_COUNT": "7"}).drawings_count == 7


# ---- kept and trained on
def test_the_service_makes_keeps_and_trains(services):
    found = services.own_datasets.draw(drawings(_0=12, _1=12), "someone", "en")
    assert (found["title"], found["train"], found["test"]) == ("drawn 0 1 (24)", 20, 4)
    assert (found["sizes"], found["said_split"], found["skipped"], found["skipped_count"]) == ([], False, [], 0)
    kept = services.own_datasets.kept
    kept.claim(found["dataset"], "anna")
    assert [one.title for one in kept.of_visitor("anna")] == ["drawn 0 1 (24)"]
    images = load_images(found["dataset"])
    with np.load(io.BytesIO(base64.b64decode(services.own_datasets.take(found["dataset"])["data"]))) as stored:
        assert np.array_equal(stored["train_images"], images.train_images)
    splits = services.explorer.describe_splits({"dataset": found["dataset"], "train_size": 20})
    assert "0" in json.dumps(splits)
    wish = {"recipe": "Custom", "model": "MLP", "dataset": found["dataset"], "epochs": 12, "batch_size": 4, "threads": 1}
    run = services.training.start({**wish, "precision": "fp32", "learning_rate": 0.003}, "anna", attended=False)
    end = time.monotonic() + 60
    while not run.log.ended and time.monotonic() < end:
        threading.Event().wait(0.05)
    assert run.log.last["type"] == "done", run.log.last
    assert services.trained.evaluate(run.id)["accuracy"] >= 0.75
    # Draw asks this very run about a canvas that it has seen.
    answer = services.predict_digit(painted(drawing("0")), run.id)
    assert answer["class_names"][:3] == ["0", "1", "–"] and answer["digit"] == 0
    assert kept.remove(found["dataset"])


def test_quotas_of_a_zip_hold_for_drawings(services, monkeypatch):
    kept = services.own_datasets.kept
    monkeypatch.setattr(kept, "own_most", 2)
    for count in (2, 3, 4):
        kept.claim(services.own_datasets.draw(drawings(_0=count, _1=2), "someone", "zh")["dataset"], "berta")
        time.sleep(0.01)
    assert [one.title for one in kept.of_visitor("berta")] == ["手绘 0 1（6）", "手绘 0 1（5）"]


def test_the_service_tells_what_is_wrong(services, both):
    for given, word in ((drawings(_3=4), "3×4"), (spoiled(points([[1.0, float("nan")]])), "nan")):
        with pytest.raises(PlaygroundError) as error:
            services.own_datasets.draw(given, "someone", "en")
        assert word in both(error)
