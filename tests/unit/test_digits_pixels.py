"""Images as they come from outside: what is read, and what is said about what cannot be."""

from __future__ import annotations

import base64
import contextlib
import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from playground import words
from playground.digits import pixels
from playground.digits.pixels import read_pixels
from playground.errors import InputError

GREY = np.arange(30 * 20, dtype=np.uint8).reshape(30, 20)


def encode(image: Image.Image, kind: str = "PNG", **options) -> str:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return base64.b64encode(file.getvalue()).decode()


def png_header(width: int, height: int) -> str:
    """A PNG that promises a size and ends after a little empty data."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "given",
    [GREY, GREY.tolist(), [tuple(row) for row in GREY.tolist()], list(GREY), GREY.astype(np.float16), GREY[:, ::-1]],
    ids=["array", "lists", "tuples", "list of arrays", "half precision", "a view"],
)
def test_numbers_keep_their_range(given):
    image = read_pixels(given)
    assert image.dtype == np.float32
    assert image.tolist() == np.array(given).astype(float).tolist()


def test_result_is_a_copy():
    given = np.ones((2, 2), np.float32)
    read_pixels(given)[0, 0] = 5
    assert given[0, 0] == 1


def test_booleans_are_ink():
    assert read_pixels([[True, False], [False, True]]).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(("low", "high"), [(-1e300, 1e300), (0, 1e-300), (1e9, 1e9 + 1), (-1.7e308, 1.7e308), (0, 10**20)])
def test_any_finite_range_keeps_the_picture(low, high):
    image = read_pixels([[low, high], [high, low]])
    assert np.isfinite(image).all()
    assert image[0, 1] > image[0, 0]


@pytest.mark.parametrize("wrap", ["{}", "data:image/png;base64,{}", "  data:image/PNG;base64,{}\n"])
def test_png(wrap):
    assert np.array_equal(read_pixels(wrap.format(encode(Image.fromarray(GREY)))), GREY)


def test_base64_with_line_breaks_without_padding_and_for_urls():
    text = encode(Image.fromarray(GREY)).rstrip("=").replace("+", "-").replace("/", "_")
    assert np.array_equal(read_pixels("\r\n".join(text[i : i + 60] for i in range(0, len(text), 60))), GREY)


def test_jpeg_is_close_and_turned_upright():
    picture = Image.fromarray(np.tile(np.linspace(0, 255, 40, dtype=np.uint8), (16, 1)))
    assert np.abs(read_pixels(encode(picture, "JPEG", quality=95)) - np.asarray(picture)).max() < 6
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_pixels(encode(picture, "JPEG", exif=exif)).shape == (40, 16)


def test_16_bit_keeps_its_range():
    deep = GREY.astype(np.uint16) * 257
    assert np.array_equal(read_pixels(encode(Image.fromarray(deep))), deep)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA"])
def test_every_mode_is_grey(mode):
    black_and_white = Image.fromarray(np.where(GREY > 120, 255, 0).astype(np.uint8))
    assert np.array_equal(read_pixels(encode(black_and_white.convert(mode))), np.asarray(black_and_white))


def test_transparency_lies_on_white():
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[1] = (0, 0, 0, 255)
    rgba[2] = (0, 0, 0, 128)
    assert read_pixels(encode(Image.fromarray(rgba)))[:, 0].round().tolist() == [255, 0, 127, 255]


def test_white_ink_on_a_transparent_canvas_is_not_lost():
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[1] = 255
    assert read_pixels(encode(Image.fromarray(rgba)))[:, 0].tolist() == [0, 255, 0, 0]


def test_transparent_palette():
    palette = Image.fromarray(GREY).convert("P")
    assert read_pixels(encode(palette, transparency=int(np.asarray(palette)[0, 0])))[0, 0] == 255


BAD = {
    "nothing": (None, "digits.not_pixels"),
    "a number": (5, "digits.not_pixels"),
    "a dictionary": ({"pixels": []}, "digits.not_pixels"),
    "no rows": ([], "digits.empty"),
    "empty rows": ([[], []], "digits.empty"),
    "empty array": (np.zeros((0, 5)), "digits.empty"),
    "empty text": ("  ", "digits.empty"),
    "empty data": ("data:image/png;base64,", "digits.empty"),
    "numbers without rows": ([1, 2, 3], "digits.row_not_list"),
    "rows of text": (["ab", "cd"], "digits.row_not_list"),
    "ragged": ([[1, 2], [3]], "digits.ragged"),
    "text": ([["0", "1"], ["1", "0"]], "digits.not_numbers"),
    "one text": ([[0, 1], [1, "x"]], "digits.not_numbers"),
    "null": ([[0, None], [1, 0]], "digits.not_numbers"),
    "mixed depth": ([[0, [1]], [1, 0]], "digits.not_numbers"),
    "complex": (np.ones((3, 3), complex), "digits.not_numbers"),
    "dates": (np.zeros((3, 3), "datetime64[s]"), "digits.not_numbers"),
    "nan": ([[0, float("nan")], [1, 0]], "digits.not_finite"),
    "infinity": ([[0, 1], [-float("inf"), 0]], "digits.not_finite"),
    "beyond float": ([[0, 10**400], [1, 0]], "digits.not_finite"),
    "3-D": (np.zeros((3, 4, 5)).tolist(), "digits.not_flat"),
    "a line": (np.zeros(9), "digits.not_flat"),
    "a scalar": (np.array(9.0), "digits.not_flat"),
    "one row": ([[1, 2, 3]], "digits.too_small"),
    "one pixel": (encode(Image.new("L", (1, 1))), "digits.too_small"),
    "long": (np.zeros((5, 5000)), "digits.too_large"),
    "long list": ([[0] * 5000] * 5, "digits.too_large"),
    "many pixels": (np.zeros((2100, 2100), bool), "digits.too_large"),
    "huge png": (png_header(10_000, 10_000), "digits.too_large"),
    "bomb": (png_header(2**31 - 1, 2**31 - 1), "digits.too_large"),
    "long text": ("A" * 20_000_000, "digits.file_too_large"),
    "not base64": ("hello, world!", "digits.not_base64"),
    "percent-encoded": ("data:image/svg+xml,%3Csvg", "digits.not_base64"),
    "other file": (base64.b64encode(b"GIF89a and more").decode(), "digits.not_image"),
    "gif": (encode(Image.new("L", (8, 8)), "GIF"), "digits.not_image"),
    "cut off": (
        encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)))[:2000],
        "digits.broken_image",
    ),
    "only a signature": (base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(), "digits.broken_image"),
    "lying header": (png_header(500, 500), "digits.broken_image"),
    "broken jpeg": (base64.b64encode(b"\xff\xd8\xff\xe0nothing").decode(), "digits.broken_image"),
}


@pytest.mark.parametrize(("given", "key"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_explained_in_both_languages(given, key):
    start = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read_pixels(given)
    # A bomb of 2^62 pixels costs no more than its header.
    assert time.perf_counter() - start < 0.5
    assert caught.value.key == key
    assert caught.value.to_json("en")["kind"] == "input"
    for language in words.LANGUAGES:
        message = caught.value.message(language)
        assert len(message) > 20
        assert "{" not in message


def test_messages_carry_the_learners_numbers():
    with pytest.raises(InputError, match="row 0 has 2 numbers, row 1 has 1"):
        read_pixels([[1, 2], [3]])
    with pytest.raises(InputError, match="row 1, column 0 holds -inf"):
        read_pixels([[0, 1], [-float("inf"), 0]])
    with pytest.raises(InputError, match="10000×10000"):
        read_pixels(png_header(10_000, 10_000))


def test_damaged_files_never_crash():
    generator = np.random.default_rng(0)
    for kind in ("PNG", "JPEG"):
        whole = base64.b64decode(encode(Image.fromarray(GREY).convert("RGB"), kind))
        for _ in range(150):
            data = bytearray(whole)
            for place in generator.integers(2, len(data), 3):
                data[place] = generator.integers(256)
            with contextlib.suppress(InputError):
                assert read_pixels(base64.b64encode(bytes(data)).decode()).ndim == 2


def test_largest_images_fit():
    assert read_pixels(np.zeros((2000, 2000), np.uint8)).size == pixels.MAX_PIXELS
    assert read_pixels(np.zeros((2, pixels.MAX_SIDE_PIXELS), np.uint8)).shape == (2, 4096)
