"""ACTIVATIONS: derivatives of the functions between layers. A new one is one entry."""

from __future__ import annotations

from playground.autograd.derivative import Derivative, unary

PHI = "(1 + (self / math.sqrt(2)).erf()) / 2"  # the normal distribution; its density is the second term of GELU's derivative
DENSITY = "(-(self**2) / 2).exp() / math.sqrt(2 * math.pi)"

ACTIVATIONS: tuple[Derivative, ...] = (
    unary("tanh", "tanh x", "∂L/∂y · (1 − y²)", "grad * (1 - result**2)"),
    unary("sigmoid", "σ(x) = 1 / (1 + e⁻ˣ)", "∂L/∂y · y · (1 − y)", "grad * result * (1 - result)"),
    unary("log_sigmoid_forward", "ln σ(x)", "∂L/∂y · σ(−x)", "grad * (-self).sigmoid()"),
    unary("relu", "max(0, x)", "∂L/∂y · [x > 0]", "grad * (self > 0)"),
    unary("threshold", "x > θ ? x : v", "∂L/∂y · [x > θ]", "grad * (self > threshold)", 0.5, -1.0),
    unary(
        "leaky_relu",
        "x > 0 ? x : α·x",
        "∂L/∂y · ([x > 0] + α · [x ≤ 0])",
        "grad * (self > 0) + grad * negative_slope * (self <= 0)",
        0.2,
    ),
    unary(
        "elu",
        "λ · (x > 0 ? x : α · (e^(c·x) − 1))",
        "∂L/∂y · λ · ([x > 0] + [x ≤ 0] · α · c · e^(c·x))",
        "grad * scale * ((self > 0) + (self <= 0) * (input_scale * self).exp() * alpha * input_scale)",
        *(1.6, 1.1, 0.7),
    ),
    unary(
        "gelu",
        "x · Φ(x) ≈ ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))",
        "∂L/∂y · (Φ(x) + x · φ(x))",
        f"grad * ({PHI} + self * {DENSITY})",
    ),
    unary(
        "silu",
        "x · σ(x)",
        "∂L/∂y · σ(x) · (1 + x · (1 − σ(x)))",
        "grad * self.sigmoid() * (1 + self * (1 - self.sigmoid()))",
    ),
    unary(
        "mish",
        "x · tanh(s), s = ln(1 + eˣ)",
        "∂L/∂y · (tanh(s) + x · σ(x) · (1 − tanh²(s)))",
        "grad * (F.softplus(self).tanh() + self * self.sigmoid() * (1 - F.softplus(self).tanh() ** 2))",
    ),
    unary("softplus", "ln(1 + e^(β·x)) / β", "∂L/∂y · σ(β·x)", "grad * (beta * self).sigmoid()", 1.5, 20),
    unary("clamp", "min(max(x, a), b)", "∂L/∂y · [a ≤ x ≤ b]", "grad * ((min <= self) & (self <= max))", -0.7, 0.9),
    unary("clamp_min", "max(x, a)", "∂L/∂y · [x ≥ a]", "grad * (self >= min)", 0.3),
    unary("clamp_max", "min(x, b)", "∂L/∂y · [x ≤ b]", "grad * (self <= max)", 0.3),
    unary(
        "hardtanh",
        "min(max(x, a), b)",
        "∂L/∂y · [a < x < b]",
        "grad * ((min_val < self) & (self < max_val))",
        *(-0.7, 0.9),
    ),
    unary(
        "hardsigmoid",
        "min(max(x/6 + ½, 0), 1)",
        "∂L/∂y · [−3 < x < 3] / 6",
        "grad * (self.abs() < 3) / 6",
        low=-5,
        high=5,
    ),
    unary(
        "hardswish",
        "x · min(max(x/6 + ½, 0), 1)",
        "∂L/∂y · ([x ≥ 3] + [−3 < x < 3] · (x/3 + ½))",
        "grad * ((self >= 3) + (self.abs() < 3) * (self / 3 + 0.5))",
        low=-5,
        high=5,
    ),
)
