"""What the chosen settings do: formulas, a sentence of advice on each, the curve of the learning rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from playground.training.explain import Explained, Explanation
from playground.words import text

WIDTH, HEIGHT = 300, 64  # of the curve's own coordinates; the page stretches it


def show_settings(explanation: Explanation, language: str) -> str:
    """HTML of the fold; nothing in it comes from a learner but numbers."""
    parts = [_show_choice(choice, language) for choice in explanation.choices]
    if explanation.curve:
        parts.append(_show_curve(explanation.curve, explanation.steps, language))
    legend = escape(text(language, "settings.legend"))
    return f'<div class="pp-explained">{"".join(parts)}<p class="pp-legend">{legend}</p></div>'


def _show_choice(choice: Explained, language: str) -> str:
    kind, name, advice = (
        escape(text(language, key))
        for key in (
            f"control.{choice.topic}",
            f"{choice.topic}.{choice.name}",
            f"{choice.topic}_advice.{choice.name}",
        )
    )
    formula = _show_formula(choice.formula)
    return f'<section><h4>{kind} <b>{name}</b></h4><pre tabindex="0">{formula}</pre><p>{advice}</p></section>'


def _show_formula(formula: str) -> str:
    """`_` and `^` as index and exponent: of a word, or of what stands in brackets."""
    lowered = re.sub(r"_(\w+|\([^)]*\))", lambda found: f"<sub>{found[1].strip('()')}</sub>", escape(formula))
    return re.sub(r"\^(⌊[^⌋]*⌋)", r"<sup>\1</sup>", lowered)


def _show_curve(curve: Sequence[tuple[float, float]], steps: int, language: str) -> str:
    highest = max(rate for _, rate in curve)
    points = " ".join(
        f"{WIDTH * share:.1f},{(HEIGHT - 2) * (1 - rate / highest) + 1:.1f}" for share, rate in _thinned(curve)
    )
    label = escape(text(language, "settings.curve", highest=_number(highest)))
    end = escape(text(language, "settings.steps", steps=f"{steps:,}"))
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f'<polyline points="{points}"/></svg><figcaption><span>{label}</span><span>{end}</span></figcaption></figure>'
    )


def _thinned(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the points that lie between two of the same rate."""
    return [
        point
        for place, point in enumerate(curve)
        if not 0 < place < len(curve) - 1 or not curve[place - 1][1] == point[1] == curve[place + 1][1]
    ]


def _number(rate: float) -> str:
    return f"{rate:.3g}".replace("e-0", "e-")
