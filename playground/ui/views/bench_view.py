"""BenchView: a benchmark while it runs, and its result: the reason, charts, tables, the script."""

from __future__ import annotations

from typing import Any

import gradio as gr

from playground.bench.service import Benchmarks, told
from playground.training.events import plain
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve
from playground.ui.views.code_view import show_code

WORDS = (
    "activations after_steps as_fast bar_memory bar_time batch batch_axis batch_norm batch_norm_text becomes_zero bits "
    "bits_of blocks_text budget budget_result budget_run budget_text bytes calls change checkpointed copies cut_short "
    "device epsilon equal exponents exponents_text first_call flops flushed forecast gradient_error gradient_norm gradients "
    "growth infinite intensity kernel kernels largest largest_error layer ledger ledger_text loss loss_difference "
    "loss_scale measured_dot measured_for memory_axis micro_batches mistakes mistakes_text nonfinite norm_ratio number "
    "numbers numbers_text operation operations operations_axis optimizer overflows own parameters peak peak_at "
    "phase_backward phase_forward phase_optimizer plain precision_column queued race race_matmul race_step reconnecting "
    "relative_error repetitions right roof roof_text running saved scale scale_over_steps scale_text seconds shape size "
    "skipped_step smallest_normal speed spread step step_loss step_point step_time steps_axis stopped stored subnormal "
    "sweep_axis sweep_chart temporary thread_count threads timeline timeline_text trap traps traps_text tutorial "
    "tutorial_text unequal what_if what_ifs what_ifs_text why width width_column with_fix with_waiting without_waiting "
    "wrong"
).split()
PROFILE_WORDS = (
    "all phases forward loss backward optimizer flame flame_text merged small checks of_step whole out trace trace_text "
    "operations operations_text own total share allocated shapes device modules modules_text module kind_loss "
    "kind_accumulate_grad kind_unmatched kind_engine lines lines_calls lines_makes lines_text"
).split()
SCALE_WORDS = (
    "scale_strategies scale_strategies_text scale_strategy scale_alone scale_ddp scale_model scale_fsdp scale_efficiency "
    "scale_speedup scale_memory scale_off scale_sent scale_ranks scale_ranks_text scale_process scale_talk scale_layers "
    "plan plan_text plan_parameters plan_batch plan_gpus plan_memory plan_activation plan_recipe plan_total plan_lines "
    "plan_fits plan_yes plan_no plan_mixed plan_fp32 plan_ddp plan_zero1 plan_zero2 plan_zero3 plan_chosen "
    "plan_more plan_never"
).split()
JS = """
PP.benchView({element, props, server, watch, emit: {
  begin: (data) => trigger('begin', data),
  budget: (data) => trigger('budget', data),
}});
"""


class BenchView(gr.HTML):
    """Value: {"job": id, "benchmark": name} of one that was started, {"going": id, "benchmark": name} of one that was begun
    before the page was reloaded, {"newest": record or None, "benchmark": name} of one that was measured before, {"failed":
    words} of one that could not start, or {"budget": bytes, "wish": …}, which the view itself has set.

    Events: `begin` (it is looked at for the first time), `budget` (the learner has chosen a budget of memory).
    """

    def __init__(self, page: Page, **options: Any):
        benchmarks = page.services.benchmarks
        super().__init__(
            value={},
            html_template=page.template("measure", script=page.template("code", title=page.html("measure.code_title"))),
            js_on_load=JS,
            head=styles("css/bench.css", "css/bench_profiler.css", "css/bench_scale.css")
            + scripts(
                *("js/playground.js", "js/code_view.js", "js/tensor_cells.js", "js/bench_charts.js"),
                *(
                    "js/bench_tables.js",
                    "js/bench_memory.js",
                    "js/bench_devices.js",
                    "js/bench_scaler.js",
                    "js/bench_flame.js",
                    "js/bench_profiler.js",
                    "js/bench_sweep.js",
                    "js/bench_scale.js",
                    "js/bench_view.js",
                ),
            ),
            server_functions=[
                serve(page, "read", lambda job, since: _read(benchmarks, job, since, page.language), ("job", "since")),
                serve(page, "plan", lambda given: _plan(given, page.language), ("given",)),
                serve(page, "bits", lambda text: {"found": _bits(text)}, ("text",)),
                serve(page, "stop", lambda job: {"stopped": benchmarks.stop(job)}, ("job",)),
                serve(page, "script", lambda text: {"view": show_code(_text(text), "benchmark.py")}, ("text",)),
            ],
            apply_default_css=False,
            elem_id="bench-view",
            elem_classes="pp-block",
            words={
                **page.words("measure", WORDS + SCALE_WORDS),
                **page.words("code", ("copy", "copied")),
                **_profile_words(page),
            },
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def _profile_words(page: Page) -> dict[str, str]:
    return page.words("measure", [f"profile_{name}" for name in PROFILE_WORDS])


def _read(benchmarks: Benchmarks, job: object, since: object, language: str) -> dict[str, Any]:
    """Under names of its own: `serve` means by `error` that the question itself went wrong."""
    answer = benchmarks.read(job, since, language)
    return {**answer, "failure": answer["error"]}


def _plan(given: object, language: str) -> dict[str, Any]:
    from playground.bench.scale import plan

    return plain(told(plan(given), language))  # type: ignore[no-any-return]


def _bits(text: object) -> dict[str, Any]:
    from playground.bench.numbers import show_bits

    return plain(show_bits(text))  # type: ignore[no-any-return]


def _text(value: object) -> str:
    return value[:200_000] if isinstance(value, str) else ""
