"""What an attack is, and how a module writes a family of them down."""

import re
from dataclasses import dataclass

_HEADER = re.compile(r"^#: (\w+)( !)?\n", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    name: str
    family: str
    code: str
    kind: str
    """What the sandbox must answer: "refused" or "limit"."""
    harmless: bool
    """May be run under plain exec, and then leaves a truthy `evidence`."""


def refused(family: str, text: str) -> tuple[Attack, ...]:
    """The programs in `text`, each under a line `#: name`; `#: name !` marks one that a test must not run plainly."""
    return _family(family, text, "refused")


def limit(family: str, text: str) -> tuple[Attack, ...]:
    """The programs in `text`, each under a line `#: name`. None may be run plainly."""
    return _family(family, text, "limit")


def _family(family: str, text: str, kind: str) -> tuple[Attack, ...]:
    pieces = _HEADER.split(text.lstrip("\n"))
    assert pieces[0] == "" and len(pieces) > 1, f"{family}: text before the first header"
    return tuple(
        Attack(f"{family}_{name}", family, code.strip("\n") + "\n", kind, harmless=kind == "refused" and not mark)
        for name, mark, code in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
    )
