"""The fold under the settings of a training that says what they do, and follows them."""

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


def build_fold(page: Page, controls: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """
    Args:
        controls: at least those of FIELDS. values: with which they were built.
    """
    with gr.Accordion(page.t("settings.explained"), open=False, elem_classes="pp-more"):
        first = page.services.explain_settings({name: values[name] for name in FIELDS})
        explained = gr.HTML(show_settings(first, page.language), elem_id="explained", apply_default_css=False)
    asked = {name: controls[name] for name in FIELDS}
    connect(
        page,
        partial(gr.on, [control.change for control in asked.values()]),
        request=ExplainRequest,
        controls=asked,
        run=lambda request: page.services.explain_settings(vars(request)),
        view=lambda explanation: [show_settings(explanation, page.language)],
        outputs=[explained],
        # A link or a recipe changes many controls at once: the answer to the last change is enough.
        trigger_mode="always_last",
    )
