"""The IDX format of MNIST and its relatives: a header of big-endian sizes, then the bytes.

Source: the file format section of the MNIST page; magic number 0x0000_08_NN = unsigned bytes in NN dimensions.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np

from playground.errors import InputError, NotFoundError


def read_idx(path: Path, md5: str | None = None) -> np.ndarray:
    """Read a gzipped or plain IDX file of unsigned bytes.

    Args:
        md5: of the unpacked bytes; None = do not check.

    Returns:
        uint8 array in the file's own shape: (count, 28, 28) for images, (count,) for labels.

    Raises:
        NotFoundError: no such file.
        InputError: damaged: cannot be unpacked, wrong checksum, wrong header or length.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError:
        raise NotFoundError("data.missing_file", name=path.name, folder=path.parent.name) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("data.damaged", name=path.name, reason=str(error)) from error
    if md5 is not None and hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
        raise InputError("data.checksum", name=path.name)
    dimensions = data[3] if len(data) >= 4 and data[:3] == b"\0\0\x08" else 0
    if not 1 <= dimensions <= 4 or len(data) < 4 + 4 * dimensions:
        raise InputError("data.damaged", name=path.name, reason="IDX header")
    shape = tuple(int(size) for size in np.frombuffer(data, ">u4", dimensions, offset=4))
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions)
    if values.size != int(np.prod(shape)):
        raise InputError("data.damaged", name=path.name, reason=f"{values.size} ≠ {' × '.join(map(str, shape))}")
    # A copy: torch wants arrays that could be written to.
    return values.reshape(shape).copy()
