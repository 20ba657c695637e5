"""Read a grey image from what a page, a script or `curl` sends: nested lists of numbers, or a base64 PNG or JPEG."""

from __future__ import annotations

import base64
import binascii
import io

import numpy as np
from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from playground.errors import InputError

# A drawing needs some hundred pixels a side; a scanned page has about 4 million. More only costs memory: one float32
# copy of the largest image is 16 MB, and many people may draw at once.
MAX_PIXELS = 4_000_000
MAX_SIDE_PIXELS = 4096
# One row or one column cannot hold a digit.
MIN_SIDE_PIXELS = 2
# The largest allowed image as an uncompressed 8-bit RGB file; checked before anything is decoded.
MAX_FILE_BYTES = 12_000_000

_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8\xff"


def read_pixels(pixels: object) -> np.ndarray:
    """Turn `pixels` into a grey image.

    Args:
        pixels: H×W numbers (nested lists or an array; any finite range, booleans too), or a string with a base64 PNG
            or JPEG, with or without a `data:` prefix. Colour becomes grey, transparency lies on white paper, and a
            photo is turned upright as its EXIF data say.

    Returns:
        (height, width) float32, a new array in the range that came: 0…255 from an 8-bit file, 0…65535 from a 16-bit
        one. Only numbers whose differences float32 would lose (1e300, or 1e9 + 0…1) are rescaled to 0…1.

    Raises:
        InputError: it is no such image, or it is too small or too large.

    Example:
        >>> read_pixels([[0, 255], [128, 0]])
        array([[  0., 255.],
               [128.,   0.]], dtype=float32)
    """
    if isinstance(pixels, str):
        return _decode_image(_decode_base64(pixels))
    if isinstance(pixels, np.ndarray):
        return _check_numbers(pixels)
    if isinstance(pixels, list | tuple):
        return _check_numbers(_stack_rows(pixels))
    raise InputError("digits.not_pixels", type=type(pixels).__name__)


def _stack_rows(rows: list | tuple) -> np.ndarray:
    """Nested lists as an array of whatever they hold; sizes are checked before anything is copied."""
    if len(rows) == 0:
        raise InputError("digits.empty")
    for index, row in enumerate(rows):
        if not isinstance(row, list | tuple) and not (isinstance(row, np.ndarray) and row.ndim):
            raise InputError("digits.row_not_list", row=index, type=type(row).__name__)
        if len(row) != len(rows[0]):
            raise InputError("digits.ragged", row=index, expected=len(rows[0]), got=len(row))
    _check_size(len(rows), len(rows[0]))
    try:
        return np.array(rows)
    except (ValueError, OverflowError):
        # Rows of equal length that numpy cannot stack: some entries are lists, others are not.
        raise InputError("digits.not_numbers", type="list") from None


def _check_numbers(values: np.ndarray) -> np.ndarray:
    """(height, width) float32 of an array that came from outside."""
    if values.size == 0:
        raise InputError("digits.empty")
    if values.ndim != 2:
        raise InputError("digits.not_flat", shape="×".join(map(str, values.shape)) or "1", dimensions=values.ndim)
    _check_size(*values.shape)
    # An object array holds None, dictionaries, or whole numbers too long for int64.
    objects = values.dtype.kind == "O" and not all(isinstance(value, int | float) for value in values.flat)
    if values.dtype.kind not in "biufO" or objects:
        raise InputError("digits.not_numbers", type=_first_not_number(values))
    try:
        exact = values.astype(np.float64)
    except OverflowError:
        row, column = np.argwhere(np.abs(values) > np.finfo(np.float64).max)[0]
        raise InputError("digits.not_finite", row=int(row), column=int(column), value="> 1.8e308") from None
    if not np.isfinite(exact).all():
        row, column = np.argwhere(~np.isfinite(exact))[0]
        raise InputError("digits.not_finite", row=int(row), column=int(column), value=str(exact[row, column]))
    return _to_float32(exact)


def _first_not_number(values: np.ndarray) -> str:
    return next((type(v).__name__ for v in values.ravel().tolist() if not isinstance(v, int | float)), "complex")


def _to_float32(exact: np.ndarray) -> np.ndarray:
    """(height, width) float64 → float32, rescaled to 0…1 only where float32 would lose the picture."""
    low, high = float(exact.min()), float(exact.max())
    largest = max(abs(low), abs(high))
    # Halves, because high - low may overflow even float64.
    half_spread = high / 2 - low / 2
    too_large, too_close = largest > 1e30, half_spread < 1e-4 * largest or half_spread < 1e-30
    if half_spread > 0 and (too_large or too_close):
        exact = (exact / 2 - low / 2) / half_spread / 2
    elif too_large:
        exact = np.zeros_like(exact)
    return exact.astype(np.float32)


def _check_size(height: int, width: int) -> None:
    if height == 0 or width == 0:
        raise InputError("digits.empty")
    if min(height, width) < MIN_SIDE_PIXELS:
        raise InputError("digits.too_small", height=height, width=width, least=MIN_SIDE_PIXELS)
    if height > MAX_SIDE_PIXELS or width > MAX_SIDE_PIXELS or height * width > MAX_PIXELS:
        raise InputError("digits.too_large", height=height, width=width, side=MAX_SIDE_PIXELS, pixels=f"{MAX_PIXELS:,}")


def _decode_base64(text: str) -> bytes:
    """The bytes of a base64 string: white space, a `data:` prefix, the URL alphabet and missing padding are fine."""
    # A base64 text is 4/3 as long as its file; the rest is room for line breaks and the prefix.
    if len(text) > MAX_FILE_BYTES * 3 // 2:
        raise InputError("digits.file_too_large", megabytes=f"{MAX_FILE_BYTES / 1e6:g}")
    if text.lstrip()[:5].lower() == "data:":
        header, comma, text = text.partition(",")
        if not comma or "base64" not in header.lower():
            raise InputError("digits.not_base64", start=header.strip()[:24])
    compact = "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    if not compact:
        raise InputError("digits.empty")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InputError("digits.not_base64", start=compact[:24]) from None


def _decode_image(data: bytes) -> np.ndarray:
    """(height, width) float32 of a PNG or JPEG file; its size is known and checked before a pixel is decoded."""
    # The two readers themselves instead of Image.open: no other decoder can be reached, and a huge size comes back as a
    # size (and so as our own words) where Image.open would only warn about it.
    reader: type[ImageFile]
    if data.startswith(_PNG_START):
        reader = PngImageFile
    elif data.startswith(_JPEG_START):
        reader = JpegImageFile
    else:
        raise InputError("digits.not_image")
    try:
        image = reader(io.BytesIO(data))
        _check_size(image.height, image.width)
        image.load()
        return _to_grey(ImageOps.exif_transpose(image))
    except InputError:
        raise
    except Exception as error:
        # A damaged file makes the readers raise almost anything (OSError, SyntaxError, struct.error, zlib.error …).
        raise InputError("digits.broken_image", format=reader.format) from error


def _to_grey(image: Image.Image) -> np.ndarray:
    """(height, width) float32 of a decoded image, transparency on white."""
    if image.mode == "I" or image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.float32)
    if not image.has_transparency_data:
        # By way of RGB, because a palette or CMYK has no brightness of its own.
        return np.asarray(image.convert("RGB").convert("L")).astype(np.float32)
    grey_alpha = np.asarray(image.convert("RGBA").convert("LA")).astype(np.float32)
    grey, alpha = grey_alpha[..., 0], grey_alpha[..., 1] / 255
    on_white = grey * alpha + 255 * (1 - alpha)
    # White ink on a transparent canvas (a page in dark colours) would vanish on white paper.
    return on_white if np.ptp(on_white) > 0 else grey * alpha
