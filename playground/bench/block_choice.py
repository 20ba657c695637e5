"""choose_blocks: which blocks to checkpoint for a budget. The script of the benchmark brings these very lines along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# The choices that are looked at together, at most.
STATES = 1000


@dataclass(frozen=True)
class State:
    """A choice among the blocks that came so far: what it frees, in bytes, what it costs, and which they are."""

    freed: int
    seconds: float
    chosen: tuple[int, ...] = ()


def choose_blocks(per_block: Sequence[dict[str, Any]], budget_bytes: int) -> dict[str, Any]:
    """The blocks whose recomputation takes least, so that no moment of the step needs more than the budget.

    While the pass works on a block, forward or backward, the blocks before it hold what they have saved: checkpointing these
    is what makes that moment smaller. A block itself is whole again when the backward pass comes to it.

    Args:
        per_block: in the order of the forward pass {peak_bytes: most that is alive while the plain step works on it,
            freed_bytes: what it holds less when it is checkpointed, forward_seconds: of computing it again}.

    Returns:
        {blocks: places in `per_block`, predicted_peak_bytes, extra_seconds, fits}; where nothing fits, all blocks that free
        anything.
    """
    states = [State(0, 0.0)]
    for place, block in enumerate(per_block):
        states = [state for state in states if block["peak_bytes"] - state.freed <= budget_bytes]
        if block["freed_bytes"] > 0:
            more = [
                State(state.freed + block["freed_bytes"], state.seconds + block["forward_seconds"], (*state.chosen, place))
                for state in states
            ]
            states = best_states([*states, *more])
    fits = bool(states)
    if fits:
        chosen = min(states, key=lambda state: (state.seconds, -state.freed)).chosen
    else:
        chosen = tuple(place for place, block in enumerate(per_block) if block["freed_bytes"] > 0)
    return {
        "blocks": list(chosen),
        "predicted_peak_bytes": predict_peak(per_block, chosen),
        "extra_seconds": sum(per_block[place]["forward_seconds"] for place in chosen),
        "fits": fits,
    }


def predict_peak(per_block: Sequence[dict[str, Any]], chosen: Sequence[int]) -> int:
    """The peak of a step with these blocks checkpointed, in bytes; see `choose_blocks`."""
    freed, peak = 0, 0
    for place, block in enumerate(per_block):
        peak = max(peak, block["peak_bytes"] - freed)
        if place in chosen:
            freed += block["freed_bytes"]
    return peak


def best_states(states: list[State]) -> list[State]:
    """Those that no other beats in both; of very many one in each of STATES steps of bytes, so that the work stays small."""
    found: list[State] = []
    for state in sorted(states, key=lambda state: (-state.freed, state.seconds)):
        if not found or state.seconds < found[-1].seconds:
            found.append(state)
    if len(found) <= STATES:
        return found
    step = found[0].freed / STATES
    cheapest = {round(state.freed / step): state for state in found}
    return list(cheapest.values())
