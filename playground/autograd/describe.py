"""Describe: a traced program in plain values: for the JSON API, for the picture, for one node."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from playground.autograd.formulas import find_formula
from playground.autograd.graph_trace import GraphTrace
from playground.autograd.mathematics import find_mathematics
from playground.autograd.node_facts import is_freed
from playground.autograd.passes import Backward, Passed
from playground.autograd.recording import NodeRecord
from playground.autograd.snapshots import Snapshot
from playground.training.events import plain

NUMBERS_MOST = 300_000  # that one result holds as values; what comes after them has its summary


class Room:
    """How many numbers a result may still hold as values."""

    def __init__(self, numbers: int = NUMBERS_MOST):
        self.numbers = numbers

    def full(self, snapshot: Snapshot | None) -> dict[str, Any]:
        """A snapshot in full, without its values where there is no room left for them."""
        found = _full(snapshot)
        if snapshot is not None and found["value"] is not None:
            self.numbers -= math.prod(snapshot.shape)
            found["value"] = found["value"] if self.numbers >= 0 else None
        return found


class Description:
    """One backward pass of a trace, and the graph that it goes through.

    Args:
        number: of the pass; None = the last one, or, where there is none, all that the program has made.
    """

    def __init__(self, trace: GraphTrace, number: int | None = None):
        self.trace = trace
        passes = trace.passes.passes
        self.number = number if number is not None else len(passes) - 1
        self.backward: Backward | None = trace.backward(self.number) if passes else None
        self.steps = {step.record.id: step for step in self.backward.steps} if self.backward else {}
        self.records = _chosen(trace, self.backward)

    # The whole graph

    def edges(self) -> list[tuple[int, int, int, int]]:
        """(producer, consumer, number of the consumer's input, number of the producer's output), in forward direction."""
        found = []
        for record in self.records.values():
            if record.kind == "cut":
                found += [(source, record.id, place, 0) for place, source in enumerate(record.sources)]
                continue
            for place, (following, output) in enumerate(record.node.next_functions):
                if following is not None:
                    found.append((self.trace.recorder.find(following).id, record.id, place, output))
        return [edge for edge in found if edge[0] in self.records]

    def nodes(self, *, brief: bool, room: Room | None = None) -> list[dict[str, Any]]:
        return [self.node(record, brief=brief, room=room) for record in self.records.values()]

    def node(self, record: NodeRecord, *, brief: bool, room: Room | None = None) -> dict[str, Any]:
        """One node as the API gives it; `brief`: as the picture needs it."""
        place = self.trace.program.place(record.number)
        step = self.steps.get(record.id)
        output = _outputs(record, step)[0] if record.outputs else None
        gradient = step.incoming[0] if step is not None and step.incoming else None
        common = {
            "id": record.id,
            "name": record.name,
            "op": record.aten or _function_name(record) or ("" if record.kind == "leaf" else record.name),
            "kind": record.kind,
            "label": record.label,
            "module": self.trace.module_path(record),
            "line": place["line"] or None,
            "source": place["source"],
            "shape": output.shape if output is not None else _shape(record),
            "saved_bytes": _saved_bytes(step),
            "freed": step.freed if step is not None else record.node is not None and is_freed(record.node),
            "order": record.order,
            "reason": record.reason,
            "edited": step is not None and step.edited,
        }
        if brief:
            return common | {"value": _brief(output), "gradient": _brief(gradient)}
        room = room or Room()
        shown, sent = room.full(output), room.full(gradient)
        return common | {
            "dtype": output.dtype if output is not None else None,
            "value": shown["value"],
            "summary": shown["summary"],
            "gradient": sent["value"],
            "gradient_summary": sent["summary"],
            "formula": formula_text(record.aten),
            "forward_seconds": record.seconds,
            "backward_seconds": step.seconds if step is not None else None,
        }

    def saved_bytes(self) -> int:
        """What the graph keeps for its backward, each piece of memory counted once."""
        storages = {
            saved["storage"]: saved["bytes"] for step in self.steps.values() for saved in step.saved if "storage" in saved
        }
        return sum(storages.values())

    # One node

    def details(self, record: NodeRecord) -> dict[str, Any]:
        """Everything about one node: gradients, saved tensors, formula, mathematics, the chain rule in numbers, times."""
        step = self.steps.get(record.id)
        derivative = find_mathematics(record.aten) if record.aten else None
        formula = find_formula(record.aten) if record.aten else None
        return plain(
            {
                **self.node(record, brief=True),
                "outputs": [_full(part) for part in _outputs(record, step)],
                "incoming": [_full(part) for part in step.incoming] if step else [],
                "outgoing": self._outgoing(step) if step else [],
                "saved": [_saved(saved) for saved in step.saved] if step else [],
                "formula": [
                    {"input": name, "text": text, "names": self._bind(step, formula.names, text)}
                    for name, text in formula.inputs
                ]
                if formula is not None
                else [],
                "formula_name": formula.name if formula is not None else "",
                "mathematics": list(derivative.lines) if derivative is not None else [],
                "chain": self._chain(step) if step else [],
                "forward_seconds": record.seconds,
                "backward_seconds": step.seconds if step else None,
            }
        )

    def _outgoing(self, step: Passed) -> list[dict[str, Any]]:
        return [
            {"to": target[0], **_full(part)}
            for target, part in zip(step.targets, step.outgoing, strict=True)
            if target is not None
        ]

    def _bind(self, step: Passed | None, names: tuple[str, ...], text: str) -> list[dict[str, Any]]:
        """What the names in a formula stand for at this node: the gradient that came, and what the node has saved."""
        if step is None:
            return []
        found = []
        saved = {entry["name"]: entry for entry in step.saved}
        for name in names:
            if name not in _words(text):
                continue
            if name == "grad":
                found.append({"name": name, "tensor": _brief(step.incoming[0] if step.incoming else None)})
            elif name in saved and "snapshot" in saved[name]:
                found.append({"name": name, "tensor": saved[name]["snapshot"].brief()})
            elif name in saved:
                found.append({"name": name, "text": saved[name]["text"]})
        return found

    def _chain(self, step: Passed) -> list[dict[str, Any]]:
        """The chain rule in numbers where they are few: incoming gradient × local derivative = outgoing gradient."""
        if step.jacobian is None or not step.incoming or step.incoming[0] is None or step.incoming[0].tensor is None:
            return []
        came = step.incoming[0].tensor.flatten().tolist()
        return [
            {"to": target[0], "incoming": came, "local": jacobian, "outgoing": part.tensor.flatten().tolist()}
            for target, jacobian, part in zip(step.targets, step.jacobian, step.outgoing, strict=True)
            if target is not None and jacobian is not None and part is not None and part.tensor is not None
        ]


def formula_text(aten: str) -> str:
    """PyTorch's derivative formulas of an operation, one input after the other; "" where it has none."""
    formula = find_formula(aten) if aten else None
    return "; ".join(f"{name}: {text}" for name, text in formula.inputs) if formula is not None else ""


def compare(before: Description, after: Description) -> dict[str, Any]:
    """What edits have changed: each node's gradients, and each parameter's."""
    first, second = before.backward, after.backward
    if first is None or second is None:
        return {"nodes": [], "gradients": {}}
    old = {step.record.id: step for step in first.steps}
    nodes = []
    for step in second.steps:
        then = old.get(step.record.id)
        changed = then is None or any(not _equal(a, b) for a, b in zip(then.incoming, step.incoming, strict=False))
        gradient = step.incoming[0] if step.incoming else None
        sent = zip(step.targets, step.outgoing, strict=True)
        outgoing = [{"to": target[0], **part.brief()} for target, part in sent if target is not None and part is not None]
        entry = {"id": step.record.id, "gradient": _brief(gradient), "outgoing": outgoing}
        nodes.append({**entry, "changed": changed, "edited": step.edited})
    names = dict.fromkeys([*first.contributions, *second.contributions])
    gradients = {
        name: {
            "before": _brief(first.contributions.get(name)),
            "after": _brief(second.contributions.get(name)),
            "change": _change(first.contributions.get(name), second.contributions.get(name)),
        }
        for name in names
    }
    return plain({"nodes": nodes, "gradients": gradients})


def _chosen(trace: GraphTrace, backward: Backward | None) -> dict[int, NodeRecord]:
    """The nodes that the pass can reach, or all; and what was cut off them."""
    recorder = trace.recorder
    if backward is None:
        found = {record.id: record for record in recorder.records.values()}
    else:
        found = {}
        stack = [record.node for record in recorder.records.values() if record.id in backward.root_nodes]
        while stack:
            record = recorder.find(stack.pop())
            if record.id not in found:
                found[record.id] = record
                stack.extend(node for node, _ in record.node.next_functions if node is not None)
    for cut in recorder.cuts:
        if any(source in found for source in cut.sources):
            found[cut.id] = cut
    return dict(sorted(found.items()))


def _outputs(record: NodeRecord, step: Passed | None) -> list[Snapshot | None]:
    """The forward values; of a leaf what it was in this pass."""
    return [step.value] if step is not None and step.value is not None else record.outputs


def _shape(record: NodeRecord) -> list[int] | None:
    if record.node is None or not record.node._input_metadata:
        return None
    return list(record.node._input_metadata[0].shape)


def _function_name(record: NodeRecord) -> str:
    if record.kind == "custom":
        return record.name.removesuffix("Backward")
    return record.operation if record.kind == "cut" else ""


def _saved_bytes(step: Passed | None) -> int:
    if step is None:
        return 0
    return sum({saved["storage"]: saved["bytes"] for saved in step.saved if "storage" in saved}.values())


def _saved(saved: dict[str, Any]) -> dict[str, Any]:
    if "snapshot" not in saved:
        return {"name": saved["name"], "text": saved["text"]}
    return {"name": saved["name"], "bytes": saved["bytes"], "storage": saved["storage"], **saved["snapshot"].full()}


def _brief(snapshot: Snapshot | None) -> dict[str, Any] | None:
    return snapshot.brief() if snapshot is not None else None


def _full(snapshot: Snapshot | None) -> dict[str, Any]:
    return snapshot.full() if snapshot is not None else {"value": None, "summary": None, "shape": None}


def _words(text: str) -> set[str]:
    return set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split())


def _equal(first: Snapshot | None, second: Snapshot | None) -> bool:
    if first is None or second is None or first.tensor is None or second.tensor is None:
        return first is second
    return first.tensor.equal(second.tensor)


def _change(first: Snapshot | None, second: Snapshot | None) -> float | None:
    """The norm of the difference, relative to that of the first."""
    if first is None or second is None or first.tensor is None or second.tensor is None:
        return None
    norm = float(first.tensor.double().norm())
    difference = float((second.tensor.double() - first.tensor.double()).norm())
    return difference / norm if norm else difference


def gradients_of(snapshots: Iterable[tuple[str, Snapshot]], room: Room) -> dict[str, Any]:
    """{name: {shape, value}}, as the API gives gradients."""
    return {name: {"shape": snapshot.shape, "value": room.full(snapshot)["value"]} for name, snapshot in snapshots}
