"""From where on a lower precision pays, in sentences that are computed from the cells of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.bench.precision_entry import FASTER

Rows = Sequence[dict[str, Any]]
Sentence = dict[str, Any]


def explain_sweep(rows: Rows, units: Mapping[str, bool]) -> list[Sentence]:
    """Of each lower precision: nowhere, everywhere, or from which batch size on at each width it pays; whether that was to
    be expected from the device; what was left out.

    Args:
        rows: of `sweep_precision`. units: {precision: whether the device has units for it}, fp32 first.
    """
    said: list[Sentence] = []
    for precision in list(units)[1:]:
        own = [row for row in rows if row["precision"] == precision]
        measured = [row for row in own if row["speedup"] is not None]
        if measured:
            pays = any(map(_pays, measured))
            said += _where(precision, measured)
            said += _expected(precision, units[precision], pays)
        else:
            said.append(_say("none", precision=precision))
        slow = [row["left_out"]["values"]["seconds"] for row in own if _too_slow(row)]
        if slow:
            said.append(_say("left_out", precision=precision, count=len(slow), total=len(own), seconds=max(slow)))
    return said


def _say(key: str, **values: Any) -> Sentence:
    return {"key": f"bench.sweep_{key}", "values": values}


def _pays(row: dict[str, Any]) -> bool:
    return bool(row["speedup"] >= FASTER)


def _too_slow(row: dict[str, Any]) -> bool:
    return row["left_out"] is not None and row["left_out"]["key"] == "bench.sweep_too_slow"


def _where(precision: str, measured: Rows) -> list[Sentence]:
    best, worst = max(measured, key=lambda row: row["speedup"]), min(measured, key=lambda row: row["speedup"])
    values = {"precision": precision, "speedup": best["speedup"], "batch": best["batch_size"], "width": best["width"]}
    if not any(map(_pays, measured)):
        return [_say("nowhere", **values)]
    if all(map(_pays, measured)):
        return [_say("everywhere", **values, least=worst["speedup"])]
    widths = sorted({row["width"] for row in measured})
    found = [_threshold(precision, width, [row for row in measured if row["width"] == width]) for width in widths]
    # Where it pays comes first: that is the answer.
    found.sort(key=lambda sentence: sentence["key"] == "bench.sweep_not_at")
    low = {"speedup": worst["speedup"], "batch": worst["batch_size"], "width": worst["width"]}
    return [*found, _say("best", **values), _say("worst", precision=precision, **low)]


def _threshold(precision: str, width: int, column: Rows) -> Sentence:
    """From which batch size on every larger one pays, too."""
    ordered = sorted(column, key=lambda row: row["batch_size"])
    first = len(ordered)
    while first and _pays(ordered[first - 1]):
        first -= 1
    if first < len(ordered):
        return _say("from", precision=precision, width=width, batch=ordered[first]["batch_size"])
    only = [str(row["batch_size"]) for row in ordered if _pays(row)]
    if only:
        return _say("only_at", precision=precision, width=width, batches=", ".join(only))
    return _say("not_at", precision=precision, width=width)


def _expected(precision: str, units: bool, pays: bool) -> list[Sentence]:
    """What the device promises, beside what was measured."""
    if units:
        return [] if pays else [_say("units_unused", precision=precision)]
    return [_say("against_units" if pays else "without_units", precision=precision)]
