"""The features that a network decides by: what goes into its last Linear layer, seen by a hook."""

from __future__ import annotations

from types import TracebackType

from torch import Tensor, nn


class LastLinearInput:
    """A context in which `features` is what went into the Linear layer that was called last in the last forward pass.

    Args:
        model: is not changed; its hooks are gone when the context ends.

    `name` is that layer's path; "" and features None before a pass, and for a network that calls no Linear layer.
    """

    def __init__(self, model: nn.Module):
        self.name = ""
        self.features: Tensor | None = None
        self._names = {module: name for name, module in nn.Module.named_modules(model) if isinstance(module, nn.Linear)}
        self._handles: list[object] = []

    def __enter__(self) -> LastLinearInput:
        # Only the latest is kept: the inputs of all layers together may be large.
        self._handles = [module.register_forward_pre_hook(self._see) for module in self._names]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for handle in self._handles:
            handle.remove()  # type: ignore[attr-defined]

    def _see(self, module: nn.Linear, inputs: tuple[Tensor, ...]) -> None:
        self.name = self._names[module]
        self.features = inputs[0].detach() if inputs else None  # None: a learner's call by keyword
