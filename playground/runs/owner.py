"""Who writes a run that no server trains: a process that holds a lock on `owner.json` in its folder as long as it lives.

The lock goes with the process, however it ends, and the kernel says which process holds it. So a server can tell a run that
goes on from one whose process was killed, and a signal reaches that process or none.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from playground.errors import BusyError, RuntimeFailure, UnsupportedError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

OWNER = "owner.json"
# Without locks: a run whose history has not grown for so long goes on no more.
SILENT_SECONDS = 60.0
# struct flock as the C library lays it out, and where in it the type and the process stand.
LAYOUTS = {"linux": ("hhqqi4x", (0, 4)), "darwin": ("qqihh", (3, 2))}


@dataclass(frozen=True)
class Owner:
    """A living process that writes a run; `process` is None where its number cannot be told from here."""

    process: int | None


class Ownership:
    """This process writes the run in `folder` until `release` or its end.

    Raises:
        BusyError: another one does. RuntimeFailure: the disk refused.
    """

    def __init__(self, folder: Path):
        self._file: IO[str] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / OWNER).open("a+", encoding="utf-8")
        except OSError as error:
            raise RuntimeFailure("disk.write", name=OWNER, reason=error.strerror or str(error)) from error
        try:
            if fcntl is not None:
                # Not flock: its lock would be shared by children of a fork and live on in them.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(json.dumps({"process": os.getpid(), "since": time.time()}))
            file.flush()
        except BlockingIOError:
            file.close()
            raise BusyError("run.owned", folder=str(folder)) from None
        except OSError as error:
            file.close()
            raise RuntimeFailure("disk.write", name=OWNER, reason=error.strerror or str(error)) from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def find_owner(folder: Path) -> Owner | None:
    """The living process that writes this run, else None. (This process itself does not count: it knows.)"""
    try:
        with (folder / OWNER).open("rb") as file:
            if fcntl is None or sys.platform not in LAYOUTS:
                return Owner(None) if _has_grown(folder) else None
            holder = _holder(file)
    except FileNotFoundError:
        return None
    except OSError:  # no lock can be asked for on this file system
        return Owner(None) if _has_grown(folder) else None
    if holder is None:
        return None
    told = _told_process(folder)
    return Owner(holder if holder > 0 and holder == told else None)


def stop_owner(folder: Path) -> bool:
    """Ask the process that writes this run to save and end, as its Ctrl-C does; False where there is none (any more).

    Raises:
        UnsupportedError: it cannot be told which process that is. RuntimeFailure: it belongs to another user.
    """
    owner = find_owner(folder)
    if owner is None:
        return False
    if owner.process is None:
        raise UnsupportedError("runs.stop_elsewhere")
    try:
        if not hasattr(os, "pidfd_open"):
            os.kill(owner.process, signal.SIGINT)
            return True
        handle = os.pidfd_open(owner.process)
        try:
            # The handle is of whoever had that number just now; if he still holds the lock, it is he.
            if find_owner(folder) != owner:
                return False
            signal.pidfd_send_signal(handle, signal.SIGINT)
            return True
        finally:
            os.close(handle)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise RuntimeFailure("run.not_ours", process=owner.process) from error


def _holder(file: Any) -> int | None:
    """The process that holds the lock of a file; 0 where it has no number here (another container)."""
    layout, (kind_at, process_at) = LAYOUTS[sys.platform]
    fields = [0] * 5
    fields[kind_at] = fcntl.F_WRLCK
    answer = struct.unpack(layout, fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(layout, *fields)))
    return None if answer[kind_at] == fcntl.F_UNLCK else max(0, answer[process_at])


def _told_process(folder: Path) -> int | None:
    try:
        told = json.loads((folder / OWNER).read_text(encoding="utf-8"))
        return int(told["process"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _has_grown(folder: Path) -> bool:
    newest = max((path.stat().st_mtime for path in folder.iterdir()), default=0.0)
    return time.time() - newest < SILENT_SECONDS
