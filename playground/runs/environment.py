"""With what a run was made: versions, without the seconds that an import of torch takes."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("torch", "torchvision", "numpy")


@cache
def describe_packages() -> dict[str, Any]:
    """{python, system, torch, torchvision, numpy}; a package that is not installed is None."""
    found: dict[str, Any] = {"python": platform.python_version(), "system": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found
