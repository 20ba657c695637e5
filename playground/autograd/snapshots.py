"""Snapshots: tensors as they were when an operation or a node made them, told in plain values when somebody looks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from playground.lang.recorder import VALUES_MOST, make_image, plain_values, summarise

ELEMENTS_MOST = 60_000_000  # kept over a whole trace: 240 MB of float32
BRIEF_VALUES_MOST = 16


class Snapshot:
    """One tensor as it was. Its values are kept while there is room for them; shape, dtype and extremes always.

    Args:
        tensor: is not copied: give a copy of what may still be written to.
        keep: whether its values are kept.
    """

    __slots__ = ("dtype", "finite", "largest", "shape", "tensor")

    def __init__(self, tensor: Tensor, *, keep: bool = True):
        tensor = tensor.detach()
        self.shape = list(tensor.shape)
        self.dtype = str(tensor.dtype).removeprefix("torch.")
        self.tensor = tensor if keep or tensor.numel() <= VALUES_MOST else None
        self.largest, self.finite = _extreme(tensor)

    @property
    def elements(self) -> int:
        return self.tensor.numel() if self.tensor is not None else 0

    def brief(self) -> dict[str, Any]:
        """What fits on a node of the picture: shape, largest magnitude, whether all is finite, and few values."""
        few = self.tensor is not None and self.tensor.numel() <= BRIEF_VALUES_MOST
        return {
            "shape": self.shape,
            "largest": self.largest,
            "finite": self.finite,
            "value": plain_values(self.tensor) if few and self.tensor is not None else None,
        }

    def full(self) -> dict[str, Any]:
        """Everything about it: values up to 1,000 elements, else an image; the summary."""
        kept = self.tensor
        return {
            "shape": self.shape,
            "dtype": self.dtype,
            "largest": self.largest,
            "finite": self.finite,
            "value": plain_values(kept) if kept is not None and kept.numel() <= VALUES_MOST else None,
            "summary": summarise(kept) if kept is not None else None,
            "image": make_image(kept) if kept is not None and kept.numel() > VALUES_MOST else None,
        }


class Store:
    """Takes snapshots while there is room for their values."""

    def __init__(self, most: int = ELEMENTS_MOST):
        self.most = most
        self.elements = 0
        self._known: dict[Any, Snapshot] = {}

    def keep(self, tensor: Tensor, *, copy: bool = False) -> Snapshot:
        """
        Args:
            copy: the tensor may still be written to in place.
        """
        # One gradient is what a node sends on, what the next one gets, and what a pass adds to a leaf.
        key = None if copy else _place(tensor)
        if key in self._known:
            return self._known[key]
        fits = self.elements + tensor.numel() <= self.most
        snapshot = Snapshot(tensor.detach().clone() if copy and fits else tensor, keep=fits)
        if copy and not fits and snapshot.tensor is not None:
            snapshot.tensor = snapshot.tensor.clone()
        self.elements += snapshot.elements
        if key is not None and snapshot.tensor is not None:
            self._known[key] = snapshot  # which keeps the memory, so that the place stays this tensor's
        return snapshot


def _place(tensor: Tensor) -> Any:
    version = 0 if tensor.is_inference() else tensor._version
    storage = tensor.untyped_storage()._cdata
    return storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype, version


def _extreme(tensor: Tensor) -> tuple[float | None, bool]:
    """The largest magnitude of the finite values, and whether all are finite; None where there is nothing to compare."""
    if not tensor.numel() or tensor.is_meta or tensor.is_complex():
        return None, True
    if not tensor.dtype.is_floating_point:
        return float(tensor.double().abs().max()) if tensor.numel() <= VALUES_MOST else None, True
    low, high = torch.aminmax(tensor)
    largest = max(abs(float(low)), abs(float(high)))
    if largest < float("inf"):
        return largest, True
    finite = tensor[torch.isfinite(tensor)]
    return (float(finite.abs().max()) if finite.numel() else None), False
