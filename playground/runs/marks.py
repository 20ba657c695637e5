"""What a visitor may change about a run: its name, and whether it is pinned. They lie in `marks.json` of its folder."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playground.atomic import write_json
from playground.errors import InputError
from playground.registry import shorten

MARKS = "marks.json"
NAME_MOST = 80
BYTES_MOST = 10_000


@dataclass(frozen=True)
class Marks:
    """`name`: "" = the run's default name. `pinned`: of several runs the limits delete it last."""

    name: str = ""
    pinned: bool = False


def read_marks(folder: Path) -> Marks:
    """Those of a run's folder; nothing, or nothing of the kind, is no mark at all."""
    path = folder / MARKS
    try:
        if path.stat().st_size > BYTES_MOST:
            return Marks()
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        return Marks(check_name(found["name"]), found["pinned"] is True)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, InputError):
        return Marks()


def write_marks(folder: Path, marks: Marks) -> None:
    """In one step. Raises: RuntimeFailure: the disk refused."""
    write_json(folder / MARKS, asdict(marks))


def check_name(name: object) -> str:
    """A name as it is kept: on one line, without what cannot be seen, spaces in a row as one; "" takes the default back.

    Raises:
        InputError: no text, or too long.
    """
    if not isinstance(name, str):
        raise InputError("run.name_text", got=shorten(name))
    if len(name) > 100 * NAME_MOST:
        raise InputError("run.name_long", most=NAME_MOST, count=len(name))
    # Cc, Zl, Zp: controls, line ends. Cf: invisible letters, which can turn a line around. Cs: halves, which no file holds.
    shown = (" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in name)
    plain = " ".join("".join(letter for letter in shown if unicodedata.category(letter) not in ("Cf", "Cs")).split())
    if len(plain) > NAME_MOST:
        raise InputError("run.name_long", most=NAME_MOST, count=len(plain))
    return plain
