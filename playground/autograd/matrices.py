"""MATRICES: derivatives of products of matrices and of what moves elements about. A new one is one entry."""

from __future__ import annotations

from functools import partial

import torch

from playground.autograd.derivative import Derivative, spread

aten = torch.ops.aten


def _index(*numbers: int) -> torch.Tensor:
    return torch.tensor(numbers)


def _move(name, ops, lines, expression, function, *rest, inputs="self", first=None) -> Derivative:
    """Of one tensor (3, 4), or of `first`, and the plain arguments `rest`."""
    return Derivative(
        name,
        tuple(ops.split()),
        lines,
        (inputs,),
        (expression,),
        lambda: (function, (spread(3, 4) if first is None else first(), *rest)),
    )


MATRICES: tuple[Derivative, ...] = (
    Derivative(
        "mm",
        ("mm",),
        ("C = A·B", "∂L/∂A = ∂L/∂C · Bᵀ", "∂L/∂B = Aᵀ · ∂L/∂C"),
        ("self", "mat2"),
        ("grad @ mat2.T", "self.T @ grad"),
        lambda: (aten.mm.default, (spread(2, 3), spread(3, 4, first=9))),
    ),
    Derivative(
        "addmm",
        ("addmm",),
        ("Y = β·C + α·A·B", "∂L/∂C = β · ∂L/∂Y", "∂L/∂A = α · ∂L/∂Y · Bᵀ", "∂L/∂B = α · Aᵀ · ∂L/∂Y"),
        ("self", "mat1", "mat2"),
        ("beta * grad", "alpha * grad @ mat2.T", "alpha * mat1.T @ grad"),
        lambda: (
            partial(aten.addmm.default, beta=0.5, alpha=3),
            (spread(2, 4), spread(2, 3, first=9), spread(3, 4, first=20)),
        ),
    ),
    Derivative(
        "bmm",
        ("bmm",),
        ("Cₖ = Aₖ·Bₖ", "∂L/∂Aₖ = ∂L/∂Cₖ · Bₖᵀ", "∂L/∂Bₖ = Aₖᵀ · ∂L/∂Cₖ"),
        ("self", "mat2"),
        ("grad @ mat2.mT", "self.mT @ grad"),
        lambda: (aten.bmm.default, (spread(2, 2, 3), spread(2, 3, 4, first=20))),
    ),
    Derivative(
        "baddbmm",
        ("baddbmm",),
        ("Yₖ = β·Cₖ + α·Aₖ·Bₖ", "∂L/∂Cₖ = β · ∂L/∂Yₖ", "∂L/∂Aₖ = α · ∂L/∂Yₖ · Bₖᵀ", "∂L/∂Bₖ = α · Aₖᵀ · ∂L/∂Yₖ"),
        ("self", "batch1", "batch2"),
        ("beta * grad", "alpha * grad @ batch2.mT", "alpha * batch1.mT @ grad"),
        lambda: (
            partial(aten.baddbmm.default, beta=0.5, alpha=3),
            (spread(2, 2, 4), spread(2, 2, 3, first=20), spread(2, 3, 4, first=40)),
        ),
    ),
    Derivative(
        "mv",
        ("mv",),
        ("y = A·x", "∂L/∂A = ∂L/∂y · xᵀ", "∂L/∂x = Aᵀ · ∂L/∂y"),
        ("self", "vec"),
        ("torch.outer(grad, vec)", "self.T @ grad"),
        lambda: (aten.mv.default, (spread(2, 3), spread(3, first=9))),
    ),
    Derivative(
        "dot",
        ("dot",),
        ("y = aᵀ·b", "∂L/∂a = ∂L/∂y · b", "∂L/∂b = ∂L/∂y · a"),
        ("self", "tensor"),
        ("grad * tensor", "grad * self"),
        lambda: (aten.dot.default, (spread(5), spread(5, first=9))),
    ),
    _move("t", "t", ("Y = Xᵀ", "∂L/∂X = (∂L/∂Y)ᵀ"), "grad.T", aten.t.default),
    _move(
        "transpose",
        "transpose.int",
        ("Y[…, i, …, j, …] = X[…, j, …, i, …]", "∂L/∂X[…, j, …, i, …] = ∂L/∂Y[…, i, …, j, …]"),
        "grad.transpose(dim0, dim1)",
        *(aten.transpose.int, 0, 1),
    ),
    _move(
        "permute",
        "permute",
        ("Y = permute(X, π)", "∂L/∂X = permute(∂L/∂Y, π⁻¹)"),
        "grad.permute([dims.index(place) for place in range(3)])",
        *(aten.permute.default, [2, 0, 1]),
        first=lambda: spread(2, 3, 4),
    ),
    _move(
        "view",
        "view _unsafe_view _reshape_alias unsqueeze squeeze",
        ("vec Y = vec X", "vec ∂L/∂X = vec ∂L/∂Y"),
        "grad.reshape(self.shape)",
        *(aten.view.default, [2, 6]),
    ),
    _move(
        "expand",
        "expand",
        ("yₖᵢ = xᵢ", "∂L/∂xᵢ = Σₖ ∂L/∂yₖᵢ"),
        "grad.sum_to_size(self.shape)",
        *(aten.expand.default, [2, 3, 4]),
        first=lambda: spread(3, 1),
    ),
    _move(
        "repeat",
        "repeat",
        ("Y = [X | X | …]", "∂L/∂X = Σₖ ∂L/∂Yₖ, [Y₁ | Y₂ | …] = Y"),
        "sum(grad.split(self.shape[1], dim=1))",
        *(aten.repeat.default, [1, 3]),
    ),
    _move(
        "cat",
        "cat",
        ("Y = [X₁ | X₂ | …]", "[∂L/∂X₁ | ∂L/∂X₂ | …] = ∂L/∂Y"),
        "grad.split([tensor.shape[dim] for tensor in tensors], dim)",
        *(aten.cat.default, 1),
        inputs="tensors",
        first=lambda: [spread(2, 3), spread(2, 2, first=9)],
    ),
    _move(
        "stack",
        "stack",
        ("Y[k] = Xₖ", "∂L/∂Xₖ = ∂L/∂Y[k]"),
        "grad.unbind(dim)",
        *(aten.stack.default, 1),
        inputs="tensors",
        first=lambda: [spread(2, 3), spread(2, 3, first=9)],
    ),
    _move("unbind", "unbind.int", ("Yₖ = X[k]", "∂L/∂X[k] = ∂L/∂Yₖ"), "torch.stack(grads, dim)", aten.unbind.int, 1),
    _move(
        "split",
        "split unsafe_split split_with_sizes unsafe_split_with_sizes",
        ("[Y₁ | Y₂ | …] = X", "∂L/∂X = [∂L/∂Y₁ | ∂L/∂Y₂ | …]"),
        "torch.cat(grads, dim)",
        *(aten.split.Tensor, 3, 1),
    ),
    _move(
        "select",
        "select.int",
        ("Y = X[k]", "∂L/∂X[i] = ∂L/∂Y · [i = k]"),
        "torch.zeros_like(self).select_scatter(grad, dim, index)",
        *(aten.select.int, 1, 2),
    ),
    _move(
        "slice",
        "slice.Tensor",
        ("Y[i] = X[a + s·i]", "∂L/∂X[a + s·i] = ∂L/∂Y[i]"),
        "torch.zeros_like(self).slice_scatter(grad, dim, start, end, step)",
        *(aten.slice.Tensor, 1, 1, 4, 2),
    ),
    _move(
        "index",
        "index.Tensor",
        ("Y[j] = X[kⱼ]", "∂L/∂X[i] = Σⱼ ∂L/∂Y[j] · [kⱼ = i]"),
        "torch.zeros_like(self).index_put(indices, grad, accumulate=True)",
        *(aten.index.Tensor, [_index(2, 0, 2)]),
    ),
    _move(
        "index_select",
        "index_select",
        ("Y[j] = X[kⱼ]", "∂L/∂X[i] = Σⱼ ∂L/∂Y[j] · [kⱼ = i]"),
        "torch.zeros_like(self).index_add(dim, index, grad)",
        *(aten.index_select.default, 1, _index(2, 0, 2)),
    ),
    _move(
        "gather",
        "gather",
        ("y[j] = x[kⱼ]", "∂L/∂x[i] = Σⱼ ∂L/∂y[j] · [kⱼ = i]"),
        "torch.zeros_like(self).scatter_add(dim, index, grad)",
        *(aten.gather.default, 1, _index(3, 0, 3, 1, 1, 2).reshape(3, 2)),
    ),
    _move("flip", "flip", ("y[i] = x[n − 1 − i]", "∂L/∂x[i] = ∂L/∂y[n − 1 − i]"), "grad.flip(dims)", aten.flip.default, [1]),
    _move(
        "tril",
        "tril",
        ("yᵢⱼ = xᵢⱼ · [j ≤ i + d]", "∂L/∂xᵢⱼ = ∂L/∂yᵢⱼ · [j ≤ i + d]"),
        "grad.tril(diagonal)",
        aten.tril.default,
    ),
    _move(
        "triu",
        "triu",
        ("yᵢⱼ = xᵢⱼ · [j ≥ i + d]", "∂L/∂xᵢⱼ = ∂L/∂yᵢⱼ · [j ≥ i + d]"),
        "grad.triu(diagonal)",
        aten.triu.default,
    ),
    _move(
        "pad",
        "constant_pad_nd",
        ("y[i + p] = x[i]", "∂L/∂x[i] = ∂L/∂y[i + p]"),
        "F.pad(grad, [-size for size in pad])",
        *(aten.constant_pad_nd.default, [1, 2]),
    ),
)
