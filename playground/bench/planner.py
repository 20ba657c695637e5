"""How a training is spread over GPUs: bytes on each and bytes that each sends, line by line, for DDP, ZeRO and FSDP."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.errors import InputError
from playground.registry import Registry, shorten

# Of the memory of a GPU: the rest is the allocator's, cuDNN's and NCCL's.
USABLE = 0.9


@dataclass(frozen=True)
class Recipe:
    """Bytes of each parameter: as it is used, its gradient, and what the optimizer keeps.

    Source: Rajbhandari et al., ZeRO (arXiv 1910.02054), section 3.1: 2 + 2 + 12 for mixed precision with Adam.
    """

    name: str
    parameters: int
    gradients: int
    optimizer: int


RECIPES: Registry[Recipe] = Registry(
    "topic.plan_recipe",
    (
        Recipe("mixed", 2, 2, 12),  # bf16 weights and gradients; fp32 weights, mean and square of the gradients
        Recipe("fp32", 4, 4, 8),
    ),
)


@dataclass(frozen=True)
class Strategy:
    """What is cut into shards, and how often the parameters' bytes travel in a step (times (N-1)/N)."""

    name: str
    shards: tuple[str, ...]
    trips: int


# All-reduce = reduce-scatter + all-gather, two trips; ZeRO-3 gathers for forward and again for backward, and scatters once.
STRATEGIES = (
    Strategy("ddp", (), 2),
    Strategy("zero1", ("optimizer",), 2),
    Strategy("zero2", ("optimizer", "gradients"), 2),
    Strategy("zero3", ("optimizer", "gradients", "parameters"), 3),
)
RANGES = {
    "parameters": (1, 1e14),
    "batch": (1, 1e9),
    "gpus": (1, 1e6),
    "memory_bytes": (1, 1e15),
    "activation_bytes": (0, 1e13),
}


def plan_training(given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Args:
        given: `parameters` (count), `batch` (images of a step, over all GPUs), `gpus`, `memory_bytes` (of one GPU),
            `activation_bytes` (of one image), `recipe` (a name of RECIPES).

    Returns:
        {rows: [{strategy, bytes: {parameters, gradients, optimizer, activations}, total, fits, sent, lines}], chosen: a
        strategy or None, least_gpus: with how many ZeRO-3 would fit}. `lines` are sentences: {"key", "values"}.

    Raises:
        InputError: a value that is no number in its range.
    """
    values = {name: _read(name, given.get(name), *RANGES[name]) for name in RANGES}
    recipe = RECIPES.find(given.get("recipe", "mixed"))
    rows = [_row(strategy, recipe, values) for strategy in STRATEGIES]
    usable = USABLE * values["memory_bytes"]
    whole = values["parameters"] * (recipe.parameters + recipe.gradients + recipe.optimizer)
    # Beyond one image for each GPU, more of them do not lower the activations.
    room = usable - values["activation_bytes"]
    need = (whole + values["batch"] * values["activation_bytes"]) / usable
    least = math.ceil(max(need, 1)) if need <= values["batch"] else math.ceil(whole / room) if room > 0 else None
    chosen = next((row["strategy"] for row in rows if row["fits"]), None)
    return {"rows": rows, "chosen": chosen, "least_gpus": least, "usable": usable}


def _row(strategy: Strategy, recipe: Recipe, values: Mapping[str, float]) -> dict[str, Any]:
    count, gpus = values["parameters"], values["gpus"]
    parts: dict[str, float] = {}
    lines = []
    for name in ("parameters", "gradients", "optimizer"):
        each, shards = getattr(recipe, name), gpus if name in strategy.shards else 1
        parts[name] = count * each / shards
        key = "plan.line_shard" if name in strategy.shards else "plan.line_whole"
        lines.append(_line(key, what={"key": f"plan.{name}"}, count=count, each=each, gpus=gpus, result=parts[name]))
    images = math.ceil(values["batch"] / gpus)
    parts["activations"] = images * values["activation_bytes"]
    lines.append(_line("plan.line_activations", images=images, each=values["activation_bytes"], result=parts["activations"]))
    total = sum(parts.values())
    sent = strategy.trips * (gpus - 1) / gpus * count * recipe.gradients
    fits = total <= USABLE * values["memory_bytes"]
    lines.append(_line("plan.line_total", result=total, memory=values["memory_bytes"]))
    lines.append(_line("plan.line_sent", trips=strategy.trips, gpus=gpus, size=count * recipe.gradients, result=sent))
    return {"strategy": strategy.name, "bytes": parts, "total": total, "fits": fits, "sent": sent, "lines": lines}


def _line(key: str, **values: Any) -> dict[str, Any]:
    return {"key": key, "values": {name: _written(name, value) for name, value in values.items()}}


def _written(name: str, value: Any) -> Any:
    """Sizes in the units of memory, counts with their thousands."""
    if isinstance(value, dict):
        return value
    if name in ("result", "memory", "size") or (name == "each" and not 1 <= value <= 16):
        return show_bytes(value)
    return f"{value:,.0f}"


def show_bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.3g} {unit}" if count < 1000 else f"{count:,.0f} {unit}"
        count /= 1000
    raise AssertionError


def _read(name: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError("plan.number", name=name, got=shorten(value), low=f"{low:g}", high=f"{high:g}")
    return float(value) if name.endswith("bytes") else float(math.floor(value))
