"""A learner's own images in the Train tab: brought as a zip or drawn, and offered in the list of data sets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from playground.data import DATASETS
from playground.limits import DRAWN_CLASSES, DRAWN_EACH
from playground.ui.events import Page, connect, serve


@dataclass(frozen=True)
class BroughtRequest:
    view: dict[str, Any]
    visitor: str


@dataclass(frozen=True)
class OwnRequest:
    visitor: str
    query: dict[str, str]


def own_functions(page: Page) -> list[Any]:
    """What the browser calls to send a zip or drawings, and to take away or delete what came of it."""
    own = page.services.own_datasets

    def bring(token: object, name: object, way: object) -> dict[str, Any]:
        data = own.arrivals.take(token)
        # Calls from our JavaScript do not say whose they are, and are not all one visitor's; `brought` claims it.
        return {"found": own.bring(data, name, way, secrets.token_hex(16), page.language)}

    def drawn(drawings: object) -> dict[str, Any]:
        return {"found": own.draw(drawings, secrets.token_hex(16), page.language)}

    return [
        serve(page, "drawn", drawn, ("drawings",)),
        serve(page, "send", lambda token, part: {"token": own.arrivals.add(token, part)}, ("token", "part")),
        serve(page, "bring", bring, ("token", "name", "way")),
        serve(page, "take", lambda dataset: own.take(dataset), ("dataset",)),
        serve(page, "remove", lambda dataset: {"removed": own.kept.remove(dataset)}, ("dataset",)),
    ]


def drawing_limits(page: Page) -> dict[str, int]:
    """What the browser may let somebody draw before the server would refuse it."""
    limits = page.services.limits
    most = {"drawings": limits.drawings_count, "strokes": limits.drawing_strokes, "points": limits.drawing_points}
    return {**most, "classes": DRAWN_CLASSES, "each": DRAWN_EACH}


def offer_own(page: Page, view: Any, controls: Mapping[str, Component], opened: Any) -> None:
    """A visitor's own data sets stand in the list of data sets: when the page has opened, and when one was brought.

    Args:
        view: a DataView. opened: the event after which the controls have the values of the address.
    """
    kept = page.services.own_datasets.kept

    def brought(request: BroughtRequest) -> tuple[list[Any], Any, int]:
        found = kept.claim(request.view.get("brought"), request.visitor)
        return kept.of_visitor(request.visitor), found, page.services.explorer.count_images(found.name)

    def open_own(request: OwnRequest) -> tuple[list[Any], str | None]:
        own, asked = kept.of_visitor(request.visitor), request.query.get("dataset")
        return own, asked if asked in [dataset.name for dataset in own] else None

    connect(
        page,
        opened.then,
        request=OwnRequest,
        controls={},
        run=open_own,
        view=lambda found: [_offered(page, found[0], found[1])],
        outputs=[controls["dataset"]],
    )
    connect(
        page,
        view.brought,
        request=BroughtRequest,
        controls={"view": view},
        run=brought,
        view=lambda found: [_offered(page, found[0], found[1].name), found[2], 0, "Custom"],
        outputs=[controls[name] for name in ("dataset", "train_size", "validation_size", "recipe")],
    )


def _offered(page: Page, own: list[Any], chosen: str | None) -> Any:
    """The list of data sets with these below the known ones; `chosen` becomes its value."""
    choices = [(page.t(f"dataset.{name}"), name) for name in DATASETS]
    choices += [(page.t("own.choice", name=dataset.title), dataset.name) for dataset in own]
    return gr.update(choices=choices, value=chosen) if chosen else gr.update(choices=choices)
