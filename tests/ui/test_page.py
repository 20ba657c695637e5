"""The whole page is built in both languages, and every registry that a learner chooses from has its control."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from playground.data import AUGMENTATIONS, DATASETS
from playground.models.presets import CLASSIFIERS
from playground.services import Services
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.recipes import RECIPES
from playground.training.schedulers import SCHEDULERS
from playground.ui.controls import CONTROLS, OWN_MODEL
from playground.ui.links import LINKS, TRAIN_FIELDS, link_script, read_link
from playground.ui.page import build_page
from playground.ui.tabs import TABS
from playground.words import LANGUAGES, text

ENDPOINTS = (
    "environment start_training follow_training stop_training evaluate_run predict_digit run_tensors trace_autograd "
    "check_model export_model export_run list_runs benchmark_precision benchmark_memory benchmark_checkpointing "
    "benchmark_accumulation".split()
)


@pytest.fixture(scope="module", params=LANGUAGES)
def built(request, tmp_path_factory):
    """(language, config of the page as the browser gets it)."""
    from playground.limits import read_limits

    services = Services(read_limits(public=False, environment={}), tmp_path_factory.mktemp("home"))
    blocks = build_page(services, request.param)
    yield request.param, blocks.get_config_file()
    services.close()


def labels(config: dict, kind: str) -> list[str]:
    return [entry["props"].get("label") for entry in config["components"] if entry["type"] == kind]


def test_tabs_and_title_speak_the_language(built):
    language, config = built
    assert config["title"] == text(language, "page.title")
    assert [text(language, f"tab.{module.NAME}") for module in TABS] == [
        label for label in labels(config, "tabitem") if label in [text(language, f"tab.{name}") for name in LINKS]
    ]


def test_only_the_contract_is_public(built):
    _, config = built
    public = [entry["api_name"] for entry in config["dependencies"] if entry.get("api_visibility") == "public"]
    assert sorted(public) == sorted(ENDPOINTS)


def test_every_control_has_its_words_and_its_place(built):
    language, config = built
    ids = {entry["props"].get("elem_id"): entry for entry in config["components"]}
    for control in CONTROLS:
        assert ids[f"control-{control.name}"]["props"]["label"] == text(language, f"control.{control.name}")


@pytest.mark.parametrize(
    ("name", "registry"),
    [
        ("recipe", RECIPES),
        ("model", (*CLASSIFIERS, OWN_MODEL)),
        ("optimizer", OPTIMIZERS),
        ("scheduler", SCHEDULERS),
        ("augment", AUGMENTATIONS),
        ("dataset", DATASETS),
        ("loss", LOSSES),
    ],
)
def test_a_new_entry_of_a_registry_can_be_chosen(built, name, registry):
    """One registry entry is all that a new optimizer or model needs: the control offers it in the page's words."""
    language, config = built
    props = next(entry["props"] for entry in config["components"] if entry["props"].get("elem_id") == f"control-{name}")
    assert [value for _, value in props["choices"]] == list(registry)
    assert all(label and not label.startswith(f"{name}.") for label, _ in props["choices"]), language


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("recipe", RECIPES)
def test_what_the_link_says_is_read_as_the_same_values(recipe):
    """The page's own JavaScript writes the link, Python reads it: what was left out comes back from the recipe."""
    from playground.ui.assets import ASSETS
    from playground.ui.controls import read_controls

    values = {**RECIPES[recipe].values(), "recipe": recipe, "epochs": 0.3, "weight_decay": 0.01, "seed": 3}
    defaults = {name: entry.values() for name, entry in RECIPES.items()}
    source = (ASSETS / "js" / "playground.js").read_text(encoding="utf-8")
    write = link_script("train", TRAIN_FIELDS, defaults)
    given = json.dumps([values[name] for name in TRAIN_FIELDS])
    program = f"""
      globalThis.window = globalThis; globalThis.location = {{ search: "?tab=train", pathname: "/" }};
      const nothing = () => {{}};
      const body = {{ classList: {{ contains: nothing }} }};
      globalThis.document = {{ addEventListener: nothing, querySelectorAll: () => [], body }};
      globalThis.MutationObserver = class {{ observe() {{}} }};
      globalThis.localStorage = {{ getItem: () => null }};
      globalThis.history = {{ replaceState: nothing }};
      globalThis.addEventListener = nothing;
      {source}
      ({write})(...{given});
      console.log(PP.links.train.toString());
    """
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    from urllib.parse import parse_qsl

    tab, read = read_link(dict(parse_qsl(done.stdout.strip())))
    assert tab == "train"
    shown = dict(zip([control.name for control in CONTROLS], read_controls(read), strict=True))
    assert {name: shown[name] for name in TRAIN_FIELDS} == {name: values[name] for name in TRAIN_FIELDS}
