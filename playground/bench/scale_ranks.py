"""What one rank does for the scale benchmark: the same steps by DDP, by model parallelism, by FSDP, and by rank 0 alone."""

from __future__ import annotations

import copy
import statistics
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from playground.distributed.group import Group
from playground.models import build_model
from playground.models.spec import parse_spec
from playground.training.optimizers import OPTIMIZERS

SEED, LEARNING_RATE = 0, 1e-3
STRATEGIES = ("ddp", "model", "fsdp")


class Talk(TorchDispatchMode):
    """Counts what the collectives and messages of a step are given: {operation: [calls, bytes]}."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.namespace == "c10d":
            name = str(func.overloadpacket).removeprefix("c10d.").strip("_")
            # Of a gather or a scatter the whole vector, not the shard, is what is moved.
            given = max((_size(leaves) for leaves in map(_tensors, args)), default=0)
            self.calls[name] += 1
            self.bytes[name] += given
        return func(*args, **(kwargs or {}))


def measure_strategy(group: Group, name: str, spec_text: str, batch: int, optimizer: str, steps: int) -> dict[str, Any]:
    """One strategy on this rank: bytes that stay between two steps, times, the losses of the first steps, what was sent."""
    spec = parse_spec(spec_text)
    torch.manual_seed(SEED)
    model = build_model(spec).to(group.device).train()
    generator = torch.Generator().manual_seed(SEED)
    inputs = torch.randn(batch, *spec.input_shape, generator=generator).to(group.device)
    labels = torch.randint(10, (batch,), generator=generator).to(group.device)
    trainer = TRAINERS[name](group, model, inputs, labels, optimizer)
    losses = [trainer.step() for _ in range(2)]  # the second one has the optimizer's state
    memory = trainer.memory()
    with Talk() as talk:
        trainer.step()
    times = []
    for _ in range(steps):
        if trainer.together:
            dist.barrier()
        begun = time.perf_counter()
        trainer.step()
        _finish(group.device)
        times.append(time.perf_counter() - begun)
    return {
        **group.describe(),
        **memory,
        "losses": losses,
        "step_seconds": statistics.median(times),
        "talk": [{"name": key, "calls": talk.calls[key], "bytes": talk.bytes[key]} for key in talk.calls],
        "layers": trainer.layers,
    }


def measure_alone(group: Group, *given: Any) -> dict[str, Any] | None:
    """One process with the whole batch, and all cores, while the others wait."""
    found = None
    if group.speaks:
        threads = torch.get_num_threads()
        torch.set_num_threads(threads * group.size)
        found = measure_strategy(group, "alone", *given)
        torch.set_num_threads(threads)
    dist.barrier()
    return found


def time_all_reduce(group: Group, count: int) -> float:
    """Seconds in which `count` float32 are summed over the ranks, with nothing else to do."""
    row, times = torch.zeros(count, device=group.device), []
    for _ in range(6):
        dist.barrier()
        begun = time.perf_counter()
        dist.all_reduce(row)
        _finish(group.device)
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])


def measure_scale(group: Group, spec_text: str, batch: int, optimizer: str, steps: int) -> dict[str, Any]:
    """All of it, in turn, in the same processes."""
    given = (spec_text, batch, optimizer, steps)
    found: dict[str, Any] = {"alone": measure_alone(group, *given)}
    for name in STRATEGIES:
        found[name] = measure_strategy(group, name, *given)
    count = sum(parameter.numel() for parameter in build_model(parse_spec(spec_text)).parameters())
    return {**found, "all_reduce_seconds": time_all_reduce(group, count)}


class Trainer:
    """One process with the whole batch; the others differ in what is theirs of the model and of the batch."""

    together = False

    def __init__(self, group: Group, model: nn.Module, inputs: Tensor, labels: Tensor, optimizer: str):
        self.group, self.model, self.inputs, self.labels = group, model, inputs, labels
        self.saved = 0
        self.prepare()
        self.layers = [name for name, _ in self.own.named_children()]
        entry = OPTIMIZERS.find(optimizer)
        self.parameters = [parameter for parameter in self.own.parameters() if parameter.requires_grad]
        self.optimizer = entry.make(
            self.parameters, learning_rate=LEARNING_RATE, weight_decay=0.0, momentum=0.9, fused=False
        )

    def prepare(self) -> None:
        self.own = self.model

    def step(self) -> float:
        """A training step; the loss of the whole batch."""
        torch.manual_seed(SEED)
        self.optimizer.zero_grad()
        loss = self.learn()
        self.optimizer.step()
        return loss

    def learn(self) -> float:
        with self.watched():
            loss = F.cross_entropy(self.model(self.inputs), self.labels)
        loss.backward()
        return loss.item()

    def watched(self) -> Any:
        """What autograd keeps for the backward pass, each storage once, parameters left out."""
        own = {_local(value).untyped_storage().data_ptr() for value in self.own.parameters()}
        kept: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            storage = _local(tensor).untyped_storage()
            if storage.data_ptr() not in own:
                kept[storage.data_ptr()] = storage.nbytes()
                self.saved = sum(kept.values())
            return tensor

        return torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor)

    def memory(self) -> dict[str, int]:
        """Live bytes on this rank: of the last step, after it."""
        state = [value for values in self.optimizer.state.values() for value in values.values()]
        return {
            "parameters": _size(list(self.own.parameters())),
            "gradients": _size([value.grad for value in self.parameters if value.grad is not None]),
            "optimizer": _size([value for value in state if isinstance(value, Tensor)]),
            "activations": self.saved,
        }

    def mean(self, loss: Tensor) -> float:
        """The mean over the ranks, whose shares are equal."""
        row = loss.detach() / self.group.size
        dist.all_reduce(row)
        return row.item()


class DataParallel(Trainer):
    """DDP: the whole model, a share of the batch."""

    together = True

    def prepare(self) -> None:
        self.own = self.model
        self.model = self.wrap()
        self.inputs, self.labels = (value[self.group.rank :: self.group.size] for value in (self.inputs, self.labels))

    def wrap(self) -> nn.Module:
        return DistributedDataParallel(self.model)

    def learn(self) -> float:
        with self.watched():
            loss = F.cross_entropy(self.model(self.inputs), self.labels)
        loss.backward()
        return self.mean(loss)


class FullySharded(DataParallel):
    """FSDP: a shard of every parameter, gathered where it is used; a share of the batch."""

    def wrap(self) -> nn.Module:
        mesh = init_device_mesh(self.group.device.type, (self.group.size,))
        for child in self.model.children():
            if any(True for _ in child.parameters()):
                fully_shard(child, mesh=mesh)
        fully_shard(self.model, mesh=mesh)
        return self.model


class ModelParallel(Trainer):
    """Consecutive layers on each rank: activations go forward, their gradients come back; the batch is whole."""

    together = True

    def prepare(self) -> None:
        stages = cut_layers(self.model, self.group.size)
        shapes, value = [], self.inputs[:2].cpu()
        with torch.no_grad():
            for stage in stages:
                shapes.append((len(self.inputs), *value.shape[1:]))
                value = copy.deepcopy(stage).cpu().eval()(value)
        self.shape, self.own = shapes[self.group.rank], stages[self.group.rank]

    def learn(self) -> float:
        rank, last = self.group.rank, self.group.size - 1
        value = self.inputs
        if rank:
            value = torch.empty(self.shape, device=self.group.device)
            dist.recv(value, rank - 1)
            value.requires_grad_()
        with self.watched():
            output = self.own(value)
            loss = F.cross_entropy(output, self.labels) if rank == last else None
        if loss is None:
            dist.send(output.detach().contiguous(), rank + 1)
            gradient = torch.empty_like(output)
            dist.recv(gradient, rank + 1)
            output.backward(gradient)
        else:
            loss.backward()
        if rank:
            assert value.grad is not None
            dist.send(value.grad, rank - 1)
        told = torch.zeros((), device=self.group.device) if loss is None else loss.detach().clone()
        dist.broadcast(told, last)
        return told.item()


TRAINERS: dict[str, Callable[..., Trainer]] = {
    "alone": Trainer,
    "ddp": DataParallel,
    "model": ModelParallel,
    "fsdp": FullySharded,
}


def cut_layers(model: nn.Module, count: int) -> list[nn.Sequential]:
    """The layers in `count` consecutive parts, each with as even a share of the parameters as can be."""
    children = list(model.named_children())
    sizes = [sum(value.numel() for value in child.parameters()) for _, child in children]
    parts, begun, done, total = [], 0, 0, sum(sizes)
    for place in range(count - 1):
        end = begun + 1
        done += sizes[begun]
        # Another layer, as long as that brings the sum nearer to its share, and leaves one for each that follows.
        while end < len(children) - (count - 1 - place):
            share = total * (place + 1) / count
            if abs(done + sizes[end] - share) > abs(done - share):
                break
            done += sizes[end]
            end += 1
        parts.append(children[begun:end])
        begun = end
    parts.append(children[begun:])
    return [nn.Sequential(OrderedDict(part)) for part in parts]


def _local(tensor: Any) -> Tensor:
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor  # type: ignore[no-any-return]


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def _size(tensors: Iterator[Tensor] | list[Tensor]) -> int:
    return sum(_local(tensor).numel() * tensor.element_size() for tensor in tensors)


def _finish(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize()
