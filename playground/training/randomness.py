"""Where a run's randomness comes from: only its seed and the step, never what ran before.

So the same config gives the same curve, and a run that is resumed or forked at step k goes on as if it had never stopped.
"""

from __future__ import annotations

import torch
from torch import Tensor

STEP_BITS = 32


def step_seed(seed: int, step: int) -> int:
    """The seed of one optimizer step (augmentation, dropout); `step` counts from 0."""
    return (seed << STEP_BITS) + step


def epoch_order(seed: int, epoch: int, count: int) -> Tensor:
    """The order in which an epoch goes through the training images: a permutation of 0 … count-1, int64."""
    generator = torch.Generator().manual_seed((seed << STEP_BITS) + (1 << STEP_BITS) - 1 - epoch)
    return torch.randperm(count, generator=generator)


def split_order(seed: int, count: int) -> Tensor:
    """The order by which images are chosen for training and validation: int64 permutation of 0 … count-1."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))
