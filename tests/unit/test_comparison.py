"""Runs side by side: curves that leave nothing out, settings that differ, outcomes, exports read back number by number."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

from playground.comparison.curve import PIECES_MOST, Curve
from playground.comparison.formats import EPOCH_COLUMNS, RUN_EXPORTS, STEP_COLUMNS, make_label
from playground.comparison.service import CHOSEN_MOST, Comparison, exported_facts
from playground.comparison.settings import compare_settings
from playground.comparison.work import export_runs
from playground.errors import BusyError, InputError, NotFoundError
from playground.store import Runs
from playground.training.config import resolve_config
from playground.training.loop import train

STARTED = {
    "type": "started",
    "total_steps": 0,
    "steps_per_epoch": 100,
    "epochs": 1.0,
    "parameters": 7,
    "device": "cpu",
    "precision": "fp32",
    "threads": 1,
    "train_size": 990,
}


@pytest.fixture
def runs(home, limits) -> Runs:
    return Runs(home / "runs", limits)


@pytest.fixture
def comparison(runs) -> Comparison:
    return Comparison(runs, None, lambda run: str(run.log.last.get("type")) if run.log.ended else "running")


def config(limits, **wish):
    return resolve_config({"model": "MLP", **wish}, limits, lambda spec: None).to_json()


def step(number: int, loss: object, accuracy: float = 0.5, speed: float = 1000.0) -> dict:
    numbers = {"learning_rate": 0.1, "gradient_norm": 1.0, "images_per_second": speed}
    return {"type": "step", "step": number, "loss": loss, "accuracy": accuracy, **numbers}


def invent(runs, limits, losses, visitor="anna", ends=True, **wish):
    """A run of those losses, 10 images a step (the last of an epoch of 100 steps has none left: 990 images)."""
    run = runs.create(config(limits, batch_size=10, **wish), visitor)
    run.log.append([{**STARTED, "total_steps": len(losses)}, *(step(at, loss) for at, loss in enumerate(losses, start=1))])
    if ends:
        run.log.append(
            [{"type": "done", "step": len(losses), "test_accuracy": 0.9, "training_seconds": 12.5, "reason": "epochs"}]
        )
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two real runs of two epochs that differ in the learning rate, as the loop tells them; (config, events) each."""
    from playground.limits import read_limits

    found = []
    for rate in (0.001, 0.05):
        small = {"model": "MLP", "train_size": 500, "batch_size": 64, "epochs": 2, "precision": "fp32", "threads": 1}
        made = resolve_config({**small, "learning_rate": rate}, read_limits(public=False), lambda spec: None)
        folder = tmp_path_factory.mktemp("trained")
        found.append((made.to_json(), [event.to_json() for event in train(made, folder)]))
    return found


@pytest.fixture
def real(runs, trained, restored_torch):
    made = []
    for settings, events in trained:
        run = runs.create(settings, "anna")
        run.log.append(events)
        made.append(run)
    return made


class TestCurve:
    def test_a_short_run_is_drawn_step_by_step(self, runs, limits):
        losses = [2.0 / number for number in range(1, 301)]
        curve = Curve(invent(runs, limits, losses))
        curve.advance()
        told = curve.pieces(0, 0)
        assert (told["width"], told["from"], told["next"]) == (1, 0, 300)
        assert told["steps"] == list(range(1, 301))
        assert told["loss"] == pytest.approx(losses, rel=1e-5)
        assert "loss_low" not in told

    @pytest.mark.parametrize("count", [1, 999, 1000, 1001, 4321, 10_000])
    def test_no_spike_is_lost_and_no_value_is_invented(self, runs, limits, count):
        random = np.random.default_rng(count)
        losses = random.gamma(2.0, 1.0, count)
        losses[count // 2] = 77.0
        losses[count // 3] = 1e-6
        curve = Curve(invent(runs, limits, losses.tolist()))
        curve.advance()
        told = curve.pieces(0, 0)
        width, pieces = told["width"], len(told["steps"])
        assert pieces <= PIECES_MOST
        assert width == 1 or math.ceil(count / (width // 2)) > PIECES_MOST, "no coarser than needed"
        assert told["steps"][-1] == count
        for at in range(pieces):
            part = losses[at * width : (at + 1) * width]
            assert told["loss"][at] == pytest.approx(part.mean(), rel=1e-5)
            if width > 1:
                assert told["loss_low"][at] == pytest.approx(part.min(), rel=1e-5)
                assert told["loss_high"][at] == pytest.approx(part.max(), rel=1e-5)
        assert max(told.get("loss_high", told["loss"])) == pytest.approx(77.0 if count > 1 else losses[0])

    def test_what_comes_in_pieces_is_what_comes_at_once(self, runs, limits):
        """As a page asks: again and again while the run goes, through each doubling of the width."""
        losses = np.random.default_rng(3).normal(1, 0.1, 5000).tolist()
        run = invent(runs, limits, [], ends=False)
        curve, held, width, place = Curve(run), [], 0, 0
        for begin in range(0, 5000, 137):
            part = [step(at + 1, losses[at]) for at in range(begin, min(begin + 137, 5000))]
            run.log.append(part)
            curve.advance()
            told = curve.pieces(width, place)
            held = held[: told["from"]] if told["width"] == width else []
            assert len(held) == told["from"]
            held += told["loss"]
            width, place = told["width"], told["next"]
        whole = Curve(run)
        whole.advance()
        assert held == whole.pieces(0, 0)["loss"]
        assert width == 8

    def test_nan_and_infinity_are_gaps_and_are_told(self, runs, limits):
        curve = Curve(invent(runs, limits, [1.0, 2.0, "nan", "inf", 5.0]))
        curve.advance()
        assert curve.pieces(0, 0)["loss"] == [1.0, 2.0, None, None, 5.0]
        assert curve.first_not_finite == 3
        long = [1.0] * 1500 + ["nan"] * 500 + [2.0, "inf"]
        curve = Curve(invent(runs, limits, long))
        curve.advance()
        told = curve.pieces(0, 0)
        assert told["loss"].count(None) == 500 // told["width"]
        assert told["loss"][-1] == told["loss_high"][-1] == 2.0
        json.dumps(told, allow_nan=False)

    def test_seconds_are_those_of_the_training(self, real):
        """images / (images per second), with a smaller last batch of each epoch: as the loop measured it."""
        for run in real:
            curve = Curve(run)
            curve.advance()
            told = curve.pieces(0, 0)
            at_step = dict(zip(told["steps"], told["seconds"], strict=True))
            for epoch in curve.epochs:
                assert at_step[epoch["step"]] == pytest.approx(epoch["training_seconds"], rel=0.02)
            assert told["seconds"] == sorted(told["seconds"])

    @pytest.mark.parametrize("place", [[0], [0, 0], [0, 0, -1], [0.5, 0, 0], "x", None, [0, 0, True, 1], [2**50, 0, 0]])
    def test_a_page_that_asks_nonsense(self, comparison, place, both):
        with pytest.raises(InputError, match="three whole numbers") as error:
            comparison.read_curves({"0" * 32: place})
        assert "三个整数" in both(error)

    def test_many_or_none_or_strange(self, comparison, runs, limits):
        with pytest.raises(InputError):
            comparison.read_curves([1])
        with pytest.raises(InputError, match=f"At most {CHOSEN_MOST}"):
            comparison.read_curves({f"{number:032x}": [0, 0, 0] for number in range(CHOSEN_MOST + 1)})
        assert comparison.read_curves({"0" * 32: [0, 0, 0]}) == {"curves": {}}
        run = invent(runs, limits, [1.0, 2.0])
        for place in ([1, 99, 99], [4, 1, 0], [7, 0, 0]):
            told = comparison.read_curves({run.id: place})["curves"][run.id]
            assert told["from"] == 0 and told["loss"] == [1.0, 2.0], "who has another past begins anew"


class TestCompare:
    def test_only_what_differs_is_a_row(self, runs, limits, comparison):
        one = invent(runs, limits, [1.0], learning_rate=0.1)
        two = invent(runs, limits, [1.0], learning_rate=0.2, optimizer="SGD", recipe="Custom")
        found = comparison.compare([one.id, two.id])["settings"]
        assert {row["name"]: row["values"] for row in found["differ"]} == {
            "optimizer": ["Adam", "SGD"],
            "learning_rate": [0.1, 0.2],
        }
        assert {row["name"] for row in found["same"]} >= {"model", "batch_size", "seed", "nesterov"}
        names = [row["name"] for row in (*found["differ"], *found["same"])]
        assert len(names) == len(set(names)) == len(one.config) - 1, "every setting but the recipe, once"

    def test_older_runs_have_the_settings_that_came_later_as_they_were_meant(self, runs, limits, comparison):
        one = invent(runs, limits, [1.0])
        later = ("nesterov", "early_stopping", "split_seed", "sharding")
        old = {name: value for name, value in one.config.items() if name not in later}
        two = runs.create(old, "anna")
        assert comparison.compare([one.id, two.id])["settings"]["differ"] == []

    def test_what_a_trial_settled_counts(self, runs, limits, comparison):
        made = []
        for precision in ("fp32", "bf16"):
            run = runs.create(config(limits), "anna")
            run.log.append([{**STARTED, "precision": precision}])
            made.append(run)
        row = comparison.compare([run.id for run in made])["settings"]["differ"][0]
        assert (row["name"], row["values"], row["settled"]) == ("precision", ["auto", "auto"], ["fp32", "bf16"])

    def test_two_models_of_one_name_are_told_apart(self, runs, limits, tiny_model):
        other = tiny_model.replace('"p":0.2', '"p":0.3')
        made = [runs.create(config(limits, model=model), "anna") for model in (tiny_model, other, tiny_model)]
        rows = compare_settings(made, [Curve(run) for run in made])["differ"]
        values = next(row["values"] for row in rows if row["name"] == "model")
        assert values[0] == values[2] != values[1] and all(value.startswith("Tiny #") for value in values)

    def test_outcomes_are_those_of_the_histories(self, real, comparison, trained):
        found = comparison.compare([run.id for run in real])
        rows = {(row["name"], row["goal"]): row["values"] for row in found["outcomes"]}
        epochs = [[event for event in events if event["type"] == "epoch"] for _, events in trained]
        done = [events[-1] for _, events in trained]
        assert rows["best_accuracy", None] == [event["test_accuracy"] for event in done]
        assert rows["training_seconds", None] == [event["training_seconds"] for event in done]
        assert rows["test_loss", None] == [each[-1]["test_loss"] for each in epochs]
        assert rows["final_loss", None] == [each[-1]["loss"] for each in epochs]
        assert rows["steps", None] == [16, 16]
        goals = [goal for name, goal in rows if name == "seconds_to"]
        assert goals
        for goal in goals:
            first = [next((epoch for epoch in each if epoch["test_accuracy"] >= goal), None) for each in epochs]
            assert rows["seconds_to", goal] == [epoch and epoch["training_seconds"] for epoch in first]

    def test_a_run_without_anything_yet(self, runs, limits, comparison):
        run = runs.create(config(limits), "anna")
        found = comparison.compare([run.id])
        assert all(row["values"] in ([None], [""]) or row["name"] == "steps" for row in found["outcomes"])
        assert comparison.read_curves({run.id: [0, 0, 0]})["curves"][run.id]["steps"] == []
        assert comparison.list_runs("anna")[0]["state"] == "running"

    @pytest.mark.parametrize("ids", [None, [], "", 7, [7], {"a": 1}])
    def test_no_ids(self, comparison, ids):
        with pytest.raises(InputError, match="list of run ids"):
            comparison.compare(ids)


class TestList:
    def test_own_runs_pinned_first_then_the_newest(self, runs, limits, comparison):
        made = [invent(runs, limits, [1.0]) for _ in range(3)]
        invent(runs, limits, [1.0], visitor="ben")
        comparison.pin(made[0].id, "anna", True)
        assert [row["id"] for row in comparison.list_runs("anna")] == [made[0].id, made[2].id, made[1].id]
        row = comparison.list_runs("anna")[0]
        assert (row["best_accuracy"], row["training_seconds"], row["step"], row["state"]) == (0.9, 12.5, 1, "done")

    def test_a_run_that_was_stopped_within_an_epoch_has_its_seconds(self, runs, limits, comparison):
        run = invent(runs, limits, [1.0] * 150, ends=False)
        run.log.append([{"type": "stopped", "reason": "visitor"}])
        row = comparison.list_runs("anna")[0]
        assert row["training_seconds"] == pytest.approx((990 + 500) / 1000)
        assert row["state"] == "stopped" and row["best_accuracy"] is None

    def test_a_fork_says_where_it_comes_from(self, runs, limits, comparison):
        parent = invent(runs, limits, [1.0])
        fork = runs.create(config(limits), "anna", origin={"run_id": parent.id, "step": 300})
        comparison.rename(parent.id, "anna", "the parent")
        rows = {row["id"]: row["origin"] for row in comparison.list_runs("anna")}
        assert rows[fork.id] == {"run_id": parent.id, "step": 300, "name": "the parent"}
        assert rows[parent.id] is None
        comparison.delete(parent.id, "anna")
        assert comparison.list_runs("anna")[0]["origin"]["name"] is None

    def test_who_knows_an_id_may_not_change_the_run(self, runs, limits, comparison):
        run = invent(runs, limits, [1.0])
        for change in (
            lambda who: comparison.rename(run.id, who, "mine"),
            lambda who: comparison.pin(run.id, who, True),
            lambda who: comparison.delete(run.id, who),
        ):
            for who in ("ben", "", None, 7, ["anna"]):
                with pytest.raises(NotFoundError):
                    change(who)
        assert comparison.list_runs("anna")[0]["renamed"] is False

    def test_a_run_that_goes_on_is_not_deleted(self, runs, limits, comparison, both):
        run = invent(runs, limits, [1.0], ends=False)
        with pytest.raises(BusyError, match="still going") as error:
            comparison.delete(run.id, "anna")
        assert "请先停止" in both(error)

    def test_delete_and_undo(self, runs, limits, comparison):
        run = invent(runs, limits, [1.0, 2.0])
        comparison.rename(run.id, "anna", "kept name")
        assert comparison.delete(run.id, "anna") == {"name": "kept name"}
        assert comparison.list_runs("anna") == []
        assert comparison.undo(run.id, "anna") == {"name": "kept name"}
        assert comparison.list_runs("anna")[0]["name"] == "kept name"


@pytest.fixture
def export(tmp_path):
    def write(runs, format: str) -> Path:
        path = tmp_path / f"out{RUN_EXPORTS[format].suffix}"
        export_runs([exported_facts(run) for run in runs], format, path)
        return path

    return write


def number(text: str) -> float | None:
    return None if text == "" else float(text)


class TestExports:
    def test_json_holds_config_environment_and_every_event(self, real, trained, export):
        found = json.loads(export(real, "json").read_text(encoding="utf-8"))
        assert [run["events"] for run in found["runs"]] == [events for _, events in trained]
        assert [run["config"] for run in found["runs"]] == [settings for settings, _ in trained]
        assert found["runs"][0]["environment"]["torch"].startswith("2.")
        assert all(run.id not in json.dumps(found) for run in real), "an id is the permission to use the run"

    def test_csv_has_every_number_of_every_step_and_epoch(self, real, trained, export):
        with zipfile.ZipFile(export(real, "csv")) as archive:
            assert archive.testzip() is None
            folders = sorted({name.partition("/")[0] for name in archive.namelist()})
            assert len(folders) == 2
            for folder, (_, events) in zip(folders, trained, strict=True):
                for file, kind, columns in (("steps", "step", STEP_COLUMNS), ("epochs", "epoch", EPOCH_COLUMNS)):
                    rows = list(csv.DictReader(io.StringIO(archive.read(f"{folder}/{file}.csv").decode())))
                    told = [event for event in events if event["type"] == kind]
                    assert len(rows) == len(told) > 0
                    for row, event in zip(rows, told, strict=True):
                        for name in columns:
                            expected = event[name]
                            if isinstance(expected, bool):
                                assert row[name] == str(expected)
                            else:
                                assert number(row[name]) == expected, name

    def test_tensorboard_reads_every_number(self, real, trained, export, tmp_path):
        accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
        with zipfile.ZipFile(export(real, "tensorboard")) as archive:
            archive.extractall(tmp_path / "logs")
        folders = sorted((tmp_path / "logs").iterdir())
        compared = 0
        for folder, (_, events), run in zip(folders, trained, real, strict=True):
            reader = accumulator.EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
            reader.Reload()
            expected: dict[str, list[tuple[int, float]]] = {}
            for event in events:
                if event["type"] in ("step", "epoch"):
                    for name in STEP_COLUMNS[1:] if event["type"] == "step" else EPOCH_COLUMNS[1:]:
                        if event[name] is not None:
                            expected.setdefault(f"{event['type']}/{name}", []).append((event["step"], float(event[name])))
                if event["type"] == "insight":
                    for layer in event["layers"]:
                        for name in ("gradient_norm", "weight_norm", "update_norm", "update_ratio", "dead"):
                            if layer[name] is not None:
                                expected.setdefault(f"{name}/{layer['name']}", []).append(
                                    (event["step"], float(layer[name]))
                                )
            assert set(reader.Tags()["scalars"]) == set(expected)
            for tag, told in expected.items():
                found = [(each.step, np.float32(each.value)) for each in reader.Scalars(tag)]
                assert found == [(at, np.float32(value)) for at, value in told], tag
                compared += len(found)
            walls = [each.wall_time for each in reader.Scalars("step/loss")]
            assert walls == sorted(walls) and walls[0] >= run.created
        assert compared > 200

    def test_nan_and_infinity_travel(self, runs, limits, export, tmp_path):
        accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
        run = invent(runs, limits, [1.0, "nan", "inf"])
        assert [event["loss"] for event in json.loads(export([run], "json").read_text())["runs"][0]["events"][1:4]] == [
            1.0,
            "nan",
            "inf",
        ]
        with zipfile.ZipFile(export([run], "csv")) as archive:
            steps = next(name for name in archive.namelist() if name.endswith("steps.csv"))
            rows = list(csv.DictReader(io.StringIO(archive.read(steps).decode())))
        assert [row["loss"] for row in rows] == ["1.0", "nan", "inf"]
        with zipfile.ZipFile(export([run], "tensorboard")) as archive:
            archive.extractall(tmp_path / "logs")
        reader = accumulator.EventAccumulator(str(next((tmp_path / "logs").iterdir())))
        reader.Reload()
        values = [each.value for each in reader.Scalars("step/loss")]
        assert values[0] == 1.0 and math.isnan(values[1]) and math.isinf(values[2])

    @pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x", "a/b", "..", "对比 <1>", "", "con", "x" * 200, "=1+1"])
    def test_a_name_is_safe_as_a_folder(self, name):
        label = make_label(3, name)
        assert label.startswith("03") and len(label) < 70
        assert not set(label) & set('/\\:*?"<>| =') and ".." not in label

    def test_a_run_that_still_goes_is_exported_as_far_as_it_has_come(self, runs, limits, export):
        run = invent(runs, limits, [1.0, 2.0], ends=False)
        with (run.folder / "metrics.jsonl").open("ab") as file:
            file.write(b'{"type":"step","st')
        found = json.loads(export([run], "json").read_text())["runs"][0]["events"]
        assert [event["type"] for event in found] == ["started", "step", "step"]

    def test_an_unknown_format(self, both):
        with pytest.raises(InputError, match="json, csv, tensorboard"):
            RUN_EXPORTS.find("xml")
