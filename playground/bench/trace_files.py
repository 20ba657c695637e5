"""TraceFiles: the Chrome traces that profiles leave, beside the records that they belong to."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path

from playground.errors import NotFoundError

# What a child calls it, and how large it may be: a browser that shows it holds it many times over. One step of ResNet-18
# has a few hundred kilobytes.
TRACE = "trace.json.gz"
TRACE_BYTES_MOST = 8 * 2**20
RECORD_ID = re.compile("[0-9a-f]{32}")
logger = logging.getLogger(__name__)


class TraceFiles:
    """Files `<id>.trace.json.gz` in the folder of the records. A child writes its own into a folder that is its alone.

    Args:
        folder: of the records. What a killed server has left half-written is removed.
    """

    def __init__(self, folder: Path):
        self._folder, self._writing = folder, folder / "writing"
        shutil.rmtree(self._writing, ignore_errors=True)

    def reserve(self, record_id: str) -> str:
        """The folder that a child may write to; "" where the disk refuses, so that it measures all the same."""
        folder = self._writing / record_id
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            logger.warning("no folder for the trace of a profile: %s", error)
            return ""
        return str(folder)

    def keep(self, record_id: str) -> bool:
        """Take over what the child has written; whether there is a trace."""
        written = self._writing / record_id / TRACE
        try:
            # A child that ran a learner's code may have left anything under that name.
            fits = written.is_file() and not written.is_symlink() and written.stat().st_size <= TRACE_BYTES_MOST
            if fits:
                written.replace(self._path(record_id))
        except OSError as error:
            logger.warning("the trace of a profile cannot be kept: %s", error)
            fits = False
        self.drop(record_id)
        return fits

    def drop(self, record_id: str) -> None:
        """Nothing more will be written."""
        shutil.rmtree(self._writing / record_id, ignore_errors=True)

    def find(self, record_id: str) -> Path:
        """The trace of a record.

        Raises:
            NotFoundError: there is none (any more).
        """
        if not RECORD_ID.fullmatch(record_id) or not self._path(record_id).is_file():
            raise NotFoundError("bench.trace_gone")
        return self._path(record_id)

    def remove(self, record_id: str) -> None:
        """Its record is gone."""
        self._path(record_id).unlink(missing_ok=True)

    def _path(self, record_id: str) -> Path:
        return self._folder / f"{record_id}.{TRACE}"
