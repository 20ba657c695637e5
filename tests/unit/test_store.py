"""Runs: what a visitor has, found again after a restart, bounded, and only his own."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from playground.errors import NotFoundError, RuntimeFailure
from playground.jobs import EventLog
from playground.store import Runs

DONE = [{"type": "step", "step": 1}, {"type": "done"}]


@pytest.fixture
def folder(home) -> Path:
    return home / "runs"


def ended(runs: Runs, visitor: str = "anna"):
    run = runs.create({"model": "MLP"}, visitor)
    run.log.append(DONE)
    return run


def test_a_run_has_an_unguessable_id_and_a_folder(folder, limits):
    runs = Runs(folder, limits)
    run, other = runs.create({"model": "中文"}, "anna"), runs.create({}, "anna")
    assert re.fullmatch(r"[0-9a-f]{32}", run.id)
    assert run.id != other.id
    assert runs.find(run.id) is run
    entry = json.loads((folder / run.id / "config.json").read_text(encoding="utf-8"))
    assert entry["schema_version"] == 1
    assert entry["config"] == {"model": "中文"}
    assert run.weights() is None
    (run.folder / "last.safetensors").write_bytes(b"")
    assert run.weights().name == "last.safetensors"
    (run.folder / "best.safetensors").write_bytes(b"")
    assert run.weights().name == "best.safetensors"


@pytest.mark.parametrize("run_id", ["", "0" * 32, None, 7, [], {}, "../../etc", "x" * 10_000])
def test_an_unknown_run(folder, limits, run_id, both):
    runs = Runs(folder, limits)
    ended(runs)
    with pytest.raises(NotFoundError, match=r"There is no run .*start a new one") as error:
        runs.find(run_id)
    assert "没有编号为" in both(error)
    assert len(str(error.value)) < 200


def test_a_visitor_sees_only_his_own_the_newest_first(folder, limits):
    runs = Runs(folder, limits)
    first, second, _ = ended(runs), ended(runs), ended(runs, "ben")
    assert runs.of_visitor("anna") == [second, first]
    assert [run.visitor for run in runs.of_visitor("ben")] == ["ben"]
    assert runs.of_visitor("carla") == []
    ended(runs, "")
    assert runs.of_visitor("") == [], "who has no id has no list"


def test_a_restart_finds_the_runs(folder, limits):
    run = ended(Runs(folder, limits))
    (run.folder / "best.safetensors").write_bytes(b"weights")
    again = Runs(folder, limits).find(run.id)
    assert (again.config, again.visitor, again.created) == (run.config, "anna", run.created)
    assert again.log.read(0, 9) == DONE
    assert again.weights() == run.folder / "best.safetensors"


def test_a_run_that_was_going_at_the_restart_gets_its_last_event(folder, limits):
    run = Runs(folder, limits).create({}, "anna")
    run.log.append([{"type": "step", "step": 1}])
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"type":"st')
    again = Runs(folder, limits).find(run.id)
    assert again.log.ended
    assert [event["type"] for event in again.log.read(0, 9)] == ["step", "failed"]
    assert again.log.last["error"]["key"] == "run.interrupted"
    assert len(Runs(folder, limits).find(run.id).log) == 2, "told once"
    waiting = Runs(folder, limits).create({}, "anna")
    assert Runs(folder, limits).find(waiting.id).log.last["error"]["key"] == "run.interrupted"


DAMAGED = {
    "empty": b"",
    "half": b'{"schema_version": 1, "id"',
    "list": b"[]",
    "number": b"7",
    "bytes": b"\xff\xfe\x00",
    "newer": b'{"schema_version": 99, "id": "a", "visitor": "anna", "created": 1, "config": {}}',
    "no config": b'{"schema_version": 1, "id": "a", "visitor": "anna", "created": 1}',
    "odd time": b'{"schema_version": 1, "id": "a", "visitor": "anna", "created": "x", "config": {}}',
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_run_is_left_alone_and_hurts_no_other(folder, limits, case, caplog):
    run = ended(Runs(folder, limits))
    (folder / "bad").mkdir()
    path = folder / "bad" / "config.json"
    path.write_bytes(DAMAGED[case])
    (folder / "bad" / "best.safetensors").write_bytes(b"weights")
    (folder / "a file").write_text("")
    runs = Runs(folder, limits)
    assert runs.of_visitor("anna")[0].id == run.id
    assert len(runs.of_visitor("anna")) == 1
    assert path.read_bytes() == DAMAGED[case]
    assert (folder / "bad" / "best.safetensors").exists()
    assert "left alone" in caplog.text


def test_a_damaged_history_is_left_alone(folder, limits, caplog):
    run = ended(Runs(folder, limits))
    (run.folder / "metrics.jsonl").write_bytes(b"garbage\n")
    with pytest.raises(NotFoundError):
        Runs(folder, limits).find(run.id)
    assert run.folder.exists()
    assert "left alone" in caplog.text


def test_the_oldest_runs_of_a_visitor_go_first(folder, limits):
    runs = Runs(folder, replace(limits, runs_per_visitor=3))
    going = runs.create({}, "anna")
    old = [ended(runs) for _ in range(4)]
    other = ended(runs, "ben")
    newest = runs.create({}, "anna")
    kept = runs.of_visitor("anna")
    assert kept == [newest, old[-1], going], "a run that is going is never deleted"
    assert runs.of_visitor("ben") == [other]
    there = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    assert sorted(there) == sorted(run.id for run in [*kept, other])
    assert not list((folder / ".deleted").iterdir()), "gone for good, at once"


def test_the_oldest_of_all_go_first(folder, limits):
    runs = Runs(folder, replace(limits, runs_total=3))
    made = [ended(runs, f"visitor {number}") for number in range(5)]
    assert [run.folder.exists() for run in made] == [False, False, True, True, True]
    Runs(folder, replace(limits, runs_total=1))
    assert [run.folder.exists() for run in made] == [False] * 4 + [True]


def test_old_runs_are_deleted_at_the_start(folder, limits):
    runs = Runs(folder, limits)
    old, new = ended(runs), ended(runs)
    path = old.folder / "config.json"
    entry = json.loads(path.read_text())
    path.write_text(json.dumps({**entry, "created": time.time() - limits.run_age_seconds - 60}))
    again = Runs(folder, limits)
    assert [run.id for run in again.of_visitor("anna")] == [new.id]
    assert not old.folder.exists()


def test_a_run_can_be_removed(folder, limits):
    runs = Runs(folder, limits)
    run = ended(runs)
    runs.remove(run)
    assert not run.folder.exists()
    with pytest.raises(NotFoundError):
        runs.find(run.id)
    runs.remove(run)


def test_a_disk_that_refuses_a_new_run(folder, limits, both):
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be")
    with pytest.raises(RuntimeFailure, match=r"config\.json could not be written") as error:
        Runs(folder, limits).create({}, "anna")
    assert "无法写入 config.json" in both(error)


def test_a_full_disk_leaves_no_half_run(folder, limits):
    resource = pytest.importorskip("resource")
    runs = Runs(folder, limits)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, hard))
    try:
        with pytest.raises(RuntimeFailure, match="File too large"):
            runs.create({"model": "x" * 1000}, "anna")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.iterdir()) == []
    assert runs.of_visitor("anna") == []


def test_the_log_of_a_run_is_in_its_folder(folder, limits):
    run = ended(Runs(folder, limits))
    assert EventLog(run.folder / "metrics.jsonl").read(0, 9) == DONE
