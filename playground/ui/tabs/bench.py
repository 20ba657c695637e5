"""The Bench tab: what precision, memory, checkpointing and accumulation really do to a model on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.bench.service import own_model
from playground.limits import SCALE_PROCESSES
from playground.models.architectures import ARCHITECTURES
from playground.models.presets import PRESETS
from playground.training.events import plain
from playground.ui.controls import OWN_MODEL
from playground.ui.events import Page, connect
from playground.ui.links import as_number, read_link
from playground.ui.views.bench_view import BenchView
from playground.ui.views.program_editor import make_chips

NAME = "bench"
# What the page shows as one: the budget of checkpointing is measured from its result.
KINDS = ("precision", "sweep", "memory", "checkpointing", "accumulation", "scaler", "devices", "profiler", "scale")
FIRST, FIRST_MODEL, BATCH = "precision", "MNISTNet", 64
OPTIMIZERS = ("AdamW", "Adam", "SGD", "RMSprop")
LINK = "(benchmark, model, batch_size) => { PP.writeLink('bench', {benchmark, model, batch_size}); return []; }"


@dataclass(frozen=True)
class MeasureRequest:
    benchmark: str
    model: str
    batch_size: Any
    optimizer: str
    steps: Any
    processes: Any
    own: str
    visitor: str


@dataclass(frozen=True)
class BudgetRequest:
    """The component's value holds what was measured, and the budget that was chosen."""

    chosen: dict[str, Any]
    visitor: str


@dataclass(frozen=True)
class NewestRequest:
    benchmark: str
    visitor: str
    language: str


@dataclass(frozen=True)
class KindRequest:
    benchmark: str


@dataclass(frozen=True)
class OpenRequest:
    query: dict[str, str]


def build(page: Page, blocks: gr.Blocks, tab: gr.Tab) -> dict[str, Any]:
    """What is to be measured beside what was."""
    services = page.services
    with gr.Row(elem_classes="pp-bench-row"):
        with gr.Column(scale=2, min_width=280, elem_classes="pp-settings"):
            benchmark = make_chips([(page.t(f"measure.{name}"), name) for name in KINDS], FIRST, "bench-kind")
            choices = [(page.t(f"preset.{name}"), name) for name in (*PRESETS, OWN_MODEL)]
            choices += [(name, name) for name in ARCHITECTURES]
            model = gr.Dropdown(
                choices, value=FIRST_MODEL, label=page.t("control.model"), elem_id="bench-model", filterable=False
            )
            with gr.Row():
                batch = gr.Number(BATCH, label=page.t("control.batch_size"), step=1, elem_id="bench-batch", min_width=110)
                steps = gr.Number(20, label=page.t("measure.steps"), step=1, elem_id="bench-steps", min_width=110)
            optimizer = gr.Dropdown(
                list(OPTIMIZERS),
                value=OPTIMIZERS[0],
                label=page.t("control.optimizer"),
                elem_id="bench-optimizer",
                filterable=False,
            )
            processes = gr.Dropdown(
                list(range(2, SCALE_PROCESSES + 1)),
                value=2,
                label=page.t("control.processes"),
                elem_id="bench-processes",
                filterable=False,
                visible=False,
            )
            run = gr.Button(page.t("measure.run"), variant="primary", elem_id="bench-run")
        with gr.Column(scale=5, min_width=340, elem_classes="pp-bench-result"):
            view = BenchView(page)

    def start(name: str, wish: dict[str, Any], visitor: str) -> dict[str, Any]:
        return {"job": services.benchmarks.start(name, wish, visitor, attended=True), "benchmark": name}

    connect(
        page,
        run.click,
        request=MeasureRequest,
        controls={
            "benchmark": benchmark,
            "model": model,
            "batch_size": batch,
            "optimizer": optimizer,
            "steps": steps,
            "processes": processes,
            "own": page.model,
        },
        run=lambda request: start(
            request.benchmark or FIRST,
            {
                "model": own_model(request.model, request.own),
                **{name: getattr(request, name) for name in ("batch_size", "optimizer", "steps", "processes")},
                "micro_batches": _micro_batches(request.batch_size),
            },
            request.visitor,
        ),
        view=lambda value: [value],
        outputs=[view],
        failure=lambda message, _: [{"failed": message}],
    )
    connect(
        page,
        view.budget,
        request=BudgetRequest,
        controls={"chosen": view},
        run=lambda request: start("budget", _budget_wish(request.chosen), request.visitor),
        view=lambda value: [value],
        outputs=[view],
        failure=lambda message, _: [{"failed": message}],
    )

    def look(request: NewestRequest) -> dict[str, Any]:
        """What is being measured at this moment, else what was measured last."""
        name = request.benchmark or FIRST
        going = services.benchmarks.going(name, request.visitor)
        if going is not None:
            return {"going": going, "benchmark": name}
        newest = services.benchmarks.newest(name, request.visitor, request.language)
        # As text: Gradio looks at every value of a nested one for files.
        return {"benchmark": name, "newest": json.dumps(plain(newest)) if newest else None}

    for event in (benchmark.change, view.begin):
        connect(
            page,
            event,
            request=NewestRequest,
            controls={"benchmark": benchmark},
            run=look,
            view=lambda value: [value],
            outputs=[view],
        )
    connect(
        page,
        benchmark.change,
        request=KindRequest,
        controls={"benchmark": benchmark},
        run=lambda request: request.benchmark == "scale",
        view=lambda shown: [gr.update(visible=shown)],
        outputs=[processes],
    )
    connect(
        page,
        blocks.load,
        request=OpenRequest,
        controls={},
        run=lambda request: _opened(request.query, [value for _, value in choices]),
        view=lambda opened: list(opened),
        outputs=[benchmark, model, batch],
    )
    for control in (benchmark, model, batch):
        control.change(None, [benchmark, model, batch], None, js=LINK, show_progress="hidden")
    return {"bench_model": model}


def _opened(query: dict[str, str], models: list[str]) -> tuple[str, str, float]:
    tab, given = read_link(query)
    given = given if tab == NAME else {}
    benchmark, model = given.get("benchmark", FIRST), given.get("model", FIRST_MODEL)
    batch = as_number(given.get("batch_size"), BATCH, 1, 10**6)
    return benchmark if benchmark in KINDS else FIRST, model if model in models else FIRST_MODEL, int(batch)


def _micro_batches(batch_size: Any) -> list[int]:
    """1, 2, 4, 8, 16, as far as the batch can be divided."""
    most = batch_size if isinstance(batch_size, (int, float)) and batch_size >= 1 else 1
    return [count for count in (1, 2, 4, 8, 16) if count <= most]


def _budget_wish(chosen: dict[str, Any]) -> dict[str, Any]:
    wish = chosen.get("wish")
    return {**(wish if isinstance(wish, dict) else {}), "budget_bytes": chosen.get("budget")}
