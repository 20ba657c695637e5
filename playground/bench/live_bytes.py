"""LiveBytes: every piece of memory that torch allocates, followed from the operation that made it until it is released."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# What a piece is for. Buffers, a batch that is not saved, and results that nobody waits for are all "temporary".
CATEGORIES = ("parameters", "gradients", "optimizer", "activations", "temporary")


@dataclass
class _Piece:
    """One storage. `saved`: how many places of the graph hold it for the backward. `fixed`: no save changes what it is."""

    size: int
    category: str
    fixed: bool
    saved: int = 0


@dataclass(frozen=True)
class Point:
    """What was alive just after one operation, in bytes by category. `place`: what the follower said it was working on."""

    operation: str
    phase: str
    place: int
    live: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.live.values())


class Saved:
    """What stands in the graph for a saved tensor: while it lives, the storage of the tensor counts as an activation.

    Args:
        layer: the path of the module that was running when it was saved.
    """

    __slots__ = ("_live", "_piece", "layer", "tensor")

    def __init__(self, tensor: Tensor, layer: str, live: LiveBytes, piece: _Piece | None):
        self.tensor, self.layer, self._live, self._piece = tensor, layer, live, piece

    def __del__(self) -> None:
        if self._piece is not None:
            self._live._unsave(self._piece)


class LiveBytes(TorchDispatchMode):
    """Follows the storages that operations make inside it; those that were there before are told by `hold`.

    Every storage counts once, however many tensors look at it; its end is seen by a finalizer, so that the numbers come from
    no allocator and are the same on every device.

    Args:
        device: storages elsewhere are left out.

    Attributes:
        phase, place, layer: set by who runs the step; they are written into each point, and each saved tensor.
    """

    def __init__(self, device: torch.device):
        super().__init__()
        self.phase, self.place, self.layer = "", -1, ""
        self.live = dict.fromkeys(CATEGORIES, 0)
        self.points: list[Point] = []
        self._pieces: dict[int, _Piece] = {}
        self._asked: list[Saved] | None = None
        self._device = device.type

    @property
    def total(self) -> int:
        """All bytes that are alive now."""
        return sum(self.live.values())

    @property
    def peak(self) -> Point:
        """The point at which most was alive.

        Raises:
            ValueError: nothing has run.
        """
        return max(self.points, key=lambda point: point.total)

    def hold(self, category: str, tensors: Iterable[Tensor], *, fixed: bool = True) -> None:
        """These tensors are of this category from now on.

        Args:
            fixed: it stays theirs though the graph saves them, as it does with weights.
        """
        for tensor in tensors:
            piece = self._follow(tensor)
            if piece is not None:
                self._count(piece, -1)
                piece.category, piece.fixed = category, fixed
                self._count(piece, 1)

    def save(self, tensor: Tensor) -> Saved:
        """The pack hook of `torch.autograd.graph.saved_tensors_hooks`; its unpack hook is `restore`."""
        piece = self._follow(tensor)
        if piece is not None:
            self._count(piece, -1)
            piece.saved += 1
            self._count(piece, 1)
        return Saved(tensor, self.layer, self, piece)

    def restore(self, saved: Saved) -> Tensor:
        if self._asked is not None:  # else the backward pass asks, and must be able to release it
            self._asked.append(saved)
        return saved.tensor

    def asked(self, read: Callable[[], Any]) -> list[Saved]:
        """What the graph restores while `read` looks at an attribute of one of its nodes."""
        self._asked = []
        try:
            read()
            return self._asked
        finally:
            self._asked = None

    def is_fixed(self, tensor: Tensor) -> bool:
        """Whether it is a parameter, a buffer or whatever else `hold` has fixed."""
        piece = self._pieces.get(tensor.untyped_storage()._cdata) if tensor.layout is torch.strided else None
        return piece is not None and piece.fixed

    def note(self, operation: str) -> None:
        """Write down what is alive now."""
        self.points.append(Point(operation, self.phase, self.place, dict(self.live)))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self._follow(leaf)
        self.note(str(func.overloadpacket))
        return out

    def _follow(self, tensor: Tensor) -> _Piece | None:
        if tensor.layout is not torch.strided:  # a sparse tensor, or one of oneDNN's, has no storage to look at
            return None
        storage = tensor.untyped_storage()
        if storage.device.type != self._device:
            return None
        key = storage._cdata
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = _Piece(storage.nbytes(), "temporary", False)
            self._count(piece, 1)
            # torch keeps the Python object of a storage as long as the storage itself.
            weakref.finalize(storage, self._forget, key).atexit = False
        return piece

    def _forget(self, key: int) -> None:
        piece = self._pieces.pop(key)
        self._count(piece, -1)
        piece.size = 0  # a graph that is released later has nothing left to take away

    def _unsave(self, piece: _Piece) -> None:
        self._count(piece, -1)
        piece.saved -= 1
        self._count(piece, 1)

    def _count(self, piece: _Piece, sign: int) -> None:
        category = "activations" if piece.saved and not piece.fixed else piece.category
        self.live[category] += sign * piece.size


def thin(points: list[Point], most: int) -> list[Point]:
    """At most so many of them, in their order: of each stretch the one at which most was alive, so that the peak stays."""
    if len(points) <= most:
        return points
    edges = [number * len(points) // most for number in range(most + 1)]
    return [max(points[start:end], key=lambda point: point.total) for start, end in itertools.pairwise(edges)]
