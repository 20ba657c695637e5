"""AutogradView: the graph of a program, its backward passes step by step, one node in full, and what its gradients are."""

from __future__ import annotations

from typing import Any

import gradio as gr

from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = (
    "line leaf choose_node forward_value incoming leaf_gradient no_gradient outgoing chain mathematics formula saved "
    "nothing_saved freed time times proof proof_text prove proving proved not_proved largest_error left_out what_if "
    "what_if_text edit_kind edit_amount edit_apply edit_undo edit_scale edit_zero edit_clip edit_noise edit_nan "
    "second_order cut_detach cut_no_grad cut_inference cut_dtype cut_not_differentiable cut_follows "
    "no_gradients gradient_name gradient_shape gradient_added gradient_after gradient_edited gradient_change equal unequal "
    "stopped_early saved_total none_short where_forward where_backward before_start forward_done told_forward told_leaf "
    "told_cut told_backward told_failed told_leaf_gradient told_no_gradient until_never play pause pass passes pass_of "
    "play_passes loss_curve fitted show_node blame_forward blame_backward blame_text blame_finite blame_infinite running "
    "no_printed fixes_title"
).split()
GRAPH_WORDS = (
    "graph search search_count search_none expand_all collapse_all download zoom_in zoom_out fit map hint_wheel open_group "
    "close_group nodes done_of"
).split()
SCRIPTS = (
    *("js/playground.js", "js/code_view.js", "js/tensor_cells.js", "js/program_error.js"),
    *("js/graph_order.js", "js/graph_columns.js", "js/graph_layout.js", "js/graph_groups.js", "js/graph_frames.js"),
    *("js/graph_camera.js", "js/graph_draw.js", "js/graph_marks.js", "js/graph_page.js", "js/graph_tools.js"),
    *("js/graph_view.js", "js/autograd_inspector.js", "js/autograd_passes.js", "js/autograd_view.js"),
)
JS = """
PP.autogradView({element, props, server, watch, emit: {
  fix: (data) => trigger('fix', data),
  begin: (data) => trigger('begin', data),
}});
"""


class AutogradView(gr.HTML):
    """Value: {"result": JSON text of what `Graphs.open` gives, with `code`, `output`, `seed` and `script_view`}, or
    {"chosen": code} when a fix was clicked.

    Events: `fix` (the learner took a fix), `begin` (the view is looked at for the first time and is empty).
    """

    def __init__(self, page: Page, **options: Any):
        services = page.services
        code = page.template("code", title=page.html("autograd.code_title"))
        super().__init__(
            value={},
            html_template=page.template("autograd", script=code),
            js_on_load=JS,
            head=styles("css/tensors.css", "css/graph.css", "css/autograd.css") + scripts(*SCRIPTS),
            server_functions=[
                serve(
                    page,
                    "ask",
                    lambda graph, question: _said(page, services.graphs.ask(graph, question)),
                    ("graph", "question"),
                )
            ],
            apply_default_css=False,
            elem_id="autograd-view",
            elem_classes="pp-block",
            words={
                **page.words("autograd", WORDS),
                **page.words("graph", GRAPH_WORDS),
                **page.words("code", ("copy", "copied")),
            },
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _said(page: Page, answer: dict[str, Any]) -> dict[str, Any]:
    """A proof says why something could not be checked by the key of a word."""
    for entry in answer.get("proof", {}).get("inputs", []):
        entry["reason"] = page.t(entry["reason"]) if entry["reason"] else ""
    return answer
