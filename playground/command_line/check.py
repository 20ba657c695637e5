"""`check`: what this machine offers torch, and which device the playground will use."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from rich.table import Table

from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal

GiB = 2**30


def add_options(parser: Parser, terminal: Terminal) -> None:
    """It has none but --help."""


def run(options: Namespace, terminal: Terminal) -> int:
    from playground.devices import describe_environment

    environment = describe_environment()
    table = Table(title=terminal.text("start.environment"), show_header=False, title_justify="left")
    for key, value in list_facts(environment):
        table.add_row(terminal.text(key), value)
    terminal.output.print(table)
    if environment["device"] == "cpu":
        terminal.say("start.why_cpu")
    else:
        terminal.say("start.why_gpu", device=environment["device"])
    terminal.say("start.why_bf16" if "bf16" in environment["precisions"] else "start.why_fp32")
    return 0


def list_facts(environment: dict[str, Any]) -> list[tuple[str, str]]:
    """The rows of the table: a key of the catalogue (the words of the page's first tab) and what stands beside it."""
    devices = [
        f"{device['name']}: {device['label']}" + (f", {_gibibytes(device)}" if device["memory_bytes"] else "")
        for device in environment["devices"]
    ]
    return [
        ("start.python", environment["python"]),
        ("start.torch", environment["torch"]),
        ("start.torchvision", environment["torchvision"]),
        ("start.platform", environment["platform"]),
        ("start.processor", environment["processor"]),
        ("start.threads", str(environment["threads"])),
        ("start.memory", _gibibytes(environment)),
        ("check.devices", "\n".join(devices)),
        ("start.precisions", ", ".join(environment["precisions"])),
        ("start.device", environment["device"]),
    ]


def _gibibytes(entry: dict[str, Any]) -> str:
    return f"{entry['memory_bytes'] / GiB:.1f} GiB"
