"""What this machine offers torch: devices, precisions, threads, memory."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from playground.errors import UnsupportedError
from playground.registry import shorten


@dataclass(frozen=True)
class Device:
    """One device: the name that torch takes, its type, what it is called, its memory in bytes (0 = not known)."""

    name: str
    type: str
    label: str
    memory_bytes: int


def list_devices() -> list[Device]:
    """Every device that torch can use here, the fastest kind first; the CPU is always the last."""
    devices = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            devices.append(Device(f"cuda:{index}", "cuda", properties.name, properties.total_memory))
    if torch.backends.mps.is_available():
        devices.append(Device("mps", "mps", "Apple GPU", torch.mps.recommended_max_memory()))
    if torch.xpu.is_available():
        for index in range(torch.xpu.device_count()):
            found = torch.xpu.get_device_properties(index)
            devices.append(Device(f"xpu:{index}", "xpu", found.name, found.total_memory))
    return [*devices, Device("cpu", "cpu", processor_name(), memory_bytes())]


def choose_device(wish: object = "auto") -> torch.device:
    """The device that a learner wished for; "auto" = the first of `list_devices`.

    Raises:
        UnsupportedError: names what there is on this machine.
    """
    devices = list_devices()
    if wish == "auto":
        return torch.device(devices[0].name)
    for device in devices:
        if wish in (device.name, device.type):
            return torch.device(device.name)
    raise UnsupportedError("error.device", device=shorten(wish), devices=", ".join(device.name for device in devices))


def supports_bf16(device: torch.device) -> bool:
    """Whether bf16 runs in this device's own units; elsewhere it is emulated and slow."""
    if device.type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type in ("mps", "xpu")


def supports_fp16(device: torch.device) -> bool:
    """Whether fp16 runs in this device's own units; on a CPU without them it is 8 to 26 times slower than fp32."""
    if device.type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_fp16_supported())
    return True


def precisions(device: torch.device) -> list[str]:
    """The precisions that pay on this device, fp32 first."""
    offered: tuple[tuple[str, Callable[[torch.device], bool]], ...] = (("bf16", supports_bf16), ("fp16", supports_fp16))
    return ["fp32", *(name for name, supported in offered if supported(device))]


def synchronize(device: torch.device) -> None:
    """Wait for what the device still has to do, so that a clock reads the whole of it."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def usable_cores() -> int:
    """The CPU cores that this process may use: those it is bound to, or the container's share of time where that is less."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, round(_cpu_quota(Path("/sys/fs/cgroup")) or bound)))


def _cpu_quota(cgroup: Path) -> float | None:
    """How many cores' time the container gets (`docker run --cpus`); None = no limit, or no control groups."""
    try:
        quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) / int(period)


def memory_bytes() -> int:
    """The machine's RAM in bytes, or the container's share where a limit is set; 0 where it cannot be read."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            limit = file.read().strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def processor_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        return platform.processor() or platform.machine()
    return platform.processor() or platform.machine()


def describe_environment() -> dict[str, Any]:
    """The `/environment` of the JSON API: versions, devices, threads, memory in bytes, precisions that pay."""
    devices = list_devices()
    chosen = choose_device()
    return {
        "torch": torch.__version__,
        "torchvision": importlib.metadata.version("torchvision"),
        "python": sys.version.split()[0],
        "device": str(chosen),
        "devices": [
            {"name": device.name, "type": device.type, "memory_bytes": device.memory_bytes, "label": device.label}
            for device in devices
        ],
        "threads": usable_cores(),
        "memory_bytes": memory_bytes(),
        "precisions": precisions(chosen),
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "xpu": torch.xpu.is_available(),
        "cuda_build": torch.version.cuda,
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": processor_name(),
    }
