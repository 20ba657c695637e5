"""Why a DataLoader is as fast as it is: sentences computed from what was measured, for the words to write out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAME = 0.1  # less is noise


def explain(result: Mapping[str, Any], *, accelerator: bool) -> list[dict[str, Any]]:
    """[{key, values}], the most telling first.

    Args:
        accelerator: whether there is a GPU to copy pinned memory to.
    """
    rows = {row["name"]: row for row in result["rows"]}
    chosen, none, memory, settings = rows["chosen"], rows.get("none"), rows["memory"], result["settings"]
    if not result["batches"]:
        return [{"key": "loader.no_batch", "values": {"count": result["count"], "batch": settings["batch_size"]}}]
    batch = min(settings["batch_size"], result["count"])
    work = batch * result["item_seconds"] + result["collate_seconds"]
    told = [_against_memory(chosen, memory)]
    told.append(
        {
            "key": "loader.item",
            "values": {
                "microseconds": _short(1e6 * result["item_seconds"]),
                "batch": batch,
                "milliseconds": _short(1e3 * work),
                "memory": _short(1e3 * batch / memory["images_per_second"]),
            },
        }
    )
    if none is not None:
        told += _workers(result, chosen, none, work, settings)
    if settings["pin_memory"]:
        told.append({"key": "loader.pinned" if accelerator else "loader.pinned_nothing", "values": {}})
    if result["left_out"]:
        told.append({"key": "loader.left_out", "values": {"count": result["left_out"]}})
    if settings["collate"] == "list":
        told.append({"key": "loader.list", "values": {"batch": batch}})
    return told


def _against_memory(chosen: Mapping[str, Any], memory: Mapping[str, Any]) -> dict[str, Any]:
    ratio = memory["images_per_second"] / chosen["images_per_second"]
    values = {"chosen": _thousands(chosen["images_per_second"]), "memory": _thousands(memory["images_per_second"])}
    key = "loader.memory_faster" if ratio > 1 else "loader.memory_slower"
    return {"key": key, "values": {**values, "ratio": _short(max(ratio, 1 / ratio))}}


def _workers(
    result: Mapping[str, Any], chosen: Mapping[str, Any], none: Mapping[str, Any], work: float, settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the workers bring, what their start costs, and after how many images they have earned it."""
    gain = chosen["images_per_second"] / none["images_per_second"]
    values = {"workers": chosen["workers"], "gain": _short(gain), "cores": result["cores"]}
    if gain > 1 + SAME:
        told = [{"key": "loader.workers_help", "values": values}]
    elif gain < 1 - SAME:
        told = [{"key": "loader.workers_hurt", "values": values}]
    else:
        told = [{"key": "loader.workers_same", "values": values}]
    if chosen["workers"] > result["cores"]:
        told.append({"key": "loader.too_many", "values": values})
    start = chosen["first_seconds"] - none["first_seconds"]
    told.append(
        {
            "key": "loader.start",
            "values": {
                "milliseconds": _short(1e3 * chosen["first_seconds"]),
                "none": _short(1e3 * none["first_seconds"]),
                "workers": chosen["workers"],
            },
        }
    )
    saved = 1 / none["images_per_second"] - 1 / chosen["images_per_second"]
    if saved > 0 and start > 0 and gain > 1 + SAME:
        told.append({"key": "loader.break_even", "values": {"images": f"{start / saved:,.0f}"}})
    again = {"milliseconds": _short(1e3 * chosen["again_seconds"])}
    told.append(
        {"key": "loader.persistent_yes" if settings["persistent_workers"] else "loader.persistent_no", "values": again}
    )
    return told


def _short(value: float) -> str:
    """Three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _thousands(value: float) -> str:
    return f"{round(value, -2):,.0f}" if value >= 1000 else f"{value:,.0f}"
