"""What a pickle would import, found by reading its instructions: nothing of it is executed."""

from __future__ import annotations

import io
import pickletools

import torch

# A legacy file of torch.save is five pickles and then bare numbers: a magic number, a version, the machine, the object,
# the keys of the numbers.
PICKLES = 5
OPERATIONS_MOST = 2_000_000
ALLOWED = {
    *((module, name) for module in ("builtins", "__builtin__") for name in ("set", "bytearray", "complex")),
    ("collections", "OrderedDict"),
    ("torch", "Size"),
    ("torch", "Tensor"),
    ("torch", "device"),
    ("torch.nn.parameter", "Parameter"),
    ("torch._tensor", "_rebuild_from_type_v2"),
    ("torch.serialization", "_get_layout"),
}


def foreign_names(data: bytes) -> list[str]:
    """The classes and functions that a pickle names beside those that tensors are made of, such as `os.system`.

    Args:
        data: a pickle, or several one after the other.
    """
    found: dict[str, None] = {}
    stream, left = io.BytesIO(data), OPERATIONS_MOST
    for _ in range(PICKLES):
        texts: list[str] = []
        memory: dict[int, str] = {}
        kept, last = 0, ""
        try:
            for operation, argument, _place in pickletools.genops(stream):
                left -= 1
                if left < 0:
                    return list(found)
                name, text = operation.name, ""
                if name in ("GLOBAL", "INST"):
                    found |= _foreign(*str(argument).split(" ", 1))
                elif name == "STACK_GLOBAL" and len(texts) >= 2:
                    found |= _foreign(texts[-2], texts[-1])
                elif isinstance(argument, str):
                    text = argument
                elif name in ("MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"):
                    if last:
                        memory[kept if argument is None else int(str(argument))] = last
                    kept += 1
                elif name in ("BINGET", "LONG_BINGET", "GET"):
                    text = memory.get(int(str(argument)), "")
                if text:
                    texts.append(text)
                last = text
        except (ValueError, IndexError, EOFError, UnicodeDecodeError, OverflowError):
            break  # no pickle (any more): what reads it says so
    return list(found)


def _foreign(module: str, name: str = "") -> dict[str, None]:
    # What `os` is called inside Python.
    module = "os" if module in ("posix", "nt") else module
    kept_by_torch = module == "torch" and isinstance(getattr(torch, name, None), (torch.dtype, torch.layout))
    tensors = (
        kept_by_torch
        or (module in ("torch", "torch.storage") and name.endswith("Storage"))
        or (module == "torch._utils" and name.startswith("_rebuild_"))
        or (module, name) in ALLOWED
    )
    return {} if tensors else {f"{module}.{name}".rstrip("."): None}
