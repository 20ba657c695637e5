"""Links to a run's weights."""

from __future__ import annotations

from html import escape

from playground.evaluation.trained import WEIGHT_FILES
from playground.words import text


def show_weights(run_id: str | None, language: str) -> str:
    """Links to the weights of a run; a sentence where there are none (yet)."""
    if run_id is None:
        return f'<p class="pp-weights">{escape(text(language, "train.no_weights"))}</p>'
    links = "".join(f'<a class="pp-button" href="/runs/{run_id}/{name}" download>{name}</a>' for name in WEIGHT_FILES)
    return f'<div class="pp-weights"><p>{escape(text(language, "train.weights_text"))}</p>{links}</div>'
