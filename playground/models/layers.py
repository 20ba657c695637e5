"""LAYERS: every layer type that a model may hold. A new one is one entry."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from torch import nn

from playground.registry import Registry


@dataclass(frozen=True)
class LayerType:
    """A kind of layer: its name in torch.nn and the module class behind it.

    `container`: it holds layers of its own and is written as `nn.Sequential(...)`.
    """

    name: str
    module: type[nn.Module]
    container: bool = False

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The constructor's arguments by name, as torch declares them (device and dtype are ours to choose)."""
        signature = inspect.signature(self.module.__init__)
        return {
            name: parameter
            for name, parameter in signature.parameters.items()
            if name not in ("self", "device", "dtype", "args", "kwargs")
        }

    def required(self) -> tuple[str, ...]:
        return tuple(name for name, parameter in self.parameters().items() if parameter.default is parameter.empty)

    def default(self, name: str) -> Any:
        return self.parameters()[name].default


LAYERS: Registry[LayerType] = Registry(
    "topic.layer",
    (
        LayerType("Sequential", nn.Sequential, container=True),
        LayerType("Flatten", nn.Flatten),
        LayerType("Linear", nn.Linear),
        LayerType("Conv2d", nn.Conv2d),
        LayerType("MaxPool2d", nn.MaxPool2d),
        LayerType("AvgPool2d", nn.AvgPool2d),
        LayerType("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d),
        LayerType("BatchNorm1d", nn.BatchNorm1d),
        LayerType("BatchNorm2d", nn.BatchNorm2d),
        LayerType("LayerNorm", nn.LayerNorm),
        LayerType("Dropout", nn.Dropout),
        LayerType("Dropout2d", nn.Dropout2d),
        LayerType("ReLU", nn.ReLU),
        LayerType("LeakyReLU", nn.LeakyReLU),
        LayerType("GELU", nn.GELU),
        LayerType("SiLU", nn.SiLU),
        LayerType("Sigmoid", nn.Sigmoid),
        LayerType("Tanh", nn.Tanh),
    ),
)
