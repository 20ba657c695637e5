"""ReportView: what a trained network does on its test set: confusion, precision, calibration, features, mistakes, script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from playground.evaluation.service import Reports
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve
from playground.ui.views.code_view import show_code

WORDS = (
    "working no_answer unanswered confusion cell_name cell_wrong cell_right cell_none most_confident least_confident shown "
    "picture class precision recall f1 support mean ece over under confidence accuracy count_axis bins bin bin_name "
    "calibration projection_text projection_help projection_chart no_linear not_finite large point_right point_wrong "
    "point_none sure no_mistakes"
).split()
JS = "PP.reportView({element, props, server, watch});"


class ReportView(gr.HTML):
    """Value: {"run_id", "confusion", "class_names"} as `show_run` makes it; {} = nothing to show yet. The JavaScript asks
    for the rest when it is seen.
    """

    def __init__(self, page: Page, **options: Any):
        reports = page.services.reports
        super().__init__(
            value={},
            html_template=page.template("report", script=page.template("code", title="evaluate.py")),
            js_on_load=JS,
            head=styles("css/report.css")
            + scripts(
                *("js/playground.js", "js/code_view.js", "js/bench_charts.js", "js/report_pictures.js"),
                *("js/report_matrix.js", "js/report_calibration.js", "js/report_projection.js", "js/report_view.js"),
            ),
            server_functions=[
                serve(page, "report", lambda run_id: show_report(reports, run_id), ("run_id",)),
                serve(page, "cell", reports.read_cell, ("run_id", "label", "answer")),
                serve(page, "images", reports.read_images, ("run_id", "indices")),
            ],
            apply_default_css=False,
            elem_id="report",
            elem_classes="pp-block",
            words={**page.words("report", WORDS), **page.words("code", ("copy", "copied"))},
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def show_run(run_id: str, confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> dict[str, Any]:
    """The view's value: what is known before the report."""
    return {"run_id": run_id, "confusion": confusion, "class_names": list(class_names)}


def show_report(reports: Reports, run_id: object) -> dict[str, Any]:
    """What the browser needs of a report, with the images of the mistakes; not the answers to all images."""
    report = reports.read(run_id)
    shown = {name: value for name, value in report.items() if name not in ("answers", "confidences")}
    pixels = reports.read_images(run_id, [mistake["index"] for mistake in report["mistakes"]])["pixels"]
    script = show_code(reports.write_script(run_id), "evaluate.py")
    return {"report": {**shown, "pixels": pixels}, "script": script}
