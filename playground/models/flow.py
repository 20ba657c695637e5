"""Flow: where the numbers of a model go while it runs: from the image through its rows, and through what joins them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from playground.models.layer_table import LayerTable
from playground.models.receptive_field import Field, Found, follow

INPUT = "input"


@dataclass(frozen=True)
class Known:
    """What is known of a tensor: which rows (or joints) made it, and its receptive field."""

    makers: frozenset[str]
    field: Found


# Calls outside every layer that a learner would look for in a diagram, as torch dispatches them and as he writes them.
CALLS = {
    **{name: name for name in ("relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "avg_pool2d", "mean", "max")},
    **{name: name for name in ("sum", "view", "reshape", "permute", "transpose", "unsqueeze", "squeeze")},
    "_softmax": "softmax",
    "_log_softmax": "log_softmax",
    "native_dropout": "dropout",
    "max_pool2d_with_indices": "max_pool2d",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
    "_unsafe_view": "view",
    "_reshape_alias": "reshape",
}


@dataclass
class Joint:
    """An operation outside every row: one that brings two ways together, such as the sum of a residual, or one of CALLS.

    Args:
        shape: of what it gives, with the batch.
    """

    id: str
    type: str
    group: str
    shape: list[int] = field(default_factory=list)


@dataclass
class Flow:
    """What was seen. `edges`: from a row's number, "input" or a joint's id to another; `fields`: of each row's output."""

    edges: list[tuple[str, str]] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    fields: dict[str, Found] = field(default_factory=dict)


class FlowMode(TorchDispatchMode):
    """Follows one run of a table's model. A tensor is known by the memory that it lies in, which is kept alive meanwhile.

    Args:
        image: what the model is given; its last two dimensions are those of the image.
    """

    def __init__(self, table: LayerTable, image: Tensor):
        super().__init__()
        self.flow = Flow()
        self._table = table
        self._known: dict[Any, Known] = {}
        self._kept: list[Any] = []
        self._seen: set[tuple[str, str]] = set()
        start = Field() if image.dim() >= 3 else None
        self._remember(image, Known(frozenset({INPUT}), start))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        # An operation in place writes over what it was given.
        given = [known for known in map(self._find, _tensors((args, kwargs))) if known is not None]
        out = func(*args, **kwargs)
        if given:
            results = _tensors(out)
            makers = self._makers(func, given, results)
            for result in results:
                found = follow(func, args, kwargs, result, [known.field for known in given])
                self._remember(result, Known(makers, found))
        return out

    def finish(self, number: int, output: Any) -> None:
        """A row has ended: what it gives on."""
        for tensor in _tensors(output):
            known = self._find(tensor)
            self.flow.fields.setdefault(str(number), known.field if known is not None else None)
            if known is not None:
                # A row that does nothing (Dropout in eval mode) gives what it was given.
                if str(number) not in known.makers:
                    self._link(known.makers, str(number))
                self._remember(tensor, Known(frozenset({str(number)}), known.field))

    def _makers(self, func: Any, given: list[Known], results: list[Tensor]) -> frozenset[str]:
        number, group = self._table.here
        sources = {known.makers for known in given}
        makers = frozenset().union(*sources)
        if number is not None:
            self._link(makers - {str(number)}, str(number))
            return frozenset({str(number)})
        name = func.overloadpacket.__name__.rstrip("_")
        if len(sources) == 1 and name not in CALLS:
            return makers
        shape = list(results[0].shape) if results else []
        joint = Joint(f"joint{len(self.flow.joints)}", CALLS.get(name, name), group, shape)
        self.flow.joints.append(joint)
        self._link(makers, joint.id)
        return frozenset({joint.id})

    def _link(self, makers: frozenset[str], target: str) -> None:
        for maker in sorted(makers):
            if (maker, target) not in self._seen:
                self._seen.add((maker, target))
                self.flow.edges.append((maker, target))

    def _find(self, tensor: Tensor) -> Known | None:
        return self._known.get(_place(tensor))

    def _remember(self, tensor: Tensor, known: Known) -> None:
        self._kept.append(tensor.untyped_storage())
        self._known[_place(tensor)] = known


def _tensors(value: Any) -> list[Tensor]:
    return [part for part in tree_leaves(value) if isinstance(part, Tensor)]


def _place(tensor: Tensor) -> Any:
    return tensor.untyped_storage()._cdata, tensor.storage_offset(), tuple(tensor.shape), tensor.stride()
