"""Errors of a learner's program in a learner's words: what was expected, what came, what to try."""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING, Any

from torch import Tensor

from playground.errors import DtypeError, PlaygroundError, RuntimeFailure, ShapeError
from playground.lang.attributes import tensor_attributes
from playground.lang.modules import make_modules
from playground.lang.program import FILE
from playground.lang.python_errors import explain_use, explain_value
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
# What else everyone meets.
COMMON: tuple[tuple[str, str], ...] = (
    (r"index (?P<index>-?\d+) is out of bounds for dimension (?P<dim>\d+) with size (?P<size>\d+)", "lang.index"),
    (r"a Tensor with (?P<count>\d+) elements cannot be converted to Scalar", "lang.item"),
    (r"leaf Variable that requires grad (is being used|has been)|view of a leaf Variable", "lang.leaf"),
    (r"backward through the graph a second time", "lang.twice"),
    (
        r"modified by an inplace operation: \[(?:torch\.)?\w+ \[(?P<size>[\d, ]*)\]\]"
        r"(?:, which is output \d+ of (?P<node>\w+),)?",
        "lang.in_place",
    ),
    (r"does not require grad and does not have a grad_fn", "lang.no_graph"),
    (r"grad can be implicitly created only for scalar outputs", "lang.not_scalar"),
    (r"NVIDIA|not compiled with CUDA|No CUDA GPUs", "lang.no_gpu"),
)
MISSING = re.compile(r"(?P<owner>'\w+' object|module '[\w.]+') has no attribute '(?P<name>\w+)'")
PRODUCTS = frozenset(("Tensor.__matmul__", "Tensor.__rmatmul__", "torch.matmul", "Tensor.matmul"))
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
        return _explain_plain(error, text, program, line)
    operands = describe_operands(failure)
    source = program.place(failure.operation.number)["source"]
    common = {"operation": source, "operands": operands, "message": text}
    for pattern, key in SHAPES:
        if found := re.search(pattern, text):
            sizes = {name: _as_shape(value) for name, value in found.groupdict().items() if value}
            if key == "lang.shape_matmul" and sizes["b"].isdigit():
                sizes["b"] = f"({sizes['b']},)"
            if key == "lang.shape_matmul":
                key = _refine_product(failure, sizes)
            return ShapeError(key, line=line, **common, **sizes)
    for pattern, key in COMMON:
        if found := re.search(pattern, text):
            return RuntimeFailure(
                key,
                line=line,
                operation=source,
                operands=operands,
                **{name: part or "–" for name, part in found.groupdict().items()},
            )
    if (told := explain_use(error, text, line)) is not None:
        return told
    has_tensors = bool(failure.operation.operands)
    if has_tensors and isinstance(error, (RuntimeError, TypeError, IndexError)) and DTYPE_WORDS.search(text):
        return DtypeError("lang.dtype", line=line, **common)
    about_shapes = bool(SHAPE_WORDS.search(text)) and not OUT_OF_BOUNDS.search(text)
    if has_tensors and isinstance(error, (RuntimeError, ValueError, IndexError)) and about_shapes:
        return ShapeError("lang.shape", line=line, **common)
    return RuntimeFailure("lang.operation", line=line, type=type(error).__name__, **common)


def _explain_plain(error: Exception, text: str, program: Program, line: int | None) -> PlaygroundError:
    """An error of Python itself: a name or an attribute that is not there, with the nearest that is; else in words of
    ours where it is frequent, and as it says where it is not."""
    if isinstance(error, NameError) and error.name:
        near = difflib.get_close_matches(error.name, sorted(program.known_names), n=1)
        key = "lang.name_near" if near else "lang.name"
        return RuntimeFailure(key, line=line, name=error.name, **({"near": near[0]} if near else {}))
    found = MISSING.search(text) if isinstance(error, AttributeError) else None
    if found is not None:
        owner, name = found["owner"].split("'")[1], found["name"]
        known: list[str] = []
        table = make_modules().get(owner)
        if owner in ("Tensor", "Parameter"):
            known += sorted(tensor_attributes())
        elif table:
            known += table.entries
        near = difflib.get_close_matches(name, known, n=1)
        key = "lang.attribute_near" if near else "lang.attribute"
        return RuntimeFailure(key, line=line, owner=owner, name=name, **({"near": near[0]} if near else {}))
    values = {"type": type(error).__name__, "message": text or "–"}
    if _is_learners_own(error, program, line):
        return RuntimeFailure("lang.raised", line=line, **values)
    return explain_value(error, text, line) or RuntimeFailure("lang.python", line=line, **values)


def _is_learners_own(error: Exception, program: Program, line: int | None) -> bool:
    """Whether a `raise` or an `assert` of the program made it: then the words are his."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    # What Python itself refuses is raised in a guard, which the program's own frame has called.
    if line is None or last is None or last.tb_frame.f_code.co_filename != FILE:
        return False
    return any(
        isinstance(node, (ast.Raise, ast.Assert)) and node.lineno <= line <= (node.end_lineno or line)
        for node in ast.walk(ast.parse(program.source))
    )


def _refine_product(failure: Failure, sizes: dict[str, str]) -> str:
    """PyTorch folds batches and layers into one product of matrices; the learner reads of his own shapes and sizes."""
    operation = failure.operation
    if operation.name in PRODUCTS and len(operation.operands) == 2:
        sizes["a"], sizes["b"] = (show_shape(operand.shape) for operand in operation.operands)
    if operation.name.startswith("nn.") or operation.name == "F.linear":
        sizes["came"], sizes["wanted"] = sizes["a"].strip("()").split(", ")[-1], sizes["b"].strip("()").split(", ")[0]
        return "lang.shape_linear"
    return "lang.shape_matmul"


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
