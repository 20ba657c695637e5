"""How fresh parameters are drawn."""

from __future__ import annotations

from torch import nn


def initialize(model: nn.Module, initialization: str) -> None:
    """Draw the parameters of `model` again, in place, from torch's global generator.

    Args:
        initialization: "default" leaves PyTorch's own; "kaiming" is the course's: convolutions by fan-out, linear layers
            by fan-in with zero bias, BatchNorm at one and zero.

    Source: He et al. 2015, "Delving Deep into Rectifiers", section 2.2; `torch.nn.init.kaiming_normal_`.
    """
    if initialization == "default":
        return
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
