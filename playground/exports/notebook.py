"""The exported notebook: the script in sections, each with a sentence on what it does."""

from __future__ import annotations

import json
from typing import Any

from playground.exports.script import script_parts, verify_code
from playground.exports.subject import Subject
from playground.limits import Limits

SECTIONS = {
    "imports": ("Imports", "PyTorch, and torchvision for the data."),
    "settings": ("Settings", "What you may want to change: epochs, batch size, learning rate."),
    "data": ("Data", "MNIST: 60,000 images to learn from and 10,000 to be tested on. They are fetched once."),
    "augmentation": (
        "Augmentation",
        "Each image comes a little different every time, so that the network cannot learn it by heart.",
    ),
    "model": ("Model", "The network itself."),
    "training": (
        "Training",
        "Five steps, again and again: forget the old gradients, forward, loss, backward, update. "
        "The best weights are saved to `mnist_best.pth`.",
    ),
}


def write_notebook(subject: Subject, limits: Limits, config: dict[str, Any] | None) -> bytes:
    """A notebook of format 4.5.

    Source: nbformat.readthedocs.io, "The Notebook file format".
    """
    cells: list[dict[str, Any]] = []
    title = f"# {subject.spec.name}\n\nThe model, and its training on MNIST, in plain PyTorch."
    cells.append(_cell("markdown", "title", title))
    for name, text in script_parts(subject, limits, config).items():
        heading, sentence = SECTIONS[name]
        cells.append(_cell("markdown", f"{name}-text", f"## {heading}\n\n{sentence}"))
        cells.append(_cell("code", name, text))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode() + b"\n"


def verify_notebook(subject: Subject, file: bytes) -> float:
    """See `verify_code`, for the code of all cells."""
    cells = json.loads(file)["cells"]
    return verify_code(subject, "\n\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))


def _cell(kind: str, cell_id: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": cell_id,
        "metadata": {},
        "source": text.strip("\n").splitlines(keepends=True),
    }
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell
