"""Meter: what DDP and FSDP send, which happens as it would without, and how long it takes."""

# No annotations from the future here: DDP reads those of a hook, and wants classes.
import threading
import time
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


class Meter:
    """Calls, bytes and seconds of the collectives of one step; `begin` before it, `read` after its backward.

    The bytes are those of the whole vector, of a gather or a scatter, too. On a GPU the seconds are those until the work
    was handed over, not until it was done.
    """

    def __init__(self, size: int):
        self.size = size
        self._lock = threading.Lock()
        self.begin()

    def begin(self) -> None:
        with self._lock:
            self._calls: dict[str, int] = {}
            self._bytes: dict[str, int] = {}
            self._seconds: dict[str, float] = {}
            self._first = 0.0

    def read(self) -> list[dict[str, Any]]:
        """[{name, calls, bytes, seconds}] by collective, in the order of their first calls.

        `seconds`: of all-reduce from the first bucket that was handed over to the last one that came back, while backward
        went on; of the others the sum of their calls, for which everything waits.
        """
        with self._lock:
            return [
                {"name": name, "calls": calls, "bytes": self._bytes[name], "seconds": self._seconds.get(name, 0.0)}
                for name, calls in self._calls.items()
            ]

    def reduce_bucket(self, _: Any, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
        """A communication hook for DDP: the mean of a bucket over all ranks."""
        tensor = bucket.buffer().div_(self.size)
        self._note("all_reduce", tensor)
        with self._lock:
            self._first = self._first or time.perf_counter()
        work = dist.all_reduce(tensor, async_op=True)
        return work.get_future().then(self._arrived)  # type: ignore[no-any-return,union-attr]

    def timed(self, name: str, whole: Tensor, work: Any) -> Any:
        """The result of `work()`, a collective that moves the parts of `whole`."""
        self._note(name, whole)
        begun = time.perf_counter()
        result = work()
        with self._lock:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - begun
        return result

    def _note(self, name: str, tensor: Tensor) -> None:
        with self._lock:
            self._calls[name] = self._calls.get(name, 0) + 1
            self._bytes[name] = self._bytes.get(name, 0) + tensor.numel() * tensor.element_size()

    def _arrived(self, future: torch.futures.Future[list[Tensor]]) -> Tensor:
        with self._lock:
            self._seconds["all_reduce"] = time.perf_counter() - self._first
        return future.value()[0]
