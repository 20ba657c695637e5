"""The Data section of Train: a person pages through images, composes transforms, looks at the splits."""

from __future__ import annotations

import re

import numpy as np
import pytest
from live_server import wait_until
from zips import digit_files, zipped

from playground.data import load_images

PIXELS = """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data).filter((_, place) => place % 4 === 0)"""
# Read again and again, without the advice that Chromium gives to getImageData.
PICTURE = "(canvas) => canvas.toDataURL()"


def open_data(visit, query: str = "tab=train", **options):
    visitor = visit(query, **options)
    visitor.tab("train.data")
    visitor.page.locator("#data .pp-data-large canvas").wait_for()
    return visitor


def choose_section(visitor, name: str) -> None:
    visitor.page.locator(f"#data [data-section={name}]").click()


@pytest.mark.long
def test_a_person_pages_through_a_class(visit):
    """Real images without a click; then those of one class of the test set, page by page, and one of them in numbers."""
    visitor = open_data(visit)
    page, data = visitor.page, load_images("MNIST")
    grid = page.locator("#data .pp-data-grid")
    assert grid.locator("button").count() == 60
    assert grid.locator("canvas").first.evaluate(PIXELS) == data.train_images[0].ravel().tolist()
    page.locator("#data [data-split=test]").click()
    page.locator("#data .pp-data-grid[data-split=test]").wait_for()
    page.locator("#data [data-class='7']").click()
    wait_until(lambda: grid.locator("button:not([data-label='7'])").count() == 0, "only sevens are shown")
    page.get_by_role("button", name=visitor.t("explore.next")).click()
    page.locator("#data .pp-data-grid[data-page='1']").wait_for()
    expected = np.flatnonzero(data.test_labels == 7)[60:120].tolist()
    shown = [int(button.get_attribute("data-index")) for button in grid.locator("button").all()]
    assert shown == expected
    grid.locator("button").nth(3).click()
    large = page.locator(f"#data .pp-data-large[data-index='{expected[3]}']")
    large.wait_for()
    large.locator("canvas").focus()
    page.keyboard.press("ArrowDown")
    read = large.locator(".pp-data-read").inner_text()
    value = int(data.test_images[expected[3]][15, 14])
    assert f"{value} →" in read and f"{(value / 255 - 0.1307) / 0.3081:.3f}" in read


def test_the_settings_decide_what_is_seen(visit):
    visitor = open_data(visit, "tab=train&recipe=Custom&train_size=500&validation_size=40&split_seed=2")
    page = visitor.page
    page.locator("#data [data-split=validation]").click()
    wait_until(lambda: page.locator("#data .pp-data-grid button").count() == 40, "forty validation images")
    choose_section(visitor, "splits")
    foot = page.locator("#data .pp-split-table tfoot")
    foot.wait_for()
    assert foot.inner_text().split() == [visitor.t("explore.sum"), "500", "40", "10,000"]
    assert page.locator("#data .pp-split-leaks li").count() == 3
    visitor.more_settings()

    def fill(value: int) -> None:
        visitor.fill("validation_size", value)
        # The settings are longer than the page: what is out of sight asks for nothing.
        visitor.look("document.querySelector('#data .pp-split-table')?.scrollIntoView()")

    fill(70_000)
    page.locator("#data .pp-error:visible").wait_for()
    assert "60,000" in page.locator("#data .pp-error").inner_text()
    fill(100)
    wait_until(lambda: foot.inner_text().split()[2] == "100", "the splits follow")
    assert page.locator("#data .pp-error:visible").count() == 0


def test_a_transform_is_added_and_the_images_and_the_code_change(visit):
    visitor = open_data(visit)
    page = visitor.page
    choose_section(visitor, "transforms")
    drawn = page.locator("#data-transforms[data-turn]")
    drawn.wait_for()
    after = page.locator("#data .pp-transform-grid canvas[data-kind=after]").first
    turned = after.evaluate(PICTURE)
    code = page.locator("#data .pp-transform-code code")
    assert "v2.RandomRotation(degrees=10.0)" in code.inner_text()
    assert page.locator("#data .pp-transform-grid canvas").count() == 8 * 5
    for _ in range(3):
        page.get_by_role("button", name=visitor.t("explore.remove", name="")).first.click()
    wait_until(lambda: "RandomRotation" not in code.inner_text() and "Normalize" not in code.inner_text(), "an empty list")
    before = page.locator("#data .pp-transform-grid canvas[data-kind=before]").first.evaluate(PICTURE)
    wait_until(lambda: after.evaluate(PICTURE) == before, "nothing is changed")
    page.locator("#data .pp-data-select").first.select_option("RandomRotation")
    wait_until(lambda: "v2.RandomRotation(degrees=15.0)" in code.inner_text(), "the code follows")
    wait_until(lambda: after.evaluate(PICTURE) not in (before, turned), "it is turned")
    first = after.evaluate(PICTURE)
    page.locator("#data .pp-transform-again").click()
    wait_until(lambda: "SEED = 2" in code.inner_text() and after.evaluate(PICTURE) != first, "drawn again")
    degrees = page.get_by_label("RandomRotation degrees", exact=True)
    degrees.fill("999")
    page.locator("#data .pp-error:visible").wait_for()
    assert "180" in page.locator("#data .pp-error").inner_text()
    degrees.fill("30")
    wait_until(lambda: "degrees=30.0" in code.inner_text(), "the code follows the number")


@pytest.mark.long
def test_a_person_measures_a_dataloader(visit):
    visitor = open_data(visit, "tab=train&recipe=Custom&train_size=3000")
    page = visitor.page
    choose_section(visitor, "loader")
    part = page.locator("#data-loader")
    code = part.locator("code")
    wait_until(lambda: "num_workers=2" in code.inner_text(), "the script is there")
    workers = part.locator("[data-loader=num_workers]")
    workers.fill("-1")
    page.locator("#data .pp-error:visible").wait_for()
    assert "num_workers" in page.locator("#data .pp-error").inner_text()
    workers.fill("1")
    wait_until(lambda: "num_workers=1" in code.inner_text(), "the script follows")
    part.locator(".pp-loader-start").click()
    part.locator(".pp-loader-stop:not([disabled])").click()
    page.locator("#data-loader[data-state=stopped]").wait_for()
    part.locator(".pp-loader-start").click()
    page.locator("#data-loader[data-state=done]").wait_for()
    rows = part.locator(".pp-data-table tbody tr")
    assert [row.get_attribute("data-row") for row in rows.all()] == ["chosen", "none", "memory"]
    assert (
        "47" in part.locator(".pp-loader-batches").inner_text() and "56" in part.locator(".pp-loader-batches").inner_text()
    )
    assert part.locator(".pp-loader-why li").count() >= 4
    part.locator("[data-loader=drop_last]").check()
    assert "pp-is-stale" in part.locator(".pp-loader-result").get_attribute("class")


@pytest.mark.long
def test_on_a_phone_in_chinese(visit):
    visitor = open_data(visit, language="zh", size="phone", dark=True)
    page = visitor.page
    for section in ("images", "transforms", "splits", "loader", "styles", "own"):
        choose_section(visitor, section)
        page.locator(f"#data-{section}:visible").wait_for()
        page.wait_for_timeout(600)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), section
        assert page.locator("#data .pp-error:visible").count() == 0


def bring_zip(visitor, content: bytes, name: str = "digits.zip") -> None:
    choose_section(visitor, "own")
    visitor.page.locator("#data-own .pp-own-file").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": content}
    )


@pytest.mark.long
def test_a_zip_is_brought_looked_at_and_trained_on(visit):
    """From the file to an accuracy; and the visitor who comes back finds it in the list."""
    visitor = open_data(visit, "tab=train&recipe=Custom&model=MLP&epochs=8&batch_size=16&precision=fp32")
    page = visitor.page
    visitor.more_settings()
    bring_zip(visitor, zipped({**digit_files(40), "0/note.txt": b"no image"}))
    page.locator("#data-own[data-dataset]").wait_for()
    told = page.locator("#data-own .pp-own-report").inner_text()
    assert "96" in told and "24" in told and "0/note.txt" in told
    wait_until(lambda: visitor.value("dataset") == visitor.t("own.choice", name="digits"), "it is chosen")
    page.locator("#data-own [data-own=use]").click()
    wait_until(lambda: page.locator("#data .pp-data-classes button").count() == 4, "three classes and all")
    assert page.locator("#data .pp-data-where").inner_text().endswith("96")
    with page.expect_download() as download:
        choose_section(visitor, "own")
        page.locator("#data-own [data-own=take]").click()
    with np.load(download.value.path()) as stored:
        assert len(stored["train_labels"]) == 96
    visitor.tab("train.curves")
    visitor.press("start-button")
    visitor.wait("data().state === 'done'")
    visitor.tab("train.results")
    wait_until(lambda: "24" in page.locator("#headline").inner_text(), "the accuracy on its 24 test images")
    share = float(re.search(r"([\d.]+) %", page.locator("#headline").inner_text())[1])
    assert share > 60
    visitor.reload()
    visitor.more_settings()
    wait_until(lambda: visitor.value("dataset") == visitor.t("own.choice", name="digits"), "the address says it")


@pytest.mark.long
def test_a_zip_that_leads_out_is_refused(visit):
    visitor = open_data(visit)
    bring_zip(visitor, zipped({**digit_files(6), "../evil/1.png": b"x"}))
    error = visitor.page.locator("#data .pp-error:visible")
    error.wait_for()
    assert "../evil/1.png" in error.inner_text()
    assert visitor.page.locator("#data-own[data-dataset]").count() == 0
    bring_zip(visitor, b"no zip at all", "photo.zip")
    wait_until(lambda: "photo.zip" in error.inner_text(), "the next reason")


@pytest.mark.long
def test_kinds_of_data_sets_are_shown_with_real_workers(visit):
    visitor = open_data(visit)
    choose_section(visitor, "styles")
    part = visitor.page.locator("#data-styles")
    part.locator("[data-style=folder]").wait_for()
    told = part.locator("[data-style=stream] .pp-style-worker code").all_inner_texts()
    assert told == [" ".join(map(str, range(12)))] * 2, "both workers give everything"
    cured = part.locator("[data-style=sharded] .pp-style-worker code").all_inner_texts()
    assert cured == ["0 2 4 6 8 10", "1 3 5 7 9 11"]
    assert "class ShardedStream" in part.locator("[data-style=sharded] .pp-code code").inner_text()
    assert "get_worker_info" in part.locator(".pp-code-bar + pre").inner_text()
