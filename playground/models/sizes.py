"""fill_sizes: the sizes of what comes into each layer, found by running the layers before it; nobody types them."""

from __future__ import annotations

from dataclasses import replace

import torch

from playground.errors import InputError
from playground.models.layers import LAYERS
from playground.models.modules import make_layer, make_leaf, run_layers, show_shape
from playground.models.spec import LayerSpec, ModelSpec

Layers = tuple[LayerSpec, ...]


def fill_sizes(spec: ModelSpec, *, lenient: bool = False) -> ModelSpec:
    """The spec with the arguments of LayerType.inferred that were left out. It costs no memory: it runs on the meta device.

    Args:
        lenient: stop at the first layer that does not fit, and leave the rest as it is.

    Raises:
        InputError: the layer that does not fit.
    """
    if not any(map(_is_open, spec.layers)):
        return spec
    filler = _Filler(torch.empty(2, *spec.input_shape, device="meta"), lenient)
    with torch.device("meta"):
        return replace(spec, layers=filler.fill(spec.layers, ""))


def _is_open(layer: LayerSpec) -> bool:
    missing = LAYERS[layer.type].inferred.keys() - layer.arguments.keys()
    return bool(missing) or any(map(_is_open, layer.layers))


class _Filler:
    """Goes through the layers with a batch of two, which says what comes into each."""

    def __init__(self, value: torch.Tensor, lenient: bool):
        self.value: torch.Tensor | None = value
        self.lenient = lenient

    def fill(self, layers: Layers, prefix: str) -> Layers:
        return tuple(self._one(layer, f"{prefix}{layer.name or place}") for place, layer in enumerate(layers))

    def _one(self, layer: LayerSpec, path: str) -> LayerSpec:
        if self.value is None:
            return layer
        try:
            if layer.type == "Repeat":
                make_layer(replace(layer, layers=()), path)  # refuses what is no number of times
                layer = replace(layer, layers=self.fill(layer.layers, f"{path}.0."))
                for turn in range(1, layer.arguments["times"]):
                    self.fill(layer.layers, f"{path}.{turn}.")
                return layer
            if LAYERS[layer.type].container:
                given = self.value
                layer = replace(layer, layers=self.fill(layer.layers, f"{path}."))
                if layer.type == "Residual" and self.value is not None:
                    self.value = self._add(given, self.value, path)
                return layer
            layer = replace(layer, arguments=self._arguments(layer, path))
            self.value = run_layers(make_leaf(layer, path), self.value, path)
        except InputError:
            if not self.lenient:
                raise
            self.value = None
        return layer

    def _arguments(self, layer: LayerSpec, path: str) -> dict[str, object]:
        assert self.value is not None
        shape, found = tuple(self.value.shape), {}
        for name, infer in LAYERS[layer.type].inferred.items():
            if name not in layer.arguments:
                if len(shape) < 2:
                    reason = f"{name} cannot be found"
                    raise InputError("model.shape", layer=path, type=layer.type, shape=show_shape(self.value), reason=reason)
                found[name] = infer(shape)
        return {**found, **layer.arguments}

    @staticmethod
    def _add(given: torch.Tensor, value: torch.Tensor, path: str) -> torch.Tensor:
        if given.shape != value.shape:
            shape, reason = show_shape(given), f"its layers give {show_shape(value)}"
            raise InputError("model.shape", layer=path, type="Residual", shape=shape, reason=reason)
        return value
