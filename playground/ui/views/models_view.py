"""ModelsView: the layers of a model as rows that can be edited, with what each makes of its input."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr

from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = (
    "seeking usual_input layer output parameters macs saved total trainable flops batch input memory add add_after "
    "remove duplicate off move line undo redo more documentation fixes from_code checking empty not_reached table "
    "memory_parts optimizer freeze unfreeze frozen receptive receptive_whole"
).split()
JS = """
PP.modelsView({element, props, server, watch, emit: {
  listing: (data) => trigger('listing', data),
  begin: (data) => trigger('begin', data),
}});
"""


class ModelsView(gr.HTML):
    """Value: {"open": a preset's name, a JSON spec or code} to show, or {"code": text} for the editor.

    Events: `listing` (the list was edited: its code is in the value), `begin` (the view is looked at for the first time).
    """

    def __init__(self, page: Page, **options: Any):
        services = page.services
        super().__init__(
            value={},
            html_template=page.template("models"),
            js_on_load=JS,
            head=styles("css/models.css")
            + scripts("js/playground.js", "js/tensor_cells.js", "js/pictures.js", "js/model_list.js", "js/models_view.js"),
            server_functions=[
                serve(
                    page,
                    "check",
                    # Calls from our JavaScript do not say whose they are, and are not all one visitor's.
                    lambda model, shape, batch, fixes: {
                        "checked": services.models.check(
                            model, shape, batch, secrets.token_hex(16), page.language, with_fixes=bool(fixes)
                        )
                    },
                    ("model", "shape", "batch", "fixes"),
                ),
                serve(page, "read", lambda model: services.models.read(model), ("model",)),
                serve(
                    page,
                    "layers",
                    lambda: {
                        "layers": services.models.list_layers(page.language),
                        "optimizers": services.models.optimizer_states(),
                    },
                    (),
                ),
            ],
            apply_default_css=False,
            elem_id="models-view",
            elem_classes="pp-block",
            words=page.words("models", WORDS),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"
