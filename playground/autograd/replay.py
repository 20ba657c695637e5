"""Replay: the very operation behind a node, with its arguments as they were: the program is run once more to get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils._pytree import tree_map_only

from playground.autograd.graph_trace import GraphTrace
from playground.autograd.recording import NodeRecord, Ran
from playground.lang.recorder import Operation

APPLY = "torch.autograd.Function.apply"


@dataclass
class Replay:
    """An operation that can be run again, and the run that it is from."""

    trace: GraphTrace
    function: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]


def replay_node(trace: GraphTrace, record: NodeRecord) -> Replay | None:
    """Run the program again (the same seed makes the same nodes) and copy what goes into that operation."""
    found: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    def copy(function: Any, arguments: Any, options: Any) -> None:
        with torch.no_grad(), _disable_current_modes():
            found.append((function, *tree_map_only(Tensor, lambda part: part.detach().clone(), (arguments, options))))

    def before(ran: Ran) -> None:
        if record.kind == "op" and ran.number == record.ran:
            copy(ran.function, ran.arguments, ran.options)

    def on_call(operation: Operation, function: Any, values: tuple[Any, ...], options: dict[str, Any]) -> None:
        if record.kind == "custom" and operation.name == APPLY and operation.order == record.begun:
            copy(function, values, options)

    again = GraphTrace(trace.program, trace.output, trace.seed, trace.limits, before=before, on_call=on_call)
    again.run()
    return Replay(again, *found[0]) if found else None
