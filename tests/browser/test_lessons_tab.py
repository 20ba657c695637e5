"""The failure lessons of the Train tab: run one, see both curves, the sentence, the numbers and the programs."""

from __future__ import annotations

import re

import pytest
from live_server import wait_until

from playground.lessons.program import write_program

LESSON = ".pp-lesson"


def open_lesson(visit, name: str, **options):
    visitor = visit(f"tab=train&lesson={name}", **options)
    visitor.page.locator(f"{LESSON}[data-lesson='{name}']").wait_for()
    return visitor


def run_lesson(visitor):
    visitor.page.locator(".pp-lesson-run").click()
    visitor.page.locator(f"{LESSON}[data-state=done]").wait_for()


def curve_points(visitor) -> list[int]:
    return visitor.look("[...document.querySelectorAll('.pp-lesson-canvas')].map((one) => Number(one.dataset.points || 0))")


def test_one_lesson_is_run_and_both_curves_the_sentence_and_the_code_are_there(visit):
    visitor = visit("tab=train")
    page = visitor.page
    assert page.locator("#lesson-list").is_hidden(), "before the lessons are opened, too"
    visitor.tab("train.lessons")
    assert page.locator("#lesson-list button").count() == 13
    page.locator("#control-model").wait_for(state="hidden")  # the list has taken the place of the settings
    page.locator("#lesson-list button[data-lesson=zero_grad]").click()
    page.locator(f"{LESSON}[data-lesson=zero_grad]").wait_for()
    assert page.locator(".pp-lesson-state").inner_text() == visitor.t("lessons.ready"), "nothing starts by itself"
    assert page.locator(".pp-lesson-verdict").is_hidden()
    run_lesson(visitor)
    wait_until(lambda: curve_points(visitor) == [300] * 4, "both programs' curves are whole")
    ranges = visitor.look("[...document.querySelectorAll('.pp-lesson-canvas')].map((one) => one.dataset.range)")
    assert ranges[0] == ranges[1] and ranges[2] == ranges[3], "the same axes on both sides"
    cells = page.locator(".pp-lesson-facts [data-fact=accuracy] td")
    broken, cured = (float(cells.nth(side).inner_text().rstrip(" %")) for side in range(2))
    assert cured > broken + 10
    verdict = page.locator(".pp-lesson-verdict").inner_text()
    assert f"{broken:.1f} %" in verdict and f"{cured:.1f} %" in verdict
    assert (
        "zero_grad()" in page.locator(".pp-line-cured").first.inner_text() and page.locator(".pp-line-broken").count() == 0
    )
    with page.expect_download() as download:
        page.locator("[data-file=broken]").click()
    assert download.value.path().read_text(encoding="utf-8") == write_program("zero_grad", "broken")
    assert re.search(r"tab=train&lesson=zero_grad", visitor.address)
    # A reload shows what was measured, without running it again.
    page.reload()
    page.locator(f"{LESSON}[data-lesson=zero_grad][data-state=done]").wait_for()
    wait_until(lambda: curve_points(visitor) == [300] * 4, "the curves are back")
    # Back among the curves the settings are there again, and the address is no longer the lesson's.
    visitor.tab("train.curves")
    page.locator("#control-model").wait_for()
    assert page.locator("#lesson-list").is_hidden()


@pytest.mark.long
def test_two_visitors_do_not_see_each_others_and_a_lesson_can_be_stopped(visit):
    first, second = open_lesson(visit, "zero_grad"), open_lesson(visit, "zero_grad")
    run_lesson(first)
    second.page.reload()
    second.page.locator(f"{LESSON}[data-lesson=zero_grad]").wait_for()
    second.page.wait_for_timeout(800)
    assert second.page.locator(LESSON).get_attribute("data-state") == "ready"
    second.page.locator("#lesson-list button[data-lesson=eval_mode]").click()
    second.page.locator(f"{LESSON}[data-lesson=eval_mode]").wait_for()
    second.page.locator(".pp-lesson-run").click()
    stop = second.page.locator(".pp-lesson-stop")
    wait_until(stop.is_enabled, "it can be stopped")
    stop.click()
    second.page.locator(f"{LESSON}[data-state=stopped]").wait_for()
    assert second.page.locator(".pp-lesson-run").is_enabled()


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_lesson_fits_a_phone_in_both_languages(visit, language):
    visitor = open_lesson(visit, "shuffle", language=language, size="phone")
    run_lesson(visitor)
    page = visitor.page
    assert visitor.look("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".pp-lesson-title").inner_text() == visitor.t("lesson.shuffle")
    lists = page.locator("#lesson-list").bounding_box()
    assert lists["y"] < page.locator(".pp-lesson-title").bounding_box()["y"], "the list stands above the lesson"
    page.locator(".pp-lesson-why summary").click()
    assert "DataLoader" in page.locator(".pp-lesson-text").inner_text()
