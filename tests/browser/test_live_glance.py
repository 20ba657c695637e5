"""What the network can do by now, as a person looks at it while it trains."""

from __future__ import annotations

import pytest
from visitor import LONG_RUN

GLANCES = "Number(document.querySelector('.pp-glance').dataset.glances)"


@pytest.mark.long
def test_watch_the_hardest_image_go_through_the_layers(visit):
    visitor = visit(LONG_RUN)
    page = visitor.page
    page.locator(".pp-glance summary").click()
    visitor.start()
    visitor.wait(f"{GLANCES} >= 1")
    matrix = page.locator(".pp-glance-matrix tbody")
    counts = [int(text) for text in matrix.locator("td").all_inner_texts() if text]
    assert sum(counts) in (256, 10_000)
    assert matrix.locator("tr").count() == page.locator(".pp-glance-losses li").count() == 10
    images = page.locator(".pp-glance-images button")
    assert images.count() == 12
    assert page.locator(".pp-glance-layers li").count() >= 3
    before = page.locator(".pp-glance-inside").inner_text()
    visitor.wait("!document.querySelector('.pp-glance-images button').disabled")
    images.nth(0).click()
    visitor.wait(f"document.querySelector('.pp-glance-inside').textContent !== {before!r}")
    # The image that was chosen, not the words that it will come.
    visitor.wait("/^Test image [1-9][0-9,]*, a [^;]*$/.test(document.querySelector('.pp-glance-inside').textContent)")
    slider = page.locator(".pp-glance-when input")
    slider.focus()
    page.keyboard.press("Home")
    first = page.locator(".pp-glance-when span").inner_text()
    visitor.wait(f"{GLANCES} >= 3")
    assert page.locator(".pp-glance-when span").inner_text() == first  # it stays where the learner looks
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")
