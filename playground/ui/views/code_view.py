"""CodeView: a script to read, copy and download."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from playground.ui.assets import scripts
from playground.ui.events import Page

JS = "PP.codeView({element, props, watch});"


class CodeView(gr.HTML):
    """Value: {"html", "code", "name"} as `show_code` makes it."""

    def __init__(self, page: Page, title: str, elem_id: str, **options: Any):
        super().__init__(
            value={"html": "", "code": "", "name": "train.py"},
            html_template=page.template("code", title=escape(title)),
            js_on_load=JS,
            head=scripts("js/playground.js", "js/code_view.js"),
            apply_default_css=False,
            elem_id=elem_id,
            elem_classes="pp-block",
            words=page.words("code", ("copy", "copied")),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def show_code(code: str, name: str) -> dict[str, str]:
    """A script with its syntax marked; pygments escapes what is in it."""
    return {"html": highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)), "code": code, "name": name}
