"""Open graphs in real children: questions, a child that was dropped, visitors beside each other, limits, kills."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from playground.autograd.presets import PRESETS
from playground.errors import LimitError, PlaygroundError
from playground.limits import read_limits
from playground.services import Services

POLYNOMIAL = PRESETS["polynomial"].program("en")
LIMITS = replace(read_limits(public=False, environment={}), sessions=2, program_seconds=2.0)


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[Services]:
    services = Services(LIMITS, tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def open_graph(services, code: str = POLYNOMIAL, visitor: str = "anna") -> dict:
    result = services.graphs.open(code, "loss", 0, visitor, "en")
    return {**result, "graph": {"session": result["session"], "code": code, "output": "loss", "seed": 0, "edits": []}}


def ask_root(services, opened: dict) -> dict:
    return services.graphs.ask(opened["graph"], {"ask": "node", "pass": 0, "node": opened["steps"][0]["node"]})


def test_an_open_graph_answers(services):
    opened = open_graph(services)
    assert opened["error"] is None
    answer = ask_root(services, opened)
    assert answer["session"] == opened["session"]
    assert answer["incoming"][0]["value"] == 1.0


def test_a_dropped_child_is_made_again_with_its_edits(services):
    opened = open_graph(services)
    edits = [{"backward": 0, "node": opened["steps"][0]["node"], "kind": "scale", "amount": 2}]
    services.graphs.ask(opened["graph"], {"ask": "edit", "pass": 0, "edits": edits})
    services.jobs.stop(opened["session"])
    question = {"ask": "node", "pass": 0, "node": opened["steps"][-1]["node"], "edited": True}
    answer = services.graphs.ask({**opened["graph"], "edits": edits}, question)
    assert answer["session"] != opened["session"]
    assert answer["incoming"][0]["value"] == 46.0


def test_a_new_graph_takes_the_place_of_the_visitors_last(services):
    first, second = open_graph(services), open_graph(services)
    deadline = time.monotonic() + 5
    while services.jobs.find(first["session"]) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert services.jobs.find(first["session"]) is None
    assert services.jobs.find(second["session"]) is not None


def test_who_asked_longest_ago_makes_room(services):
    anna, berta = open_graph(services, visitor="anna"), open_graph(services, visitor="berta")
    ask_root(services, anna)
    carla = open_graph(services, visitor="carla")
    assert carla["error"] is None
    assert ask_root(services, anna)["session"] == anna["session"], "she has just asked"
    assert ask_root(services, berta)["session"] != berta["session"], "hers was made again"


def test_the_same_program_again_is_answered_at_once_and_answers_questions(services):
    slow = (
        "x = torch.tensor(2.0, requires_grad=True)\nfor i in range(1000):\n    y = x * x\nloss = x ** 2\nloss.backward()\n"
    )
    before = time.perf_counter()
    first = open_graph(services, slow)
    between = time.perf_counter()
    again = open_graph(services, slow, visitor="berta")
    assert time.perf_counter() - between < (between - before) / 2
    assert {**again, "session": "", "graph": ""} == {**first, "session": "", "graph": ""}
    assert again["session"] != first["session"]
    answer = ask_root(services, again)
    assert answer["session"] == again["session"], "it was asked before its child was ready, and waited"
    assert answer["incoming"][0]["value"] == 1.0
    assert ask_root(services, again)["incoming"][0]["value"] == 1.0


def test_who_wants_what_another_is_opening_waits_for_it(services, monkeypatch):
    code, begun, results = POLYNOMIAL + "# together\n", [], []
    begin = services.graphs._sessions.begin
    monkeypatch.setattr(services.graphs._sessions, "begin", lambda *given: begun.append(given) or begin(*given))
    threads = [
        threading.Thread(target=lambda name=name: results.append(open_graph(services, code, visitor=name))) for name in "abc"
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert len(begun) == 2
    assert len({json.dumps(result["gradients"]) for result in results}) == 1


def test_failures_are_run_again(services):
    failing = POLYNOMIAL + "loss.nothing\n"
    assert open_graph(services, failing)["error"] == open_graph(services, failing)["error"] is not None


def test_errors_do_not_end_a_session(services):
    opened = open_graph(services)
    with pytest.raises(PlaygroundError) as caught:
        services.graphs.ask(opened["graph"], {"ask": "nothing"})
    assert caught.value.kind == "input"
    assert ask_root(services, opened)["session"] == opened["session"]


@pytest.mark.parametrize("question", [None, "stop", "pause", 5, [], {"ask": "x" * 10**6}, {1: 2}, {"ask": [[[]]]}])
def test_questions_that_are_none_never_reach_the_child(services, question):
    opened = open_graph(services)
    with pytest.raises(PlaygroundError) as caught:
        services.graphs.ask(opened["graph"], question)
    assert caught.value.kind == "input"
    assert ask_root(services, opened)["session"] == opened["session"]


def test_huge_amounts_are_refused(services):
    opened = open_graph(services)
    edit = {"backward": 0, "node": opened["steps"][0]["node"], "kind": "scale", "amount": 10**390}
    with pytest.raises(PlaygroundError) as caught:
        services.graphs.ask(opened["graph"], {"ask": "edit", "pass": 0, "edits": [edit]})
    assert caught.value.kind == "input"
    assert ask_root(services, opened)["session"] == opened["session"]


@pytest.mark.parametrize("graph", [None, 5, [], {}, {"session": 5}, {"session": "x" * 32, "code": 7}])
def test_what_is_no_graph(services, graph):
    with pytest.raises(PlaygroundError) as caught:
        services.graphs.ask(graph, {"ask": "pass", "pass": 0})
    assert caught.value.message("zh")


def test_a_backward_that_never_ends_is_ended(services):
    code = (
        "class Slow(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
        "    @staticmethod\n    def backward(ctx, g):\n        while True:\n            pass\n"
        "x = torch.ones(2, requires_grad=True)\nloss = Slow.apply(x).sum()"
    )
    begun = time.monotonic()
    result = open_graph(services, code)
    assert result["error"]["kind"] == "limit"
    assert time.monotonic() - begun < 6
    assert result["nodes"], "the graph up to there"


def test_a_program_that_is_none_still_answers(services):
    opened = open_graph(services, "x = (")
    assert opened["error"]["kind"] == "syntax"
    with pytest.raises(PlaygroundError) as caught:
        services.graphs.ask(opened["graph"], {"ask": "pass", "pass": 0})
    assert caught.value.kind == "syntax"


def test_a_killed_child_says_so(services, monkeypatch):
    opened = open_graph(services)
    opened["graph"]["session"] = opened["session"] = ask_root(services, opened)["session"]  # which has begun by now
    services.jobs.find(opened["session"]).process.kill()
    answer = None
    deadline = time.monotonic() + 5
    while answer is None and time.monotonic() < deadline:
        try:
            answer = ask_root(services, opened)
        except LimitError:
            continue
    assert answer is not None
    assert answer["session"] != opened["session"]
