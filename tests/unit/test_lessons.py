"""Failure lessons: the failure shows, the cure cures, and what is shown as code is what ran."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import sys

import pytest
from torchvision import datasets

from playground import words
from playground.data.datasets import ASSETS
from playground.errors import InputError, NotFoundError
from playground.lessons.events import read_line
from playground.lessons.lesson import Printed
from playground.lessons.program import FOLDER, SIDES, read_lines, write_program
from playground.lessons.registry import LESSONS, LOWEST_TWICE_SOFTMAX, MEMORY_BUDGET
from playground.lessons.service import Lessons, rows_of
from playground.lessons.units import show_number
from playground.lessons.work import run_in_child
from playground.services import Services

ME, OTHER = "a" * 32, "b" * 32
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    from playground.limits import read_limits

    limits = read_limits(public=False, environment={})
    services = Services(limits, tmp_path_factory.mktemp("lessons"))
    services.jobs.warm_up()
    yield services.lessons
    services.close()


@pytest.fixture(scope="module")
def raw_mnist(tmp_path_factory):
    """A folder as torchvision leaves it after its download."""
    folder = tmp_path_factory.mktemp("mnist")
    raw = folder / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in (ASSETS / "mnist").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    return folder


def run(lessons: Lessons, name: str, **options):
    run_id = lessons.start(name, ME, attended=False, **options)
    assert lessons.wait(run_id, PATIENCE_SECONDS)
    return run_id


@pytest.mark.parametrize("name", LESSONS)
def test_the_failure_shows_and_the_cure_cures(name, lessons):
    run_id = run(lessons, name)
    answer = lessons.read(run_id, None, "en")
    assert answer["state"] == "done", answer["failure"]
    assert answer["verdict"]["shown"], {side: answer[side]["facts"] for side in SIDES}
    quantities = {series for chart in LESSONS[name].charts for series in chart.series}
    ends = []
    for side in SIDES:
        rows = answer[side]["rows"]
        ends += [row[LESSONS[name].charts[0].across] for row in rows if LESSONS[name].charts[0].across in row]
        for quantity in quantities:
            assert sum(quantity in row for row in rows) >= 10, f"{quantity} of {side} makes no curve"
        assert answer[side]["next"] >= len(rows) + 1  # beside them its end, and its place where it had to wait
    if name == "memory":  # how many operations a step has is the processor's business
        assert max(ends) > LESSONS[name].length / 2
    else:
        assert max(ends) == LESSONS[name].length
    for language in words.LANGUAGES:
        text = lessons.read(run_id, None, language)["verdict"]["text"]
        for side in SIDES:
            shown = [fact["text"] for fact in answer[side]["facts"]]
            assert any(number in text for number in shown), "the sentence names what was measured"


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize("name", LESSONS)
def test_it_shows_with_other_seeds_too(name, seed, lessons):
    answer = lessons.read(run(lessons, name, seed=seed), None, "en")
    assert answer["verdict"]["shown"], {side: answer[side]["facts"] for side in SIDES}


def as_a_script(source: str, folder) -> list[str]:
    """What a person gets who runs the downloaded file with torchvision's own data set."""
    path = folder / "script.py"
    path.write_text(source, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, path.name], cwd=folder, env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def same_as_shown(name, lessons, folder):
    run_id = run(lessons, name)
    for side in SIDES:
        lines = as_a_script(write_program(name, side), folder)
        log = lessons._runs.find(run_id).jobs[side].log
        # NaN is not equal to itself, its text is.
        assert repr([read_line(line) for line in lines]) == repr(rows_of(log))
        assert hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest() == log.last["digest"]


@pytest.mark.long
@pytest.mark.parametrize("name", ["exploding"])
def test_the_script_that_is_shown_prints_these_very_numbers(name, lessons, raw_mnist):
    same_as_shown(name, lessons, raw_mnist)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in LESSONS if name != "exploding"])
def test_every_script_that_is_shown_prints_these_very_numbers(name, lessons, raw_mnist):
    same_as_shown(name, lessons, raw_mnist)


@pytest.mark.parametrize("name", LESSONS)
def test_the_programs_are_complete_and_differ_only_where_it_is_marked(name):
    lines = read_lines(name)
    broken, cured = (write_program(name, side) for side in SIDES)
    for source in (broken, cured):
        compile(source, name, "exec")
        assert "playground" not in source
        assert max(map(len, source.splitlines())) <= 110
        assert "SEED = 1" in source
    assert broken != cured
    common = [line for mark, line in lines if mark == "both"]
    assert [line for line in broken.splitlines() if line in set(common)] and len(common) > 10
    marks = [mark for mark, _ in lines]
    assert 1 <= len(marks) - marks.count("both") <= 24, "few lines differ"
    assert "SEED = 7" in write_program(name, "broken", 7)


def test_every_program_belongs_to_a_lesson():
    assert {path.stem for path in FOLDER.glob("*.diff")} == set(LESSONS)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_words_and_its_text(name):
    lesson = LESSONS[name]
    keys = [f"lesson.{name}{end}" for end in ("", "_wrong", "_cure", "_look", "_verdict")]
    keys += [f"lesson.fact_{fact.name}" for fact in lesson.facts]
    keys += [f"lesson.series_{series.replace(' ', '_')}" for chart in lesson.charts for series in chart.series]
    keys += [f"lesson.axis_{chart.across}" for chart in lesson.charts]
    assert [key for key in keys if key not in words.WORDS] == []
    placeholders = set(re.findall(r"{(\w+)}", words.WORDS[f"lesson.{name}_verdict"][0]))
    assert placeholders <= {f"{side}_{fact.name}" for side in SIDES for fact in lesson.facts}
    for language in words.LANGUAGES:
        text = (ASSETS / "lessons" / language / f"{name}.md").read_text(encoding="utf-8")
        assert 150 < len(text) * (3 if language == "zh" else 1) < 1800


def test_the_numbers_in_the_programs_are_those_of_the_registry():
    import math

    assert pytest.approx(-math.log(math.e / (math.e + 9)), abs=1e-4) == LOWEST_TWICE_SOFTMAX
    assert f"BUDGET = {MEMORY_BUDGET:_}" in write_program("memory", "broken")


def test_what_is_not_shown_says_so():
    """Two runs of the cured program are no failure; half a run is none either."""
    lesson = LESSONS["zero_grad"]
    rows = [{"step": 1.0, "loss": 2.3, "gradient norm": 0.6}, {"step": 2.0, "loss": 0.3, "gradient norm": 0.5}]
    whole = [*rows, {"test accuracy": 0.9}]
    for sides in ({"broken": whole, "cured": whole}, {"broken": rows, "cured": whole}, {"broken": [], "cured": []}):
        verdict = lesson.judge(sides)
        assert (verdict["shown"], verdict["key"]) == (False, "lesson.not_shown")
    wild = [{"step": 2.0, "loss": 9.0, "gradient norm": 20.0}, {"test accuracy": 0.5}]
    verdict = lesson.judge({"broken": wild, "cured": whole})
    assert verdict["shown"] and verdict["values"]["broken_last_gradient"] == "20"


def test_what_is_printed_is_read_as_numbers():
    assert read_line("step 3  gradient norm 2.5e-18  loss nan") | {"loss": 0} == {
        "step": 3.0,
        "gradient norm": 2.5e-18,
        "loss": 0,
    }
    with pytest.raises(ValueError, match="could not convert"):
        read_line("hello world")
    nan, rows = float("nan"), [{"step": 1.0, "loss": 2.0}, {"step": 2.0, "loss": float("inf")}, {"step": 3.0}]
    printed = Printed([*rows, {"step": 4.0, "loss": nan}])
    assert printed.first_not_finite("loss") == 2.0
    assert printed.most("loss") == printed.least("loss") == printed.first("loss") == 2.0
    assert printed.first_not_finite("step") is None and printed.last("accuracy") is None and printed.mean("x") is None
    assert printed.gap("loss", "accuracy") is None and printed.mean("step") == 2.5


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "share", "12.3 %"),
        (-0.012, "points", "−1.2"),
        (1234.0, "step", "1,234"),
        (7.4e-18, "number", "7.40e-18"),
        (6604.7, "number", "6,605"),
        (0.0, "number", "0"),
        (float("nan"), "number", "NaN"),
        (float("-inf"), "number", "−∞"),
        (None, "share", "–"),
    ],
)
def test_numbers_are_written_in_their_units(value, unit, text):
    assert show_number(value, unit) == text


def test_the_same_click_gives_the_same_numbers(lessons):
    first, second = (lessons.read(run(lessons, "zero_grad"), None, "en") for _ in range(2))
    for side in SIDES:
        assert first[side]["rows"] == second[side]["rows"]


def test_one_visitor_does_not_see_anothers(lessons):
    mine = run(lessons, "softmax")
    assert lessons.newest("softmax", ME) == mine
    assert lessons.newest("softmax", OTHER) is None and lessons.newest("softmax", "") is None
    other = lessons.start("softmax", OTHER, attended=False)
    assert lessons.newest("softmax", ME) == mine and lessons.newest("softmax", OTHER) == other
    lessons.stop(other)
    assert lessons.wait(other, 10)
    assert lessons.newest("softmax", OTHER) is None, "one that was stopped is not offered again"


def test_a_lesson_can_be_stopped_and_another_begun_at_once(lessons):
    first = lessons.start("eval_mode", ME, attended=True)
    second = lessons.start("zero_grad", ME, attended=True)
    assert lessons.read(first, None, "en")["state"] == "stopped"
    assert lessons.wait(second, PATIENCE_SECONDS)
    assert lessons.read(second, {"broken": 10, "cured": "x"}, "en")["state"] == "done"
    assert not lessons.stop(second), "there is nothing left to stop"


def test_only_what_is_new_is_read(lessons):
    run_id = run(lessons, "zero_grad")
    whole = lessons.read(run_id, None, "en")
    later = lessons.read(run_id, {"broken": 100, "cured": whole["cured"]["next"]}, "en")
    assert later["broken"]["rows"] == whole["broken"]["rows"][100:] and later["cured"]["rows"] == []
    assert later["cured"]["facts"] == whole["cured"]["facts"]


def test_whoever_hears_of_the_end_has_all_of_it(lessons, monkeypatch):
    """The programs end between the two things that are looked at, in either order."""
    looked = []

    def slowly(look):
        def then(run, *more):
            seen = look(run, *more)
            if not looked:
                looked.append(run)
                assert not run.ended and lessons.wait(run.id, PATIENCE_SECONDS)
            return seen

        return then

    for name in ("_state", "_side"):
        monkeypatch.setattr(lessons, name, slowly(getattr(lessons, name)))
    run_id = lessons.start("zero_grad", ME, attended=False)
    answer = lessons.read(run_id, None, "en")
    assert (looked and answer["state"] != "done") or (answer["broken"]["seconds"] and answer["cured"]["seconds"])
    answer = lessons.read(run_id, None, "en")
    assert answer["state"] == "done" and answer["broken"]["seconds"] and answer["cured"]["seconds"]


def test_a_program_that_fails_is_a_failed_lesson(lessons, both, monkeypatch):
    with pytest.raises(InputError) as error:
        lessons.start("explodin", ME, attended=False)
    assert "exploding" in both(error)
    for wrong in (None, 7, "0" * 32, {"a": 1}):
        with pytest.raises(NotFoundError) as missing:
            lessons.read(wrong, None, "en")
        assert "Run the lesson again" in both(missing)


def test_an_error_in_a_program_reaches_the_manager(monkeypatch):
    # What is put in its place for a child must not stay in this process.
    monkeypatch.setattr(datasets, "MNIST", datasets.MNIST)
    monkeypatch.setattr("playground.lessons.work.write_program", lambda *_: "print('step 1  loss 2')\n1 / 0\n")
    events = run_in_child("exploding", "broken")
    assert next(events).to_json() == {"type": "step", "values": {"step": 1.0, "loss": 2.0}}
    with pytest.raises(ZeroDivisionError):
        next(events)
