"""Mistakes: the test images that a network reads wrongly, the most confident first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np

from playground.ui.assets import scripts
from playground.ui.events import Page
from playground.words import text


class Mistakes(gr.HTML):
    """Value: {"title", "items": [{"caption", "confidence", "pixels"}]} as `show_mistakes` makes it."""

    def __init__(self, page: Page, **options: Any):
        super().__init__(
            value={"title": "", "items": []},
            html_template='<section class="pp-mistakes"><h3></h3><ul></ul></section>',
            js_on_load="PP.mistakes({element, props, watch});",
            head=scripts("js/playground.js", "js/mistakes.js"),
            apply_default_css=False,
            elem_id="mistakes",
            elem_classes="pp-block",
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def show_mistakes(
    language: str, mistakes: Sequence[dict[str, Any]], images: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """The worst mistakes with their images.

    Args:
        images: (mistakes, 28, 28) uint8, one for each mistake.
        names: of the classes.
    """
    items = []
    for mistake, pixels in zip(mistakes, images, strict=True):
        label, guess = names[mistake["label"]], names[mistake["guess"]]
        items.append(
            {
                "caption": text(language, "train.mistake", label=label, guess=guess),
                "confidence": mistake["confidence"],
                "pixels": base64.b64encode(pixels.tobytes()).decode(),
            }
        )
    return {"title": text(language, "train.mistakes") if items else "", "items": items}
