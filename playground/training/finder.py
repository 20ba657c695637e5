"""The learning-rate finder: real steps of training while the rate grows, until the loss says that it is too much.

Source: L. N. Smith, Cyclical Learning Rates for Training Neural Networks (2017), section 3.3, the "LR range test".
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

import torch
from torch import Tensor

from playground.devices import choose_device
from playground.errors import PlaygroundError, UnsupportedError
from playground.limits import Limits
from playground.training.batches import epoch_batches
from playground.training.config import TrainingConfig
from playground.training.curvature import Curvature, find_curvature
from playground.training.events import Event
from playground.training.memory import keep_freed_memory
from playground.training.optimizers import OPTIMIZERS
from playground.training.randomness import step_seed
from playground.training.trial import settle_run
from playground.training.updates import Updater

LOWEST, HIGHEST = 1e-5, 10.0
STEPS = 140
# Of a slow network: fewer steps, which then lie further apart.
TIME_BOX_SECONDS = 12.0
FEWEST_STEPS = 30
TIMED_STEPS = 3
# It has gone wrong for good: a healthy curve never comes back from so far above its best.
DIVERGED = 4.0
# The loss of a batch is noisy: each point is a mean over neighbours, of so many decades to either side (one deviation).
WINDOW_DECADES = 0.15
# The loss must have fallen by this share of where it began, else there is nothing to read.
FALL = 0.02
# How much of the whole fall of the loss a point may lie above the lowest and still count as the bottom of the valley.
BASIN = 0.05
# Where the loss is lowest the rate is about to be too much: stay so far below.
BELOW_LOWEST = 3.0


@dataclass(frozen=True)
class SearchStarted(Event):
    """The search begins: `steps` of training between two rates; `precision` and `threads` as the run would have them."""

    type: ClassVar[str] = "started"
    steps: int
    lowest: float
    highest: float
    device: str
    precision: str
    threads: int


@dataclass(frozen=True)
class SearchStep(Event):
    """One step: the rate of its update, and the loss of its batch before that; `step` counts from 1."""

    type: ClassVar[str] = "step"
    step: int
    learning_rate: float
    loss: float


@dataclass(frozen=True)
class SearchDone(Event):
    """What was found.

    `smooth`: the loss averaged over neighbours, one number a step; `steepest`: where it falls fastest; `lowest`: the
    middle of where it is lowest; `diverged`: from where on it was too much, None = it never was; `suggested`: in the
    middle (of the logarithms) between `steepest` and a third of `lowest`; None where the loss did not fall.
    """

    type: ClassVar[str] = "done"
    smooth: list[float]
    steepest: float | None
    lowest: float | None
    diverged: float | None
    suggested: float | None
    curvature: dict[str, Any] | None


def find_learning_rate(config: TrainingConfig, limits: Limits | None = None) -> Iterator[Event]:
    """Train a throw-away network of the config with a rate that grows from step to step.

    The steps are those of a run: its images, augmentation, precision, accumulation and clipping; only its schedule is
    left out.
    For SGD the curvature at the start is measured as well.

    Yields:
        SearchStarted, a SearchStep for each step, SearchDone.

    Raises:
        UnsupportedError: LBFGS, which looks for the length of its steps by itself. PlaygroundError: as of `train`.
    """
    if OPTIMIZERS[config.optimizer].closure:
        raise UnsupportedError("finder.closure", optimizer=config.optimizer)
    device = choose_device(config.device)
    keep_freed_memory()
    settings, _ = settle_run(config, config.spec(), device)
    torch.set_num_threads(settings.threads)
    search = _Search(config, config.spec(), settings, device, None, limits, insight=False)
    curvature = search.measure_curvature() if config.optimizer == "SGD" else None
    steps = search.plan()
    yield SearchStarted(steps, LOWEST, HIGHEST, str(device), settings.precision, settings.threads)
    rates, losses = [], []
    for step in search.climb(steps):
        rates.append(step.learning_rate)
        losses.append(step.loss)
        yield step
    yield read_search(rates, losses, search.diverged, curvature.to_json() if curvature else None)


class _Search(Updater):
    """The network that is trained and thrown away."""

    diverged = False

    def plan(self) -> int:
        """How many steps there is time for: a few are timed with no rate at all, so that they change no weight."""
        state = self.network.state()
        self._set_rate(0.0)
        batches = self._batches()
        begun = time.perf_counter()
        for _ in range(TIMED_STEPS):
            self._take(next(batches))
        seconds = (time.perf_counter() - begun) / TIMED_STEPS
        # What they have moved: BatchNorm's statistics, the optimizer's means.
        self.network.load(state)
        self.optimizer.state.clear()
        if self.scaler is not None:
            self.scaler = torch.amp.GradScaler(self.device.type)
        self.step = 0
        return max(FEWEST_STEPS, min(STEPS, int(TIME_BOX_SECONDS / seconds)))

    def climb(self, steps: int) -> Iterator[SearchStep]:
        self.network.call(lambda: self.model.train())
        best, mean = math.inf, 0.0
        for place, indices in zip(range(steps), self._batches(), strict=False):
            rate = LOWEST * (HIGHEST / LOWEST) ** (place / (steps - 1))
            self._set_rate(rate)
            loss = self._take(indices)
            yield SearchStep(place + 1, rate, loss)
            # A running mean, so that one bad batch does not end it.
            mean = loss if not place else 0.7 * mean + 0.3 * loss
            best = min(best, mean)
            if not math.isfinite(loss) or mean > DIVERGED * best:
                self.diverged = True
                return

    def measure_curvature(self) -> Curvature | None:
        """None where there is no second derivative: the page says so."""
        state = self.network.state()
        try:
            return self.network.call(find_curvature, self)  # type: ignore[no-any-return]
        except (RuntimeError, PlaygroundError) as error:
            # A learner's class can be trained without one.
            if "derivative" in str(error) or self.spec.code:
                return None
            raise
        finally:
            self.network.load(state)

    def _batches(self) -> Iterator[Tensor]:
        for epoch in count():
            yield from epoch_batches(self.config, epoch, len(self.data.train), self.device)

    def _set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _take(self, indices: Tensor) -> float:
        torch.manual_seed(step_seed(self.config.seed, self.step))
        loss, _, _ = _result(self.update(indices))
        self.step += 1
        return float(loss.item())


def read_search(
    rates: Sequence[float], losses: Sequence[float], diverged: bool, curvature: dict[str, Any] | None
) -> SearchDone:
    """What a curve of losses over growing rates says.

    Args:
        rates: growing evenly in the logarithm. losses: the same number of them; the last may be NaN or infinite.
        diverged: the search was ended because of the last ones.
    """
    smooth = smooth_losses(rates, losses)
    finite = [place for place, loss in enumerate(smooth) if math.isfinite(loss)]
    start = smooth[finite[0]] if finite else math.nan
    lowest = min(finite, key=lambda place: smooth[place], default=0)
    ends = rates[-1] if diverged else None
    if not finite or not smooth[lowest] < (1 - FALL) * start:
        return SearchDone(smooth, None, None, ends, None, curvature)
    slopes = [smooth[place + 1] - smooth[place] for place in range(lowest)]
    steepest = min(range(lowest), key=lambda place: slopes[place]) if slopes else 0
    middle = _middle_of_basin(rates, smooth, lowest)
    highest = middle / BELOW_LOWEST
    suggested = math.sqrt(min(rates[steepest], highest) * highest)
    return SearchDone(smooth, rates[steepest], middle, ends, float(f"{suggested:.2g}"), curvature)


def _middle_of_basin(rates: Sequence[float], smooth: Sequence[float], lowest: int) -> float:
    """The middle, in the logarithm, of the rates around the lowest loss that are hardly worse.

    Many networks have a wide flat valley, in which noise alone decides which point is the lowest.
    """
    height = smooth[lowest] + BASIN * (max(loss for loss in smooth[: lowest + 1] if math.isfinite(loss)) - smooth[lowest])
    low = high = lowest
    while low > 0 and smooth[low - 1] <= height:
        low -= 1
    while high + 1 < len(smooth) and smooth[high + 1] <= height:
        high += 1
    return math.sqrt(rates[low] * rates[high])


def smooth_losses(rates: Sequence[float], losses: Sequence[float]) -> list[float]:
    """Each loss as a mean over its neighbours on the axis of log rate, weighted by a bell; NaN where it is not finite."""
    places = [math.log10(rate) for rate in rates]
    found = []
    for place, own in zip(places, losses, strict=True):
        pairs = [
            (math.exp(-0.5 * ((other - place) / WINDOW_DECADES) ** 2), loss)
            for other, loss in zip(places, losses, strict=True)
            if abs(other - place) < 3 * WINDOW_DECADES and math.isfinite(loss)
        ]
        weight = sum(one for one, _ in pairs)
        found.append(sum(one * loss for one, loss in pairs) / weight if math.isfinite(own) and weight else math.nan)
    return found


def _result(update: Generator[Any, Any, tuple[Tensor, Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor]:
    """What a generator returns that is not asked to tell anything on its way."""
    try:
        next(update)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("an update tells its parts in slow motion alone")
