"""`weights`: train the networks again that the project ships."""

from __future__ import annotations

import contextlib
from argparse import Namespace

from playground.command_line.display import TrainingDisplay
from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal
from playground.training.events import Event
from playground.training.weights import ShippedModel, train_shipped_weights


def add_options(parser: Parser, terminal: Terminal) -> None:
    """It has none but --help."""


def run(options: Namespace, terminal: Terminal) -> int:
    with contextlib.closing(_Displays(terminal)) as displays:
        train_shipped_weights(displays.show)
    return 0


class _Displays:
    """One network after the other, each with its own bar and table."""

    def __init__(self, terminal: Terminal):
        self.terminal = terminal
        self._file = ""
        self._open = contextlib.ExitStack()
        self.close = self._open.close

    def show(self, shipped: ShippedModel, event: Event) -> None:
        if shipped.file != self._file:
            self.close()
            self._file = shipped.file
            self._display = self._open.enter_context(TrainingDisplay(shipped.file, self.terminal))
        self._display.show(event)
