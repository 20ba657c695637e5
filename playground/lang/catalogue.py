"""The catalogue of the learner's language as plain facts, for the page."""

from __future__ import annotations

from typing import Any

from playground.lang.ops import FAMILIES, OPS
from playground.lang.signatures import read_method_signatures, read_signatures
from playground.words import LANGUAGES, text


def list_operations(language: str) -> list[dict[str, Any]]:
    """Every operation in its category: name, meaning, how it is called, address of its documentation, example."""
    return [
        {
            "category": text(language, f"category.{family}"),
            "name": op.name,
            "method": op.method,
            "meaning": op.meaning(language),
            "signatures": read_signatures(op),
            "method_signatures": read_method_signatures(op),
            "url": op.url,
            "program": op.program(language),
        }
        for family, ops in FAMILIES.items()
        for op in ops
    ]


def is_example(program: str) -> bool:
    """Whether it is the example of an operation, as the catalogue puts it into the editor; empty lines around it aside."""
    return any(op.program(language).strip() == program.strip() for op in OPS.values() for language in LANGUAGES)
