"""The Tensors tab: type a program, see every operation of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.tensors.examples import EXAMPLES
from playground.ui.events import Page, connect
from playground.ui.links import MAXIMUM_LENGTH, read_link
from playground.ui.views.catalogue import Catalogue
from playground.ui.views.code_view import show_code
from playground.ui.views.tensor_view import TensorView

NAME = "tensors"
FIRST = "broadcasting"
SEED = 0
LINK = f"(code) => {{ PP.writeLink('tensors', {{code: code.length <= {MAXIMUM_LENGTH} ? code : ''}}); return []; }}"


@dataclass(frozen=True)
class RunRequest:
    code: str
    visitor: str
    language: str


@dataclass(frozen=True)
class ExampleRequest:
    example: str
    visitor: str
    language: str


@dataclass(frozen=True)
class ChosenRequest:
    """A fix or an operation's example that was clicked: the component's value holds the program."""

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
    """The editor and its catalogue beside the steps."""
    first = EXAMPLES[FIRST].program(page.language)
    with gr.Row(elem_classes="pp-tensor-row"):
        with gr.Column(scale=2, min_width=320, elem_classes="pp-settings"):
            example = gr.Radio(
                [(page.t(f"example.{name}"), name) for name in EXAMPLES],
                value=FIRST,
                show_label=False,
                elem_id="tensor-example",
                container=False,
            )
            code = gr.Code(
                first,
                language="python",
                lines=13,
                max_lines=26,
                label=page.t("tensors.editor"),
                elem_id="tensor-code",
                show_label=False,
                interactive=True,
                buttons=[],
            )
            with gr.Row(elem_classes="pp-run-row"):
                run = gr.Button(page.t("tensors.run"), variant="primary", elem_id="tensor-run", min_width=90)
                reset = gr.Button(page.t("tensors.reset"), elem_id="tensor-reset", min_width=90)
            gr.HTML('<div class="pp-help" aria-live="polite"></div>', elem_id="tensor-help", apply_default_css=False)
        with gr.Column(scale=3, min_width=340, elem_classes="pp-tensor-result"):
            view = TensorView(page)
        with gr.Column(scale=2, min_width=320, elem_classes="pp-settings"):
            catalogue = Catalogue(page)
    services = page.services

    def answer(program: str, visitor: str, language: str) -> dict[str, Any]:
        # Who comes for the first time has no id yet, and is not one with all others who have none.
        result = services.run_tensors(program, SEED, visitor or secrets.token_hex(16), language)
        return {**result, "code": program, "seed": SEED, "no_gpu": not services.has_gpu()}

    outputs = [code, view, page.program]
    connect(
        page,
        run.click,
        request=RunRequest,
        controls={"code": code},
        run=lambda request: answer(request.code or "", request.visitor, request.language),
        view=lambda result: show_result(result)[1:],
        outputs=outputs[1:],
        trigger_mode="always_last",
    )
    for event in (example.input, reset.click):
        connect(
            page,
            event,
            request=ExampleRequest,
            controls={"example": example},
            run=lambda request: answer(
                EXAMPLES[request.example or FIRST].program(request.language), request.visitor, request.language
            ),
            view=show_result,
            outputs=outputs,
        )
    for source, event in ((view, view.fix), (catalogue, catalogue.pick)):
        connect(
            page,
            event,
            request=ChosenRequest,
            controls={"chosen": source},
            run=lambda request: answer(request.chosen.get("chosen", ""), request.visitor, request.language),
            view=show_result,
            outputs=outputs,
        )
    connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={"saved": page.program},
        # Whatever tab opens: a program takes less time than a visitor takes to get here.
        run=lambda request: answer(_opened_program(request) or first, request.visitor, request.language),
        view=lambda result: [*show_result(result), _example_of(result["code"], page.language)],
        outputs=[*outputs, example],
    )
    code.change(None, [code], None, js=LINK, show_progress="hidden")
    return {}


def show_result(result: dict[str, Any]) -> list[Any]:
    """The program, everything about its run, and the program again for the browser to keep."""
    shown = {**result, "script_view": show_code(result["script"], "tensors.py")}
    return [result["code"], shown, result["code"]]


def _example_of(program: str, language: str) -> str | None:
    """The example whose program this is; None = one of the learner's own."""
    return next((name for name, example in EXAMPLES.items() if example.program(language) == program), None)


def _opened_program(request: OpenRequest) -> str:
    """The link's program, else the one of last time; "" = none."""
    tab, given = read_link(request.query)
    linked = given.get("code") if tab == NAME else None
    return linked or (request.saved if isinstance(request.saved, str) else "")
