"""The Start tab: what this machine offers, and the map of the course."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from playground.ui.events import Page, connect
from playground.words import text

NAME = "start"
# The chapters of the course whose tab is there, each with the prepared state that plays it.
CHAPTERS: tuple[tuple[str, dict[str, str] | None], ...] = (
    ("intro", None),
    ("tensors", {"tab": "tensors"}),
    ("autograd", {"tab": "autograd"}),
    ("models", {"tab": "models"}),
    ("data", {"tab": "train", "section": "data"}),
    (
        "loop",
        {
            "tab": "train",
            "recipe": "Custom",
            "model": "MLP",
            "optimizer": "Adam",
            "learning_rate": "0.001",
            "epochs": "2",
        },
    ),
    ("mnist", {"tab": "train", "recipe": "Tutorial"}),
    ("fast", {"tab": "train", "recipe": "Fast"}),
    ("predict", {"tab": "draw"}),
    ("mistakes", {"tab": "train", "lesson": "exploding"}),
    ("precision", {"tab": "bench"}),
    ("scale", {"tab": "bench", "benchmark": "scale"}),
)
GiB = 2**30


@dataclass(frozen=True)
class EnvironmentRequest:
    language: str


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """The environment (filled when the page is opened) beside the map of the course."""
    with gr.Row(elem_classes="pp-start-row"):
        environment = gr.HTML(show_environment({}, page.language), elem_id="environment", apply_default_css=False)
        gr.HTML(show_chapters(page.language), elem_id="chapters", apply_default_css=False)
    connect(
        page,
        blocks.load,
        request=EnvironmentRequest,
        controls={},
        run=lambda request: page.services.environment(),
        view=lambda found: [show_environment(found, page.language)],
        outputs=[environment],
    )
    return {}


def show_environment(found: dict[str, Any], language: str) -> str:
    """The table of versions and devices, and why the chosen device is used; `found` is {} before it is known."""

    def t(key: str, **values: Any) -> str:
        return text(language, f"start.{key}", **values)

    rows = [(t(key), _value(found, key, language)) for key in ROWS]
    body = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows)
    why = ""
    if found:
        reason = t("why_cpu") if found["device"] == "cpu" else t("why_gpu", device=found["device"])
        why = f"{reason} {t('why_bf16') if 'bf16' in found['precisions'] else t('why_fp32')}"
    return (
        f'<section class="pp-start pp-environment"><h2>{escape(t("environment"))}</h2><table><tbody>{body}</tbody></table>'
        f'<p class="pp-why">{escape(why)}</p></section>'
    )


ROWS = (
    "torch torchvision python platform processor threads memory cuda mps xpu precisions device".split()
)  # in the order of the course's environment check


def _value(found: dict[str, Any], key: str, language: str) -> str:
    if not found:
        return "…"
    if key == "memory":
        return f"{found['memory_bytes'] / GiB:.1f} GiB" if found["memory_bytes"] else "–"
    if key == "precisions":
        return ", ".join(found["precisions"])
    if key in ("cuda", "mps", "xpu"):
        own = [device for device in found["devices"] if device["type"] == key]
        if own:
            return ", ".join(f"{device['label']} ({device['memory_bytes'] / GiB:.0f} GiB)" for device in own)
        if key == "cuda" and found["cuda_build"]:
            return text(language, "start.cuda_no_device", version=found["cuda_build"])
        return text(language, "start.no")
    return str(found[key])


def show_chapters(language: str) -> str:
    """The map of the course: a link for each chapter that can be played."""
    cards = []
    for name, state in CHAPTERS:
        title = escape(text(language, f"chapter.{name}"))
        body = f"<b>{title}</b><span>{escape(text(language, f'chapter.{name}_text'))}</span>"
        if state is None:
            cards.append(f'<div class="pp-chapter">{body}</div>')
        else:
            arrow = f"<i>{escape(text(language, 'chapter.open'))} →</i>"
            cards.append(f'<a class="pp-chapter" href="?{escape(urlencode(state))}">{arrow}{body}</a>')
    title = escape(text(language, "start.map"))
    return f'<section class="pp-start pp-map"><h2>{title}</h2><div class="pp-chapters">{"".join(cards)}</div></section>'
