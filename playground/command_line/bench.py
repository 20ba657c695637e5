"""`bench`: measure the playground against its budgets (the exit code says whether all are kept), or a model."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from rich import box
from rich.table import Table

from playground.bench.rows import Row
from playground.bench.speed import MEASUREMENTS, measure_speed, record_tutorial
from playground.bench.workbench import Effort
from playground.command_line import bench_model
from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal
from playground.devices import describe_environment
from playground.errors import UnsupportedError
from playground.registry import shorten

SPEED = "speed"
BENCHMARKS = (SPEED, *bench_model.NAMES)


def add_options(parser: Parser, terminal: Terminal) -> None:
    names = ", ".join(MEASUREMENTS)
    parser.options.add_argument(
        "benchmark",
        nargs="?",
        default=SPEED,
        metavar="BENCHMARK",
        help=terminal.text("bench.kind", names=", ".join(bench_model.NAMES)),
    )
    parser.add_option("--only", terminal.text("bench.only", names=names), nargs="+", default=[], metavar="NAME")
    parser.add_option("--full", terminal.text("bench.full"), action="store_true")
    bench_model.add_options(parser, terminal)


def run(options: Namespace, terminal: Terminal, effort: Effort | None = None) -> int:
    """Measure and print; 1 when a budget is missed.

    Raises:
        UnsupportedError: a benchmark that is not built yet.
    """
    if options.benchmark not in BENCHMARKS:
        name = shorten(options.benchmark)
        raise UnsupportedError("bench.not_built", name=name, names=", ".join(BENCHMARKS))
    if options.benchmark != SPEED and options.json:
        return bench_model.run(options, terminal)  # nothing but JSON
    terminal.say("bench.machine", **_machine())
    if options.benchmark != SPEED:
        return bench_model.run(options, terminal)
    if options.full:
        record_tutorial(lambda epoch, accuracy: terminal.say("bench.tutorial_epoch", epoch=epoch, accuracy=accuracy))
    rows = list(measure_speed(options.only, effort or Effort(), lambda name: terminal.say("bench.measuring", name=name)))
    print_rows(rows, terminal)
    missed = sum(not row.passes for row in rows)
    if missed:
        terminal.say("bench.some_missed", missed=missed, count=len(rows))
    else:
        terminal.say("bench.all_passed", count=len(rows))
    return 1 if missed else 0


def print_rows(rows: Sequence[Row], terminal: Terminal) -> None:
    """The table of budgets."""
    table = Table(title=terminal.text("bench.title"), title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("what", "measured", "budget", "result", "detail"):
        number = column in ("measured", "budget")
        table.add_column(terminal.text(f"bench.column_{column}"), justify="right" if number else "left", no_wrap=number)
    for row in rows:
        table.add_row(
            row.describe(terminal.language),
            row.show_measured(terminal.language),
            row.show_budget(),
            terminal.text("bench.passed" if row.passes else "bench.missed"),
            row.describe_detail(terminal.language),
            style="" if row.passes else "bold red",
        )
    terminal.output.print(table)


def _machine() -> dict[str, str]:
    environment = describe_environment()
    return {name: str(environment[name]) for name in ("processor", "threads", "torch", "python")}
