"""estimate_big: what a network of billions of parameters would cost, without any memory for it.

All blocks of such a network are alike, so that each cost is that of its ends plus depth times that of a block, and both are
polynomials of the width and the batch. Their coefficients were found from networks that were really run, forward and
backward, plain and under autocast, on tensors without data; tests/unit/test_model_big.py runs others and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from playground.errors import InputError
from playground.models.memory import OPTIMIZER_STATES, training_memory
from playground.models.presets import layer
from playground.models.spec import LayerSpec, ModelSpec
from playground.registry import shorten

FLOAT_BYTES = 4
GiB = 2**30
# What a program can really have of each.
MACHINES: Mapping[str, int] = {"laptop": 16 * GiB, "t4": 15 * GiB, "h100": 80 * GiB}
# Attention has heads of 64 features, so that widths are multiples of it.
HEAD_WIDTH, PATCH = 64, 4
WIDTHS, DEPTHS, BATCHES = (HEAD_WIDTH, 32_768), (1, 256), (1, 65_536)
# (power of the width, power of the batch): factor.
Polynomial = Mapping[tuple[int, int], int | Fraction]


@dataclass(frozen=True)
class Cost:
    """Of one network and one batch. `flops`: of a forward and a backward pass; bytes: what autograd keeps."""

    parameters: int
    forward_flops: int
    flops: int
    saved_bytes: int
    saved_bytes_amp: int


@dataclass(frozen=True)
class BigType:
    """A kind of large network.

    Args:
        layers: of a width and a depth.
        ends: what its first and last layers cost, by the names of Cost; block: what each block costs.
    """

    layers: Callable[[int, int], tuple[LayerSpec, ...]]
    ends: Mapping[str, Polynomial]
    block: Mapping[str, Polynomial]

    def cost(self, width: int, depth: int, batch: int) -> Cost:
        def value(polynomial: Polynomial) -> int | Fraction:
            return sum(factor * width**wide * batch**many for (wide, many), factor in polynomial.items())

        return Cost(*(int(value(self.ends[name]) + depth * value(self.block[name])) for name in Cost.__annotations__))


def mlp(width: int, depth: int) -> tuple[LayerSpec, ...]:
    block = (layer("Linear", out_features=width), layer("ReLU"))
    return (layer("Flatten"), *block, _repeat(block, depth), layer("Linear", out_features=10))


def cnn(width: int, depth: int) -> tuple[LayerSpec, ...]:
    block = (layer("Conv2d", out_channels=width, kernel_size=3, padding=1), layer("BatchNorm2d"), layer("ReLU"))
    head = (layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), layer("Linear", out_features=10))
    return (*block, layer("MaxPool2d", kernel_size=2), _repeat(block, depth), *head)


def transformer(width: int, depth: int) -> tuple[LayerSpec, ...]:
    block = layer(
        "TransformerEncoderLayer",
        nhead=width // HEAD_WIDTH,
        dim_feedforward=4 * width,
        dropout=0.0,
        activation="gelu",
        norm_first=True,
    )
    head = (layer("LayerNorm"), layer("MeanOverSteps"), layer("Linear", out_features=10))
    begin = (layer("Patches", features=width, patch_size=PATCH), layer("PositionalEmbedding"))
    return (*begin, _repeat((block,), depth), *head)


def _repeat(block: tuple[LayerSpec, ...], depth: int) -> LayerSpec:
    return LayerSpec("Repeat", "", {"times": depth}, block)


BIG: Mapping[str, BigType] = {
    "MLP": BigType(
        mlp,
        {
            "parameters": {(0, 0): 10, (1, 0): 795},
            "forward_flops": {(1, 1): 1588},
            "flops": {(1, 1): 3196},
            "saved_bytes": {(0, 1): 3136, (1, 1): 4},
            "saved_bytes_amp": {(0, 1): 1568, (1, 0): 20, (1, 1): 2},
        },
        {
            "parameters": {(2, 0): 1, (1, 0): 1},
            "forward_flops": {(2, 1): 2},
            "flops": {(2, 1): 6},
            "saved_bytes": {(1, 1): 4},
            "saved_bytes_amp": {(1, 1): 2, (2, 0): 2},
        },
    ),
    "CNN": BigType(
        cnn,
        {
            "parameters": {(0, 0): 10, (1, 0): 22},
            "forward_flops": {(1, 1): 14132},
            "flops": {(1, 1): 28284},
            "saved_bytes": {(0, 1): 3136, (1, 0): 8, (1, 1): 8628},
            "saved_bytes_amp": {(0, 1): 1568, (1, 0): 42, (1, 1): 5098},
        },
        {
            "parameters": {(2, 0): 9, (1, 0): 3},
            "forward_flops": {(2, 1): 3528},
            "flops": {(2, 1): 10584},
            "saved_bytes": {(1, 0): 8, (1, 1): 1568},
            "saved_bytes_amp": {(1, 0): 4, (1, 1): 784, (2, 0): 18},
        },
    ),
    "Transformer": BigType(
        transformer,
        {
            "parameters": {(0, 0): 10, (1, 0): 78},
            "forward_flops": {(1, 1): 1588},
            "flops": {(1, 1): 3196},
            "saved_bytes": {(0, 1): 3528, (1, 1): 200},
            "saved_bytes_amp": {(0, 1): 1960, (1, 0): 52, (1, 1): 198},
        },
        {
            "parameters": {(2, 0): 12, (1, 0): 13},
            "forward_flops": {(1, 1): 9604, (2, 1): 1176},
            "flops": {(1, 1): 33614, (2, 1): 3528},
            "saved_bytes": {(0, 1): 784, (1, 1): Fraction(50225, 16)},
            "saved_bytes_amp": {(0, 1): 784, (1, 1): Fraction(28273, 16), (2, 0): 24},
        },
    ),
}


def make_spec(kind: str, width: int, depth: int) -> ModelSpec:
    """The network as a list of layers: `depth` equal blocks of `width` channels or features."""
    return ModelSpec(f"{kind}_{width}x{depth}", BIG[kind].layers(width, depth))


def estimate_big(kind: object, width: object, depth: object, batch: object, optimizer: object) -> dict[str, Any]:
    """Parameters, memory and FLOPs of one training step of a large network.

    Args:
        kind: of BIG. width: channels or features of each block. depth: how many blocks. batch: images of a step.
        optimizer: of OPTIMIZER_STATES.

    Returns:
        parameters, flops (of one step), forward_flops, memory: {fp32, amp} each as `training_memory` says it; with AMP the
        parameters stay fp32, and what autograd keeps, the half copies of the weights among it, is that under autocast;
        machines: {name: bytes}; block: the parameters of a block as a formula of the width w; model: its spec.

    Raises:
        InputError: there is no such network.
    """
    if not isinstance(kind, str) or kind not in BIG:
        raise InputError("big.choice", where="kind", got=shorten(kind), choices=", ".join(BIG))
    if not isinstance(optimizer, str) or optimizer not in OPTIMIZER_STATES:
        raise InputError("big.choice", where="optimizer", got=shorten(optimizer), choices=", ".join(OPTIMIZER_STATES))
    wide, deep = _whole("width", width, WIDTHS), _whole("depth", depth, DEPTHS)
    wide -= wide % HEAD_WIDTH
    images = _whole("batch", batch, BATCHES)
    cost = BIG[kind].cost(wide, deep, images)
    size = FLOAT_BYTES * cost.parameters
    return {
        "kind": kind,
        "width": wide,
        "depth": deep,
        "batch": images,
        "parameters": cost.parameters,
        "forward_flops": cost.forward_flops,
        "flops": cost.flops,
        "memory": {
            "fp32": training_memory(size, size, cost.saved_bytes, optimizer),
            "amp": training_memory(size, size, cost.saved_bytes_amp, optimizer),
        },
        "machines": dict(MACHINES),
        "block": _written(BIG[kind].block["parameters"]),
        "model": make_spec(kind, wide, deep).to_text(),
    }


def _whole(name: str, value: object, span: tuple[int, int]) -> int:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int) or isinstance(whole, bool) or not span[0] <= whole <= span[1]:
        raise InputError("big.number", name=name, got=shorten(value), low=span[0], high=span[1])
    return whole


def _written(polynomial: Polynomial) -> str:
    """12·w² + 13·w"""
    powers = {2: "w²", 1: "w"}
    return " + ".join(
        powers[wide] if factor == 1 else f"{factor}·{powers[wide]}" for (wide, _), factor in polynomial.items()
    )
