"""PRESETS: the networks of the course, our own `Fast`, and others that one should have seen. A new one is one entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.models.spec import LayerSpec, ModelSpec
from playground.registry import Registry


@dataclass(frozen=True)
class Preset:
    """A ready model (`words`: `preset.<name>` says it in a sentence). `classifies`: it gives one number per class."""

    spec: ModelSpec
    classifies: bool = True

    @property
    def name(self) -> str:
        return self.spec.name


def layer(type_: str, name: str = "", **arguments: Any) -> LayerSpec:
    return LayerSpec(type_, name, arguments)


def sequential(name: str, *layers: LayerSpec) -> LayerSpec:
    return LayerSpec("Sequential", name, {}, layers)


def convolution(in_channels: int, out_channels: int, **arguments: Any) -> LayerSpec:
    return layer("Conv2d", in_channels=in_channels, out_channels=out_channels, kernel_size=3, padding=1, **arguments)


def linear(in_features: int, out_features: int, name: str = "") -> LayerSpec:
    return layer("Linear", name, in_features=in_features, out_features=out_features)


def _norm_relu_dropout(features: int, place: str, p: float) -> tuple[LayerSpec, ...]:
    return (
        layer("BatchNorm1d", f"bn{place}", num_features=features),
        layer("ReLU", f"relu{place}"),
        layer("Dropout", f"dropout{place}", p=p),
    )


def _two_convolutions(in_channels: int, out_channels: int) -> tuple[LayerSpec, ...]:
    """A block of MNISTNet: convolution, BatchNorm, ReLU, twice; then halve the picture and drop whole channels."""
    return (
        convolution(in_channels, out_channels),
        layer("BatchNorm2d", num_features=out_channels),
        layer("ReLU", inplace=True),
        convolution(out_channels, out_channels),
        layer("BatchNorm2d", num_features=out_channels),
        layer("ReLU", inplace=True),
        layer("MaxPool2d", kernel_size=2, stride=2),
        layer("Dropout2d", p=0.25),
    )


LINEAR = ModelSpec("Linear", (layer("Flatten", "flatten"), linear(784, 10, "linear")))

MLP = ModelSpec(
    "MLP",
    (
        layer("Flatten", "flatten"),
        linear(784, 256, "fc1"),
        *_norm_relu_dropout(256, "1", 0.1),
        linear(256, 256, "fc2"),
        *_norm_relu_dropout(256, "2", 0.1),
        linear(256, 10, "fc3"),
    ),
)

# The chapter's Sequential takes flat vectors. Flatten comes last in the naming, not first, so that the parameters keep the
# chapter's numbers: 0.weight is the first Linear.
SEQUENTIAL = ModelSpec(
    "Sequential",
    (
        layer("Flatten", "flatten"),
        *(
            LayerSpec(entry.type, str(place), entry.arguments)
            for place, entry in enumerate(
                (
                    linear(784, 256),
                    layer("BatchNorm1d", num_features=256),
                    layer("ReLU"),
                    layer("Dropout", p=0.2),
                    linear(256, 128),
                    layer("BatchNorm1d", num_features=128),
                    layer("ReLU"),
                    layer("Dropout", p=0.2),
                    linear(128, 10),
                )
            )
        ),
    ),
)

SIMPLE_CNN = ModelSpec(
    "SimpleCNN",
    (
        sequential(
            "conv_layers",
            convolution(1, 32),
            layer("BatchNorm2d", num_features=32),
            layer("ReLU"),
            layer("MaxPool2d", kernel_size=2, stride=2),
            convolution(32, 64),
            layer("BatchNorm2d", num_features=64),
            layer("ReLU"),
            layer("MaxPool2d", kernel_size=2, stride=2),
        ),
        sequential(
            "fc_layers",
            layer("Flatten"),
            linear(64 * 7 * 7, 128),
            layer("ReLU"),
            layer("Dropout", p=0.5),
            linear(128, 10),
        ),
    ),
)

MNIST_NET = ModelSpec(
    "MNISTNet",
    (
        sequential("features", *_two_convolutions(1, 32), *_two_convolutions(32, 64)),
        sequential(
            "classifier",
            layer("Flatten"),
            linear(64 * 7 * 7, 256),
            layer("ReLU", inplace=True),
            layer("Dropout", p=0.25),
            linear(256, 10),
        ),
    ),
    initialization="kaiming",
)

# Ours: on a CPU the maps of 28×28 cost most, so the first convolution strides over them, and pooling comes before BatchNorm.
FAST = ModelSpec(
    "Fast",
    (
        sequential(
            "features",
            layer("Conv2d", in_channels=1, out_channels=16, kernel_size=5, stride=2, bias=False),
            layer("BatchNorm2d", num_features=16),
            layer("ReLU"),
            layer("Conv2d", in_channels=16, out_channels=32, kernel_size=3, bias=False),
            layer("MaxPool2d", kernel_size=2),
            layer("BatchNorm2d", num_features=32),
            layer("ReLU"),
            layer("Conv2d", in_channels=32, out_channels=64, kernel_size=3, bias=False),
            layer("BatchNorm2d", num_features=64),
            layer("ReLU"),
        ),
        sequential("classifier", layer("Flatten"), linear(64 * 3 * 3, 10)),
    ),
)

LENET5 = ModelSpec(
    "LeNet5",
    (
        layer("Conv2d", "conv1", in_channels=1, out_channels=6, kernel_size=5, padding=2),
        layer("Tanh", "tanh1"),
        layer("AvgPool2d", "pool1", kernel_size=2),
        layer("Conv2d", "conv2", in_channels=6, out_channels=16, kernel_size=5),
        layer("Tanh", "tanh2"),
        layer("AvgPool2d", "pool2", kernel_size=2),
        layer("Flatten", "flatten"),
        linear(400, 120, "fc1"),
        layer("Tanh", "tanh3"),
        linear(120, 84, "fc2"),
        layer("Tanh", "tanh4"),
        linear(84, 10, "fc3"),
    ),
)


def _residual(channels: int, name: str) -> LayerSpec:
    """Two convolutions beside a way around them."""
    inside = (
        convolution(channels, channels, bias=False),
        layer("BatchNorm2d", num_features=channels),
        layer("ReLU"),
        convolution(channels, channels, bias=False),
        layer("BatchNorm2d", num_features=channels),
    )
    return LayerSpec("Residual", name, {}, inside)


SMALL_RESNET = ModelSpec(
    "SmallResNet",
    (
        sequential("stem", convolution(1, 16, bias=False), layer("BatchNorm2d", num_features=16), layer("ReLU")),
        _residual(16, "block1"),
        layer("ReLU", "relu1"),
        sequential(
            "down",
            layer("Conv2d", in_channels=16, out_channels=32, kernel_size=3, stride=2, padding=1, bias=False),
            layer("BatchNorm2d", num_features=32),
            layer("ReLU"),
        ),
        _residual(32, "block2"),
        layer("ReLU", "relu2"),
        layer("AdaptiveAvgPool2d", "pool", output_size=1),
        layer("Flatten", "flatten"),
        linear(32, 10, "fc"),
    ),
    initialization="kaiming",
)

# An image read row by row, as a text is read word by word.
LSTM_ROWS = ModelSpec(
    "LSTMRows",
    (
        layer("Flatten", "rows", start_dim=1, end_dim=2),
        layer("LSTM", "lstm", input_size=28, hidden_size=128),
        layer("LastStep", "last"),
        linear(128, 10, "fc"),
    ),
)

VIT = ModelSpec(
    "ViT",
    (
        layer("Patches", "patches", in_channels=1, features=64, patch_size=7),
        layer("PositionalEmbedding", "positions", steps=16, features=64),
        LayerSpec(
            "Repeat",
            "blocks",
            {"times": 3},
            (layer("TransformerEncoderLayer", d_model=64, nhead=4, dim_feedforward=128, dropout=0.1, norm_first=True),),
        ),
        layer("LayerNorm", "norm", normalized_shape=64),
        layer("MeanOverSteps", "mean"),
        linear(64, 10, "head"),
    ),
)

# It gives an image back, no classes: nothing to train on labels.
AUTOENCODER = ModelSpec(
    "Autoencoder",
    (
        sequential("encoder", layer("Flatten"), linear(784, 128), layer("ReLU"), linear(128, 16)),
        sequential("decoder", linear(16, 128), layer("ReLU"), linear(128, 784), layer("Sigmoid")),
        layer("Unflatten", "image", dim=1, unflattened_size=(1, 28, 28)),
    ),
)

PRESETS: Registry[Preset] = Registry(
    "topic.model",
    (
        *(Preset(spec) for spec in (FAST, MNIST_NET, SIMPLE_CNN, MLP, SEQUENTIAL, LINEAR)),
        *(Preset(spec) for spec in (LENET5, SMALL_RESNET, LSTM_ROWS, VIT)),
        Preset(AUTOENCODER, classifies=False),
    ),
)
# Those that can be trained to tell classes.
CLASSIFIERS = tuple(name for name, preset in PRESETS.items() if preset.classifies)
