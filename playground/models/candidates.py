"""What may repair a layer that does not fit: small edits, the most likely first, none of them tried yet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.models.spec import LayerSpec

Arguments = Mapping[str, Any]
NORMS = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d"}
RECURRENT = ("RNN", "LSTM", "GRU")
CONVOLUTIONS = {"Conv1d": 3, "Conv2d": 4, "Conv3d": 5, "ConvTranspose2d": 4, "Patches": 4}
POOLS = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d")


@dataclass(frozen=True)
class Repair:
    """An edit of one place in a model.

    Args:
        layer: the path of the layer; type: what it is called. changes: arguments that it gets.
        kind: a type that takes its place; "" = its own.
        inserted: layers that come before it.
    """

    layer: str
    type: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    inserted: tuple[LayerSpec, ...] = ()

    @property
    def size(self) -> int:
        """How many layers it touches."""
        return len(self.inserted) + bool(self.changes or self.kind)


@dataclass(frozen=True)
class Place:
    """A layer that failed, and what is known of it.

    Args:
        type: as in LAYERS, or a class of torch.nn. shape: of what came in, with the batch; () = it could not be made.
        before: the layer before it, its path, type and arguments; None = there is none whose output could be changed.
    """

    path: str
    type: str
    arguments: Arguments
    shape: tuple[int, ...]
    before: tuple[str, str, Arguments] | None = None


def find_candidates(place: Place) -> list[Repair]:
    """Edits that may help, without repetitions."""
    found: list[Repair] = []
    for repair in _all(place):
        if repair not in found and repair.size:
            found.append(repair)
    return found


def _all(place: Place) -> Iterator[Repair]:
    if not place.shape:
        yield from _constructor(place)
        return
    kind, shape, dims = place.type, place.shape, len(place.shape)
    if kind == "Linear":
        yield from _features(place, "in_features", flat=dims > 2, images=dims == 4)
    elif kind in CONVOLUTIONS:
        yield from _convolution(place, CONVOLUTIONS[kind])
    elif kind in POOLS:
        if dims == 2:
            yield from _unflatten(place, None)
        yield from _kernel(place)
    elif kind in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"):
        if NORMS.get(dims, kind) != kind:
            yield Repair(place.path, place.type, {"num_features": shape[1]}, NORMS[dims])
        if kind == "BatchNorm1d" and dims > 3:
            features = math.prod(shape[1:])
            yield _insert(place, {"num_features": features}, LayerSpec("Flatten"))
        else:
            yield _change(place, num_features=shape[1])
            yield from _previous(place, place.arguments.get("num_features"))
    elif kind == "LayerNorm":
        wanted = place.arguments.get("normalized_shape")
        length = len(wanted) if isinstance(wanted, Sequence) else 1
        yield _change(place, normalized_shape=shape[-1] if length == 1 else tuple(shape[-length:]))
        yield from _previous(place, wanted if length == 1 else None)
    elif kind == "GroupNorm":
        groups = _divisor(shape[1], place.arguments.get("num_groups"))
        yield _change(place, num_channels=shape[1])
        yield _change(place, num_channels=shape[1], num_groups=groups)
    elif kind in RECURRENT:
        if dims == 4:
            yield _insert(place, {"input_size": shape[-1]}, _flatten(1, 2))
        elif dims == 2:
            yield _insert(place, {"input_size": shape[1]}, _unflattened((1, shape[1])))
        else:
            yield from _features(place, "input_size")
    elif kind in ("MultiheadAttention", "SelfAttention", "TransformerEncoderLayer"):
        heads, width = ("nhead", "d_model") if kind == "TransformerEncoderLayer" else ("num_heads", "embed_dim")
        count = _divisor(shape[-1], place.arguments.get(heads))
        inserted = (_flatten(1, 2),) if dims == 4 else ()
        yield Repair(place.path, place.type, {width: shape[-1], heads: count}, inserted=inserted)
        yield from _previous(place, place.arguments.get(width))
    elif kind == "Embedding":
        yield _insert(place, {}, LayerSpec("Tokens", arguments={"levels": place.arguments.get("num_embeddings", 2)}))
    elif kind == "PositionalEmbedding" and dims == 3:
        yield _change(place, steps=shape[1], features=shape[2])
    elif kind == "Unflatten":
        rest = math.prod(shape[1:])
        side = math.isqrt(rest)
        yield _change(place, dim=1, unflattened_size=(1, side, side) if side * side == rest else (1, rest))
    elif kind == "Residual":
        yield from _residual(place)
    if dims > 2 and kind not in CONVOLUTIONS and kind not in POOLS:
        yield _insert(place, {}, LayerSpec("Flatten"))


def _change(place: Place, **changes: Any) -> Repair:
    new = {name: value for name, value in changes.items() if place.arguments.get(name) != value}
    return Repair(place.path, place.type, new)


def _insert(place: Place, changes: Arguments, *inserted: LayerSpec) -> Repair:
    new = {name: value for name, value in changes.items() if place.arguments.get(name) != value}
    return Repair(place.path, place.type, new, inserted=inserted)


def _flatten(start: int, end: int) -> LayerSpec:
    return LayerSpec("Flatten", arguments={"start_dim": start, "end_dim": end})


def _unflattened(size: tuple[int, ...]) -> LayerSpec:
    return LayerSpec("Unflatten", arguments={"dim": 1, "unflattened_size": size})


def _features(place: Place, name: str, *, flat: bool = False, images: bool = False) -> Iterator[Repair]:
    shape, wanted = place.shape, place.arguments.get(name)
    if flat:
        yield _insert(place, {name: math.prod(shape[1:])}, LayerSpec("Flatten"))
    if images and shape[1] == wanted:
        pool = LayerSpec("AdaptiveAvgPool2d", arguments={"output_size": 1})
        yield Repair(place.path, place.type, inserted=(pool, LayerSpec("Flatten")))
    yield _change(place, **{name: shape[-1]})
    yield from _previous(place, wanted)


def _previous(place: Place, wanted: Any) -> Iterator[Repair]:
    """The layer before gives what this one expects."""
    if place.before is None or not isinstance(wanted, int):
        return
    path, kind, arguments = place.before
    name = {"Linear": "out_features", "Embedding": "embedding_dim", "Patches": "features"}.get(kind, "out_channels")
    if (kind in CONVOLUTIONS or kind in ("Linear", "Embedding")) and arguments.get(name) != wanted:
        yield Repair(path, kind, {name: wanted})


def _convolution(place: Place, dims: int) -> Iterator[Repair]:
    shape, wanted, groups = place.shape, place.arguments.get("in_channels"), place.arguments.get("groups", 1)
    if len(shape) == 2:
        yield from _unflatten(place, wanted, dims)
        return
    if len(shape) == dims - 1 and dims == 4:
        yield _insert(place, {"in_channels": 1}, _unflattened((1, shape[1])))
    elif len(shape) == dims + 1 and dims == 3:
        yield _insert(place, {"in_channels": shape[1]}, _flatten(2, 3))
    elif shape[1] != wanted:
        if isinstance(groups, int) and groups > 1:
            yield _change(place, in_channels=shape[1], groups=_divisor(shape[1], groups))
        else:
            yield _change(place, in_channels=shape[1])
        yield from _previous(place, wanted)
    yield from _kernel(place)


def _unflatten(place: Place, channels: Any, dims: int = 4) -> Iterator[Repair]:
    """Vectors become images again: as many channels as the layer wants, else one, and square ones."""
    features = place.shape[1]
    if dims == 3:
        yield _insert(place, {"in_channels": 1}, _unflattened((1, features)))
        return
    for count in dict.fromkeys((channels, 1)):
        if isinstance(count, int) and count > 0 and features % count == 0:
            side = math.isqrt(features // count)
            if side * side * count == features:
                changes = {"in_channels": count} if channels is not None else {}
                yield _insert(place, changes, _unflattened((count, side, side)))


def _kernel(place: Place) -> Iterator[Repair]:
    """A kernel that is larger than what it moves over."""
    kernel, sizes = place.arguments.get("kernel_size", place.arguments.get("patch_size")), place.shape[2:]
    name = "patch_size" if "patch_size" in place.arguments else "kernel_size"
    if kernel is None or not sizes:
        return
    padding = place.arguments.get("padding")
    if place.type in POOLS and isinstance(padding, int) and isinstance(kernel, int) and 2 * padding > kernel:
        yield _change(place, padding=kernel // 2)
    largest = max(kernel) if isinstance(kernel, Sequence) else kernel
    smallest = min(sizes)
    if largest <= smallest:
        return
    for size in dict.fromkeys((min(3, smallest), smallest)):
        if size >= 1:
            yield _change(place, **{name: size})
    if place.type in CONVOLUTIONS and name == "kernel_size":
        yield _change(place, padding=math.ceil((largest - smallest) / 2))
        yield _change(place, padding=largest // 2)
    elif name == "kernel_size" and place.type in POOLS:
        yield _change(place, padding=largest // 2)


def _residual(place: Place) -> Iterator[Repair]:
    """The layer before the sum gives the shape that came in."""
    if place.before is None:
        return
    path, kind, arguments = place.before
    channels = place.shape[1] if len(place.shape) > 2 and kind != "Linear" else place.shape[-1]
    if kind in CONVOLUTIONS:
        kernel = arguments.get("kernel_size", 3)
        same = {"out_channels": channels, "stride": 1}
        if isinstance(kernel, int) and kernel % 2:
            same["padding"] = kernel // 2
        for changes in ({"out_channels": channels}, same):
            yield Repair(path, kind, {name: value for name, value in changes.items() if arguments.get(name) != value})
    elif kind == "Linear":
        yield Repair(path, kind, {"out_features": channels})


def _constructor(place: Place) -> Iterator[Repair]:
    """Arguments that a constructor refuses."""
    given = place.arguments
    for heads, width in (("num_heads", "embed_dim"), ("nhead", "d_model")):
        if isinstance(given.get(width), int) and isinstance(given.get(heads), int):
            yield _change(place, **{heads: _divisor(given[width], given[heads])})
            yield _change(place, **{width: _multiple(given[width], given[heads])})
    groups = given.get("groups")
    if isinstance(groups, int):
        both = math.gcd(given.get("in_channels", 1), given.get("out_channels", 1))
        yield _change(place, groups=_divisor(both, groups))
        yield _change(place, out_channels=_multiple(given.get("out_channels", 1), groups))
    if isinstance(given.get("num_groups"), int) and isinstance(given.get("num_channels"), int):
        yield _change(place, num_groups=_divisor(given["num_channels"], given["num_groups"]))
    least = {"p": 0.5, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1, "num_layers": 1, "dropout": 0.0}
    for name, value in given.items():
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        if numeric and name in ("p", "dropout") and not 0 <= value <= 1:
            yield _change(place, **{name: least[name]})
        elif numeric and name not in ("p", "dropout", "eps", "momentum") and (value < 1 or value != int(value)):
            yield _change(place, **{name: least.get(name, max(1, abs(int(value))))})


def _divisor(number: int, wanted: Any) -> int:
    """The largest divisor of a number that is at most `wanted`."""
    most = wanted if isinstance(wanted, int) and wanted > 0 else 1
    return next((count for count in range(min(most, number), 0, -1) if number % count == 0), 1)


def _multiple(number: int, factor: int) -> int:
    """The nearest multiple of a factor, at least one of it."""
    return max(1, round(number / factor)) * factor if factor > 0 else number
