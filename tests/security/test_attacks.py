"""Programs that reach for what is not theirs, or for too much: each is refused or ended, and nobody else notices."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from playground.limits import read_limits
from playground.services import Services
from tests.security.attacks import ATTACKS

LIMITS = read_limits(public=True, environment={"PLAYGROUND_PROGRAM_SECONDS": "1.5", "PLAYGROUND_PROGRAM_STEPS": "200000"})
HARMLESS = [attack for attack in ATTACKS if attack.harmless]
REFUSED = [attack for attack in ATTACKS if attack.kind == "refused"]
GREEDY = [attack for attack in ATTACKS if attack.kind == "limit"]
SAMPLE = 5  # one greedy attack in so many is part of the quick tests …
SAMPLE_REFUSED = 3  # … and one in so many that is refused at once
PLAIN = """
import sys
namespace = {"__name__": "__main__"}
exec(compile(sys.stdin.read(), "<attack>", "exec"), namespace)
sys.exit(0 if namespace.get("evidence") else 9)
"""


def named(attack):
    return attack.name


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    made = Services(LIMITS, tmp_path_factory.mktemp("home"))
    made.jobs.warm_up()
    yield made
    made.close()


@pytest.fixture
def answer_of(services):
    """Run an attack as the server does: the answer, after looking at the clock."""

    def answer(attack):
        begun = time.monotonic()
        given = services.run_tensors(attack.code, 0, "attacker", "en")
        assert time.monotonic() - begun < LIMITS.program_seconds + 4
        assert given["error"] is not None, given["printed"]
        return given["error"]

    return answer


def test_the_suite_is_broad():
    assert len(ATTACKS) >= 150
    assert len({attack.family for attack in ATTACKS}) >= 15
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len(HARMLESS) >= 100


@pytest.mark.parametrize(
    "attack",
    [pytest.param(one, marks=pytest.mark.long if place % SAMPLE_REFUSED else ()) for place, one in enumerate(REFUSED)],
    ids=named,
)
def test_what_reaches_out_is_refused(answer_of, attack):
    error = answer_of(attack)
    assert error["kind"] == "refused", error
    assert "NameError" not in error["message"]


GARBAGE = """
import torch
import torch.nn.functional as F

def late():
    try:
        yield 1
    finally:
        x = torch.ones(1, 1, 4, 4, requires_grad=True)
        y, places = F.max_pool2d(x, 2, return_indices=True)
        places.data.fill_(3 * 10**8)
        y.sum().backward()

g = late()
next(g)
ring = [g]
ring.append(ring)
g = None
ring = None
print("done")
"""
SLICES = "s = slice(1)\nfor i in range(100):\n    s = slice(s)\n"
TEXTS = (
    "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E()",
    "class E(Exception):\n    def __str__(self):\n        return 5\nraise E()",
    "class K:\n    def __repr__(self):\n        raise ValueError\nraise KeyError(K())",
)


def test_what_a_finalizer_does_when_the_program_is_over_is_not_run(services):
    given = services.run_tensors(GARBAGE, 0, "attacker", "en")
    assert given["error"] is None and given["printed"] == "done\n"


def test_slices_hold_numbers(services):
    assert services.run_tensors(SLICES, 0, "attacker", "en")["error"]["kind"] == "runtime"
    fine = "x = torch.arange(9)\ns = slice(1, torch.tensor(5), 2)\nprint(x[s], isinstance(s, slice))"
    assert services.run_tensors(fine, 0, "attacker", "en")["printed"] == "tensor([1, 3]) True\n"


@pytest.mark.parametrize("code", TEXTS)
def test_an_error_without_a_text(services, code):
    error = services.run_tensors(code, 0, "attacker", "en")["error"]
    assert error["kind"] == "runtime" and error["line"]


def test_an_endless_text_of_an_error_is_ended(services):
    code = "class E(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise E()"
    assert services.run_tensors(code, 0, "attacker", "en")["error"]["kind"] == "limit"


def test_half_a_character_is_printed(services):
    assert services.run_tensors("print('\\ud800')", 0, "attacker", "en")["printed"] == "?\n"


@pytest.mark.parametrize("attack", GREEDY[::SAMPLE], ids=named)
def test_what_takes_too_much_is_ended(answer_of, attack):
    assert answer_of(attack)["kind"] == "limit"


@pytest.mark.long
@pytest.mark.parametrize("attack", GREEDY, ids=named)
def test_whatever_takes_too_much_is_ended(answer_of, attack):
    assert answer_of(attack)["kind"] == "limit"


def test_a_neighbour_is_not_disturbed(services):
    """While greedy programs of one visitor run and die, another's short ones are answered, and rightly."""
    attacks = [attack for attack in GREEDY if attack.family.startswith(("time", "memory"))][::12]
    thread = threading.Thread(target=lambda: [services.run_tensors(a.code, 0, "attacker", "en") for a in attacks])
    thread.start()
    answers = []
    while thread.is_alive():
        answers.append(services.run_tensors("x = torch.arange(3)\nprint(x.sum())", 0, "neighbour", "en"))
    assert len(answers) >= 3
    assert {(answer["printed"], answer["error"]) for answer in answers} == {("tensor(3)\n", None)}


@pytest.mark.long
@pytest.mark.parametrize("attack", HARMLESS, ids=named)
def test_an_attack_does_its_deed_in_plain_python(attack, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PLAIN],
        input=attack.code.encode(),
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
