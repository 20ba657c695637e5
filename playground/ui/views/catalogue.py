"""Catalogue: every operation of the learner's language, to search and to put into the editor; also its editor's help."""

from __future__ import annotations

import functools
from typing import Any

import gradio as gr

from playground.lang.catalogue import list_operations
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = ("found", "found_one", "nothing", "example", "documentation")
JS = "PP.catalogue({element, props, server, watch, emit: {pick: (data) => trigger('pick', data)}});"


class Catalogue(gr.HTML):
    """Value: {} at first, {"chosen": program} when an example was taken. Event: `pick`."""

    def __init__(self, page: Page, **options: Any):
        operations = functools.cache(lambda: {"operations": list_operations(page.language)})
        super().__init__(
            value={},
            html_template=page.template("catalogue"),
            js_on_load=JS,
            head=styles("css/tensors.css") + scripts("js/playground.js", "js/catalogue.js"),
            server_functions=[serve(page, "operations", operations, ())],
            apply_default_css=False,
            elem_id="catalogue",
            elem_classes="pp-block",
            words=page.words("catalogue", WORDS),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"
