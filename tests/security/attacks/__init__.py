"""Programs that the sandbox must refuse or stop: the test data of the security suite.

They run nowhere but in tests. Those marked harmless leave a truthy `evidence` behind under plain `exec`, which shows that
each really does its deed where no sandbox holds it.
"""

from . import (
    classes,
    crashes,
    execution,
    files,
    frames,
    imports,
    libraries,
    memory,
    names,
    pointers,
    steps,
    torch_internals,
    walks,
)
from .attack import Attack

__all__ = ["ATTACKS", "Attack"]

ATTACKS: tuple[Attack, ...] = (
    *imports.ATTACKS,
    *execution.ATTACKS,
    *walks.ATTACKS,
    *frames.ATTACKS,
    *classes.ATTACKS,
    *names.ATTACKS,
    *libraries.ATTACKS,
    *files.ATTACKS,
    *torch_internals.ATTACKS,
    *pointers.ATTACKS,
    *crashes.ATTACKS,
    *memory.ATTACKS,
    *steps.ATTACKS,
)
