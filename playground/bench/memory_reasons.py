"""Sentences about the memory of a step, computed from what was measured; and what the course's own estimate says of it."""

from __future__ import annotations

from typing import Any

from playground.bench.forecast import PARTS
from playground.bench.memory_step import Trace
from playground.lang.budget import show_bytes

MiB = 2**20
# Below these parts nothing is said.
WORTH_SAYING, NEARLY_EQUAL = 0.01, 0.02


def course_estimate(parameters: int, buffers: int, trainable: int, trace: Trace) -> dict[str, Any]:
    """What `MemoryTracker.estimate_model_memory` of the course says, and where that is wrong here.

    It counts the parameters, and four times that for training with Adam; buffers beside it.

    Args:
        parameters, buffers, trainable: bytes.
    """
    measured = trace.measured
    reason: list[dict[str, Any]] = []
    total, real = 4 * parameters, sum(measured.values())
    saved = measured["activations"]
    values = {"saved": show_bytes(saved), "share": f"{saved / real:.0%}"}
    reason.append({"key": "bench_memory.course_activations", "values": values})
    if trainable < parameters:
        frozen = {"frozen": show_bytes(parameters - trainable)}
        reason.append({"key": "bench_memory.course_frozen", "values": frozen})
    if abs(measured["optimizer"] - 2 * trainable) > NEARLY_EQUAL * 2 * trainable:
        states = {"estimate": show_bytes(2 * parameters), "measured": show_bytes(measured["optimizer"])}
        reason.append({"key": "bench_memory.course_optimizer", "values": states})
    if buffers:
        reason.append({"key": "bench_memory.course_buffers", "values": {"buffers": show_bytes(buffers)}})
    peak = {"estimate": show_bytes(total), "peak": show_bytes(trace.peak.total), "times": f"{trace.peak.total / total:.2f}"}
    reason.append({"key": "bench_memory.course_peak", "values": peak})
    return {
        "parameters": parameters,
        "gradients": parameters,
        "optimizer": 2 * parameters,
        "activations": 0,
        "buffers": buffers,
        "total": total,
        "shown": f"{total / MiB:.1f} MB",
        "reason": reason,
    }


def explain_memory(result: dict[str, Any], batch: int) -> list[dict[str, Any]]:
    """Sentences {key, values} about a result of `measure_memory`."""
    measured, peak = result["measured"], result["peak"]
    total = sum(measured.values())
    largest = max(PARTS, key=lambda part: measured[part])
    share = f"{measured[largest] / total:.0%}"
    reason: list[dict[str, Any]] = [
        {
            "key": "bench_memory.reason_activations" if largest == "activations" else "bench_memory.reason_model",
            "values": {
                "saved": show_bytes(measured["activations"]),
                "share": share if largest == "activations" else f"{1 - measured['activations'] / total:.0%}",
                "sample": show_bytes(round(measured["activations"] / batch)),
            },
        },
        _peak(peak, total),
    ]
    if peak["scratch_bytes"] > WORTH_SAYING * peak["bytes"]:
        values = {"scratch": show_bytes(peak["scratch_bytes"])}
        reason.append({"key": "bench_memory.reason_scratch", "values": values})
    if result["ledger"]:
        first = result["ledger"][0]
        part = first["bytes"] / max(1, measured["activations"])
        values = {"layer": first["layer"] or "loss", "bytes": show_bytes(first["bytes"]), "share": f"{part:.0%}"}
        reason.append({"key": "bench_memory.reason_ledger", "values": {**values, "operation": first["operation"]}})
    possible = [row for row in result["what_ifs"] if row["possible"]]
    reason += _variants({row["name"]: row for row in possible if row["name"] != "checkpoint"})
    reason += _checkpoint(possible)
    forecast = sum(result["forecast"].values())
    reason.append(
        {
            "key": "bench_memory.reason_methods",
            "values": {
                "forecast": f"{abs(forecast / total - 1):.1%}",
                "methods": f"{abs(peak['second_method_bytes'] / peak['bytes'] - 1):.1%}",
            },
        }
    )
    return reason


def _peak(peak: dict[str, Any], total: int) -> dict[str, Any]:
    values = {"operation": peak["operation"], "peak": show_bytes(peak["bytes"]), "total": show_bytes(total)}
    if peak["phase"] == "forward":
        return {"key": "bench_memory.reason_peak_forward", "values": values}
    if peak["phase"] == "backward":
        return {"key": "bench_memory.reason_peak_backward", "values": values}
    return {"key": "bench_memory.reason_peak_optimizer", "values": values}


def _variants(rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What the variants that ran have shown, against the step as it is."""
    found: list[dict[str, Any]] = []
    plain = rows.get("as_it_is")
    if plain is None or not plain["saved_bytes"]:
        return found
    for name in ("half_batch", "bf16", "in_place_relu"):
        row = rows.get(name)
        if row is None:
            continue
        values = {"before": show_bytes(plain["saved_bytes"]), "after": show_bytes(row["saved_bytes"])}
        if name == "half_batch":
            found.append({"key": "bench_memory.reason_half_batch", "values": values})
        elif name == "in_place_relu":
            change = row["saved_bytes"] / plain["saved_bytes"] - 1
            saves = change < -WORTH_SAYING
            key = "bench_memory.reason_in_place" if saves else "bench_memory.reason_in_place_same"
            found.append({"key": key, "values": values})
        else:
            less = row["saved_bytes"] < plain["saved_bytes"]
            speed = {**values, "times": f"{row['step_seconds'] / plain['step_seconds']:.2f}"}
            key = "bench_memory.reason_bf16_less" if less else "bench_memory.reason_bf16_more"
            found.append({"key": key, "values": speed})
    return found


def _checkpoint(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the block that saves most has shown."""
    plain = next((row for row in rows if row["name"] == "as_it_is"), None)
    best = next((row for row in rows if row["name"] == "checkpoint"), None)
    if plain is None or best is None:
        return []
    values = {
        "block": best["title"]["values"]["block"],
        "before": show_bytes(plain["saved_bytes"]),
        "after": show_bytes(best["saved_bytes"]),
    }
    if best["saved_bytes"] > (1 - WORTH_SAYING) * plain["saved_bytes"]:
        return [{"key": "bench_memory.reason_checkpoint_same", "values": values}]
    peaks = {"peak": show_bytes(plain["peak_bytes"]), "lower": show_bytes(best["peak_bytes"])}
    times = f"{best['step_seconds'] / plain['step_seconds']:.2f}"
    return [{"key": "bench_memory.reason_checkpoint", "values": {**values, **peaks, "times": times}}]
