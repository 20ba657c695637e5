"""Which attributes of which objects a learner's program may read: closed lists by the type of the object."""

from __future__ import annotations

import types
from collections import Counter, OrderedDict, defaultdict, deque
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn, optim
from torch.utils import data

from playground.lang.modules import DataLoader
from playground.lang.ops import OPS

# Beside the methods of the registry.
TENSOR = (
    "shape dtype device layout grad grad_fn requires_grad is_leaf T mT H mH real imag data ndim itemsize nbytes names "
    "is_cuda is_mps "
    "backward retain_grad register_hook is_complex is_floating_point is_signed nelement ndimension cuda is_inference "
    "output_nr"
)
MODULE = (
    "forward train eval parameters named_parameters modules named_modules children named_children buffers "
    "named_buffers state_dict "
    "load_state_dict zero_grad to cpu cuda float double half bfloat16 requires_grad_ apply register_buffer "
    "register_parameter "
    "add_module register_module get_submodule get_parameter extra_repr training append extend insert pop keys items "
    "values update "
    "clear flatten_parameters type __call__ __init__ __len__ __getitem__ __repr__"
)
SEQUENCE = "append extend insert remove pop clear index count sort reverse copy"
MAPPING = "get keys values items pop popitem setdefault update clear copy fromkeys move_to_end most_common elements"
SETS = (
    "add remove discard pop clear copy union intersection difference symmetric_difference update issubset issuperset "
    "isdisjoint "
    "intersection_update difference_update"
)
STRING = (
    "capitalize casefold center count endswith find format index isalnum isalpha isdecimal isdigit isidentifier "
    "islower isnumeric "
    "isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix replace rfind rindex rjust "
    "rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper zfill"
)
ARRAY = (
    "shape dtype ndim size T nbytes itemsize sum mean std var min max argmin argmax prod cumsum reshape ravel flatten "
    "transpose astype "
    "tolist item copy squeeze round clip dot all any sort argsort fill real imag diagonal trace"
)
NUMBER = "real imag conjugate is_integer bit_length numerator denominator as_integer_ratio item dtype hex"
OPTIMIZER = "step zero_grad param_groups state_dict load_state_dict add_param_group defaults __init__ last_epoch"
SCHEDULER = "step get_last_lr get_lr state_dict load_state_dict last_epoch base_lrs optimizer"
CONTEXT = "save_for_backward saved_tensors needs_input_grad mark_non_differentiable mark_dirty set_materialize_grads"

ATTRIBUTES: dict[type, str] = {
    nn.Module: MODULE,
    list: SEQUENCE,
    tuple: "index count",
    torch.Size: "numel index count",
    dict: MAPPING,
    OrderedDict: MAPPING,
    defaultdict: MAPPING,
    Counter: MAPPING + " total subtract",
    deque: SEQUENCE + " appendleft popleft rotate maxlen extendleft",
    set: SETS,
    frozenset: SETS,
    str: STRING,
    int: NUMBER,
    float: NUMBER,
    complex: NUMBER,
    bool: NUMBER,
    range: "start stop step index count",
    slice: "start stop step",
    np.ndarray: ARRAY,
    np.generic: ARRAY,
    np.dtype: "name itemsize kind",
    torch.dtype: "is_floating_point is_complex itemsize is_signed to_real to_complex",
    torch.device: "type index",
    torch.finfo: "eps max min tiny bits smallest_normal resolution dtype",
    torch.iinfo: "max min bits dtype",
    torch.Generator: "manual_seed seed initial_seed device",
    optim.Optimizer: OPTIMIZER,
    optim.lr_scheduler.LRScheduler: SCHEDULER,
    torch.autograd.function.FunctionCtx: CONTEXT,
    torch.autograd.graph.Node: "name next_functions",
    data.Dataset: "tensors dataset indices datasets cumulative_sizes __init__ __len__ __getitem__",
    data.Sampler: "",
    DataLoader: "dataset batch_size drop_last",
    torch.amp.GradScaler: "scale step update unscale_ get_scale is_enabled",
    nn.utils.rnn.PackedSequence: "data batch_sizes",
    BaseException: "args",
    property: "setter",
    types.GeneratorType: "",
    nn.modules.module._IncompatibleKeys: "missing_keys unexpected_keys",
}
# What `super()` reaches of the classes above; their instances do not.
RESERVED = frozenset((*dir(nn.Module), *vars(nn.Module()))) - {"training"}


@cache
def tensor_attributes() -> frozenset[str]:
    """Attributes and methods of a tensor: those of the registry, their in-place variants, and TENSOR."""
    names = set(TENSOR.split())
    for op in OPS.values():
        if op.name.startswith("Tensor.") or op.method:
            names.add(op.attribute)
        if op.inplace:
            names.add(f"{op.attribute}_")
    return frozenset(names)


@cache
def attributes_of(kind: Any, /) -> frozenset[str]:
    """What may be read of an object of that type: the lists of all its base classes together."""
    if issubclass(kind, torch.Tensor):
        return tensor_attributes()
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return frozenset(("index", "count", *kind._fields))
    found: set[str] = set()
    for base in kind.__mro__:
        if base.__module__ == "torch.return_types":  # (values, indices) of max, sort, …
            found.update(name for name in dir(base) if not name.startswith("_") and not name.startswith("n_"))
        found.update(ATTRIBUTES.get(base, "").split())
    return frozenset(found)
