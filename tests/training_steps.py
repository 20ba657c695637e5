"""Training steps without a run around them."""

from __future__ import annotations

from typing import Any

import pytest


def take(step: Any) -> Any:
    """What a step of `TrainingRun.train_step` gives that is not in slow motion: such a step tells nothing on its way."""
    with pytest.raises(StopIteration) as end:
        next(step)
    return end.value.value
