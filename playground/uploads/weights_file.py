"""A file of weights that somebody sends: what it holds, or why it is none. Call it in a confined child."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from playground.errors import InputError, RefusedError
from playground.models.checkpoint import read_safetensors
from playground.models.spec import ModelSpec
from playground.registry import shorten
from playground.uploads.pickles import foreign_names

ZIP, PICKLE = b"PK\x03\x04", b"\x80"
ENTRIES_MOST = 10_000
NAMES_SHOWN = 8
# Where training scripts put the weights among other things.
USUAL_KEYS = ("model_state_dict", "state_dict", "model_state", "model", "net", "network", "weights", "params", "ema")
# What DataParallel, torch.compile and a wrapping class put in front of each name.
PREFIXES = ("module.", "_orig_mod.", "model.")


# How torch names what its own careful reader refuses.
UNSUPPORTED = re.compile(r"Unsupported (?:global: GLOBAL|class) (\S+)")


@dataclass
class WeightsFile:
    """What a file holds.

    Args:
        kind: safetensors, pth, or pth_legacy (a state_dict as PyTorch wrote it before 1.6).
        spec: the model that it describes; None = none.
        notes: what is worth telling: keys of the catalogue, each with its values.
    """

    kind: str
    state: dict[str, Tensor]
    spec: ModelSpec | None = None
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def read_weights(data: bytes, name: str) -> WeightsFile:
    """
    Args:
        name: of the file, for messages; what it is, its content says.

    Raises:
        InputError: empty, damaged, or no weights. RefusedError: it holds more than weights; the message lists what.
    """
    if not data:
        raise InputError("upload.empty", name=name)
    if data[8:9] == b"{" and int.from_bytes(data[:8], "little") < 2**32:
        spec, state, _ = read_safetensors(data, name)
        found = WeightsFile("safetensors", state, spec)
    elif data.startswith(ZIP):
        found = _unwrapped("pth", _load(data, _pickle_of_zip(data, name), name), name)
    elif data.startswith(PICKLE):
        found = _unwrapped("pth_legacy", _load(data, data, name), name)
    elif _is_text(data):
        raise InputError("upload.text", name=name, start=shorten(data[:40].decode("utf-8", "replace").strip(), 40))
    else:
        raise InputError("upload.unknown", name=name)
    if not found.state:
        raise InputError("upload.no_tensors", name=name)
    for key, value in found.state.items():
        if value.layout is not torch.strided or value.is_quantized or value.is_meta:
            raise InputError("upload.layout", name=name, key=shorten(key))
    return found


def strip_prefix(file: WeightsFile, expected: Mapping[str, Any]) -> None:
    """Take off what stands in front of every name and not in front of the model's."""
    for prefix in PREFIXES:
        every = all(key.startswith(prefix) and len(key) > len(prefix) for key in file.state)
        if every and not any(key.startswith(prefix) for key in expected):
            file.state = {key.removeprefix(prefix): value for key, value in file.state.items()}
            file.notes.append(("upload.prefix", {"prefix": prefix}))


def _pickle_of_zip(data: bytes, name: str) -> bytes:
    """The pickle inside a `.pth`, after looking at what the archive says and what it really has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            packed = [entry for entry in entries if entry.compress_type != zipfile.ZIP_STORED]
            declared = sum(entry.file_size for entry in entries)
            # torch.save packs nothing, so that what is in it cannot be larger than the file.
            if packed or declared > len(data) or len(entries) > ENTRIES_MOST:
                raise InputError(
                    "upload.bomb", name=name, declared=f"{declared / 2**20:,.0f}", size=f"{len(data) / 2**20:,.1f}"
                )
            names = {entry.filename.partition("/")[2]: entry for entry in entries}
            if "constants.pkl" in names:
                raise InputError("upload.torchscript", name=name)
            if "data.pkl" not in names:
                raise InputError("upload.zip", name=name, first=shorten(entries[0].filename if entries else "–"))
            return archive.read(names["data.pkl"])
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError("upload.damaged", name=name, reason=shorten(str(error), 100)) from error


def _load(data: bytes, pickle: bytes, name: str) -> Any:
    foreign = foreign_names(pickle)
    if foreign:
        more = f" … (+{len(foreign) - NAMES_SHOWN})" if len(foreign) > NAMES_SHOWN else ""
        raise RefusedError("upload.globals", name=name, names=", ".join(map(shorten, foreign[:NAMES_SHOWN])) + more)
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises KeyError, EOFError, RuntimeError … on garbage
        refused = UNSUPPORTED.search(str(error))
        if refused:
            raise RefusedError("upload.globals", name=name, names=shorten(refused[1])) from error
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError("upload.damaged", name=name, reason=shorten(reason, 100)) from error


def _unwrapped(kind: str, loaded: Any, name: str) -> WeightsFile:
    """The names and tensors of what was loaded, wherever in it they are."""
    found = WeightsFile(kind, {})
    if kind == "pth_legacy":
        found.notes.append(("upload.legacy", {}))
    if not isinstance(loaded, Mapping):
        raise InputError("upload.not_mapping", name=name, type=type(loaded).__name__)
    if not any(isinstance(value, Tensor) for value in loaded.values()):
        nested = {str(key): value for key, value in loaded.items() if isinstance(value, Mapping) and _tensors_in(value)}
        chosen = next((key for key in USUAL_KEYS if key in nested), next(iter(nested), None))
        if chosen is None:
            raise InputError("upload.no_tensors", name=name)
        loaded = nested[chosen]
        found.notes.append(("upload.nested", {"key": shorten(chosen)}))
    found.state = {str(key): value.detach() for key, value in loaded.items() if isinstance(value, Tensor)}
    others = [shorten(str(key), 30) for key, value in loaded.items() if not isinstance(value, Tensor)]
    if others:
        found.notes.append(("upload.others", {"names": ", ".join(others[:NAMES_SHOWN])}))
    return found


def _tensors_in(value: Mapping[Any, Any]) -> bool:
    """An optimizer's state has numbers for names."""
    return any(isinstance(inner, Tensor) and isinstance(key, str) for key, inner in value.items())


def _is_text(data: bytes) -> bool:
    start = data[:2000]
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:  # a letter that is cut at the end is no reason
            return False
        text = start[: error.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\r\n\t\f" for letter in text)
