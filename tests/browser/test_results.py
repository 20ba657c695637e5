"""The Results section of Train: confusion matrix, classes, calibration, features, mistakes, script."""

from __future__ import annotations

import re

import pytest
from live_server import wait_until

from playground.data import load_images

ALL_MISTAKES = "Array.from(document.querySelectorAll('.pp-confusion .pp-is-wrong'), (cell) => Number(cell.textContent)).reduce((a, b) => a + b)"
PIXELS = """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data).filter((_, place) => place % 4 === 0)"""


def open_results(visit, query: str = "tab=train", **options):
    visitor = visit(query, **options)
    visitor.tab("train.results")
    visitor.page.locator("#report [data-part=cell][data-cell] li").first.wait_for()
    visitor.page.locator("#report .pp-point-seen canvas").wait_for()
    return visitor


def cell_of(visitor, label: int, answer: int):
    return visitor.page.locator(f"#report .pp-confusion [data-label='{label}'][data-answer='{answer}']")


def index_of(canvas) -> int:
    return int(re.search(r"\d+", canvas.get_attribute("aria-label"))[0])


def test_a_cell_of_the_confusion_matrix_shows_its_images(visit):
    """Those and no others: as many as its number says, of that label, as they lie in the data set."""
    visitor = open_results(visit)
    page, data = visitor.page, load_images("MNIST")
    part = page.locator("#report [data-part=cell]")
    wrong = page.locator("#report .pp-confusion .pp-is-wrong")
    seen = set()
    for place in range(3):
        cell = wrong.nth(place)
        label, answer, count = (
            int(text) for text in cell.evaluate("(cell) => [cell.dataset.label, cell.dataset.answer, cell.textContent]")
        )
        cell.click()
        page.locator(f"#report [data-part=cell][data-cell='{label} {answer}']").wait_for()
        assert cell.get_attribute("aria-pressed") == "true"
        assert page.locator("#report .pp-confusion [aria-pressed=true]").count() == 1
        canvases = part.locator("canvas")
        assert canvases.count() == count
        for number in range(count):
            index = index_of(canvases.nth(number))
            assert data.test_labels[index] == label
            assert canvases.nth(number).evaluate(PIXELS) == data.test_images[index].ravel().tolist()
            seen.add(index)
        assert visitor.t("report.cell_wrong").split("|")[0].partition("{answer}")[0].format(label=label) in part.inner_text()
    assert len(seen) >= 3
    cell_of(visitor, 1, 1).click()
    page.locator("#report [data-part=cell][data-cell='1 1']").wait_for()
    assert part.locator("canvas").count() == 60 and visitor.t("report.least_confident") in part.inner_text()
    empty = page.locator("#report .pp-confusion td button:not(.pp-is-wrong):not(.pp-is-right)").first
    empty.click()
    wait_until(lambda: part.locator("canvas").count() == 0, "an empty cell has no images")


@pytest.mark.long
def test_the_matrix_and_the_points_are_reached_by_keyboard(visit):
    visitor = open_results(visit)
    page = visitor.page
    cell_of(visitor, 4, 4).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert visitor.look("[document.activeElement.dataset.label, document.activeElement.dataset.answer]") == ["5", "5"]
    page.keyboard.press("Enter")
    page.locator("#report [data-part=cell][data-cell='5 5'] canvas").first.wait_for()
    assert page.locator("#report .pp-confusion button[tabindex='0']").count() == 1
    points = page.locator("#report .pp-points")
    points.focus()
    seen = page.locator("#report .pp-point-seen")
    before = seen.get_attribute("data-index")
    page.keyboard.press("ArrowRight")
    wait_until(lambda: seen.get_attribute("data-index") != before, "the next point is shown")
    index = int(seen.get_attribute("data-index"))
    assert seen.locator("canvas").evaluate(PIXELS) == load_images("MNIST").test_images[index].ravel().tolist()


@pytest.mark.long
def test_a_class_alone_can_be_pointed_at(visit):
    visitor = open_results(visit)
    page = visitor.page
    legend = page.locator("#report .pp-point-legend button")
    assert legend.count() == 10
    legend.nth(1).click()
    assert legend.nth(1).get_attribute("aria-pressed") == "true"
    points, seen = page.locator("#report .pp-points"), page.locator("#report .pp-point-seen")
    points.scroll_into_view_if_needed()
    frame = points.bounding_box()
    found = set()
    for row in range(1, 12):
        for column in range(1, 18):
            page.mouse.move(frame["x"] + frame["width"] * column / 18, frame["y"] + frame["height"] * row / 12)
    wait_until(lambda: seen.get_attribute("data-index") is not None, "a point is shown")
    page.wait_for_timeout(300)
    found.add(int(load_images("MNIST").test_labels[int(seen.get_attribute("data-index"))]))
    assert found == {1}


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_of_ones_own_has_all_of_it(visit, language):
    """Numbers that agree with each other, in both languages, on a phone, and nothing wider than the screen."""
    visitor = visit(language=language, size="phone")
    visitor.train()
    visitor.tab("train.results")
    page = visitor.page
    page.locator("#report .pp-point-seen canvas").wait_for()
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    headline = page.locator("#headline").inner_text()
    share = float(re.search(r"([\d.]+) %", headline)[1])
    assert share == pytest.approx(100 - visitor.look(ALL_MISTAKES) / 100, abs=0.03)
    rows = page.locator("#report [data-part=classes] tbody tr")
    assert rows.count() == 10
    assert page.locator("#report .pp-calibration .pp-bin").count() >= 3
    assert "%" in page.locator("#report .pp-verdict").inner_text()
    assert page.locator("#report [data-part=mistakes] li").count() == 50
    page.locator("#report .pp-report-code summary").click()
    script = page.locator("#report .pp-report-code code").inner_text()
    compile(script, "evaluate.py", "exec")
    assert "mnist_best.pth" in script and "torch.linalg.eigh" in script
