"""What training keeps in memory: parameters, a gradient of each, what the optimizer remembers, and activations."""

from __future__ import annotations

from typing import Any

# Numbers that an optimizer keeps of each parameter, in the parameter's own type (measured by a test).
OPTIMIZER_STATES = {"SGD": 0, "SGD + momentum": 1, "Adam": 2, "AdamW": 2}


def training_memory(parameter_bytes: int, trainable_bytes: int, saved_bytes: int, optimizer: str = "Adam") -> dict[str, Any]:
    """Bytes of each kind and their sum. Frozen parameters have no gradient, and the optimizer does not know them."""
    parts = {
        "parameters": parameter_bytes,
        "gradients": trainable_bytes,
        "optimizer": OPTIMIZER_STATES[optimizer] * trainable_bytes,
        "activations": saved_bytes,
    }
    return {**parts, "total": sum(parts.values())}
