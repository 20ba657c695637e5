"""Node facts: what a node has saved, whether that is freed, and its local derivative in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from playground.autograd.recording import GraphRecorder, NodeRecord
from playground.registry import shorten

JACOBIAN_MOST = 3  # elements of one side: more numbers are no help


def saved_tensors(node: Any, recorder: GraphRecorder) -> Iterable[dict[str, Any]]:
    """What a node keeps for its backward: {name, snapshot, bytes, storage} for tensors, {name, text} for the rest."""
    if not callable(node):
        for place, tensor in enumerate(getattr(node, "saved_tensors", ())):
            yield _saved(f"saved_tensors[{place}]", tensor, recorder)
        return
    for attribute in dir(node):
        if not attribute.startswith("_saved_") or attribute.endswith("_sym_strides"):
            continue
        value = getattr(node, attribute)
        name = attribute.removeprefix("_saved_")
        if isinstance(value, Tensor):
            yield _saved(name, value, recorder)
        elif isinstance(value, (list, tuple)) and any(isinstance(part, Tensor) for part in value):
            yield from (_saved(f"{name}[{i}]", part, recorder) for i, part in enumerate(value) if isinstance(part, Tensor))
        elif value is not None:
            yield {"name": name, "text": shorten(value)}


def _saved(name: str, tensor: Tensor, recorder: GraphRecorder) -> dict[str, Any]:
    return {
        "name": name,
        "snapshot": recorder.store.keep(tensor),
        "bytes": tensor.untyped_storage().nbytes(),
        "storage": recorder.storage_number(tensor),
    }


def is_freed(node: Any) -> bool:
    """Whether autograd has let go of what a node had saved."""
    try:
        list(getattr(node, "saved_tensors", ())) if not callable(node) else [
            getattr(node, name) for name in dir(node) if name.startswith("_saved_")
        ]
    except RuntimeError:
        return True
    return False


def local_jacobian(record: NodeRecord) -> list[list[list[float]] | None] | None:
    """The local derivative of each input, for scalars and small vectors: entry [i][j] = d output i / d input j."""
    node = record.node
    sizes = [math.prod(metadata.shape) for metadata in node._input_metadata]
    small = len(sizes) == 1 and sizes[0] <= JACOBIAN_MOST and record.kind == "op"
    inputs = [None if following is None else following._input_metadata[number] for following, number in node.next_functions]
    if not small or not any(part is not None and math.prod(part.shape) <= JACOBIAN_MOST for part in inputs):
        return None
    metadata = node._input_metadata[0]
    unit = torch.eye(sizes[0], dtype=metadata.dtype, device=metadata.device)
    rows = []
    with torch.no_grad():
        for place in range(sizes[0]):
            made = node(unit[place].reshape(metadata.shape))
            rows.append(made if isinstance(made, tuple) else (made,))
    return [
        None
        if part is None or math.prod(part.shape) > JACOBIAN_MOST or any(row[place] is None for row in rows)
        else [row[place].sum_to_size(part.shape).flatten().tolist() for row in rows]
        for place, part in enumerate(inputs)
    ]
