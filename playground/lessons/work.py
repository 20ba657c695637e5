"""What a child does for a lesson: it runs one of the two programs, as it is shown, and sends what it prints."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import torch
from torchvision import datasets

from playground.data import load_images
from playground.lessons.events import Ended, Line, read_line
from playground.lessons.program import SEED, write_program
from playground.training.events import Event


class MNIST:
    """Stands where the program asks for torchvision's class: the same images, which this process has in memory already."""

    def __init__(self, root: str, train: bool = True, download: bool = False):
        images = load_images("MNIST")
        self.data = torch.from_numpy(images.train_images if train else images.test_images)
        self.targets = torch.from_numpy(images.train_labels if train else images.test_labels).long()


def run_in_child(name: str, side: str, seed: int = SEED) -> Iterator[Event]:
    """Run a program of our own in this process, which ends with it.

    Yields:
        A Line for each that it prints, and Ended.

    Raises:
        Whatever the program raises.
    """
    # In a process of its own nobody else sees the change.
    datasets.MNIST = MNIST  # type: ignore[assignment, misc]
    begun = time.perf_counter()
    printed = hashlib.sha256()
    for line in run_program(write_program(name, side, seed)):
        printed.update(f"{line}\n".encode())
        yield Line(read_line(line))
    yield Ended(time.perf_counter() - begun, printed.hexdigest())


def run_program(source: str) -> Iterator[str]:
    """The lines that a program prints, each as soon as it is there.

    It runs in a thread of its own, because a program cannot be asked to wait; torch's thread count and its grad mode are the
    thread's own, as they would be in a process.
    """
    lines: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        namespace: dict[str, Any] = {"__name__": "__main__", "print": lambda text: lines.put(str(text))}
        try:
            exec(compile(source, "lesson.py", "exec"), namespace)
            lines.put(None)
        except BaseException as error:
            lines.put(error)

    threading.Thread(target=work, name="lesson", daemon=True).start()
    while (line := lines.get()) is not None:
        if isinstance(line, BaseException):
            raise line
        yield line
