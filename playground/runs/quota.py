"""Which runs the limits delete: the oldest first, pinned ones last, those that go on never."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.limits import Limits


@dataclass(frozen=True)
class Holding:
    """What the limits look at in a run. `size`: bytes on the disk; 0 for one that is not measured yet because it goes on."""

    id: str
    visitor: str
    created: float
    ended: bool
    pinned: bool
    size: int


def choose_victims(holdings: Iterable[Holding], limits: Limits, now: float) -> Iterator[tuple[str, str]]:
    """(run id, reason) of what has to go: age, count, bytes (of its visitor), total, total_bytes (of all).

    At home a pinned run does not age; where strangers come, a pin must not hold the disk for ever. The newest run of a
    visitor is not deleted for its own size: he has just made it, and a limit that nothing fits is no use to him.
    """
    kept = sorted(holdings, key=lambda run: (run.pinned, run.created))
    for run in list(kept):
        if run.ended and now - run.created > limits.run_age_seconds and not (run.pinned and not limits.public):
            kept.remove(run)
            yield run.id, "age"
    counts: dict[str, int] = {}
    sizes: dict[str, int] = {}
    newest: dict[str, Holding] = {}
    for run in kept:
        counts[run.visitor] = counts.get(run.visitor, 0) + 1
        sizes[run.visitor] = sizes.get(run.visitor, 0) + run.size
        if run.created >= newest.get(run.visitor, run).created:
            newest[run.visitor] = run
    total = sum(counts.values())
    total_size = sum(sizes.values())
    for run in kept:
        if not run.ended:
            continue
        last = newest[run.visitor] is run
        reasons = {
            "count": counts[run.visitor] > limits.runs_per_visitor,
            "bytes": sizes[run.visitor] > limits.run_bytes_per_visitor and not last,
            "total": total > limits.runs_total,
            "total_bytes": total_size > limits.run_bytes_total and not last,
        }
        reason = next((name for name, reached in reasons.items() if reached), None)
        if reason is not None:
            counts[run.visitor] -= 1
            sizes[run.visitor] -= run.size
            total, total_size = total - 1, total_size - run.size
            yield run.id, reason


def folder_bytes(folder: Path) -> int:
    """What lies in a folder, and in the folders in it."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.lstat().st_size
        except FileNotFoundError:
            continue
    return size
