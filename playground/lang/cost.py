"""Cost before work: what each operation would make and compute is known before it runs, and refused where it is too much."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import flop_registry

from playground.errors import LimitError, RefusedError
from playground.lang.budget import Budget, show_bytes, show_count
from playground.lang.kernels import check_kernel

aten = torch.ops.aten
# Below so many elements in all operands, an operation that only combines them cannot become large.
SMALL = 1000
UNKNOWN_MOST = 1_000_000
KNOWN_MOST = 1000  # shapes that were asked for in one execution
# Elements per second of one core for what is counted in elements rather than in products: about a billion. A budget of
# operations counts each element as so many, so that both kinds use up the same seconds.
ELEMENT_COST = 10


def _numel(value: Any) -> int:
    return value.numel() if isinstance(value, Tensor) else 0


def _cube(*arguments: Any, **options: Any) -> int:
    """Of decompositions: batch × n³ with a constant between those of LU and of the SVD."""
    matrix = next(part for part in arguments if isinstance(part, Tensor))
    return 20 * matrix.numel() * max(matrix.shape[-2:], default=1) if matrix.dim() >= 2 else matrix.numel()


def _sorting(*arguments: Any, **options: Any) -> int:
    numel = sum(_numel(part) for part in arguments)
    return 10 * ELEMENT_COST * numel * max(1, int(math.log2(numel + 1)) // 8)


def _pairs(first: Tensor, second: Tensor, *arguments: Any, **options: Any) -> int:
    return 3 * ELEMENT_COST * first.numel() * second.shape[-2]


# FLOPs of operations that torch's own counter does not know, by the name of their packet.
COSTS: dict[str, Callable[..., int]] = {
    **dict.fromkeys(
        (
            "_linalg_eigh linalg_eig linalg_eigvals _linalg_svd linalg_svd linalg_svdvals linalg_qr linalg_lu "
            "linalg_lu_factor_ex "
            "_linalg_det _linalg_slogdet linalg_inv_ex linalg_cholesky_ex cholesky linalg_lstsq _linalg_solve_ex "
            "linalg_solve_triangular "
            "linalg_matrix_exp linalg_pinv geqrf linalg_householder_product cholesky_inverse cholesky_solve lu_unpack "
            "triangular_solve "
            "linalg_ldl_factor_ex linalg_lu_solve"
        ).split(),
        _cube,
    ),
    **dict.fromkeys(
        (
            "sort argsort topk kthvalue median nanmedian mode unique unique_dim _unique2 unique_consecutive msort "
            "searchsorted "
            "bucketize histc quantile multinomial randperm"
        ).split(),
        _sorting,
    ),
    "_cdist_forward": _pairs,
}
# How many elements come out where that depends on the values: an upper bound from the arguments.
DYNAMIC: dict[str, Callable[..., int]] = {
    "nonzero": lambda x, *_, **__: x.numel() * max(x.dim(), 1),
    "argwhere": lambda x, *_, **__: x.numel() * max(x.dim(), 1),
    "masked_select": lambda x, mask, **_: math.prod(torch.broadcast_shapes(x.shape, mask.shape)),
    "unique": lambda x, *_, **__: 3 * x.numel(),
    "_unique2": lambda x, *_, **__: 3 * x.numel(),
    "unique_dim": lambda x, *_, **__: 3 * x.numel(),
    "unique_consecutive": lambda x, *_, **__: 3 * x.numel(),
    "bincount": lambda x, *rest, **_: int(x.max()) + 1 if x.numel() else 1,
    "repeat_interleave": lambda repeats, *_, **__: int(repeats.sum()),
    "one_hot": lambda x, *_, **__: x.numel() * (int(x.max()) + 1 if x.numel() else 1),
    "index": lambda x, indices, **_: x.numel() + sum(_numel(part) for part in indices) * max(1, x.numel() // max(1, len(x))),
    "_local_scalar_dense": lambda *_, **__: 0,
    "item": lambda *_, **__: 0,
    "equal": lambda *_, **__: 0,
}


class CostMode(TorchDispatchMode):
    """Sees every aten operation before it runs, inside library code and backward passes too.

    Args:
        budget: of the program; what is too much ends it.
        seen: is told the name of each operation.
    """

    def __init__(self, budget: Budget, seen: Callable[[str], None]):
        super().__init__()
        self.budget, self.seen = budget, seen
        self._known: dict[Any, Any] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self.budget.tick()
        self.seen(str(func))
        try:
            check_kernel(func, args, kwargs)  # first: what asks for the cost runs shape functions that trust as much
        except RefusedError as error:
            self.budget.end(error)
        except DataDependentOutputException:
            pass  # a tensor without data: no kernel will read it
        if _is_traced(args, kwargs):
            return func(*args, **kwargs)
        operands = list(_tensors(args, kwargs))
        numel = sum(map(Tensor.numel, operands))
        if numel > SMALL or not (operands and (_is_simple(func) or func.is_view)):
            with _disable_current_modes():  # who watches below must not take our questions for the program's work
                self._check(func, args, kwargs, operands, numel)
        return func(*args, **kwargs)

    def _check(self, func: Any, args: Any, kwargs: Any, operands: list[Tensor], numel: int) -> None:
        name = func.overloadpacket.__name__
        made = self._made_bytes(func, name, args, kwargs, numel)
        allocated = 0 if func.is_view else made
        if allocated > self.budget.bytes // 4:
            allocated += live_bytes(operands)
        self.budget.allow_bytes(allocated)
        # What writes in place computes as much as what does not.
        packet = getattr(aten, name[:-1], func.overloadpacket) if _is_in_place(func, name) else func.overloadpacket
        name = packet.__name__
        try:
            if packet in flop_registry:
                output = None if name in ("mm", "addmm", "bmm", "baddbmm") else self._meta(func, args, kwargs)
                operations = flop_registry[packet](*args, **kwargs, out_val=output)
            elif name in COSTS:
                operations = COSTS[name](*args, **kwargs)
            else:
                operations = 0
        except (TypeError, IndexError, AttributeError, RuntimeError, AssertionError, StopIteration, ValueError):
            return  # shapes that do not fit: the operation itself says so, at once
        if not func.is_view:
            self.budget.allow_operations(int(operations) + ELEMENT_COST * (numel + made // 4))

    def _made_bytes(self, func: Any, name: str, args: Any, kwargs: Any, numel: int) -> int:
        """The size of what comes out; 0 where the shapes do not fit, so that the operation itself says so."""
        try:
            if name in DYNAMIC:
                return 8 * int(DYNAMIC[name](*args, **kwargs))
            if _is_in_place(func, name):
                return 0
            bound = _pointwise_bytes(func, args, kwargs)
            if bound is not None and bound <= self.budget.bytes // 4:
                return bound
            outputs = self._meta(func, args, kwargs)
        except NotImplementedError:
            self._refuse_unknown(name, numel)
            return 0
        except (RuntimeError, TypeError, IndexError, ValueError, AttributeError, AssertionError) as error:
            if "data-dependent" in str(error) or "dynamic" in str(error).lower():
                self._refuse_unknown(name, numel)
            if "too large" in str(error) or "overflow" in str(error).lower() or "invalid size" in str(error).lower():
                self.budget.end(LimitError("lang.bytes", wanted="> 1e18 bytes", limit=show_bytes(self.budget.bytes)))
            return 0
        return sum(part.numel() * part.element_size() for part in _tensors((outputs,), {}))

    def _refuse_unknown(self, name: str, numel: int) -> None:
        if numel > UNKNOWN_MOST:
            limit = show_count(UNKNOWN_MOST)
            self.budget.end(LimitError("lang.unknown_cost", name=name, elements=show_count(numel), limit=limit))

    def _meta(self, func: Any, args: Any, kwargs: Any) -> Any:
        """The operation on tensors without data: only shapes. In a loop the same ones come again and again."""
        key = (func, _key(args), _key(list(kwargs.items())))
        try:
            if key in self._known:
                return self._known[key]
        except TypeError:  # an argument that cannot be a key, such as a generator
            return self._ask_meta(func, args, kwargs)
        made = self._ask_meta(func, args, kwargs)
        if len(self._known) < KNOWN_MOST:
            self._known[key] = made
        return made

    @staticmethod
    def _ask_meta(func: Any, args: Any, kwargs: Any) -> Any:
        meta_args, meta_kwargs = tree_map_only(Tensor, _without_data, (args, kwargs))
        if "device" in meta_kwargs or not any(True for _ in _tensors(args, kwargs)):
            meta_kwargs = {**meta_kwargs, "device": torch.device("meta")}
        meta_kwargs.pop("generator", None)
        meta_kwargs.pop("pin_memory", None)
        return func(*meta_args, **meta_kwargs)


def _is_traced(args: Any, kwargs: Any) -> bool:
    """Whether a size among the arguments stands for any number, as when a model is exported: nothing is computed then, and
    asking how large the result is would settle the number."""
    sizes = [part for part in (*args, *kwargs.values()) if isinstance(part, (list, tuple, torch.SymInt))]
    if any(isinstance(part, torch.SymInt) or any(isinstance(one, torch.SymInt) for one in part) for part in sizes):
        return True
    return any(part._has_symbolic_sizes_strides for part in _tensors(args, kwargs))


def live_bytes(operands: list[Tensor]) -> int:
    """The bytes that the storages of these operands hold."""
    return sum({part.untyped_storage()._cdata: part.untyped_storage().nbytes() for part in operands}.values())


def _is_in_place(func: Any, name: str) -> bool:
    """Whether it only writes into the tensor that it is a method of; what can make that larger is asked as any other."""
    returns = func._schema.returns
    writes = len(returns) == 1 and returns[0].alias_info is not None and returns[0].alias_info.is_write
    return writes and name.endswith("_") and not name.startswith(("resize", "set"))


def _pointwise_bytes(func: Any, args: Any, kwargs: Any) -> int | None:
    """An upper bound for an elementwise operation on tensors of whole shapes, without asking; None for any other."""
    if torch.Tag.pointwise not in func.tags or func.is_view:
        return None
    operands = list(_tensors(args, kwargs))
    if not operands:
        return None
    # Whole numbers become float32, and real ones may become complex.
    size = max(8, *(2 * part.element_size() for part in operands))
    return math.prod(torch.broadcast_shapes(*(part.shape for part in operands))) * size


def _key(part: Any) -> Any:
    """Arguments as a key: of tensors only what their shape functions look at; 1, 1.0 and True are three."""
    if isinstance(part, Tensor):
        return (part.shape, part.stride(), part.dtype, part.requires_grad)
    if isinstance(part, (list, tuple)):
        return tuple(map(_key, part))
    return (type(part), part)


def _without_data(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")


def _tensors(args: Any, kwargs: Any):
    for part in args:
        if isinstance(part, Tensor):
            yield part
        elif isinstance(part, (list, tuple)):
            yield from (inner for inner in part if isinstance(inner, Tensor))
    for part in kwargs.values():
        if isinstance(part, Tensor):
            yield part


def _is_simple(func: Any) -> bool:
    tags = func.tags
    return torch.Tag.pointwise in tags or torch.Tag.reduction in tags
