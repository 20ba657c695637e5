"""Runs on disk: names, pins, the bin, quotas, notices, and runs that another process writes; kills at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from playground.errors import BusyError, InputError, LimitError, NotFoundError, RuntimeFailure, UnsupportedError
from playground.jobs import EventLog
from playground.jobs.bundle import LATEST_SECONDS, Bundle
from playground.models import load_checkpoint
from playground.runs.followed import FollowedLog
from playground.runs.marks import NAME_MOST, Marks, check_name, read_marks, write_marks
from playground.runs.names import default_name, model_name
from playground.runs.owner import Ownership, find_owner, stop_owner
from playground.runs.quota import Holding, choose_victims
from playground.runs.run import COMMAND_LINE
from playground.runs.served import is_served, take_runs
from playground.store import Runs
from playground.training.recipes import RECIPES

ROOT = Path(__file__).resolve().parents[2]
# Fewer of them for a quick look.
KILLS = int(os.environ.get("PLAYGROUND_TEST_KILLS", "20"))
DONE = [{"type": "step", "step": 1}, {"type": "done"}]
FAST = {**RECIPES["Fast"].values(), "recipe": "Fast"}
MLP = {**RECIPES["Custom"].values(), "recipe": "Custom"}


@pytest.fixture
def folder(home) -> Path:
    return home / "runs"


def ended(runs: Runs, visitor: str = "anna", config: dict | None = None):
    run = runs.create(config or {"model": "MLP"}, visitor)
    run.log.append(DONE)
    return run


class TestNames:
    def test_a_name_says_the_model_and_what_is_not_usual_for_it(self):
        assert default_name(FAST) == "Fast"
        assert default_name({**FAST, "learning_rate": 0.05}) == "Fast · lr=0.05"
        assert default_name({**MLP, "optimizer": "SGD", "learning_rate": 0.1, "seed": 3}) == "MLP · SGD · lr=0.1 · seed=3"
        many = {**MLP, "optimizer": "SGD", "learning_rate": 0.1, "epochs": 5.0, "batch_size": 32}
        assert default_name(many) == "MLP · SGD · lr=0.1 · epochs=5 · …"
        assert default_name({**FAST, "augment": "none", "scheduler": "none"}) == "Fast · scheduler=none · augment=none"

    def test_the_same_settings_again_get_a_number(self, folder, limits):
        runs = Runs(folder, limits)
        assert [ended(runs, config=FAST).name for _ in range(3)] == ["Fast", "Fast (2)", "Fast (3)"]
        assert ended(runs, "ben", FAST).name == "Fast", "another visitor's names are his own affair"

    def test_a_model_of_ones_own_has_its_name(self):
        assert model_name('{"name": "Tiny", "layers": []}') == "Tiny"
        assert model_name("{not json") == "model"
        assert len(model_name("x" * 500)) == 30
        assert default_name({"model": "中文"}) == "中文"

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("  a  b ", "a b"),
            ("two\nlines\t", "two lines"),
            ("<b>bold</b>", "<b>bold</b>"),
            ("对比 1", "对比 1"),
            ("right\u202eleft\u200b", "rightleft"),
            ("half \ud800", "half"),
            ("", ""),
            ("x" * NAME_MOST, "x" * NAME_MOST),
        ],
    )
    def test_a_name_is_kept_on_one_line(self, typed, kept):
        assert check_name(typed) == kept

    @pytest.mark.parametrize("typed", [None, 7, ["a"], {"a": 1}])
    def test_a_name_is_a_text(self, typed, both):
        with pytest.raises(InputError, match="A name is a text") as error:
            check_name(typed)
        assert "名称应为文本" in both(error)

    @pytest.mark.parametrize("typed", ["x" * (NAME_MOST + 1), "x" * 10**6])
    def test_a_name_is_short(self, typed, both):
        with pytest.raises(InputError, match="may have 80 characters") as error:
            check_name(typed)
        assert "最多 80 个字符" in both(error)

    def test_marks_survive_a_restart_and_nonsense_is_no_mark(self, folder, limits):
        run = ended(Runs(folder, limits))
        write_marks(run.folder, Marks("对比 ✓", True))
        again = Runs(folder, limits).find(run.id)
        assert (again.name, again.marks.pinned) == ("对比 ✓", True)
        for nonsense in (
            b"",
            b"[]",
            b"{",
            b'{"name": 7, "pinned": true}',
            b"\xff",
            b'{"name": "%s", "pinned": 1}' % (b"x" * 99),
        ):
            (run.folder / "marks.json").write_bytes(nonsense)
            assert read_marks(run.folder) == Marks()
            assert again.name == "MLP"


class TestBin:
    def test_a_deleted_run_comes_back_whole(self, folder, limits):
        runs = Runs(folder, limits)
        run = ended(runs)
        (run.folder / "best.safetensors").write_bytes(b"weights")
        runs.discard(run)
        with pytest.raises(NotFoundError):
            runs.find(run.id)
        assert runs.of_visitor("anna") == []
        assert not run.folder.exists()
        back = runs.take_back(run.id)
        assert (back.log.read(0, 9), back.weights().read_bytes(), back.config) == (DONE, b"weights", run.config)

    def test_after_some_minutes_it_is_gone(self, folder, limits):
        runs = Runs(folder, limits)
        run = ended(runs)
        runs.discard(run)
        lies = folder / ".deleted" / run.id
        os.utime(lies, (time.time() - 700, time.time() - 700))
        Runs(folder, limits)
        assert not lies.exists()
        with pytest.raises(NotFoundError, match="kept for 10 minutes"):
            runs.take_back(run.id)
        for nonsense in (None, 7, "../../etc", "x"):
            with pytest.raises(NotFoundError):
                runs.take_back(nonsense)

    def test_a_folder_deleted_below_the_page_is_no_run_any_more(self, folder, limits):
        import shutil

        runs = Runs(folder, limits)
        run, other = ended(runs), ended(runs)
        shutil.rmtree(run.folder)
        runs._refreshed = 0.0
        runs.refresh()
        assert runs.of_visitor("anna") == [other]
        runs.discard(run)  # the page may still show it


class TestQuota:
    def test_pinned_runs_go_last(self, folder, limits):
        runs = Runs(folder, replace(limits, runs_per_visitor=3))
        made = [ended(runs) for _ in range(3)]
        write_marks(made[0].folder, Marks("kept", True))
        newest = [ended(runs) for _ in range(2)]
        assert {run.id for run in runs.of_visitor("anna")} == {made[0].id, *(run.id for run in newest)}
        for run in newest:
            write_marks(run.folder, Marks("", True))
        fourth = runs.create({"model": "MLP"}, "anna")
        assert not made[0].folder.exists(), "where all are pinned, the oldest"
        fourth.log.append(DONE)
        fifth = runs.create({"model": "MLP"}, "anna")
        assert {run.id for run in runs.of_visitor("anna")} == {fifth.id, *(run.id for run in newest)}

    def test_bytes_count(self, folder, limits):
        runs = Runs(folder, replace(limits, run_bytes_per_visitor=50_000))
        for _ in range(4):
            run = runs.create({"model": "MLP"}, "anna")
            (run.folder / "last.safetensors").write_bytes(b"x" * 20_000)
            run.log.append(DONE)
        runs.prune()
        assert len(runs.of_visitor("anna")) == 2
        assert {notice["reason"] for notice in runs.notices.of_visitor(("anna",))} == {"bytes"}

    def test_what_was_deleted_is_told_until_it_was_read(self, folder, limits):
        runs = Runs(folder, replace(limits, runs_per_visitor=2))
        first = ended(runs)
        write_marks(first.folder, Marks("my first", False))
        ended(runs), ended(runs), ended(runs, "ben")
        told = Runs(folder, limits).notices.of_visitor(("anna",))
        assert [(notice["name"], notice["reason"]) for notice in told] == [("my first", "count")]
        assert runs.notices.of_visitor(("ben",)) == []
        runs.notices.forget(("anna",))
        assert Runs(folder, limits).notices.of_visitor(("anna",)) == []

    def test_notices_that_cannot_be_read_hurt_nobody(self, folder, limits, caplog):
        folder.mkdir(parents=True)
        for nonsense in ('[{"visitor": 3}]', "[7]", "{", "7"):
            (folder / ".notices.json").write_text(nonsense)
            caplog.clear()
            assert Runs(folder, limits).notices.of_visitor(("anna",)) == []
            assert "notices" in caplog.text

    def test_the_order_of_going(self, limits):
        small = replace(limits, runs_per_visitor=2, runs_total=3, run_age_seconds=1000, run_bytes_total=100)

        def make(name, visitor, age, **more):
            return Holding(name, visitor, 5000 - age, **{"ended": True, "pinned": False, "size": 10, **more})

        assert list(choose_victims([make("old", "a", 2000), make("new", "a", 1)], small, 5000)) == [("old", "age")]
        assert list(choose_victims([make("old", "a", 2000, pinned=True)], small, 5000)) == [], "at home a pin does not age"
        public = replace(small, public=True)
        assert list(choose_victims([make("old", "a", 2000, pinned=True)], public, 5000)) == [("old", "age")]
        three = [make("p", "a", 9, pinned=True), make("x", "a", 5), make("y", "a", 3)]
        assert list(choose_victims(three, small, 5000)) == [("x", "count")]
        four = [make(name, name, age) for name, age in (("a", 4), ("b", 3), ("c", 2), ("d", 1))]
        assert list(choose_victims(four, small, 5000)) == [("a", "total")]
        assert list(choose_victims([make("going", "a", 2000, ended=False)], small, 5000)) == []
        assert list(choose_victims([make("huge", "a", 1, size=10**6)], small, 5000)) == [], (
            "the newest is what he works with"
        )


WRITER = """
    import sys, time, json
    from pathlib import Path
    from playground.command_line.run_folder import RunFolder
    from playground.limits import read_limits
    from playground.training.config import resolve_config
    from playground.training.events import Step

    folder = RunFolder(None, resolve_config({"model": "MLP"}, read_limits(public=False), lambda spec: None))
    print(folder.id, flush=True)
    try:
        for number in range(1, 100000):
            folder.add(Step(number, 1.0 / number, 0.5, 0.1, 1.0, 100.0))
            time.sleep(0.002)
    except KeyboardInterrupt:
        folder.end({"type": "stopped", "reason": "visitor"})
        folder.release()
        print("ended", flush=True)
"""


@pytest.fixture
def writer(home):
    """A process that writes a run as `train` does; (process, run id)."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PLAYGROUND_HOME": str(home)},
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def grow(log, count: int, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while len(log) < count and time.monotonic() < end:
        time.sleep(0.02)
    assert len(log) >= count


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="locks that say who holds them")
class TestAnotherProcess:
    def test_its_run_is_followed_and_not_taken_for_interrupted(self, folder, limits, writer):
        process, run_id = writer
        runs = Runs(folder, limits)
        run = runs.find(run_id)
        assert isinstance(run.log, FollowedLog) and not run.log.ended
        grow(run.log, 50)
        before = len(run.log)
        grow(run.log, before + 20)
        events = run.log.read(0, 10**6)
        assert [event["step"] for event in events] == list(range(1, len(events) + 1)), "no line lost, none twice"
        assert find_owner(run.folder).process == process.pid
        assert run in runs.of_visitor("whoever sits there") and run.visitor == COMMAND_LINE
        assert Runs(folder, replace(limits, public=True)).of_visitor("0" * 32) == [], "where strangers come, nobody's"
        assert Runs(folder, replace(limits, public=True)).find(run_id).id == run_id

    @pytest.mark.long
    def test_a_server_that_was_there_first_finds_it(self, folder, limits, home):
        runs = Runs(folder, limits)
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PLAYGROUND_HOME": str(home)},
        )
        try:
            run_id = process.stdout.readline().strip()
            runs._refreshed = 0.0
            runs.refresh()
            assert [run.id for run in runs.of_visitor("anna")] == [run_id]
        finally:
            process.kill()
            process.wait()

    def test_it_is_stopped_by_a_signal_to_itself(self, folder, limits, writer):
        process, run_id = writer
        run = Runs(folder, limits).find(run_id)
        grow(run.log, 20)
        assert stop_owner(run.folder) is True
        assert process.stdout.readline().strip() == "ended"
        assert process.wait(10) == 0
        end = time.monotonic() + 60
        while not run.log.ended and time.monotonic() < end:
            time.sleep(0.02)
        assert run.log.last == {"type": "stopped", "reason": "visitor"}
        assert find_owner(run.folder) is None and stop_owner(run.folder) is False

    @pytest.mark.long
    def test_a_number_that_is_not_the_lock_holders_gets_no_signal(self, folder, limits, writer):
        _, run_id = writer
        run = Runs(folder, limits).find(run_id)
        bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            (run.folder / "owner.json").write_text(json.dumps({"process": bystander.pid}))
            assert find_owner(run.folder).process is None
            with pytest.raises(UnsupportedError, match="Ctrl-C where it runs"):
                stop_owner(run.folder)
            assert bystander.poll() is None
        finally:
            bystander.kill()
            bystander.wait()
        (run.folder / "owner.json").write_text("nonsense")
        with pytest.raises(UnsupportedError):
            stop_owner(run.folder)

    def test_one_that_is_killed_is_interrupted(self, folder, limits, writer):
        process, run_id = writer
        run = Runs(folder, limits).find(run_id)
        grow(run.log, 20)
        process.kill()
        process.wait()
        with (run.folder / "metrics.jsonl").open("ab") as file:
            file.write(b'{"type":"st')  # as if the kill had come in the middle of a line
        end = time.monotonic() + 60
        while not run.log.ended and time.monotonic() < end:
            time.sleep(0.05)
        assert run.log.last["error"]["key"] == "run.interrupted"
        events = EventLog(run.folder / "metrics.jsonl").read(0, 10**6)
        assert [event["type"] for event in events[:-1]] == ["step"] * (len(events) - 1)
        assert events == run.log.read(0, 10**6)

    @pytest.mark.long
    def test_who_only_looks_writes_nothing(self, folder, limits, writer):
        process, run_id = writer
        grow(FollowedLog(folder / run_id / "metrics.jsonl"), 10)
        process.kill()
        process.wait()
        before = (folder / run_id / "metrics.jsonl").read_bytes()
        run = Runs(folder, limits, serving=False).find(run_id)
        time.sleep(1.2)
        assert not run.log.ended
        assert (folder / run_id / "metrics.jsonl").read_bytes() == before

    @pytest.mark.long
    def test_two_cannot_write_one_run(self, folder, limits, writer):
        _, run_id = writer
        with pytest.raises(BusyError, match="Another process trains"):
            Ownership(folder / run_id)

    @pytest.mark.long
    def test_its_folder_deleted_below_it(self, folder, limits, writer):
        import shutil

        process, run_id = writer
        runs = Runs(folder, limits)
        run = runs.find(run_id)
        grow(run.log, 10)
        shutil.rmtree(run.folder)
        assert process.wait(20) != 0, "a run without a record is of no use"
        runs._refreshed = 0.0
        runs.refresh()
        assert runs.of_visitor("anna") == []


def test_a_server_is_known_by_its_lock(folder):
    pytest.importorskip("fcntl")
    assert not is_served(folder)
    code = (
        "import sys, time; from pathlib import Path; from playground.runs.served import take_runs; "
        "f = take_runs(Path(sys.argv[1])); print('has', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().strip() == "has"
        assert is_served(folder)
        with pytest.raises(BusyError):
            take_runs(folder)
    finally:
        process.kill()
        process.wait()
    assert not is_served(folder)


class TestBundle:
    def test_an_event_that_nothing_follows_is_handed_on_all_the_same(self):
        given: list = []
        bundle = Bundle(given.extend)
        bundle.add({"type": "started"})
        bundle.add({"type": "step", "step": 1})
        assert len(given) == 1
        end = time.monotonic() + 60
        while len(given) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert given[1] == {"type": "step", "step": 1}, "an evaluation of minutes must not hold it back"
        assert LATEST_SECONDS < 1

    def test_the_order_stays_and_nothing_comes_twice(self):
        given: list = []
        bundle = Bundle(given.extend)
        for number in range(3000):
            bundle.add({"type": "step", "step": number})
            if number % 1000 == 0:
                time.sleep(0.3)
        bundle.flush()
        assert [event["step"] for event in given] == list(range(3000))

    def test_a_failure_of_the_thread_is_raised_by_the_next_one(self):
        def refuse(events):
            raise RuntimeFailure("disk.write", name="metrics", reason="full")

        bundle = Bundle(refuse)
        bundle.add({"type": "step"})
        time.sleep(2.5 * LATEST_SECONDS)
        with pytest.raises(RuntimeFailure):
            bundle.add({"type": "done"})


def test_lines_that_are_no_events_are_passed_over(folder, limits):
    run = ended(Runs(folder, limits))
    path = run.folder / "metrics.jsonl"
    path.write_bytes(b'{"type":"step","step":1}\ngarbage\n[1]\n{"type":"done"}\n')
    log = Runs(folder, limits).find(run.id).log
    assert [event["type"] for event in log.read(0, 9)] == ["step", "unreadable", "unreadable", "done"]


def test_a_foreign_file_and_a_copy_among_the_runs(folder, limits, caplog):
    import shutil

    runs = Runs(folder, limits)
    run = ended(runs)
    (run.folder / "holiday.jpg").write_bytes(b"x")
    shutil.copytree(run.folder, folder / "a copy")
    again = Runs(folder, limits)
    assert len(again.of_visitor("anna")) == 1
    assert "copy" in caplog.text
    again.discard(again.find(run.id))


@pytest.mark.long
def test_kill_9_of_the_command_line_at_random_moments_loses_a_second_at_most(tmp_path):
    """Twenty times: what was printed as done more than a second before is in the file, and every checkpoint opens."""
    chance = random.Random(5)
    home = tmp_path / "home"
    checkpoints = 0
    for number in range(KILLS):
        command = [
            "train",
            "--model",
            "MLP",
            "--epochs",
            "50",
            "--train-size",
            "2000",
            "--batch-size",
            "32",
            "--precision",
            "fp32",
            "--threads",
            "1",
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "playground", *command],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PLAYGROUND_HOME": str(home), "OMP_NUM_THREADS": "1"},
        )
        known = {path.parent for path in home.glob("runs/*/config.json")} if number else set()
        seen, newest = [], None
        try:
            end = time.monotonic() + 60
            while newest is None and time.monotonic() < end:
                newest = next((path.parent for path in home.glob("runs/*/metrics.jsonl") if path.parent not in known), None)
                time.sleep(0.02)
            assert newest is not None
            metrics = newest / "metrics.jsonl"
            stop = time.monotonic() + chance.uniform(0.05, 2.5)
            while time.monotonic() < stop:
                seen.append((time.monotonic(), metrics.read_bytes().count(b"\n")))
                time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        killed = time.monotonic()
        steady = [count for at, count in seen if killed - at > 1.0]
        from playground.limits import read_limits

        run = Runs(home / "runs", read_limits(public=False, environment={})).find(newest.name)
        events = run.log.read(0, 10**6)
        assert events[-1]["error"]["key"] == "run.interrupted"
        steps = [event["step"] for event in events if event["type"] == "step"]
        assert steps == list(range(1, len(steps) + 1))
        assert len(events) - 1 >= max(steady, default=0)
        # The steps go on evenly: the last one on the disk is no older than a second.
        rate = (seen[-1][1] - seen[0][1]) / max(seen[-1][0] - seen[0][0], 1e-9)
        assert len(events) - 1 >= seen[-1][1] - rate
        for weights in newest.glob("*.safetensors"):
            load_checkpoint(weights)
            checkpoints += 1
    assert checkpoints > KILLS // 6


def test_pins_are_few_where_strangers_come(folder, limits):
    from playground.comparison.service import Comparison

    runs = Runs(folder, replace(limits, pinned_per_visitor=2))
    comparison = Comparison(runs, None, lambda run: "done")
    made = [ended(runs) for _ in range(3)]
    for run in made[:2]:
        comparison.pin(run.id, "anna", True)
    comparison.pin(made[0].id, "anna", True)  # again: it is one of the two
    with pytest.raises(LimitError, match="At most 2 runs can be pinned"):
        comparison.pin(made[2].id, "anna", True)
    comparison.pin(made[0].id, "anna", False)
    comparison.pin(made[2].id, "anna", True)
