"""Mistakes with a GradScaler, each really made on a tiny model, beside the code that does it right."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

# The code below is run as it is shown; all of it stands in this file, none comes from a learner.
PREPARE = """import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
x = torch.ones(2, 4)

with torch.autocast("cpu", torch.float16):
    loss = model(x).float().square().mean()
scaler.scale(loss).backward()
"""


@dataclass(frozen=True)
class Mistake:
    """Args:
    code: what is wrong; right: what is right. Both run after `prepare`.
    measured: names of numbers that both leave behind and that show the effect; none where torch raises an error.
    """

    name: str
    code: str
    right: str
    measured: tuple[str, ...] = ()
    prepare: str = PREPARE


# The norm is that of what the optimizer would apply: unscale_ divides by the scale afterwards.
_CLIP = """nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.1)
"""
_APPLIED = """applied_norm = float(nn.utils.get_total_norm([p.grad for p in model.parameters()]))
scaler.step(optimizer)
scaler.update()
"""

MISTAKES = (
    Mistake(
        "clip_before_unscale",
        f"{_CLIP}scaler.unscale_(optimizer)\n{_APPLIED}",
        f"scaler.unscale_(optimizer)\n{_CLIP}{_APPLIED}",
        ("applied_norm",),
    ),
    Mistake(
        "unscale_twice",
        """scaler.unscale_(optimizer)
scaler.unscale_(optimizer)
scaler.step(optimizer)
scaler.update()
""",
        """scaler.unscale_(optimizer)
scaler.step(optimizer)
scaler.update()
""",
    ),
    Mistake(
        "step_twice",
        """scaler.step(optimizer)
scaler.step(optimizer)
scaler.update()
""",
        """scaler.step(optimizer)
scaler.update()
""",
    ),
    Mistake(
        "update_without_step",
        """scaler.update()
""",
        """scaler.step(optimizer)
scaler.update()
""",
    ),
    Mistake(
        "scheduler_on_skipped",
        """scaler.step(optimizer)
scaler.update()
scheduler.step()
learning_rate = optimizer.param_groups[0]["lr"]
weights_moved = float((model.weight.detach() - before).abs().max())
""",
        """scale = scaler.get_scale()
scaler.step(optimizer)
scaler.update()
if scaler.get_scale() >= scale:
    scheduler.step()
learning_rate = optimizer.param_groups[0]["lr"]
weights_moved = float((model.weight.detach() - before).abs().max())
""",
        ("learning_rate", "weights_moved"),
        PREPARE.replace('GradScaler("cpu")', 'GradScaler("cpu", init_scale=2.0**60)').replace(
            "x = torch.ones(2, 4)\n",
            "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)\n"
            "x = torch.ones(2, 4)\nbefore = model.weight.detach().clone()\n",
        ),
    ),
    Mistake(
        "fp16_parameters",
        """scaler.step(optimizer)
scaler.update()
""",
        """scaler.step(optimizer)
scaler.update()
""",
        (),
        PREPARE.replace("nn.Linear(4, 4)", "nn.Linear(4, 4).half()"),
    ),
)
# What is right there is the model itself: its parameters stay float32, and autocast casts them.
RIGHT_PREPARE = {"fp16_parameters": PREPARE}


def show_mistakes() -> list[dict[str, Any]]:
    """Run them all, wrong and right.

    Returns:
        {mistake, code (complete: what was run), wrong_lines (the part of it after what is common), happened: {error: "type:
        text" or "", warnings, measured: {name: number}}, explained: a key of the words, right_code, right_lines,
        right_happened} each.
    """
    return [_shown(mistake) for mistake in MISTAKES]


def _shown(mistake: Mistake) -> dict[str, Any]:
    code = f"{mistake.prepare}\n{mistake.code}"
    right = f"{RIGHT_PREPARE.get(mistake.name, mistake.prepare)}\n{mistake.right}"
    return {
        "mistake": mistake.name,
        "code": code,
        "wrong_lines": mistake.code,
        "happened": run_code(code, mistake.measured),
        "explained": f"bench.mistake_{mistake.name}",
        "right_code": right,
        "right_lines": mistake.right,
        "right_happened": run_code(right, mistake.measured),
    }


def run_code(code: str, measured: tuple[str, ...]) -> dict[str, Any]:
    """Execute code of this file and tell what happened: {error, warnings, measured}."""
    names: dict[str, Any] = {}
    error = ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(code, "<mistake>", "exec", dont_inherit=True), names)
        except Exception as raised:  # whatever torch says to the mistake is what is shown
            error = f"{type(raised).__name__}: {raised}"
    found = {name: float(names[name]) for name in measured if name in names}
    return {
        "error": error,
        "warnings": [str(one.message) for one in caught],
        "measured": {name: value if math.isfinite(value) else str(value) for name, value in found.items()},
    }
