"""ModelFilesView: the model of the Models tab as files to take away, and weights that are brought back."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr

from playground.exports import EXPORTS
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = (
    "fresh of_run no_place working no_server download checked too_large sending comparing fits misfit own_model kept "
    "kept_reads copy copied table name in_file in_model state all_rows state_matched state_missing state_unexpected "
    "state_shape state_dtype stale draw"
).split()
JS = """
PP.modelFiles({element, props, server, emit: {
  draw: (data) => trigger('draw', data),
  brought: (data) => trigger('brought', data),
}});
"""


class ModelFilesView(gr.HTML):
    """It asks `PP.models.current()`, of the rows above it, which model is meant.

    Events, with an id of weights in the value under `weights`: `brought` (a file with them has come back and fits), `draw`
    (a digit shall be drawn for them).
    """

    def __init__(self, page: Page, **options: Any):
        super().__init__(
            value={},
            html_template=page.template("model_files", formats=_formats(page)),
            js_on_load=JS,
            head=styles("css/model_files.css") + scripts("js/playground.js", "js/tensor_cells.js", "js/model_files.js"),
            server_functions=_functions(page),
            apply_default_css=False,
            elem_id="model-files",
            elem_classes="pp-block",
            words=page.words("model_files", WORDS),
            most=page.services.limits.weights_bytes,
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _functions(page: Page) -> list[Any]:
    services, language = page.services, page.language

    def export(model: object, format: object, run: object) -> dict[str, Any]:
        # Calls from our JavaScript do not say whose they are, and are not all one visitor's.
        return {"exported": services.exports.export(model, format, run or "", secrets.token_hex(16), language)}

    def bring(token: object, name: object, model: object) -> dict[str, Any]:
        data = services.uploads.arrivals.take(token)
        return {"report": services.uploads.import_weights(data, name, model, secrets.token_hex(16), language)}

    return [
        serve(page, "export", export, ("model", "format", "run")),
        serve(page, "send", lambda token, part: {"token": services.uploads.arrivals.add(token, part)}, ("token", "part")),
        serve(page, "bring", bring, ("token", "name", "model")),
    ]


def _formats(page: Page) -> str:
    result = '<div class="pp-files-result" aria-live="polite"></div>'
    return "".join(
        f'<li><button type="button" data-format="{name}"><b>{page.html(f"export.{name}")}</b> <code>{kind.suffix}</code>'
        f"<span>{page.html(f'export.{name}_text')}</span></button>{result}</li>"
        for name, kind in EXPORTS.items()
    )
