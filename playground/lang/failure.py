"""Errors of a learner's program in a learner's words: what was expected, what came, what to try."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from torch import Tensor

from playground.errors import DtypeError, PlaygroundError, RuntimeFailure, ShapeError
from playground.lang.recorder import tensors_in

if TYPE_CHECKING:
    from playground.lang.interpreter import Failure
    from playground.lang.program import Program

MESSAGE_MOST = 600
# What PyTorch says when shapes do not fit, and which entry of the catalogue explains it.
SHAPES: tuple[tuple[str, str], ...] = (
    (r"mat1 and mat2 shapes cannot be multiplied \((?P<a>[\dx]+) and (?P<b>[\dx]+)\)", "lang.shape_matmul"),
    (r"size mismatch, got input \(\d+\), mat \((?P<a>[\dx]+)\), vec \((?P<b>\d+)\)", "lang.shape_matmul"),
    (r"inconsistent tensor size, expected tensor \[(?P<a>\d+)\] and src \[(?P<b>\d+)\]", "lang.shape_dot"),
    (
        r"Expected size for first two dimensions of batch2 tensor to be: \[(?P<a>[\d, ]+)\] but got: \[(?P<b>[\d, ]+)\]",
        "lang.shape_bmm",
    ),
    (r"view size is not compatible", "lang.shape_view_strides"),
    (r"shape '\[(?P<a>[\d, -]+)\]' is invalid for input of size (?P<b>\d+)", "lang.shape_reshape"),
    (
        r"The size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\) at non-singleton "
        r"dimension (?P<d>\d+)",
        "lang.shape_broadcast",
    ),
    (r"Sizes of tensors must match except in dimension (?P<d>\d+)", "lang.shape_cat"),
    (r"stack expects each tensor to be equal size", "lang.shape_stack"),
    (
        r"Dimension out of range \(expected to be in range of \[(?P<a>-?\d+), (?P<b>-?\d+)\], but got (?P<d>-?\d+)\)",
        "lang.shape_dim",
    ),
    (
        r"Given groups=\d+, weight of size (?P<a>\[[\d, ]+\]), expected input(?P<b>\[[\d, ]+\]) to have (?P<c>\d+) channels",
        "lang.shape_channels",
    ),
)
SHAPE_WORDS = re.compile(
    r"shape|size of tensor|sizes? mismatch|must match|same size|equal size|dimension|expected .* to have|"
    r"number of dims|broadcast|"
    r"mat1|mat2|matri|must be at least|non-singleton|elements? (to|in)|incompatible|batch_size|"
    r"Expected \dD|target tensor expected|Target size",
    re.I,
)
DTYPE_WORDS = re.compile(
    r"scalar type|same dtype|dtype|not implemented for '|result type|data type|can't be cast|floating point|"
    r"of type \w+Tensor|type .* should be the same|bool tensors? is not supported|"
    r"expected .* but (got|found) "
    r"(Long|Int|Float|Double|Half|Bool|Byte|Char|Short|BFloat16|Complex)|must be (long|int)",
    re.I,
)
# Of an index, not of shapes, though PyTorch names the dimension and its size.
OUT_OF_BOUNDS = re.compile(r"index -?\d+ is out of bounds")


def explain(error: Exception, failure: Failure | None, program: Program, line: int | None) -> PlaygroundError:
    """The error as the page and the API tell it."""
    text = _short(str(error))
    if failure is None:
        return RuntimeFailure("lang.raised", line=line, type=type(error).__name__, message=text or "–")
    operands = describe_operands(failure)
    source = program.place(failure.operation.number)["source"]
    common = {"operation": source, "operands": operands, "message": text}
    for pattern, key in SHAPES:
        if found := re.search(pattern, text):
            sizes = {name: _as_shape(value) for name, value in found.groupdict().items() if value}
            if key == "lang.shape_matmul" and sizes["b"].isdigit():
                sizes["b"] = f"({sizes['b']},)"
            return ShapeError(key, line=line, **common, **sizes)
    has_tensors = bool(failure.operation.operands)
    if has_tensors and isinstance(error, (RuntimeError, TypeError, IndexError)) and DTYPE_WORDS.search(text):
        return DtypeError("lang.dtype", line=line, **common)
    about_shapes = bool(SHAPE_WORDS.search(text)) and not OUT_OF_BOUNDS.search(text)
    if has_tensors and isinstance(error, (RuntimeError, ValueError, IndexError)) and about_shapes:
        return ShapeError("lang.shape", line=line, **common)
    return RuntimeFailure("lang.operation", line=line, type=type(error).__name__, **common)


def describe_operands(failure: Failure) -> str:
    """`(3, 4) float32, (3, 4) float32`: the tensors that went in, in order."""
    tensors = list(failure.operation.operands) or list(tensors_in(failure.values))
    return ", ".join(describe_tensor(tensor) for tensor in tensors[:6]) or "–"


def describe_tensor(tensor: Tensor) -> str:
    return f"{show_shape(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def show_shape(shape: Any) -> str:
    """A shape as Python writes a tuple: (3,), (2, 4)."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _as_shape(sizes: str) -> str:
    """3x4 as Python writes it: (3, 4)."""
    return f"({sizes.replace('x', ', ')})" if re.fullmatch(r"\d+(x\d+)+", sizes) else sizes


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MESSAGE_MOST else text[: MESSAGE_MOST - 1] + "…"
