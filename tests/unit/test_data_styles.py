"""Kinds of data sets: what the page tells of them is what they do, and the script does the same."""

from __future__ import annotations

import contextlib
import io

import pytest
import torch

from playground.data import load_images
from playground.data.datasets import DATASETS
from playground.data.explorer import style_program
from playground.data.explorer.styles import IMAGES, WORKERS, show_sources, show_styles, write_style_script
from playground.limits import read_limits
from playground.services import Services


def first() -> tuple:
    data = load_images("MNIST")
    return data.train_images[:IMAGES], data.train_labels[:IMAGES]


def check(found: dict) -> None:
    _, labels = first()
    assert found["map"] == {"length": IMAGES, "shape": [28, 28], "label": int(labels[0])}
    trap, cured = found["stream"], found["sharded"]
    assert [row["places"] for row in trap["rows"]] == [list(range(IMAGES))] * WORKERS, "each worker gives everything"
    assert trap["came"] == WORKERS * IMAGES
    assert sorted(sum((row["places"] for row in cured["rows"]), [])) == list(range(IMAGES)), "each image once"  # noqa: RUF017
    assert [row["places"][:2] for row in cured["rows"]] == [[0, 2], [1, 3]]
    for part in (trap, cured):
        assert [row["worker"] for row in part["rows"]] == [0, 1]
        assert len({row["process"] for row in part["rows"]}) == WORKERS, "processes of their own"
    folder = found["folder"]
    assert folder["classes"] == sorted({str(label) for label in labels.tolist()})
    assert folder["length"] == IMAGES == len(folder["tree"]) and folder["mode"] == "RGB"
    assert set(folder["tree"]) == {f"{label}/{place}.png" for place, label in enumerate(labels.tolist())}


def test_what_each_kind_answers():
    check(show_styles(*first()))


def test_in_a_child_of_the_server(tmp_path):
    services = Services(read_limits(public=False, environment={}), tmp_path)
    try:
        found = services.explorer.show_styles({}, "anna")
    finally:
        services.close()
    check(found)
    assert found["workers"] == WORKERS


@pytest.mark.parametrize("part", ["map", "stream", "sharded", "folder"])
def test_the_sources_are_those_that_run(part):
    scope = vars(style_program).copy()
    exec(show_sources()[part], scope)
    made = {"map": "MapStyle", "stream": "Stream", "sharded": "ShardedStream", "folder": "write_folders"}[part]
    assert scope[made] is not getattr(style_program, made)
    images, labels = first()
    if part == "map":
        assert len(scope[made](images, labels)) == IMAGES
    elif part != "folder":
        assert [place for place, *_ in scope[made](labels)] == list(range(IMAGES)), "alone it gives everything"


def test_the_script_runs_alone(monkeypatch):
    data, script = load_images("MNIST"), write_style_script(DATASETS["MNIST"])

    class Stored:
        def __init__(self, root, train, download):
            self.data, self.targets = torch.from_numpy(data.train_images), torch.from_numpy(data.train_labels).long()

    monkeypatch.setattr("torchvision.datasets.MNIST", Stored)
    scope: dict = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "datasets.py", "exec"), scope)
    assert "playground" not in script
    assert scope["trap"] == {worker: list(range(IMAGES)) for worker in range(2)}
    assert sorted(scope["cured"][0] + scope["cured"][1]) == list(range(IMAGES))
    assert "each worker gives its share" in printed.getvalue()
