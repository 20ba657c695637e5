"""OPTIMIZERS: how a step changes the parameters. A new one is one entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from playground.registry import Registry


@dataclass(frozen=True)
class OptimizerType:
    """An optimizer of torch.optim.

    Args:
        name: also the class's name in torch.optim.
        fused: it has a fused kernel: all parameters in one call, about a fifth of the time on small networks.
        momentum: it takes the `momentum` of the config.
    """

    name: str
    fused: bool = True
    momentum: bool = False

    def arguments(self, learning_rate: float, weight_decay: float, momentum: float, *, fused: bool = True) -> dict[str, Any]:
        """Keyword arguments of the constructor, the same here and in the complete script.

        Args:
            fused: where there is such a kernel; not for a learner's own code, since it trusts the shapes of gradients.
        """
        arguments: dict[str, Any] = {"lr": learning_rate, "weight_decay": weight_decay}
        if self.momentum:
            arguments["momentum"] = momentum
            if self.name == "SGD" and momentum:
                arguments["nesterov"] = True
        if self.fused and fused:
            arguments["fused"] = True
        return arguments

    def make(self, parameters: Iterable[nn.Parameter], **settings: Any) -> torch.optim.Optimizer:
        return getattr(torch.optim, self.name)(parameters, **self.arguments(**settings))


OPTIMIZERS: Registry[OptimizerType] = Registry(
    "topic.optimizer",
    (
        OptimizerType("AdamW"),
        OptimizerType("Adam"),
        OptimizerType("SGD", momentum=True),
        OptimizerType("RMSprop", fused=False, momentum=True),
    ),
)
