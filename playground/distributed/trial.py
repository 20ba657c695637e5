"""Before the first step: do all ranks compute what one process computes, and are they faster? Both are tried on copies."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from playground.devices import usable_cores
from playground.limits import read_limits
from playground.training.batches import epoch_batches
from playground.training.randomness import step_seed

TIMED_STEPS, ALONE_SECONDS = 5, 0.5
NORMS = (nn.modules.batchnorm._BatchNorm,)
DROPOUTS = (nn.modules.dropout._DropoutNd, nn.MultiheadAttention)


def try_first_batch(run: Any) -> dict[str, Any]:
    """Every rank calls it. What rank 0 returns:

    `gradient_difference`: the largest difference between a gradient that was summed over the ranks and the same number
    computed by one process from the whole batch; `gradient_largest`: the largest of the latter; `loss_difference`;
    `reasons`: why they may differ by more than rounding: batch_norm, dropout, precision.
    `alone_seconds`: a step of one process with the whole batch and `alone_threads`, which are the fastest;
    `together_seconds`: a step of all; `speedup`: their ratio.
    With nothing else to do, `all_reduce_seconds`: summing all gradients once; `exchange_seconds`, with FSDP: gathering all
    parameters twice and scattering all gradients.
    """
    batch = epoch_batches(run.config, 0, len(run.data.train), run.device)[0][: run.config.batch_size]
    together = _Copy(run, run.distribute(_new_model(run)))
    torch.manual_seed(step_seed(run.config.seed, 0))
    loss = together.learn(run.training_images(batch), len(batch), run.group.size)
    losses = run.group.gather(loss / run.group.size)
    gradients = [run.full(gradient) for gradient in together.gradients()]
    found: dict[str, Any] = {}
    alone = None
    if run.group.speaks:
        alone = _Copy(run, _new_model(run))
        torch.manual_seed(step_seed(run.config.seed, 0))
        one = alone.learn(run.data.train.training_batch(batch, run.config.augment), len(batch), 1)
        pairs = list(zip(alone.gradients(), gradients, strict=True))
        found = {
            "gradient_difference": max(float((a - b).abs().max()) for a, b in pairs),
            "gradient_largest": max(float(a.abs().max()) for a, _ in pairs),
            "loss_difference": abs(one - sum(losses)),
            "reasons": _reasons(run),
        }
    found |= _race(run, alone, together, batch)
    return found


def _new_model(run: Any) -> nn.Module:
    """The network as the run began with it."""
    return run.new_network(read_limits(public=False)).module  # type: ignore[no-any-return]


class _Copy:
    """A throw-away network with an optimizer, trained as the run's own would be."""

    def __init__(self, run: Any, model: nn.Module):
        self.run, self.model = run, model.train()
        self.parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = run.new_optimizer(self.parameters)

    def learn(self, batch: tuple[Tensor, Tensor], count: int, factor: int) -> float:
        images, labels = batch
        self.optimizer.zero_grad()
        with self.run.autocast:
            logits = self.model(images)
        loss = self.run.loss.sum(logits.float(), labels, self.run.config.label_smoothing) / count * factor
        loss.backward()
        return loss.item()

    def gradients(self) -> list[Tensor]:
        return [parameter.grad for parameter in self.parameters if parameter.grad is not None]


def _race(run: Any, alone: _Copy | None, together: _Copy, batch: Tensor) -> dict[str, Any]:
    """Seconds of a step: one process with the whole batch, then all with their shares, while nobody else computes."""
    group, augment, own = run.group, run.config.augment, torch.get_num_threads()

    def step_alone() -> None:
        assert alone is not None
        alone.learn(run.data.train.training_batch(batch, augment), len(batch), 1)
        alone.optimizer.step()

    def step_together() -> None:
        together.learn(run.training_images(batch), len(batch), group.size)
        together.optimizer.step()

    times: dict[int, float] = {}
    if group.speaks:
        for threads in sorted({usable_cores(), 1}, reverse=True) if run.device.type == "cpu" else [own]:
            torch.set_num_threads(threads)
            times[threads] = _seconds(step_alone, run.device)
        torch.set_num_threads(own)
    # What rank 0 tells comes when it is ready; until then the others sleep.
    group.tell_all(None)
    together_seconds = _seconds(step_together, run.device, fixed=True)
    exchange_seconds = _seconds(_exchange(run, together), run.device, fixed=True)
    if not group.speaks:
        return {}
    threads = min(times, key=times.__getitem__)
    return {
        "alone_seconds": times[threads],
        "alone_threads": threads,
        "together_seconds": together_seconds,
        "speedup": times[threads] / together_seconds,
        "exchange_seconds" if run.config.sharded else "all_reduce_seconds": exchange_seconds,
    }


def _exchange(run: Any, together: _Copy) -> Callable[[], None]:
    """What the ranks send each other in a step, in one piece."""
    size = run.group.size
    count = sum(gradient.numel() for gradient in together.gradients())
    row = torch.zeros(-(-count // size) * size, device=run.device)
    part = torch.zeros(len(row) // size, device=run.device)

    def exchange() -> None:
        if not run.config.sharded:
            dist.all_reduce(row)
            return
        for _ in range(2):  # before forward, and before backward
            dist.all_gather_single(row, part)
        dist.reduce_scatter_single(part, row)

    return exchange


def _seconds(work: Callable[[], Any], device: torch.device, *, fixed: bool = False) -> float:
    """The median of some runs after a first one; `fixed`: always as many, because all ranks must do the same."""
    times: list[float] = []
    for place in range(1 + TIMED_STEPS):
        begun = time.perf_counter()
        work()
        if device.type != "cpu":
            torch.accelerator.synchronize()
        if place:
            times.append(time.perf_counter() - begun)
        if not fixed and times and sum(times) > ALONE_SECONDS:
            break
    return statistics.median(times)


def _reasons(run: Any) -> list[str]:
    modules = list(run.model.modules())
    found = {
        "batch_norm": any(isinstance(module, NORMS) for module in modules),
        "dropout": any(isinstance(module, DROPOUTS) and getattr(module, "p", 1) for module in modules),
        "precision": run.settings.precision != "fp32",
    }
    return [name for name, there in found.items() if there]
