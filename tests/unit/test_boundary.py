"""Who may import whom: the backend never knows the page, the page never knows torch, the words know nobody."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLAYGROUND = Path(__file__).resolve().parents[2] / "playground"
UI = PLAYGROUND / "ui"
MODULES = sorted(PLAYGROUND.rglob("*.py"))


def imported_names(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it, with relative imports made absolute."""
    package = path.relative_to(PLAYGROUND.parent).with_suffix("").parts
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def forbidden(path: Path, *packages: str) -> set[str]:
    return {
        name
        for name in imported_names(path)
        if any(name == package or name.startswith(f"{package}.") for package in packages)
    }


def names(paths) -> list[str]:
    return [str(path.relative_to(PLAYGROUND)) for path in paths]


BACKEND = [path for path in MODULES if UI not in path.parents]
PAGE = [path for path in MODULES if UI in path.parents]
WORDS = [path for path in MODULES if PLAYGROUND / "words" in path.parents]


def test_the_scan_sees_imports_of_every_form(tmp_path):
    folder = PLAYGROUND / "training"
    assert "torch" in imported_names(folder / "loop.py")
    assert "playground.digits.predict.Predictor" in imported_names(PLAYGROUND / "services.py"), "inside a function"
    assert len(BACKEND) > 30
    assert len(WORDS) > 4


@pytest.mark.parametrize("path", BACKEND, ids=names(BACKEND))
def test_the_backend_imports_no_page(path):
    assert forbidden(path, "gradio", "plotly", "playground.ui") == set()


@pytest.mark.parametrize("path", PAGE, ids=names(PAGE))
def test_the_page_imports_no_torch(path):
    assert forbidden(path, "torch", "torchvision", "safetensors") == set()


@pytest.mark.parametrize("path", WORDS, ids=names(WORDS))
def test_the_words_import_nothing(path):
    outside = {name for name in imported_names(path) if not name.startswith(("playground.words", "__future__", "typing"))}
    assert outside - {"playground"} == set()
