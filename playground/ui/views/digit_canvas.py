"""DigitCanvas: draw a digit (or give a photo) and read at once what the network thinks."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import gradio as gr
import numpy as np

from playground.errors import InputError
from playground.ui.assets import scripts
from playground.ui.events import Page, serve

WORDS = "draw_first second_guess answered_in not_an_image clipboard no_answer".split()
DEFAULT_BRUSH = 20
JS = "PP.digitCanvas({element, props, server, watch});"
MAXIMUM_SIDE = 512


class DigitCanvas(gr.HTML):
    """Value: {"model", "brush", "strokes", "example"}: which network reads, and what is drawn at first."""

    def __init__(self, page: Page, value: dict[str, Any], defaults: dict[str, Any], **options: Any):
        super().__init__(
            value=value,
            html_template=page.template("draw", brush_width=DEFAULT_BRUSH),
            js_on_load=JS,
            head=scripts("js/playground.js", "js/pen.js", "js/digit_canvas.js"),
            server_functions=[
                serve(page, "predict", lambda pixels, model: _predict(page, pixels, model), ("pixels", "model"))
            ],
            apply_default_css=False,
            elem_id="digit-canvas",
            elem_classes="pp-block",
            words=page.words("draw", WORDS),
            defaults=defaults,
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _predict(page: Page, pixels: Any, model: Any) -> dict[str, Any]:
    return page.services.predict_digit(_grey_array(pixels) if isinstance(pixels, dict) else pixels, model)


def _grey_array(packed: dict[str, Any]) -> np.ndarray:
    """The canvas as our JavaScript packs it: one byte a pixel, base64: a third of the same image as PNG to encode."""
    width, height = packed.get("width"), packed.get("height")
    try:
        grey = np.frombuffer(base64.b64decode(str(packed.get("grey")), validate=True), np.uint8)
    except binascii.Error:
        raise InputError("digits.not_base64", start=str(packed.get("grey"))[:12]) from None
    sides = isinstance(width, int) and isinstance(height, int) and 2 <= width <= MAXIMUM_SIDE and 2 <= height <= MAXIMUM_SIDE
    if not sides or grey.size != width * height:
        raise InputError("digits.packed", width=str(width)[:20], height=str(height)[:20], got=grey.size)
    return grey.reshape(height, width)
