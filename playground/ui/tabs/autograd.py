"""The Autograd tab: a program, and the graph that PyTorch makes of it, to play, step and question."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.autograd.presets import PRESETS
from playground.graphs import OUTPUT, SEED
from playground.training.events import plain
from playground.ui.events import Page, connect
from playground.ui.links import MAXIMUM_LENGTH, linked_or_kept, read_link
from playground.ui.views.autograd_view import AutogradView
from playground.ui.views.code_view import show_code
from playground.ui.views.program_editor import make_chips, make_editor
from playground.words import LANGUAGES

NAME = "autograd"
FIRST = "polynomial"
LINK = f"(code) => {{ PP.writeLink('autograd', {{code: code.length <= {MAXIMUM_LENGTH} ? code : ''}}); return []; }}"


@dataclass(frozen=True)
class Opener:
    """How another tab opens a program here: `show(answer(program, visitor, language))` gives the values of `outputs`."""

    answer: Callable[[str, str, str], dict[str, Any]]
    show: Callable[[dict[str, Any]], list[Any]]
    outputs: list[Any]
    preset: Any


@dataclass(frozen=True)
class RunRequest:
    code: str
    visitor: str
    language: str


@dataclass(frozen=True)
class PresetRequest:
    preset: str
    visitor: str
    language: str


@dataclass(frozen=True)
class ChosenRequest:
    """A fix that was clicked: the component's value holds the program."""

    chosen: dict[str, Any]
    visitor: str
    language: str


@dataclass(frozen=True)
class OpenRequest:
    saved: str
    query: dict[str, str]
    visitor: str
    language: str


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """The presets and the editor beside the graph."""
    first = PRESETS[FIRST].program(page.language)
    with gr.Row(elem_classes="pp-autograd-row"):
        with gr.Column(scale=2, min_width=300, elem_classes="pp-settings"):
            preset = make_chips([(page.t(f"graph_preset.{name}"), name) for name in PRESETS], FIRST, "autograd-preset")
            code = make_editor(first, page.t("tensors.editor"), "autograd-code", 9, 26)
            with gr.Row(elem_classes="pp-run-row"):
                run = gr.Button(page.t("tensors.run"), variant="primary", elem_id="autograd-run", min_width=90)
                reset = gr.Button(page.t("tensors.reset"), elem_id="autograd-reset", min_width=90)
        with gr.Column(scale=5, min_width=340, elem_classes="pp-autograd-result"):
            view = AutogradView(page)
    last = gr.State(FIRST)
    outputs = [code, view, page.graph]

    def answer(program: str, visitor: str, language: str) -> dict[str, Any]:
        # Who comes for the first time has no id yet, and is not one with all others who have none.
        who = visitor or secrets.token_hex(16)
        result = page.services.graphs.open(program, OUTPUT, SEED, who, language)
        return {**result, "code": program, "output": OUTPUT, "seed": SEED}

    connect(
        page,
        run.click,
        request=RunRequest,
        controls={"code": code},
        run=lambda request: answer(request.code or "", request.visitor, request.language),
        view=lambda result: show_result(result)[1:],
        outputs=outputs[1:],
        trigger_mode="multiple",
    )
    for event, chosen in ((preset.input, preset), (reset.click, last)):
        connect(
            page,
            event,
            request=PresetRequest,
            controls={"preset": chosen},
            run=lambda request: answer(
                PRESETS[request.preset or FIRST].program(request.language), request.visitor, request.language
            ),
            view=lambda result: [*show_result(result), *_chips(result["code"], page.language)],
            outputs=[*outputs, preset, last],
        )
    connect(
        page,
        view.fix,
        request=ChosenRequest,
        controls={"chosen": view},
        run=lambda request: answer(request.chosen.get("chosen", ""), request.visitor, request.language),
        view=lambda result: [*show_result(result), None],
        outputs=[*outputs, preset],
    )
    connect(
        page,
        view.begin,
        request=OpenRequest,
        controls={"saved": page.graph},
        run=lambda request: answer(_opened_program(request) or first, request.visitor, request.language),
        view=lambda result: [*show_result(result), *_chips(result["code"], page.language)],
        outputs=[*outputs, preset, last],
    )
    connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={"saved": page.graph},
        # At once, so that nobody sees another program while the one of his link runs.
        run=lambda request: _opened_program(request) or first,
        view=lambda program: [program, *_chips(program, page.language)],
        outputs=[code, preset, last],
    )
    code.change(None, [code], None, js=LINK, show_progress="hidden")
    # What the learner writes himself is no preset any more.
    code.input(None, None, [preset], js="() => null", show_progress="hidden")
    return {"autograd": Opener(answer, show_result, outputs, preset)}


def show_result(result: dict[str, Any]) -> list[Any]:
    """The program, its graph, and the program again for the browser to keep."""
    shown = {**result, "script_view": show_code(result["script"], "autograd.py")}
    # As text: Gradio looks at every value of a nested one for files.
    return [result["code"], {"result": json.dumps(plain(shown))}, result["code"]]


def _chips(program: str, language: str) -> list[Any]:
    """The chip that is lit, and the preset that *reset* brings back: those whose program this is, if any."""
    found = next((name for name, one in PRESETS.items() if one.program(language) == program), None)
    return [found, found or gr.skip()]


def _opened_program(request: OpenRequest) -> str:
    """The link's program, else the one of last time; "" = none."""
    tab, given = read_link(request.query)
    if tab == NAME and given.get("preset") in PRESETS:
        return PRESETS[given["preset"]].program(request.language)
    program = linked_or_kept(NAME, "code", request.query, request.saved)
    # A preset that was not edited comes in the page's language.
    same = [one for one in PRESETS.values() if program in [one.program(language) for language in LANGUAGES]]
    return same[0].program(request.language) if same else program
