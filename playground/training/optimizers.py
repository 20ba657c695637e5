"""OPTIMIZERS: how a step changes the parameters. A new one is one entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.registry import Registry

# Of LBFGS. Torch's default looks at a batch up to 25 times for one step; the line search makes each of those steps safe.
CLOSURE_ARGUMENTS: dict[str, Any] = {"max_iter": 10, "history_size": 10, "line_search_fn": "strong_wolfe"}


@dataclass(frozen=True)
class OptimizerType:
    """An optimizer of torch.optim.

    Args:
        name: also the class's name in torch.optim; `words`: `optimizer.<name>` and `optimizer_advice.<name>`.
        formula: a step, as it is shown; `_` and `^` begin an index and an exponent. θ: parameters, g: gradient,
            η: learning rate, λ: weight decay, μ: momentum.
        plain: the same where the config's `momentum` is 0; heavy: where there is momentum, but not Nesterov's.
        fused: it has a fused kernel: all parameters in one call, about a fifth of the time on small networks.
        momentum: it takes the `momentum` of the config. nesterov: and its `nesterov`.
        closure: a step looks at the loss several times, so it is given a function that works out loss and gradients. It
            takes no weight decay.
    """

    name: str
    formula: str
    plain: str = ""
    heavy: str = ""
    fused: bool = True
    momentum: bool = False
    nesterov: bool = False
    closure: bool = False

    def arguments(
        self, learning_rate: float, weight_decay: float, momentum: float, *, nesterov: bool = True, fused: bool = True
    ) -> dict[str, Any]:
        """Keyword arguments of the constructor, the same here and in the complete script.

        Args:
            nesterov: of the config; it needs a momentum.
            fused: where there is such a kernel; not for a learner's own code, since it trusts the shapes of gradients.
        """
        if self.closure:
            return {"lr": learning_rate, **CLOSURE_ARGUMENTS}
        arguments: dict[str, Any] = {"lr": learning_rate, "weight_decay": weight_decay}
        if self.momentum:
            arguments["momentum"] = momentum
            if self.nesterov and nesterov and momentum:
                arguments["nesterov"] = True
        if self.fused and fused:
            arguments["fused"] = True
        return arguments

    def make(self, parameters: Iterable[Tensor], **settings: Any) -> torch.optim.Optimizer:
        return getattr(torch.optim, self.name)(parameters, **self.arguments(**settings))

    def formula_of(self, *, momentum: bool, nesterov: bool) -> str:
        """The formula of a step with these settings."""
        if self.momentum and not momentum:
            return self.plain
        return self.heavy if self.nesterov and not nesterov else self.formula


ADAM = "m ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\n"

OPTIMIZERS: Registry[OptimizerType] = Registry(
    "topic.optimizer",
    (
        OptimizerType("AdamW", f"{ADAM}θ ← θ − η (m̂ / (√v̂ + ε) + λ θ)"),
        OptimizerType("Adam", f"g ← g + λ θ\n{ADAM}θ ← θ − η m̂ / (√v̂ + ε)"),
        OptimizerType(
            "SGD",
            "g ← g + λ θ,   v ← μ v + g\nθ ← θ − η (g + μ v)",
            plain="θ ← θ − η (g + λ θ)",
            heavy="g ← g + λ θ,   v ← μ v + g\nθ ← θ − η v",
            momentum=True,
            nesterov=True,
        ),
        OptimizerType(
            "RMSprop",
            "g ← g + λ θ,   s ← α s + (1 − α) g²\nb ← μ b + g / (√s + ε)\nθ ← θ − η b",
            plain="g ← g + λ θ,   s ← α s + (1 − α) g²\nθ ← θ − η g / (√s + ε)",
            fused=False,
            momentum=True,
        ),
        OptimizerType(
            "LBFGS",
            "H ≈ (∇²L)⁻¹,   H Δg = Δθ\nθ ← θ − t H g,   t₀ = η",
            fused=False,
            closure=True,
        ),
    ),
)
# What Bench can measure: a step that is given its gradients.
STEPPED: tuple[str, ...] = tuple(name for name, entry in OPTIMIZERS.items() if not entry.closure)
