"""argparse in the reader's language: mistakes become PlaygroundErrors, headings come from the catalogue."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from playground.command_line.terminal import Terminal
from playground.errors import InputError

PROGRAM = "python -m playground"


class Parser(argparse.ArgumentParser):
    """The arguments of one command.

    Args:
        usage: what follows the program's name.
        description: said above the list of options.
    """

    def __init__(self, terminal: Terminal, usage: str, description: str):
        super().__init__(
            prog=PROGRAM,
            usage=f"{PROGRAM} {usage}",
            description=_plain(description),
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
            formatter_class=lambda prog: _Formatter(prog, terminal.text("command_line.usage")),
        )
        self.options = self.add_argument_group(terminal.text("command_line.options"))
        self.options.add_argument("-h", "--help", action="store_true", help=terminal.text("command_line.help"))

    def add_option(self, flag: str, help: str, **settings: object) -> None:
        """An option whose value stays as it was typed unless `type` reads it."""
        self.options.add_argument(flag, help=_plain(help), **settings)  # type: ignore[arg-type]

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The options of a command line.

        Raises:
            InputError: an unknown option, or one without its value; the message names it.
        """
        try:
            options, unknown = self.parse_known_args(arguments)
        except argparse.ArgumentError as error:
            raise InputError("command_line.value", option=error.argument_name, reason=error.message) from error
        if unknown and not options.help:
            raise InputError("command_line.unknown", options=" ".join(unknown), help=f"{self.usage} --help")
        return options

    def error(self, message: str) -> NoReturn:
        raise InputError("command_line.arguments", reason=message)


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str, usage: str):
        super().__init__(prog, max_help_position=28)
        self.heading = f"{usage}: "

    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, prefix or self.heading)


def _plain(text: str) -> str:
    """argparse fills `%(…)s` into its texts; our per cent signs are meant."""
    return text.replace("%", "%%")
