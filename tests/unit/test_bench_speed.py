"""The speed benchmark: its rows, its table and its exit code. Nothing here asserts how fast this machine is."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from playground import words
from playground.bench import speed, tutorial, tutorial_process
from playground.bench.rows import Row, latency_row, percentile_95
from playground.bench.speed import MEASUREMENTS, Measurement, measure_speed
from playground.bench.training_speed import make_run, train_to_target
from playground.bench.tutorial import PictureDigits, TutorialProgram, read_record, write_record
from playground.bench.workbench import Effort
from playground.command_line import main
from playground.errors import InputError, NotFoundError
from playground.registry import Registry
from playground.training.events import Step
from playground.training.trial import Settings

ROWS = {
    "fast": ["fast_seconds", "fast_ratio"],
    "course": ["course_ratio", "course_ready"],
    "insight": ["insight_cost"],
    "snapshots": ["snapshots_cost"],
    "streaming": ["streaming_cost"],
    "start": ["start_seconds"],
    "predict": ["predict_alone", "predict_training"],
    "class": ["predict_class"],
    "tensors": ["tensor_run"],
}


@pytest.fixture
def effort(tiny_model) -> Effort:
    """As little as there is to measure: it takes seconds, and its figures mean nothing."""
    small = {"model": tiny_model, "train_size": 256, "batch_size": 64, "precision": "fp32", "threads": 1}
    return Effort(
        seeds=1,
        rounds=2,
        batches=1,
        warmup_batches=1,
        pairs=1,
        starts=1,
        predictions=3,
        prediction_gap_seconds=0,
        people=4,
        class_seconds=0.5,
        tensor_runs=1,
        wish=small,
    )


@pytest.fixture
def two_batches(monkeypatch):
    """MNIST with 256 training and 100 test images, loaded in this process."""
    data = tutorial.load_images("MNIST")
    few = dataclasses.replace(
        data,
        train_images=data.train_images[:256],
        train_labels=data.train_labels[:256],
        test_images=data.test_images[:100],
        test_labels=data.test_labels[:100],
    )
    monkeypatch.setattr(tutorial, "load_images", lambda name: few)
    monkeypatch.setattr(tutorial, "WORKERS", 0)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A record of the course's program: two epochs."""
    path = tmp_path / "record.json"
    write_record(tutorial.TutorialRecord(0.99, (0.984, 0.991), 60_000, 0, "2", "0"), path)
    monkeypatch.setattr("playground.bench.training_speed.read_record", lambda: read_record(path))


class TestRows:
    @pytest.mark.parametrize(
        ("measured", "at_least", "passes"),
        [(9.9, False, True), (10, False, True), (10.1, False, False), (10.1, True, True), (9.9, True, False)],
    )
    def test_a_budget_is_the_most_or_the_least(self, measured, at_least, passes):
        assert Row("fast_seconds", measured, 10, "s", at_least=at_least).passes is passes

    @pytest.mark.parametrize("measured", [None, math.nan])
    @pytest.mark.parametrize("at_least", [True, False])
    def test_what_was_never_reached_is_a_miss(self, measured, at_least):
        assert not Row("fast_seconds", measured, 10, "s", at_least=at_least).passes

    def test_it_is_written_with_its_unit_in_both_languages(self):
        row = Row("fast_ratio", 23.456, 20, "×", at_least=True)
        assert (row.show_measured("en"), row.show_budget()) == ("23.5 ×", "≥ 20 ×")
        assert Row("fast_ratio", None, 20, "×").show_measured("zh") == "未达到"
        assert row.describe("en") != row.describe("zh")

    def test_single_times_become_median_and_percentile_in_milliseconds(self):
        seconds = [0.010] * 19 + [1.0]
        assert latency_row("predict_alone", seconds, 40, median=True).measured == pytest.approx(10)
        assert latency_row("predict_training", seconds, 150).measured == pytest.approx(10)
        assert latency_row("predict_training", [*seconds, 1.0], 150).measured == pytest.approx(1000)
        assert percentile_95([3.0]) == 3.0


class TestMeasurements:
    def test_there_is_one_for_every_budget(self):
        assert list(MEASUREMENTS) == list(ROWS)

    @pytest.mark.parametrize(
        "name", [pytest.param(name, marks=pytest.mark.long) if name in ("course", "fast") else name for name in ROWS]
    )
    def test_it_gives_its_rows(self, name, effort, recorded, restored_torch):
        reported: list[str] = []
        rows = list(measure_speed([name], effort, reported.append))
        assert reported == [name]
        assert [row.name for row in rows] == ROWS[name]
        for row in rows:
            assert row.budget > 0
            for language in words.LANGUAGES:
                assert row.describe(language)
                assert row.describe_detail(language)
        if name == "fast":
            # A network of 800 parameters never reads 99 % of the test set: a miss, not a crash.
            assert [row.measured for row in rows] == [None, None]
        else:
            assert all(isinstance(row.measured, float) for row in rows)

    def test_an_unknown_name_is_told(self, effort):
        with pytest.raises(InputError, match="Did you mean streaming"):
            list(measure_speed(["streams"], effort, print))

    def test_a_prediction_that_fails_is_a_miss(self, effort, monkeypatch, restored_torch):
        calls: list[str] = []

        def refuse_after_the_first(services, pixels, model):
            calls.append(model)
            if len(calls) > 1:
                raise InputError("digits.blank")

        monkeypatch.setattr("playground.services.Services.predict_digit", refuse_after_the_first)
        (row,) = measure_speed(["class"], effort, print)
        assert row.measured is None
        assert "failed" in row.describe_detail("en")

    def test_the_fast_recipe_stops_at_the_first_epoch_that_is_good_enough(self, make_config, tmp_path, monkeypatch):
        config = make_config(epochs=3, threads=1)
        monkeypatch.setattr("playground.bench.training_speed.TARGET", 0.01)
        seconds = train_to_target(config, tmp_path)
        assert 0 < seconds < 60
        assert len(list(tmp_path.glob("last.*"))) == 1

    def test_ready_made_batches_replace_the_data_work_and_nothing_else(self, make_config, tmp_path, restored_torch):
        config = make_config(augment="course")
        run = make_run(config, Settings("fp32", 1), tmp_path, ready=True)
        images, labels = run.data.train.training_batch(torch.arange(5), "course")
        assert images.shape == (5, 1, 28, 28)
        assert images.is_contiguous(memory_format=torch.channels_last)
        assert labels.shape == (5,)
        again, _ = run.data.train.training_batch(torch.arange(5), "course")
        assert not torch.equal(images, again), "batches take turns"
        assert [event.step for event in run.train_epoch() if isinstance(event, Step)] == [1, 2, 3, 4]


class TestTutorial:
    def test_its_pictures_are_those_of_the_data_set(self):
        digits = PictureDigits("test", np.asarray)
        assert len(digits) == 10_000
        picture, label = digits[0]
        assert (picture.shape, picture.dtype, label) == ((28, 28), np.uint8, 7)

    def test_it_trains_until_the_accuracy_is_reached_and_keeps_a_record(self, two_batches, tmp_path, restored_torch):
        told: list[int] = []
        record = TutorialProgram(seed=3).train_until(0.0, lambda epoch, accuracy: told.append(epoch))
        assert told == [1]
        assert (record.epochs, record.train_images, record.seed) == (1, 256, 3)
        assert record.torch == torch.__version__
        write_record(record, tmp_path / "record.json")
        assert read_record(tmp_path / "record.json") == record

    def test_in_its_own_process_torch_waits_as_it_does_for_the_courses_readers(self, monkeypatch):
        monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
        report = "import os; print(len([name for name in os.environ if name.startswith('OMP_')]))"
        monkeypatch.setattr(tutorial_process, "PROGRAM", f"input(); {report}")
        with tutorial_process.TutorialProcess() as process:
            assert process.measure_rate(1, 1) == 0

    def test_a_process_that_ends_early_is_a_loud_bug(self, monkeypatch):
        monkeypatch.setattr(tutorial_process, "PROGRAM", "input()")
        with pytest.raises(RuntimeError, match="ended early"), tutorial_process.TutorialProcess() as process:
            process.measure_rate(1, 1)

    def test_it_gives_up_after_the_epochs_of_the_course(self, two_batches, monkeypatch, restored_torch):
        monkeypatch.setattr(tutorial, "EPOCHS", 2)
        assert TutorialProgram().train_until(1.1, lambda epoch, accuracy: None).epochs == 2

    def test_without_a_record_the_message_says_how_to_get_one(self, tmp_path):
        with pytest.raises(NotFoundError, match="bench speed --full"):
            read_record(tmp_path / "none.json")

    def test_the_record_of_the_project_reached_its_target(self):
        record = read_record()
        assert record.test_accuracies[-1] >= record.target == 0.99
        assert record.train_images == 60_000


class TestCommand:
    @pytest.fixture(autouse=True)
    def wide(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "160")

    def measure(self, monkeypatch, *rows: Row) -> None:
        table = Registry("topic.measurement", (Measurement("fast", lambda bench: list(rows)),))
        monkeypatch.setattr(speed, "MEASUREMENTS", table)

    @pytest.mark.parametrize(("language", "passed"), [("en", "pass"), ("zh", "通过")])
    def test_the_table_shows_measured_budget_and_result(self, monkeypatch, capsys, language, passed):
        monkeypatch.setenv("LANGUAGE", language)
        self.measure(monkeypatch, Row("fast_seconds", 6.2, 10, "s", detail="bench.detail_seeds", values={"seconds": 6}))
        assert main(["bench"]) == 0
        out = capsys.readouterr().out
        line = next(line for line in out.splitlines() if "6.20 s" in line)
        assert words.text(language, "bench.fast_seconds") in line
        assert "≤ 10 s" in line
        assert passed in line

    def test_too_slow_is_exit_code_1(self, monkeypatch, capsys):
        self.measure(monkeypatch, Row("fast_seconds", 10.5, 10, "s"), Row("start_seconds", 0.2, 1, "s"))
        monkeypatch.setenv("LANGUAGE", "en")
        assert main(["bench", "speed", "--only", "fast"]) == 1
        out = capsys.readouterr().out
        assert out.count("MISSED") == 1
        assert "1 of 2 budgets are missed." in out

    def test_full_records_the_courses_program_first(self, monkeypatch, capsys, two_batches, tmp_path, restored_torch):
        self.measure(monkeypatch, Row("start_seconds", 0.2, 1, "s"))
        monkeypatch.setenv("LANGUAGE", "en")
        monkeypatch.setattr(speed, "TARGET", 0.0)
        monkeypatch.setattr(speed, "write_record", lambda record: write_record(record, tmp_path / "record.json"))
        assert main(["bench", "speed", "--full"]) == 0
        assert "The course's program, epoch 1" in capsys.readouterr().out
        assert read_record(tmp_path / "record.json").epochs == 1
