"""`bench` of all but `speed`: measure one model, and print what was found and why."""

from __future__ import annotations

import json
import shutil
import tempfile
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from playground import words
from playground.bench.service import told
from playground.bench.trace_files import TRACE
from playground.bench.work import measure_in_child
from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal
from playground.errors import InputError, RuntimeFailure
from playground.limits import read_limits
from playground.registry import shorten

NAMES = ("precision", "sweep", "memory", "checkpointing", "accumulation", "scaler", "devices", "profiler", "scale")
MODEL, BATCH = "MNISTNet", 64
OPERATIONS_SHOWN = 15


def add_options(parser: Parser, terminal: Terminal) -> None:
    def add(flag: str, word: str, **settings: Any) -> None:
        parser.add_option(flag, terminal.text(f"bench.option_{word}", **settings.pop("words", {})), **settings)

    add("--model", "model", words={"default": MODEL}, default=MODEL, metavar="MODEL")
    add("--batch-size", "batch_size", default=str(BATCH), metavar="N")
    add("--steps", "steps", default="20", metavar="N")
    add("--optimizer", "optimizer", default="AdamW", metavar="NAME")
    add("--micro-batches", "micro_batches", nargs="+", default=[], metavar="N")
    add("--processes", "processes", default="2", metavar="N")
    add("--trace", "trace", metavar="FILE")
    add("--json", "json", action="store_true")


def run(options: Namespace, terminal: Terminal) -> int:
    """Measure in this process: it is the reader's own machine, and his own code.

    Raises:
        PlaygroundError: what cannot be measured.
    """
    given = {
        "steps": _number(options.steps),
        "optimizer": options.optimizer,
        "processes": _number(options.processes),
        # Without any: 1, 2, 4 and 8, as far as the batch can be cut.
        **({"micro_batches": [_number(one) for one in options.micro_batches]} if options.micro_batches else {}),
    }
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        result = _measure(options, given, folder if options.trace else "", terminal)
        if options.trace and result.get("trace"):
            _keep(Path(folder) / TRACE, Path(options.trace))
    if options.json:
        terminal.write(json.dumps(result, ensure_ascii=False, indent=2))
        return 0
    for title, rows in _tables(options.benchmark, result):
        _print_rows(title, rows, terminal)
    for sentence in [*result.get("reason", []), *(result.get("race") or {}).get("reason", [])]:
        terminal.write(sentence)
    return 0


def _keep(written: Path, path: Path) -> None:
    """
    Raises:
        RuntimeFailure: the disk refused.
    """
    try:
        shutil.copyfile(written, path)
    except OSError as error:
        raise RuntimeFailure("disk.write", name=str(path), reason=error.strerror or str(error)) from error


def _measure(options: Namespace, given: dict[str, Any], folder: str, terminal: Terminal) -> dict[str, Any]:
    """The result, in the reader's words; meanwhile what is being done is told."""
    result: dict[str, Any] = {}
    said = ""
    model, batch = _read_model(options.model), _number(options.batch_size)
    limits = read_limits(public=False)
    for event in measure_in_child(options.benchmark, model, batch, given, limits, folder):  # type: ignore[arg-type]
        data = event.to_json()
        if data["type"] == "progress":
            doing = words.text(terminal.language, data["doing"], **told(data["values"], terminal.language))
            if doing != said:
                terminal.errors.print(doing, soft_wrap=True)
            said = doing
        else:
            result = told(data["result"], terminal.language)
    return result


def _tables(name: str, result: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    if name == "memory":
        kinds = result["forecast"]
        return [
            (name, [{"what": kind, "forecast": kinds[kind], "measured": result["measured"].get(kind)} for kind in kinds])
        ]
    if name == "profiler":
        operations = [_operation(row) for row in result["rows"][:OPERATIONS_SHOWN]]
        return [("operations", operations), ("modules", [_module(row) for row in result["modules"]])]
    if name == "devices":
        return [*((part, result[part]) for part in ("kernels", "copies", "threads")), ("race", result["race"]["rows"])]
    if name == "scale":
        memory = [
            {
                "strategy": row["strategy"],
                **{
                    f"{key}_bytes" if key != "rank" and key != "pid" else key: value
                    for key, value in rank.items()
                    if isinstance(value, int)
                },
            }
            for row in result["rows"]
            for rank in row["ranks"]
        ]
        return [(name, result["rows"]), ("ranks", memory)]
    return [(name, result["rows"]), *([("traps", result["traps"])] if result.get("traps") else [])]


def _operation(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("operation", "calls", "self_seconds", "total_seconds", "share")}


def _module(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the profiler's modules as a line of a tree; what belongs to no module says what it is."""
    name = (row["path"] or "model") if row["kind"] == "module" else f"({row['kind']})"
    times = {"forward_seconds": row["forward_seconds"], "backward_seconds": row["backward_seconds"]}
    return {"module": "  " * row["depth"] + name, "type": row["type"], **times, "share": row["share"]}


def _print_rows(title: str, rows: list[dict[str, Any]], terminal: Terminal) -> None:
    """A column for each plain value, under its name in the JSON."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    columns = [key for key in (rows[0] if rows else {}) if all(not isinstance(row[key], (dict, list)) for row in rows)]
    for column in columns:
        table.add_column(column, justify="left" if isinstance(rows[0][column], str) else "right")
    for row in rows:
        table.add_row(*(_show(row[column], column) for column in columns))
    terminal.output.print(table)


def _show(value: Any, column: str) -> str:
    if value is None:
        return "–"
    if column == "share":
        return f"{value:.1%}"
    if column.endswith("_bytes") or column in ("forecast", "measured"):
        return f"{value / 1e6:,.2f} MB"
    if column.endswith("_per_second"):
        return f"{value / 1e9:,.1f} G{column.removesuffix('_per_second')}/s"
    if column.endswith("_seconds"):
        return f"{value * 1e3:,.2f} ms"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _number(text: str) -> object:
    """A whole number, or the text as it is: the backend says what is wrong with it."""
    try:
        return int(text)
    except ValueError:
        return text


def _read_model(text: str) -> str:
    """A file's content, or the name of a preset.

    Raises:
        InputError: there is such a file, but it holds no text or may not be read.
    """
    path = Path(text)
    try:
        there = path.is_file()
    except OSError:  # too long for a name: it is a spec or code itself
        there = False
    if not there:
        return text
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError("bench.model_unreadable", name=shorten(text), reason=shorten(reason, 120)) from error
