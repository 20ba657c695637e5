"""`runs list|show|compare|export|rename|pin|unpin|delete`: the runs of PLAYGROUND_HOME, those of the page and of `train`.

Whoever has the folder may do everything with what lies in it. A server that is at work on it sees each change.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.table import Table

from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal
from playground.comparison.service import Comparison, exported_facts
from playground.data import playground_home
from playground.errors import BusyError, InputError, NotFoundError
from playground.exports.shelf import file_name
from playground.limits import read_limits
from playground.registry import shorten
from playground.runs.followed import INTERRUPTED
from playground.runs.marks import check_name, write_marks
from playground.runs.owner import find_owner
from playground.runs.run import Run
from playground.runs.served import is_served
from playground.store import Runs

ID_SHOWN = 8


def add_options(parser: Parser, terminal: Terminal) -> None:
    text = terminal.text
    parser.options.add_argument("action", nargs="?", metavar="ACTION", help=text("runs_command.action"), default="list")
    parser.options.add_argument("runs", nargs="*", metavar="RUN", help=text("runs_command.runs"))
    parser.add_option("--format", text("runs_command.format"), default="json", metavar="FORMAT")
    parser.add_option("--out", text("runs_command.out"), metavar="FILE")
    parser.add_option("--name", text("runs_command.name"), metavar="NAME")


def run(options: Namespace, terminal: Terminal) -> int:
    """Do one thing with the runs that are named."""
    folder = playground_home() / "runs"
    runs = Runs(folder, read_limits(public=False), serving=False)
    served = is_served(folder)
    comparison = Comparison(runs, None, lambda each: state_of(each, served))
    known = sorted(runs.all(), key=lambda each: -each.created)
    if options.action == "list":
        _list(known, comparison, terminal, folder)
        return 0
    act = ACTIONS.get(options.action)
    if act is None:
        raise InputError("runs_command.unknown_action", got=shorten(options.action))
    chosen = [find_run(known, text) for text in options.runs]
    if not chosen:
        raise InputError("runs_command.which", action=options.action)
    act(chosen, comparison, runs, options, terminal)
    return 0


def state_of(run: Run, served: bool) -> str:
    """As the page says it; one that nobody writes any more is one that failed, whether a server has said so or not."""
    if run.log.ended:
        return str(run.log.last["type"])
    return "running" if served or find_owner(run.folder) is not None else "failed"


def find_run(known: Sequence[Run], text: str) -> Run:
    """The run that somebody means: by its id, the beginning of one, or its name.

    Raises:
        NotFoundError: there is none. InputError: there are several.
    """
    named = [run for run in known if run.name == text]
    found = named or [run for run in known if text and run.id.startswith(text)]
    if not found:
        raise NotFoundError("runs_command.no_run", got=shorten(text))
    if len(found) > 1:
        raise InputError("runs_command.several", got=shorten(text), names=", ".join(run.id[:ID_SHOWN] for run in found[:5]))
    return found[0]


def _list(known: Sequence[Run], comparison: Comparison, terminal: Terminal, folder: Path) -> None:
    if not known:
        terminal.say("runs_command.empty", folder=str(folder))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "state", "accuracy", "time", "created"):
        table.add_column(terminal.text(f"runs_command.column_{column}"), overflow="fold")
    for run in sorted(known, key=lambda each: not each.marks.pinned):
        table.add_row(*_row(comparison.describe(run), terminal))
    terminal.output.print(table)


def _row(row: dict[str, Any], terminal: Terminal) -> list[str]:
    accuracy, seconds = row["best_accuracy"], row["training_seconds"]
    interrupted = row["state"] == "failed" and row["ending"] in (None, INTERRUPTED["error"]["key"])  # type: ignore[index]
    return [
        row["id"][:ID_SHOWN],
        ("* " if row["pinned"] else "") + row["name"],
        terminal.text("runs.state_interrupted" if interrupted else f"runs.state_{row['state']}"),
        "–" if accuracy is None else f"{accuracy:.2%}",
        "–" if seconds is None else f"{seconds:.1f} s",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(row["created"])),
    ]


def _show(chosen: list[Run], comparison: Comparison, runs: Runs, options: Namespace, terminal: Terminal) -> None:
    for run in chosen:
        table = Table(box=None, pad_edge=False, show_header=False)
        for column, cell in zip(
            ("id", "name", "state", "accuracy", "time", "created"), _row(comparison.describe(run), terminal), strict=True
        ):
            table.add_row(terminal.text(f"runs_command.column_{column}"), run.id if column == "id" else cell)
        for name, value in run.config.items():
            table.add_row(terminal.text(f"control.{name}"), shorten(value, 60))
        terminal.output.print(table)
        terminal.say("runs_command.folder", path=str(run.folder))


def _compare(chosen: list[Run], comparison: Comparison, runs: Runs, options: Namespace, terminal: Terminal) -> None:
    found = comparison.compare([run.id for run in chosen])
    table = Table(box=None, pad_edge=False)
    for heading in (terminal.text("runs_command.differ"), *(row["name"] for row in found["runs"])):
        table.add_column(heading, overflow="fold")
    for row in found["settings"]["differ"]:
        cells = [
            str(value) if settled is None else terminal.text("runs.settled", value=value, settled=settled)
            for value, settled in zip(row["values"], row["settled"], strict=True)
        ]
        table.add_row(terminal.text(f"control.{row['name']}"), *cells)
    table.add_section()
    for row in found["outcomes"]:
        goal = {} if row["goal"] is None else {"goal": f"{100 * row['goal']:g} %"}
        cells = [
            "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value) for value in row["values"]
        ]
        table.add_row(terminal.text(f"runs.outcome_{row['name']}", **goal), *cells)
    terminal.output.print(table)


def _export(chosen: list[Run], comparison: Comparison, runs: Runs, options: Namespace, terminal: Terminal) -> None:
    from playground.comparison.formats import RUN_EXPORTS
    from playground.comparison.work import export_runs

    kind = RUN_EXPORTS.find(options.format)
    name = chosen[0].name if len(chosen) == 1 else f"{len(chosen)}_runs"
    path = Path(options.out) if options.out else Path(file_name(name, kind.suffix))
    export_runs([exported_facts(run) for run in chosen], kind.name, path)
    terminal.say("runs_command.written", path=str(path))


def _rename(chosen: list[Run], comparison: Comparison, runs: Runs, options: Namespace, terminal: Terminal) -> None:
    if options.name is None:
        raise InputError("runs_command.name_missing")
    for run in chosen:
        write_marks(run.folder, replace(run.marks, name=check_name(options.name)))
        terminal.say("runs_command.renamed", name=run.name)


def _pin(chosen: list[Run], comparison: Comparison, runs: Runs, options: Namespace, terminal: Terminal) -> None:
    pinned = options.action == "pin"
    for run in chosen:
        write_marks(run.folder, replace(run.marks, pinned=pinned))
        terminal.say("runs_command.pinned" if pinned else "runs_command.unpinned", name=run.name)


def _delete(chosen: list[Run], comparison: Comparison, runs: Runs, options: Namespace, terminal: Terminal) -> None:
    for run in chosen:
        if comparison.describe(run)["state"] == "running":
            raise BusyError("run.going", name=run.name)
    for run in chosen:
        name = run.name
        runs.discard(run)
        terminal.say("runs_command.deleted", name=name)
    runs.bin.empty()


Action = Callable[[list[Run], Comparison, Runs, Namespace, Terminal], None]
ACTIONS: dict[str, Action] = {
    "show": _show,
    "compare": _compare,
    "export": _export,
    "rename": _rename,
    "pin": _pin,
    "unpin": _pin,
    "delete": _delete,
}
