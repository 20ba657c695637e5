"""Provenance: the input cells of each output cell agree with what random changes of single cells show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from playground.errors import InputError, PlaygroundError
from playground.limits import read_limits
from playground.tensors.provenance import find_provenance, trace_cells
from playground.tensors.trace import run_tensors

LIMITS = read_limits(public=True, environment={})
Cells = list[list[list[int]]]

MASK = torch.tensor([[True, False, True, False], [False, True, True, False], [True, True, False, False]])
INDEX = torch.tensor([[0, 2, 1, 0], [1, 1, 2, 0]])
CONV_WEIGHT = torch.randn(2, 1, 3, 3, generator=torch.Generator().manual_seed(1))

# name: (operation on tensors of these shapes). All operands hold random floats.
SMOOTH: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "neg": (lambda a: -a, [(3, 2)]),
    "exp": (torch.exp, [(4,)]),
    "0-d": (lambda a: a * 2, [()]),
    "add": (lambda a, b: a + b, [(2, 3), (2, 3)]),
    "broadcast row": (lambda a, b: a * b, [(2, 3), (3,)]),
    "broadcast column": (lambda a, b: a - b, [(2, 1), (1, 3)]),
    "divide": (lambda a, b: a / (b * b + 1), [(2, 2), (2, 2)]),
    "addcmul": (torch.addcmul, [(2, 2), (2, 1), (2,)]),
    "lerp": (lambda a, b: torch.lerp(a, b, 0.3), [(3,), (3,)]),
    "matmul": (torch.matmul, [(2, 3), (3, 4)]),
    "matrix and vector": (lambda a, b: a @ b, [(3, 4), (4,)]),
    "dot": (torch.dot, [(5,), (5,)]),
    "bmm": (torch.bmm, [(2, 2, 3), (2, 3, 2)]),
    "batched matmul": (lambda a, b: a @ b, [(2, 2, 3), (3, 2)]),
    "einsum": (lambda a, b: torch.einsum("ij,kj->ik", a, b), [(2, 3), (4, 3)]),
    "einsum diagonal": (lambda a: torch.einsum("ii->i", a), [(3, 3)]),
    "outer": (torch.outer, [(3,), (2,)]),
    "kron": (torch.kron, [(2, 2), (2, 1)]),
    "sum": (torch.sum, [(2, 3)]),
    "sum dim 0": (lambda a: a.sum(dim=0), [(2, 3)]),
    "sum dims": (lambda a: a.sum(dim=(0, 2)), [(2, 3, 2)]),
    "mean keepdim": (lambda a: a.mean(dim=1, keepdim=True), [(3, 4)]),
    "var": (lambda a: a.var(dim=0), [(3, 2)]),
    "norm": (lambda a: a.norm(dim=1), [(2, 3)]),
    "logsumexp": (lambda a: a.logsumexp(0), [(3, 2)]),
    "cumsum": (lambda a: a.cumsum(dim=1), [(2, 4)]),
    "cumprod": (lambda a: a.cumprod(dim=0), [(3, 2)]),
    "diff": (lambda a: a.diff(), [(5,)]),
    "softmax": (lambda a: F.softmax(a, dim=1), [(2, 3)]),
    "log_softmax": (lambda a: F.log_softmax(a, dim=0), [(2, 3)]),
    "layer norm": (lambda a: F.layer_norm(a, (4,)), [(2, 4)]),
    "index by int": (lambda a: a[1], [(3, 2)]),
    "index by ints": (lambda a: a[1, 0], [(3, 2)]),
    "slice": (lambda a: a[1:, ::2], [(3, 4)]),
    "index by list": (lambda a: a[[2, 0, 2]], [(3, 2)]),
    "index by lists": (lambda a: a[[0, 1, 2], [3, 2, 1]], [(3, 4)]),
    "index with None": (lambda a: a[:, None, -1], [(3, 4)]),
    "mask": (lambda a: a[MASK], [(3, 4)]),
    "where": (lambda a, b: torch.where(MASK, a, b), [(3, 4), (4,)]),
    "gather": (lambda a: a.gather(0, INDEX), [(3, 4)]),
    "index_select": (lambda a: a.index_select(1, INDEX[0]), [(3, 4)]),
    "take": (lambda a: a.take(INDEX), [(3, 4)]),
    "scatter_add": (lambda a, b: a.scatter_add(0, INDEX, b), [(3, 4), (2, 4)]),
    "masked_fill": (lambda a: a.masked_fill(MASK, 7.0), [(3, 4)]),
    "reshape": (lambda a: a.reshape(3, 4), [(2, 6)]),
    "transpose": (lambda a: a.T, [(2, 3)]),
    "permute": (lambda a: a.permute(2, 0, 1), [(2, 3, 2)]),
    "flip": (lambda a: a.flip(0, 1), [(2, 3)]),
    "roll": (lambda a: a.roll(1, dims=1), [(2, 3)]),
    "rot90": (lambda a: torch.rot90(a), [(2, 3)]),
    "cat": (lambda a, b: torch.cat([a, b], dim=1), [(2, 3), (2, 1)]),
    "stack": (lambda a, b: torch.stack((a, b), dim=-1), [(2, 3), (2, 3)]),
    "pad": (lambda a: F.pad(a, (1, 0, 0, 2)), [(2, 2)]),
    "pad reflect": (lambda a: F.pad(a, (1, 1), mode="reflect"), [(1, 4)]),
    "repeat": (lambda a: a.repeat(2, 3), [(2, 2)]),
    "repeat_interleave": (lambda a: a.repeat_interleave(2, dim=0), [(2, 2)]),
    "expand": (lambda a: a.expand(2, 3, 4), [(3, 1)]),
    "unsqueeze": (lambda a: a.unsqueeze(1), [(2, 3)]),
    "squeeze": (lambda a: a.squeeze(), [(2, 1, 3)]),
    "unfold": (lambda a: a.unfold(0, 3, 1), [(6,)]),
    "diag": (torch.diag, [(3,)]),
    "diagonal": (lambda a: a.diagonal(), [(3, 4)]),
    "trace": (torch.trace, [(3, 3)]),
    "tril": (torch.tril, [(3, 3)]),
    "triu": (lambda a: a.triu(1), [(3, 3)]),
    "conv2d": (lambda a: F.conv2d(a, CONV_WEIGHT, padding=1), [(1, 1, 5, 4)]),
    "conv2d with its weight": (F.conv2d, [(1, 2, 5, 5), (2, 2, 3, 3), (2,)]),
    "conv2d with stride": (lambda a, w: F.conv2d(a, w, stride=2), [(1, 1, 6, 6), (1, 1, 2, 2)]),
    "avg_pool2d": (lambda a: F.avg_pool2d(a, 2), [(1, 1, 4, 4)]),
    "interpolate": (lambda a: F.interpolate(a, scale_factor=2), [(1, 1, 2, 2)]),
    "linear": (F.linear, [(2, 3), (4, 3), (4,)]),
    "nn.Linear": (nn.Linear(3, 2), [(2, 3)]),
    "mse_loss": (F.mse_loss, [(3,), (3,)]),
    "constant": (lambda a: torch.zeros_like(a), [(2, 2)]),
}

# These select: one change shows only whether it went up or down past another value.
SELECTING: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "relu": (F.relu, [(3, 3)]),
    "abs": (torch.abs, [(3,)]),
    "clamp": (lambda a: a.clamp(-1, 1), [(3, 3)]),
    "sign": (torch.sign, [(4,)]),
    "round": (torch.round, [(4,)]),
    "comparison": (lambda a, b: a > b, [(2, 3), (3,)]),
    "equal": (lambda a: F.relu(a) == 0, [(6,)]),
    "maximum": (torch.maximum, [(2, 3), (2, 3)]),
    "max": (lambda a: a.max(), [(2, 3)]),
    "max over dim": (lambda a: a.max(dim=1), [(3, 4)]),
    "min over dim": (lambda a: a.amin(dim=0), [(3, 2)]),
    "argmax": (lambda a: a.argmax(dim=1), [(2, 4)]),
    "median": (lambda a: a.median(), [(5,)]),
    "sort": (lambda a: a.sort(dim=1), [(2, 4)]),
    "argsort": (lambda a: a.argsort(), [(4,)]),
    "topk": (lambda a: a.topk(2), [(2, 4)]),
    "cummax": (lambda a: a.cummax(0), [(5,)]),
    "max_pool2d": (lambda a: F.max_pool2d(a, 2), [(1, 1, 4, 4)]),
    "any": (lambda a: (a > 0.5).any(dim=0), [(3, 2)]),
    "where of a comparison": (lambda a, b: torch.where(a > 0, a, b), [(2, 3), (2, 3)]),
}
ALL = {**SMOOTH, **SELECTING}


def outputs_of(result: Any) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else list(result)


def perturb(function: Callable[..., Any], operands: list[Tensor], output: int, changes: int) -> Cells:
    """The cells by brute force: which outputs differ when one cell of one operand gets another random number."""
    baseline = outputs_of(function(*operands))[output].flatten()
    cells: Cells = [[[] for _ in operands] for _ in range(baseline.numel())]
    for place, operand in enumerate(operands):
        for index in range(operand.numel()):
            differs = torch.zeros(baseline.numel(), dtype=torch.bool)
            for number in range(changes):
                # Small ones and large ones, in both directions.
                step = (0.5 + torch.rand(()).item()) * (1 if number % 2 else -1) * (1 + 9 * (number % 4 > 1))
                changed = [part.clone() for part in operands]
                changed[place].view(-1)[index] += step
                other = outputs_of(function(*changed))[output].flatten()
                differs |= other != baseline
            for cell in differs.nonzero().flatten().tolist():
                cells[cell][place].append(index)
    return cells


@pytest.mark.parametrize("name", ALL)
def test_cells_agree_with_brute_force(name):
    function, shapes = ALL[name]
    generator = torch.Generator().manual_seed(len(name))
    operands = [torch.randn(shape, generator=generator) * 2 for shape in shapes]
    torch.manual_seed(0)
    with torch.no_grad():
        for output in range(len(outputs_of(function(*operands)))):
            expected = perturb(function, operands, output, 40 if name in SELECTING else 4)
            assert trace_cells(function, tuple(operands), {}, output) == expected


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [
        (torch.logical_and, (torch.tensor([True, False]), torch.tensor([True, True])), [[[0], [0]], [[1], []]]),
        (lambda a: ~a, (torch.tensor([True, False]),), [[[0]], [[1]]]),
        (torch.sum, (torch.tensor([3, 4]),), [[[0, 1]]]),
        (lambda a: a % 2, (torch.tensor([3, 4], dtype=torch.uint8),), [[[0]], [[1]]]),
        (lambda a: a.cumsum(0), (torch.tensor([1 + 2j, 3j]),), [[[0]], [[0, 1]]]),
        (lambda a: a * 2, (torch.tensor([float("nan"), float("inf"), 1.0]),), [[[0]], [[1]], [[2]]]),
        # The index decides which row; the row is where the values come from.
        (
            F.embedding,
            (torch.tensor([1, 0]), torch.arange(6.0).view(3, 2)),
            [[[0], [2]], [[0], [3]], [[1], [0]], [[1], [1]]],
        ),
        (lambda i, a: a[i], (torch.tensor([2, 0]), torch.tensor([5.0, 6.0, 7.0])), [[[0], [2]], [[1], [0]]]),
        (lambda a: F.one_hot(a, 3), (torch.tensor([1, 0]),), [[[0]], [[0]], [[0]], [[1]], [[1]], [[]]]),
    ],
)
def test_cells_of_other_dtypes(function, values, expected):
    assert trace_cells(function, values, {}) == expected


def test_operands_in_lists_and_by_name():
    x, y = torch.arange(3.0), torch.arange(2.0)
    assert trace_cells(torch.cat, ((x, y),), {}) == [[[0], []], [[1], []], [[2], []], [[], [0]], [[], [1]]]
    assert trace_cells(torch.mul, (x,), {"other": torch.tensor(2.0)}) == [[[0], [0]], [[1], [0]], [[2], [0]]]


def test_cells_of_an_operand_that_shares_memory_with_itself():
    row = torch.arange(3.0)
    for operand in (row.expand(2, 3), row.repeat(2).as_strided((2, 3), (1, 1))):
        assert trace_cells(lambda t: t.sum(dim=1), (operand,), {}) == [[[0, 1, 2]], [[3, 4, 5]]]


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (lambda x: x + 1, (torch.zeros(1600),)),
        (lambda x: x.expand(2000, 1), (torch.zeros(1),)),
        (lambda x: x.cumsum(0), (torch.zeros(700),)),
        (torch.rand_like, (torch.zeros(3),)),
        (lambda x: F.dropout(x, 0.5), (torch.ones(50),)),
        (torch.bernoulli, (torch.full((50,), 0.5),)),
    ],
)
def test_large_and_random_operations_have_none(function, values):
    assert trace_cells(function, values, {}) is None


PROGRAM = """x = torch.arange(6.0).view(2, 3)
w = torch.rand(3, 2)
y = x @ w
v, i = y.max(dim=1)
x += 1
x[0] = v.sum()
x[1, 1:] *= 2
z = x.sum(dim=0)
y.add_(x[:, :2]).mul_(2)
r = torch.rand_like(x)
m = x[x > 3]
big = torch.zeros(60, 60) + 1
d = nn.Dropout(0.5)(torch.ones(60))
out, (h, c) = nn.LSTM(2, 2)(torch.rand(2, 1, 2))
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
q = net(y)
k = torch.stack([v, v * 2])
print(x, y)
"""


def step_number(source: str, line: int, index: int = 0, op: str | None = None) -> int:
    """The number of the step of that line and output."""
    result, error = run_tensors(source, 0, LIMITS)
    assert error is None, error
    (found,) = [
        number
        for number, step in enumerate(result["steps"])
        if step["line"] == line and step["output_index"] == index and op in (None, step["op"])
    ]
    return found


@pytest.mark.parametrize(
    ("line", "index", "op", "operands", "cells"),
    [
        (
            3,
            0,
            None,
            [[2, 3], [3, 2]],
            [[[0, 1, 2], [0, 2, 4]], [[0, 1, 2], [1, 3, 5]], [[3, 4, 5], [0, 2, 4]], [[3, 4, 5], [1, 3, 5]]],
        ),
        (4, 0, None, [[2, 2]], [[[0, 1]], [[2, 3]]]),
        (4, 1, None, [[2, 2]], [[[0, 1]], [[2, 3]]]),
        (5, 0, None, [[2, 3]], [[[cell]] for cell in range(6)]),
        (6, 0, "Tensor.__setitem__", [[2, 3], []], [[[], [0]], [[], [0]], [[], [0]], [[3], []], [[4], []], [[5], []]]),
        (7, 0, "Tensor.__imul__", [[2]], [[[0]], [[1]]]),
        (8, 0, None, [[2, 3]], [[[0, 3]], [[1, 4]], [[2, 5]]]),
        (9, 0, "Tensor.add_", [[2, 2], [2, 2]], [[[0], [0]], [[1], [1]], [[2], [2]], [[3], [3]]]),
        (9, 0, "Tensor.mul_", [[2, 2]], [[[0]], [[1]], [[2]], [[3]]]),
        (17, 0, "torch.stack", [[2], [2]], [[[0], []], [[1], []], [[], [0]], [[], [1]]]),
    ],
)
def test_a_step_of_a_program(line, index, op, operands, cells):
    found = find_provenance(PROGRAM, 0, step_number(PROGRAM, line, index, op), LIMITS)
    assert [operand["shape"] for operand in found["operands"]] == operands
    assert found["cells"] == cells


@pytest.mark.parametrize(("line", "op"), [(10, "torch.rand_like"), (12, "Tensor.__add__"), (13, "nn.Dropout")])
def test_large_and_random_steps_of_a_program(line, op):
    found = find_provenance(PROGRAM, 0, step_number(PROGRAM, line, op=op), LIMITS)
    assert found["cells"] is None
    assert len(found["operands"]) == 1


def test_a_step_without_operands_has_empty_cells():
    found = find_provenance("x = torch.ones(2)", 0, 0, LIMITS)
    assert found == {"operands": [], "cells": [[], []]}


def test_all_results_of_an_operation_with_inner_tuples():
    """LSTM gives out, (h, c): three steps, and what comes after keeps its place."""
    last = [step_number(PROGRAM, 14, index, "nn.LSTM") for index in range(3)]
    for number, size in zip(last, (4, 2, 2), strict=True):
        found = find_provenance(PROGRAM, 0, number, LIMITS)
        assert len(found["cells"]) == size
        assert found["operands"] == [{"shape": [2, 1, 2]}]
    found = find_provenance(PROGRAM, 0, step_number(PROGRAM, 16), LIMITS)
    assert found["operands"] == [{"shape": [2, 2]}]


def test_learners_layers_inside_a_sequential():
    source = (
        "class Double(nn.Module):\n    def forward(self, x):\n        y = x * 2\n        return y + 1\n"
        "net = nn.Sequential(Double(), Double())\nz = net(torch.ones(2))\nw = z.flip(0)"
    )
    for line, cells in ((6, [[[0]], [[1]]]), (7, [[[1]], [[0]]])):
        op = "nn.Sequential" if line == 6 else None
        assert find_provenance(source, 0, step_number(source, line, op=op), LIMITS)["cells"] == cells


def test_operations_in_place_see_the_tensor_as_it_was():
    """The mask decides by the values before: afterwards no cell would be above 1."""
    source = "x = torch.tensor([1.0, 2.0, 3.0])\nm = x > 1\nx[m] = 0\nx += 1"
    cells = find_provenance(source, 0, 2, LIMITS)["cells"]
    assert cells == [[[0], [0]], [[], [1]], [[], [2]]]


@pytest.mark.parametrize("step", [-1, 4, 10**6])
def test_a_step_that_is_not_there(step, both):
    with pytest.raises(InputError, match=f"There is no step {step}") as error:
        find_provenance("x = torch.ones(2)\ny = x + 1\nv, i = y.max(0)", 0, step, LIMITS)
    assert f"没有第 {step} 步" in both(error)


def test_steps_before_an_error_can_be_traced_and_those_after_not():
    source = "x = torch.ones(2)\ny = x + 1\ny @ torch.ones(3)\nz = y"
    assert find_provenance(source, 0, 1, LIMITS)["cells"] == [[[0]], [[1]]]
    with pytest.raises(InputError, match="There is no step 3"):
        find_provenance(source, 0, 3, LIMITS)


@pytest.mark.parametrize(("source", "kind"), [("x = ", "syntax"), ("import os", "refused"), (5, "syntax")])
def test_a_program_that_does_not_compile(source, kind):
    with pytest.raises(PlaygroundError) as error:
        find_provenance(source, 0, 0, LIMITS)
    assert error.value.kind == kind


def test_the_random_numbers_of_a_program_are_those_of_its_seed():
    source = "a = torch.randn(3)\nb = a.clamp(0, 10)\nc = b.relu() + torch.rand(3)"
    for seed in (0, 7):
        torch.manual_seed(seed)
        expected = trace_cells(lambda t: t.clamp(0, 10), (torch.randn(3),), {})
        assert find_provenance(source, seed, 1, LIMITS)["cells"] == expected
