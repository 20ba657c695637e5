"""The Models tab: a network as a list of layers and as code, with what each layer makes of its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.models.presets import PRESETS
from playground.ui.events import Page, connect
from playground.ui.links import read_link
from playground.ui.views.models_view import ModelsView

NAME = "models"
FIRST = "SimpleCNN"
# In the browser: what the editor holds goes to the view, what the view writes goes to the editor.
EDITED = "(code) => { PP.models?.edited(code ?? ''); return []; }"
LISTED = "(value) => value?.code ?? ''"


@dataclass(frozen=True)
class PresetRequest:
    preset: str


@dataclass(frozen=True)
class OpenRequest:
    saved: str
    query: dict[str, str]


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """The presets and the code beside the rows."""
    with gr.Row(elem_classes="pp-models-row"):
        with gr.Column(scale=2, min_width=300, elem_classes="pp-settings"):
            preset = gr.Radio(
                list(PRESETS),
                value=None,
                show_label=False,
                elem_id="models-preset",
                elem_classes="pp-chips",
                container=False,
            )
            code = gr.Code(
                "",
                language="python",
                lines=14,
                max_lines=30,
                wrap_lines=True,
                label=page.t("models.editor"),
                elem_id="models-code",
                elem_classes="pp-editor",
                show_label=False,
                interactive=True,
                buttons=[],
            )
        with gr.Column(scale=5, min_width=340, elem_classes="pp-models-result"):
            view = ModelsView(page)
    connect(
        page,
        preset.input,
        request=PresetRequest,
        controls={"preset": preset},
        run=lambda request: request.preset or FIRST,
        view=lambda name: [{"open": name}],
        outputs=[view],
    )
    connect(
        page,
        view.begin,
        request=OpenRequest,
        controls={"saved": page.model},
        run=lambda request: _opened_model(request) or FIRST,
        view=lambda model: [{"open": model}, model if model in PRESETS else None],
        outputs=[view, preset],
    )
    code.input(None, [code], None, js=EDITED, show_progress="hidden")
    code.input(None, None, [preset], js="() => null", show_progress="hidden")
    view.listing(None, [view], [code], js=LISTED, show_progress="hidden")
    view.listing(None, [view], [page.model], js="(value) => value?.kept ?? ''", show_progress="hidden")
    return {}


def _opened_model(request: OpenRequest) -> str:
    """The link's model, else the one of last time; "" = none."""
    tab, given = read_link(request.query)
    linked = given.get("model") if tab == NAME else None
    return linked or (request.saved if isinstance(request.saved, str) else "")
