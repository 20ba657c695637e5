"""`weights`: train the networks again that the project ships."""

from __future__ import annotations

from argparse import Namespace

from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal


def add_options(parser: Parser, terminal: Terminal) -> None:
    """It has none but --help."""


def run(options: Namespace, terminal: Terminal) -> int:
    from playground.training.weights import train_shipped_weights

    train_shipped_weights(terminal.write)
    return 0
