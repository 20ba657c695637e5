"""MemoryFiles: `torch.save` and `torch.load` for state dicts, in the memory of one program."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

from playground.errors import RefusedError
from playground.lang.budget import Budget, Halt
from playground.registry import shorten

PLAIN_NAME = re.compile(r"[\w\- ]+(\.[\w\-]+)*")
FILES_MOST = 50
ITEMS_MOST = 10_000


class MemoryFiles:
    """What the program has saved, by name; nothing reaches a disk, and nothing is unpickled."""

    def __init__(self, budget: Budget):
        self._budget = budget
        self._files: dict[str, Any] = {}

    def save(self, obj: Any, f: Any, **options: Any) -> None:
        """Keep a copy of tensors, numbers and text in dicts and lists, such as `model.state_dict()`."""
        if options:
            raise Halt(RefusedError("lang.refused_argument", name="torch.save", argument=next(iter(options))))
        name = _checked(f)
        if len(self._files) >= FILES_MOST and name not in self._files:
            raise Halt(RefusedError("lang.refused_files", limit=FILES_MOST))
        self._files[name] = self._copy(obj)

    def load(self, f: Any, map_location: Any = None, *, weights_only: bool = True, **options: Any) -> Any:
        """A copy of what was saved under that name.

        Raises:
            FileNotFoundError: nothing was.
        """
        name = _checked(f)
        if not weights_only or options:
            argument = "weights_only=False" if not weights_only else next(iter(options))
            raise Halt(RefusedError("lang.refused_argument", name="torch.load", argument=argument))
        if name not in self._files:
            raise FileNotFoundError(f"[Errno 2] No such file or directory: {name!r}")
        return self._copy(self._files[name], map_location)

    def _copy(self, value: Any, device: Any = None) -> Any:
        self._budget.tick()
        if isinstance(value, Tensor):
            copied = value.detach().clone()
            return copied.to(device) if isinstance(device, (str, torch.device)) else copied
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, dict) and len(value) <= ITEMS_MOST:
            made = type(value)() if type(value).__module__ == "collections" and hasattr(value, "move_to_end") else {}
            made.update({key: self._copy(part, device) for key, part in value.items()})
            return made
        if isinstance(value, (list, tuple)) and len(value) <= ITEMS_MOST:
            return type(value)(self._copy(part, device) for part in value) if type(value) in (list, tuple) else list(value)
        raise Halt(RefusedError("lang.refused_save", type=type(value).__name__))


def _checked(name: Any) -> str:
    if not isinstance(name, str) or not PLAIN_NAME.fullmatch(name) or len(name) > 100:
        raise Halt(RefusedError("lang.refused_path", name=shorten(name)))
    return name
