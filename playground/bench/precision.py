"""How fast, large and exact a training step is in fp32, bf16 and fp16 (and tf32 on CUDA), for the learner's model."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from playground.bench.events import Measured, Progress
from playground.bench.memory_step import count_saved
from playground.bench.precision_entry import Entry, Probe
from playground.bench.precision_operations import compare_operations, operation_seconds
from playground.bench.precision_reason import doubtful, explain_precisions, weight_copy_bytes
from playground.bench.precision_steps import FP32, Precision, Trainer, measured_precisions, refused
from playground.bench.subject import Subject, of_batch, read_count
from playground.errors import PlaygroundError
from playground.training.events import Event, stored_error

MOST_STEPS = 1000
# Of the time box: the first turn of one precision, all that comes before the rounds.
TURN_SHARE, FIRST_SHARE = 0.2, 0.6
# A turn of a round takes about so long, so that a busy moment of the machine falls on all precisions alike.
BURST_SECONDS = 0.25
ROUNDS = (5, 25)
# A precision that is so much slower keeps the figures of its first turn.
HOPELESS = 3.0
# Samples of the table of operations, and of the probe of a precision that is predicted to be slow.
PART, PROBE = 8, 8


def measure_precision(
    subject: Subject, steps: int, seconds: float, optimizer: str = "AdamW", earlier: Mapping[str, str] | None = None
) -> Iterator[Event]:
    """Compare the precisions on one batch: Progress with the row so far, then Measured.

    Each precision begins with the same weights, batch and dropout masks. First each takes a warm-up step and `steps` more,
    which gives its losses; then all take short turns in rounds until it is clear which class each belongs to, or the time is
    up. A precision without units of its own on this device gets a fixed share of the time.

    Args:
        steps: training steps, from 1 on. seconds: the time box of the whole. optimizer: of STEPPED.
        earlier: {precision: its class when the same was measured before}; see `classify`.

    Returns:
        as the result of Measured: rows: {precision, step_seconds (median), spread_seconds (interquartile range),
        repetitions, steps, samples (with which the speedup was measured: fewer than the batch where even two steps of
        it would have taken too long), peak_bytes, saved_bytes, speedup, verdict (much_faster, faster, same, slower,
        much_slower), memory_ratio (of the peaks), loss, loss_difference: {first_step, last_step, steps}, skipped_steps,
        cut_short, predicted_slow, error (a sentence, or None)}; operations: of `compare_operations`; winner: a
        precision; verdict:
        its class; hardware: {precision: whether it has units}; reason: sentences. Differences and ratios are against fp32.

    Raises:
        InputError, LimitError: no such number of steps, no such optimizer.
    """
    count = read_count("bench.steps", steps, MOST_STEPS)
    initial = subject.network.state()
    try:
        yield from _Contest(subject, count, seconds, optimizer, initial, earlier or {}).run()
    finally:
        subject.network.load(initial)


class _Contest:
    """All precisions of one model, and the clock."""

    def __init__(
        self,
        subject: Subject,
        steps: int,
        seconds: float,
        optimizer: str,
        initial: dict[str, Tensor],
        earlier: Mapping[str, str],
    ):
        self.subject, self.steps, self.seconds = subject, steps, seconds
        self.optimizer, self.initial = optimizer, initial
        self.start = time.perf_counter()
        self.entries = [
            Entry(
                self._trainer(subject, kind),
                predicted_slow=not kind.units(subject.device),
                earlier=earlier.get(kind.name, ""),
            )
            for kind in measured_precisions(subject.device)
        ]
        self.base = self.entries[0]
        self.failure: PlaygroundError | None = None

    def run(self) -> Iterator[Event]:
        total = 2 * len(self.entries) + 1
        for place, entry in enumerate(self.entries):
            yield Progress(place, total, "bench.precision_first", {"precision": entry.precision.name})
            self._refusable(entry, self._first_turn)
            yield self._progress(place + 1, total, entry)
            # fp32 runs everywhere: where it does not, the model itself fails, and nothing can be compared.
            if entry is self.base and self.failure is not None:
                raise self.failure
        yield Progress(len(self.entries), total, "bench.precision_operations")
        table = self._operations()
        for turn in range(ROUNDS[1]):
            if not self._round(turn):
                break
            place = len(self.entries) + 1 + min(turn, len(self.entries) - 1)
            yield Progress(place, total, "bench.precision_rounds", {"round": turn + 1}, self._row(self.entries[-1]))
        yield self._measured(table)

    def _trainer(self, subject: Subject, kind: Precision) -> Trainer:
        return Trainer(subject, kind, self.optimizer, self.initial)

    def _row(self, entry: Entry) -> dict[str, Any]:
        return entry.describe(self.base)

    def _progress(self, done: int, total: int, entry: Entry) -> Progress:
        return Progress(done, total, "bench.precision_first", {"precision": entry.precision.name}, self._row(entry))

    @property
    def spent(self) -> float:
        return time.perf_counter() - self.start

    def _refusable(self, entry: Entry, work: Any) -> None:
        """Torch refuses some operations in some precisions: then the row says so."""
        self.failure = None
        try:
            work(entry)
        except PlaygroundError as error:  # a learner's code: explained already
            entry.error, self.failure = stored_error(error), error
        except (RuntimeError, NotImplementedError, ValueError, TypeError) as error:
            self.failure = refused(entry.precision, error)
            entry.error = stored_error(self.failure)
        if entry.error is not None:
            entry.times, entry.losses, entry.peak, entry.saved = [], [], None, None

    def _first_turn(self, entry: Entry) -> None:
        share = TURN_SHARE * self.seconds
        begin = time.perf_counter()
        if entry.predicted_slow:
            probe = self._probe(entry)
            predicted = probe.seconds * len(self.subject.inputs) / probe.samples
            # The warm-up and one step, and about one for the memory.
            if 3 * predicted > share:
                values = {"precision": entry.precision.name, "seconds": predicted, "share": share}
                entry.error = {"key": "bench.precision_too_slow", "values": values}
                entry.cut_short, entry.probe = True, probe
                return
        entry.trainer.begin()
        for step in range(self.steps + 1):
            took, loss = entry.trainer.step()
            entry.losses.append(loss)
            entry.times += [took] if step else []  # the first is the warm-up
            # A step and a pass forward are still to come, for the memory.
            if entry.times and time.perf_counter() - begin + 2.5 * took > share:
                break
        entry.cut_short = len(entry.losses) <= self.steps
        entry.skipped = entry.trainer.skipped
        self._memory(entry)

    def _probe(self, entry: Entry) -> Probe:
        """A step with few samples, beside one of fp32 with as many; BatchNorm wants two."""
        samples = min(len(self.subject.inputs), max(2, min(len(self.subject.inputs) // 2, PROBE)))
        seconds = []
        for precision in (FP32, entry.precision):
            few = self._trainer(of_batch(self.subject, samples), precision)
            few.begin()
            few.step()
            seconds.append(few.step()[0])
        return Probe(samples, seconds[1], seconds[0])

    def _memory(self, entry: Entry) -> None:
        trainer = entry.trainer
        entry.peak = trainer.peak()
        entry.saved = self.subject.call(lambda: count_saved(trainer.forward, self.subject.module)[0])
        if entry.precision.dtype is not None:
            entry.weight_copies = weight_copy_bytes(self.subject, trainer, entry.precision.dtype)

    def _running(self) -> list[Entry]:
        """Those that take part in the rounds."""
        return [entry for entry in self.entries if entry.times and entry.median < HOPELESS * self.base.median]

    def _operations(self) -> list[dict[str, Any]]:
        """The table on a small part of the batch; and, for the reasons, the operations of the whole batch."""
        part = of_batch(self.subject, min(PART, len(self.subject.inputs)))
        trainers = [self._trainer(part, entry.precision) for entry in self.entries if entry.error is None]
        running = self._running()
        for trainer in trainers:
            trainer.begin()
        fast = {entry.precision for entry in running}
        table = compare_operations(trainers, lambda precision: self._passes(precision in fast))
        for entry in running:
            # Four passes; where the time is short the reasons go without them.
            if self.spent + 4 * entry.median < FIRST_SHARE * self.seconds:
                entry.trainer.begin()
                entry.operations = operation_seconds(entry.trainer)
        return table

    def _passes(self, fast: bool) -> int:
        """How often operations are timed once more; not at all where the time is up."""
        if self.spent > FIRST_SHARE * self.seconds:
            return 0
        return 3 if fast else 1

    def _round(self, turn: int) -> bool:
        """One turn of each precision, each time in another order.

        Returns:
            whether there was one: False = it is clear, or the time is up.
        """
        running = self._running()
        burst = max(1, min(20, round(BURST_SECONDS / max(self.base.median, 1e-9))))
        expected = sum(entry.median for entry in running) * (burst + 1)
        clear = turn >= ROUNDS[0] and not any(doubtful(entry.ratios) for entry in running[1:])
        if clear or len(running) < 2 or self.spent + expected > self.seconds:
            return False
        medians = {}
        for entry in running[turn % len(running) :] + running[: turn % len(running)]:
            entry.trainer.begin()
            entry.trainer.step()
            times = [entry.trainer.step()[0] for _ in range(burst)]
            entry.times += times
            medians[entry.precision] = statistics.median(times)
        for entry in running:
            entry.ratios.append(medians[FP32] / medians[entry.precision])
        return True

    def _measured(self, table: list[dict[str, Any]]) -> Measured:
        rows = [self._row(entry) for entry in self.entries]
        winner = max((row for row in rows if row["error"] is None), key=_advantage)
        return Measured(
            {
                "rows": rows,
                "operations": table,
                "winner": winner["precision"],
                "verdict": winner["verdict"],
                "hardware": {entry.precision.name: not entry.predicted_slow for entry in self.entries},
                "batch_size": len(self.subject.inputs),
                "table_batch_size": min(PART, len(self.subject.inputs)),
                "reason": explain_precisions(rows, self.entries, winner),
            }
        )


def _advantage(row: dict[str, Any]) -> float:
    """fp32 wins unless another is clearly faster: rounding has to be worth something."""
    return float(row["speedup"]) if row["verdict"] in ("faster", "much_faster") or row["precision"] == "fp32" else 0.0
