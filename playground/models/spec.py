"""ModelSpec: a model as plain data. Everything that saves, sends, links or exports a model uses this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.errors import InputError
from playground.models.layers import LAYERS
from playground.registry import shorten

SPEC_VERSION = 1
INITIALIZATIONS = ("default", "kaiming")
MAXIMUM_LAYERS = 500
UNNAMED = "model"
MAXIMUM_DEPTH = 8
MAXIMUM_NUMBER = 10**6


@dataclass(frozen=True)
class LayerSpec:
    """One layer: its type in LAYERS, its constructor's arguments, and the layers inside it.

    Args:
        type: a name of LAYERS.
        name: the attribute it gets in its parent, part of the parameter names; "" = its place, as in `nn.Sequential`.
        arguments: keyword arguments of the constructor: numbers, booleans, strings, short lists of numbers.
        layers: for a container, what it holds, in order.
        trainable: False = its parameters are frozen (`requires_grad=False`).
    """

    type: str
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[LayerSpec, ...] = ()
    trainable: bool = True

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"type": self.type}
        if self.name:
            data["name"] = self.name
        if self.arguments:
            data["arguments"] = {name: _listed(value) for name, value in self.arguments.items()}
        if self.layers:
            data["layers"] = [layer.to_json() for layer in self.layers]
        if not self.trainable:
            data["trainable"] = False
        return data


@dataclass(frozen=True)
class ModelSpec:
    """A whole model: a list of layers or, later, the learner's own code.

    Args:
        name: what it is called on the page and in the code.
        layers: the layers in the order in which they are called.
        input_shape: of one sample, without the batch: (channels, height, width).
        initialization: "default" = PyTorch's own; "kaiming" = the course's Kaiming initialisation.
        code: PyTorch code that defines the model instead of `layers`; "" = none.
        version: of this format.
    """

    name: str
    layers: tuple[LayerSpec, ...] = ()
    input_shape: tuple[int, ...] = (1, 28, 28)
    initialization: str = "default"
    code: str = ""
    version: int = SPEC_VERSION

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "version": self.version,
            "name": self.name,
            "input_shape": list(self.input_shape),
            "initialization": self.initialization,
        }
        if self.code:
            data["code"] = self.code
        else:
            data["layers"] = [layer.to_json() for layer in self.layers]
        return data

    def to_text(self) -> str:
        """The spec as one line of JSON: what checkpoints carry and the API takes."""
        return json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":"))


def parse_spec(text: str) -> ModelSpec:
    """Read a spec that a learner or a file gave, and check every name and value in it.

    Raises:
        InputError: says which part of the spec is wrong and what it should be.
    """
    try:
        data = json.loads(text)
    except RecursionError:
        raise InputError("spec.depth", maximum=MAXIMUM_DEPTH) from None
    except ValueError as error:
        raise InputError("spec.json", reason=str(error)) from None
    if not isinstance(data, dict):
        raise InputError("spec.object", got=shorten(data))
    known = {"version", "name", "input_shape", "initialization", "code", "layers"}
    _refuse_unknown("spec", data, known)
    version = data.get("version", SPEC_VERSION)
    if version != SPEC_VERSION or isinstance(version, bool):
        raise InputError("spec.version", got=shorten(version), expected=SPEC_VERSION)
    initialization = data.get("initialization", "default")
    if initialization not in INITIALIZATIONS:
        raise InputError(
            "spec.choice", where="initialization", got=shorten(initialization), choices=", ".join(INITIALIZATIONS)
        )
    name = data.get("name", UNNAMED)
    if not isinstance(name, str) or not 0 < len(name) <= 60:
        raise InputError("spec.name", got=shorten(name))
    code = data.get("code", "")
    if not isinstance(code, str):
        raise InputError("spec.code", got=shorten(code))
    layers = _read_layers(data.get("layers", []), "layers", 1)
    if not layers and not code:
        raise InputError("spec.empty")
    if _count(layers) > MAXIMUM_LAYERS:
        raise InputError("spec.count", count=_count(layers), maximum=MAXIMUM_LAYERS)
    return ModelSpec(name, layers, read_shape(data.get("input_shape", [1, 28, 28])), initialization, code, version)


def read_shape(value: Any) -> tuple[int, ...]:
    """
    Raises:
        InputError: no shape of a sample.
    """
    valid = isinstance(value, list) and 1 <= len(value) <= 4
    if not valid or not all(isinstance(size, int) and not isinstance(size, bool) and 0 < size <= 4096 for size in value):
        raise InputError("spec.input_shape", got=shorten(value))
    return tuple(value)


def _read_layers(value: Any, where: str, depth: int) -> tuple[LayerSpec, ...]:
    if not isinstance(value, list):
        raise InputError("spec.list", where=where, got=shorten(value))
    if value and depth > MAXIMUM_DEPTH:
        raise InputError("spec.depth", maximum=MAXIMUM_DEPTH)
    # What is switched off on the page stands in the spec, and in no model.
    on = [(place, item) for place, item in enumerate(value) if not (isinstance(item, dict) and item.get("off") is True)]
    layers = tuple(_read_layer(item, f"{where}[{place}]", depth) for place, item in on)
    names = [layer.name or str(place) for place, layer in enumerate(layers)]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise InputError("spec.repeated", where=where, name=repeated)
    return layers


def _read_layer(value: Any, where: str, depth: int) -> LayerSpec:
    if not isinstance(value, dict):
        raise InputError("spec.layer", where=where, got=shorten(value))
    _refuse_unknown(where, value, {"type", "name", "arguments", "layers", "trainable", "off"})
    layer_type = LAYERS.find(value.get("type"))
    name = value.get("name", "")
    if not isinstance(name, str) or (name and not (name.isidentifier() or name.isdigit())) or len(name) > 60:
        raise InputError("spec.layer_name", where=where, got=shorten(name))
    for key in ("trainable", "off"):
        if not isinstance(value.get(key, True), bool):
            raise InputError("spec.choice", where=f"{where}.{key}", got=shorten(value[key]), choices="true, false")
    trainable = value.get("trainable", True)
    inner = value.get("layers", [])
    if inner and not layer_type.container:
        raise InputError("spec.not_container", where=where, type=layer_type.name)
    arguments = _read_arguments(value.get("arguments", {}), layer_type.name, where)
    return LayerSpec(layer_type.name, name, arguments, _read_layers(inner, f"{where}.layers", depth + 1), trainable)


def _read_arguments(value: Any, layer: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("spec.arguments", where=where, got=shorten(value))
    known = LAYERS[layer].parameters()
    _refuse_unknown(f"{where} ({layer})", value, set(known))
    # The sizes of what comes in may be left out: `fill_sizes` finds them.
    missing = [name for name in LAYERS[layer].required() if name not in value and name not in LAYERS[layer].inferred]
    if missing:
        raise InputError("spec.missing", where=f"{where} ({layer})", names=", ".join(missing))
    for name, argument in value.items():
        if not _is_plain(argument):
            most = f"{MAXIMUM_NUMBER:,}"
            raise InputError("spec.value", where=f"{where} ({layer})", name=name, got=shorten(argument), maximum=most)
    return {name: tuple(argument) if isinstance(argument, list) else argument for name, argument in value.items()}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return 0 < len(value) <= 4 and all(isinstance(item, int) and _is_plain(item) for item in value)
    if isinstance(value, str):
        return len(value) <= 30
    if value is None or isinstance(value, bool):
        return True
    # NaN and infinity fail the comparison; math.isfinite would not take a whole number of 400 digits.
    return isinstance(value, (int, float)) and abs(value) <= MAXIMUM_NUMBER


def _refuse_unknown(where: str, value: Mapping[str, Any], known: set[str]) -> None:
    unknown = [name for name in value if name not in known]
    if unknown:
        raise InputError("spec.unknown", where=where, names=shorten(", ".join(unknown)), known=", ".join(sorted(known)))


def _count(layers: tuple[LayerSpec, ...]) -> int:
    """Layers, those inside included; what a Repeat holds counts as often as it is repeated."""
    return sum(1 + _count(layer.layers) * _times(layer) for layer in layers)


def _times(layer: LayerSpec) -> int:
    times = layer.arguments.get("times", 1) if layer.type == "Repeat" else 1
    return max(1, times) if isinstance(times, int) else 1


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
