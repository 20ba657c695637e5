"""The learning-rate finder as a person uses it."""

from __future__ import annotations

import pytest

QUICK = "tab=train&recipe=Custom&model=MLP&train_size=2000&optimizer=SGD&momentum=0&precision=fp32"


def opened(visit, link: str):
    visitor = visit(link)
    visitor.page.locator(".pp-finder summary").click()
    visitor.page.locator(".pp-finder-search").wait_for()
    return visitor


def state(visitor, name: str) -> None:
    visitor.page.locator(f'#finder [data-state="{name}"], [data-state="{name}"] .pp-finder').first.wait_for(timeout=60_000)


def test_find_a_rate_use_it_and_drag_it(visit):
    visitor = opened(visit, QUICK)
    page, rate = visitor.page, visitor.page.locator("#control-learning_rate input")
    visitor.wait("document.querySelector('.pp-finder-slider output').textContent === '0.001'")
    page.locator(".pp-finder-search").click()
    state(visitor, "done")
    said = page.locator(".pp-finder-said").inner_text()
    assert "Hessian" in said and "2/λ = 0." in said
    use = page.locator(".pp-finder-use")
    suggested = use.inner_text().split()[-1]
    assert 0.005 < float(suggested) < 0.3
    use.click()
    visitor.wait(f"document.querySelector('#control-learning_rate input').value === '{suggested}'")
    assert f"learning_rate={suggested}" in page.url
    slider = page.locator(".pp-finder-slider input")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("End")
    visitor.wait("Number(document.querySelector('#control-learning_rate input').value) === 10")
    assert visitor.t("finder.above") in page.locator(".pp-finder-said").inner_text()
    rate.fill("0.5")
    rate.press("Tab")
    visitor.wait("document.querySelector('.pp-finder-slider output').textContent === '0.5'")
    assert visitor.t("finder.stale") not in page.locator(".pp-finder-said").inner_text()
    page.locator("#control-batch_size input").fill("32")
    page.locator("#control-batch_size input").press("Tab")
    visitor.wait("Boolean(document.querySelector('.pp-finder-stale'))")


@pytest.mark.long
def test_stop_and_a_refusal(visit):
    visitor = opened(visit, QUICK.replace("model=MLP", "model=MNISTNet"))
    visitor.page.locator(".pp-finder-search").click()
    visitor.page.locator(".pp-finder-stop").click()
    state(visitor, "stopped")
    other = opened(visit, QUICK.replace("optimizer=SGD", "optimizer=LBFGS"))
    other.page.locator(".pp-finder-search").click()
    state(other, "failed")
    assert "LBFGS" in other.page.locator("#finder .pp-finder-error").inner_text()
