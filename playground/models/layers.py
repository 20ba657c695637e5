"""LAYERS: every layer type that a model may hold. A new one is one entry."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from playground.models import blocks
from playground.registry import Registry

Shape = tuple[int, ...]
# What is inferred from the shape of one batch: (batch, …).
LAST: Callable[[Shape], Any] = lambda shape: shape[-1]  # noqa: E731
CHANNELS: Callable[[Shape], Any] = lambda shape: shape[1]  # noqa: E731
STEPS: Callable[[Shape], Any] = lambda shape: shape[1]  # noqa: E731
DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html"


@dataclass(frozen=True)
class LayerType:
    """A kind of layer.

    Args:
        name: as specs and learners write it; for layers of torch.nn its name there.
        module: the class behind it. What it is called in code is the class's own name.
        group: under which heading it is offered; a key of the catalogue, `layer_group.<group>`.
        inferred: arguments that follow from what comes in, each from the shape of a batch: nobody types them.
        fixed: arguments that are always the same here.
        suggested: the values that a new layer begins with.
        example: the shape of one sample that it takes.
        container: it holds layers of its own.
    """

    name: str
    module: type[nn.Module]
    group: str
    inferred: Mapping[str, Callable[[Shape], Any]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    suggested: Mapping[str, Any] = field(default_factory=dict)
    example: Shape = (16,)
    container: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the class is ours, so that a script must bring it along."""
        return self.module.__module__ == blocks.__name__

    @property
    def code_name(self) -> str:
        """How code calls the class."""
        return self.module.__name__ if self.is_own else f"nn.{self.module.__name__}"

    @property
    def link(self) -> str:
        """PyTorch's page of it, or of what it is built on."""
        base = next((kind for kind in self.module.__mro__ if kind.__module__.startswith("torch.nn")), nn.Module)
        return DOCS.format(name=base.__name__)

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The constructor's arguments by name, as torch declares them (device and dtype are ours to choose)."""
        kind: type = self.module
        if self.container and "__init__" not in kind.__dict__:
            return {}
        while "__init__" not in kind.__dict__:
            kind = kind.__mro__[1]
        if issubclass(kind, nn.RNNBase):
            # Their own signature is (*args, **kwargs); these are the names that the documentation gives.
            return {name: parameter for name, parameter in _RECURRENT.items() if name not in self.fixed}
        signature = inspect.signature(kind.__init__)
        left_out = ("self", "device", "dtype", "args", "kwargs", "make", *self.fixed)
        return {name: parameter for name, parameter in signature.parameters.items() if name not in left_out}

    def required(self) -> tuple[str, ...]:
        return tuple(name for name, parameter in self.parameters().items() if parameter.default is parameter.empty)

    def default(self, name: str) -> Any:
        return self.parameters()[name].default


def _recurrent(input_size, hidden_size, num_layers=1, bias=True, dropout=0.0, bidirectional=False):  # type: ignore[no-untyped-def]
    """The arguments of RNN, LSTM and GRU that make sense in a list of layers."""


_RECURRENT = dict(inspect.signature(_recurrent).parameters)
CHANNELED = {"in_channels": CHANNELS}
SEQUENCE = {"batch_first": True}
IMAGE, STEPPED = (3, 12, 12), (10, 16)

LAYERS: Registry[LayerType] = Registry(
    "topic.layer",
    (
        LayerType("Sequential", nn.Sequential, "structure", container=True),
        LayerType("Residual", blocks.Residual, "structure", container=True),
        LayerType("Repeat", blocks.Repeat, "structure", suggested={"times": 2}, container=True),
        LayerType("Flatten", nn.Flatten, "structure", example=IMAGE),
        LayerType(
            "Unflatten", nn.Unflatten, "structure", suggested={"dim": 1, "unflattened_size": (1, 28, 28)}, example=(784,)
        ),
        LayerType("Linear", nn.Linear, "linear", {"in_features": LAST}, suggested={"out_features": 64}),
        LayerType(
            "Embedding",
            nn.Embedding,
            "linear",
            suggested={"num_embeddings": 32, "embedding_dim": 16},
            example=(10,),
        ),
        LayerType("Tokens", blocks.Tokens, "linear", suggested={"levels": 32}, example=(10,)),
        LayerType(
            "Conv1d",
            nn.Conv1d,
            "convolution",
            CHANNELED,
            suggested={"out_channels": 16, "kernel_size": 3, "padding": 1},
            example=(4, 20),
        ),
        LayerType(
            "Conv2d",
            nn.Conv2d,
            "convolution",
            CHANNELED,
            suggested={"out_channels": 16, "kernel_size": 3, "padding": 1},
            example=IMAGE,
        ),
        LayerType(
            "Conv3d",
            nn.Conv3d,
            "convolution",
            CHANNELED,
            suggested={"out_channels": 8, "kernel_size": 3, "padding": 1},
            example=(2, 6, 8, 8),
        ),
        LayerType(
            "ConvTranspose2d",
            nn.ConvTranspose2d,
            "convolution",
            CHANNELED,
            suggested={"out_channels": 8, "kernel_size": 2, "stride": 2},
            example=IMAGE,
        ),
        LayerType("MaxPool2d", nn.MaxPool2d, "pooling", suggested={"kernel_size": 2}, example=IMAGE),
        LayerType("AvgPool2d", nn.AvgPool2d, "pooling", suggested={"kernel_size": 2}, example=IMAGE),
        LayerType("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d, "pooling", suggested={"output_size": 1}, example=IMAGE),
        LayerType("BatchNorm1d", nn.BatchNorm1d, "normalisation", {"num_features": CHANNELS}),
        LayerType("BatchNorm2d", nn.BatchNorm2d, "normalisation", {"num_features": CHANNELS}, example=IMAGE),
        LayerType("LayerNorm", nn.LayerNorm, "normalisation", {"normalized_shape": LAST}),
        LayerType(
            "GroupNorm",
            nn.GroupNorm,
            "normalisation",
            {"num_channels": CHANNELS},
            suggested={"num_groups": 4},
            example=(8, 6, 6),
        ),
        LayerType("Dropout", nn.Dropout, "normalisation", suggested={"p": 0.2}),
        LayerType("Dropout2d", nn.Dropout2d, "normalisation", suggested={"p": 0.2}, example=IMAGE),
        LayerType(
            "RNN", blocks.RNNSequence, "sequence", {"input_size": LAST}, SEQUENCE, {"hidden_size": 64}, example=STEPPED
        ),
        LayerType(
            "LSTM", blocks.LSTMSequence, "sequence", {"input_size": LAST}, SEQUENCE, {"hidden_size": 64}, example=STEPPED
        ),
        LayerType(
            "GRU", blocks.GRUSequence, "sequence", {"input_size": LAST}, SEQUENCE, {"hidden_size": 64}, example=STEPPED
        ),
        LayerType("LastStep", blocks.LastStep, "sequence", example=STEPPED),
        LayerType("MeanOverSteps", blocks.MeanOverSteps, "sequence", example=STEPPED),
        LayerType(
            "MultiheadAttention",
            blocks.SelfAttention,
            "sequence",
            {"embed_dim": LAST},
            SEQUENCE,
            {"num_heads": 4},
            example=STEPPED,
        ),
        LayerType(
            "TransformerEncoderLayer",
            nn.TransformerEncoderLayer,
            "sequence",
            {"d_model": LAST},
            SEQUENCE,
            {"nhead": 4, "dim_feedforward": 128},
            example=STEPPED,
        ),
        LayerType(
            "PositionalEmbedding",
            blocks.PositionalEmbedding,
            "sequence",
            {"steps": STEPS, "features": LAST},
            example=STEPPED,
        ),
        LayerType(
            "Patches",
            blocks.Patches,
            "sequence",
            CHANNELED,
            suggested={"features": 32, "patch_size": 4},
            example=IMAGE,
        ),
        *(
            LayerType(kind.__name__, kind, "activation")
            for kind in (nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh)
        ),
        LayerType("Softmax", nn.Softmax, "activation", suggested={"dim": -1}),
    ),
)
