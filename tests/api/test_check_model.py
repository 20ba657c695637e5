"""/check_model over HTTP: every key always there, the contract's rows and sums, fixes that can be passed back."""

from __future__ import annotations

import re

import pytest
from live_server import LANGUAGES

KEYS = set("layers totals input_shape script fixes error".split())
ROW_KEYS = set("name type output_shape output_shapes parameters macs saved_bytes error".split())
TOTALS = set("parameters trainable macs flops saved_bytes parameter_bytes".split())
CHINESE = re.compile("[\u4e00-\u9fff]")
BROKEN = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(100, 10))"


def check(server, *data: object, language: str = "en") -> dict:
    answer = server.call("check_model", *data, *(None, 32)[len(data) - 1 :], language=language)
    assert set(answer) >= KEYS, KEYS - set(answer)
    assert set(answer["totals"]) == TOTALS
    for row in answer["layers"]:
        assert set(row) >= ROW_KEYS
    return answer


def test_a_preset(server):
    answer = check(server, "MNISTNet", None, 32)
    assert answer["error"] is None and answer["input_shape"] == [1, 28, 28] and answer["fixes"] == []
    first = answer["layers"][0]
    assert (first["name"], first["type"], first["output_shape"]) == ("features.0", "Conv2d", [32, 32, 28, 28])
    assert (first["parameters"], first["macs"], first["error"]) == (320, 225_792, None)
    assert answer["totals"]["parameters"] == 871_018 and answer["totals"]["macs"] == 19_094_528
    namespace: dict = {}
    exec(answer["script"], namespace)
    assert sum(part.numel() for part in namespace["model"].parameters()) == 871_018


def test_a_fix_can_be_passed_back(server):
    answer = check(server, BROKEN)
    assert answer["error"]["kind"] == "shape" and answer["error"]["line"] == 1
    assert [row["error"] is None for row in answer["layers"]] == [True, True, True, False]
    fixed = check(server, answer["fixes"][0]["model"])
    assert fixed["error"] is None and fixed["layers"][-1]["output_shape"] == [32, 10]


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_and_labels_in_both_languages(server, language):
    answer = check(server, BROKEN, None, 4, language=language)
    texts = [answer["error"]["message"], answer["layers"][-1]["error"], answer["fixes"][0]["label"]]
    assert all(bool(CHINESE.search(text)) == (language == "zh") for text in texts)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (("",), "input"),
        (("NoNet",), "input"),
        (("import os\nmodel = nn.ReLU()",), "refused"),
        (("nn.Sequential(",), "syntax"),
        (("while True:\n    pass\nmodel = 1",), "limit"),
        (("Fast", [1, 2, 3, 4, 5]), "input"),
        (("Fast", None, 0), "input"),
    ],
)
def test_bad_input(server, data, kind):
    assert check(server, *data)["error"]["kind"] == kind
