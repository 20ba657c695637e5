"""read_ledger: each piece of memory that waits for the backward pass: which layer saved it, for which node, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor
from torch.autograd.graph import Node

from playground.bench.live_bytes import LiveBytes, Saved

LARGEST = 100
# What a node saves, by its name and the name that derivatives.yaml gives the saved value; the first that fits. Words:
# `bench_memory.why_<reason>`.
WHY: tuple[tuple[str, str, str], ...] = (
    ("Convolution|SlowConv|Addmm|Linear", "input|mat1|self", "input_for_weight"),
    ("Mkldnn.*Rnn|.*Lstm|.*Gru|.*Rnn", "result3|workspace", "workspace"),
    ("Mkldnn.*Rnn|.*Lstm|.*Gru|.*Rnn", ".*", "recurrent"),
    (".*BatchNorm|.*LayerNorm|.*GroupNorm|.*RmsNorm", "input", "input_of_norm"),
    (".*BatchNorm|.*LayerNorm|.*GroupNorm|.*RmsNorm", "result.*", "statistics"),
    (".*MaxPool", "result1|indices", "indices"),
    (".*Pool", "self|input", "input_of_pool"),
    (".*Dropout", "result1|mask", "mask"),
    ("ScaledDotProduct", ".*", "attention"),
    ("NllLoss|CrossEntropy", "target", "labels"),
    ("NllLoss", "total_weight", "total_weight"),
    ("Embedding|Index|Gather", "ind.*|index", "indices"),
    (".*", "result.*|output", "output"),
    (".*Mm|Bmm|Mul|Div|Mv|Dot", ".*", "factor"),
    (".*", "self|input", "input_for_derivative"),
    ("checkpoint|.*NoopSave", ".*", "checkpoint"),
)


def read_ledger(loss: Tensor, live: LiveBytes, dropouts: set[str]) -> list[dict[str, Any]]:
    """What the graph of a loss keeps, largest first, each storage once and at most LARGEST of them; parameters and buffers
    are there anyway.

    Args:
        loss: its graph is whole, and was recorded with the hooks of `live`.
        dropouts: the paths of the modules whose products are masks.

    Returns:
        {layer: path of the module that saved it ("" = outside every one, as the loss), operation: the node of the graph,
        role: the saved value's name in the formula, shape, dtype, bytes: of its storage, shared: how many other saves look
        at the same storage, why: a key of the words}.
    """
    rows: dict[int, dict[str, Any]] = {}
    for node, role, saved in _saves(loss, live):
        tensor = saved.tensor
        if live.is_fixed(tensor):
            continue
        storage = tensor.untyped_storage()
        row = rows.get(storage._cdata)
        if row is not None:
            row["shared"] += 1
            continue
        is_mask = saved.layer in dropouts and node.startswith("Mul")
        rows[storage._cdata] = {
            "layer": saved.layer,
            "operation": node,
            "role": role,
            "shape": list(tensor.shape),
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "bytes": storage.nbytes(),
            "shared": 0,
            "why": f"bench_memory.why_{'mask' if is_mask else find_why(node, role)}",
        }
    return sorted(rows.values(), key=lambda row: -row["bytes"])[:LARGEST]


def find_why(node: str, role: str) -> str:
    """Why a node saves a value, as a part of a key."""
    for names, roles, why in WHY:
        if re.match(names, node) and re.fullmatch(roles, role):
            return why
    return "formula"


def _saves(loss: Tensor, live: LiveBytes) -> Iterator[tuple[str, str, Saved]]:
    """(node, role, what it saved), in the order of the forward pass."""
    for node in sorted(_nodes(loss), key=lambda node: node._sequence_nr()):  # type: ignore[attr-defined]
        name = node.name()
        for attribute in sorted(entry for entry in dir(node) if entry.startswith("_saved_")):
            for saved in live.asked(lambda node=node, attribute=attribute: getattr(node, attribute)):  # type: ignore[misc]
                yield name, attribute.removeprefix("_saved_"), saved
        if hasattr(node, "saved_tensors") and not name.endswith("Backward0"):
            read: Callable[[], Any] = lambda node=node: node.saved_tensors  # type: ignore[misc]  # noqa: E731
            for saved in live.asked(read):
                yield name, "saved_tensors", saved


def _nodes(loss: Tensor) -> list[Node]:
    seen: dict[Node, None] = {}
    waiting = [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen[node] = None
            waiting += [following for following, _ in node.next_functions]
    # AccumulateGrad saves nothing but the parameter.
    return [node for node in seen if "AccumulateGrad" not in node.name()]
