"""Random programs: whatever they say, the answer is a result or an explained error, never an accident of ours."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.lang.ops import OPS
from playground.lang.safe_builtins import BUILTIN_NAMES
from playground.limits import read_limits
from playground.services import Services

LIMITS = read_limits(public=True, environment={"PLAYGROUND_PROGRAM_SECONDS": "1.5", "PLAYGROUND_PROGRAM_STEPS": "100000"})
NAMES = st.sampled_from(["a", "b", "c", "x", "torch", "nn", "F", "np", "_a", "self", "print", "len"])
NUMBERS = st.sampled_from(
    ["0", "1", "2", "-1", "3", "0.5", "10", "1000", "10**6", "None", "True", "float('nan')", "1e300", "[]"]
)
FUNCTIONS = st.sampled_from([op.name for op in OPS.values() if not op.name.startswith("Tensor.")] + list(BUILTIN_NAMES))
METHODS = st.sampled_from(
    [op.attribute for op in OPS.values() if op.method or op.name.startswith("Tensor.")] + ["T", "__class__", "grad"]
)
TENSORS = st.sampled_from(
    ["torch.arange(6).reshape(2, 3)", "torch.ones(3)", "torch.rand(2, 2)", "torch.tensor(2)", "torch.eye(3) > 0"]
)


def _grow(inner):
    return st.one_of(
        st.builds("{}({}, {})".format, FUNCTIONS, inner, inner),
        st.builds("{}({})".format, FUNCTIONS, inner),
        st.builds("{}.{}({})".format, inner, METHODS, inner),
        st.builds("{}.{}".format, inner, METHODS),
        st.builds(
            "({} {} {})".format, inner, st.sampled_from("+ - * / // % ** @ << >> & | ^ == < >= in is and or".split()), inner
        ),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[{}:{}]".format, inner, inner, inner),
        st.builds("[{} for x in {}]".format, inner, inner),
        st.builds("(lambda x: {})({})".format, inner, inner),
        st.builds("f'{{{}!r:>{{{}}}}}'".format, NAMES, NUMBERS.filter(str.isdigit)),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, NUMBERS, TENSORS), _grow, max_leaves=6)
STATEMENTS = st.one_of(
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{} += {}".format, NAMES, EXPRESSIONS),
    st.builds("{}, *{} = {}".format, NAMES, NAMES, EXPRESSIONS),
    st.builds("{}[{}] = {}".format, NAMES, NUMBERS, EXPRESSIONS),
    st.builds("{}.{} = {}".format, NAMES, METHODS, EXPRESSIONS),
    st.builds("print({})".format, EXPRESSIONS),
    st.builds("for x in {}:\n    a = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("while {}:\n    b = {}\n    break".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("def f(x={}):\n    return {}\nc = f({})".format, EXPRESSIONS, EXPRESSIONS, EXPRESSIONS),
    st.builds("class A({}):\n    x = {}".format, NAMES, EXPRESSIONS),
    st.builds("try:\n    a = {}\nexcept Exception as c:\n    print(c)\nfinally:\n    b = 1".format, EXPRESSIONS),
    st.builds("with {}:\n    a = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("del {}".format, NAMES),
    st.builds("import {}".format, st.sampled_from(["torch", "os", "numpy as np", "torch.nn as nn", "math"])),
)
PROGRAMS = st.lists(STATEMENTS, min_size=1, max_size=6).map("\n".join)
TEXTS = st.text(max_size=200)
KINDS = {"syntax", "refused", "limit", "shape", "dtype", "runtime"}


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    made = Services(LIMITS, tmp_path_factory.mktemp("home"))
    made.jobs.warm_up()
    yield made
    made.close()


def check(services, program):
    begun = time.monotonic()
    answer = services.run_tensors(
        "a = torch.ones(2, 3)\nb = 2\nc = [1, 2]\nx = torch.arange(3.0)\n" + program, 0, "fuzz", "en"
    )
    assert time.monotonic() - begun < LIMITS.program_seconds + 4, program
    error = answer["error"]
    assert error is None or error["kind"] in KINDS, (program, error)
    assert error is None or error["message"]


def options(count):
    return settings(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )


@given(PROGRAMS)
@options(50)
def test_random_programs(services, program):
    check(services, program)


@given(TEXTS)
@options(50)
def test_random_text(services, text):
    check(services, text)


@pytest.mark.long
@given(PROGRAMS)
@options(4000)
def test_many_random_programs(services, program):
    check(services, program)
