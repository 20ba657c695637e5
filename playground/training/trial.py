"""Which precision and how many threads are fastest here, for this network and batch: found by a short trial."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from playground.data import playground_home
from playground.devices import supports_bf16, usable_cores
from playground.errors import RuntimeFailure
from playground.models import ModelSpec, build_model
from playground.models.checkpoint import write_atomically
from playground.training.batches import MEMORY_FORMAT
from playground.training.config import TrainingConfig
from playground.training.optimizers import OPTIMIZERS

TIME_BOX_SECONDS = 0.6
TIMED_STEPS = 3
MEMORY_SECONDS = 3600
REMEMBERED = 1000
# bf16 rounds; it must be clearly faster to be worth that.
BF16_GAIN = 1.1
AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}
# A second thread must be clearly faster to be worth a core that the page could use; and on a busy machine, where the trial
# may have been lucky, two threads wait for each other.
THREAD_GAIN = 1.15


@dataclass(frozen=True)
class Settings:
    """What a run computes with: precision fp32, bf16 or fp16, and torch's CPU threads."""

    precision: str
    threads: int


def settle(
    model: Callable[[], nn.Module],
    batch_size: int,
    input_shape: tuple[int, ...],
    device: torch.device,
    *,
    precision: str,
    threads: int,
) -> Settings:
    """Fix what the config left open: precision "auto" and threads 0.

    Each candidate takes one warm-up step and up to three timed ones on a throw-away network, the whole trial about half a
    second; what did not get its turn by then is not chosen.
    """
    if device.type != "cpu":
        # On a GPU the CPU's threads only feed it, and its bf16 units, where there are any, always pay.
        settled = ("bf16" if supports_bf16(device) else "fp32") if precision == "auto" else precision
        return Settings(settled, threads or usable_cores())
    if precision == "fp16":
        # Without fp16 units a step takes many times as long: all cores, and no trial that would take minutes.
        return Settings(precision, threads or usable_cores())
    most = usable_cores()
    thread_choices = [threads] if threads else sorted({most, max(1, most // 2)}, reverse=True)
    precision_choices = [precision] if precision != "auto" else ["fp32", "bf16"] if supports_bf16(device) else ["fp32"]
    candidates = [Settings(kind, count) for count in thread_choices for kind in reversed(precision_choices)]
    if len(candidates) == 1:
        return candidates[0]
    images = torch.rand(batch_size, *input_shape)
    labels = torch.randint(0, 10, (batch_size,))
    seconds: dict[Settings, float] = {}
    deadline = time.perf_counter() + TIME_BOX_SECONDS
    before = torch.get_num_threads()
    for candidate in candidates:
        if not seconds or time.perf_counter() < deadline:
            seconds[candidate] = _step_seconds(model(), images, labels, candidate, deadline)
    torch.set_num_threads(before)

    def judged(candidate: Settings) -> float:
        rounding = BF16_GAIN if candidate.precision == "bf16" and precision == "auto" else 1.0
        return seconds[candidate] * rounding * (THREAD_GAIN if candidate.threads > 1 and not threads else 1.0)

    return min(seconds, key=judged)


def recall(path: Path, key: str, seconds: float = MEMORY_SECONDS) -> Settings | None:
    """What was remembered under `key` on this machine, not longer than `seconds` ago; None = nothing, or not readable."""
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))[key]
        if time.time() - entry["time"] < seconds:
            return Settings(str(entry["precision"]), int(entry["threads"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None


def remember(path: Path, keys: Sequence[str], settings: Settings) -> None:
    """Keep what a trial found under each key, and the newest REMEMBERED keys of all."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        entries = {}
    entries = entries if isinstance(entries, dict) else {}
    for key in keys:
        entries.pop(key, None)
        entries[key] = {**asdict(settings), "time": time.time()}
    entries = dict(list(entries.items())[-REMEMBERED:])
    try:
        write_atomically(path, lambda file: file.write(json.dumps(entries, indent=1).encode()))
    except RuntimeFailure:
        return  # a full disk costs the next run a trial, no more


def make_autocast(precision: str, device: torch.device) -> torch.autocast:
    """The autocast context of a precision: bf16 or fp16, or disabled for fp32."""
    return torch.autocast(device.type, AUTOCAST.get(precision, torch.bfloat16), enabled=precision in AUTOCAST)


def _step_seconds(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, settings: Settings, deadline: float
) -> float:
    torch.set_num_threads(settings.threads)
    device = images.device
    model = model.to(device).to(memory_format=MEMORY_FORMAT)
    images = images.contiguous(memory_format=MEMORY_FORMAT) if images.dim() == 4 else images
    times = []
    for step in range(1 + TIMED_STEPS):
        start = time.perf_counter()
        with make_autocast(settings.precision, device):
            loss = F.cross_entropy(model(images), labels)
        loss.backward()
        if step:
            times.append(time.perf_counter() - start)
        if times and time.perf_counter() > deadline:
            break
    return statistics.median(times)


def settle_run(config: TrainingConfig, spec: ModelSpec, device: torch.device) -> tuple[Settings, float]:
    """What a run computes with, by its config, by what is remembered, or by a trial; and the seconds that took."""
    start = time.perf_counter()
    if config.precision == "auto" and OPTIMIZERS[config.optimizer].closure:
        # A line search compares losses that differ by less than bf16 can tell.
        config = replace(config, precision="fp32")
    if config.precision != "auto" and config.threads:
        return Settings(config.precision, config.threads), 0.0
    if spec.code:  # is not run more often than its learner wants
        return Settings("fp32" if config.precision == "auto" else config.precision, config.threads or usable_cores()), 0.0
    memory = playground_home() / "trials.json"
    key = f"{torch.__version__} {device} {config.precision} {config.threads} {config.batch_size} {spec.to_text()}"
    # A run that is repeated shall give the same curve, however long ago it was; a run of the same kind shall begin at once.
    text = json.dumps(config.to_json(), sort_keys=True)
    repeated = f"run {torch.__version__} {device} {hashlib.sha256(text.encode()).hexdigest()}"
    settings = recall(memory, repeated, seconds=math.inf)
    if settings is None:
        settings = recall(memory, key)
    if settings is None:
        settings = settle(
            lambda: build_model(spec),
            config.batch_size,
            spec.input_shape,
            device,
            precision=config.precision,
            threads=config.threads,
        )
        remember(memory, (key, repeated), settings)
    else:
        remember(memory, (repeated,), settings)
    return settings, time.perf_counter() - start
