"""The scale benchmark: the learner's model trained by DDP, model parallelism and FSDP on real processes, and measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.bench.events import Measured, Progress
from playground.bench.planner import plan_training
from playground.bench.scale_ranks import STRATEGIES, measure_scale
from playground.bench.subject import Subject
from playground.distributed.gang import run_gang
from playground.errors import InputError, UnsupportedError
from playground.models.spec import ModelSpec
from playground.training.events import Event

MEMORY = ("parameters", "gradients", "optimizer", "activations")
GiB = 2**30


def check_scale(spec: ModelSpec, batch_size: int, processes: int) -> None:
    """
    Raises:
        UnsupportedError: a model given as code. InputError: a batch that cannot be shared out evenly, or fewer layers than
            processes.
    """
    if spec.code:
        raise UnsupportedError("scale.code")
    if batch_size % processes or batch_size < 2 * processes:
        raise InputError("scale.batch", batch=batch_size, processes=processes)
    if len(spec.layers) < processes:
        raise InputError("scale.layers", layers=len(spec.layers), processes=processes)


def measure_scale_of(subject: Subject, steps: int, optimizer: str, processes: int) -> Iterator[Event]:
    """Progress, then Measured: {processes, rows, plan, reason}; see `playground.bench.scale_ranks`.

    Raises:
        PlaygroundError: as `check_scale`; a rank that died.
    """
    batch = len(subject.inputs)
    check_scale(subject.spec, batch, processes)
    yield Progress(0, 1, "scale.doing", {"processes": processes})
    ranks = run_gang(measure_scale, processes, subject.spec.to_text(), batch, optimizer, min(steps, 20))
    yield Measured(describe_scale(ranks, batch))


def describe_scale(ranks: list[dict[str, Any]], batch: int) -> dict[str, Any]:
    alone = ranks[0]["alone"]
    rows = [_row("alone", [alone], alone, 1)]
    rows += [_row(name, [rank[name] for rank in ranks], alone, len(ranks)) for name in STRATEGIES]
    reduce_seconds = max(rank["all_reduce_seconds"] for rank in ranks)
    count = alone["parameters"] // 4
    return {
        "processes": [{name: rank["ddp"][name] for name in ("rank", "pid", "host", "device")} for rank in ranks],
        "rows": rows,
        "all_reduce_seconds": reduce_seconds,
        "plan": {
            "parameters": count,
            "batch": batch,
            "gpus": len(ranks),
            "memory_bytes": 80 * GiB,
            "activation_bytes": round(alone["activations"] / batch),
            "recipe": "fp32",
        },
        "reason": _reasons({row["strategy"]: row for row in rows}, len(ranks), reduce_seconds),
    }


def _row(name: str, ranks: list[dict[str, Any]], alone: dict[str, Any], size: int) -> dict[str, Any]:
    step = max(rank["step_seconds"] for rank in ranks)
    speedup = alone["step_seconds"] / step
    return {
        "strategy": name,
        "step_seconds": step,
        "speedup": speedup,
        "efficiency": speedup / size,
        "rank_bytes": max(sum(rank[kind] for kind in MEMORY) for rank in ranks),
        "sent_bytes": max(sum(entry["bytes"] for entry in rank["talk"]) for rank in ranks),
        "loss": ranks[0]["losses"][0],
        "loss_difference": abs(ranks[0]["losses"][0] - alone["losses"][0]),
        "ranks": [
            {**{key: rank[key] for key in ("rank", "pid", *MEMORY, "talk")}, "layers": ", ".join(rank["layers"])}
            for rank in ranks
        ],
    }


def _reasons(rows: dict[str, dict[str, Any]], size: int, reduce_seconds: float) -> list[dict[str, Any]]:
    def state(name: str) -> int:
        return max(sum(rank[kind] for kind in MEMORY[:3]) for rank in rows[name]["ranks"])

    ddp, fsdp, model = rows["ddp"], rows["fsdp"], rows["model"]
    return [
        {
            "key": "scale.reason_memory",
            "values": {
                "processes": size,
                "ddp": f"{state('ddp') / 1e6:.2f}",
                "fsdp": f"{state('fsdp') / 1e6:.2f}",
                "share": f"{state('fsdp') / state('ddp'):.0%}",
            },
        },
        {
            "key": "scale.reason_traffic",
            "values": {
                "ddp": f"{ddp['sent_bytes'] / 1e6:.2f}",
                "fsdp": f"{fsdp['sent_bytes'] / 1e6:.2f}",
                "model": f"{model['sent_bytes'] / 1e6:.3f}",
                "milliseconds": f"{1e3 * reduce_seconds:.2f}",
            },
        },
        {
            "key": "scale.reason_speed",
            "values": {name: f"{rows[name]['speedup']:.2f}" for name in STRATEGIES} | {"processes": size},
        },
    ]


def plan(given: Any) -> dict[str, Any]:
    """`plan_training` of what the page sends."""
    return plan_training(given if isinstance(given, dict) else {})
