"""Devices and the roofline: what this machine can do at most, and how near a model's training step comes to it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from playground.bench.device_timing import race_devices
from playground.bench.events import Measured, Progress
from playground.bench.subject import Subject
from playground.devices import list_devices, supports_bf16, supports_fp16, synchronize, usable_cores
from playground.models.macs import count_flops
from playground.models.spec import ModelSpec
from playground.training.events import Event

MATRIX_SIZES = (64, 128, 256, 512, 1024, 2048)
IMAGE_CHANNELS = (16, 32, 64, 128)
COPY_BYTES = tuple(2**power for power in range(14, 28, 2))
# What does not fit into any cache of a processor of today.
MEMORY_BYTES = 2**26
ROUNDS, SHORTEST_SECONDS = 5, 0.004
# Of the time: the race of the devices.
RACE_SHARE = 0.2
# A step below this share of the roof waits for something else: many small operations, one core's work.
NEAR_ROOF = 0.5


def measure_devices(subject: Subject, seconds: float) -> Iterator[Event]:
    """Measure matrix products, convolutions and copies of all sizes on each device, then the model's step beneath the roof.

    Args:
        seconds: for all of it; what does not fit is left out, the largest sizes last.

    Yields:
        Progress, at the end Measured: `kernels` [{device, kind, dtype, size, flops_per_second}], `copies` [{device, bytes,
        bytes_per_second}], `roofs` [{device, dtype, flops_per_second, bytes_per_second}], `model` {flops, bytes, intensity
        (FLOP per byte), step_seconds, flops_per_second, roof}, `threads` [{threads, step_seconds}], `race`: of
        `race_devices`, `reason`.
    """
    deadline = time.perf_counter() + seconds
    kernels: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    devices = [torch.device(device.name) for device in list_devices()]
    plan = [(device, dtype) for device in devices for dtype in _dtypes(device)]
    for place, (device, dtype) in enumerate(plan):
        values = {"device": str(device), "dtype": _name(dtype)}
        yield Progress(place, len(plan) + 3, "bench.doing_kernels", values)
        share = time.perf_counter() + max(0.2, 0.6 * seconds / len(plan))
        kernels += list(_matrix_products(device, dtype, min(share, deadline)))
        kernels += list(_convolutions(device, dtype, min(share + 0.5, deadline + 0.5)))
        if dtype == torch.float32:
            copies += list(_copies(device))
    yield Progress(len(plan), len(plan) + 3, "bench.doing_model")
    roofs = _roofs(kernels, copies)
    model = _measure_model(subject, next(roof for roof in roofs if _is(roof, subject.device, torch.float32)))
    yield Progress(len(plan) + 1, len(plan) + 3, "bench.doing_threads")
    threads = list(_measure_threads(subject)) if subject.device.type == "cpu" else []
    yield Progress(len(plan) + 2, len(plan) + 3, "bench.doing_race")
    slowest = min(roof["flops_per_second"] for roof in roofs if roof["dtype"] == "float32")
    race = race_devices(subject, devices, slowest, RACE_SHARE * seconds)
    result = {"kernels": kernels, "copies": copies, "roofs": roofs, "model": model, "threads": threads, "race": race}
    yield Measured({**result, "reason": _reason(model, threads, roofs)})


def _dtypes(device: torch.device) -> list[torch.dtype]:
    """float32, and what the device has units for: others only show how slow emulation is, which Precision measures."""
    found = [torch.float32]
    if supports_bf16(device):
        found.append(torch.bfloat16)
    if supports_fp16(device):
        found.append(torch.float16)
    return found


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _is(row: dict[str, Any], device: torch.device, dtype: torch.dtype) -> bool:
    return row["device"] == str(device) and row["dtype"] == _name(dtype)


def time_call(work: Callable[[], Any], device: torch.device, choose: Callable[[list[float]], float] = min) -> float:
    """Seconds of one call, of some rounds, each long enough for the clock, with the device waited for.

    Args:
        choose: of the rounds' times: a roof is what the device can do when nothing disturbs it, so the shortest.
    """
    synchronize(device)
    start = time.perf_counter()
    work()
    synchronize(device)
    once = time.perf_counter() - start
    repeat = max(1, int(SHORTEST_SECONDS / max(once, 1e-7)))
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(repeat):
            work()
        synchronize(device)
        times.append((time.perf_counter() - start) / repeat)
    return choose(times)


def _matrix_products(device: torch.device, dtype: torch.dtype, deadline: float) -> Iterator[dict[str, Any]]:
    for size in MATRIX_SIZES:
        if time.perf_counter() > deadline:
            return
        first, second = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        seconds = time_call(lambda first=first, second=second: first @ second, device)  # type: ignore[misc]
        yield {
            "device": str(device),
            "kind": "matmul",
            "dtype": _name(dtype),
            "size": size,
            "flops_per_second": 2 * size**3 / seconds,
        }


def _convolutions(device: torch.device, dtype: torch.dtype, deadline: float) -> Iterator[dict[str, Any]]:
    """3×3 on 32 images of 28×28."""
    for channels in IMAGE_CHANNELS:
        if time.perf_counter() > deadline:
            return
        images = torch.randn(32, channels, 28, 28, device=device).to(dtype)
        weight = torch.randn(channels, channels, 3, 3, device=device).to(dtype)
        seconds = time_call(lambda images=images, weight=weight: F.conv2d(images, weight, padding=1), device)  # type: ignore[misc]
        flops = 2 * images.numel() * channels * 9
        yield {
            "device": str(device),
            "kind": "conv2d",
            "dtype": _name(dtype),
            "size": channels,
            "flops_per_second": flops / seconds,
        }


def _copies(device: torch.device) -> Iterator[dict[str, Any]]:
    """A copy reads and writes each byte once."""
    for count in COPY_BYTES:
        source = torch.ones(count // 4, device=device)
        target = torch.empty_like(source)
        seconds = time_call(lambda source=source, target=target: target.copy_(source), device)  # type: ignore[misc]
        yield {"device": str(device), "bytes": count, "bytes_per_second": 2 * count / seconds}


def _roofs(kernels: list[dict[str, Any]], copies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each device and dtype: the fastest kernel, and the speed of memory beyond the caches."""
    found = []
    for device, dtype in dict.fromkeys((row["device"], row["dtype"]) for row in kernels):
        fastest = max(row["flops_per_second"] for row in kernels if (row["device"], row["dtype"]) == (device, dtype))
        beyond = [row for row in copies if row["device"] == device and row["bytes"] >= MEMORY_BYTES]
        memory = max(row["bytes_per_second"] for row in beyond)
        found.append({"device": device, "dtype": dtype, "flops_per_second": fastest, "bytes_per_second": memory})
    return found


class _Work(TorchDispatchMode):
    """Counts the FLOPs of every operation, and the bytes that it reads and writes."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if not func.is_view:
            self.flops += count_flops(func, args, kwargs, out)
            touched = [part for part in tree_leaves((args, kwargs, out)) if isinstance(part, Tensor)]
            self.bytes += sum(part.numel() * part.element_size() for part in touched)
        return out


def _step(subject: Subject) -> None:
    subject.module.zero_grad(set_to_none=True)
    subject.loss().backward()  # type: ignore[no-untyped-call]


def _measure_model(subject: Subject, roof: dict[str, Any]) -> dict[str, Any]:
    """A pass forward and one back, without the optimizer."""
    work = _Work()
    subject.call(_step, subject)
    with work:
        subject.call(_step, subject)
    seconds = time_call(lambda: subject.call(_step, subject), subject.device, statistics.median)
    intensity = work.flops / max(work.bytes, 1)
    reachable = min(roof["flops_per_second"], intensity * roof["bytes_per_second"])
    return {
        "flops": work.flops,
        "bytes": work.bytes,
        "intensity": intensity,
        "step_seconds": seconds,
        "flops_per_second": work.flops / seconds,
        "roof": reachable,
    }


def _measure_threads(subject: Subject) -> Iterator[dict[str, Any]]:
    before = torch.get_num_threads()
    cores = usable_cores()
    try:
        for count in sorted({1, *(2**power for power in range(1, 8) if 2**power <= cores), cores}):
            torch.set_num_threads(count)
            subject.call(_step, subject)
            seconds = time_call(lambda: subject.call(_step, subject), subject.device, statistics.median)
            yield {"threads": count, "step_seconds": seconds}
    finally:
        torch.set_num_threads(before)


def _reason(model: dict[str, Any], threads: list[dict[str, Any]], roofs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    share = model["flops_per_second"] / model["roof"] if model["roof"] else 0.0
    ridge = roofs[0]["flops_per_second"] / roofs[0]["bytes_per_second"]
    bound = "compute" if model["intensity"] >= ridge else "memory"
    kind = f"bench.roof_{bound}" if share >= NEAR_ROOF else f"bench.roof_far_{bound}"
    speeds = {"speed": f"{model['flops_per_second'] / 1e9:.1f}", "roof": f"{model['roof'] / 1e9:.1f}"}
    told: list[dict[str, Any]] = [
        {"key": "bench.roof_share", "values": {"share": f"{100 * share:.0f}", **speeds}},
        {"key": kind, "values": {"intensity": f"{model['intensity']:.1f}", "ridge": f"{ridge:.1f}"}},
    ]
    if len(threads) > 1:
        best = min(threads, key=lambda row: row["step_seconds"])
        alone = threads[0]["step_seconds"]
        given = {"count": best["threads"], "times": f"{alone / best['step_seconds']:.2f}"}
        told.append({"key": "bench.threads_best" if best["threads"] > 1 else "bench.threads_one", "values": given})
    return told


SCRIPT = '''"""What this machine can do at most: matrix products and copies of all sizes, measured with PyTorch."""

import time

import torch


def time_call(work, rounds=5):
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        if DEVICE.type != "cpu":
            torch.accelerator.synchronize(DEVICE)
        times.append(time.perf_counter() - start)
    return sorted(times)[rounds // 2]


DEVICE = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else torch.device("cpu")
for size in {sizes}:
    first, second = torch.randn(2, size, size, device=DEVICE)
    print(f"matmul {{size:5d}}: {{2 * size**3 / time_call(lambda: first @ second) / 1e9:9.1f}} GFLOP/s")
for count in {copies}:
    source = torch.ones(count // 4, device=DEVICE)
    target = torch.empty_like(source)
    print(f"copy {{count:10,d}} bytes: {{2 * count / time_call(lambda: target.copy_(source)) / 1e9:7.1f}} GB/s")


def wait(device):
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def time_once(first, second, patient):
    """One product, until the call comes back, or (patient) until the device is done."""
    wait(first.device)
    start = time.perf_counter()
    torch.matmul(first, second)
    if patient:
        wait(first.device)
    seconds = time.perf_counter() - start
    wait(first.device)
    return seconds


# The course's race. The first call also loads and chooses kernels; without waiting, the clock of a GPU stops too early.
SIZE = 5000 if DEVICE.type != "cpu" else 2048
matrices = torch.randn(2, SIZE, SIZE)
times = {{}}
for device in dict.fromkeys([torch.device("cpu"), torch.device(DEVICE.type)]):
    first, second = matrices.to(device)
    cold = time_once(first, second, True)
    hasty, patient = (sorted(time_once(first, second, way) for _ in range(5))[2] for way in (False, True))
    times[device.type] = patient
    print(f"{{device.type}} {{SIZE}}x{{SIZE}}: first {{1e3 * cold:.2f}} ms", end=", ")
    print(f"without waiting {{1e3 * hasty:.2f}} ms", end=", ")
    print(f"with waiting {{1e3 * patient:.2f}} ms, {{times['cpu'] / patient:.1f}} times as fast as the CPU")
'''


def write_devices_script(spec: ModelSpec) -> str:
    """A complete program that measures the kernels (not the model)."""
    return SCRIPT.format(sizes=MATRIX_SIZES, copies=COPY_BYTES)
