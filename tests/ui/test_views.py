"""Views are pure functions: the same result gives the same figure, and what a learner typed stays text."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from playground.data import DATASETS
from playground.evaluation.trained import WEIGHT_FILES
from playground.services import ASSETS
from playground.training.explain import explain_settings
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.recipes import RECIPES
from playground.training.schedulers import SCHEDULERS
from playground.ui.controls import CONTROLS, read_controls
from playground.ui.links import LINKS, TRAIN_FIELDS, as_number, read_link
from playground.ui.tabs.start import CHAPTERS, show_chapters, show_environment
from playground.ui.tabs.train import Results, show_results
from playground.ui.views.code_view import show_code
from playground.ui.views.settings_view import HEIGHT, WIDTH, show_settings
from playground.ui.views.weights import show_weights
from playground.words import LANGUAGES, text

EVALUATION = json.loads((ASSETS / "examples" / "train" / "evaluation.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "wish",
    [
        *({"optimizer": name} for name in OPTIMIZERS),
        *({"loss": name} for name in LOSSES),
        *({"scheduler": name} for name in SCHEDULERS),
        {"epochs": -1},
    ],
    ids=str,
)
def test_settings_are_shown_with_formula_advice_and_curve(language, wish, limits):
    wish = {**RECIPES["Custom"].values(), **wish}
    explanation = explain_settings(wish, limits)
    shown = show_settings(explanation, language)
    root = ElementTree.fromstring(shown)  # every formula is escaped
    read = "".join(root.itertext())
    for topic in ("optimizer", "loss", "scheduler"):
        for key in (f"{topic}.{wish[topic]}", f"{topic}_advice.{wish[topic]}", f"control.{topic}"):
            assert text(language, key) in read
    assert "_" not in "".join("".join(formula.itertext()) for formula in root.iter("pre"))
    curves = list(root.iter("polyline"))
    assert len(curves) == (wish["epochs"] > 0)
    for curve in curves:
        places = [tuple(map(float, point.split(","))) for point in curve.get("points").split()]
        assert places[0][0] == 0 and places[-1][0] == WIDTH
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
        assert min(y for _, y in places) == 1, "the highest rate is at the top"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dataset", DATASETS)
def test_results_with_and_without_an_evaluation(language, dataset):
    headline, value = show_results(Results("example", EVALUATION, dataset, language))
    assert f"{100 * EVALUATION['accuracy']:.2f} %" in headline
    names = list(DATASETS[dataset].class_names)
    assert value == {"run_id": "example", "confusion": EVALUATION["confusion"], "class_names": names}
    assert show_results(Results("example", None, dataset, language)) == [text(language, "train.no_results"), {}]


def test_typed_html_stays_text():
    hostile = "</code><script>alert(1)</script>"
    assert "<script>" not in show_code(hostile, "train.py")["html"]
    environment = {
        "torch": hostile,
        "torchvision": hostile,
        "python": "3",
        "platform": "",
        "processor": hostile,
        "threads": 2,
        "memory_bytes": 0,
        "devices": [],
        "cuda_build": None,
        "precisions": ["fp32"],
        "device": "cpu",
    }
    assert "<script>" not in show_environment(environment, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_opens_a_state_that_exists(language):
    page = show_chapters(language)
    for name, state in CHAPTERS:
        assert text(language, f"chapter.{name}").replace("&", "&amp;") in page
        if state is None:
            continue
        tab, values = read_link(state)
        assert tab == state["tab"]
        assert set(values) == set(state) - {"tab"}


def test_a_link_restores_every_control():
    values = {"recipe": "Custom", "model": "SimpleCNN", "epochs": "0.25", "batch_size": "32", "seed": "7", "device": "cpu"}
    shown = dict(zip([control.name for control in CONTROLS], read_controls(values), strict=True))
    assert shown["model"] == "SimpleCNN"
    assert (shown["epochs"], shown["batch_size"], shown["seed"]) == (0.25, 32, 7)
    assert shown["optimizer"] == RECIPES["Custom"].values()["optimizer"]


@pytest.mark.parametrize("nonsense", ["", "x", "<b>", "1e999", "nan", "[]"])
def test_nonsense_in_a_link_is_left_out(nonsense):
    shown = dict(
        zip([control.name for control in CONTROLS], read_controls({"model": nonsense, "recipe": nonsense}), strict=True)
    )
    assert (shown["model"], shown["recipe"]) == ("Fast", "Fast")
    assert as_number(nonsense, 20, 4, 44) == 20


def test_links_name_only_controls_that_are_there():
    assert set(TRAIN_FIELDS) <= {control.name for control in CONTROLS}
    assert read_link({"tab": "nowhere", "epochs": "1"}) == (None, {})
    assert set(LINKS) == {"start", "tensors", "autograd", "models", "train", "draw", "bench"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_weights_are_links_of_the_run(language):
    assert text(language, "train.no_weights") in show_weights(None, language)
    shown = show_weights("ab" * 16, language)
    assert all(f'href="/runs/{"ab" * 16}/{name}"' in shown for name in WEIGHT_FILES)
