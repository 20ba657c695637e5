"""A network in shards (FSDP2): each rank holds a part of every parameter, and gathers a layer where it computes."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard

from playground.distributed.group import Group
from playground.distributed.traffic import Meter


def shard(model: nn.Module, group: Group) -> nn.Module:
    """The model itself, with every parameter cut along its first axis into a shard for each rank.

    Each layer with parameters is one unit: gathered before it computes, freed after it, its gradients scattered.
    """
    mesh = init_device_mesh(group.device.type, (group.size,))
    _shard_layers(model, mesh)
    return cast(nn.Module, fully_shard(model, mesh=mesh))


def watch(model: nn.Module, meter: Meter) -> None:
    """FSDP shall gather and scatter through the meter."""
    for module in model.modules():
        if isinstance(module, FSDPModule):
            # Torch asks for classes that it does not show; these have the same methods.
            module.set_custom_all_gather(cast(Any, _Gather(meter)))
            module.set_custom_reduce_scatter(cast(Any, _Scatter(meter)))


def _shard_layers(module: nn.Module, mesh: DeviceMesh) -> None:
    for child in module.children():
        if isinstance(child, nn.Sequential):  # of layers; any other module is a layer, whatever it is made of
            _shard_layers(child, mesh)
        elif next(child.parameters(), None) is not None:
            fully_shard(child, mesh=mesh)


class _Collective:
    """What FSDP asks of a collective: memory for what is moved, and the call (of the subclasses)."""

    def __init__(self, meter: Meter):
        self.meter = meter

    def allocate(self, size: Any, *, dtype: torch.dtype, device: torch.device) -> Tensor:
        return torch.empty(*size, dtype=dtype, device=device)


class _Gather(_Collective):
    def __call__(self, output_tensor: Tensor, input_tensor: Tensor, group: Any, async_op: bool = False) -> Any:
        gather = dist.all_gather_single
        return self.meter.timed("all_gather", output_tensor, lambda: gather(output_tensor, input_tensor, group, async_op))


class _Scatter(_Collective):
    def __call__(self, output_tensor: Tensor, input_tensor: Tensor, group: Any, op: Any, async_op: bool = False) -> Any:
        scatter = dist.reduce_scatter_single
        return self.meter.timed(
            "reduce_scatter", input_tensor, lambda: scatter(output_tensor, input_tensor, op, group, async_op)
        )
