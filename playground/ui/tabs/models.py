"""The Models tab: a network as a list of layers and as code, with what each layer makes of its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.models.architectures import ARCHITECTURES
from playground.models.presets import PRESETS
from playground.ui.events import Page, connect
from playground.ui.links import linked_or_kept
from playground.ui.views.model_files_view import ModelFilesView
from playground.ui.views.model_inside_view import ModelInsideView
from playground.ui.views.models_view import ModelsView
from playground.ui.views.program_editor import make_chips, make_editor

NAME = "models"
USES = ("train", "draw", "autograd", "bench")
FIRST = "SimpleCNN"
# In the browser: what the editor holds goes to the view, what the view writes goes to the editor.
EDITED = "(code) => { PP.models?.edited(code ?? ''); return []; }"
LISTED = "(value) => value?.code ?? ''"


@dataclass(frozen=True)
class PresetRequest:
    preset: str


@dataclass(frozen=True)
class RunsRequest:
    visitor: str


@dataclass(frozen=True)
class BroughtRequest:
    """The weights of a file that came back."""

    file: dict[str, Any]
    visitor: str


@dataclass(frozen=True)
class OpenRequest:
    saved: str
    query: dict[str, str]


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """The presets and the code beside the rows; below them what happens inside."""
    gr.HTML(f'<p class="pp-models-lead">{page.html("models.lead")}</p>', apply_default_css=False)
    with gr.Row(elem_classes="pp-models-row"):
        with gr.Column(scale=2, min_width=300, elem_classes="pp-settings"):
            preset = make_chips([*PRESETS, *ARCHITECTURES], None, "models-preset")
            code = make_editor("", page.t("models.editor"), "models-code", 14, 30)
        with gr.Column(scale=5, min_width=340, elem_classes="pp-models-result"):
            with gr.Row(elem_classes="pp-run-row pp-use-model"):
                use = [gr.Button(page.t(f"models.use_{name}"), elem_id=f"models-{name}", min_width=90) for name in USES]
            view = ModelsView(page)
    inside = ModelInsideView(page)
    files = ModelFilesView(page)
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
        run=lambda request: linked_or_kept(NAME, "model", request.query, request.saved) or FIRST,
        view=lambda model: [{"open": model}, model if model in {**PRESETS, **ARCHITECTURES} else None],
        outputs=[view, preset],
    )
    for event in (inside.begin, tab.select):
        connect(
            page,
            event,
            request=RunsRequest,
            controls={},
            run=lambda request: _choices(page, request.visitor),
            view=lambda value: [value],
            outputs=[inside],
        )
    connect(
        page,
        files.brought,
        request=BroughtRequest,
        controls={"file": files},
        run=lambda request: (
            page.services.uploads.kept.claim(request.file.get("weights"), request.visitor, reader=False),
            _choices(page, request.visitor),
        )[1],
        view=lambda value: [value],
        outputs=[inside],
    )
    code.input(None, [code], None, js=EDITED, show_progress="hidden")
    code.input(None, None, [preset], js="() => null", show_progress="hidden")
    view.listing(None, [view], [code], js=LISTED, show_progress="hidden")
    view.listing(None, [view], [page.model], js="(value) => value?.kept ?? ''", show_progress="hidden")
    return {"use_model": use, "files": files}


def _choices(page: Page, visitor: str) -> dict[str, Any]:
    """Whose weights the network can have, and where it can run: see ModelInsideView."""
    services = page.services
    brought = services.uploads.kept.of_visitor(visitor, readers=False)
    return {
        "runs": services.models.runs_with_weights(visitor),
        "brought": [{"id": kept.id, "model": kept.name} for kept in brought],
        "devices": services.device_names(),
    }
