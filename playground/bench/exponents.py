"""Where the gradients of a model lie among the numbers that fp16, bf16 and fp8 can hold, and what loss scaling moves."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from playground.bench.numbers import NUMBER_TYPES, shares
from playground.bench.precision_steps import SEED
from playground.bench.subject import Subject

DTYPES = ("float16", "bfloat16", "float8_e4m3fn", "float8_e5m2")
SCALES = range(25)
# Elements that are cast for every dtype and scale, evenly chosen from larger models.
MOST_CAST = 2**20


def gradient_exponents(subject: Subject) -> dict[str, Any]:
    """From one backward pass in fp32.

    Returns:
        bins: exponents e, ascending; counts: gradients with 2^e ≤ |g| < 2^(e+1); zeros; elements; parameters: [{name,
        counts (over the same bins), zeros, elements, median (of log2 |g|, None where all are 0)}]; ranges: {dtype:
        {smallest_subnormal, smallest_normal, largest} as log2}; scales: [{scale (its log2), <dtype>:
        {zero, subnormal, overflow: shares of the gradients that are not 0, times the scale, really cast}}];
        cast_elements: how many were cast for that.
    """
    gradients = _gradients(subject)
    everything = torch.cat([gradient.flatten() for gradient in gradients.values()])
    exponents = {name: _exponents(gradient) for name, gradient in gradients.items()}
    present = torch.cat(list(exponents.values()))
    low, high = (int(present.min()), int(present.max())) if len(present) else (0, 0)

    def counted(own: Tensor) -> list[int]:
        return torch.bincount(own - low, minlength=high - low + 1).tolist()  # type: ignore[no-any-return]

    nonzero = everything[(everything != 0) & everything.isfinite()]
    chosen = nonzero[:: math.ceil(len(nonzero) / MOST_CAST)] if len(nonzero) > MOST_CAST else nonzero
    return {
        "bins": list(range(low, high + 1)),
        "counts": counted(present),
        "zeros": int((everything == 0).sum()),
        "elements": everything.numel(),
        "parameters": [
            {
                "name": name,
                "counts": counted(exponents[name]),
                "zeros": int((gradient == 0).sum()),
                "elements": gradient.numel(),
                "median": _median(gradient),
            }
            for name, gradient in gradients.items()
        ],
        "ranges": {name: _range(name) for name in DTYPES},
        "scales": [
            {"scale": scale, **{name: shares(chosen * 2.0**scale, NUMBER_TYPES[name]) for name in DTYPES}}
            for scale in SCALES
        ],
        "cast_elements": len(chosen),
    }


def _gradients(subject: Subject) -> dict[str, Tensor]:
    """Of each parameter that has one, float32 on the CPU; the model is left without gradients and with its statistics."""
    initial = subject.network.state()

    def work() -> dict[str, Tensor]:
        subject.module.zero_grad(set_to_none=True)
        subject.loss().backward()
        named = subject.module.named_parameters()
        found = {name: one.grad.detach().float().cpu() for name, one in named if one.grad is not None}
        subject.module.zero_grad(set_to_none=True)
        return found

    torch.manual_seed(SEED)
    try:
        return subject.call(work)  # type: ignore[no-any-return]
    finally:
        subject.network.load(initial)  # BatchNorm has moved its running statistics


def _exponents(gradient: Tensor) -> Tensor:
    """floor(log2 |g|) of what is neither 0 nor infinite, int64, exactly."""
    given = gradient[(gradient != 0) & gradient.isfinite()]
    return (torch.frexp(given).exponent - 1).long()


def _median(gradient: Tensor) -> float | None:
    given = gradient[(gradient != 0) & gradient.isfinite()].abs()
    return float(given.median().log2()) if len(given) else None


def _range(name: str) -> dict[str, float]:
    kind = NUMBER_TYPES[name]
    return {part: math.log2(getattr(kind, part)) for part in ("smallest_subnormal", "smallest_normal", "largest")}
