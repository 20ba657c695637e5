"""The Lessons section of the Train tab: which lesson a visitor opens, starts, or has run before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.lessons.registry import LESSONS
from playground.ui.events import Page, connect
from playground.ui.links import read_link
from playground.ui.views.lessons_view import LessonsView

NAME = "train"
SECTIONS = ("curves", "results", "runs", "data", "code", "weights", "lessons")


@dataclass(frozen=True)
class LessonRequest:
    """The view's value names the lesson."""

    chosen: dict[str, Any]
    visitor: str


@dataclass(frozen=True)
class OpenRequest:
    query: dict[str, str]


def build_lessons(page: Page, blocks: gr.Blocks, tabs: gr.Tabs) -> LessonsView:
    """The view and its events; a link that names a lesson, or another section, opens it.

    Args:
        tabs: the sections of Train; their ids are those of SECTIONS.
    """
    lessons = page.services.lessons
    view = LessonsView(page)

    def start(request: LessonRequest) -> dict[str, Any]:
        name = request.chosen.get("lesson")
        return _value(name, lessons.start(name, request.visitor, attended=True))

    for event, run in (
        (view.start, start),
        (view.find, lambda request: _value(_name(request), lessons.newest(_name(request), request.visitor) or "")),
    ):
        connect(
            page,
            event,
            request=LessonRequest,
            controls={"chosen": view},
            run=run,
            view=lambda value: [value],
            outputs=[view],
            failure=lambda message, request: [{**_value(_name(request), ""), "failed": message}],
        )
    connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={},
        run=lambda request: _linked(request.query),
        # The view reads the address itself when it is seen for the first time.
        view=lambda section: [gr.update(selected=section) if section else gr.skip()],
        outputs=[tabs],
    )
    return view


def _value(name: object, run_id: str) -> dict[str, Any]:
    return {"lesson": name, "run": run_id, "failed": ""}


def _name(request: LessonRequest) -> object:
    return request.chosen.get("lesson")


def _linked(query: dict[str, str]) -> str:
    """The section that an address asks for, by name or by one of its lessons; "" = none, or one that does not exist."""
    tab, given = read_link(query)
    if tab != NAME:
        return ""
    if LESSONS.known(given.get("lesson")):
        return "lessons"
    section = given.get("section", "")
    return section if section in SECTIONS else ""
