"""RunsView: all runs of a visitor in one chart, a list to name, pin, delete and export them, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.training.events import plain
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, connect, serve
from playground.ui.views.runs_table import show_comparison

WORDS = (
    "state_queued state_running state_paused state_stopping state_done state_early state_stopped state_failed "
    "state_interrupted state_example state_abandoned state_shutdown "
    "no_answer show hide pin unpin rename name_field default_name open stop stop_elsewhere "
    "stopped_asked delete deleted undo undone fork fork_gone command_line elsewhere "
    "x_steps x_epochs x_seconds x_step_at x_epoch_at x_seconds_at "
    "pieces none_shown diverged "
    "chosen_none export_chosen exporting exported "
    "same best nothing_differs one_only notice_head notice_one notice_reason_age notice_reason_count notice_reason_bytes "
    "notice_reason_total notice_reason_total_bytes notice_seen more_shown today"
).split()
SCRIPTS = (
    *("js/playground.js", "vendor/uplot/uPlot.iife.min.js", "js/runs_chart.js", "js/runs_list.js"),
    *("js/runs_table.js", "js/runs_view.js"),
)
JS = """
PP.runsView({element, props, server, watch, emit: {
  open: () => trigger('open', {}),
  who: () => trigger('who', {}),
}});
"""


@dataclass(frozen=True)
class WhoRequest:
    visitor: str


@dataclass(frozen=True)
class OpenRequest:
    runs: dict[str, Any]


class RunsView(gr.HTML):
    """Value: {"visitor": id}: whose runs; or {"open": run id}, which the view itself has set.

    Events: `who` (it is seen, and does not know whose runs to show), `open` (a run shall be shown in the curves).
    """

    def __init__(self, page: Page, **options: Any):
        comparison, services = page.services.comparison, page.services
        language = page.language
        super().__init__(
            value={},
            html_template=page.template("runs"),
            js_on_load=JS,
            head=styles("vendor/uplot/uPlot.min.css", "css/runs.css") + scripts(*SCRIPTS),
            server_functions=[
                serve(page, "list", lambda visitor: plain(comparison.read_page(visitor)), ("visitor",)),
                serve(page, "curves", lambda chosen: plain(comparison.read_curves(chosen)), ("chosen",)),
                serve(page, "compare", lambda ids: show_comparison(comparison.compare(ids), language), ("ids",)),
                serve(page, "rename", comparison.rename, ("run_id", "visitor", "name")),
                serve(page, "pin", comparison.pin, ("run_id", "visitor", "pinned")),
                serve(page, "delete", comparison.delete, ("run_id", "visitor")),
                serve(page, "undo", comparison.undo, ("run_id", "visitor")),
                serve(page, "seen", comparison.forget_notices, ("visitor",)),
                serve(page, "stop", lambda run_id: {"stopped": services.training.stop(run_id)}, ("run_id",)),
                serve(
                    page,
                    "export",
                    lambda ids, format, visitor: comparison.export(ids, format, visitor or ""),
                    ("ids", "format", "visitor"),
                ),
            ],
            apply_default_css=False,
            elem_id="runs",
            elem_classes="pp-block",
            words=page.words("runs", WORDS),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def build_runs(page: Page, monitor: Any, inner: gr.Tabs, shown: Callable[[str], dict[str, Any]]) -> RunsView:
    """The view and its events.

    Args:
        shown: the value of the monitor that shows a run.
    """
    view = RunsView(page)
    connect(
        page,
        view.who,
        request=WhoRequest,
        controls={},
        run=lambda request: request.visitor,
        view=lambda visitor: [{"visitor": visitor}],
        outputs=[view],
    )
    connect(
        page,
        view.open,
        request=OpenRequest,
        controls={"runs": view},
        run=lambda request: page.services.runs.find(request.runs.get("open")).id,
        view=lambda run_id: [shown(run_id), gr.update(selected="curves")],
        outputs=[monitor, inner],
    )
    return view
