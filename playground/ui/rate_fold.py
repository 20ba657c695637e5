"""The fold under the settings of a training that finds a learning rate for them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import make_dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.ui.events import Page, connect
from playground.ui.views.finder import RateFinder

# A number alone: the settings of the search that is shown are still the ones on the left.
RATE_TO_FINDER = "(rate, finder) => ({...finder, rate})"
OTHERS_CHANGED = "(finder) => ({...finder, stale: true})"
# What a search does not depend on.
UNSEARCHED = ("recipe", "learning_rate", "scheduler", "epochs", "early_stopping")


def build_rate_fold(page: Page, controls: Mapping[str, Any], rate: float, read: Callable[[Any], Any]) -> RateFinder:
    """
    Args:
        controls: those of the config, and the learner's own model as `own`.
        rate: with which the learning rate was built.
        read: from a request with all controls to the wish of a run.
    """
    names = (*controls, "finder", "visitor")
    request = make_dataclass("SearchRequest", [(name, Any) for name in names], frozen=True)
    # A fold of its own: what is in one of Gradio's is not there until it is opened, and an event that wants to change it
    # then keeps the other events of the same control from being heard.
    finder = RateFinder(page, rate)
    connect(
        page,
        finder.search,
        request=request,
        controls={**controls, "finder": finder},
        run=lambda asked: (asked, page.services.searches.start(read(asked), asked.visitor)),
        view=lambda started: [_shown(started[0], search=started[1], optimizer=started[0].optimizer, stale=False)],
        outputs=[finder],
        failure=lambda message, asked: [_shown(asked, failed=message)],
    )
    learning_rate = controls["learning_rate"]
    # What the page's address says may have come before the finder could hear of it.
    for event in (learning_rate.change, finder.opened):
        event(None, [learning_rate, finder], [finder], js=RATE_TO_FINDER, show_progress="hidden")
    others = [control for name, control in controls.items() if name not in (*UNSEARCHED, "own")]
    on = partial(gr.on, [control.change for control in others])
    on(None, [finder], [finder], js=OTHERS_CHANGED, show_progress="hidden")
    return finder


def connect_rate(finder: RateFinder, controls: Mapping[str, Any]) -> Any:
    """The rate that was chosen in the finder becomes that of the settings; the event, for what is to follow."""
    custom = json.dumps("Custom")
    return finder.rate(
        None,
        [finder],
        [controls["learning_rate"], controls["recipe"]],
        js=f"(finder) => [finder.rate, {custom}]",
        show_progress="hidden",
    )


def _shown(asked: Any, **news: Any) -> dict[str, Any]:
    """The finder's value with what is new; the time makes every answer a new value, the second of a kind as well."""
    return {**asked.finder, "failed": "", **news, "time": time.time()}
