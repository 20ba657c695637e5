"""MATHEMATICS: every expression gives torch's own gradient, every op has its entry in derivatives.yaml."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves

from playground.autograd.formulas import find_formula
from playground.autograd.mathematics import MATHEMATICS, find_mathematics


def bind(function, args) -> tuple[torch._ops.OpOverload, dict[str, object]]:
    """The op, and its arguments by name with the defaults of the others."""
    op, options = (function.func, function.keywords) if isinstance(function, partial) else (function, {})
    names = {argument.name: argument.default_value for argument in op._schema.arguments if argument.has_default_value()}
    return op, names | dict(zip([argument.name for argument in op._schema.arguments], args, strict=False)) | options


def compare(entry, function, args):
    """(what the expression says, what torch says) for each input of the entry."""
    op, names = bind(function, args)
    for tensor in tree_leaves([names[name] for name in entry.inputs]):
        tensor.requires_grad_()
    result = function(*args)
    outputs = [result] if torch.is_tensor(result) else list(result)
    torch.manual_seed(0)
    grads = [torch.randn_like(output) if output.requires_grad else None for output in outputs]
    used = [(output, grad) for output, grad in zip(outputs, grads, strict=True) if grad is not None]
    if len(op._schema.returns) > 1:  # of several outputs the first alone has a gradient in the entries
        used = used[:1]
    inputs = [tree_leaves(names[name]) for name in entry.inputs]
    leaves = [leaf for tensors in inputs for leaf in tensors]
    theirs = iter(torch.autograd.grad([output for output, _ in used], leaves, [grad for _, grad in used]))
    scope = {**names, "torch": torch, "F": F, "math": math, "grad": grads[0], "grads": grads, "result": outputs[0]}
    for place, (output, returned) in enumerate(zip(outputs, op._schema.returns, strict=False)):
        scope |= {f"result{place}": output} | ({returned.name: output} if returned.name else {})
    for expression, tensors in zip(entry.expressions, inputs, strict=True):
        with torch.no_grad():
            value = eval(expression, scope)
        values = [value] if torch.is_tensor(value) else list(value)
        yield from ((one, next(theirs)) for one, _ in zip(values, tensors, strict=True))


@pytest.mark.parametrize("name", MATHEMATICS)
def test_the_expression_gives_torchs_gradient(name):
    entry = MATHEMATICS[name]
    torch.manual_seed(0)
    count = 0
    for ours, theirs in compare(entry, *entry.example()):
        exact = 1e-7 if name == "hardsigmoid" else 1e-12  # torch's kernel has 1/6 in single precision even for float64
        torch.testing.assert_close(ours, theirs, rtol=exact, atol=exact)
        assert theirs.abs().max() > 0, "a gradient of nothing proves nothing"
        count += 1
    assert count >= len(entry.inputs) == len(entry.expressions)


@pytest.mark.parametrize("name", MATHEMATICS)
def test_the_entry_has_a_formula_of_torch_for_each_of_its_inputs(name):
    entry = MATHEMATICS[name]
    function, _ = entry.example()
    op, _ = bind(function, ())
    formula = find_formula(str(op))
    assert find_mathematics(str(op)) is entry
    assert {part for key, _ in formula.inputs for part in key.split(", ")} >= set(entry.inputs)
    for known in entry.ops:
        base, _, overload = known.partition(".")
        packet = getattr(torch.ops.aten, base)
        overloads = [overload] if overload else packet.overloads()
        found = [one for one in overloads if find_mathematics(f"aten.{base}.{one}") is entry]
        assert found, f"{known}: no overload of it leads here"


@pytest.mark.parametrize("name", MATHEMATICS)
def test_lines_are_the_operation_and_one_gradient_for_each_input(name):
    entry = MATHEMATICS[name]
    assert len(entry.lines) == 1 + len(entry.inputs)
    assert not entry.lines[0].startswith("∂")
    assert all("∂L/∂" in line.partition("=")[0] for line in entry.lines[1:])
    assert len(set(entry.lines)) == len(entry.lines)


def test_an_op_belongs_to_one_entry():
    ops = [op for entry in MATHEMATICS.values() for op in entry.ops]
    assert len(ops) == len(set(ops))
    assert len(MATHEMATICS) == len({entry.name for entry in MATHEMATICS.values()}) >= 90


@pytest.mark.parametrize(
    ("op", "name"),
    [
        ("aten.relu_.default", "relu"),
        ("aten.pow_.Scalar", "pow"),
        ("aten.pow.Scalar", "pow_of_number"),
        ("aten.pow.Tensor_Tensor", "pow_of_tensors"),
        ("aten.max.default", "max"),
        ("aten.max.dim", "max_dim"),
        ("aten.amax.default", "max"),
        ("aten.add_.Tensor", "add"),
        ("aten.mul.Scalar", "mul"),
        ("aten.squeeze.dim", "view"),
        ("aten.norm.ScalarOpt_dim", "norm"),
    ],
)
def test_an_op_finds_its_entry(op, name):
    assert find_mathematics(op).name == name


@pytest.mark.parametrize(
    "op",
    [
        "aten.eq.Tensor",
        "aten.copy_.default",
        "aten.div.Tensor_mode",
        "aten.lgamma.default",
        "nothing",
        "aten.reshape.default",
    ],
)
def test_there_is_none_rather_than_a_wrong_one(op):
    assert find_mathematics(op) is None


def test_batch_norm_in_eval_mode_is_the_same_line():
    entry = MATHEMATICS["batch_norm"]
    function, args = entry.example()
    x, weight, bias, mean, var, _, momentum, eps = args
    mean, var = mean + 0.3, var * 1.7
    x, weight, bias = (tensor.requires_grad_() for tensor in (x, weight, bias))
    result = function(x, weight, bias, mean, var, False, momentum, eps)[0]
    grad = torch.linspace(-1, 1, result.numel(), dtype=torch.float64).view_as(result)
    theirs = torch.autograd.grad(result, (x, weight, bias), grad)
    scope = {"input": x, "weight": weight, "result1": mean, "result2": (var + eps).rsqrt(), "training": False, "grad": grad}
    for expression, expected in zip(entry.expressions, theirs, strict=True):
        torch.testing.assert_close(eval(expression, scope), expected)


def test_a_changed_expression_is_noticed():
    from dataclasses import replace

    entry = replace(MATHEMATICS["tanh"], expressions=("grad * (1 + result**2)",))
    ((ours, theirs),) = compare(entry, *entry.example())
    assert not torch.allclose(ours, theirs)
