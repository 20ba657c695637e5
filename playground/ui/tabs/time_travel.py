"""What the Train tab does with the snapshots of the run it shows: fork it, go on with it, say what would differ."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import make_dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.timeline import FIXED
from playground.ui.controls import CONTROLS
from playground.ui.events import Page, connect
from playground.ui.views.time_travel import show_fork_note

FIELDS = tuple(control.name for control in CONTROLS)
ForkRequest = make_dataclass(
    "ForkRequest", [*((name, Any) for name in FIELDS), ("monitor", dict), ("visitor", str)], frozen=True
)
GoOnRequest = make_dataclass("GoOnRequest", [("monitor", dict), ("visitor", str)], frozen=True)


def connect_time_travel(page: Page, monitor: gr.HTML, controls: Mapping[str, Any]) -> None:
    """Build the hidden place for the note, and wire the monitor's events."""
    services = page.services
    note = gr.HTML("", elem_id="fork-note", apply_default_css=False)

    def begin(request: Any, start: Any) -> tuple[dict[str, Any], str]:
        visitor = request.visitor or secrets.token_hex(16)
        run_id = request.monitor["run_id"]
        run = start(run_id, visitor)
        # Both want the same place on the machine; the one that is left behind can be gone on with at any time.
        if services.runs.find(run_id).visitor == visitor:
            services.training.stop(run_id)
        return {"run_id": run.id, "example": False, "error": ""}, visitor

    def fork(request: Any) -> tuple[dict[str, Any], str]:
        step = request.monitor.get("step")
        return begin(
            request,
            lambda run_id, visitor: services.timeline.fork(run_id, step, wish_of(request), visitor, attended=True),
        )

    def go_on(request: Any) -> tuple[dict[str, Any], str]:
        return begin(request, lambda run_id, visitor: services.timeline.go_on(run_id, visitor, attended=True))

    for event, request, run, given in (
        (monitor.fork, ForkRequest, fork, {**controls, "monitor": monitor}),
        (monitor.go_on, GoOnRequest, go_on, {"monitor": monitor}),
    ):
        connect(
            page,
            event,
            request=request,
            controls=given,
            run=run,
            view=lambda started: started,
            outputs=[monitor, page.visitor],
            failure=lambda message, request: [
                {"run_id": request.monitor["run_id"], "example": False, "error": message, "time": time.time()},
                gr.skip(),
            ],
        )

    def compare(request: Any) -> tuple[str, dict[str, Any] | None]:
        run_id = request.monitor["run_id"]
        try:
            return run_id, services.timeline.compare(run_id, wish_of(request))
        except PlaygroundError:  # settings that are being written, a run that is gone: whoever forks is told
            return run_id, None

    changed = partial(gr.on, [control.change for control in controls.values()])
    for event in (monitor.look, changed):
        connect(
            page,
            event,
            request=ForkRequest,
            controls={**controls, "monitor": monitor},
            run=compare,
            view=lambda found: [show_fork_note(*found, page.language)],
            outputs=[note],
            trigger_mode="always_last",
        )


def wish_of(request: Any) -> dict[str, Any]:
    """The settings beside, without those that a fork keeps from its run."""
    given = {name: getattr(request, name) for name in FIELDS if name not in FIXED}
    return {name: value for name, value in given.items() if value not in (None, "")}
