"""Training steps of one model in one precision, always from the same initial weights and on the same batch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.bench.clock import timed
from playground.bench.peak import peak_bytes
from playground.bench.subject import Subject
from playground.devices import supports_bf16, supports_fp16
from playground.errors import PlaygroundError

SEED = 0


def _always(device: torch.device) -> bool:
    return True


def _tensor_cores(device: torch.device) -> bool:
    """tf32 came with Ampere, compute capability 8.0."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


@dataclass(frozen=True)
class Precision:
    """What products are computed in.

    Args:
        dtype: of autocast; None = no autocast. scaled: with a GradScaler. tf32: float32 products may round to it.
        units: whether the device computes it in units of its own; elsewhere it is emulated.
    """

    name: str
    units: Callable[[torch.device], bool]
    dtype: torch.dtype | None = None
    scaled: bool = False
    tf32: bool = False

    @contextlib.contextmanager
    def autocast(self, device: torch.device) -> Iterator[None]:
        """For the forward pass and the loss."""
        kind = self.dtype or torch.bfloat16
        with torch.autocast(device.type, kind, enabled=self.dtype is not None):
            yield

    @contextlib.contextmanager
    def float32_units(self, device: torch.device) -> Iterator[None]:
        """For whole steps: whether float32 products of CUDA round to tf32. Torch lets convolutions do it by default, so
        fp32 has to say that it does not want that."""
        if device.type != "cuda":
            yield
            return
        cudnn: Any = torch.backends.cudnn
        places = (torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn)
        before = [place.fp32_precision for place in places]
        for place in places:
            place.fp32_precision = "tf32" if self.tf32 else "ieee"
        try:
            yield
        finally:
            for place, value in zip(places, before, strict=True):
                place.fp32_precision = value


FP32 = Precision("fp32", _always)
TF32 = Precision("tf32", _tensor_cores, tf32=True)
BF16 = Precision("bf16", supports_bf16, torch.bfloat16)
FP16 = Precision("fp16", supports_fp16, torch.float16, scaled=True)


def measured_precisions(device: torch.device) -> list[Precision]:
    """fp32 first, since the others are compared with it."""
    return [FP32, *([TF32] if device.type == "cuda" else []), BF16, FP16]


def refused(precision: Precision, error: Exception) -> PlaygroundError:
    """What to say when torch does not run a step in a precision: it refuses some operations in some of them."""
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
    return PlaygroundError("bench.precision_refused", precision=precision.name, reason=reason)


class Trainer:
    """A model in one precision; several share the module, and each begins with the same weights.

    Args:
        initial: of `subject.network.state()`.
    """

    def __init__(self, subject: Subject, precision: Precision, optimizer: str, initial: dict[str, Tensor]):
        self.subject, self.precision, self.optimizer_name, self.initial = subject, precision, optimizer, initial
        self.optimizer: torch.optim.Optimizer
        self.scaler: torch.amp.GradScaler
        self.skipped = 0

    def begin(self) -> None:
        """The initial weights, an optimizer and a GradScaler without a history, the same dropout masks as before."""
        self.subject.network.load(self.initial)
        self.optimizer = self.subject.call(self.subject.make_optimizer, self.optimizer_name)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler = torch.amp.GradScaler(self.subject.device.type, enabled=self.precision.scaled)
        self.skipped = 0
        torch.manual_seed(SEED)

    def step(self) -> tuple[float, float]:
        """One training step.

        Returns:
            seconds, and the loss before the step.
        """
        seconds, loss = timed(lambda: self.subject.call(self._step), self.subject.device)
        return seconds, loss.item()

    def forward(self) -> Tensor:
        """The loss with its graph, under autocast; to be called inside `subject.call`."""
        with self.precision.autocast(self.subject.device):
            return self.subject.loss()

    def _step(self) -> Tensor:
        before = self.scaler.get_scale()
        with self.precision.float32_units(self.subject.device):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.forward()
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
        # The scale falls when a step was skipped, and only then.
        self.skipped += self.scaler.get_scale() < before
        return loss.detach().float()

    def peak(self) -> int:
        """Bytes of all tensors at the most, during a step that is not the first one of the optimizer."""
        if not self.optimizer.state:
            # All steps were skipped, so its states are still to be made: this one shall not be.
            self.scaler = torch.amp.GradScaler(self.subject.device.type, init_scale=1.0, enabled=self.precision.scaled)
            self.subject.call(self._step)
        return int(peak_bytes(lambda: self.subject.call(self._step), self.subject.device, self.known))

    def known(self) -> list[Tensor]:
        """Tensors that are there between two steps: parameters, their gradients, buffers, optimizer states, the batch."""
        module = self.subject.module
        parameters = list(self.subject.call(lambda: list(module.parameters())))
        buffers = list(self.subject.call(lambda: list(module.buffers())))
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        states = [part for state in self.optimizer.state.values() for part in state.values() if isinstance(part, Tensor)]
        return [*parameters, *gradients, *buffers, *states, self.subject.inputs, self.subject.labels]
