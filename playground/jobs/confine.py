"""Confinement of a child by the kernel: the wall behind the language, should a program ever get past its guards.

Linux's Landlock takes from a process, for good, what it names: here every write, every new program, every file but the ones
that Python and torch read, every TCP connection, and signals to processes outside. It needs no rights and no helper.

Source: the kernel's Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
VERSION_FLAG, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
READ_FILE, READ_DIRECTORY, WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
REMOVE_FILE, MAKE_FILE, TRUNCATE = 1 << 5, 1 << 8, 1 << 14  # no folders, links, devices
# How many kinds of access to files each version of Landlock knows: the lowest so many bits.
FILE_BITS = {1: 13, 2: 14, 3: 15}
TCP_BIND_AND_CONNECT, SOCKETS_AND_SIGNALS = 0b11, 0b11
# What Python and torch read while a program runs: code, the machine's description, time zones.
SYSTEM = tuple(
    "/usr /lib /lib64 /etc/ld.so.cache /etc/localtime /proc/self /proc/cpuinfo /proc/meminfo /sys/devices/system "
    "/sys/fs/cgroup /dev/urandom".split()
)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def landlock_version() -> int:
    """Which version of Landlock the kernel has; 0 = none (an old kernel, another system)."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(CREATE_RULESET, None, 0, VERSION_FLAG))


def confine(extra: tuple[str, ...] = (), readable: tuple[str, ...] = (), writable: tuple[str, ...] = ()) -> bool:
    """Confine this process and all threads that it will start; False where the kernel cannot.

    Args:
        extra: further paths that may be read and written (a GPU's devices).
        readable: further paths that may be read.
        writable: folders in which files may be made, written, renamed and removed.

    Raises:
        OSError: the kernel can, and refused.
    """
    version = landlock_version()
    if not version:
        return False
    bits = FILE_BITS.get(version, FILE_BITS[3])
    rules = _Ruleset(
        (1 << bits) - 1, TCP_BIND_AND_CONNECT if version >= 4 else 0, SOCKETS_AND_SIGNALS if version >= 6 else 0
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(_call(CREATE_RULESET, ctypes.byref(rules), size, 0))
    try:
        for path in (*_readable(), *readable):
            _allow(ruleset, path, READ_FILE | READ_DIRECTORY)
        for path in writable:
            whole = READ_FILE | READ_DIRECTORY | WRITE_FILE | REMOVE_FILE | MAKE_FILE | TRUNCATE
            _allow(ruleset, path, whole & rules.files)
        for path in ("/dev/null", *extra):
            _allow(ruleset, path, READ_FILE | WRITE_FILE | READ_DIRECTORY)
        _checked(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _readable() -> Iterator[str]:
    """The system's own paths, this package, and wherever modules are imported from; not the folder that holds them all."""
    yield from SYSTEM
    yield str(PACKAGE)
    yield from {sys.prefix, sys.base_prefix, *(path for path in sys.path if "site-packages" in path)}


def _allow(ruleset: int, path: str, access: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not os.path.isdir(path):
                access &= ~READ_DIRECTORY
            rule = _Beneath(access, descriptor)
            _checked(_call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0))
        finally:
            os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    return int(library.syscall(ctypes.c_long(number), *arguments))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
