"""The two sides of a terminal: what a command says and what it complains about, in the reader's language."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from playground import words

# The order in which gettext asks them.
LANGUAGE_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


class Terminal:
    """Standard output and standard error of one command.

    Args:
        language: en or zh.
    """

    def __init__(self, language: str):
        self.language = language
        # Messages hold the learner's own brackets and colons: neither is markup here.
        self.output = Console(markup=False, highlight=False, emoji=False)
        self.errors = Console(markup=False, highlight=False, emoji=False, stderr=True)

    def text(self, key: str, /, **values: Any) -> str:
        """An entry of the catalogue in the reader's language."""
        return words.text(self.language, key, **values)

    def say(self, key: str, /, **values: Any) -> None:
        """Print an entry of the catalogue; long lines are left to the terminal, so that a pipe gets them whole."""
        self.write(self.text(key, **values))

    def write(self, line: str = "") -> None:
        self.output.print(line, soft_wrap=True)

    def complain(self, key: str, /, **values: Any) -> None:
        """The same on standard error."""
        self.errors.print(self.text(key, **values), soft_wrap=True, style="bold")


def language_of(environment: Mapping[str, str]) -> str:
    """zh where the environment's first language is Chinese, else en.

    Example:
        >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"})
        ('zh', 'en')
    """
    chosen = next((environment[name] for name in LANGUAGE_VARIABLES if environment.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def pad_left(text: str, width: int) -> str:
    """`text` at the right of `width` columns; a Chinese character takes two."""
    return " " * (width - cell_len(text)) + text


def tolerate_any_letter() -> None:
    """A terminal without Chinese letters or blocks shows ? for them; without this it would be a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
