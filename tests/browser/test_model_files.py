"""The files of the Models tab: taken away after a comparison, brought back with a report; failures in words."""

from __future__ import annotations

import hashlib

import pytest
import torch
from live_server import LANGUAGES, wait_until

from playground.models import PRESETS, build_model

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


@pytest.mark.parametrize("language", LANGUAGES)
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
    page.locator(".pp-files-draw").click()
    page.locator("canvas.pp-canvas").wait_for()
    wait_until(lambda: "Linear" in page.locator("#network input").first.input_value(), "Draw has the weights")


def test_what_does_not_fit_is_told_tensor_by_tensor(visit, tmp_path):
    state = dict(build_model(PRESETS["Linear"].spec).state_dict())
    state["linear.weight"] = torch.zeros(10, 100)
    del state["linear.bias"]
    torch.save({**state, "extra": torch.zeros(3)}, tmp_path / "w.pth")
    visitor = open_files(visit, size="phone")
    bring(visitor, tmp_path / "w.pth")
    rows = visitor.page.locator(".pp-files-table tbody tr")
    assert [rows.nth(place).get_attribute("data-state") for place in range(3)] == ["shape", "missing", "unexpected"]
    assert "(10, 100)" in rows.nth(0).inner_text() and "(10, 784)" in rows.nth(0).inner_text()
    assert visitor.look("document.documentElement.scrollWidth <= innerWidth")


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
