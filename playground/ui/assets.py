"""Files under assets/ as the page uses them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
URL = "/playground-assets"


@cache
def asset_url(path: str) -> str:
    """The address of a file, with a fingerprint of its content, so that browsers may keep it for ever."""
    digest = hashlib.sha256((ASSETS / path).read_bytes()).hexdigest()[:12]
    return f"{URL}/{path}?v={digest}"


def scripts(*paths: str) -> str:
    return "".join(f'<script src="{asset_url(path)}"></script>' for path in paths)


def styles(*paths: str) -> str:
    return "".join(f'<link rel="stylesheet" href="{asset_url(path)}">' for path in paths)
