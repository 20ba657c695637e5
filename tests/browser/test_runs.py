"""The Runs section of Train: two runs compared, named, pinned, deleted and exported; a run of the command line appears."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile

import pytest
from live_server import ROOT, wait_until
from visitor import SHORT_RUN

OTHER_RUN = SHORT_RUN.replace("epochs=0.5", "epochs=0.5&learning_rate=0.01")


def open_runs(visitor):
    visitor.tab("train.runs")
    visitor.page.locator(".pp-runs-list li").first.wait_for()
    visitor.wait("Number(document.querySelector('.pp-runs-chart').dataset.points) > 0")
    return visitor


def rows(visitor):
    return visitor.page.locator(".pp-runs-list li")


def names(visitor) -> list[str]:
    return visitor.page.locator(".pp-runs-list .pp-run-name").all_text_contents()


def table(visitor) -> dict[str, list[str]]:
    return visitor.look(
        "Object.fromEntries([...document.querySelectorAll('.pp-runs-table tr[data-row]')]"
        ".map((row) => [row.dataset.row, [...row.querySelectorAll('td')].map((cell) => cell.textContent)]))"
    )


def download(visitor, format: str) -> bytes:
    with visitor.page.expect_download() as info:
        visitor.page.locator(f".pp-runs-export [data-format={format}]").click()
    return open(info.value.path(), "rb").read()


@pytest.fixture
def two_runs(visit):
    """A visitor with two runs that differ in the learning rate, the newer one first."""
    visitor = visit()
    visitor.train(SHORT_RUN)
    visitor.train(OTHER_RUN)
    open_runs(visitor)
    wait_until(lambda: rows(visitor).count() == 2, "both runs are listed")
    visitor.wait("document.querySelector('.pp-runs-chart').dataset.lines === '2'")
    wait_until(lambda: "learning_rate" in table(visitor), "the table is there")
    return visitor


def test_before_the_first_run_the_example_is_alive(visit):
    visitor = open_runs(visit("tab=train"))
    assert names(visitor) == ["Fast"]
    assert visitor.page.locator(".pp-runs-empty").inner_text() == visitor.t("runs.empty")
    assert visitor.page.locator(".pp-run-delete:visible, .pp-run-pin:visible, .pp-run-rename:visible").count() == 0
    assert table(visitor)["best_accuracy"] == ["99.40 %"]


@pytest.mark.long
def test_two_runs_are_compared(two_runs):
    """Only the learning rate differs, and the outcomes are those of the histories on the disk."""
    visitor = two_runs
    found = table(visitor)
    differing = visitor.page.locator(".pp-runs-differ tr").evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
    assert differing == ["learning_rate"]
    assert found["learning_rate"] == ["0.01", "0.001"]
    ids = visitor.page.locator(".pp-runs-list li").evaluate_all("(rows) => rows.map((row) => row.dataset.run)")
    for place, run_id in enumerate(ids):
        last = (visitor.server.home / "runs" / run_id / "metrics.jsonl").read_text().splitlines()[-1]
        assert found["best_accuracy"][place] == f"{100 * json.loads(last)['test_accuracy']:.2f} %"
        assert rows(visitor).nth(place).locator(".pp-run-best").inner_text() == found["best_accuracy"][place]
    # A click on a circle leaves a run out; the colours of the others stay.
    color = rows(visitor).nth(1).locator(".pp-run-show i").evaluate("(dot) => getComputedStyle(dot).borderColor")
    rows(visitor).nth(0).locator(".pp-run-show").click()
    visitor.wait("document.querySelector('.pp-runs-chart').dataset.lines === '1'")
    wait_until(lambda: len(table(visitor).get("best_accuracy", [])) == 1, "one column")
    assert rows(visitor).nth(1).locator(".pp-run-show i").evaluate("(dot) => getComputedStyle(dot).borderColor") == color
    open_runs(visitor.reload())
    visitor.wait("document.querySelector('.pp-runs-chart').dataset.lines === '1'")
    assert rows(visitor).nth(0).locator(".pp-run-show").get_attribute("aria-pressed") == "false"
    assert rows(visitor).nth(1).locator(".pp-run-show i").evaluate("(dot) => getComputedStyle(dot).borderColor") == color


@pytest.mark.long
def test_pointing_at_the_chart_tells_the_values_of_all(two_runs):
    visitor = two_runs
    page = visitor.page
    for metric, x in (("loss", "steps"), ("accuracy", "epochs"), ("test_accuracy", "steps"), ("test_loss", "seconds")):
        page.locator(".pp-runs-metric").select_option(metric)
        page.locator(".pp-runs-x").select_option(x)
        page.wait_for_timeout(150)
        box = page.locator(".pp-runs-chart .u-over").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
        page.locator(".pp-runs-tip div").nth(1).wait_for(state="visible")
        assert page.locator(".pp-runs-tip div").count() == 2
        if metric in ("loss", "accuracy") and x != "seconds":
            assert "–" not in page.locator(".pp-runs-tip").inner_text()
    page.locator(".pp-runs-metric").select_option("loss")
    page.locator(".pp-runs-log").check()
    page.locator(".pp-runs-smoothing").fill("0")
    visitor.wait("document.querySelector('.pp-runs-chart').dataset.lines === '2'")


def test_rename_pin_delete_undo_and_reload(two_runs):
    visitor = two_runs
    page = visitor.page
    rows(visitor).nth(1).locator(".pp-run-rename").click()
    field = page.locator(".pp-run-field")
    field.fill("  my <b>first</b> one ")
    field.press("Enter")
    wait_until(lambda: names(visitor)[1:] == ["my <b>first</b> one"], "it has its name")
    assert page.locator(".pp-run-name b").count() == 0, "text is text"
    rows(visitor).nth(1).locator(".pp-run-pin").click()
    wait_until(lambda: names(visitor)[:1] == ["my <b>first</b> one"], "pinned ones come first")
    rows(visitor).nth(1).locator(".pp-run-rename").click()
    page.locator(".pp-run-field").fill("x" * 81)
    page.locator(".pp-run-field").press("Enter")
    page.locator("#runs .pp-error").wait_for(state="visible")
    assert "80" in page.locator("#runs .pp-error").inner_text()
    page.locator(".pp-run-field").press("Escape")
    open_runs(visitor.reload())
    assert names(visitor)[0] == "my <b>first</b> one"
    assert rows(visitor).nth(0).locator(".pp-run-pin").get_attribute("aria-pressed") == "true"
    rows(visitor).nth(0).locator(".pp-run-delete").click()
    wait_until(lambda: rows(visitor).count() == 1, "it is gone")
    page.locator(".pp-runs-undo").click()
    wait_until(
        lambda: len(names(visitor)) == 2 and names(visitor)[0] == "my <b>first</b> one",
        "it is back, with its name and its pin",
    )
    assert rows(visitor).count() == 2
    rows(visitor).nth(0).locator(".pp-run-delete").click()
    wait_until(lambda: rows(visitor).count() == 1, "it is gone again")
    open_runs(visitor.reload())
    assert rows(visitor).count() == 1


@pytest.mark.long
def test_open_shows_a_run_in_the_curves(two_runs):
    visitor = two_runs
    older = rows(visitor).nth(1).get_attribute("data-run")
    rows(visitor).nth(1).locator(".pp-run-open").click()
    visitor.wait(f"data().run === '{older}' && data().state === 'done'")
    visitor.page.locator(".pp-monitor").wait_for(state="visible")


@pytest.mark.long
def test_exports_are_read_back(two_runs, tmp_path):
    visitor = two_runs
    page = visitor.page
    ids = rows(visitor).evaluate_all("(rows) => rows.map((row) => row.dataset.run)")
    histories = [
        [json.loads(line) for line in (visitor.server.home / "runs" / run_id / "metrics.jsonl").read_text().splitlines()]
        for run_id in ids
    ]
    found = json.loads(download(visitor, "json"))
    assert [run["events"] for run in found["runs"]] == histories
    with zipfile.ZipFile(io.BytesIO(download(visitor, "csv"))) as archive:
        for folder, events in zip(("01", "02"), histories, strict=True):
            name = next(name for name in archive.namelist() if name.startswith(folder) and name.endswith("steps.csv"))
            losses = [float(row["loss"]) for row in csv.DictReader(io.StringIO(archive.read(name).decode()))]
            assert losses == [event["loss"] for event in events if event["type"] == "step"]
    page.locator(".pp-runs-what").select_option(ids[1])
    with zipfile.ZipFile(io.BytesIO(download(visitor, "tensorboard"))) as archive:
        assert len(archive.namelist()) == 1
        assert "tfevents" in archive.namelist()[0]
        archive.extractall(tmp_path / "unpacked")
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    import numpy as np

    reader = accumulator.EventAccumulator(str(next((tmp_path / "unpacked").iterdir())), {"scalars": 0})
    reader.Reload()
    told = [event for event in histories[1] if event["type"] == "step"]
    assert [np.float32(each.value) for each in reader.Scalars("step/loss")] == [np.float32(event["loss"]) for event in told]


def train_outside(server, *options: str) -> subprocess.Popen:
    """`python -m playground train` on the server's home."""
    small = ["--model", "MLP", "--precision", "fp32", "--threads", "1", "--batch-size", "32"]
    return subprocess.Popen(
        [sys.executable, "-m", "playground", "train", *small, *options],
        cwd=ROOT,
        env={**os.environ, "PLAYGROUND_HOME": str(server.home), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.long
def test_a_run_of_the_command_line_appears_live_and_is_stopped_from_the_page(visit, server):
    visitor = open_runs(visit("tab=train"))
    process = train_outside(server, "--epochs", "100")
    try:
        row = visitor.page.locator(".pp-runs-list li[data-state=running]")
        row.first.wait_for()
        run_id = row.first.get_attribute("data-run")
        assert visitor.t("runs.elsewhere") in row.first.inner_text()
        log = server.home / "runs" / run_id / "metrics.jsonl"
        points = "Number(document.querySelector('.pp-runs-chart').dataset.points)"
        visitor.wait(f"{points} > 600")
        before = visitor.look(points)
        visitor.wait(f"{points} > {before}")
        assert "failed" not in log.read_text(), "it is not taken for interrupted"
        visitor.page.locator(f".pp-runs-list li[data-run='{run_id}'] .pp-run-stop").click()
        assert process.wait(30) == 130
        visitor.page.locator(f".pp-runs-list li[data-run='{run_id}'][data-state=stopped]").wait_for()
        assert json.loads(log.read_text().splitlines()[-1]) == {"type": "stopped", "reason": "visitor"}
        visitor.page.locator(f".pp-runs-list li[data-run='{run_id}'] .pp-run-delete").click()
        wait_until(lambda: not log.exists(), "a page at home may delete it")
    finally:
        process.kill()
        process.wait()


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_nothing_is_wider_than_the_screen(visit, language):
    visitor = visit(language=language, size="phone")
    visitor.train(SHORT_RUN)
    open_runs(visitor)
    wait_until(lambda: "best_accuracy" in table(visitor), "the table is there")
    assert visitor.look("document.documentElement.scrollWidth <= innerWidth")
    small = visitor.look(
        "[...document.querySelectorAll('.pp-runs button')].filter((button) => button.offsetParent)"
        ".map((button) => [button.className, button.getBoundingClientRect().height]).filter(([, height]) => height < 36)"
    )
    assert small == []
