"""The Tensors tab: type a program, see every operation of it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.lang.catalogue import is_example
from playground.tensors.examples import EXAMPLES
from playground.training.events import plain
from playground.ui.events import Page, connect
from playground.ui.links import MAXIMUM_LENGTH, linked_or_kept
from playground.ui.views.catalogue import Catalogue
from playground.ui.views.code_view import show_code
from playground.ui.views.program_editor import make_chips, make_editor
from playground.ui.views.tensor_view import TensorView
from playground.words import LANGUAGES

NAME = "tensors"
FIRST = "broadcasting"
SEED = 0
LINES_LEAST, LINES_MOST = 8, 24
LINK = f"(code) => {{ PP.writeLink('tensors', {{code: code.length <= {MAXIMUM_LENGTH} ? code : ''}}); return []; }}"


@dataclass(frozen=True)
class RunRequest:
    code: str
    visitor: str
    language: str


@dataclass(frozen=True)
class StopRequest:
    visitor: str


@dataclass(frozen=True)
class ExampleRequest:
    example: str
    code: str
    visitor: str
    language: str


@dataclass(frozen=True)
class ChosenRequest:
    """A fix or an operation's example that was clicked: the component's value holds the program, `code` the editor's."""

    chosen: dict[str, Any]
    code: str
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
            example = make_chips([(page.t(f"example.{name}"), name) for name in EXAMPLES], FIRST, "tensor-example")
            code = make_editor(first, page.t("tensors.editor"), "tensor-code", LINES_LEAST, LINES_MOST)
            gr.HTML(page.template("editor_help"), elem_id="tensor-help", apply_default_css=False)
            with gr.Row(elem_classes="pp-run-row"):
                run = gr.Button(page.t("tensors.run"), variant="primary", elem_id="tensor-run", min_width=90)
                reset = gr.Button(page.t("tensors.reset"), elem_id="tensor-reset", min_width=90)
                gr.HTML(
                    page.template("kept_programs"), elem_id="tensor-undo", elem_classes="pp-block", apply_default_css=False
                )
        with gr.Column(scale=3, min_width=340, elem_classes="pp-tensor-result"):
            view = TensorView(page)
        with gr.Column(scale=2, min_width=320, elem_classes="pp-settings"):
            catalogue = Catalogue(page)
    services = page.services
    last = gr.State(FIRST)

    def answer(program: str, visitor: str, language: str, before: str | None = None) -> dict[str, Any]:
        # Who comes for the first time has no id yet, and is not one with all others who have none.
        who = visitor or secrets.token_hex(16)
        result = services.run_tensors(program, SEED, who, language, replaces=True)
        kept = before if before and before.strip() != program.strip() and _is_own(before) else None
        return {**result, "code": program, "seed": SEED, "no_gpu": not services.has_gpu(), "before": kept}

    outputs = [code, view, page.program]
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
    connect(
        page,
        view.stop,
        request=StopRequest,
        controls={},
        run=lambda request: services.stop_programs(request.visitor),
        view=lambda stopped: [gr.skip()],
        outputs=[view],
    )
    for event, chosen in ((example.input, example), (reset.click, last)):
        connect(
            page,
            event,
            request=ExampleRequest,
            controls={"example": chosen, "code": code},
            run=lambda request: answer(
                EXAMPLES[request.example or FIRST].program(request.language),
                request.visitor,
                request.language,
                before=request.code,
            ),
            view=lambda result: [*show_result(result), *_chips(result["code"], page.language)],
            outputs=[*outputs, example, last],
        )
    for source, event in ((view, view.fix), (catalogue, catalogue.pick)):
        connect(
            page,
            event,
            request=ChosenRequest,
            controls={"chosen": source, "code": code},
            run=lambda request: answer(
                request.chosen.get("chosen", ""), request.visitor, request.language, before=request.code
            ),
            view=lambda result: [*show_result(result), None],
            outputs=[*outputs, example],
        )
    connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={"saved": page.program},
        # Whatever tab opens: a program takes less time than a visitor takes to get here.
        run=lambda request: answer(_opened_program(request) or first, request.visitor, request.language),
        view=lambda result: [*show_result(result), *_chips(result["code"], page.language)],
        outputs=[*outputs, example, last],
    )
    code.change(None, [code], None, js=LINK, show_progress="hidden")
    # What the learner writes himself is no example any more.
    code.input(None, None, [example], js="() => null", show_progress="hidden")
    return {}


def show_result(result: dict[str, Any]) -> list[Any]:
    """The program, everything about its run, and the program again for the browser to keep."""
    if result["replaced"]:
        return [gr.skip(), gr.skip(), gr.skip()]
    shown = {**result, "script_view": show_code(result["script"], "tensors.py")}
    # As text: Gradio looks at every value of a nested one for files, half a second for the steps of a long loop.
    return [result["code"], {"result": json.dumps(plain(shown))}, result["code"]]


def _is_own(program: str) -> bool:
    """Whether a learner wrote in it: no example as it was given to him."""
    text = program.strip()  # the editor gives no empty last line back
    given = any(text == one.program(language).strip() for one in EXAMPLES.values() for language in LANGUAGES)
    return bool(text) and not given and not is_example(text)


def _chips(program: str, language: str) -> list[Any]:
    """The chip that is lit, and the example that *reset* brings back: those whose program this is, if any."""
    found = next((name for name, one in EXAMPLES.items() if one.program(language) == program), None)
    return [found, found or gr.skip()]


def _opened_program(request: OpenRequest) -> str:
    """The link's program, else the one of last time; "" = none."""
    program = linked_or_kept(NAME, "code", request.query, request.saved)
    # An example that was not edited comes in the page's language.
    same = [one for one in EXAMPLES.values() if program in [one.program(language) for language in LANGUAGES]]
    return same[0].program(request.language) if same else program
