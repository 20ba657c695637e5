"""A model of the Models tab goes to the other tabs with one click: it is trained, drawn for, differentiated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.bench.service import own_model
from playground.training.recipes import RECIPES
from playground.ui.controls import CONTROLS, OWN_MODEL
from playground.ui.events import Page, connect
from playground.ui.tabs.draw import list_networks


@dataclass(frozen=True)
class TrainThis:
    model: str
    recipe: str
    visitor: str


@dataclass(frozen=True)
class DrawThis:
    model: str
    visitor: str


@dataclass(frozen=True)
class DrawFile:
    """The weights that came back."""

    file: dict[str, Any]
    visitor: str


@dataclass(frozen=True)
class MeasureThis:
    model: str
    visitor: str


@dataclass(frozen=True)
class GraphThis:
    model: str
    visitor: str
    language: str


def connect_models(page: Page, tabs: gr.Tabs, built: Mapping[str, Any]) -> None:
    """
    Args:
        built: what the tabs gave: the buttons of Models, the controls of Train, the networks of Draw, and how Autograd
            opens a program.
    """
    services = page.services
    train, draw, graph, bench = built["use_model"]
    controls, network, autograd = built["train_controls"], built["network"], built["autograd"]
    connect(
        page,
        train.click,
        request=TrainThis,
        controls={"model": page.model, "recipe": controls["recipe"]},
        run=lambda request: (services.training.check_model(request.model, request.visitor), request.recipe)[1],
        view=lambda recipe: [gr.update(selected="train"), *_settings(recipe)],
        outputs=[tabs, *controls.values()],
    )
    connect(
        page,
        draw.click,
        request=DrawThis,
        controls={"model": page.model},
        run=lambda request: (
            services.models.newest_run_of(request.model, request.visitor).id,
            list_networks(services, request.visitor, page.language),
        ),
        view=lambda found: [gr.update(selected="draw"), gr.update(choices=found[1], value=found[0])],
        outputs=[tabs, network],
    )
    connect(
        page,
        built["files"].draw,
        request=DrawFile,
        controls={"file": built["files"]},
        run=lambda request: (
            services.uploads.kept.claim(request.file.get("weights"), request.visitor),
            list_networks(services, request.visitor, page.language),
        ),
        view=lambda found: [gr.update(selected="draw"), gr.update(choices=found[1], value=found[0])],
        outputs=[tabs, network],
    )
    connect(
        page,
        bench.click,
        request=MeasureThis,
        controls={"model": page.model},
        run=lambda request: own_model(OWN_MODEL, request.model),
        view=lambda _: [gr.update(selected="bench"), OWN_MODEL],
        outputs=[tabs, built["bench_model"]],
    )
    connect(
        page,
        graph.click,
        request=GraphThis,
        controls={"model": page.model},
        run=lambda request: autograd.answer(
            services.models.write_gradient_program(request.model, request.visitor), request.visitor, request.language
        ),
        view=lambda result: [gr.update(selected="autograd"), *autograd.show(result), None],
        outputs=[tabs, *autograd.outputs, autograd.preset],
    )


def _settings(recipe: str) -> list[Any]:
    """The learner's model and, where a recipe for another one was set, settings that suit any."""
    if recipe == "Custom":
        return [OWN_MODEL if control.name == "model" else gr.skip() for control in CONTROLS]
    values = {**RECIPES["Custom"].values(), "recipe": "Custom", "model": OWN_MODEL}
    return [values[control.name] for control in CONTROLS]
