"""The Autograd tab as a person uses it: step to 23, change a gradient, find a convolution in ResNet-18, prove, take a fix."""

from __future__ import annotations

import pytest
from live_server import wait_until
from visitor import ENGLISH_FIRST


def open_preset(visit, name: str, **options):
    return visit(f"tab=autograd&preset={name}", **options)


def told(visitor) -> str:
    return visitor.page.locator(".pp-told").inner_text()


def node(visitor, title: str):
    return visitor.page.locator(".pp-graph-node[data-id]").filter(has_text=title)


def go(visitor, name: str) -> None:
    visitor.page.locator(f"[data-go={name}]").click()


def gradient(visitor, name: str, column: int = 2) -> str:
    return visitor.page.locator(f".pp-gradients tr[data-name='{name}'] > *").nth(column).inner_text()


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_step_through_the_polynomial_and_change_a_gradient(visit, language):
    visitor = open_preset(visit, "polynomial", language=language)
    page = visitor.page
    assert visitor.t("autograd.forward_done") in told(visitor)
    for number in range(1, 9):
        go(visitor, "step")
        assert visitor.t("autograd.where_backward", number=number, count=8) in page.locator(".pp-where").inner_text()
    assert "23" in told(visitor)
    assert gradient(visitor, "x") == "23"
    wait_until(lambda: "23" in page.locator(".pp-inspector .pp-grid").last.inner_text(), "the inspector shows 23")
    go(visitor, "back")
    assert "23" not in told(visitor).split("→")[0]

    # What if the gradient that reaches the output were ten times as large?
    page.locator(".pp-graph-node.pp-kind-root").click()
    page.locator(".pp-edit input").fill("10")
    page.locator(".pp-apply-edit").click()
    wait_until(lambda: page.locator(".pp-gradients .pp-edited").count() > 0, "the edit's result")
    assert gradient(visitor, "x", 3) == "230"
    page.locator(".pp-undo-edits").click()
    wait_until(lambda: page.locator(".pp-gradients .pp-edited").count() == 0, "back to what is")
    assert gradient(visitor, "x", 3) == "23"


@pytest.mark.long
def test_open_resnet_a_block_and_find_a_convolution(visit):
    visitor = open_preset(visit, "resnet18")
    page = visitor.page
    assert page.locator(".pp-graph-node").count() < 60, "collapsed by module"
    page.locator("[data-do=fit]").click()
    block = page.locator(".pp-graph-node[data-path='model.layer3']")
    block.click()
    page.locator(".pp-graph-node[data-path='model.layer3.0']").wait_for()
    search = page.locator(".pp-graph-search")
    search.fill("layer4.1.conv2.weight")
    search.press("Enter")
    found = node(visitor, "layer4.1.conv2.weight")
    found.wait_for()
    found.click()
    wait_until(lambda: "(512, 512, 3, 3)" in page.locator(".pp-inspector").inner_text(), "the convolution's weight")
    search.fill("convolution")
    search.press("Enter")
    wait_until(lambda: "20" in page.locator(".pp-graph-count").inner_text(), "all twenty convolutions")


@pytest.mark.long
def test_prove_a_node(visit):
    visitor = open_preset(visit, "neuron")
    page = visitor.page
    node(visitor, "sigmoid").click()
    page.locator(".pp-prove").click()
    page.locator(".pp-proved").wait_for()
    assert visitor.t("autograd.proved") in page.locator(".pp-proved").first.inner_text()
    assert "σ" in page.locator(".pp-mathematics").inner_text() or "y" in page.locator(".pp-mathematics").inner_text()


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_a_second_backward_is_explained_and_its_fix_works(visit, language):
    visitor = open_preset(visit, "twice", language=language)
    page = visitor.page
    error = page.locator(".pp-autograd-error")
    assert "retain_graph=True" in error.inner_text()
    assert page.locator(".pp-graph-node[data-state=error]").count() == 1, "where it failed is marked"
    assert "PowBackward0" in page.locator(".pp-inspector").inner_text()
    page.locator(".pp-fix").click()
    wait_until(lambda: not error.is_visible(), "no error any more")
    assert gradient(visitor, "x", 3) == "8"


def test_run_until_and_play(visit):
    visitor = open_preset(visit, "nan")
    page = visitor.page
    assert page.locator(".pp-blame").is_visible()
    page.locator(".pp-until select").select_option("non_finite")
    page.locator(".pp-run-until").click()
    assert "sqrt" in told(visitor)
    go(visitor, "first")
    go(visitor, "play")
    wait_until(
        lambda: page.locator(".pp-timeline").input_value() == page.locator(".pp-timeline").get_attribute("max"), "the end"
    )


@pytest.mark.long
def test_many_passes_are_played_and_chosen(visit):
    visitor = open_preset(visit, "regression")
    page = visitor.page
    assert page.locator(".pp-pass-charts figure").count() == 2
    slider = page.locator(".pp-pass-bar input")
    slider.focus()
    slider.press("Home")
    wait_until(lambda: visitor.t("autograd.line", line=12) or True, "the first pass")
    first = page.locator(".pp-pass-where").inner_text()
    wait_until(lambda: gradient(visitor, "w") not in ("–", ""), "the gradients of the first pass")
    slider.press("End")
    wait_until(lambda: page.locator(".pp-pass-where").inner_text() != first, "the last pass")


@pytest.mark.long
def test_the_program_stands_in_the_link_and_survives_a_reload(visit):
    visitor = open_preset(visit, "line")
    editor = visitor.page.locator("#autograd-code .cm-content")
    editor.click()
    visitor.page.keyboard.press("Control+a")
    visitor.page.keyboard.insert_text("q = torch.tensor(4.0, requires_grad=True)\nloss = q * q")
    visitor.page.keyboard.press("Control+Enter")
    wait_until(lambda: visitor.page.locator(".pp-gradients tr[data-name='q']").count() == 1, "its gradient")
    assert gradient(visitor, "q", 3) == "8"
    wait_until(
        lambda: "q+*+q" in visitor.address or "q%20*%20q" in visitor.address or "q+%2A+q" in visitor.address, "the link"
    )
    visitor.reload()
    wait_until(lambda: visitor.page.locator(".pp-gradients tr[data-name='q']").count() == 1, "the same after a reload")


@pytest.mark.long
def test_two_visitors_see_their_own_graphs(visit):
    anna, berta = open_preset(visit, "squares"), open_preset(visit, "line")
    anna.page.locator(".pp-graph-node.pp-kind-root").click()
    berta.page.locator(".pp-graph-node.pp-kind-root").click()
    wait_until(lambda: "SumBackward0" in anna.page.locator(".pp-inspector").inner_text(), "hers")
    wait_until(lambda: "AddBackward0" in berta.page.locator(".pp-inspector").inner_text(), "hers")
