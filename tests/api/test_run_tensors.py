"""/run_tensors over HTTP and gradio_client: every key always there, steps, errors with fixes that work, both languages."""

from __future__ import annotations

import json
import re

import pytest
from live_server import LANGUAGES, http, read_event_stream

KEYS = set("steps loops printed script truncated error fixes".split())
STEP_KEYS = set(
    "line source name op aten output_index shape dtype device requires_grad strides offset storage is_view version bytes "
    "values summary loops".split()
)
CHINESE = re.compile("[\u4e00-\u9fff]")


def run(server, code: object, seed: object = 0, *, language: str = "en") -> dict:
    """The answer of the endpoint, with the contract's keys checked."""
    answer = server.call("run_tensors", code, seed, language=language)
    assert set(answer) >= KEYS, KEYS - set(answer)
    for step in answer["steps"]:
        assert set(step) >= STEP_KEYS, STEP_KEYS - set(step)
    for fix in answer["fixes"]:
        assert set(fix) >= {"label", "code", "shape"}
    if answer["error"] is not None:
        assert set(answer["error"]) == {"kind", "message", "line"}
    return answer


def refused(server, code: object, seed: object = 0, *, kind: str, line: int | None) -> dict:
    """The English answer, after both languages refused alike."""
    english, chinese = (run(server, code, seed, language=language) for language in LANGUAGES)
    for answer in (english, chinese):
        assert answer["error"] is not None
        assert (answer["error"]["kind"], answer["error"]["line"]) == (kind, line), answer["error"]
    assert CHINESE.search(chinese["error"]["message"])
    assert not CHINESE.search(english["error"]["message"])
    for one, other in zip(english["fixes"], chinese["fixes"], strict=True):
        assert (one["code"], one["shape"]) == (other["code"], other["shape"])
        assert one["label"] != other["label"]
        assert CHINESE.search(other["label"])
        assert not CHINESE.search(one["label"])
    return english


PROGRAM = "x = torch.arange(6.0).view(2, 3)\ny = x.T\nx += 1\nv, i = y.max(dim=1)\nprint(v)\nprint(y @ x)"


def test_the_steps_of_a_program(server):
    answer = run(server, PROGRAM)
    assert answer["error"] is None
    assert (answer["truncated"], answer["fixes"]) == (False, [])
    assert answer["printed"].startswith("tensor([4., 5., 6.])\n")
    steps = answer["steps"]
    assert [step["op"] for step in steps] == [
        "torch.arange",
        "Tensor.view",
        "Tensor.T",
        "Tensor.__iadd__",
        "Tensor.max",
        "Tensor.max",
        "Tensor.__matmul__",
    ]
    expected = {
        "line": 2,
        "source": "x.T",
        "name": "y",
        "output_index": 0,
        "shape": [3, 2],
        "dtype": "float32",
        "device": "cpu",
        "requires_grad": False,
        "strides": [1, 3],
        "offset": 0,
        "storage": 0,
        "is_view": True,
        "version": 0,
        "bytes": 24,
        "values": [[0, 3], [1, 4], [2, 5]],
    }
    assert {key: steps[2][key] for key in expected} == expected
    assert steps[2]["summary"]["max"] == 5
    assert [step["version"] for step in steps] == [0, 0, 0, 1, 0, 0, 0]
    assert [(step["name"], step["output_index"]) for step in steps[4:6]] == [("v", 0), ("i", 1)]
    assert all(name.startswith("aten.") for step in steps for name in step["aten"])


def test_the_seed(server):
    program = "print(torch.rand(2))"
    zero, one = run(server, program, 0), run(server, program, 1)
    assert run(server, program, 0)["printed"] == zero["printed"] != one["printed"]
    assert "torch.manual_seed(1)" in one["script"]
    assert run(server, program, 1, language="zh")["printed"] == one["printed"]


def test_numbers_that_json_does_not_know(server):
    (step,) = run(server, "torch.tensor([float('nan'), float('inf'), -float('inf'), 1.0])")["steps"]
    assert step["values"] == ["nan", "inf", "-inf", 1.0]
    assert (step["summary"]["nan"], step["summary"]["inf"]) == (1, 2)


def test_a_long_program_is_truncated(server):
    answer = run(server, "x = torch.zeros(1)\nfor i in range(1200):\n    x = x + 1\nprint(x)")
    assert answer["error"] is None
    assert (len(answer["steps"]), answer["truncated"], answer["printed"]) == (1000, True, "tensor([1200.])\n")


ERRORS = {
    "syntax": ("x = 1\nx = (", "syntax", 2),
    "refused": ("x = 1\nimport os", "refused", 2),
    "refused while it runs": ("x = torch.ones(2)\nx.data_ptr()", "refused", 2),
    "shape": ("x = torch.rand(2, 3)\ny = x - x.mean(1)", "shape", 2),
    "dtype": ("x = torch.arange(3)\n\ny = x.mean()", "dtype", 3),
    "runtime": ("print(1)\n1 / 0", "runtime", 2),
    "bytes": ("torch.zeros(10**9)", "limit", 1),
    "steps": ("while True:\n    pass", "limit", 1),
    "too long": ("#" * 60_000, "limit", None),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_have_kind_line_and_words(server, name):
    source, kind, line = ERRORS[name]
    answer = refused(server, source, kind=kind, line=line)
    assert answer["script"] or kind in ("syntax", "refused", "limit")
    assert bool(answer["fixes"]) == (kind in ("shape", "dtype"))


def test_what_was_done_until_the_error_is_kept(server):
    answer = refused(server, "print('before')\nx = torch.ones(2)\nx @ torch.ones(3)\nprint('after')", kind="shape", line=3)
    assert answer["printed"] == "before\n"
    assert [step["op"] for step in answer["steps"]] == ["torch.ones", "torch.ones"]


@pytest.mark.parametrize(
    "source",
    [
        "a = torch.ones(3, 4)\nc = a @ a",
        "nn.Linear(10, 3)(torch.ones(5, 8))",
        "torch.ones(2, 3).T.view(6)",
        ERRORS["shape"][0],
    ],
)
def test_fixes_can_be_run(server, source):
    answer = refused(server, source, kind="shape", line=source.count("\n") + 1)
    for fix in answer["fixes"]:
        again = run(server, fix["code"])
        assert again["error"] is None
        assert again["steps"][-1]["shape"] == fix["shape"]


@pytest.mark.parametrize("code", [None, 5, 1.5, True, [], ["x = 1"], {"code": "x = 1"}], ids=repr)
def test_code_that_is_no_text(server, code):
    answer = refused(server, code, kind="syntax", line=None)
    assert (answer["steps"], answer["printed"], answer["script"], answer["truncated"]) == ([], "", "", False)


@pytest.mark.parametrize("seed", ["a", "1", None, 1.5, -1, True, [], {}, 2**63, 1e300], ids=repr)
def test_a_seed_that_is_none(server, seed):
    answer = refused(server, "print(1)", seed, kind="input", line=None)
    assert (answer["steps"], answer["printed"]) == ([], "")
    assert answer["script"] == "print(1)"


@pytest.mark.parametrize("token", ["NaN", "Infinity", "1e999"])
def test_a_seed_that_is_no_json(server, token):
    status, body = http(f"{server.url}/gradio_api/call/run_tensors", f'{{"data": ["x = 1", {token}]}}'.encode())
    if status != 200:
        assert 400 <= status < 500
        return
    _, stream = http(f"{server.url}/gradio_api/call/run_tensors/{json.loads(body)['event_id']}")
    assert read_event_stream(stream.decode())[-1]["error"]["kind"] == "input"


def test_odd_texts(server):
    for code in ("", "\n\n", "# 中文", "x = '\U0001f600'", "x = 1\r\ny = 2\r\n"):
        assert run(server, code)["error"] is None
    refused(server, "x = 1\x00", kind="syntax", line=None)
    refused(server, "x = '\ud800'".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "(", kind="syntax", line=1)


def test_named_parameters(server):
    base = f"{server.url}/gradio_api/call"
    status, body = http(f"{base}/v2/run_tensors", {"code": "print(torch.ones(1))"})
    assert status == 200
    _, stream = http(f"{base}/run_tensors/{json.loads(body)['event_id']}")
    assert read_event_stream(stream.decode())[-1]["printed"] == "tensor([1.])\n"


@pytest.mark.parametrize("path", LANGUAGES.values())
def test_gradio_client(server, path):
    from gradio_client import Client

    client = Client(f"{server.url}{path}", verbose=False)
    answer = client.predict("x = torch.rand(2)\nx @ torch.rand(3)", 3, api_name="/run_tensors")
    assert answer["error"]["kind"] == "shape"
    assert bool(CHINESE.search(answer["error"]["message"])) == (path == "/zh/")
    assert client.predict("print(2)", api_name="/run_tensors")["printed"] == "2\n"
