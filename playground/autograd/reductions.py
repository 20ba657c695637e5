"""REDUCTIONS: derivatives of operations that gather the elements of a dimension or of all. A new one is one entry."""

from __future__ import annotations

from functools import partial

import torch

from playground.autograd.derivative import Derivative, spread

aten = torch.ops.aten


def _reduction(name, op, ops, value, slope, expression, *rest, low=-2.0, **options) -> Derivative:
    """Of one matrix `self` (3, 4) and the plain arguments `rest` and `options`."""
    return Derivative(
        name,
        tuple(ops.split()),
        (value, f"∂L/∂xᵢ = {slope}"),
        ("self",),
        (expression,),
        lambda: (partial(op, **options) if options else op, (spread(3, 4, low=low), *rest)),
    )


REDUCTIONS: tuple[Derivative, ...] = (
    _reduction("sum", aten.sum.default, "sum.default", "y = Σᵢ xᵢ", "∂L/∂y", "grad.expand_as(self)"),
    Derivative(
        "sum_dim",
        ("sum.dim_IntList",),
        ("yⱼ = Σᵢ xᵢⱼ", "∂L/∂xᵢⱼ = ∂L/∂yⱼ"),
        ("self",),
        ("grad.unsqueeze(dim[0]).expand_as(self)",),
        lambda: (aten.sum.dim_IntList, (spread(3, 4), [1])),
    ),
    _reduction(
        "mean", aten.mean.default, "mean.default", "y = 1/n · Σᵢ xᵢ", "∂L/∂y / n", "grad.expand_as(self) / self.numel()"
    ),
    Derivative(
        "mean_dim",
        ("mean.dim",),
        ("yⱼ = 1/n · Σᵢ xᵢⱼ", "∂L/∂xᵢⱼ = ∂L/∂yⱼ / n"),
        ("self",),
        ("grad.unsqueeze(dim[0]).expand_as(self) / self.shape[dim[0]]",),
        lambda: (aten.mean.dim, (spread(3, 4), [1])),
    ),
    _reduction(
        "var",
        aten.var.correction,
        "var.correction",
        "y = Σᵢ (xᵢ − x̄)² / (n − c)",
        "∂L/∂y · 2·(xᵢ − x̄) / (n − c)",
        "grad.unsqueeze(1) * 2 * (self - self.mean(dim, True)) / (self.shape[1] - correction)",
        [1],
        correction=1,
    ),
    _reduction(
        "std",
        aten.std.correction,
        "std.correction",
        "y = √(Σᵢ (xᵢ − x̄)² / (n − c))",
        "∂L/∂y · (xᵢ − x̄) / ((n − c) · y)",
        "(grad / result).unsqueeze(1) * (self - self.mean(dim, True)) / (self.shape[1] - correction)",
        [1],
        correction=0,
    ),
    _reduction("prod", aten.prod.default, "prod.default", "y = Πᵢ xᵢ", "∂L/∂y · y / xᵢ", "grad * result / self", low=0.5),
    _reduction(
        "prod_dim",
        aten.prod.dim_int,
        "prod.dim_int",
        "y = Πᵢ xᵢ",
        "∂L/∂y · y / xᵢ",
        "(grad * result).unsqueeze(dim) / self",
        1,
        low=0.5,
    ),
    *(
        _reduction(
            name,
            getattr(aten, name).default,
            f"{name}.default a{name}",
            f"y = {name}ᵢ xᵢ",
            "∂L/∂y · [xᵢ = y] / #{j : xⱼ = y}",
            "grad * (self == result) / (self == result).sum()",
        )
        for name in ("max", "min")
    ),
    *(
        _reduction(
            f"{name}_dim",
            getattr(aten, name).dim,
            f"{name}.dim",
            f"y = {name}ᵢ xᵢ, k = arg{name}ᵢ xᵢ",
            "∂L/∂y · [i = k]",
            "torch.zeros_like(self).scatter(dim, indices.unsqueeze(dim), grad.unsqueeze(dim))",
            1,
        )
        for name in ("max", "min")
    ),
    _reduction(
        "logsumexp",
        aten.logsumexp.default,
        "logsumexp",
        "y = ln Σᵢ exp(xᵢ)",
        "∂L/∂y · exp(xᵢ − y)",
        "grad.unsqueeze(1) * (self - result.unsqueeze(1)).exp()",
        [1],
    ),
    _reduction(
        "norm",
        aten.linalg_vector_norm.default,
        "linalg_vector_norm norm",
        "y = (Σᵢ |xᵢ|ᵖ)^(1/p)",
        "∂L/∂y · sgn(xᵢ) · (|xᵢ| / y)ᵖ⁻¹",
        "grad * self.sign() * (self.abs() / result) ** (ord - 1)",
        3,
    ),
    Derivative(
        "cumsum",
        ("cumsum",),
        ("yᵢ = Σⱼ xⱼ · [j ≤ i]", "∂L/∂xⱼ = Σᵢ ∂L/∂yᵢ · [i ≥ j]"),
        ("self",),
        ("grad.flip(dim).cumsum(dim).flip(dim)",),
        lambda: (aten.cumsum.default, (spread(3, 4), 1)),
    ),
    _reduction(
        "softmax",
        aten._softmax.default,
        "_softmax _safe_softmax",
        "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)",
        "yᵢ · (∂L/∂yᵢ − Σⱼ ∂L/∂yⱼ · yⱼ)",
        "result * (grad - (grad * result).sum(dim, keepdim=True))",
        1,
        False,
    ),
    _reduction(
        "log_softmax",
        aten._log_softmax.default,
        "_log_softmax",
        "yᵢ = xᵢ − ln Σⱼ exp(xⱼ)",
        "∂L/∂yᵢ − exp(yᵢ) · Σⱼ ∂L/∂yⱼ",
        "grad - result.exp() * grad.sum(dim, keepdim=True)",
        1,
        False,
    ),
    Derivative(
        "sort",
        ("sort", "sort.stable", "topk"),
        ("yₖ = x[iₖ]", "∂L/∂x[iₖ] = ∂L/∂yₖ"),
        ("self",),
        ("torch.zeros_like(self).scatter(dim, indices, grad)",),
        lambda: (aten.sort.default, (spread(3, 4), 1)),
    ),
)
