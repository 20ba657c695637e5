"""forecast_memory: what a training step will need, before anything of it is allocated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from playground.bench.memory_step import count_saved, state_tensors
from playground.bench.subject import LEARNING_RATE, measure_loss, read_count
from playground.devices import list_devices, memory_bytes
from playground.errors import InputError, LimitError
from playground.lang.budget import show_bytes
from playground.limits import Limits
from playground.models.build import build_model
from playground.models.checked import CheckedCode, CheckedSpec
from playground.models.describe import quietly
from playground.models.spec import ModelSpec
from playground.training.optimizers import OPTIMIZERS

PARTS = ("parameters", "gradients", "optimizer", "activations")
# Sizes at which a recurrent layer is asked for its workspace; all its parts are then whole pages.
PROBE_BATCH, PROBE_FEATURES = 32, 128


def forecast_memory(spec: ModelSpec, batch_size: int, optimizer: str, limits: Limits) -> dict[str, int]:
    """The bytes of each part of a training step and their sum, from one step forward of tensors without data.

    Of code whose forward looks at a value, which no tensor without data has, the forward really runs, under the limits of a
    program. Call it in a child: it may be a learner's code.

    Returns:
        {parameters, gradients, optimizer, activations, total}: after the forward pass all activations are there, after the
        backward pass all gradients.

    Raises:
        PlaygroundError: no such optimizer or batch, or a model that does not run or has nothing to train.
    """
    batch = read_count("bench.batch_size", batch_size, limits.batch_size)
    OPTIMIZERS.find(optimizer)
    with quietly():
        module, call = _open(spec, batch, limits)
        saved, recurrent, parameters = call(lambda: _run(module, spec, batch))
    trainable = [size for size, trained in parameters if trained]
    if not trainable:
        raise InputError("bench.nothing_to_train")
    factor, constant = optimizer_state(optimizer)
    parts = {
        "parameters": sum(size for size, _ in parameters),
        "gradients": sum(trainable),
        "optimizer": round(factor * sum(trainable)) + constant * len(trainable),
        # Asked for out here, where tensors have data and a graph.
        "activations": saved + sum(_workspace_bytes(*layer) for layer in recurrent),
    }
    return {**parts, "total": sum(parts.values())}


def available_bytes(limits: Limits, device: torch.device) -> int:
    """What a benchmark may have: a GPU's own memory; else the machine's, or the limit of a job where that is less."""
    own = next((one.memory_bytes for one in list_devices() if one.name == str(device) and one.type != "cpu"), 0)
    return own or min(memory_bytes() or 2**62, limits.job_memory_bytes)


def check_fits(forecast: dict[str, int], available_bytes: int) -> None:
    """
    Args:
        available_bytes: what a job may have; 0 = nobody knows, which is no reason to refuse.

    Raises:
        LimitError: the step would need more. Its values are the forecast, in a reader's words.
    """
    if available_bytes and forecast["total"] > available_bytes:
        raise LimitError(
            "bench_memory.too_large",
            total=show_bytes(forecast["total"]),
            available=show_bytes(available_bytes),
            parameters=show_bytes(forecast["parameters"]),
            gradients=show_bytes(forecast["gradients"]),
            optimizer=show_bytes(forecast["optimizer"]),
            activations=show_bytes(forecast["activations"]),
        )


def optimizer_state(name: str) -> tuple[float, int]:
    """What an optimizer keeps: bytes for each byte of a parameter, and bytes for each parameter whatever its size.

    It is asked, not known: it makes one step on a small parameter.
    """
    parameter = nn.Parameter(torch.zeros(256))
    parameter.grad = torch.ones(256)
    entry = OPTIMIZERS.find(name)
    made = entry.make([parameter], learning_rate=LEARNING_RATE, weight_decay=0.0, momentum=0.9, fused=False)
    made.step()
    states = state_tensors(made)
    like = sum(state.nbytes for state in states if state.shape == parameter.shape)
    return like / parameter.nbytes, sum(state.nbytes for state in states if state.shape != parameter.shape)


def _open(spec: ModelSpec, batch: int, limits: Limits) -> tuple[nn.Module, Callable[..., Any]]:
    """The model without data, and what runs it."""
    if spec.code:
        checked = CheckedCode(spec.code, spec.input_shape, batch, limits)
        if checked.error is not None:
            raise checked.error
        assert checked.code is not None and checked.code.model is not None
        return checked.code.model, checked.code.call
    problem = CheckedSpec(spec, spec.input_shape, batch).error
    if problem is not None:
        raise problem
    mode = FakeTensorMode(allow_fallback_kernels=False)

    def call(work: Callable[..., Any], *values: Any) -> Any:
        with mode:
            return work(*values)

    return call(build_model, spec), call


Layer = tuple[int, int, int]


def _run(module: nn.Module, spec: ModelSpec, batch: int) -> tuple[int, list[Layer], list[tuple[int, bool]]]:
    """Bytes that a step saves, the recurrent layers whose workspace is not among them (steps, batch, features), and of each
    parameter (bytes, whether it is trained)."""
    module.train()
    first = next((one for one in nn.Module.modules(module) if not list(one.children())), None)
    inputs = torch.zeros(batch, *spec.input_shape, dtype=torch.long if isinstance(first, nn.Embedding) else torch.float32)
    labels = torch.zeros(batch, dtype=torch.long)
    parameters = [(part.nbytes, part.requires_grad) for part in module.parameters()]
    with _Recurrent() as recurrent:
        saved, _ = count_saved(lambda: measure_loss(module(inputs), inputs, labels), module)
    return saved, recurrent.layers, parameters


class _Recurrent(TorchDispatchMode):
    """Notes each recurrent layer whose workspace a tensor without data does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[Layer] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket is torch.ops.aten.mkldnn_rnn_layer and not out[3].nbytes:
            steps, batch, features = out[0].shape
            self.layers.append((steps, batch, features))
        return out


def _workspace_bytes(steps: int, batch: int, features: int) -> int:
    """What oneDNN keeps of one direction of an LSTM layer beside its outputs.

    Only oneDNN knows it, and it grows with each of the three: small layers, of one step and of two, are really run.
    """
    wide = min(features, PROBE_FEATURES)
    with torch.random.fork_rng(devices=[]):
        one, two = (_probe(count, wide) for count in (1, 2))
    return round((one + (steps - 1) * (two - one)) * (batch / PROBE_BATCH) * (features / wide))


def _probe(steps: int, features: int) -> int:
    layer = nn.LSTM(1, features)
    found: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        if tensor.dtype == torch.uint8:
            found.append(tensor)
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        layer(torch.zeros(steps, PROBE_BATCH, 1))
    return sum(tensor.nbytes for tensor in found)
