"""How a number of a lesson is written."""

from __future__ import annotations

import math

from playground.lang.budget import show_bytes

UNITS = ("number", "share", "points", "count", "step", "bytes")


def show_number(value: float | None, unit: str) -> str:
    """A number in its unit; "–" for none. `share`: 0…1, in percent; `points`: a difference of shares."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "points":
        return f"{100 * value:+.1f}".replace("-", "−")
    if unit in ("count", "step"):
        return f"{value:,.0f}"
    if unit == "bytes":
        return show_bytes(int(value))
    return (
        f"{value:.2e}" if value and not 1e-3 <= abs(value) < 1e5 else f"{value:.3g}" if abs(value) < 1e3 else f"{value:,.0f}"
    )
