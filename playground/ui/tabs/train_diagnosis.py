"""The Train tab's diagnosis: the change that the monitor's card suggests is started."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.ui.events import Page, connect


@dataclass(frozen=True)
class CureRequest:
    """The monitor's value names the finding as "finding"."""

    monitor: dict[str, Any]
    visitor: str


def connect_diagnosis(page: Page, monitor: gr.HTML) -> None:
    """Wire the monitor's `cure`: the run that it shows gives way to the one that tries the change."""
    services = page.services

    def start(request: CureRequest) -> tuple[dict[str, Any], str]:
        visitor = request.visitor or secrets.token_hex(16)
        run_id = request.monitor["run_id"]
        run = services.diagnoses.start(run_id, request.monitor.get("finding"), visitor, attended=True)
        services.training.stop(run_id)  # both want the same place on the machine
        return {"run_id": run.id, "example": False, "error": ""}, visitor

    connect(
        page,
        monitor.cure,
        request=CureRequest,
        controls={"monitor": monitor},
        run=start,
        view=lambda started: started,
        outputs=[monitor, page.visitor],
        failure=lambda message, request: [
            {"run_id": request.monitor["run_id"], "example": False, "error": message, "time": time.time()},
            gr.skip(),
        ],
    )
