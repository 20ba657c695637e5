"""/list_runs and /export_run over HTTP: every key always there, files that hold the history, refusals in words."""

from __future__ import annotations

import hashlib
import json
import urllib.request
import zipfile
from io import BytesIO

import pytest
from live_server import LANGUAGES, start_server, wait_until

WISH = {
    "model": "Linear",
    "epochs": 1,
    "train_size": 2000,
    "batch_size": 100,
    "precision": "fp32",
    "threads": 1,
    "recipe": "Custom",
}
ROW = "id name pinned model state created origin best_accuracy training_seconds step total_steps elsewhere can_stop".split()


def train(server, **wish) -> str:
    run_id = server.call("start_training", {**WISH, **wish})["run_id"]
    server.stream("follow_training", run_id, 0)
    return run_id


def fetch(server, file: dict) -> bytes:
    with urllib.request.urlopen(server.url + file["url"], timeout=20) as response:
        data = response.read()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    return data


def history(server, run_id: str) -> list[dict]:
    lines = (server.home / "runs" / run_id / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_callers_own_runs(server):
    first, second = train(server), train(server, learning_rate=0.01)
    for language in LANGUAGES:
        answer = server.call("list_runs", language=language)
        assert set(answer) == {"runs", "error"} and answer["error"] is None
        rows = {row["id"]: row for row in answer["runs"]}
        assert list(rows).index(second) < list(rows).index(first)
        assert set(ROW) <= set(rows[first])
        last = history(server, second)[-1]
        assert rows[second]["best_accuracy"] == last["test_accuracy"]
        assert rows[second]["training_seconds"] == last["training_seconds"]
        assert (rows[second]["state"], rows[second]["step"], rows[second]["total_steps"]) == ("done", 20, 20)
        assert "lr=0.01" in rows[second]["name"]


@pytest.mark.parametrize("format", ["json", "csv", "tensorboard", "TensorBoard"])
def test_a_run_as_a_file(server, format):
    run_id = train(server)
    answer = server.call("export_run", run_id, format)
    assert set(answer) == {"file", "error"} and answer["error"] is None
    data = fetch(server, answer["file"])
    if format == "json":
        assert json.loads(data)["runs"][0]["events"] == history(server, run_id)
    else:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assert archive.testzip() is None and archive.namelist()


def test_several_runs_in_one_file(server):
    ids = [train(server), train(server)]
    found = json.loads(fetch(server, server.call("export_run", ", ".join(ids), "json")["file"]))
    assert [run["events"] for run in found["runs"]] == [history(server, run_id) for run_id in ids]


@pytest.mark.parametrize(
    ("run_id", "format", "kind"),
    [
        ("0" * 32, "json", "not_found"),
        ("example", "xml", "input"),
        ("example", None, "input"),
        ("", "json", "not_found"),
        (None, "json", "input"),
        (7, "json", "input"),
        ([], "json", "input"),
        ({"a": 1}, "json", "input"),
        ("../../etc", "json", "not_found"),
        (",".join(f"{number:032x}" for number in range(99)), "json", "input"),
    ],
)
def test_what_cannot_be_exported(server, run_id, format, kind):
    for language in LANGUAGES:
        answer = server.call("export_run", run_id, format, language=language)
        assert set(answer) == {"file", "error"} and answer["file"] is None
        assert answer["error"]["kind"] == kind, answer


def test_the_example_can_be_taken_along(server):
    assert json.loads(fetch(server, server.call("export_run", "example", "json")["file"]))["runs"][0]["name"] == "Fast"


@pytest.mark.long
def test_a_public_server_lists_nothing_for_an_address_that_many_share(tmp_path):
    public = start_server(tmp_path, PLAYGROUND_MODE="public")
    try:
        answer = public.call("list_runs")
        assert answer["runs"] == [] and answer["error"]["kind"] == "unsupported"
        wait_until(public.answers, "it goes on")
    finally:
        public.kill()
