"""MACs: the products of convolutions, linear layers, attention and recurrent layers, counted operation by operation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, sdpa_backward_flop_count, sdpa_flop_count

aten = torch.ops.aten


def _attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query.shape, key.shape, value.shape)


def _attention_backward(gradient: Any, query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_backward_flop_count(gradient.shape, query.shape, key.shape, value.shape)


def _matrix_vector(*arguments: Any, **_: Any) -> int:
    return 2 * math.prod(next(part for part in arguments if part.dim() == 2).shape)


def _dot(first: Any, *_: Any, **__: Any) -> int:
    return 2 * first.numel()


def _recurrent(value: Any, input_weight: Any, hidden_weight: Any, *_: Any, **__: Any) -> int:
    """One layer in one direction: at each step the weights meet the input and the last state."""
    steps, batch = value.shape[:2]
    return 2 * steps * batch * (input_weight.numel() + hidden_weight.numel())


# What torch's own counter takes for nothing on a CPU.
FLOPS: dict[Any, Callable[..., int]] = {
    aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    aten.mkldnn_rnn_layer: _recurrent,
    aten.mv: _matrix_vector,
    aten.addmv: _matrix_vector,
    aten.dot: _dot,
    aten.vdot: _dot,
}


def count_flops(func: Any, args: Any, kwargs: Any, out: Any) -> int:
    """The FLOPs of one aten operation that is made of products; 0 for every other.

    Bias and activation are not counted. FLOPs = 2 × MACs.
    """
    packet = func.overloadpacket
    if packet in FLOPS:
        return FLOPS[packet](*args, **kwargs)
    if packet in flop_registry:
        return int(flop_registry[packet](*args, **kwargs, out_val=out))
    return 0


class FlopMode(TorchDispatchMode):
    """Tells `count` the FLOPs of every operation inside it."""

    def __init__(self, count: Callable[[int], None]):
        super().__init__()
        self._count = count

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        flops = count_flops(func, args, kwargs, out)
        if flops:
            self._count(flops)
        return out
