"""The programs of a lesson: one text with the lines that differ, so that the two cannot differ in anything else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "programs"
SIDES = ("broken", "cured")
SEED = 1
# How a line of a program begins, and on which sides it stands.
MARKS = {"  ": SIDES, "- ": ("broken",), "+ ": ("cured",)}
INCLUDE = "@ "


@cache
def read_lines(name: str) -> tuple[tuple[str, str], ...]:
    """The lines of both programs of a lesson: (mark, line); mark: "both", "broken" or "cured", where the line stands.

    A file is a text as `diff` writes it: two letters that say where a line stands, then the line. `@ load` stands for the
    lines of the file `load.txt` beside it.

    Raises:
        ValueError: a line that begins with something else.
    """
    lines: list[tuple[str, str]] = []
    for number, whole in enumerate((FOLDER / f"{name}.diff").read_text(encoding="utf-8").splitlines(), start=1):
        mark, line = whole[:2].ljust(2), whole[2:]
        if mark not in MARKS:
            raise ValueError(f"{name}.diff, line {number}: expected one of {list(MARKS)}, got {whole!r}")
        sides = MARKS[mark]
        found = _shared(line.removeprefix(INCLUDE)) if line.startswith(INCLUDE) else [line]
        lines += [(sides[0] if len(sides) == 1 else "both", one) for one in found]
    return tuple(lines)


def write_program(name: str, side: str, seed: int = SEED) -> str:
    """The complete script of one side: it runs in an empty folder, without this package, and prints its numbers."""
    lines = [line for mark, line in read_lines(name) if mark in ("both", side)]
    return "\n".join(line.replace("SEED = 1", f"SEED = {seed}", 1) for line in lines) + "\n"


def _shared(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
