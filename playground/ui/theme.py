"""The page's theme: Gradio's base with our one accent, quiet borders and one type scale."""

from __future__ import annotations

import gradio as gr

ACCENT = gr.themes.Color(
    c50="#fff4f1", c100="#ffe5df", c200="#ffc9bd", c300="#ffa591", c400="#ff7a5c", c500="#e8573a",
    c600="#d9472b", c700="#b53820", c800="#932f1d", c900="#782b1d", c950="#41130b",
)  # fmt: skip


def make_theme() -> gr.themes.Base:
    theme = gr.themes.Base(primary_hue=ACCENT, secondary_hue=ACCENT, neutral_hue="zinc", radius_size="md", text_size="md")
    return theme.set(
        body_background_fill="var(--pp-paper)",
        body_background_fill_dark="var(--pp-paper)",
        body_text_color="var(--pp-text)",
        body_text_color_dark="var(--pp-text)",
        body_text_color_subdued="var(--pp-muted)",
        body_text_color_subdued_dark="var(--pp-muted)",
        background_fill_primary="var(--pp-paper)",
        background_fill_primary_dark="var(--pp-paper)",
        background_fill_secondary="var(--pp-panel)",
        background_fill_secondary_dark="var(--pp-panel)",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        block_padding="2px 0",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_title_text_weight="500",
        block_title_text_size="13px",
        block_title_text_color="var(--pp-muted)",
        block_title_text_color_dark="var(--pp-muted)",
        block_info_text_color="var(--pp-muted)",
        block_info_text_color_dark="var(--pp-muted)",
        border_color_primary="var(--pp-line)",
        border_color_primary_dark="var(--pp-line)",
        input_background_fill="var(--pp-paper)",
        input_background_fill_dark="var(--pp-panel)",
        input_border_color="var(--pp-strong)",
        input_border_color_dark="var(--pp-strong)",
        input_shadow="none",
        input_padding="8px 10px",
        layout_gap="14px",
        panel_border_width="0px",
        color_accent="var(--pp-accent)",
    )
