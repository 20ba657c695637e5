"""Finite differences of one captured call, with a step that shrinks until the function looks smooth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from playground.autograd.captured import Captured

# Truncation of the five-point stencil is about h⁴ and rounding about 1e-16 / h: they meet at 1e-3 of an ordinary number.
# A power of two, so that x + h is seldom rounded.
FIRST_STEP = 2.0**-10
SHRINK = 2.0**-4
STEPS = 5
BENT = 1e-4  # estimates with h and 2h that differ by this: the five points' own error is about its square
BROKEN = 1e-6  # slopes to the left and right that differ by this: a kink


def differentiate(
    call: Captured, position: int, elements: Tensor, weights: Sequence[Tensor | None], largest: float
) -> tuple[Tensor, Tensor]:
    """∂L/∂x for some elements of one input, where L = Σ weight · output.

    Args:
        position: of the input among the leaves of the call.
        elements: (count,) int64, numbers in its flat order.
        weights: ∂L/∂output for each output, or None.
        largest: |gradient| that counts as large: what is much smaller than it need not be resolved.

    Returns:
        (derivative, terms), both (count,) float64: NaN where the function has a kink or a jump within the smallest step;
        Σ |weight · ∂output/∂x|, what the derivative was before its terms cancelled.
    """
    point = call.leaves[position]
    flat = point.reshape(-1)
    finite = flat[flat.isfinite()]
    typical = (finite.square().mean().sqrt().item() if len(finite) else 0.0) or 1.0
    base = call.run()
    used = [place for place, weight in enumerate(weights) if weight is not None]

    def move(element: int, step: float) -> list[Tensor]:
        """Weight · (output − output at the point): the difference is taken before the sum, which would round it away."""
        moved = point.clone()
        moved.reshape(-1)[element] += step
        outputs = call.run([*call.leaves[:position], moved, *call.leaves[position + 1 :]])
        return [weights[place] * (outputs[place] - base[place]) for place in used]  # type: ignore[operator]

    derivatives = torch.full((len(elements),), math.nan, dtype=torch.float64)
    terms = torch.zeros(len(elements), dtype=torch.float64)
    for place, element in enumerate(elements.tolist()):
        if not flat[element].isfinite():
            continue
        step = 2.0 ** math.floor(math.log2(FIRST_STEP * max(abs(flat[element].item()), typical)))
        for _ in range(STEPS):
            parts = {times: move(element, times * step) for times in (-2, -1, 1, 2)}
            at = {times: sum(part.sum().item() for part in several) for times, several in parts.items()}
            spread = sum((up - down).abs().sum().item() for up, down in zip(parts[1], parts[-1], strict=True)) / (2 * step)
            near, far = (at[1] - at[-1]) / (2 * step), (at[2] - at[-2]) / (4 * step)
            # (f(h) − 2·f(0) + f(−h)) / h halves with h where f is smooth, and stays where it has a kink.
            jump = 2 * (at[1] + at[-1]) / step - (at[2] + at[-2]) / (2 * step)
            scale = max(largest, 1e-3 * spread)
            if abs(near - far) <= BENT * scale and abs(jump) <= BROKEN * scale:
                derivatives[place], terms[place] = (4 * near - far) / 3, spread
                break
            step *= SHRINK
    return derivatives, terms
