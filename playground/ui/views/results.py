"""What a trained network does on the test set, as figures: accuracy per class and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground.words import text

ACCENT, SECOND, MUTED, LINE = "#e8573a", "#4a8fd6", "#858c96", "rgba(133,140,150,.25)"
# Readable on light and dark paper alike: gr.Plot keeps a figure's own colours when the theme changes.
FONT = {"family": "IBM Plex Sans, sans-serif", "size": 12, "color": MUTED}
# Solid from the first mistake on, so that white numbers can be read on them in both themes.
SCALE = [[0, "rgba(133,140,150,.10)"], [0.02, "rgba(133,140,150,.10)"], [0.021, "#c96a52"], [1, "#a3301a"]]


def draw_per_class(language: str, evaluation: dict[str, Any], class_names: Sequence[str]) -> go.Figure:
    """Bars of accuracy per class; the axis begins where the differences can be seen."""
    shares = [100 * share for share in evaluation["per_digit"]]
    low = max(0.0, np.floor(min(shares) - 2)) if min(shares) > 80 else 0.0
    bars = go.Bar(
        x=list(class_names),
        y=shares,
        base=0,
        marker={"color": SECOND},
        text=[f"{share:.1f}" for share in shares],
        textposition="outside",
        textfont={"size": 11},
        hovertemplate="%{x}: %{y:.2f} %<extra></extra>",
        cliponaxis=False,
    )
    figure = go.Figure(bars, _layout(text(language, "train.per_digit"), 260))
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(range=[low, 100.5], gridcolor=LINE, ticksuffix=" %")
    return figure


def draw_confusion(language: str, evaluation: dict[str, Any], class_names: Sequence[str]) -> go.Figure:
    """The confusion matrix; right answers are left pale so that the mistakes stand out."""
    counts = np.array(evaluation["confusion"])
    wrong = counts - np.diag(np.diag(counts))
    words = {name: text(language, f"train.{name}") for name in ("label", "guess", "images")}
    heat = go.Heatmap(
        z=np.sqrt(wrong),  # the square root, so that a single mistake is still to be seen beside twenty
        x=list(class_names),
        y=list(class_names),
        customdata=counts,
        colorscale=SCALE,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate=f"{words['label']} %{{y}} → {words['guess']} %{{x}}: %{{customdata}} {words['images']}<extra></extra>",
    )
    figure = go.Figure(heat, _layout(text(language, "train.confusion"), 460))
    for label, row in enumerate(counts):
        for guess, count in enumerate(row):
            if count:
                colour = MUTED if label == guess else "#ffffff"
                figure.add_annotation(x=guess, y=label, text=str(count), showarrow=False, font={"size": 11, "color": colour})
    figure.update_xaxes(type="category", title=words["guess"], showgrid=False, zeroline=False)
    figure.update_yaxes(type="category", title=words["label"], autorange="reversed", showgrid=False, zeroline=False)
    return figure


def _layout(title: str, height: int) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"size": 13}, "x": 0, "xref": "paper"},
        "height": height,
        "margin": {"l": 48, "r": 12, "t": 40, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": FONT,
        "template": None,
    }
