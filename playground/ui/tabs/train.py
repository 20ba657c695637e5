"""The Train tab: choose a recipe, start, watch, and see what came of it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from typing import Any

import gradio as gr

from playground.data import find_dataset
from playground.errors import InputError
from playground.training.config import TrainingConfig
from playground.training.recipes import RECIPES, Recipe
from playground.training.script import write_script
from playground.training.trial import Settings
from playground.ui.controls import CONTROLS, OWN_MODEL, build_controls, read_controls
from playground.ui.events import Page, connect
from playground.ui.links import LINKS, TRAIN_FIELDS, link_script, read_link
from playground.ui.rate_fold import build_rate_fold, connect_rate
from playground.ui.settings_fold import build_fold, follow_rate
from playground.ui.tabs.time_travel import connect_time_travel
from playground.ui.tabs.train_diagnosis import connect_diagnosis
from playground.ui.tabs.train_lessons import build_lessons
from playground.ui.views.code_view import CodeView, show_code
from playground.ui.views.data_view import DataView, follow_settings
from playground.ui.views.lessons_view import list_lessons
from playground.ui.views.monitor import Monitor
from playground.ui.views.own_images import offer_own
from playground.ui.views.report import ReportView, show_run
from playground.ui.views.runs_view import build_runs
from playground.ui.views.settings_view import show_settings
from playground.ui.views.weights import show_weights
from playground.words import text

NAME = "train"
EXAMPLE = {"run_id": "example", "example": True, "error": ""}
# Until the page's address has arrived in the controls, Start would train what they were built with.
OPENING = {**EXAMPLE, "opening": True}
FIELDS = tuple(control.name for control in CONTROLS)
DEFAULTS: Mapping[str, Any] = {
    "recipe": "Fast",
    **{name: RECIPES["Fast"].values()[name] for name in FIELDS if name != "recipe"},
}
# In the browser: a run that has ended is being evaluated, unless its results are there.
EVALUATING = """(shown) => {
  const state = document.querySelector(".pp-monitor")?.closest("[data-state]")?.dataset.state;
  return shown === %s && ["done", "stopped", "example"].includes(state) ? %s : shown;
}"""

# One field per control, and who asks in which language.
TrainRequest = make_dataclass(
    "TrainRequest", [*((name, Any) for name in FIELDS), ("own", Any), ("monitor", dict), ("visitor", str)], frozen=True
)
OpenRequest = make_dataclass("OpenRequest", [("query", dict), ("visitor", str)], frozen=True)
CodeRequest = make_dataclass(
    "CodeRequest", [*((name, Any) for name in FIELDS), ("own", Any), ("monitor", dict), ("visitor", str)], frozen=True
)


@dataclass(frozen=True)
class RecipeRequest:
    recipe: str


@dataclass(frozen=True)
class RunRequest:
    monitor: dict[str, Any]
    language: str


@dataclass(frozen=True)
class Results:
    """The evaluation of a run with what is needed to show it; `evaluation` is None where there is none yet."""

    run_id: str
    evaluation: dict[str, Any] | None
    dataset: str
    language: str


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """The tab's components and their events."""
    with gr.Row(elem_classes="pp-train-row"):
        with gr.Column(scale=0, min_width=320, elem_classes="pp-settings"):
            controls = build_controls(page, DEFAULTS)
            given = {**controls, "own": page.model}
            finder = build_rate_fold(page, given, DEFAULTS["learning_rate"], _config)
            explained = build_fold(page, controls, DEFAULTS)
            follow_rate(page, connect_rate(finder, controls), controls, explained)
            list_lessons(page)
        with gr.Column(scale=1, min_width=320), gr.Tabs(elem_classes="pp-inner-tabs") as sections:
            with gr.Tab(page.t("train.curves"), id="curves"):
                monitor = Monitor(page, OPENING)
            with gr.Tab(page.t("train.results"), id="results") as results_tab:
                headline = gr.Markdown(page.t("train.no_results"), elem_id="headline")
                report = ReportView(page)
            with gr.Tab(page.t("train.runs"), id="runs"):
                build_runs(page, monitor, sections, _shown_id)
            with gr.Tab(page.t("train.data"), id="data"):
                data = DataView(page, DEFAULTS)
            with gr.Tab(page.t("train.code"), id="code") as code_tab:
                code = CodeView(page, page.t("train.code_title"), "train-code")
            with gr.Tab(page.t("train.weights"), id="weights") as weights_tab:
                weights = gr.HTML(show_weights(None, page.language), elem_id="weights", apply_default_css=False)
            with gr.Tab(page.t("train.lessons"), id="lessons"):
                build_lessons(page, blocks, sections)
    services = page.services

    def start(request: Any) -> tuple[dict[str, Any], str]:
        # Who is quicker than the page's first events has no id yet: he gets one with his run.
        visitor = request.visitor or secrets.token_hex(16)
        run = services.training.start(_config(request), visitor, attended=True)
        return {"run_id": run.id, "example": False, "error": ""}, visitor

    def evaluate(request: RunRequest) -> Results:
        return _evaluate(services, request)

    results = [headline, report]
    connect(
        page,
        monitor.start,
        request=TrainRequest,
        controls={**controls, "own": page.model, "monitor": monitor},
        run=start,
        view=lambda started: started,
        outputs=[monitor, page.visitor],
        # What was shown stays; the time makes every refusal a new value, so that the second of the same kind is seen too.
        failure=lambda message, request: [{**request.monitor, "error": message, "time": time.time()}, gr.skip()],
    )
    # The words until then must not be those of a run that goes on.
    for event in (monitor.ended, results_tab.select):
        event(
            None,
            [headline],
            [headline],
            js=EVALUATING % (json.dumps(page.t("train.no_results")), json.dumps(page.t("train.evaluating"))),
            show_progress="hidden",
        )
    for event in (monitor.ended, results_tab.select):
        connect(
            page,
            event,
            request=RunRequest,
            controls={"monitor": monitor},
            run=evaluate,
            view=show_results,
            outputs=results,
        )
    connect(
        page,
        code_tab.select,
        request=CodeRequest,
        controls={**controls, "own": page.model, "monitor": monitor},
        run=lambda request: _script(services, request),
        view=lambda script: [show_code(script, "train.py")],
        outputs=[code],
    )
    connect(
        page,
        weights_tab.select,
        request=RunRequest,
        controls={"monitor": monitor},
        run=lambda request: services.trained.run_with_weights(request.monitor["run_id"]),
        view=lambda run_id: [show_weights(run_id, page.language)],
        outputs=[weights],
    )
    _connect_controls(page, controls, explained)
    connect_time_travel(page, monitor, controls)
    follow_settings(data, controls)
    connect_diagnosis(page, monitor)
    opened = connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={},
        run=lambda request: _open(services, request),
        view=lambda opened: [*opened.values, show_settings(opened.explanation, page.language), _shown(opened.run)],
        outputs=[*controls.values(), explained, monitor],
        failure=lambda message, request: [*(gr.skip() for _ in (*controls, explained)), {**EXAMPLE, "error": message}],
    )
    offer_own(page, data, controls, opened)
    return {"monitor": monitor, "train_controls": controls}


def show_results(results: Results) -> list[Any]:
    """The headline, and what the report view starts from."""
    evaluation, language = results.evaluation, results.language
    if evaluation is None:
        return [text(language, "train.no_results"), {}]
    names = find_dataset(results.dataset).output_names()
    count = sum(map(sum, evaluation["confusion"]))
    headline = text(
        language,
        "train.headline_count",
        accuracy=f"{100 * evaluation['accuracy']:.2f} %",
        count=f"{count:,}",
        loss=f"{evaluation['loss']:.4f}",
    )
    return [
        headline,
        show_run(results.run_id, evaluation["confusion"], names),
    ]


def _connect_controls(page: Page, controls: Mapping[str, Any], explained: gr.HTML) -> None:
    """A recipe sets the other controls; a change of another makes the recipe Custom; both stand in the link."""
    others = {name: control for name, control in controls.items() if name != "recipe"}

    def explain_recipe(recipe: Recipe) -> tuple[dict[str, Any], Any]:
        values = recipe.values()
        return values, page.services.training.explain_settings({**values, "recipe": recipe.name})

    connect(
        page,
        controls["recipe"].input,
        request=RecipeRequest,
        controls={"recipe": controls["recipe"]},
        run=lambda request: explain_recipe(RECIPES.find(request.recipe)),
        view=lambda found: [*(found[0][name] for name in others), show_settings(found[1], page.language)],
        outputs=[*others.values(), explained],
    )
    # A link without a recipe means Fast.
    defaults = {recipe.name: {**recipe.values(), "recipe": "Fast"} for recipe in RECIPES.values()}
    write_link = link_script(NAME, TRAIN_FIELDS, defaults)
    for control in others.values():
        # A dropdown's `input` comes when it loses the focus, too; `select` only when something was chosen.
        changed = control.select if isinstance(control, gr.Dropdown) else control.input
        changed(None, None, [controls["recipe"]], js="() => ['Custom']", show_progress="hidden")
    linked = [controls[name] for name in TRAIN_FIELDS]
    gr.on([control.change for control in linked], None, linked, None, js=write_link, show_progress="hidden")


def _config(request: Any) -> dict[str, Any]:
    """What the learner chose; an emptied number is left out, so that the recipe's stands in for it.

    Raises:
        InputError: his own model was chosen, and there is none.
    """
    given = {name: getattr(request, name) for name in FIELDS if getattr(request, name) not in (None, "")}
    if given.get("model") == OWN_MODEL:
        if not request.own:
            raise InputError("train.no_own_model")
        given["model"] = request.own
    return given


@dataclass(frozen=True)
class Opened:
    """What the page shows when it has opened: the controls' values, what they do, and the visitor's newest run."""

    values: list[Any]
    explanation: Any
    run: Any


def _open(services: Any, request: Any) -> Opened:
    tab, given = read_link(request.query)
    values = read_controls(given if tab == NAME else {})
    explanation = services.training.explain_settings(dict(zip(FIELDS, values, strict=True)))
    return Opened(values, explanation, services.runs.latest_of(request.visitor))


def _shown(run: Any) -> dict[str, Any]:
    return EXAMPLE if run is None else _shown_id(run.id)


def _shown_id(run_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "example": run_id == EXAMPLE["run_id"], "error": ""}


def _evaluate(services: Any, request: RunRequest) -> Results:
    run = services.runs.find(request.monitor["run_id"])
    ended = run.log.ended
    evaluation = services.trained.evaluate(run.id) if ended and (run.weights() or run.id == EXAMPLE["run_id"]) else None
    return Results(run.id, evaluation, run.config["dataset"], request.language)


def _script(services: Any, request: Any) -> str:
    """The script of the controls; with the precision and threads of the shown run where its config is the same."""
    config = services.training.resolve(_config(request), request.visitor)
    started = services.training.settled(request.monitor["run_id"], config.to_json())
    script = write_script(config, Settings(started["precision"], started["threads"]) if started else None)
    return services.timeline.complete_script(request.monitor["run_id"], script) if started else script


assert set(TRAIN_FIELDS) <= set(FIELDS) == set(TrainingConfig.__dataclass_fields__) - {"threads"}, LINKS
