"""The learner's language: programs that a course would write print the same as in plain Python."""

from __future__ import annotations

import contextlib
import io
import warnings

import pytest
import torch

from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.limits import read_limits
from tests.programs import autograd, modules, python, tensors

PROGRAMS = {**tensors.PROGRAMS, **autograd.PROGRAMS, **modules.PROGRAMS, **python.PROGRAMS}
LIMITS = read_limits(public=True, environment={})


def run_plainly(source: str) -> str:
    """What the text prints when Python runs it, with the seed that the playground sets."""
    printed = io.StringIO()
    torch.manual_seed(0)
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, "<plain>", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def test_there_are_enough_programs():
    assert len(PROGRAMS) >= 100


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_plain_python_prints(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # torch.save of the plain run
    source = PROGRAMS[name]
    expected = run_plainly(source)
    interpreter = Interpreter(Program(source), LIMITS)
    error = interpreter.run()
    assert error is None, f"{error.kind} in line {error.line}: {error}"
    assert interpreter.output.text.getvalue() == expected
    assert expected.strip()
