"""Edits: what if the gradient that reaches a node were another one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.autograd.stepping import Gradients
from playground.errors import InputError
from playground.registry import shorten

EDITS = ("scale", "zero", "clip", "noise", "nan")
EDITS_MOST = 50
AMOUNT_MOST = 1e30


@dataclass(frozen=True)
class Edit:
    """What if the gradient that reaches a node were another one.

    Args:
        backward: number of the pass; node: id of the node.
        kind: scale (times amount), zero, clip (to ±amount), noise (normal, with that standard deviation), nan.
    """

    backward: int
    node: int
    kind: str
    amount: float = 0.0

    def apply(self, gradients: Gradients) -> Gradients:
        return [None if gradient is None else self._changed(gradient) for gradient in gradients]

    def _changed(self, gradient: Tensor) -> Tensor:
        if self.kind == "zero":
            return torch.zeros_like(gradient)
        if self.kind == "clip":
            return gradient.clamp(-abs(self.amount), abs(self.amount))
        if self.kind == "noise":
            generator = torch.Generator(gradient.device).manual_seed(self.node)
            noise = torch.randn(gradient.shape, generator=generator, dtype=gradient.dtype, device=gradient.device)
            return gradient + self.amount * noise
        return gradient * (math.nan if self.kind == "nan" else self.amount)


def read_edits(wishes: object) -> list[Edit]:
    """Edits as they come from the page.

    Raises:
        InputError: no list of {backward, node, kind, amount}.
    """
    if not isinstance(wishes, list) or len(wishes) > EDITS_MOST:
        raise InputError("autograd.bad_edit", got=shorten(wishes))
    return [_read_edit(wish) for wish in wishes]


def _read_edit(wish: Any) -> Edit:
    given: dict[str, Any] = wish if isinstance(wish, dict) else {}
    backward, node, amount, kind = given.get("backward", 0), given.get("node", -1), given.get("amount", 0), given.get("kind")
    whole = all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in (backward, node))
    if not whole or not isinstance(amount, (int, float)) or not abs(amount) < AMOUNT_MOST or kind not in EDITS:
        raise InputError("autograd.bad_edit", got=shorten(wish))
    return Edit(backward, node, kind, float(amount))
