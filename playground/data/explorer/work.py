"""What children do for the data explorer."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch

from playground.data.explorer.draws import show_draws
from playground.errors import PlaygroundError
from playground.limits import Limits
from playground.tensors.work import Answered


def draw_in_child(limits: Limits) -> Generator[Answered, Any, None]:
    """The first answer is empty; then each question holds the arguments of `show_draws`."""
    torch.set_num_threads(1)
    question = yield Answered({}, None)
    while True:
        try:
            answer = Answered(show_draws(**question), None)
        except PlaygroundError as error:
            answer = Answered({}, error)
        question = yield answer
