"""Bytes of tensors while something runs: the most at a time, and what autograd keeps for the backward pass."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode


class LiveStorages(TorchDispatchMode):
    """Counts the bytes of every storage that an operation makes, until it is freed.

    What a kernel takes and gives back inside of itself is not seen.

    Args:
        known: tensors that are there already; their storages count from the start.
    """

    def __init__(self, known: Iterable[Tensor]):
        super().__init__()
        self.live: dict[int, int] = {}
        self.bytes = self.peak = 0
        for tensor in known:
            self._see(tensor)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in pytree.tree_leaves(result):
            if isinstance(leaf, Tensor):
                self._see(leaf)
        return result

    def _see(self, tensor: Tensor) -> None:
        if tensor.layout is not torch.strided:
            return
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self.live:
            self.live[key] = storage.nbytes()
            self.bytes += storage.nbytes()
            self.peak = max(self.peak, self.bytes)
            # The wrapper lives as long as the memory, so its end is that of the storage.
            weakref.finalize(storage, self._free, key).atexit = False

    def _free(self, key: int) -> None:
        self.bytes -= self.live.pop(key, 0)


def peak_bytes(work: Callable[[], Any], device: torch.device, known: Callable[[], Iterable[Tensor]]) -> int:
    """The most bytes of tensors that were there at a time while `work()` ran, those of `known()` among them.

    On CUDA the allocator is asked; elsewhere the storages of all operations are counted.

    Args:
        known: parameters, buffers, states of the optimizer, the batch: what is there before.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        torch.cuda.synchronize(device)
        return int(torch.cuda.max_memory_allocated(device))
    with LiveStorages(known()) as storages:
        work()
    return storages.peak


def saved_bytes(forward: Callable[[], Any], left_out: Iterable[Tensor]) -> int:
    """Bytes that autograd keeps between `forward()` and its backward pass, each storage once.

    Args:
        left_out: tensors whose storages do not count: parameters and buffers are there anyway.
    """
    skipped = {tensor.untyped_storage()._cdata for tensor in left_out}
    # Kept until the end: the address of a storage that was freed could come again.
    seen: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.layout is torch.strided and (key := tensor.untyped_storage()._cdata) not in skipped:
            seen[key] = tensor.detach()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        forward()
    return sum(tensor.untyped_storage().nbytes() for tensor in seen.values())
