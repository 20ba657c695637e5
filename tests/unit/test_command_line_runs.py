"""`python -m playground runs`: what it prints and changes, in both languages; mistakes by what a person reads."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from playground.command_line import main
from playground.runs.owner import Ownership
from playground.runs.run import COMMAND_LINE
from playground.store import Runs
from playground.training.config import resolve_config

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def play(capsys):
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["runs", *(str(argument) for argument in arguments)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return run


@pytest.fixture
def runs(home, limits) -> Runs:
    return Runs(home / "runs", limits)


def make(runs, limits, visitor=COMMAND_LINE, ends=True, **wish):
    run = runs.create(resolve_config({"model": "MLP", **wish}, limits, lambda spec: None).to_json(), visitor)
    run.log.append([{"type": "step", "step": 1, "loss": 1.5, "images_per_second": 10.0}])
    if ends:
        run.log.append([{"type": "done", "step": 1, "test_accuracy": 0.9876, "training_seconds": 12.34}])
    return run


def test_the_list_shows_all_of_the_folder(play, runs, limits):
    make(runs, limits), make(runs, limits, "0" * 32, learning_rate=0.5)
    code, out, _ = play("list")
    assert code == 0 and play()[1] == out, "list is what it does by itself"
    assert "MLP" in out and "lr=0.5" in out and out.count("98.76%") == 2 and "12.3 s" in out and out.count("Done") == 2


def test_an_empty_folder(play, home):
    assert str(home / "runs") in play("list")[1]
    assert not home.exists(), "who only looks makes nothing"


def test_a_run_without_an_end_is_interrupted_unless_somebody_writes_it(play, runs, limits):
    run = make(runs, limits, ends=False)
    before = (run.folder / "metrics.jsonl").read_bytes()
    assert "Interrupted" in play("list")[1]
    assert (run.folder / "metrics.jsonl").read_bytes() == before
    code = (
        f"import time; from pathlib import Path; from playground.runs.owner import Ownership; "
        f"o = Ownership(Path({str(run.folder)!r})); print(1, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        assert "Running" in play("list")[1]
        code, _, err = play("delete", run.id)
        assert code == 2 and "still going" in err and run.folder.exists()
    finally:
        process.kill()
        process.wait()
    assert Ownership(run.folder) is not None, "the lock has gone with the process"


def test_rename_pin_unpin_and_delete_are_seen_by_a_server(play, runs, limits):
    run = make(runs, limits)
    assert play("rename", run.id[:6], "--name", " my  run ")[1] == "It is called my run now.\n"
    assert (run.name, run.marks.pinned) == ("my run", False)
    assert "my run" in play("pin", "my run")[1] and run.marks.pinned
    assert play("list")[1].splitlines()[1].split()[1:3] == ["*", "my"]
    play("unpin", "my run")
    assert not run.marks.pinned
    assert play("rename", "my run", "--name", "")[0] == 0 and run.name == "MLP"
    assert play("delete", "MLP")[0] == 0
    runs._refreshed = 0.0
    runs.refresh()
    assert runs.of_visitor("anna") == []


def test_show_and_compare(play, runs, limits):
    one, two = make(runs, limits), make(runs, limits, learning_rate=0.25)
    _, out, _ = play("show", one.id)
    assert one.id in out and str(one.folder) in out and "Learning rate" in out
    _, out, _ = play("compare", one.id, two.id)
    rows = [line for line in out.splitlines() if "Learning rate" in line]
    assert len(rows) == 1 and "0.001" in rows[0] and "0.25" in rows[0]
    assert "Batch size" not in out and "0.9876" in out


@pytest.mark.parametrize("format", ["json", "csv", "tensorboard"])
def test_export(play, runs, limits, tmp_path, format, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make(runs, limits)
    code, out, _ = play("export", run.id, "--format", format, "--out", tmp_path / "file")
    assert code == 0 and "file" in out
    if format == "json":
        assert len(json.loads((tmp_path / "file").read_text())["runs"][0]["events"]) == 2
    else:
        assert zipfile.ZipFile(tmp_path / "file").testzip() is None
    assert play("export", run.id)[0] == 0 and (tmp_path / "MLP.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (["fly"], "Expected list, show", "需要 list"),
        (["show"], "Name a run", "请指定训练"),
        (["show", "nobody"], "no run called nobody", "没有名为 nobody"),
        (["rename", "MLP"], "--name", "--name"),
        (["rename", "MLP", "--name", "x" * 81], "80", "80"),
        (["export", "MLP", "--format", "xml"], "json, csv, tensorboard", "json"),
        (["export", "MLP", "--out", "/proc/nothing/file"], "could not be written", "无法写入"),
    ],
)
def test_mistakes(play, runs, limits, monkeypatch, arguments, english, chinese):
    make(runs, limits)
    for language, text in (("en", english), ("zh", chinese)):
        monkeypatch.setenv("LANGUAGE", language)
        code, _, err = play(*arguments)
        assert code == 2 and text in err.replace("\n", ""), err


def test_two_of_one_name(play, runs, limits):
    for run in (make(runs, limits), make(runs, limits, "0" * 32)):
        play("rename", run.id, "--name", "MLP")
    code, _, err = play("delete", "MLP")
    assert code == 2 and "could be" in err and len(runs.all()) == 2
