"""Monitor: buttons, live chart and epoch table of one training run; its JavaScript asks the server for new events."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = (
    "pause resume reconnecting state_example state_starting state_preparing state_download state_queued state_running "
    "state_paused state_stopping state_done state_stopped state_failed stopped_abandoned stopped_paused stopped_shutdown "
    "seconds_trained time_left detail best step loss loss_raw train_accuracy test_accuracy accuracy"
).split()
TILES = ("accuracy", "loss", "rate", "speed", "time")
COLUMNS = ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "learning_rate", "seconds")
TRIANGLE, BARS, SQUARE = "M2 1l9 5-9 5z", "M2 1h3v10H2zM7 1h3v10H7z", "M1 1h10v10H1z"

JS = """
PP.monitor({element, props, server, watch, emit: {
  start: (data) => trigger('start', data),
  ended: (data) => trigger('ended', data),
}});
"""


class Monitor(gr.HTML):
    """Value: {"run_id", "example": bool, "error"}: which run to show.

    Events: `start` (the learner pressed Start) and `ended` (the run shown has ended and all its events have arrived).
    """

    def __init__(self, page: Page, value: dict[str, Any], **options: Any):
        services = page.services
        super().__init__(
            value=value,
            html_template=_template(page),
            js_on_load=JS,
            head=styles("vendor/uplot/uPlot.min.css")
            + scripts("js/playground.js", "vendor/uplot/uPlot.iife.min.js", "js/training_chart.js", "js/monitor.js"),
            server_functions=[
                serve(page, "history", lambda **given: services.read_history(**given, language=page.language), ("run_id", "since")),
                serve(page, "stop", lambda run_id: {"stopped": services.stop_training(run_id)}, ("run_id",)),
                serve(page, "pause", lambda run_id: {"paused": services.pause_training(run_id)}, ("run_id",)),
                serve(page, "resume", lambda run_id: {"resumed": services.resume_training(run_id)}, ("run_id",)),
            ],
            apply_default_css=False,
            elem_id="monitor",
            elem_classes="pp-block",
            words=page.words("monitor", WORDS),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _template(page: Page) -> str:
    def t(key: str) -> str:
        return escape(page.t(f"monitor.{key}"))

    tiles = "".join(f'<div class="pp-tile-{name}"><span>{t(f"tile_{name}")}</span><b>–</b></div>' for name in TILES)
    columns = "".join(f"<th scope='col'>{t(f'column_{name}')}</th>" for name in COLUMNS)
    return f"""
<section class="pp-monitor" aria-label="{t("label")}">
  <div class="pp-toolbar">
    <button type="button" class="pp-button pp-primary pp-start-button">{_icon(TRIANGLE)}<span>{t("start")}</span></button>
    <button type="button" class="pp-button pp-pause" disabled>{_icon(BARS)}<span>{t("pause")}</span></button>
    <button type="button" class="pp-button pp-stop" disabled>{_icon(SQUARE)}<span>{t("stop")}</span></button>
    <span class="pp-state" role="status"></span>
  </div>
  <p class="pp-error" role="alert" hidden></p>
  <div class="pp-progress" role="progressbar" aria-label="{t("progress")}" aria-valuemin="0" aria-valuemax="100"><div class="pp-bar"></div></div>
  <div class="pp-tiles">{tiles}</div>
  <div class="pp-chart" role="img" aria-label="{t("chart")}"></div>
  <div class="pp-chart-options">
    <label>{t("smoothing")} <input type="range" class="pp-smoothing" min="0" max="0.98" step="0.02" value="0.9"></label>
    <label><input type="checkbox" class="pp-log"> {t("log")}</label>
    <span class="pp-detail"></span>
  </div>
  <div class="pp-epochs-scroll" tabindex="0" role="region" aria-label="{t("epochs")}">
    <table class="pp-epochs" hidden><thead><tr>{columns}</tr></thead><tbody></tbody></table>
  </div>
</section>"""


def _icon(path: str) -> str:
    return f'<svg viewBox="0 0 12 12" aria-hidden="true"><path d="{path}"/></svg>'
