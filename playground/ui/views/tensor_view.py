"""TensorView: the steps of a program as cards, its storages as strips, what it printed, and an error with its fixes."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr

from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = (
    "no_steps no_storage no_printed storage_legend view new same in_place line truncated strides lives rank rank_one grad "
    "more clash fixes_title broadcast caution gpu_none elements slice folded thinned running stop "
    "turns turn turn_before turn_after"
).split()
SCRIPTS = (
    "js/playground.js",
    "js/code_view.js",
    "js/program_error.js",
    "js/kept_programs.js",
    "js/tensor_cells.js",
    "js/tensor_loops.js",
    "js/tensor_view.js",
)
JS = """
PP.tensorView({element, props, server, watch, emit: {
  fix: (data) => trigger('fix', data),
  stop: (data) => trigger('stop', data),
}});
"""


class TensorView(gr.HTML):
    """Value: {"result": JSON text of a result of `Services.run_tensors` with `code`, `seed` and `script_view`, which
    `show_code` makes}, or {"chosen": code} when a fix was clicked.

    Events: `fix` (the learner took a fix: its program is `value["chosen"]`), `stop` (he wants the running program to end).
    """

    def __init__(self, page: Page, **options: Any):
        services = page.services
        super().__init__(
            value={},
            html_template=page.template("tensors", script=page.template("code", title=page.html("tensors.code_title"))),
            js_on_load=JS,
            head=styles("css/tensors.css") + scripts(*SCRIPTS),
            server_functions=[
                serve(
                    page,
                    "cells",
                    # Calls from our JavaScript do not say whose they are; each has a turn of its own.
                    lambda code, seed, step: services.trace_cells(code, seed, step, secrets.token_hex(16)),
                    ("code", "seed", "step"),
                )
            ],
            apply_default_css=False,
            elem_id="tensor-view",
            elem_classes="pp-block",
            words={**page.words("tensors", WORDS), **page.words("code", ("copy", "copied"))},
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"
