"""Three ways to accumulate gradients wrongly, each really run on the learner's model, beside what mends it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from playground.bench.accumulation_gradients import (
    accumulate,
    chunk_sizes,
    comparison_mode,
    flat_gradient,
    has_batch_norm,
    relative_error,
    set_batch_norm,
)
from playground.bench.subject import Subject

PIECES = 4


def run_traps(subject: Subject) -> list[dict[str, Any]]:
    """{trap, micro_batches, sizes, gradient_error: relative to the gradient of the whole batch, norm_ratio: |wrong| /
    |right|, fixed_error: the error with the mistake mended, explained: a sentence}.

    `unequal_last`: a smaller last micro-batch counts as much as the others; mended by weights of size / samples.
    `forgotten_division`: losses are added up without / k; mended by / k.
    `batch_norm`: each micro-batch is normalised with its own statistics; mended by running statistics (BatchNorm in eval
    mode). Where there is no BatchNorm the figures are None. A batch too small for a trap leaves it out.
    """
    samples = len(subject.inputs)
    traps = []
    if samples >= 3:
        # Three quarters and the rest: as the end of a data set that the micro-batch's size does not divide.
        large = min(samples - 1, max(samples - samples // 4, samples // 2 + 1))
        sizes = [large, samples - large]
        traps.append(_weighted(subject, "unequal_last", sizes, [1 / len(sizes)] * len(sizes)))
    if samples >= 2:
        sizes = chunk_sizes(samples, min(PIECES, samples))
        traps.append(_weighted(subject, "forgotten_division", sizes, [1.0] * len(sizes)))
    if samples >= 4:  # two samples at least in each: BatchNorm1d takes no single one
        traps.append(_batch_norm(subject, chunk_sizes(samples, min(PIECES, samples // 2))))
    return traps


def _weighted(subject: Subject, trap: str, sizes: list[int], weights: list[float]) -> dict[str, Any]:
    right = [size / sum(sizes) for size in sizes]
    whole = _gradient(subject, [sum(sizes)], [1.0])
    return _row(trap, sizes, _gradient(subject, sizes, weights), _gradient(subject, sizes, right), whole, whole)


def _batch_norm(subject: Subject, sizes: list[int]) -> dict[str, Any]:
    if not subject.call(has_batch_norm, subject.module):
        row = dict.fromkeys(("gradient_error", "norm_ratio", "fixed_error"))
        explained = {"key": "bench.trap_no_batch_norm", "values": {}}
        return {"trap": "batch_norm", "micro_batches": len(sizes), "sizes": sizes, **row, "explained": explained}
    weights = [size / sum(sizes) for size in sizes]
    running = subject.network.state()
    try:
        whole = _gradient(subject, [sum(sizes)], [1.0], batch_norm=True)
        wrong = _gradient(subject, sizes, weights, batch_norm=True)
    finally:
        subject.network.load(running)  # training mode has moved the running statistics
    fixed_whole, fixed = _gradient(subject, [sum(sizes)], [1.0]), _gradient(subject, sizes, weights)
    return _row("batch_norm", sizes, wrong, fixed, whole, fixed_whole)


def _row(trap: str, sizes: list[int], wrong: Tensor, fixed: Tensor, whole: Tensor, fixed_whole: Tensor) -> dict[str, Any]:
    error = relative_error(wrong, whole)
    ratio = float(wrong.norm() / whole.norm()) if float(whole.norm()) else None
    repaired = relative_error(fixed, fixed_whole)
    values = {"error": error, "ratio": ratio or 0.0, "fixed": repaired, "sizes": " + ".join(map(str, sizes))}
    return {
        "trap": trap,
        "micro_batches": len(sizes),
        "sizes": sizes,
        "gradient_error": error,
        "norm_ratio": ratio,
        "fixed_error": repaired,
        "explained": {"key": f"bench.trap_{trap}", "values": values},
    }


def _gradient(subject: Subject, sizes: list[int], weights: list[float], *, batch_norm: bool = False) -> Tensor:
    """In float64, (parameters,); `batch_norm`: with the statistics of each micro-batch, as in training."""

    def work() -> Tensor:
        comparison_mode(subject.module)
        set_batch_norm(subject.module, training=batch_norm)
        accumulate(subject, sizes, weights)
        return flat_gradient(subject.module)

    try:
        return subject.call(work)  # type: ignore[no-any-return]
    finally:
        subject.call(subject.module.train)
