"""compare_models: two models side by side, row beside row."""

from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError
from playground.limits import Limits
from playground.models.describe import describe_model

EMPTY: dict[str, Any] = {"totals": [None, None], "rows": []}
COLUMNS = ("type", "output_shape", "parameters", "macs", "saved_bytes")
# What it is worth to stand side by side.
SAME_LAYER, SAME_TYPE, SAME_NAME = 5, 3, 2
Row = dict[str, Any]


def compare_models(
    first: object, second: object, input_shape: object, batch_size: object, limits: Limits
) -> tuple[dict[str, Any], PlaygroundError | None]:
    """Describe both (call it in a child) and set their rows side by side.

    Returns:
        totals: of the first and the second; rows: {first, second, differs}: a row of each, null where the other one has
        none like it, and the names of what is not the same. The error of the first that fails.
    """
    results = [describe_model(model, input_shape, batch_size, limits, with_fixes=False) for model in (first, second)]
    one, two = (result["layers"] for result, _ in results)
    pairs = align(one, two)
    error = next((error for _, error in results if error is not None), None)
    return {
        "totals": [result["totals"] for result, _ in results],
        "rows": [{"first": left, "second": right, "differs": differences(left, right)} for left, right in pairs],
    }, error


def differences(first: Row | None, second: Row | None) -> list[str]:
    """The columns in which two rows differ."""
    if first is None or second is None:
        return []
    return [column for column in COLUMNS if first[column] != second[column]]


def align(first: list[Row], second: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """Both lists in their order, side by side where layers have the same name or type.

    Source: Needleman and Wunsch 1970, with nothing to pay for a gap.
    """
    best = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in reversed(range(len(first))):
        for j in reversed(range(len(second))):
            together = best[i + 1][j + 1] + _worth(first[i], second[j])
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[Row | None, Row | None]] = []
    i = j = 0
    while i < len(first) and j < len(second):
        worth = _worth(first[i], second[j])
        if worth and best[i][j] == best[i + 1][j + 1] + worth:
            pairs.append((first[i], second[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((first[i], None))
            i += 1
        else:
            pairs.append((None, second[j]))
            j += 1
    return [*pairs, *((row, None) for row in first[i:]), *((None, row) for row in second[j:])]


def _worth(first: Row, second: Row) -> int:
    name, kind = first["name"] == second["name"], first["type"] == second["type"]
    return SAME_LAYER if name and kind else SAME_TYPE if kind else SAME_NAME if name else 0
