"""ModelInsideView: what happens inside the network of the Models tab: activations, parameters, kernels, modes, its diagram,
another network beside it, and what a large one would cost."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr

from playground.services import Services
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve
from playground.ui.views.autograd_view import GRAPH_WORDS

WORDS = (
    "label weights_auto weights_fresh weights_pretrained weights_fast weights_run weights_brought used_fresh used_none "
    "used_trained used_brought stops_at stops_first stops no_model modes_fails comparing compare_fails loading "
    "waiting activations_text minimum mean maximum zeros std sees whole of layer parameter shape numel dtype trains "
    "frozen histogram histogram_of parameters_text total trainable no_parameters kernels_text no_kernels modes_text "
    "mode_eval mode_train same_modes diagram_text input compare_text pin pin_again unpin pinned "
    "current same differences compare_parameters compare_trainable compare_macs compare_saved compare_output "
    "code_model device"
).split()
BIG_WORDS = (
    "kind width depth batch optimizer parameters flops block memory fp32 amp part_parameters part_gradients part_optimizer "
    "part_activations fits yes no here laptop t4 h100 text open"
).split()
SCRIPTS = (
    *("js/playground.js", "js/tensor_cells.js", "js/pictures.js"),
    *("js/graph_order.js", "js/graph_columns.js", "js/graph_layout.js", "js/graph_groups.js", "js/graph_frames.js"),
    *("js/graph_camera.js", "js/graph_draw.js", "js/graph_marks.js", "js/graph_page.js", "js/graph_tools.js"),
    *("js/graph_view.js", "js/inside_tables.js", "js/inside_compare.js", "js/inside_big.js", "js/model_inside.js"),
)
JS = """
PP.modelInside({element, props, server, watch, emit: {begin: (data) => trigger('begin', data)}});
"""


class ModelInsideView(gr.HTML):
    """Value: {"runs": [{id, model, accuracy}], "brought": [{id, model}], "devices": [name]}: whose weights the network can
    have (those of a run, those of a file that came back), and where it can run.

    Event: `begin` (the view is looked at for the first time). Which network is shown it hears from the ModelsView.
    """

    def __init__(self, page: Page, **options: Any):
        services = page.services
        super().__init__(
            value={},
            html_template=page.template("inside"),
            js_on_load=JS,
            head=styles("css/graph.css", "css/tensors.css", "css/model_inside.css") + scripts(*SCRIPTS),
            server_functions=_functions(page, services),
            apply_default_css=False,
            elem_id="model-inside",
            elem_classes="pp-block",
            words={
                **page.words("inside", WORDS),
                **{f"big_{key}": page.t(f"big.{key}") for key in BIG_WORDS},
                **page.words("graph", GRAPH_WORDS),
            },
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _functions(page: Page, services: Services) -> list[Any]:
    # Calls from our JavaScript do not say whose they are, and are not all one visitor's.
    return [
        serve(
            page,
            "inspect",
            lambda model, shape, digit, seed, weights, device: {
                "inside": services.models.inspect(
                    model, shape, digit, seed, weights, secrets.token_hex(16), page.language, device
                )
            },
            ("model", "shape", "digit", "seed", "weights", "device"),
        ),
        serve(
            page,
            "compare",
            lambda first, second, shape, batch: {
                "comparison": services.models.compare(first, second, shape, batch, secrets.token_hex(16), page.language)
            },
            ("first", "second", "shape", "batch"),
        ),
        serve(page, "big", services.models.estimate_big, ("kind", "width", "depth", "batch", "optimizer")),
    ]
