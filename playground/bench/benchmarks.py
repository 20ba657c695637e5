"""BENCHMARKS: what can be measured of a learner's own model. A new one is one entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.bench.accumulation import measure_accumulation, read_micro_batches
from playground.bench.budget import measure_budget
from playground.bench.checkpointing import measure_checkpointing
from playground.bench.checkpointing_script import write_budget_script, write_checkpointing_script
from playground.bench.events import Measured
from playground.bench.exponents import gradient_exponents
from playground.bench.memory import measure_memory
from playground.bench.memory_script import write_memory_script
from playground.bench.mistakes import show_mistakes
from playground.bench.numbers import list_number_types
from playground.bench.precision import measure_precision
from playground.bench.precision_scripts import write_accumulation_script, write_precision_script
from playground.bench.precision_sweep import measure_sweep
from playground.bench.profiler import EMPTY_PROFILE, measure_profile
from playground.bench.profiler_script import write_profiler_script
from playground.bench.roofline import measure_devices, write_devices_script
from playground.bench.scale import measure_scale_of
from playground.bench.scale_script import write_scale_script
from playground.bench.scaler import record_scaler
from playground.bench.scaler_script import write_scaler_script
from playground.bench.subject import Subject, read_count
from playground.bench.sweep_script import write_sweep_script
from playground.errors import InputError
from playground.limits import SCALE_PROCESSES, Limits
from playground.models.spec import ModelSpec
from playground.registry import Registry, shorten
from playground.training.events import Event
from playground.training.optimizers import STEPPED

STEPS_MOST = 200


@dataclass(frozen=True)
class Settings:
    """What is measured, read from a request.

    Args:
        optimizer: a name of STEPPED. seconds: for what is repeated. folder: for a trace that belongs to the result; "" =
            none is written. limits: of the process that measures. earlier: {precision: its class when the same was measured
            before}.
    """

    steps: int
    optimizer: str
    micro_batches: tuple[int, ...]
    budget_bytes: int
    seconds: float
    limits: Limits
    folder: str = ""
    earlier: Mapping[str, str] = field(default_factory=dict)
    processes: int = 2


@dataclass(frozen=True)
class Benchmark:
    """A benchmark.

    Args:
        measure: the events of measuring it: Progress, at the end Measured; called with the forecast of its memory.
        script: a complete program that measures the same.
        empty: the keys of its result.
        makes_trace: it writes a Chrome trace into the folder of its settings.
    """

    name: str
    measure: Callable[[Subject, Settings, dict[str, int]], Iterator[Event]]
    script: Callable[[ModelSpec, int, Settings], str]
    empty: Mapping[str, Any] = field(default_factory=dict)
    makes_trace: bool = False


def _measure_scaler(subject: Subject, settings: Settings) -> Iterator[Event]:
    """A GradScaler's steps, then where the gradients lie among the numbers, and what goes wrong with a scaler."""
    for event in record_scaler(subject, settings.steps, optimizer=settings.optimizer):
        if isinstance(event, Measured):
            mistakes = [{**one, "explained": {"key": one["explained"]}} for one in show_mistakes()]
            more = {"exponents": gradient_exponents(subject), "mistakes": mistakes, "numbers": list_number_types()}
            yield Measured({**event.result, **more})
        else:
            yield event


BENCHMARKS: Registry[Benchmark] = Registry(
    "topic.benchmark",
    (
        Benchmark(
            "precision",
            lambda subject, settings, _: measure_precision(
                subject, settings.steps, settings.seconds, settings.optimizer, settings.earlier
            ),
            lambda spec, batch, settings: write_precision_script(spec, batch, settings.steps, settings.optimizer),
            {"rows": [], "operations": [], "reason": []},
        ),
        Benchmark(
            "sweep",
            lambda subject, settings, _: measure_sweep(subject, settings.seconds, settings.optimizer, settings.limits),
            lambda spec, batch, settings: write_sweep_script(spec, batch, settings.optimizer, settings.limits),
            {"rows": [], "hardware": {}, "reason": []},
        ),
        Benchmark(
            "memory",
            lambda subject, settings, forecast: measure_memory(subject, settings.optimizer, forecast),
            lambda spec, batch, settings: write_memory_script(spec, batch, settings.optimizer),
            {"forecast": None, "measured": None, "timeline": [], "ledger": [], "what_ifs": [], "reason": []},
        ),
        Benchmark(
            "checkpointing",
            lambda subject, settings, _: measure_checkpointing(subject, settings.seconds),
            lambda spec, batch, _: write_checkpointing_script(spec, batch),
            {"rows": [], "batch_norm": [], "reason": []},
        ),
        Benchmark(
            "budget",
            lambda subject, settings, _: measure_budget(subject, settings.budget_bytes, settings.seconds),
            lambda spec, batch, settings: write_budget_script(spec, batch, settings.budget_bytes),
            {"blocks": [], "measured": None, "predicted": None, "reason": []},
        ),
        Benchmark(
            "accumulation",
            lambda subject, settings, _: measure_accumulation(subject, list(settings.micro_batches), settings.seconds),
            lambda spec, batch, settings: write_accumulation_script(spec, batch, list(settings.micro_batches)),
            {"rows": [], "traps": [], "reason": []},
        ),
        Benchmark(
            "scaler",
            lambda subject, settings, _: _measure_scaler(subject, settings),
            lambda spec, batch, settings: write_scaler_script(spec, batch, settings.steps, settings.optimizer),
            {"rows": [], "exponents": None, "mistakes": [], "numbers": [], "reason": []},
        ),
        Benchmark(
            "devices",
            lambda subject, settings, _: measure_devices(subject, settings.seconds),
            lambda spec, *_: write_devices_script(spec),
            {"kernels": [], "copies": [], "roofs": [], "model": None, "threads": [], "race": None, "reason": []},
        ),
        Benchmark(
            "profiler",
            lambda subject, settings, _: measure_profile(
                subject, settings.optimizer, settings.steps, settings.seconds, settings.limits, settings.folder
            ),
            lambda spec, batch, settings: write_profiler_script(spec, batch, settings.optimizer, settings.steps),
            EMPTY_PROFILE,
            makes_trace=True,
        ),
        Benchmark(
            "scale",
            lambda subject, settings, _: measure_scale_of(subject, settings.steps, settings.optimizer, settings.processes),
            lambda spec, batch, settings: write_scale_script(spec, batch, settings.optimizer, settings.processes),
            {"processes": [], "rows": [], "plan": None, "all_reduce_seconds": None, "reason": []},
        ),
    ),
)


def read_settings(given: Mapping[str, Any], batch_size: int, limits: Limits) -> Settings:
    """The settings of a request; what is missing has its default.

    Raises:
        InputError, LimitError: a value that is none.
    """
    return Settings(
        steps=read_count("bench.steps", given.get("steps", 20), STEPS_MOST),
        optimizer=_read_optimizer(given.get("optimizer", "Adam")),
        micro_batches=tuple(read_micro_batches(given.get("micro_batches", _usual(batch_size)), batch_size)),
        budget_bytes=read_count("bench.budget", given.get("budget_bytes", 1), 2**60),
        seconds=limits.benchmark_repeat_seconds,
        limits=limits,
        processes=read_count("bench.processes", given.get("processes", 2), SCALE_PROCESSES, least=2),
    )


def _read_optimizer(value: object) -> str:
    """However it is spelled: adam, AdamW, sgd."""
    known = {name.lower(): name for name in STEPPED}
    if not isinstance(value, str) or value.lower() not in known:
        raise InputError("bench.optimizer", got=shorten(value), names=", ".join(STEPPED))
    return known[value.lower()]


def _usual(batch_size: int) -> list[int]:
    return [count for count in (1, 2, 4, 8) if count <= batch_size]
