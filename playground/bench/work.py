"""What a child does for the Bench tab and the `/benchmark_…` of the JSON API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from playground.bench.benchmarks import BENCHMARKS, read_settings
from playground.bench.events import Progress
from playground.bench.forecast import available_bytes, check_fits, forecast_memory
from playground.bench.subject import measured_device, open_subject, read_subject
from playground.devices import usable_cores
from playground.limits import Limits
from playground.training.events import Event


def measure_in_child(
    name: str,
    model: str,
    batch_size: int,
    given: dict[str, Any],
    limits: Limits,
    folder: str = "",
    earlier: Mapping[str, str] | None = None,
) -> Iterator[Event]:
    """Forecast, and refuse what does not fit; then build the model and measure it with all cores, or on the GPU.

    Args:
        folder: for a trace that belongs to the result; "" = none is written.
        earlier: see `playground.bench.benchmarks.Settings`.
    """
    torch.set_num_threads(usable_cores())
    # The profiler would tell the server's log that it begins, ends, and finds no GPU.
    os.environ["KINETO_LOG_LEVEL"] = "99"
    benchmark = BENCHMARKS.find(name)
    spec, batch = read_subject(model, batch_size, limits)
    settings = replace(read_settings(given, batch, limits), folder=folder, earlier=earlier or {})
    yield Progress(0, 1, "bench.doing_forecast")
    forecast = forecast_memory(spec, batch, settings.optimizer, limits)
    device = measured_device()
    check_fits(forecast, available_bytes(limits, device))
    yield from benchmark.measure(open_subject(spec, batch, limits, device=str(device)), settings, forecast)
