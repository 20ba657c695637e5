"""TABS: the tabs of the page in their order. A new one is one file and one line."""

from __future__ import annotations

from types import ModuleType

from playground.ui.tabs import autograd, bench, draw, models, start, tensors, train

# Each has NAME (`words`: `tab.<name>`) and `build(page, blocks, tab)`, which returns the components that the page wires
# to those of other tabs.
TABS: tuple[ModuleType, ...] = (start, tensors, autograd, models, train, draw, bench)
