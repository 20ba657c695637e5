"""LessonsView: a failure lesson: both runs side by side, what was measured, and the programs; with the list of lessons."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import gradio as gr
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from playground.lessons.program import SIDES, read_lines, write_program
from playground.lessons.registry import LESSONS
from playground.lessons.service import Lessons
from playground.ui.assets import ASSETS, scripts, styles
from playground.ui.events import Page, serve

FIRST = next(iter(LESSONS))
WORDS = (
    "run again broken cured ready starting queued running_at done stopped failed reconnecting not_finite equal_lines "
    "only_broken only_cured"
).split()
JS = """
PP.lessonsView({element, props, server, watch, emit: {
  start: (data) => trigger('start', data),
  find: (data) => trigger('find', data),
}});
"""


class LessonsView(gr.HTML):
    """Value: {"lesson": name, "run": id or "", "failed": words or ""}: the run of that lesson to show, "" = none.

    Events: `start` (the learner wants to run the lesson of the value) and `find` (he has opened it: which run of it was his
    last?); before both the view itself sets the value to {"lesson": name}.
    """

    def __init__(self, page: Page, **options: Any):
        lessons = page.services.lessons
        series = sorted({name for lesson in LESSONS.values() for chart in lesson.charts for name in chart.series})
        axes = sorted({chart.across for lesson in LESSONS.values() for chart in lesson.charts})
        names = [f"series_{name.replace(' ', '_')}" for name in series] + [f"axis_{name}" for name in axes]
        super().__init__(
            value={},
            html_template=page.template("lessons"),
            js_on_load=JS,
            head=styles("vendor/uplot/uPlot.min.css", "css/lessons.css")
            + scripts(
                *("js/playground.js", "vendor/uplot/uPlot.iife.min.js", "js/lesson_charts.js", "js/lesson_lines.js"),
                "js/lessons_view.js",
            ),
            server_functions=[
                serve(page, "about", lambda lesson: describe_lesson(lesson, page), ("lesson",)),
                serve(page, "read", lambda run, since: _read(lessons, run, since, page.language), ("run", "since")),
                serve(page, "stop", lambda run: {"stopped": lessons.stop(run)}, ("run",)),
            ],
            apply_default_css=False,
            elem_id="lessons",
            elem_classes="pp-block",
            words={**page.words("lessons", WORDS), **page.words("lesson", names)},
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def list_lessons(page: Page) -> gr.HTML:
    """The list to choose from; it stands where the settings stand, while the lessons are open."""
    buttons = "".join(
        f'<li><button type="button" data-lesson="{name}"><b>{page.html(f"lesson.{name}")}</b>'
        f"<span>{page.html(f'lesson.{name}_wrong')}</span></button></li>"
        for name in LESSONS
    )
    head = f"<h2>{page.html('lessons.list')}</h2><p>{page.html('lessons.list_help')}</p>"
    label = page.html("lessons.label")
    return gr.HTML(
        f'<nav class="pp-lesson-list" aria-label="{label}">{head}<ol>{buttons}</ol></nav>',
        elem_id="lesson-list",
        apply_default_css=False,
    )


def describe_lesson(name: object, page: Page) -> dict[str, Any]:
    """What the browser needs of a lesson before it has run.

    Returns:
        lesson, title, wrong, cure, look; text: HTML; length, charts: see `Chart`; lines: [{mark, html}] of both programs;
        broken, cured: the programs.

    Raises:
        InputError: no such lesson.
    """
    lesson = LESSONS.find(name)
    told = {key: page.t(f"lesson.{lesson.name}_{key}") for key in ("wrong", "cure", "look")}
    charts = [
        {
            "series": list(chart.series),
            "unit": chart.unit,
            "across": chart.across,
            "logarithmic": chart.logarithmic,
            "limit": chart.limit,
        }
        for chart in lesson.charts
    ]
    return {
        "lesson": lesson.name,
        "title": page.t(f"lesson.{lesson.name}"),
        **told,
        "text": show_text((ASSETS / "lessons" / page.language / f"{lesson.name}.md").read_text(encoding="utf-8")),
        "length": lesson.length,
        "charts": charts,
        "lines": show_lines(lesson.name),
        **{side: write_program(lesson.name, side) for side in SIDES},
    }


def show_lines(name: str) -> list[dict[str, str]]:
    """Both programs as one, line by line, with their syntax marked; pygments escapes what is in them."""
    lines = read_lines(name)
    html = highlight("\n".join(line for _, line in lines), PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return [{"mark": mark, "html": line} for (mark, _), line in zip(lines, html.split("\n"), strict=False)]


def show_text(text: str) -> str:
    """A lesson's text as HTML: paragraphs, and code between backticks."""
    paragraphs = [escape(" ".join(part.split("\n")).strip()) for part in text.split("\n\n")]
    marked = [re.sub("`([^`]+)`", r"<code>\1</code>", part) for part in paragraphs if part]
    return "".join(f"<p>{part}</p>" for part in marked)


def _read(lessons: Lessons, run: object, since: object, language: str) -> dict[str, Any]:
    """Under a name of its own: `serve` means by `error` that the question itself went wrong."""
    answer = lessons.read(run, since, language)
    sides = {
        side: {**answer[side], "rows": [_plain_row(row) for row in answer[side]["rows"]]} for side in ("broken", "cured")
    }
    return {**answer, **sides}


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, (int, float)) else str(value) for name, value in row.items()}
