"""What every tab with a program begins with: chips to choose an example, and the editor."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr


def make_chips(choices: Sequence[str | tuple[str, str]], value: str | None, elem_id: str) -> gr.Radio:
    """Examples of which one is lit; none is, when the learner has written something of his own."""
    return gr.Radio(list(choices), value=value, show_label=False, elem_id=elem_id, elem_classes="pp-chips", container=False)


def make_editor(value: str, label: str, elem_id: str, lines: int, max_lines: int) -> gr.Code:
    """An editor of Python code, as high as its lines between the two."""
    return gr.Code(
        value,
        language="python",
        lines=lines,
        max_lines=max_lines,
        wrap_lines=True,
        label=label,
        elem_id=elem_id,
        elem_classes="pp-editor",
        show_label=False,
        interactive=True,
        buttons=[],
    )
