"""Kernels: PyTorch's operations that trust their arguments, checked before they run.

On the CPU these read and write wherever their indices, lengths and sizes say, without looking whether that is still inside
a tensor. Some of these numbers are the program's own; others were right when a forward pass saved them and have been
changed since, through `.data` or `.numpy()`, behind the back of the check that autograd makes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from playground.errors import RefusedError

GATES = {2: 4, 3: 3}  # of mkldnn's modes: LSTM, GRU
GRID_MOST = 1e9  # coordinates beyond it become infinite on the way to a pixel


def check_kernel(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Whether an operation of aten may run on these arguments.

    Raises:
        RefusedError: it would leave its tensors.
    """
    check = CHECKS.get(func.overloadpacket.__name__)
    if check is not None:
        check(**_by_name(func, args, kwargs))


def _by_name(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    names = [argument.name for argument in func._schema.arguments]
    found = {**dict(zip(names, args, strict=False)), **kwargs}
    return {"this" if name == "self" else name: value for name, value in found.items()}


def _refuse(name: str, argument: str) -> None:
    raise RefusedError("lang.refused_argument", name=name, argument=argument)


def _within(name: str, what: str, numbers: Any, least: int, end: int) -> None:
    """Every number from `least` and below `end`; a list or a tensor of them."""
    numbers = torch.as_tensor(numbers)
    if not numbers.numel() or numbers.is_meta:
        return
    for number in map(int, numbers.aminmax()):
        if not least <= number < end:
            _refuse(name, f"{what} = {number}")


def _pool(dims: int) -> Callable[..., None]:
    def check(this: Tensor, indices: Tensor, **rest: Any) -> None:
        _within(f"max_pool{dims}d", "indices", indices, 0, this.shape[-dims:].numel())

    return check


def _ctc(log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, **rest: Any) -> None:
    if log_probs.dim() != 3:
        return  # PyTorch says so
    steps, _, classes = log_probs.shape
    _within("ctc_loss", "targets", targets, 0, classes)
    _within("ctc_loss", "input_lengths", input_lengths, 0, steps + 1)
    most = targets.shape[-1] if targets.dim() else 0
    if "log_alpha" in rest:  # in the backward pass: as large as the longest target of the forward pass made it
        most = min(most, (rest["log_alpha"].shape[-1] - 1) // 2)
    _within("ctc_loss", "target_lengths", target_lengths, 0, most + 1)
    total = int(torch.as_tensor(target_lengths).sum())
    if targets.dim() == 1 and total != targets.shape[0]:
        _refuse("ctc_loss", f"sum(target_lengths) = {total}")


def _bag(grad: Tensor, indices: Tensor, offsets: Any = None, **rest: Any) -> None:
    rows = rest["num_weights"] if "num_weights" in rest else rest["weight"].shape[0]
    _within("embedding_bag", "indices", indices, 0, rows)
    if rest.get("sparse"):
        _refuse("embedding_bag", "sparse=True")
    if offsets is not None and offsets.numel():
        _within("embedding_bag", "offsets", offsets[:1], 0, 1)
        _within("embedding_bag", "offsets", offsets, 0, indices.numel() + 1)


def _offsets(indices: Tensor, offsets: Tensor, **rest: Any) -> None:
    if offsets.numel() and bool((offsets.diff() < 0).any()):
        _refuse("embedding_bag", "offsets")


def _rows(indices: Tensor, num_weights: int, **rest: Any) -> None:
    _within("embedding", "indices", indices, 0, num_weights)


def _heads(**rest: Any) -> None:
    if rest.get("num_head", rest.get("num_heads", 1)) < 1:
        _refuse("nn.MultiheadAttention", "num_heads")


def _grid(grid: Tensor, **rest: Any) -> None:
    if not bool((grid.abs() < GRID_MOST).all()):
        _refuse("grid_sample", "nan, inf")


def _attention(query: Tensor, key: Tensor, value: Tensor, **rest: Any) -> None:
    if key.shape[:-1] != value.shape[:-1] or query.shape[-1] != key.shape[-1]:
        shapes = ", ".join(str(tuple(part.shape)) for part in (query, key, value))
        _refuse("scaled_dot_product_attention", shapes)


def _recurrent(input: Tensor, hx_: Tensor, mode: int, hidden_size: int, has_biases: bool, **rest: Any) -> None:
    weights = [rest[name] for name in ("weight0", "weight1", "weight2", "weight3", "weight4") if name in rest]
    rows, batch = GATES.get(mode, 1) * hidden_size, input.shape[1]
    states = [rest[name] for name in ("cx_", "cx_tmp") if name in rest]
    wanted = [(rows, input.shape[-1]), (rows, hidden_size), *([(rows,), (rows,)] if has_biases else [])]
    for part, shape in [*zip(weights, wanted, strict=False), *((state, (batch, hidden_size)) for state in (hx_, *states))]:
        end = (part.storage_offset() + part.numel()) * part.element_size()
        if tuple(part.shape[-len(shape) :]) != shape or part.dtype != input.dtype or end > part.untyped_storage().nbytes():
            _refuse("nn.LSTM", f"{tuple(part.shape)} {part.dtype}")


def _batch_norm(input: Tensor, **rest: Any) -> None:
    for name in ("weight", "bias", "running_mean", "running_var", "save_mean", "save_invstd"):
        part = rest.get(name)
        if part is not None and part.numel() and (part.numel() != input.shape[1] or not part.is_contiguous()):
            _refuse("batch_norm", f"{name} {tuple(part.shape)}")


def _never(name: str, argument: str) -> Callable[..., None]:
    def check(**options: Any) -> None:
        _refuse(name, argument)

    return check


# By the name of the operation's packet.
CHECKS: dict[str, Callable[..., None]] = {
    "max_pool2d_with_indices_backward": _pool(2),
    "max_pool3d_with_indices_backward": _pool(3),
    "adaptive_max_pool2d_backward": _pool(2),
    "adaptive_max_pool3d_backward": _pool(3),
    "_ctc_loss": _ctc,
    "_ctc_loss_backward": _ctc,
    "_embedding_bag": _offsets,
    "_embedding_bag_forward_only": _offsets,
    "embedding_dense_backward": _rows,
    "_native_multi_head_attention": _heads,
    "_transformer_encoder_layer_fwd": _heads,
    "_embedding_bag_backward": _bag,
    "_embedding_bag_per_sample_weights_backward": _bag,
    "grid_sampler_2d_backward": _grid,
    "grid_sampler_3d_backward": _grid,
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
    "mkldnn_rnn_layer": _recurrent,
    "mkldnn_rnn_layer_backward": _recurrent,
    "native_batch_norm_backward": _batch_norm,
    # Their sparse gradients keep the indices as they are, and are added without a look at them.
    "_sparse_coo_tensor_with_dims_and_tensors": _never("Embedding", "sparse=True"),
    # They go through all their lists as far as the first reaches.
    **dict.fromkeys(("_fused_adam_", "_fused_adamw_", "_fused_sgd_", "_fused_adagrad_"), _never("Optimizer", "fused=True")),
}
