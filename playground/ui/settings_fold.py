"""The fold under the settings of a training that says what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import make_dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.ui.events import Page, connect
from playground.ui.views.settings_view import show_settings

# What decides the formulas and the curve of the learning rate.
FIELDS = (
    *("recipe", "optimizer", "loss", "scheduler", "momentum", "nesterov", "dataset", "learning_rate", "epochs"),
    *("batch_size", "accumulation", "train_size", "validation_size"),
)
ExplainRequest = make_dataclass("ExplainRequest", [(name, Any) for name in FIELDS], frozen=True)


def build_fold(page: Page, controls: Mapping[str, Any], values: Mapping[str, Any]) -> gr.HTML:
    """The fold follows what a learner changes. Who sets many controls at once (a link, a recipe) sets it, too: their
    `change` events come while some of them still have their old values.

    Args:
        controls: at least those of FIELDS. values: with which they were built.
    """
    with gr.Accordion(page.t("settings.explained"), open=False, elem_classes="pp-explained-fold"):
        first = page.services.training.explain_settings(values)
        explained = gr.HTML(show_settings(first, page.language), elem_id="explained", apply_default_css=False)
    inputs = [controls[name].input for name in FIELDS if name != "recipe"]
    _explain(page, partial(gr.on, inputs), controls, explained, trigger_mode="always_last")
    return explained


def follow_rate(page: Page, chosen: Any, controls: Mapping[str, Any], explained: gr.HTML) -> None:
    """A rate that was chosen in the finder changes the curve as one that was typed.

    Args:
        chosen: the event that puts it into the controls.
    """
    _explain(page, chosen.then, controls, explained)


def _explain(page: Page, event: Any, controls: Mapping[str, Any], explained: gr.HTML, **options: Any) -> None:
    connect(
        page,
        event,
        request=ExplainRequest,
        controls={name: controls[name] for name in FIELDS},
        run=lambda request: page.services.training.explain_settings(vars(request)),
        view=lambda explanation: [show_settings(explanation, page.language)],
        outputs=[explained],
        **options,
    )
