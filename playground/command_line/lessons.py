"""`lessons [list|run|code] [NAME …]`: the failure lessons, run one program after the other in this process."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from rich import box
from rich.table import Table
from torchvision import datasets

from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal
from playground.errors import InputError
from playground.lessons.lesson import Lesson
from playground.lessons.program import SIDES, write_program
from playground.lessons.registry import LESSONS
from playground.lessons.units import show_number
from playground.lessons.work import run_in_child
from playground.registry import shorten

ACTIONS = ("list", "run", "code")


def add_options(parser: Parser, terminal: Terminal) -> None:
    help_text = terminal.text("command_line.choices", names=", ".join(ACTIONS))
    parser.options.add_argument("action", nargs="?", metavar="ACTION", default="list", help=help_text)
    parser.options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(LESSONS))


def run(options: Namespace, terminal: Terminal) -> int:
    """0; 1 where a failure or its cure did not show.

    Raises:
        InputError: no such action or lesson.
    """
    if options.action not in ACTIONS:
        raise InputError("lessons_command.action", got=shorten(options.action), names=", ".join(ACTIONS))
    lessons = [LESSONS.find(name) for name in options.names] or list(LESSONS.values())
    if options.action == "list":
        for lesson in lessons:
            name = f"{lesson.name:14}"
            terminal.write(f"{name}{terminal.text(f'lesson.{lesson.name}')}: {terminal.text(f'lesson.{lesson.name}_wrong')}")
        return 0
    if options.action == "code":
        for lesson in lessons:
            for side in SIDES:
                terminal.write(f"# {lesson.name}: {terminal.text(f'lessons.{side}')}\n{write_program(lesson.name, side)}")
        return 0
    shown = [_run(lesson, terminal) for lesson in lessons]  # all of them, whatever the first one shows
    return 0 if all(shown) else 1


def _run(lesson: Lesson, terminal: Terminal) -> bool:
    """Whether the failure and the cure showed."""
    terminal.write(f"{terminal.text(f'lesson.{lesson.name}')}: {terminal.text(f'lesson.{lesson.name}_wrong')}")
    rows: dict[str, list[dict[str, float]]] = {}
    for side in SIDES:
        events = _events_of(lesson.name, side)
        lines = [event["values"] for event in events if event["type"] == "step"]
        rows[side] = [{name: float(value) for name, value in line.items()} for line in lines]
    table = Table("", *(terminal.text(f"lessons.{side}") for side in SIDES), box=box.SIMPLE)
    facts = {side: lesson.find_facts(rows[side]) for side in SIDES}
    for fact in lesson.facts:
        values = [show_number(facts[side][fact.name], fact.unit) for side in SIDES]
        table.add_row(terminal.text(f"lesson.fact_{fact.name}"), *values)
    terminal.output.print(table)
    verdict = lesson.judge(rows)
    terminal.say(verdict["key"], **verdict["values"])
    terminal.write()
    return bool(verdict["shown"])


def _events_of(name: str, side: str) -> list[dict[str, Any]]:
    """What one program tells; afterwards torchvision's data set is its own again."""
    own = datasets.MNIST
    try:
        return [event.to_json() for event in run_in_child(name, side)]
    finally:
        datasets.MNIST = own  # type: ignore[misc]
