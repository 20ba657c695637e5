"""COMMANDS and the way into them: choose the command, read its options, say errors in the reader's language."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from playground.command_line.parser import PROGRAM, Parser
from playground.command_line.terminal import Terminal, language_of, tolerate_any_letter
from playground.errors import PlaygroundError
from playground.registry import Registry

SUCCESS, MISTAKE, INTERRUPTED = 0, 2, 130


@dataclass(frozen=True)
class Command:
    """One command; `words`: `command.<name>`.

    Args:
        name: typed after `python -m playground`.
        usage: its arguments in short.
        module: has `add_options(parser, terminal)` and `run(options, terminal) -> exit code`. It is imported when the
            command is chosen, because torch takes a second and help should take none.
    """

    name: str
    usage: str
    module: str


COMMANDS: Registry[Command] = Registry(
    "topic.command",
    (
        Command("train", "[--model …] [--epochs …] [--out RUN_DIR]", "playground.command_line.train"),
        Command("find-rate", "[--model …] [--optimizer …]", "playground.command_line.find_rate"),
        Command("lessons", "[list|run|code] [NAME …]", "playground.command_line.lessons"),
        Command("predict", "IMAGE… [--model …]", "playground.command_line.predict"),
        Command("runs", "list|show|compare|export|rename|pin|unpin|delete [RUN…]", "playground.command_line.runs"),
        Command("check", "", "playground.command_line.check"),
        Command("bench", "[speed] [--only …] [--full]", "playground.command_line.bench"),
        Command("weights", "", "playground.command_line.weights"),
    ),
)


def main(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit code.

    0 = done; 1 = a budget of the benchmark was missed; 2 = a mistake that the message explains; 130 = Ctrl-C.
    """
    tolerate_any_letter()
    terminal = Terminal(language_of(os.environ))
    try:
        return _run(list(arguments), terminal)
    except PlaygroundError as error:
        terminal.complain("command_line.error", error=error)
        return MISTAKE
    except KeyboardInterrupt:
        terminal.complain("command_line.interrupted")
        return INTERRUPTED


def _run(arguments: list[str], terminal: Terminal) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        _print_overview(terminal)
        return SUCCESS
    command = COMMANDS.find(arguments[0])
    module = importlib.import_module(command.module)
    parser = Parser(terminal, f"{command.name} {command.usage}".strip(), terminal.text(f"command.{command.name}"))
    module.add_options(parser, terminal)
    options = parser.read(arguments[1:])
    if options.help:
        terminal.write(parser.format_help().rstrip())
        return SUCCESS
    return module.run(options, terminal)


def _print_overview(terminal: Terminal) -> None:
    terminal.say("command_line.overview", program=PROGRAM)
    for command in COMMANDS.values():
        terminal.write(f"  {command.name:10}{terminal.text(f'command.{command.name}')}")
    terminal.write()
    terminal.say("command_line.overview_end", program=PROGRAM)
