"""Whether a server has a folder of runs: two would each take the other's running runs for interrupted ones."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import IO

from playground.errors import BusyError

SERVER = ".owner"
logger = logging.getLogger(__name__)


def take_runs(folder: Path) -> IO[str] | None:
    """Make sure that no other server writes to these runs: keep what is returned as long as this one does.

    The lock goes with the process.

    Raises:
        BusyError: another server has them.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / SERVER).open("w")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError("run.locked", folder=str(folder)) from None
    except OSError as error:
        logger.warning("the runs in %s cannot be locked: %s", folder, error)
        return None
    return file


def is_served(folder: Path) -> bool:
    """Whether a server has these runs (see `take_runs`)."""
    try:
        import fcntl

        with (folder / SERVER).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except (ImportError, OSError):  # Windows; or there never was one
        return False
