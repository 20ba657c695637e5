"""Modules that a list of layers needs and torch.nn lacks: each takes one tensor and gives one tensor.

Their source is part of the scripts that use them, so each class stands for itself and needs `torch` and `nn` alone.
"""

from __future__ import annotations

import torch
from torch import nn


class Residual(nn.Sequential):
    """x + layers(x); both must have the same shape."""

    def forward(self, x):
        return x + super().forward(x)


class Repeat(nn.Sequential):
    """The same stack of layers several times, each with parameters of its own."""

    def __init__(self, make, times):
        super().__init__(*(make() for _ in range(times)))


class RNNSequence(nn.RNN):
    """nn.RNN on (batch, steps, features) that gives the outputs of all steps, without the last state."""

    def forward(self, x):
        return super().forward(x)[0]


class LSTMSequence(nn.LSTM):
    """nn.LSTM on (batch, steps, features) that gives the outputs of all steps, without the last states."""

    def forward(self, x):
        return super().forward(x)[0]


class GRUSequence(nn.GRU):
    """nn.GRU on (batch, steps, features) that gives the outputs of all steps, without the last state."""

    def forward(self, x):
        return super().forward(x)[0]


class SelfAttention(nn.MultiheadAttention):
    """nn.MultiheadAttention of a sequence (batch, steps, features) to itself."""

    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]


class PositionalEmbedding(nn.Module):
    """Adds a learned vector to each step of (batch, steps, features), so that the order of the steps counts."""

    def __init__(self, steps, features):
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(steps, features))

    def forward(self, x):
        return x + self.weight

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"


class Patches(nn.Conv2d):
    """Cuts images (batch, channels, height, width) into squares and gives each as a vector: (batch, patches, features)."""

    def __init__(self, in_channels, features, patch_size):
        super().__init__(in_channels, features, patch_size, stride=patch_size)

    def forward(self, x):
        return super().forward(x).flatten(2).transpose(1, 2)


class LastStep(nn.Module):
    """The last step of a sequence: (batch, steps, features) to (batch, features)."""

    def forward(self, x):
        return x[:, -1]


class MeanOverSteps(nn.Module):
    """The mean over the steps of a sequence: (batch, steps, features) to (batch, features)."""

    def forward(self, x):
        return x.mean(dim=1)


class Tokens(nn.Module):
    """Whole numbers for an Embedding: greys from 0 to 1 become the levels 0 to levels - 1."""

    def __init__(self, levels):
        super().__init__()
        self.levels = levels

    def forward(self, x):
        return (x * self.levels).long().clamp(0, self.levels - 1)

    def extra_repr(self):
        return str(self.levels)
