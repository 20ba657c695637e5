"""Monitor: buttons, live chart and epoch table of one training run; its JavaScript asks the server for new events."""

from __future__ import annotations

from typing import Any

import gradio as gr

from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve
from playground.ui.views.time_travel import TRAVEL_WORDS, travel_functions

WORDS = (
    "pause resume reconnecting no_answer state_example state_example_coming state_starting state_preparing state_download "
    "state_queued state_running state_paused state_stopping state_done state_early state_stopped state_failed "
    "stopped_abandoned stopped_paused stopped_shutdown "
    "part_zero part_gradient part_update part_step part_micro "
    "seconds_trained time_left detail best step loss loss_raw train_accuracy test_accuracy accuracy"
).split()
INSIGHT_WORDS = (
    "verdict_ok verdict_may_explode verdict_may_vanish verdict_nan verdict_inf verdict_none verdict_dead "
    "dead_of waiting never all_ok some more point reading"
).split()
GLANCE_WORDS = "summary at waiting never cell hard layers_of layers_soon input".split()
PROCESS_WORDS = (
    "help help_sharded summary summary_sharded summary_time summary_restarts lost again fact_ranks fact_one fact_traffic "
    "fact_exchange fact_memory fact_speed ranks_equal ranks_sharded ranks_differ one_equal one_differs reason_batch_norm "
    "reason_dropout reason_precision traffic traffic_alone exchange memory memory_whole faster slower"
).split()
PROCESS_COLUMNS = ("rank", "pid", "device", "threads", "parameters", "images", "indices")
TILES = ("accuracy", "loss", "rate", "speed", "time")
COLUMNS = ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "learning_rate", "seconds")
INSIGHT_COLUMNS = ("layer", "verdict", "gradient_norm", "gradient_max", "weight_norm", "update_ratio", "dead")
STYLES = (
    "vendor/uplot/uPlot.min.css",
    "css/insight.css",
    "css/glance.css",
    "css/time_travel.css",
    "css/processes.css",
    "css/diagnosis.css",
)
SCRIPTS = (
    "js/playground.js",
    "vendor/uplot/uPlot.iife.min.js",
    "js/training_chart.js",
    "js/tensor_cells.js",
    "js/five_steps.js",
    "js/insight.js",
    "js/pictures.js",
    "js/report_pictures.js",
    "js/glance.js",
    "js/time_travel.js",
    "js/processes.js",
    "js/diagnosis.js",
    "js/monitor.js",
)

JS = """
PP.monitor({element, props, server, watch, emit: {
  start: (data) => trigger('start', data),
  ended: (data) => trigger('ended', data),
  draw: (data) => trigger('draw', data),
  fork: (data) => trigger('fork', data),
  go_on: (data) => trigger('go_on', data),
  look: (data) => trigger('look', data),
  cure: (data) => trigger('cure', data),
}});
"""


class Monitor(gr.HTML):
    """Value: {"run_id", "example": bool, "error"}: which run to show; with "opening": True it cannot be started from yet.

    Events: `start` (the learner pressed Start), `ended` (the run shown has ended and all its events have arrived) and `draw`
    (he wants to draw for it). Before a `fork`, `look` (a snapshot was chosen) or `draw` for a snapshot, the value has its
    "step", and as "draw" what the Draw tab calls it; `go_on` is a fork from the last one. Before a `cure` (he tries what the
    diagnosis suggests) it has the "finding".
    """

    def __init__(self, page: Page, value: dict[str, Any], **options: Any):
        services = page.services
        super().__init__(
            value=value,
            html_template=_template(page),
            js_on_load=JS,
            head=styles(*STYLES) + scripts(*SCRIPTS),
            server_functions=[
                serve(
                    page,
                    "history",
                    lambda **given: services.training.read_history(**given, language=page.language),
                    ("run_id", "since"),
                ),
                serve(page, "stop", lambda run_id: {"stopped": services.training.stop(run_id)}, ("run_id",)),
                serve(page, "pause", lambda run_id: {"paused": services.training.pause(run_id)}, ("run_id",)),
                serve(page, "step", lambda run_id: {"stepped": services.training.step(run_id)}, ("run_id",)),
                serve(page, "slow", lambda run_id, slow: {"slow": services.training.slow(run_id, slow)}, ("run_id", "slow")),
                serve(page, "five_steps", lambda run_id: {"lines": services.training.five_steps(run_id)}, ("run_id",)),
                serve(
                    page,
                    "watch",
                    lambda run_id, image: {"told": services.training.watch(run_id, image)},
                    ("run_id", "image"),
                ),
                serve(page, "images", services.reports.read_named_images, ("run_id", "indices")),
                serve(page, "resume", lambda run_id: {"resumed": services.training.resume(run_id)}, ("run_id",)),
                *travel_functions(page),
                serve(
                    page,
                    "diagnose",
                    lambda run_id: {"findings": services.diagnoses.read(run_id, page.language)},
                    ("run_id",),
                ),
            ],
            apply_default_css=False,
            elem_id="monitor",
            elem_classes="pp-block",
            words=page.words("monitor", WORDS),
            insight_words=page.words("insight", INSIGHT_WORDS),
            glance_words=page.words("glance", GLANCE_WORDS),
            diagnosis_words=page.words("diagnosis", ("try", "fork_from", "anew")),
            travel_words=page.words("time_travel", TRAVEL_WORDS),
            process_words=page.words("processes", PROCESS_WORDS),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _template(page: Page) -> str:
    tiles = "".join(
        f'<div class="pp-tile-{name}"><span>{page.html(f"monitor.tile_{name}")}</span><b>–</b></div>' for name in TILES
    )
    columns = "".join(f"<th scope='col'>{page.html(f'monitor.column_{name}')}</th>" for name in COLUMNS)
    insight = page.template("insight", columns="".join(_insight_column(page, name) for name in INSIGHT_COLUMNS))
    glance, travel = page.template("glance"), page.template("time_travel")
    ranks = "".join(f"<th scope='col'>{page.html(f'processes.column_{name}')}</th>" for name in PROCESS_COLUMNS)
    processes = page.template("processes", columns=ranks)
    parts = {"insight": insight, "glance": glance, "travel": travel, "processes": processes}
    return page.template("monitor", tiles=tiles, columns=columns, **parts)


def _insight_column(page: Page, name: str) -> str:
    return f'<th scope="col" title="{page.html(f"insight.about_{name}")}">{page.html(f"insight.column_{name}")}</th>'
