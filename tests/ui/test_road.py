"""The one road from an event to a view, without a browser."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import SimpleNamespace

import gradio as gr
import pytest

from playground.errors import InputError
from playground.ui.events import Page, connect, serve
from playground.words import text


@dataclass(frozen=True)
class AddRequest:
    left: int
    right: int
    language: str


@pytest.fixture
def page():
    with gr.Blocks():
        yield Page(SimpleNamespace(), "zh", *(gr.BrowserState("") for _ in range(4)))


def wire(page, run, *, controls=("left", "right"), outputs=1, **options):
    """The function that Gradio would call, and what connect gave it."""
    caught = {}

    def event(function, inputs, outputs, **settings):
        caught.update(function=function, inputs=inputs, outputs=outputs, settings=settings)

    numbers = {name: gr.Number(1) for name in controls}
    results = [gr.Textbox() for _ in range(outputs)]
    view = options.pop("view", lambda result: [result] * outputs)
    connect(page, event, request=AddRequest, controls=numbers, run=run, view=view, outputs=results, **options)
    return caught


REQUEST = SimpleNamespace(query_params={"tab": "train"})


def test_values_reach_the_request_and_the_result_the_outputs(page):
    wired = wire(page, lambda request: (request.left + request.right, request.language), outputs=2, view=list)
    assert wired["function"]("visitor", 2, 3, REQUEST) == [5, "zh"]
    assert wired["settings"]["api_visibility"] == "private"
    assert wired["inputs"][0] is page.visitor


@pytest.mark.parametrize("controls", [("left",), ("left", "right", "third"), ("left", "wrong")])
def test_a_forgotten_control_fails_when_the_page_is_built(page, controls):
    with pytest.raises(TypeError, match="AddRequest has the fields"):
        wire(page, lambda request: 0, controls=controls)


def test_an_error_becomes_words_for_the_failure_view(page):
    def refuse(request):
        raise InputError("config.text", key="device", got="7")

    wired = wire(page, refuse, failure=lambda message, request: [f"{request.left}: {message}"])
    assert wired["function"]("visitor", 2, 3, REQUEST) == "2: " + text("zh", "config.text", key="device", got="7")


def test_an_error_without_a_failure_view_leaves_the_outputs_alone(page, monkeypatch):
    said = []
    monkeypatch.setattr(gr, "Warning", said.append)

    def refuse(request):
        raise InputError("spec.empty")

    wired = wire(page, refuse, outputs=2)
    assert wired["function"]("visitor", 2, 3, REQUEST) == [gr.skip(), gr.skip()]
    assert said == [text("zh", "spec.empty")]


def test_a_bug_is_loud_in_the_log_and_plain_on_the_page(page, caplog):
    def fail(request):
        raise ZeroDivisionError("the secret detail")

    wired = wire(page, fail, failure=lambda message, request: [message])
    with caplog.at_level(logging.ERROR):
        assert wired["function"]("visitor", 2, 3, REQUEST) == text("zh", "error.internal")
    assert "the secret detail" in caplog.text


@pytest.mark.parametrize("sent", [{"a": 2, "other": 1}, {"a": 2}])
def test_served_functions_take_what_they_know(page, sent):
    function = serve(page, "double", lambda a, b: {"twice": a * 2, "b": b}, ("a", "b"))
    assert function(sent) == {"twice": 4, "b": None, "error": None}
    assert function.__name__ == "double"


@pytest.mark.parametrize("sent", [None, [], "text", 7])
def test_served_functions_survive_garbage(page, sent, caplog):
    answer = serve(page, "double", lambda a: {"twice": a * 2}, ("a",))(sent)
    assert answer["error"]["kind"] == "internal"
    assert answer["error"]["message"] == text("zh", "error.internal")
