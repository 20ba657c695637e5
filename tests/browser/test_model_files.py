"""The files of the Models tab: taken away after a comparison, brought back with a report; failures in words."""

from __future__ import annotations

import hashlib

import pytest
import torch
from live_server import LANGUAGES, wait_until
from visitor import ENGLISH_FIRST

from playground.models import PRESETS, build_model
from playground.models.checkpoint import read_checkpoint

SHORT = "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"


def open_files(visit, model: str = "Linear", **options):
    visitor = visit(f"tab=models&model={model}", **options)
    visitor.page.locator(".pp-model-table tfoot tr").wait_for()
    visitor.page.locator("[data-format=python]").wait_for()
    return visitor


def take(visitor, format: str):
    button = visitor.page.locator(f"[data-format={format}]")
    button.focus()
    visitor.page.keyboard.press("Enter")
    row = visitor.page.locator(f".pp-files li:has([data-format={format}])")
    row.locator(".pp-files-get, .pp-files-problem").wait_for()
    return row


def bring(visitor, path) -> str:
    visitor.page.locator(".pp-drop input").set_input_files(path)
    visitor.page.locator(".pp-files-report :is(.pp-files-fits, .pp-files-misfit, .pp-files-problem)").wait_for()
    return visitor.page.locator(".pp-files-report").inner_text()


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_what_is_taken_away_is_what_was_promised_and_comes_back(visit, language, tmp_path):
    visitor = open_files(visit, language=language)
    page = visitor.page
    row = take(visitor, "state_dict")
    assert visitor.t("model_files.checked", difference="0") in row.inner_text()
    with page.expect_download() as download:
        row.locator(".pp-files-get").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "Linear.pth"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert row.locator(".pp-files-facts").get_attribute("title") == f"sha256 {digest}"
    report = bring(visitor, path)
    assert "Linear.pth" in report and visitor.t("model_files.state_matched") in report
    assert page.locator(".pp-files-table tbody tr").count() == 2
    assert len(page.locator(".pp-files-kept code").inner_text()) == 32
    page.locator(".pp-inside-weights option[data-source=file]").wait_for(state="attached")
    page.locator(".pp-inside-weights").select_option(page.locator(".pp-files-kept code").inner_text())
    used = page.locator(".pp-inside-note")
    wait_until(lambda: used.inner_text() == visitor.t("inside.used_brought"), "Inside has the weights of the file")
    page.locator(".pp-files-draw").click()
    page.locator("canvas.pp-canvas").wait_for()
    wait_until(lambda: "Linear" in page.locator("#network input").first.input_value(), "Draw has the weights")


@pytest.mark.long
def test_what_does_not_fit_is_told_tensor_by_tensor(visit, tmp_path):
    state = dict(build_model(PRESETS["Linear"].spec).state_dict())
    state["linear.weight"] = torch.zeros(10, 100)
    del state["linear.bias"]
    torch.save({**state, "extra": torch.zeros(3)}, tmp_path / "w.pth")
    visitor = open_files(visit, size="phone")
    report = bring(visitor, tmp_path / "w.pth")
    assert visitor.t("model_files.misfit", matched=0, total=2, model="Linear") in report
    assert visitor.t("model_files.no_place", count=1).split("|")[0] in report
    rows = visitor.page.locator(".pp-files-table tbody tr")
    assert [rows.nth(place).get_attribute("data-state") for place in range(3)] == ["shape", "missing", "unexpected"]
    assert "(10, 100)" in rows.nth(0).inner_text() and "(10, 784)" in rows.nth(0).inner_text()
    assert visitor.look("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_failures_in_words(visit, language, tmp_path):
    visitor = open_files(visit, language=language)
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pth")
    assert "torch.nn.modules.linear.Linear" in bring(visitor, tmp_path / "whole.pth")
    (tmp_path / "empty.pth").write_bytes(b"")
    assert visitor.t("upload.empty", name="empty.pth") in bring(visitor, tmp_path / "empty.pth")
    (tmp_path / "large.pth").write_bytes(b"\0" * (23 * 2**20))
    assert visitor.t("model_files.too_large", size=23, maximum=22) in bring(visitor, tmp_path / "large.pth")
    (tmp_path / "half.pth").write_bytes(b"\0" * (7 * 2**20))  # in three pieces
    wait_until(lambda: "half.pth" in bring(visitor, tmp_path / "half.pth"), "the report")


@pytest.mark.long
def test_a_finished_file_looks_finished_until_the_model_changes(visit):
    visitor = open_files(visit)
    row = take(visitor, "safetensors")
    link = row.locator(".pp-files-get")
    faded = "(node) => { for (; node; node = node.parentElement) if (getComputedStyle(node).opacity !== '1') return true; return false; }"
    accent = visitor.look("PP.color('--pp-accent')")
    ground = link.evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert ground == "rgb({}, {}, {})".format(*bytes.fromhex(accent.lstrip("#"))) and not link.evaluate(faded)
    visitor.page.locator("[data-format=python]").focus()
    visitor.page.keyboard.press("Enter")  # another one is being written
    assert not link.evaluate(faded)
    visitor.page.locator(".pp-files li:has([data-format=python]) .pp-files-get").wait_for()
    visitor.page.locator("#models-preset label").filter(has_text="LeNet5").click()
    wait_until(lambda: "61,706" in visitor.page.locator(".pp-model-table tfoot").inner_text(), "another model")
    visitor.page.locator("[data-format=python]").hover()
    wait_until(lambda: visitor.t("model_files.stale") in row.inner_text(), "it says that it is of another model")
    assert link.is_visible() and not link.evaluate(faded)


@pytest.mark.long
def test_files_take_the_weights_of_the_run_that_is_looked_into(visit, server, tmp_path):
    visitor = open_files(visit, "MLP")
    page = visitor.page
    assert not page.locator(".pp-inside-weights option[data-source=run]").count()
    page.locator("#model-inside").scroll_into_view_if_needed()
    visitor.tab("tab.train")
    visitor.choose_recipe("Custom")
    visitor.choose("model", "MLP")
    visitor.more_settings()
    visitor.fill("epochs", "0.5")
    visitor.fill("train_size", "5000")
    visitor.press("start-button")
    visitor.wait("data().state === 'done'")
    run = visitor.look("document.querySelector('.pp-monitor').closest('[data-run]').dataset.run")
    visitor.tab("tab.models")
    option = page.locator(f".pp-inside-weights option[value='{run}']")
    option.wait_for(state="attached")  # the list of runs is fresh whenever the tab is opened
    page.locator(".pp-inside-weights").select_option(run)
    row = take(visitor, "state_dict")
    assert page.locator(".pp-files-weights select").input_value() == run
    with page.expect_download() as download:
        row.locator(".pp-files-get").click()
    download.value.save_as(tmp_path / "run.pth")
    taken = torch.load(tmp_path / "run.pth", weights_only=True)
    kept = read_checkpoint((next((server.home / "runs" / run).glob("*.safetensors"))).read_bytes(), "").state
    assert taken.keys() == kept.keys() and all(torch.equal(taken[name], kept[name]) for name in taken)
