"""Files that are written whole or not at all, whatever is killed in the middle."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.errors import RuntimeFailure


def write_atomically(path: Path, write: Callable[[Any], Any], *, durable: bool = True) -> None:
    """Run `write(file)` on a temporary file beside `path`, then put it in its place in one step.

    Args:
        durable: wait until the disk has it; without, it outlives a kill of the process, but not the power's failure.

    Raises:
        RuntimeFailure: the disk refused; nothing is left behind.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            write(file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)  # temporary files are for their owner alone; this one is not temporary any more
        os.replace(temporary, path)
        temporary = None
    except (OSError, RuntimeError) as error:
        # torch reports a failed write as a RuntimeError.
        raise RuntimeFailure("disk.write", name=path.name, reason=getattr(error, "strerror", None) or str(error)) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write a small JSON file in one step. Raises: RuntimeFailure as `write_atomically`."""
    write_atomically(path, lambda file: file.write(json.dumps(value, ensure_ascii=False).encode()), durable=durable)
