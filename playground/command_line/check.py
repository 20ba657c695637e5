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
    table = Table(title=terminal.text("check.title"), show_header=False, title_justify="left")
    for name, value in list_facts(environment):
        table.add_row(terminal.text(f"check.{name}"), value)
    terminal.output.print(table)
    terminal.say(f"check.why_{_reason(environment)}", device=environment["device"], build=environment["cuda_build"])
    return 0


def list_facts(environment: dict[str, Any]) -> list[tuple[str, str]]:
    """The rows of the table: a key of the catalogue (`check.<name>`) and what stands beside it."""
    devices = [
        f"{device['name']}: {device['label']}" + (f", {_gibibytes(device)}" if device["memory_bytes"] else "")
        for device in environment["devices"]
    ]
    return [
        ("python", environment["python"]),
        ("torch", environment["torch"]),
        ("torchvision", environment["torchvision"]),
        ("platform", environment["platform"]),
        ("processor", environment["processor"]),
        ("threads", str(environment["threads"])),
        ("memory", _gibibytes(environment)),
        ("devices", "\n".join(devices)),
        ("precisions", ", ".join(environment["precisions"])),
        ("device", environment["device"]),
    ]


def _gibibytes(entry: dict[str, Any]) -> str:
    return f"{entry['memory_bytes'] / GiB:.1f} GiB"


def _reason(environment: dict[str, Any]) -> str:
    """Why the device was chosen: the best kind that torch found, or what is missing for a better one."""
    if environment["device"] != "cpu":
        return "accelerator"
    return "no_gpu" if environment["cuda_build"] else "cpu_build"
