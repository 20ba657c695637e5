"""OPS: every entry says something in both languages, and its example runs under the learner's policy."""

from __future__ import annotations

import re

import pytest
import torch
from torch.nn import functional as F

from playground.lang.interpreter import Interpreter
from playground.lang.ops import FAMILIES, OPS
from playground.lang.program import Program
from playground.limits import read_limits

LIMITS = read_limits(public=True, environment={})
MODULES = {"torch": torch, "F": F, "Tensor": torch.Tensor, "torch.linalg": torch.linalg, "torch.fft": torch.fft}
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_there_are_more_than_two_hundred_operations():
    assert len(OPS) >= 200
    assert len(OPS) == sum(map(len, FAMILIES.values())), "a name stands twice"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", OPS)
def test_its_example_runs_and_shows_something(name, language):
    op = OPS[name]
    interpreter = Interpreter(Program(op.program(language)), LIMITS)
    error = interpreter.run()
    assert error is None, f"{error}\n{op.example}"
    assert interpreter.recorder.steps or interpreter.output.text.getvalue()


@pytest.mark.parametrize("name", OPS)
def test_it_is_what_it_says(name):
    op = OPS[name]
    prefix = name.rpartition(".")[0]
    assert hasattr(MODULES[prefix], op.attribute)
    assert not op.method or hasattr(torch.Tensor, op.attribute)
    assert not op.inplace or hasattr(torch.Tensor, f"{op.attribute}_")
    assert op.url.startswith("https://docs.pytorch.org/docs/stable/generated/torch.")
    assert len(op.english) <= 120
    assert op.english.endswith(".")
    assert CHINESE.search(op.chinese)
    assert op.chinese != op.english
