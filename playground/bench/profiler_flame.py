"""make_flame: one step as a small tree to look at; what is too short to be seen is put together."""

from __future__ import annotations

from typing import Any

from playground.bench.profiler_tree import Node, Place

MOST_NODES = 3000
# So many keep a box of their own; with a box for each run of small ones between them there are three times as many at most.
KEPT = MOST_NODES // 3


def make_flame(step: Node) -> dict[str, Any]:
    """{name, role, kind (the phase), start_seconds (since the step began), seconds, children}, and `module` where a node of
    autograd is told whose it is; role "merged" stands for `count` boxes beside each other that are too small."""
    nodes = list(step.walk())
    kept = None
    if len(nodes) > MOST_NODES:
        # Sorted by length, those around come before those inside; of equal ones the earlier in the walk, which is outside.
        longest = sorted(range(len(nodes)), key=lambda place: -nodes[place].seconds)[:KEPT]
        kept = {id(nodes[place]) for place in longest}
    return _box(step, step.start, kept)


def count_boxes(flame: dict[str, Any]) -> int:
    """How many boxes it has."""
    return 1 + sum(count_boxes(child) for child in flame["children"])


def count_merged(flame: dict[str, Any]) -> int:
    """How many are only in boxes of merged ones."""
    return flame.get("count", 0) + sum(count_merged(child) for child in flame["children"])


def _box(node: Node, origin: float, kept: set[int] | None) -> dict[str, Any]:
    box: dict[str, Any] = {
        "name": node.name,
        "role": node.role,
        "kind": node.phase,
        "start_seconds": round(node.start - origin, 9),
        "seconds": round(node.seconds, 9),
        "children": [],
    }
    if node.role == "backward" and isinstance(node.value, Place):
        box["module"] = node.value.modules[-1] if node.value.modules else ""
    small: list[Node] = []
    for child in node.children:
        if kept is None or id(child) in kept:
            _merge(box, small, origin)
            box["children"].append(_box(child, origin, kept))
        else:
            small.append(child)
    _merge(box, small, origin)
    return box


def _merge(box: dict[str, Any], small: list[Node], origin: float) -> None:
    """Put a run of small ones into one box, and forget them."""
    if small:
        first, last = small[0], max(small, key=lambda node: node.end)
        box["children"].append(
            {
                "name": "",
                "role": "merged",
                "kind": first.phase,
                "start_seconds": round(first.start - origin, 9),
                "seconds": round(last.end - first.start, 9),
                "count": sum(1 for node in small for _ in node.walk()),
                "children": [],
            }
        )
        small.clear()
