"""Inside the network of the Models tab, as a learner sees it: pictures in the rows, parameters, modes, freezing, comparing."""

from __future__ import annotations

import pytest
from live_server import wait_until
from test_models_tab import CODE, paste
from visitor import ENGLISH_FIRST


def open_models(visit, query: str = "&model=MNISTNet", **options):
    visitor = visit(f"tab=models{query}", **options)
    visitor.page.locator(".pp-model-seen canvas").first.wait_for()
    return visitor


def part(visitor, name: str):
    visitor.page.locator(f".pp-inside [data-part={name}]").click()
    return visitor.page.locator(f".pp-inside [data-panel={name}]")


def drawn(visitor, selector: str) -> list[str]:
    """The canvases that a selector finds, as their pixels."""
    return visitor.look(f"[...document.querySelectorAll('{selector}')].map((canvas) => canvas.toDataURL())")


@pytest.mark.parametrize("language", ENGLISH_FIRST)
@pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.long)])
def test_every_part_shows_something(visit, language, size):
    visitor = open_models(visit, language=language, size=size, dark=size == "phone")
    assert visitor.page.locator(".pp-model-seen canvas").count() == 21
    assert visitor.page.locator(".pp-inside-label").inner_text() == visitor.t("inside.label", label=7)
    assert part(visitor, "activations").locator("tbody tr").count() == 21
    table = part(visitor, "parameters")
    assert table.locator("tbody tr").count() == 20
    assert "871,018" in table.locator("tfoot").inner_text()
    assert table.locator("svg.pp-spread").count() == 20
    assert part(visitor, "kernels").locator("canvas").count() == 4
    modes = part(visitor, "modes")
    assert modes.locator("tbody tr").count() == 7
    assert [text.partition(":")[0] for text in modes.locator("figcaption b").all_inner_texts()] == ["7"] * 3
    part(visitor, "diagram").locator(".pp-graph-node").first.wait_for()
    assert visitor.look("document.documentElement.scrollWidth <= innerWidth")
    right = "[...document.querySelectorAll('.pp-inside [role=tab]')].map((tab) => tab.getBoundingClientRect().right)"
    assert visitor.look(f"Math.max(...{right}) <= innerWidth"), "every part can be reached"
    if size == "phone":
        part(visitor, "parameters")
        wide = "document.querySelector('[data-panel=parameters] .pp-inside-scroll')"
        assert visitor.look(f"{wide}.scrollWidth > {wide}.clientWidth")
        assert visitor.look(f"getComputedStyle({wide}).backgroundImage.split('linear-gradient').length") == 5, "edges shaded"


@pytest.mark.long
def test_another_image_gives_other_pictures(visit):
    visitor = open_models(visit)
    before = drawn(visitor, ".pp-model-seen canvas")
    visitor.page.locator("[data-step='1']").click()
    wait_until(lambda: visitor.page.locator(".pp-inside-label").inner_text() == "a 2", "the second test image")
    wait_until(lambda: drawn(visitor, ".pp-model-seen canvas") != before, "other pictures in the rows")


@pytest.mark.long
def test_a_layer_is_frozen_and_thawed(visit):
    visitor = open_models(visit, "&model=LeNet5")
    row, foot = visitor.page.locator("tr[data-key]").first, visitor.page.locator(".pp-model-table tfoot")
    row.locator("[data-tool=freeze]").click()
    wait_until(lambda: "61,550" in foot.inner_text(), "156 numbers less are trained")
    assert row.locator(".pp-model-frozen").count() == 1
    code = visitor.page.locator("#models-code .cm-content")
    wait_until(lambda: 'self.get_submodule("conv1").requires_grad_(False)' in code.inner_text(), "the code freezes it too")
    table = part(visitor, "parameters")
    wait_until(lambda: table.locator("td.pp-is-frozen").count() == 2, "weight and bias are frozen")
    row.locator("[data-tool=unfreeze]").click()
    wait_until(lambda: "61,550" not in foot.inner_text(), "all are trained")
    memory = visitor.page.locator(".pp-model-memory")
    adam = memory.locator("b").inner_text()
    memory.locator("select").select_option("SGD")
    assert memory.locator("b").inner_text() != adam


@pytest.mark.long
def test_two_networks_side_by_side(visit):
    visitor = open_models(visit, "&model=LeNet5")
    panel = part(visitor, "compare")
    panel.locator("button").click()
    wait_until(lambda: visitor.t("inside.same") in panel.inner_text(), "it is the same as itself")
    visitor.page.locator("#models-preset label").filter(has_text="SimpleCNN").click()
    wait_until(lambda: "421,834" in panel.inner_text() and "61,706" in panel.inner_text(), "both sums")
    assert panel.locator(".pp-is-different").count() > 4


@pytest.mark.long
def test_a_big_network_opens_in_the_list(visit):
    visitor = open_models(visit)
    panel = part(visitor, "big")
    panel.locator(".pp-big-machines tbody tr").first.wait_for()
    assert panel.locator(".pp-big-machines tbody tr").count() == 4
    before = panel.locator(".pp-big-head").inner_text()
    panel.locator("[data-wish=kind]").select_option("MLP")
    wait_until(lambda: panel.locator(".pp-big-head").inner_text() != before, "another estimate")
    panel.locator("[data-wish=width]").fill("0")
    wait_until(lambda: "w = 64" in panel.locator(".pp-big-head").inner_text(), "the smallest width")
    panel.get_by_role("button").click()
    wait_until(lambda: visitor.page.locator("tr[data-key]").count() == 7, "the list")
    wait_until(lambda: "184" in visitor.page.locator(".pp-model-table tfoot").inner_text(), "its parameters")


@pytest.mark.long
def test_a_broken_network_says_where_it_stops(visit):
    visitor = open_models(visit, "&model=LeNet5")
    error = visitor.page.locator(".pp-inside-error").first
    paste(visitor, CODE)
    wait_until(lambda: error.inner_text() == visitor.t("inside.stops_at", layer="fc1 (Linear)"), "where it stops")
    assert part(visitor, "activations").locator("tbody tr").count() == 2
    assert visitor.t("inside.modes_fails") in part(visitor, "modes").inner_text()
    paste(visitor, "model = nn.Linear(")
    wait_until(lambda: error.inner_text() == visitor.t("inside.no_model"), "that there is nothing to show")
    assert not part(visitor, "activations").locator("tr").count(), "nothing of the network before"
    paste(visitor, "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))")
    wait_until(lambda: part(visitor, "diagram").locator(".pp-graph-node").count() == 3, "the next network is drawn")
    assert error.is_hidden()


@pytest.mark.long
def test_a_comparison_says_when_it_is_of_the_network_before(visit):
    visitor = open_models(visit, "&model=LeNet5")
    panel = part(visitor, "compare")
    panel.locator("button").click()
    wait_until(lambda: visitor.t("inside.same") in panel.inner_text(), "it is the same as itself")
    visitor.page.evaluate(
        """() => {
          const panel = document.querySelector("[data-panel=compare]"), seen = (window.formerTexts = []);
          new MutationObserver(() => { if (panel.matches(".pp-is-former")) seen.push(panel.innerText); })
            .observe(panel, { attributes: true, childList: true, subtree: true });
        }"""
    )
    visitor.page.locator("#models-preset label").filter(has_text="SimpleCNN").click()
    wait_until(lambda: "421,834" in panel.inner_text(), "the sums of the next one")
    assert any(visitor.t("inside.comparing") in text for text in visitor.look("formerTexts"))
    assert "pp-is-former" not in (panel.get_attribute("class") or "")
    paste(visitor, CODE)
    wait_until(lambda: visitor.t("inside.compare_fails") in panel.inner_text(), "it says that it is of before")
    assert "421,834" in panel.inner_text() and "pp-is-former" in panel.get_attribute("class")
