"""A zip of folders that somebody sends: what it says of itself is checked before anything of it is unpacked.

Nothing is ever written to a disk under a name from the archive. Call it in a confined child.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from playground.errors import InputError, LimitError, PlaygroundError, RefusedError
from playground.registry import shorten

# Photos hardly shrink in a zip; MNIST's digits as PNG do not either.
RATIO_MOST = 50
UNPACKED_MOST = 300 * 2**20
FILE_BYTES_MOST = 12_000_000
ENTRIES_PER_IMAGE = 4
NESTED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
# What systems and people leave in folders.
LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
TRAIN_FOLDERS, TEST_FOLDERS = ("train", "training"), ("test", "testing", "val", "valid", "validation")


@dataclass(frozen=True)
class ImageFile:
    """One file: its path in the archive, its class (the folder that it lies in), and train, test or "" (not said)."""

    path: str
    label: str
    split: str
    entry: zipfile.ZipInfo


def open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """
    Raises:
        InputError: empty, or no zip.
    """
    if not data:
        raise InputError("own.empty", name=name)
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise InputError("own.not_zip", name=name) from error


def list_files(archive: zipfile.ZipFile, data_bytes: int, images_most: int) -> list[ImageFile]:
    """The files of the archive with their classes, in its order.

    Raises:
        RefusedError: a path that leads out of the archive, a link, a password, an archive in the archive.
        LimitError: too many files, or they would be too large unpacked. InputError: files that lie in no folder.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > ENTRIES_PER_IMAGE * images_most:
        raise LimitError("own.many", count=f"{len(entries):,}", maximum=f"{images_most:,}")
    for entry in entries:
        _check_entry(entry)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > min(UNPACKED_MOST, max(2**20, RATIO_MOST * data_bytes)):
        raise LimitError("own.bomb", size=f"{data_bytes / 2**20:.1f}", unpacked=f"{unpacked / 2**20:,.0f}", ratio=RATIO_MOST)
    kept = [entry for entry in entries if not _is_litter(entry.filename)]
    if len(kept) > images_most:
        raise LimitError("own.many", count=f"{len(kept):,}", maximum=f"{images_most:,}")
    found = []
    for entry in kept:
        folders = PurePosixPath(entry.filename).parts[:-1]
        if not folders:
            raise InputError("own.no_folder", path=shorten(entry.filename))
        lower = [folder.lower() for folder in folders[:-1]]
        split = "test" if any(one in TEST_FOLDERS for one in lower) else ""
        split = "train" if any(one in TRAIN_FOLDERS for one in lower) else split
        found.append(ImageFile(entry.filename, folders[-1], split, entry))
    return found


def read_files(archive: zipfile.ZipFile, files: list[ImageFile]) -> Iterator[tuple[ImageFile, bytes | None]]:
    """Each file with its bytes; None for one that is damaged.

    Raises:
        LimitError: a file has more in it than the archive says.
    """
    for file in files:
        try:
            with archive.open(file.entry) as opened:
                content = opened.read(file.entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
            yield file, None
            continue
        if len(content) > file.entry.file_size:
            raise LimitError("own.file_large", path=shorten(file.path), megabytes=FILE_BYTES_MOST // 10**6)
        yield file, content


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # `filename` ends at a zero byte and has its backslashes turned; `orig_filename` is what the file says.
    said = entry.orig_filename
    parts = said.replace("\\", "/").split("/")
    refused: PlaygroundError | None = None
    if "\0" in said or said.startswith(("/", "\\")) or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":"):
        refused = RefusedError("own.path", path=shorten(said.replace("\0", "·")))
    elif stat.S_ISLNK(entry.external_attr >> 16):
        refused = RefusedError("own.link", path=shorten(said))
    elif entry.flag_bits & 1:
        refused = RefusedError("own.encrypted", path=shorten(said))
    elif said.lower().endswith(NESTED):
        refused = RefusedError("own.nested", path=shorten(said))
    elif entry.file_size > FILE_BYTES_MOST:
        refused = LimitError("own.file_large", path=shorten(said), megabytes=FILE_BYTES_MOST // 10**6)
    if refused is not None:
        raise refused


def _is_litter(path: str) -> bool:
    return any(part in LITTER or part.startswith(".") for part in PurePosixPath(path).parts)
