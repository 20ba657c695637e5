"""What a GradScaler does at each step: its scale, its stages, the steps it skips, and the gradients to blame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from playground.bench.events import Measured, Progress
from playground.bench.precision_steps import SEED
from playground.bench.subject import Subject, read_count
from playground.devices import synchronize
from playground.errors import InputError, UnsupportedError
from playground.registry import shorten
from playground.training.events import Event

MOST_STEPS, MOST_INTERVAL = 500, 10**6
# A scale is a float32; a larger one is an infinity.
SCALES = (2.0**-24, 2.0**120)
# Parameters that are named in a row; the others are counted.
NAMED = 20
PRIVATE = ("_per_optimizer_states", "_get_growth_tracker")


def record_scaler(
    subject: Subject,
    steps: object,
    init_scale: object = 2.0**16,
    growth_interval: object = 2000,
    growth_factor: object = 2.0,
    backoff_factor: object = 0.5,
    optimizer: str = "AdamW",
) -> Iterator[Event]:
    """Train in fp16 with a real GradScaler and record what it does: a Progress with each step's row, then Measured.

    Each step goes scale → backward → unscale_ → step → update, all on the one batch of the subject.

    Returns:
        as the result of Measured: rows: {step (from 1), loss, scale (of this step), next_scale, growth_tracker (good
        steps in a row, after the step), stages: [[call, READY | UNSCALED | STEPPED], …], skipped, nonfinite: [{parameter,
        infinite, nan, elements}], nonfinite_parameters (their number), gradient_norm (unscaled; inf
        or nan where a gradient is)}; skipped (number of steps); init_scale, growth_interval, growth_factor,
        backoff_factor; reason: sentences.

    Raises:
        InputError, LimitError: a setting out of its range. UnsupportedError: this torch does not show a scaler's inside.
    """
    count = read_count("bench.steps", steps, MOST_STEPS)
    interval = read_count("bench.growth_interval", growth_interval, MOST_INTERVAL)
    scale = _read_factor("bench.init_scale", init_scale, *SCALES)
    growth = _read_factor("bench.growth_factor", growth_factor, 1.0, 2.0**16, open_low=True)
    backoff = _read_factor("bench.backoff_factor", backoff_factor, 0.0, 1.0, open_low=True, open_high=True)
    scaler = torch.amp.GradScaler(
        subject.device.type,
        init_scale=scale,
        growth_factor=growth,
        backoff_factor=backoff,
        growth_interval=interval,
    )
    check_inside(scaler)
    initial = subject.network.state()
    settings = {"init_scale": scale, "growth_interval": interval, "growth_factor": growth, "backoff_factor": backoff}
    try:
        torch.manual_seed(SEED)
        recorder = _Recorder(subject, scaler, subject.call(subject.make_optimizer, optimizer))
        rows = []
        for step in range(count):
            rows.append({"step": step + 1, **recorder.step()})
            yield Progress(step + 1, count, "bench.scaler_step", {"step": step + 1}, rows[-1])
        skipped = sum(row["skipped"] for row in rows)
        reason = explain_scaler(rows, interval, backoff)
        yield Measured({"rows": rows, "skipped": skipped, **settings, "reason": reason})
    finally:
        subject.network.load(initial)
        subject.call(lambda: subject.module.zero_grad(set_to_none=True))


def check_inside(scaler: torch.amp.GradScaler) -> None:
    """Torch does not promise the names of a scaler's stages and counters, so they are looked for first.

    Raises:
        UnsupportedError: this version has others.
    """
    missing = [name for name in PRIVATE if not hasattr(scaler, name)]
    if missing:
        raise UnsupportedError("bench.scaler_inside", names=", ".join(missing), version=torch.__version__)


class _Recorder:
    """A training loop that writes down what the scaler does."""

    def __init__(self, subject: Subject, scaler: torch.amp.GradScaler, optimizer: torch.optim.Optimizer):
        self.subject, self.scaler, self.optimizer = subject, scaler, optimizer
        self.stepped = False
        # A skipped step never reaches the optimizer: no comparison of weights could tell it as surely.
        optimizer.register_step_post_hook(self._note)

    def step(self) -> dict[str, Any]:
        synchronize(self.subject.device)
        return self.subject.call(self._step)  # type: ignore[no-any-return]

    def _note(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self.stepped = True

    def _stage(self) -> str:
        state: dict[str, Any] = self.scaler._per_optimizer_states.get(id(self.optimizer), {})
        # The state of an optimizer is made when it is first asked for; until then it is ready.
        return str(getattr(state.get("stage"), "name", "READY"))

    def _step(self) -> dict[str, Any]:
        self.optimizer.zero_grad(set_to_none=True)
        self.stepped = False
        with torch.autocast(self.subject.device.type, torch.float16):
            loss = self.subject.loss()
        scaled = self.scaler.scale(loss)
        scale = self.scaler.get_scale()
        scaled.backward()
        stages = [["backward", self._stage()]]
        self.scaler.unscale_(self.optimizer)
        stages.append(["unscale_", self._stage()])
        gradients = self._gradients()
        blamed = [found for name, gradient in gradients.items() if (found := _nonfinite(name, gradient))]
        self.scaler.step(self.optimizer)
        stages.append(["step", self._stage()])
        self.scaler.update()
        stages.append(["update", self._stage()])
        return {
            "loss": loss.item(),
            "scale": scale,
            "next_scale": self.scaler.get_scale(),
            "growth_tracker": int(self.scaler._get_growth_tracker()),
            "stages": stages,
            "skipped": not self.stepped,
            "nonfinite": blamed[:NAMED],
            "nonfinite_parameters": len(blamed),
            "gradient_norm": float(sum(float(one.double().norm()) ** 2 for one in gradients.values()) ** 0.5),
        }

    def _gradients(self) -> dict[str, Tensor]:
        named = self.subject.module.named_parameters()
        return {name: parameter.grad.detach() for name, parameter in named if parameter.grad is not None}


def _nonfinite(name: str, gradient: Tensor) -> dict[str, Any] | None:
    """How many elements of a gradient are no numbers; None = all are."""
    infinite, nan = int(gradient.isinf().sum()), int(gradient.isnan().sum())
    if not infinite and not nan:
        return None
    return {"parameter": name, "infinite": infinite, "nan": nan, "elements": gradient.numel()}


def _read_factor(
    key: str, value: object, low: float, high: float, *, open_low: bool = False, open_high: bool = False
) -> float:
    """A finite number from `low` to `high`; an open end is not allowed itself.

    Raises:
        InputError: it is none.
    """
    number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    inside = (low < number if open_low else low <= number) and (number < high if open_high else number <= high)
    if not inside:
        raise InputError(key, got=shorten(value))
    return number


def explain_scaler(rows: list[dict[str, Any]], interval: int, backoff: float) -> list[dict[str, Any]]:
    """Sentences: how many steps were skipped and why, where the scale settled, whether it grew."""
    skipped = [row for row in rows if row["skipped"]]
    first, last = rows[0]["scale"], rows[-1]["next_scale"]
    said: list[dict[str, Any]] = []
    if skipped:
        blamed: dict[str, int] = {}
        for row in skipped:
            for found in row["nonfinite"]:
                blamed[found["parameter"]] = blamed.get(found["parameter"], 0) + 1
        worst = max(blamed, key=lambda name: blamed[name]) if blamed else "–"
        values = {"skipped": len(skipped), "steps": len(rows), "backoff": backoff, "parameter": worst}
        said.append({"key": "bench.scaler_skipped", "values": values})
    else:
        said.append({"key": "bench.scaler_none_skipped", "values": {"steps": len(rows)}})
    if len(skipped) == len(rows):
        said.append({"key": "bench.scaler_never", "values": {"first": first, "last": last}})
    grown = sum(row["next_scale"] > row["scale"] for row in rows)
    if grown:
        said.append({"key": "bench.scaler_grown", "values": {"grown": grown, "interval": interval}})
    said.append({"key": "bench.scaler_scale", "values": {"first": first, "last": last}})
    return said
