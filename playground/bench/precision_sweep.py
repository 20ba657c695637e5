"""From which batch size and width on a lower precision pays, with the learner's own model."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from playground.bench.events import Measured, Progress
from playground.bench.forecast import available_bytes, check_fits, forecast_memory
from playground.bench.precision_entry import classify
from playground.bench.precision_reason import doubtful
from playground.bench.precision_steps import Precision, Trainer, measured_precisions, refused
from playground.bench.subject import Subject, of_batch, open_subject, read_count
from playground.bench.sweep_reason import explain_sweep
from playground.bench.widths import widen
from playground.errors import LimitError, PlaygroundError
from playground.limits import Limits
from playground.models.spec import ModelSpec
from playground.training.events import Event, stored_error

MOST_CELLS, MOST_WIDTH = 64, 8192
WIDTHS = (1, 2, 4)
# Of the time box: the first turn of each cell. The rest is for those whose class is not clear yet.
FIRST_SHARE = 0.8
# The steps of a turn take about so long; there are so many turns at least and at most.
BURST_SECONDS, MOST_BURST = 0.08, 12
ROUNDS = (5, 15)
# Two that are not counted, and one that is: what a first turn takes at least, in steps.
LEAST_STEPS = 3
# What is so much slower than fp32 keeps the figure of its first turn.
HOPELESS = 3.0

# Gives the model of that width with a batch; raises PlaygroundError where there is none.
MakeSubject = Callable[[int, int], Subject]


def sweep_batches(batch_size: int, most: int) -> list[int]:
    """A sixteenth, a quarter, the whole and four times of the batch, as far as they are different ones.

    Example:
        >>> sweep_batches(64, 1000), sweep_batches(8, 16)
        ([4, 16, 64, 256], [1, 2, 8, 16])
    """
    return sorted({max(1, batch_size // 16), max(1, batch_size // 4), batch_size, min(4 * batch_size, most)})


@dataclass
class _Cell:
    """One precision at one width and batch size.

    Args:
        base: fp32 of the same size; None = this is fp32.
        times: seconds of each timed step; ratios: fp32's median by its own, one of each turn.
        left_out: the sentence that says why there are no times.
    """

    precision: Precision
    width: int
    batch: int
    base: _Cell | None
    times: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    left_out: dict[str, Any] | None = None
    trainer: Trainer | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def describe(self, units: bool) -> dict[str, Any]:
        speedup = (statistics.median(self.ratios) if self.ratios else None) if self.base else 1.0
        measured = bool(self.times) and speedup is not None
        return {
            "width": self.width,
            "batch_size": self.batch,
            "precision": self.precision.name,
            "step_seconds": self.median if measured else None,
            "speedup": speedup if measured else None,
            "verdict": classify(speedup) if measured and speedup is not None else None,
            "turns": max(1, len(self.ratios)) if measured else 0,
            "predicted_slow": not units,
            "left_out": self.left_out,
        }


def sweep_precision(
    make_subject: MakeSubject, batches: Sequence[object], widths: Sequence[object], seconds: float, optimizer: str = "AdamW"
) -> Iterator[Event]:
    """How many times as fast as fp32 a training step in each lower precision is, for each width and batch size.

    First each cell gets a short turn, the cheapest first, by what the smaller ones took; what would take more than is left
    stays out. Then the cells whose class is not clear get more turns, until the time is up.

    Args:
        make_subject: of (width, batch): the widths are whatever it takes. seconds: the time box. optimizer: of STEPPED.

    Returns:
        as the result of Measured: rows: {width, batch_size, precision, step_seconds (median), speedup (median over the
        turns), verdict: of `classify`, turns, predicted_slow: the device has no units for it, left_out: a sentence or None};
        hardware: {precision: whether the device has units}; reason: sentences. Each row comes as a Progress before.

    Raises:
        InputError, LimitError: no such batch or width, or too many of them, or not one step in the time. PlaygroundError:
            not even fp32 runs at any size.
    """
    sizes = [(read_count("bench.width", width, MOST_WIDTH), read_count("bench.batch_size", batch, 10**6))
             for width in widths for batch in batches]  # fmt: skip
    if not 0 < len(sizes) <= MOST_CELLS:
        raise LimitError("bench.too_many", got=len(sizes), most=MOST_CELLS)
    yield from _Sweep(make_subject, sizes, seconds, optimizer).run()


class _Sweep:
    """All cells, and the clock."""

    def __init__(self, make_subject: MakeSubject, sizes: Sequence[tuple[int, int]], seconds: float, optimizer: str):
        self.make_subject, self.sizes, self.seconds, self.optimizer = make_subject, sizes, seconds, optimizer
        self.start = time.perf_counter()
        self.subjects: dict[int, tuple[Subject, dict[str, Tensor]]] = {}
        self.failure: PlaygroundError | None = None
        # Of the first width, which has to be there: its device says which precisions there are.
        device = self._subject(sizes[0][0])[0].device
        self.units = {kind.name: kind.units(device) for kind in measured_precisions(device)}
        self.groups = [self._group(width, batch, device) for width, batch in sizes]
        self.cells = [cell for group in self.groups for cell in group]

    def run(self) -> Iterator[Event]:
        total = len(self.cells) + 1
        done = 0
        while (cell := self._cheapest()) is not None:
            yield self._progress(done, total, cell)
            self._refusable(cell)
            done += 1
            yield self._progress(done, total, cell, self._row(cell))
        self._leave_out()
        if not any(group[0].times for group in self.groups):
            # fp32 runs everywhere: where it does not, the model itself fails, and nothing can be compared.
            raise self.failure or LimitError("bench.sweep_nothing", seconds=self.seconds)
        turn = 0
        while (running := self._doubtful()) is not None:
            turn += 1
            self._turn(running, turn)
            values = {"turn": turn, "batch": running[0].batch, "width": running[0].width}
            yield Progress(total - 1, total, "bench.sweep_turn", values, self._row(running[1]))
        rows = [self._row(cell) for cell in self.cells]
        yield Measured({"rows": rows, "hardware": self.units, "reason": explain_sweep(rows, self.units)})

    def _group(self, width: int, batch: int, device: torch.device) -> list[_Cell]:
        """fp32, which the others are compared with, and these."""
        first, *others = measured_precisions(device)
        base = _Cell(first, width, batch, None)
        return [base, *(_Cell(kind, width, batch, base) for kind in others)]

    def _row(self, cell: _Cell) -> dict[str, Any]:
        return cell.describe(self.units[cell.precision.name])

    @staticmethod
    def _progress(done: int, total: int, cell: _Cell, row: dict[str, Any] | None = None) -> Progress:
        values = {"batch": cell.batch, "width": cell.width, "precision": cell.precision.name}
        return Progress(done, total, "bench.precision_cell", values, row or {})

    @property
    def left(self) -> float:
        return self.seconds - (time.perf_counter() - self.start)

    def _subject(self, width: int) -> tuple[Subject, dict[str, Tensor]]:
        """The model of a width with its largest batch, and its first weights."""
        if width not in self.subjects:
            subject = self.make_subject(width, max(batch for own, batch in self.sizes if own == width))
            self.subjects[width] = subject, subject.network.state()
        return self.subjects[width]

    def _cheapest(self) -> _Cell | None:
        """The cell that takes least among those that have had no turn, where that fits into what is left."""
        waiting = [
            cell
            for cell in self.cells
            if not cell.times and cell.left_out is None and (cell.base is None or cell.base.times)
        ]
        if not waiting:
            return None
        cell = min(waiting, key=self._cost)
        if self._cost(cell) <= self.left - (1 - FIRST_SHARE) * self.seconds:
            return cell
        # However short the time is, each precision is seen once.
        unseen = [one for one in waiting if not any(other.times for other in self.cells if other.precision is one.precision)]
        return min((one for one in unseen if self._cost(one) < self.seconds), key=self._cost, default=None)

    def _cost(self, cell: _Cell) -> float:
        """Of its first turn, seconds: a step beside each of fp32."""
        return LEAST_STEPS * (self._expect(cell) + (cell.base.median if cell.base and cell.base.times else 0.0))

    def _expect(self, cell: _Cell) -> float:
        """Seconds of a step by the next smaller cell, 0 = there is none: it grows with the batch and the square of the
        width."""
        smaller = [
            ((cell.batch / other.batch) * (cell.width / other.width) ** 2, other.median)
            for other in self.cells
            if other.times and other.precision is cell.precision
            if other.width <= cell.width and other.batch <= cell.batch
        ]
        factor, seconds = min(smaller, default=(0.0, 0.0))
        return factor * seconds

    def _leave_out(self) -> None:
        for cell in self.cells:
            if not cell.times and cell.left_out is None:
                known = cell.base.left_out if cell.base is not None else None
                slow = {"key": "bench.sweep_too_slow", "values": {"seconds": self._expect(cell)}}
                cell.left_out = slow if known is None or known["key"] == slow["key"] else known

    def _refusable(self, cell: _Cell) -> None:
        """Torch refuses some operations in some precisions, and BatchNorm a batch of one: then the row says so."""
        try:
            self._first_turn(cell)
        except PlaygroundError as error:  # a learner's code, or a model that does not fit: explained already
            self.failure = error
        except (RuntimeError, NotImplementedError, ValueError, TypeError) as error:
            self.failure = refused(cell.precision, error)
        else:
            return
        cell.left_out, cell.times, cell.ratios = stored_error(self.failure), [], []
        if cell.width not in self.subjects:  # there is no such model, whatever the batch
            for other in self.cells:
                if other.width == cell.width:
                    other.left_out = cell.left_out

    def _first_turn(self, cell: _Cell) -> None:
        subject, initial = self._subject(cell.width)
        cell.trainer = Trainer(of_batch(subject, cell.batch), cell.precision, self.optimizer, initial)
        cell.trainer.begin()
        cell.trainer.step()  # the first step of all chooses its kernels
        if cell.base is None:
            self._steps(cell)
        else:
            own = self._steps(cell)
            cell.ratios.append(self._steps(cell.base) / own)

    @staticmethod
    def _steps(cell: _Cell) -> float:
        """From the first weights on, a step that is not counted, then as many as fit. The median of these, seconds."""
        assert cell.trainer is not None
        cell.trainer.begin()
        once, _ = cell.trainer.step()
        count = max(1, min(MOST_BURST, round(BURST_SECONDS / max(once, 1e-9))))
        times = [cell.trainer.step()[0] for _ in range(count)]
        cell.times += times
        return statistics.median(times)

    def _doubtful(self) -> list[_Cell] | None:
        """The size with the fewest turns among those of which a class is not clear, and which fit into what is left: its
        cells that are worth it."""
        found = []
        for base, *others in self.groups:
            running = [cell for cell in others if cell.times and cell.median < HOPELESS * base.median]
            if not running:
                continue
            turns = min(len(cell.ratios) for cell in running)
            cost = sum(cell.median + max(BURST_SECONDS, cell.median) for cell in (base, *running))
            clear = turns >= ROUNDS[0] and not any(doubtful(cell.ratios) for cell in running)
            if not clear and turns < ROUNDS[1] and cost < self.left:
                found.append((turns, cost, [base, *running]))
        return min(found, key=lambda entry: entry[:2])[2] if found else None

    def _turn(self, running: Sequence[_Cell], turn: int) -> None:
        """One turn of each precision, each time another first."""
        first = turn % len(running)
        medians = {cell.precision.name: self._steps(cell) for cell in (*running[first:], *running[:first])}
        for cell in running[1:]:
            cell.ratios.append(medians[running[0].precision.name] / medians[cell.precision.name])


def sweep_widths(spec: ModelSpec) -> list[int]:
    """The model as it is, and what it can be made wider by; code stays as it is."""
    return [width for width in WIDTHS if width == 1 or widen(spec, width) is not None]


def measure_sweep(subject: Subject, seconds: float, optimizer: str, limits: Limits) -> Iterator[Event]:
    """`sweep_precision` of the learner's own model: fewer and more samples, one, two and four times as wide."""

    def make(width: int, batch: int) -> Subject:
        spec = subject.spec if width == 1 else widen(subject.spec, width)
        assert spec is not None
        check_fits(forecast_memory(spec, batch, optimizer, limits), available_bytes(limits, subject.device))
        return open_subject(spec, batch, limits, device=str(subject.device))

    batches = sweep_batches(len(subject.inputs), limits.batch_size)
    yield from sweep_precision(make, batches, sweep_widths(subject.spec), seconds, optimizer)
