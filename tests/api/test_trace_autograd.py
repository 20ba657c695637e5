"""/trace_autograd over HTTP: every key always there, the contract's shapes, errors with fixes, both languages."""

from __future__ import annotations

import re

import pytest
from live_server import LANGUAGES

KEYS = set("nodes edges edge_inputs backward_order gradients backwards script error".split())
NODE_KEYS = set("id name op module line shape value gradient formula saved_bytes".split())
CHINESE = re.compile("[\u4e00-\u9fff]")
POLYNOMIAL = "x = torch.tensor(2.0, requires_grad=True)\nf = x**3 + 2 * x**2 + 3 * x + 4\nf.backward()\nprint(x.grad)"


def trace(server, code: object, *more: object, language: str = "en") -> dict:
    answer = server.call("trace_autograd", code, *more, language=language)
    assert set(answer) >= KEYS, KEYS - set(answer)
    for node in answer["nodes"]:
        assert set(node) >= NODE_KEYS
    return answer


def test_the_polynomial(server):
    answer = trace(server, POLYNOMIAL, "loss", 0)
    assert answer["error"] is None
    assert answer["printed"] == "tensor(23.)\n"
    assert answer["gradients"] == {"x": {"shape": [], "value": 23.0}}
    (backward,) = answer["backwards"]
    assert backward["root"] == "f"
    assert backward["order"] == answer["backward_order"]
    assert backward["gradients"] == answer["gradients"]
    names = {node["id"]: node["name"] for node in answer["nodes"]}
    assert names[answer["backward_order"][0]] == "AddBackward0"
    assert names[answer["backward_order"][-1]] == "AccumulateGrad"
    leaf = answer["backward_order"][-1]
    assert sum(producer == leaf for producer, _ in answer["edges"]) == 3
    assert "print('x.grad ='" in answer["script"]


def test_the_output_and_the_seed(server):
    code = "w = torch.rand(3, requires_grad=True)\nfirst = (w * 2).sum()\nsecond = (w * 3).sum()"
    assert trace(server, code, "first", 0)["gradients"]["w"]["value"] == [2.0] * 3
    one, other = trace(server, code, "first", 0), trace(server, code, "first", 1)
    assert one["nodes"][0]["value"] != other["nodes"][0]["value"]
    assert one["nodes"] == [
        {**node, "forward_seconds": mine["forward_seconds"], "backward_seconds": mine["backward_seconds"]}
        for node, mine in zip(trace(server, code, "first", 0)["nodes"], one["nodes"], strict=True)
    ]


@pytest.mark.parametrize(
    ("code", "more", "kind", "line"),
    [
        ("x = (", ("loss", 0), "syntax", 1),
        ("import os", ("loss", 0), "refused", 1),
        ("x = torch.ones(2)", ("loss", 0), "input", None),
        ("loss = torch.ones(2).sum()", ("loss", 0), "runtime", None),
        ("x = torch.ones(2, requires_grad=True)\nx.backward()", ("loss", 0), "runtime", 2),
        ("x = torch.ones(2, requires_grad=True)\ny = x.sum()\ny.backward()\ny.backward()", ("loss", 0), None, None),
        ("x = torch.ones(2, requires_grad=True)\ny = x.exp().sum()\ny.backward()\ny.backward()", ("loss", 0), "runtime", 4),
        ("x = torch.ones(2, 3)\nx @ x", ("loss", 0), "shape", 2),
        ("torch.zeros(10**12)", ("loss", 0), "limit", 1),
        ("while True:\n    pass", ("loss", 0), "limit", 1),
        (5, ("loss", 0), "syntax", None),
        ("x = 1", ("a b", 0), "input", None),
        ("x = 1", (None, 0), "input", None),
        ("x = 1", ("loss", -1), "input", None),
        ("x = 1", ("loss", "many"), "input", None),
    ],
)
def test_errors_in_both_languages(server, code, more, kind, line):
    english, chinese = (trace(server, code, *more, language=language) for language in LANGUAGES)
    if kind is None:
        assert english["error"] is None
        return
    for answer in (english, chinese):
        assert (answer["error"]["kind"], answer["error"]["line"]) == (kind, line), answer["error"]
    assert CHINESE.search(chinese["error"]["message"])
    assert not CHINESE.search(english["error"]["message"])
    for one, other in zip(english["fixes"], chinese["fixes"], strict=True):
        assert one["code"] == other["code"]
        assert CHINESE.search(other["label"])


def test_infinities_come_as_text(server):
    code = "x = torch.tensor([0.0, 4.0], requires_grad=True)\nloss = x.sqrt().sum()"
    answer = trace(server, code, "loss", 0)
    assert answer["gradients"]["x"]["value"] == ["inf", 0.25]
    assert answer["first_non_finite"]["phase"] == "backward"
