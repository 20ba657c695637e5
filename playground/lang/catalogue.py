"""The catalogue of the learner's language as plain facts, for the page."""

from __future__ import annotations

from typing import Any

from playground.lang.ops import FAMILIES
from playground.words import text


def list_operations(language: str) -> list[dict[str, Any]]:
    """Every operation in its category: name, meaning, address of its documentation, example program."""
    return [
        {
            "category": text(language, f"category.{family}"),
            "name": op.name,
            "method": op.method,
            "meaning": op.meaning(language),
            "url": op.url,
            "program": op.program(language),
        }
        for family, ops in FAMILIES.items()
        for op in ops
    ]
