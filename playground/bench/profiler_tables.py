"""Tables of a profile: seconds by operation, by module, by line and by phase, added up from the trees of single steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.bench.profiler_ranges import PHASES
from playground.bench.profiler_tree import Node, Place

MOST_ROWS = 40
# What a kernel takes memory with; the memory belongs to the operation that asked.
ALLOCATIONS = ("aten::empty", "aten::empty_like", "aten::empty_strided", "aten::resize_", "aten::new_empty", "aten::zeros")
# Rows of the backward pass that belong to no module, by what they are.
OUTSIDE = ("loss", "accumulate_grad", "unmatched", "engine")


@dataclass
class Sums:
    """Seconds of some steps, added up: all that the tables are made of.

    Args:
        operations: name → calls, own seconds, all seconds, bytes allocated, device seconds.
        dearest: name → seconds and input shapes of its most expensive call.
        modules: path → calls, forward, own forward, backward, own backward, device seconds.
        lines: number → forward, backward.
        outside: of the backward pass, by OUTSIDE.
        checks: of the page's own checks, which are in none of the others.
        small: calls of operations shorter than SMALL_SECONDS, and their seconds.
    """

    steps: int = 0
    seconds: float = 0.0
    checks: float = 0.0
    phases: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    operations: dict[str, list[float]] = field(default_factory=dict)
    dearest: dict[str, tuple[float, list[Any]]] = field(default_factory=dict)
    modules: dict[str, list[float]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    lines: dict[int, list[float]] = field(default_factory=dict)
    outside: dict[str, float] = field(default_factory=lambda: dict.fromkeys(OUTSIDE, 0.0))
    small: list[float] = field(default_factory=lambda: [0, 0.0])

    def add(self, step: Node) -> None:
        """Add one step."""
        self.steps += 1
        self.seconds += step.net_seconds
        self.checks += step.checks_seconds
        for phase in step.children:
            if phase.value in self.phases and phase.role == "phase":
                self.phases[phase.value] += phase.net_seconds
            for child in phase.children:
                self._add_operations(child, None, None)
        for phase in step.children:
            if phase.value == "forward":
                self._add_forward(phase, None, None)
            elif phase.value == "backward":
                self._add_backward(phase)

    def _add_operations(self, node: Node, within: Node | None, owner: str | None) -> None:
        """`within`: the operation around it. `owner`: the nearest around it that is not there to take memory."""
        if node.role == "operation":
            row = self.operations.setdefault(node.name, [0, 0.0, 0.0, 0, 0.0])
            row[0] += 1
            row[1] += node.self_seconds
            row[2] += node.net_seconds if within is None or within.name != node.name else 0.0
            row[4] += getattr(node.event, "self_device_time_total", 0) * 1e-6
            owner = owner if owner is not None and node.name in ALLOCATIONS else node.name
            size = max(0, node.event.self_cpu_memory_usage) + max(0, getattr(node.event, "self_device_memory_usage", 0))
            self.operations[owner][3] += size
            if node.seconds >= self.dearest.get(node.name, (-1.0, []))[0]:
                self.dearest[node.name] = (node.seconds, [list(shape) for shape in node.event.input_shapes or []])
            if within is None and node.seconds < SMALL_SECONDS:
                self.small[0] += 1
                self.small[1] += node.seconds
            within = node
        for child in node.children:
            self._add_operations(child, within, owner)

    def _add_forward(self, node: Node, module: Node | None, line: Node | None) -> None:
        if node.role == "module":
            row = self.modules.setdefault(node.value, [0, 0.0, 0.0, 0.0, 0.0, 0.0])
            self.types.setdefault(node.value, node.name.rpartition("(")[2].rstrip(")"))
            row[0] += 1
            row[1] += node.net_seconds
            row[2] += node.net_seconds
            row[5] += getattr(node.event, "device_time_total", 0) * 1e-6
            if module is not None:
                self.modules[module.value][2] -= node.net_seconds
            module = node
        elif node.role == "line":
            self.lines.setdefault(node.value, [0.0, 0.0])[0] += node.net_seconds
            if line is not None:
                self.lines[line.value][0] -= node.net_seconds
            line = node
        for child in node.children:
            self._add_forward(child, module, line)

    def _add_backward(self, phase: Node) -> None:
        given = 0.0
        for node in _outermost(phase):
            given += node.net_seconds
            place = node.value
            if node.name == "AccumulateGrad":
                self.outside["accumulate_grad"] += node.net_seconds
            elif not isinstance(place, Place) or (not place.modules and place.phase == "forward"):
                self.outside["unmatched"] += node.net_seconds
            elif place.phase == "loss":
                self.outside["loss"] += node.net_seconds
            else:
                for path in dict.fromkeys(place.modules):
                    self.modules[path][3] += node.net_seconds
                self.modules[place.modules[-1]][4] += node.net_seconds
                if place.line is not None:
                    self.lines[place.line][1] += node.net_seconds
        self.outside["engine"] += phase.net_seconds - given

    @property
    def step_seconds(self) -> float:
        return self.seconds / self.steps

    @property
    def operation_seconds(self) -> float:
        """Of a step, what was spent inside operations."""
        return sum(row[1] for row in self.operations.values()) / self.steps


# Starting an operation, from Python to the kernel and back, takes a few microseconds.
SMALL_SECONDS = 20e-6


def _outermost(node: Node) -> list[Node]:
    """The nodes of autograd: where one runs a whole backward pass of its own (checkpointing), it has that time."""
    found = []
    for child in node.children:
        found += [child] if child.role == "backward" else _outermost(child)
    return found


def operation_rows(sums: Sums) -> list[dict[str, Any]]:
    """The operations with the most time of their own, per step: {operation, calls, self_seconds, total_seconds, share (of
    the step), allocated_bytes, input_shapes (of its most expensive call), device_seconds}."""
    rows: list[dict[str, Any]] = [
        {
            "operation": name,
            "calls": round(calls / sums.steps),
            "self_seconds": own / sums.steps,
            "total_seconds": total / sums.steps,
            "share": own / sums.seconds,
            "allocated_bytes": round(size / sums.steps),
            "input_shapes": sums.dearest[name][1] if name in sums.dearest else [],
            "device_seconds": device / sums.steps,
        }
        for name, (calls, own, total, size, device) in sums.operations.items()
    ]
    rows.sort(key=lambda row: row["self_seconds"], reverse=True)
    return rows[:MOST_ROWS]


def module_rows(sums: Sums) -> list[dict[str, Any]]:
    """Every module that ran, in the order of the first call, per step, and what of the backward pass belongs to none:
    {kind (module, or a name of OUTSIDE), path, type, depth, calls, forward_seconds, forward_self_seconds, backward_seconds,
    backward_self_seconds, share (forward and backward, of the step), device_seconds}. Own seconds add up to the phases."""
    rows: list[dict[str, Any]] = []
    for path, (calls, forward, own, backward, own_backward, device) in sums.modules.items():
        values = [value / sums.steps for value in (forward, own, backward, own_backward)]
        depth = path.count(".") + 1 if path else 0
        rows.append(_row("module", path, sums.types[path], depth, round(calls / sums.steps), values, sums, device))
    for kind, seconds in sums.outside.items():
        part, loss = seconds / sums.steps, sums.phases["loss"] / sums.steps if kind == "loss" else 0.0
        if part or loss:
            rows.append(_row(kind, "", "", 0, 1, [loss, loss, part, part], sums, 0.0))
    return rows


def _row(
    kind: str, path: str, type_: str, depth: int, calls: int, values: Sequence[float], sums: Sums, device: float
) -> dict[str, Any]:
    forward, own, backward, own_backward = (max(0.0, value) for value in values)
    return {
        "kind": kind,
        "path": path,
        "type": type_,
        "depth": depth,
        "calls": calls,
        "forward_seconds": forward,
        "forward_self_seconds": own,
        "backward_seconds": backward,
        "backward_self_seconds": own_backward,
        "share": (forward + backward) / sums.step_seconds,
        "device_seconds": device / sums.steps,
    }
