"""LAYERS: derivatives of layers and losses. A new one is one entry."""

from __future__ import annotations

import torch

from playground.autograd.derivative import Derivative, spread

aten = torch.ops.aten

MEAN = ' (reduction="mean")'  # torch's own words for which of the three a loss is written here


P = "torch.softmax(query @ key.mT / 2, -1)"  # of attention; 2 is √d
S = "grads[0] @ value.mT - (grads[0] * output).sum(-1, True)"

LAYERS: tuple[Derivative, ...] = (
    Derivative(
        "embedding",
        ("embedding",),
        ("Y[j] = W[kⱼ]", "∂L/∂W[i] = Σⱼ ∂L/∂Y[j] · [kⱼ = i]"),
        ("weight",),
        ("torch.zeros_like(weight).index_add(0, indices, grad)",),
        lambda: (aten.embedding.default, (spread(4, 3), torch.tensor([2, 0, 2]))),
    ),
    Derivative(
        "convolution",
        ("convolution",),
        (
            "y[o, i] = b[o] + Σ_c Σ_k W[o, c, k] · x[c, s·i + k]",
            "∂L/∂x[c, j] = Σ_o Σ_i Σ_k ∂L/∂y[o, i] · W[o, c, k] · [s·i + k = j]",
            "∂L/∂W[o, c, k] = Σ_i ∂L/∂y[o, i] · x[c, s·i + k]",
            "∂L/∂b[o] = Σ_i ∂L/∂y[o, i]",
        ),
        ("input", "weight", "bias"),
        (
            "F.conv_transpose2d(grad, weight, stride=stride, padding=padding)",
            "torch.einsum('noi,nki->ok', grad.flatten(2), F.unfold(input, weight.shape[2:], 1, padding, stride))"
            ".view_as(weight)",
            "grad.sum((0, 2, 3))",
        ),
        lambda: (
            aten.convolution.default,
            (spread(2, 2, 5, 5), spread(3, 2, 3, 3, first=7), spread(3), [2, 2], [1, 1], [1, 1], False, [0, 0], 1),
        ),
    ),
    Derivative(
        "max_pool2d",
        ("max_pool2d_with_indices",),
        ("y[o] = max x[i], i ∈ R(o); k(o) = argmax", "∂L/∂x[i] = Σ_o ∂L/∂y[o] · [i = k(o)]"),
        ("self",),
        ("torch.zeros_like(self).flatten(2).scatter_add(2, result1.flatten(2), grad.flatten(2)).view_as(self)",),
        lambda: (aten.max_pool2d_with_indices.default, (spread(2, 2, 5, 5), [3, 3], [2, 2])),
    ),
    Derivative(
        "avg_pool2d",
        ("avg_pool2d",),
        ("y[o] = Σᵢ x[i] · [i ∈ R(o)] / |R|", "∂L/∂x[i] = Σ_o ∂L/∂y[o] · [i ∈ R(o)] / |R|"),
        ("self",),
        ("F.conv_transpose2d(grad, torch.ones(1, 1, *kernel_size).to(grad) / math.prod(kernel_size), stride=stride)",),
        lambda: (aten.avg_pool2d.default, (spread(2, 1, 5, 5), [3, 3], [2, 2])),
    ),
    Derivative(
        "adaptive_avg_pool2d",
        ("_adaptive_avg_pool2d",),
        ("y[o] = Σᵢ x[i] · [i ∈ R(o)] / |R(o)|", "∂L/∂x[i] = Σ_o ∂L/∂y[o] · [i ∈ R(o)] / |R(o)|"),
        ("self",),
        ("F.interpolate(grad, self.shape[2:]) * math.prod(output_size) / math.prod(self.shape[2:])",),
        lambda: (aten._adaptive_avg_pool2d.default, (spread(2, 2, 6, 4), [3, 2])),
    ),
    Derivative(
        "upsample_nearest2d",
        ("upsample_nearest2d",),
        ("y[o] = x[⌊o / s⌋]", "∂L/∂x[i] = Σ_o ∂L/∂y[o] · [⌊o / s⌋ = i]"),
        ("self",),
        ("F.avg_pool2d(grad, 2, divisor_override=1)",),
        lambda: (aten.upsample_nearest2d.default, (spread(2, 2, 3, 2), [6, 4])),
    ),
    Derivative(
        "batch_norm",
        ("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit.no_stats", "cudnn_batch_norm"),
        (
            "y = γ · x̂ + β, x̂ = (x − μ) / √(σ² + ε)",
            "∂L/∂x = γ / √(σ² + ε) · (∂L/∂y − [training] · (mean(∂L/∂y) + x̂ · mean(∂L/∂y · x̂)))",
            "∂L/∂γ = Σ ∂L/∂y · x̂",
            "∂L/∂β = Σ ∂L/∂y",
        ),
        ("input", "weight", "bias"),
        (
            "(lambda n, g, mean: (weight * result2).view(1, -1, 1) * (g - training * (mean(g) + n * mean(g * n))))"
            "((input - result1.view(1, -1, 1)) * result2.view(1, -1, 1), grad, lambda g: g.mean((0, 2), True))",
            "(grad * (input - result1.view(1, -1, 1)) * result2.view(1, -1, 1)).sum((0, 2))",
            "grad.sum((0, 2))",
        ),
        lambda: (
            aten.native_batch_norm.default,
            (
                spread(4, 3, 2),
                spread(3, low=0.5),
                spread(3),
                torch.zeros(3).double(),
                torch.ones(3).double(),
                True,
                0.1,
                1e-5,
            ),
        ),
    ),
    Derivative(
        "layer_norm",
        ("native_layer_norm",),
        (
            "y = γ · x̂ + β, x̂ = (x − μ) / √(σ² + ε)",
            "∂L/∂x = (g − mean(g) − x̂ · mean(g · x̂)) / √(σ² + ε), g = γ · ∂L/∂y",
            "∂L/∂γ = Σ ∂L/∂y · x̂",
            "∂L/∂β = Σ ∂L/∂y",
        ),
        ("input", "weight", "bias"),
        (
            "(lambda n, g: result2 * (g - g.mean(-1, True) - n * (g * n).mean(-1, True)))"
            "((input - result1) * result2, grad * weight)",
            "(grad * (input - result1) * result2).sum(0)",
            "grad.sum(0)",
        ),
        lambda: (aten.native_layer_norm.default, (spread(3, 4), [4], spread(4, low=0.5), spread(4), 1e-5)),
    ),
    Derivative(
        "group_norm",
        ("native_group_norm",),
        (
            "y = γ · x̂ + β, x̂ = (x − μ) / √(σ² + ε)",
            "∂L/∂x = (g − mean(g) − x̂ · mean(g · x̂)) / √(σ² + ε), g = γ · ∂L/∂y",
            "∂L/∂γ = Σ ∂L/∂y · x̂",
            "∂L/∂β = Σ ∂L/∂y",
        ),
        ("input", "weight", "bias"),
        (
            "(lambda n, g, r: (r * (g - g.mean(-1, True) - n * (g * n).mean(-1, True))).view_as(input))"
            "((input.view(N, group, -1) - result1.unsqueeze(-1)) * result2.unsqueeze(-1),"
            " (grads[0] * weight.view(-1, 1)).view(N, group, -1), result2.unsqueeze(-1))",
            "(grads[0] * ((input.view(N, group, -1) - result1.unsqueeze(-1)) * result2.unsqueeze(-1)).view_as(input))"
            ".sum((0, 2))",
            "grads[0].sum((0, 2))",
        ),
        lambda: (aten.native_group_norm.default, (spread(2, 4, 3), spread(4, low=0.5), spread(4), 2, 4, 3, 2, 1e-5)),
    ),
    Derivative(
        "attention",
        ("_scaled_dot_product_flash_attention_for_cpu",),
        (
            "O = P·V, P = softmax(Q·Kᵀ / √d)",
            "∂L/∂Q = S·K / √d, S = P ⊙ (∂L/∂O · Vᵀ − rowsum(∂L/∂O ⊙ O))",
            "∂L/∂K = Sᵀ·Q / √d",
            "∂L/∂V = Pᵀ · ∂L/∂O",
        ),
        ("query", "key", "value"),
        (
            f"({P} * ({S})) @ key / 2",
            f"({P} * ({S})).mT @ query / 2",
            f"{P}.mT @ grads[0]",
        ),
        lambda: (
            aten._scaled_dot_product_flash_attention_for_cpu.default,
            (spread(1, 2, 3, 4), spread(1, 2, 5, 4, first=50), spread(1, 2, 5, 4, first=99)),
        ),
    ),
    Derivative(
        "nll_loss",
        ("nll_loss_forward",),
        (
            f"y = −Σₙ w[tₙ] · x[n, tₙ] / Σₙ w[tₙ]{MEAN}",
            "∂L/∂x[n, c] = −∂L/∂y · w[tₙ] · [c = tₙ] / Σₙ w[tₙ]",
        ),
        ("self",),
        ("-grad * weight * F.one_hot(target, self.shape[1]) / total_weight",),
        lambda: (aten.nll_loss_forward.default, (spread(3, 4), torch.tensor([2, 0, 3]), spread(4, low=0.5), 1, -100)),
    ),
    Derivative(
        "mse_loss",
        ("mse_loss",),
        (f"y = 1/n · Σᵢ (xᵢ − tᵢ)²{MEAN}", "∂L/∂xᵢ = ∂L/∂y · 2·(xᵢ − tᵢ) / n", "∂L/∂tᵢ = −∂L/∂y · 2·(xᵢ − tᵢ) / n"),
        ("self", "target"),
        ("grad * 2 * (self - target) / self.numel()", "-grad * 2 * (self - target) / self.numel()"),
        lambda: (aten.mse_loss.default, (spread(3, 4), spread(3, 4, first=20))),
    ),
    Derivative(
        "smooth_l1_loss",
        ("smooth_l1_loss",),
        (
            f"y = 1/n · Σᵢ (|d| < β ? d²/(2·β) : |d| − β/2), d = xᵢ − tᵢ{MEAN}",
            "∂L/∂xᵢ = ∂L/∂y · min(max(d/β, −1), 1) / n",
            "∂L/∂tᵢ = −∂L/∂y · min(max(d/β, −1), 1) / n",
        ),
        ("self", "target"),
        (
            "grad * ((self - target) / beta).clamp(-1, 1) / self.numel()",
            "-grad * ((self - target) / beta).clamp(-1, 1) / self.numel()",
        ),
        lambda: (aten.smooth_l1_loss.default, (spread(3, 4), spread(3, 4, first=20), 1, 0.7)),
    ),
    Derivative(
        "binary_cross_entropy",
        ("binary_cross_entropy",),
        (
            f"y = −1/n · Σᵢ (tᵢ · ln xᵢ + (1 − tᵢ) · ln(1 − xᵢ)){MEAN}",
            "∂L/∂xᵢ = ∂L/∂y · (xᵢ − tᵢ) / (n · xᵢ · (1 − xᵢ))",
            "∂L/∂tᵢ = ∂L/∂y · ln((1 − xᵢ) / xᵢ) / n",
        ),
        ("self", "target"),
        (
            "grad * (self - target) / (self.numel() * self * (1 - self))",
            "grad * ((1 - self) / self).log() / self.numel()",
        ),
        lambda: (aten.binary_cross_entropy.default, (spread(6, low=0.1, high=0.9), spread(6, low=0, high=1, first=9))),
    ),
    Derivative(
        "binary_cross_entropy_with_logits",
        ("binary_cross_entropy_with_logits",),
        (
            f"y = −1/n · Σᵢ (tᵢ · ln σ(xᵢ) + (1 − tᵢ) · ln σ(−xᵢ)){MEAN}",
            "∂L/∂xᵢ = ∂L/∂y · (σ(xᵢ) − tᵢ) / n",
            "∂L/∂tᵢ = −∂L/∂y · xᵢ / n",
        ),
        ("self", "target"),
        ("grad * (self.sigmoid() - target) / self.numel()", "-grad * self / self.numel()"),
        lambda: (aten.binary_cross_entropy_with_logits.default, (spread(6), spread(6, low=0, high=1, first=9))),
    ),
)
