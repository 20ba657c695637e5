"""Meter: a communication hook for DDP that does what DDP does without one, and looks at the clock."""

# No annotations from the future here: DDP reads those of a hook, and wants classes.
import threading
import time
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


class Meter:
    """Bytes and seconds of the all-reduce of one step; `begin` before its backward, `read` after it.

    On a GPU the seconds are those until the work was handed over, not until it was done.
    """

    def __init__(self, size: int):
        self.size = size
        self._lock = threading.Lock()
        self.begin()

    def begin(self) -> None:
        with self._lock:
            self.bytes = self.buckets = 0
            self._first = self._last = 0.0

    @property
    def seconds(self) -> float:
        return self._last - self._first

    def hook(self, _: Any, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
        """The mean of a bucket over all ranks."""
        tensor = bucket.buffer().div_(self.size)
        with self._lock:
            self._first = self._first or time.perf_counter()
            self.bytes += tensor.numel() * tensor.element_size()
            self.buckets += 1
        work = dist.all_reduce(tensor, async_op=True)
        return work.get_future().then(self._arrived)  # type: ignore[no-any-return,union-attr]

    def _arrived(self, future: torch.futures.Future[list[Tensor]]) -> Tensor:
        with self._lock:
            self._last = time.perf_counter()
        return future.value()[0]
