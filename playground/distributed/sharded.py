"""ShardedRun: a run whose ranks hold a shard of the network each (FSDP2); rank 0 has a whole one beside it to look at."""

from __future__ import annotations

import copy
from collections.abc import Generator
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.tensor import DTensor

from playground.distributed.run import DistributedRun
from playground.distributed.shards import shard, watch
from playground.training.events import Glance, Part, Step
from playground.training.insight import GradientMonitor
from playground.training.updates import Commands

# Rank 0 gets all of it, on the CPU; the others take part and get nothing.
GATHERED = StateDictOptions(full_state_dict=True, cpu_offload=True)
# Every rank is given all of it, and keeps its shard.
SPREAD = StateDictOptions(full_state_dict=True)


class ShardedRun(DistributedRun):
    """A DistributedRun with FSDP in the place of DDP.

    What needs all of a parameter is a collective here, which every rank must begin at the same place. So before each step
    they agree on what rank 0 alone would do by its clock or its learner: slow motion, a glance, a checkpoint.

    The running means of BatchNorm are each rank's own, and those of rank 0 are evaluated and kept. With DDP it is the same:
    there the others are sent rank 0's, and do not train with them.
    """

    def __init__(self, *given: Any):
        super().__init__(*given)
        # It would look at gradients on rank 0 alone.
        self.insight = GradientMonitor(self.model, enabled=False)
        self.asked_rest: float | None = None
        self.collected = -1  # the step after which rank 0's network was filled
        self.agreed = (False, False, False)

    def place_model(self) -> nn.Module:
        own = copy.deepcopy(self.network.module) if self.group.speaks else self.network.module
        self.together = self.distribute(own)
        watch(self.together, self.meter)
        return self.together

    def distribute(self, model: nn.Module) -> nn.Module:
        return shard(model, self.group)

    def send_gradients(self, *, on: bool) -> None:
        # In slow motion the norm after every micro-batch is shown, and only scattered gradients have one.
        self.model.set_requires_gradient_sync(on or self.rest is not None)  # type: ignore[operator]

    def held(self, tensor: Tensor) -> Tensor:
        return tensor.to_local() if isinstance(tensor, DTensor) else tensor

    def full(self, tensor: Tensor) -> Tensor:
        return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor

    def hear(self, commands: Commands | str | None) -> None:
        if not isinstance(commands, str):
            for _, value in (one for one in commands or () if one[0] == "rest"):
                self.asked_rest = value
            commands = [one for one in commands or () if one[0] != "rest"]
        super().hear(commands)

    def train_step(self, indices: Tensor) -> Generator[Part, Any, Step]:
        self._agree()
        return (yield from super().train_step(indices))

    def _agree(self) -> None:
        """All ranks learn what rank 0 wants of the next step."""
        row = torch.zeros(4, dtype=torch.float64, device=self.device)
        if self.group.speaks:
            due = (self.glances.is_due(self.step + 1, self.training_seconds), *super().due())
            rest = -1.0 if self.asked_rest is None else self.asked_rest
            row = row.new_tensor([rest, *map(float, due)])
        dist.broadcast(row, 0)
        rest, look, last, state = row.tolist()
        self.rest = None if rest < 0 else rest
        self.agreed = bool(look), bool(last), bool(state)

    def due(self) -> tuple[bool, bool]:
        return self.agreed[1:]

    def take_glance(self) -> Glance | None:
        if not self.agreed[0]:
            return None
        self.collect()
        return super().take_glance()

    def compare_ranks(self) -> tuple[float | None, float | None]:
        return None, None  # no number lies on two of them

    def length(self, tensors: list[Tensor]) -> Tensor:
        return self.full(super().length(tensors))

    def clip_gradients(self) -> Tensor:
        return self.full(super().clip_gradients())

    def collect(self) -> None:
        if self.collected == self.step:
            return
        found = get_model_state_dict(self.model, options=GATHERED)
        if self.group.speaks:
            self.network.load({name: value for name, value in found.items() if isinstance(value, Tensor)})
        self.collected = self.step

    def states(self) -> dict[str, Any]:
        found = super().states()
        found["model"] = get_model_state_dict(self.model, options=GATHERED)
        named = get_optimizer_state_dict(self.model, self.optimizer, options=GATHERED)
        if named:
            found["optimizer"] = _by_place(named)
        return found

    def load_states(self, states: dict[str, Any]) -> None:
        set_model_state_dict(self.model, states["model"], options=SPREAD)
        given = states["optimizer"]
        if given["state"]:
            set_optimizer_state_dict(self.model, self.optimizer, _by_name(given, self._names()), options=SPREAD)
        else:  # SGD without a momentum keeps nothing but its rates
            self.optimizer.load_state_dict(given)
        super().load_states({name: value for name, value in states.items() if name not in ("model", "optimizer")})

    def _names(self) -> list[str]:
        return [name for name, parameter in self.model.named_parameters() if parameter.requires_grad]


def _by_place(named: dict[str, Any]) -> dict[str, Any]:
    """An optimizer's state as its own `state_dict` has it: parameters by their places, not by their names."""
    places = {name: place for place, name in enumerate(name for group in named["param_groups"] for name in group["params"])}
    groups = [{**group, "params": [places[name] for name in group["params"]]} for group in named["param_groups"]]
    return {"state": {places[name]: value for name, value in named["state"].items()}, "param_groups": groups}


def _by_name(placed: dict[str, Any], names: list[str]) -> dict[str, Any]:
    groups = [{**group, "params": [names[place] for place in group["params"]]} for group in placed["param_groups"]]
    return {"state": {names[place]: value for place, value in placed["state"].items()}, "param_groups": groups}
