"""The Draw tab: write a digit and have it read, by the shipped network or one of your own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.ui.events import Page, connect
from playground.ui.links import as_number, read_link
from playground.ui.views.digit_canvas import DEFAULT_BRUSH, DigitCanvas
from playground.words import text

NAME = "draw"
DEFAULTS = {"model": "pretrained", "brush": str(DEFAULT_BRUSH), "strokes": ""}
# A hand-drawn 3 in the link's own form: pen width, then two characters a coordinate.
EXAMPLE = "i1x1e1Q0-2i0Y2D1c2A1A2e1U1Z1-2k222I2k2M2O2s3c1X3m1u3e1l36"


@dataclass(frozen=True)
class OpenRequest:
    query: dict[str, str]
    visitor: str
    language: str


@dataclass(frozen=True)
class ChooseRequest:
    model: str


@dataclass(frozen=True)
class ListRequest:
    model: str
    visitor: str
    language: str


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """The tab's components and their events."""
    choices = list_networks(page.services, "", page.language)
    network = gr.Dropdown(
        choices, value="pretrained", label=page.t("draw.network"), elem_id="network", allow_custom_value=True
    )
    first = {**DEFAULTS, "example": EXAMPLE}
    canvas = DigitCanvas(page, first, DEFAULTS)
    connect(
        page,
        network.change,
        request=ChooseRequest,
        controls={"model": network},
        run=lambda request: request.model or "pretrained",
        view=lambda model: [{"model": model}],
        outputs=[canvas],
    )
    connect(
        page,
        tab.select,
        request=ListRequest,
        controls={"model": network},
        run=lambda request: list_networks(page.services, request.visitor, request.language, request.model),
        view=lambda found: [gr.update(choices=found)],
        outputs=[network],
    )
    connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={},
        run=lambda request: _open(page.services, request),
        view=lambda opened: [gr.update(choices=opened[0], value=opened[1]["model"]), {**first, **opened[1]}],
        outputs=[network, canvas],
    )
    return {"network": network}


def list_networks(services: Any, visitor: str, language: str, chosen: str = "") -> list[tuple[str, str]]:
    """The networks that this visitor may choose: the shipped ones, then his own runs, the newest first; and a snapshot of a
    run, `run_id@step`, where that is the one `chosen`."""
    choices = []
    for model, word in (("pretrained", "draw.pretrained"), ("pretrained-fast", "draw.pretrained_fast")):
        choices.append((text(language, word, accuracy=_percent(services.shipped_accuracy(model), language)), model))
    for run in services.runs.of_visitor(visitor):
        if run.weights() is not None:
            when = time.strftime("%H:%M", time.localtime(run.created))
            model = services.models.name(run.config["model"])
            accuracy = _percent(run.accuracy(), language)
            choices.append((text(language, "draw.run", model=model, when=when, accuracy=accuracy), run.id))
    for kept in services.uploads.kept.of_visitor(visitor):
        when = time.strftime("%H:%M", time.localtime(kept.created))
        choices.append((text(language, "draw.kept", name=kept.name, when=when), kept.id))
    return [*choices, *_snapshot_choice(services, chosen, language)]


def _snapshot_choice(services: Any, chosen: str, language: str) -> list[tuple[str, str]]:
    try:
        if services.timeline.weights_of(chosen) is None:
            return []
        run_id, _, step = chosen.partition("@")
        run = services.runs.find(run_id)
    except PlaygroundError:  # it was deleted; whoever draws for it is told
        return []
    when = time.strftime("%H:%M", time.localtime(run.created))
    model = services.models.name(run.config["model"])
    return [(text(language, "draw.snapshot", model=model, when=when, step=f"{int(step):,}"), chosen)]


def _percent(share: float | None, language: str) -> str:
    return text(language, "draw.untested") if share is None else f"{100 * share:.2f} %"


def _open(services: Any, request: OpenRequest) -> tuple[list[tuple[str, str]], Mapping[str, str]]:
    tab, given = read_link(request.query)
    values = {**DEFAULTS, **(given if tab == NAME else {})}
    values["brush"] = str(int(as_number(values["brush"], DEFAULT_BRUSH, 4, 44)))
    choices = list_networks(services, request.visitor, request.language, values["model"])
    if values["model"] not in [model for _, model in choices]:
        values["model"] = "pretrained"
    return choices, values
