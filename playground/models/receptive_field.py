"""The receptive field: which input pixels one number of an activation depends on, followed operation by operation.

Each row and each column of an image is looked at for itself, because a window is a rectangle: the number at place p of an
activation sees the pixels p × jump + offset, for every offset of a set. A dilated window has gaps, and so has the set.

Source: Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", section 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


@dataclass(frozen=True)
class Axis:
    """One axis: the distance in pixels between neighbours, and the pixels that the first of them sees."""

    jump: int = 1
    offsets: frozenset[int] = frozenset({0})

    def through(self, kernel: int, stride: int, padding: int, dilation: int) -> Axis:
        """Behind a window."""
        starts = [self.jump * (dilation * place - padding) for place in range(kernel)]
        seen = frozenset(start + offset for start in starts for offset in self.offsets)
        return Axis(self.jump * stride, seen)

    def joined(self, other: Axis) -> Axis:
        """Both together: exact where one holds the other, as in a residual; else no pixel is missing."""
        return Axis(self.jump, self.offsets | other.offsets)

    @property
    def size(self) -> int:
        """From the first pixel to the last."""
        return max(self.offsets) - min(self.offsets) + 1


@dataclass(frozen=True)
class Field:
    """Of one activation.

    Args:
        whole: each number sees the whole image. laid: its last two dimensions still lie on the image.
    """

    rows: Axis = Axis()
    columns: Axis = Axis()
    whole: bool = False
    laid: bool = True

    def to_json(self) -> dict[str, Any]:
        """`size` and `jump` in pixels, height first; both null where the whole image is seen."""
        size, jump = [self.rows.size, self.columns.size], [self.rows.jump, self.columns.jump]
        return {"whole": self.whole, "size": None if self.whole else size, "jump": jump if self._has_jump else None}

    @property
    def _has_jump(self) -> bool:
        return self.laid and not self.whole


WHOLE = Field(whole=True)
# None: it sees something, but no such window: the result of a crop, of a transposed convolution …
Found = Field | None
POOLS = (aten.max_pool2d_with_indices, aten.max_pool2d, aten.avg_pool2d, aten.mkldnn_max_pool2d)
# Every number stays in its place.
SAME = (
    *(aten.native_batch_norm, aten._native_batch_norm_legit, aten._native_batch_norm_legit_no_training, aten.batch_norm),
    *(aten.native_dropout, aten.clone, aten._to_copy, aten.detach, aten.alias, aten.contiguous, aten.feature_dropout),
)
VIEWS = (aten.view, aten._unsafe_view, aten.reshape, aten.transpose, aten.permute, aten.unsqueeze, aten.squeeze, aten.expand)
MIXES = set(
    "addmm mm bmm baddbmm matmul mv dot linear mkldnn_linear mean sum amax amin max min var var_mean native_layer_norm "
    "layer_norm native_group_norm group_norm _softmax _log_softmax softmax _safe_softmax mkldnn_rnn_layer lstm gru "
    "scaled_dot_product_attention _scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_attention_math "
    "_transformer_encoder_layer_fwd _native_multi_head_attention".split()
)
REDUCTIONS = (aten.mean, aten.sum, aten.amax, aten.amin, aten.var)


def follow(func: Any, args: Any, kwargs: Any, out: Tensor, given: list[Found]) -> Found:
    """The field of what one aten operation makes.

    Args:
        given: the fields of those operands that come from the image, in their order; at least one.
    """
    packet = func.overloadpacket
    if any(field is not None and field.whole for field in given) or packet.__name__ in MIXES:
        keeps = packet in REDUCTIONS and given[0] is not None and _leaves_places(args, given[0])
        if not keeps and _mixes_a_part(packet, args, given[0]):
            return None
        return given[0] if keeps else WHOLE
    first = given[0]
    if any(field is None for field in given) or first is None:
        return None
    if packet in VIEWS:
        return _seen_otherwise(args[0], out, first)
    if packet in SAME or torch.Tag.pointwise in func.tags:
        return _joined(given)
    if packet is aten.cat:
        dim = args[1] if len(args) > 1 else 0
        return _joined(given) if first.laid and dim in (1, -3) else None
    return _windowed(packet, args, kwargs, out, first) if first.laid else None


def _windowed(packet: Any, args: Any, kwargs: Any, out: Tensor, field: Field) -> Found:
    if packet in (aten.convolution, aten._convolution, aten.mkldnn_convolution):
        weight, stride, padding, dilation, transposed = args[1], args[3], args[4], args[5], args[6]
        if transposed or weight.dim() != 4:
            return None
        return _through(field, weight.shape[2:], stride, padding, dilation)
    if packet in POOLS:
        kernel = args[1]
        stride, padding = (args[2] if len(args) > 2 else ()) or kernel, args[3] if len(args) > 3 else 0
        dilation = args[4] if len(args) > 4 and packet is not aten.avg_pool2d else 1
        return _through(field, kernel, stride, padding, dilation)
    if packet is aten._adaptive_avg_pool2d:
        # Windows of one size where it divides evenly; else they differ from place to place.
        before, after = args[0].shape[-2:], out.shape[-2:]
        even = all(one % other == 0 for one, other in zip(before, after, strict=True))
        kernel = [one // other for one, other in zip(before, after, strict=True)]
        return _through(field, kernel, kernel, 0, 1) if even else None
    if packet in (aten.constant_pad_nd, aten.pad) and len(args[1]) <= 4:
        left, _, top, _ = [*args[1], 0, 0][:4]
        return _through(field, 1, 1, (top, left), 1)
    return None


def _through(field: Field, *window: Any) -> Field:
    """Behind a window of kernel, stride, padding and dilation, each a number or one for rows and one for columns."""
    rows, columns = zip(*[_pair(part) for part in window], strict=True)
    return replace(field, rows=field.rows.through(*rows), columns=field.columns.through(*columns))


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    return (value[0], value[0]) if len(value) == 1 else (value[0], value[1])


def _joined(given: list[Found]) -> Found:
    first = given[0]
    assert first is not None
    for field in given[1:]:
        assert field is not None
        if (field.rows.jump, field.columns.jump, field.laid) != (first.rows.jump, first.columns.jump, first.laid):
            return None
        if not first.laid and field != first:
            return None
        first = replace(first, rows=first.rows.joined(field.rows), columns=first.columns.joined(field.columns))
    return first


def _seen_otherwise(before: Tensor, out: Tensor, field: Field) -> Field:
    """Another shape of the same numbers: they see what they saw, but may no longer lie as the image does."""
    kept = field.laid and out.dim() > 1 and out.shape[-2:] == before.shape[-2:] and out.stride()[-2:] == before.stride()[-2:]
    return replace(field, laid=kept)


def _mixes_a_part(packet: Any, args: Any, field: Found) -> bool:
    """Whether it mixes along one side of a feature map, or within one of several vectors: neither a window nor the whole."""
    if field is None or field.whole:
        return False
    operand = next((part for part in args if isinstance(part, Tensor)), None)
    if operand is None:
        return False
    name = packet.__name__
    if "softmax" in name:
        return bool(operand.dim() > 2)
    if name in ("native_layer_norm", "layer_norm"):
        return len(args[1]) < operand.dim() - 1
    # A linear layer on anything but one vector per image arrives here as a product with many rows an image.
    if name in ("linear", "addmm", "mm", "mkldnn_linear"):
        return field.laid
    return False


def _leaves_places(args: Any, field: Field) -> bool:
    """Whether a reduction is over channels only."""
    dims = args[1] if len(args) > 1 else None
    dims = [dims] if isinstance(dims, int) else dims
    if not dims or not field.laid or field.whole:
        return False
    rank = args[0].dim()
    return all(dim % rank < rank - 2 for dim in dims)
