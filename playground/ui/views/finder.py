"""RateFinder: the learning-rate finder among the settings, with a slider for the rate under its curve."""

from __future__ import annotations

from typing import Any

import gradio as gr

from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve

WORDS = (
    "use queued preparing running stopped no_answer found diverged flat limit above no_limit no_curvature stale"
).split()
JS = """
PP.finder({element, props, server, watch, emit: {
  search: (data) => trigger('search', data),
  opened: (data) => trigger('opened', data),
  rate: (data) => trigger('rate', data),
}});
"""


class RateFinder(gr.HTML):
    """Value: {"rate": the learning rate of the settings, "search": id of the last search, "failed": why none could start,
    "time": when that was, "optimizer": of the search, "stale": the settings have changed since}.

    Events: `opened` (it was unfolded), `search` (the learner wants to search) and `rate` (he has chosen a rate: it stands
    in the value).
    """

    def __init__(self, page: Page, rate: float, **options: Any):
        searches = page.services.searches
        super().__init__(
            value={"rate": rate},
            html_template=page.template("finder"),
            js_on_load=JS,
            head=styles("vendor/uplot/uPlot.min.css", "css/finder.css")
            + scripts("js/playground.js", "vendor/uplot/uPlot.iife.min.js", "js/finder.js"),
            server_functions=[
                serve(page, "read", lambda search, since: searches.read(search, since, page.language), ("search", "since")),
                serve(page, "stop", lambda search: {"stopped": searches.stop(search)}, ("search",)),
            ],
            apply_default_css=False,
            elem_id="finder",
            elem_classes="pp-block",
            words=page.words("finder", WORDS),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"
