"""read_step: the events of one profiled training step as a tree of what ran inside what."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from torch.autograd import DeviceType

from playground.bench.profiler_ranges import LINE, MODULE, PHASE, STEP
from playground.errors import InternalError

MICRO = 1e-6
ENGINE = "autograd::engine::evaluate_function: "
# How the profiler calls the dispatch mode with which the page checks what a learner's code does.
CHECKS = "PythonDispatchMode"
OPERATION = re.compile(r"(?!autograd::|torch::|profiler::)\w+::\w")
NOT_RUN = ("[memory]", "[OutOfMemory]")


@dataclass
class Node:
    """Something that ran: from `start`, for `seconds`; both in seconds since the profile began.

    Args:
        role: step, phase, module, line, backward (a node of autograd), operation, checks (the page's own, around the
            operations of a learner's code), other.
        value: the phase, the module's path, the line; of a node of autograd where it was made in the forward pass, a Place
            or None.
        event: the profiler's own.
    """

    name: str
    role: str
    start: float
    seconds: float
    value: Any = None
    event: Any = None
    phase: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def end(self) -> float:
        return self.start + self.seconds

    @property
    def self_seconds(self) -> float:
        """Without what ran inside it."""
        return max(0.0, self.seconds - sum(child.seconds for child in self.children))

    @cached_property
    def checks_seconds(self) -> float:
        """Of it, what the page's own checks of a learner's code took."""
        own = self.self_seconds if self.role == "checks" else 0.0
        return own + sum(child.checks_seconds for child in self.children)

    @property
    def net_seconds(self) -> float:
        """Without those checks: what the same step takes in a plain program."""
        return self.seconds - self.checks_seconds

    def walk(self) -> Iterator[Node]:
        """It and all inside, in the order in which they began."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Place:
    """Where an operation of the forward pass stands: the paths of the modules around it, outermost first, and the line."""

    modules: tuple[str, ...] = ()
    line: int | None = None
    phase: str = ""


def read_step(events: Iterable[Any], names: Mapping[str, str]) -> Node:
    """The tree of one step.

    Args:
        events: `torch.profiler.profile.events()`. names: of the module ranges, and their paths.

    Raises:
        InternalError: the step is not among the events.
    """
    roots = [_read(event, names) for event in events if event.cpu_parent is None and _ran(event)]
    step = next((node for node in roots if node.role == "step"), None)
    if step is None:
        raise InternalError("error.internal")
    _adopt(step, [node for node in roots if node is not step])
    for phase in step.children:
        for node in phase.walk():
            node.phase = phase.value if phase.role == "phase" else ""
    _find_makers(step)
    return step


def _ran(event: Any) -> bool:
    return event.device_type == DeviceType.CPU and not event.is_async and event.name not in NOT_RUN


def _read(event: Any, names: Mapping[str, str]) -> Node:
    name, time = event.name, event.time_range
    node = Node(name, "other", time.start * MICRO, (time.end - time.start) * MICRO, event=event)
    if name == STEP:
        node.role = "step"
    elif name in names:
        node.role, node.value, node.name = "module", names[name], name.removeprefix(MODULE)
    elif name.startswith(PHASE):
        node.role, node.value, node.name = "phase", name.removeprefix(PHASE), name.removeprefix(PHASE)
    elif name.startswith(LINE):
        node.role, node.value = "line", int(name.removeprefix(LINE))
    elif name.startswith(ENGINE):
        node.role, node.name = "backward", name.removeprefix(ENGINE).removeprefix("torch::autograd::")
    elif name == CHECKS:
        node.role = "checks"
    elif OPERATION.match(name):
        node.role = "operation"
    node.children = [_read(child, names) for child in event.cpu_children if _ran(child)]
    node.children.sort(key=lambda child: child.start)
    _lift(node)
    _part(node.children)
    return node


def _lift(node: Node) -> None:
    """Two levels of events that are one thing: the engine's and the node's own; an operation and the checks around it."""
    children: list[Node] = []
    for child in node.children:
        if child.role == "checks" and node.role == "operation":
            node.role, node.name = "checks", CHECKS
            children += child.children
        elif node.role == "backward" and child.event.name.removeprefix("torch::autograd::") == node.name:
            children += child.children
        else:
            children.append(child)
    node.children = children


def _part(children: list[Node]) -> None:
    """Let nothing overlap what follows it: a range that torch opens by an operation of its own, as optimizers do, begins
    while that one is still being checked, and ends so."""
    for first, second in itertools.pairwise(children):
        if second.start >= first.end:
            continue
        if first.role == "checks":
            first.seconds = second.start - first.start
        elif second.role == "checks":
            second.seconds = max(0.0, second.end - first.end)
            second.start = first.end


def _adopt(step: Node, others: list[Node]) -> None:
    """What ran in other threads meanwhile, as the backward pass of a CUDA device does, goes into its phase."""
    for node in others:
        home = next((phase for phase in step.children if phase.start <= node.start and node.end <= phase.end), None)
        if home is not None and home.event.thread != node.event.thread:
            home.children.append(node)
            home.children.sort(key=lambda child: child.start)


def _find_makers(step: Node) -> None:
    """Of each node of autograd, the place of the operation that made it: both have the same sequence number.

    An operation has the number that the next node will get when it begins; the last one that begins with it is the one that
    makes the node, the others lie around it or make none.
    """
    makers: dict[int, Place] = {}

    def look(node: Node, place: Place) -> None:
        if node.role == "module":
            place = Place((*place.modules, node.value), place.line, place.phase)
        elif node.role == "line":
            place = Place(place.modules, node.value, place.phase)
        elif node.event.sequence_nr >= 0:
            makers[node.event.sequence_nr] = place
        for child in node.children:
            look(child, place)

    for phase in step.children:
        if phase.value in ("forward", "loss"):
            look(phase, Place(phase=phase.value))
    for node in step.walk():
        if node.role == "backward":
            node.value = makers.get(node.event.sequence_nr)
