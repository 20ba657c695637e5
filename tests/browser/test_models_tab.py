"""The Models tab as a learner uses it: a list that is edited, code that is pasted, a layer that fails and its repair."""

from __future__ import annotations

import re

import pytest
from live_server import wait_until
from visitor import ENGLISH_FIRST

CODE = """import torch
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 14 * 14, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv(x)))
        x = torch.relu(self.fc1(x))
        return self.fc2(x)
"""


def open_models(visit, query: str = "", **options):
    visitor = visit(f"tab=models{query}", **options)
    wait_until(lambda: total(visitor) != "", "the sums")
    return visitor


def total(visitor) -> str:
    """The number of all parameters, as it is shown; "" = none."""
    cell = visitor.page.locator(".pp-model-table tfoot td").nth(1)
    return cell.inner_text() if cell.count() else ""


def code(visitor) -> str:
    return "\n".join(visitor.page.locator("#models-code .cm-line").all_text_contents())


def paste(visitor, text: str) -> None:
    visitor.page.locator("#models-code .cm-content").click()
    visitor.page.keyboard.press("Control+A")
    visitor.page.keyboard.press("Delete")
    visitor.page.keyboard.insert_text(text)


def argument(visitor, row: int, name: str):
    return visitor.page.locator("tr[data-key]").nth(row).locator(f"[data-argument={name}]")


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_a_class_is_pasted_and_repaired_with_a_click(visit, language):
    visitor = open_models(visit, language=language)
    page = visitor.page
    paste(visitor, CODE)
    page.locator(".pp-is-bad").wait_for()
    assert "fc1" in page.locator(".pp-is-bad").inner_text()
    assert "3136" in page.locator(".pp-model-why").inner_text() and total(visitor) == ""
    page.locator(".pp-fix").first.click()
    wait_until(lambda: total(visitor) == "173,930", "the repaired model")
    assert "torch.flatten(x, 1)" in code(visitor) and "nn.Linear(2704, 64)" in code(visitor)
    assert not page.locator(".pp-is-bad").count()


@pytest.mark.long
def test_a_class_is_repaired_trained_and_drawn_for(visit, recorded_digits):
    visitor = open_models(visit)
    page = visitor.page
    paste(visitor, CODE)
    page.locator(".pp-fix").first.click()
    wait_until(lambda: total(visitor) == "173,930", "the repaired model")
    page.locator("#models-draw").click()
    wait_until(
        lambda: visitor.t("draw.not_trained") in page.locator("body").inner_text(), "it says that it must learn first"
    )
    page.locator("#models-train").click()
    wait_until(lambda: visitor.value("model") == visitor.t("preset.own"), "Train has the model")
    assert visitor.value("recipe") == "Custom"
    visitor.fill("epochs", "1")
    visitor.fill("batch_size", "64")
    visitor.more_settings()
    visitor.fill("train_size", "3200")
    visitor.press("start-button")
    visitor.wait("data().state === 'done'")
    assert visitor.points >= 50
    visitor.tab("tab.models")
    page.locator("#models-draw").click()
    page.locator("canvas.pp-canvas").wait_for()
    wait_until(lambda: "Net" in page.locator("#network input").first.input_value(), "Draw has the network")
    visitor.draw(next(hand["strokes"] for hand in recorded_digits["1"]))
    wait_until(lambda: visitor.settled_digit() != "", "it says what it sees")
    visitor.tab("tab.train")
    page.reload()
    visitor.ready("tab=train")
    assert visitor.value("model") == visitor.t("preset.own")


@pytest.mark.long
def test_the_gradients_of_a_model_are_seen(visit):
    visitor = open_models(visit)
    visitor.page.locator("#models-autograd").click()
    wait_until(lambda: visitor.page.locator(".pp-graph-node").count() > 5, "the graph of the model")
    assert "class SimpleCNN" in "\n".join(visitor.page.locator("#autograd-code .cm-line").all_text_contents())
    wait_until(lambda: "cross_entropy" in visitor.address, "the program is in the link")


def test_the_list_is_edited_and_undone(visit):
    visitor = open_models(visit)
    page = visitor.page
    assert total(visitor) == "421,834" and "nn.Linear(3136, 128)" in code(visitor)
    # A kernel that is too large, and back.
    field = argument(visitor, 1, "kernel_size")
    field.fill("31")
    field.press("Enter")
    page.locator(".pp-is-bad").wait_for()
    assert page.locator(".pp-is-stale").count() > 5, "rows behind it keep their last good state"
    page.locator(".pp-fix").filter(has_text="kernel_size=3").click()
    wait_until(lambda: total(visitor) == "421,834", "the repaired list")
    # Sizes follow by themselves.
    field = argument(visitor, 1, "out_channels")
    field.fill("8")
    field.press("Enter")
    wait_until(lambda: total(visitor) not in ("", "421,834"), "fewer parameters")
    wait_until(lambda: "nn.Conv2d(8, 64" in code(visitor), "the code follows")
    page.locator("[data-do=undo]").click()
    wait_until(lambda: total(visitor) == "421,834", "undone")
    page.locator("[data-do=redo]").click()
    wait_until(lambda: "nn.Conv2d(8, 64" in code(visitor), "done again")
    page.locator("[data-do=undo]").click()
    wait_until(lambda: total(visitor) == "421,834", "undone")
    # Add, move by keys, switch off, remove.
    rows = page.locator("tr[data-key]").count()
    page.locator(".pp-model-add select").select_option("Dropout")
    wait_until(lambda: "self.dropout = nn.Dropout(p=0.2)" in code(visitor), "a new layer with a name of its own")
    added = page.locator("tr[data-key]").nth(rows)
    added.focus()
    page.keyboard.press("Alt+ArrowUp")
    wait_until(lambda: code(visitor).find("self.dropout") < code(visitor).find("self.fc_layers"), "moved up")
    page.locator("tr.pp-is-chosen [aria-label^='Switch']").click()
    wait_until(lambda: "self.dropout" not in code(visitor), "switched off")
    page.locator("tr.pp-is-chosen [aria-label^='Remove']").click()
    wait_until(lambda: page.locator("tr[data-key]").count() == rows, "removed")


@pytest.mark.long
def test_a_sequential_that_is_pasted_becomes_a_list(visit):
    visitor = open_models(visit)
    paste(visitor, "nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))")
    wait_until(lambda: total(visitor) == "25,450", "its parameters")
    assert visitor.page.locator("tr[data-key]").count() == 4
    field = argument(visitor, 1, "out_features")
    field.fill("16")
    field.press("Enter")
    wait_until(lambda: total(visitor) == "12,730", "the list is edited")
    assert "nn.Linear(16, 10)" in code(visitor)


@pytest.mark.long
def test_the_model_stands_in_the_link_and_survives_a_reload(visit):
    visitor = open_models(visit)
    visitor.page.locator("#models-preset label").filter(has_text="MLP").click()
    wait_until(lambda: total(visitor) == "270,346", "the preset")
    wait_until(lambda: "model=" in visitor.address, "the link")
    visitor.page.reload()
    wait_until(lambda: total(visitor) == "270,346", "the same after a reload")
    wait_until(lambda: visitor.page.locator("tr[data-key]").count() == 10, "the rows")
    visitor.page.locator("tr[data-key]").nth(3).locator(f"button[aria-label^='{visitor.t('models.off')}']").click()
    wait_until(lambda: visitor.page.locator("tr.pp-is-off").count() == 1, "a layer is off")
    wait_until(lambda: "off" in visitor.address, "it is kept")
    visitor.page.reload()
    wait_until(lambda: visitor.page.locator("tr.pp-is-off").count() == 1, "still off after a reload")
    visitor.page.locator("tr.pp-is-off").locator(f"button[aria-label^='{visitor.t('models.off')}']").click()
    wait_until(lambda: visitor.page.locator("tr.pp-is-off").count() == 0 and "off" not in visitor.address, "on again")
    plain = open_models(visit, context=visitor.page.context)
    assert total(plain) == "270,346", "what was edited last comes back without a link too"


@pytest.mark.long
def test_what_cannot_run_is_told(visit):
    visitor = open_models(visit)
    error = visitor.page.locator(".pp-model-error")
    for text, word in (("import os\nos.system('ls')", "os"), ("model = nn.Linear(", "("), ("x = 1\ny = 2", "nn.Sequential")):
        paste(visitor, text)
        wait_until(lambda word=word: error.is_visible() and word in error.inner_text(), f"a message with {word}")
    paste(visitor, "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))")
    wait_until(lambda: total(visitor) == "7,850", "the next good one works")
    for field, value in ((".pp-model-input", "0"), (".pp-model-batch", "-3"), (".pp-model-input", "a, b")):
        visitor.page.locator(field).fill(value)
        visitor.page.locator(field).press("Enter")
        wait_until(lambda: error.is_visible(), f"{field} {value} is refused")
        visitor.page.locator(field).fill("1, 28, 28" if "input" in field else "32")
        visitor.page.locator(field).press("Enter")
        wait_until(lambda: total(visitor) == "7,850", "and back")


@pytest.mark.long
def test_the_usual_input_is_a_repair(visit):
    visitor = open_models(visit)
    visitor.page.locator(".pp-model-input").fill("3, 32, 32")
    visitor.page.locator(".pp-model-input").press("Enter")
    paste(visitor, "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))")
    visitor.page.locator(".pp-is-bad").wait_for()
    usual = visitor.page.locator(".pp-fix").filter(has_text=visitor.t("models.usual_input"))
    usual.click()
    wait_until(lambda: total(visitor) == "7,850", "it runs on its own input")
    assert visitor.page.locator(".pp-model-input").input_value() == "1, 28, 28"


def test_an_answer_that_comes_late_does_not_write_over_what_is_typed(visit):
    visitor = open_models(visit)
    held = []

    def hold_first_check(route):
        if held or route.request.post_data_json["fn_name"] != "check":
            route.continue_()
        else:
            held.append(route)

    visitor.page.route(re.compile("component_server"), hold_first_check)
    with visitor.page.expect_request(re.compile("component_server")):
        argument(visitor, 1, "out_channels").fill("12")
        argument(visitor, 1, "out_channels").press("Enter")
    paste(visitor, "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))")
    visitor.page.evaluate(
        """() => {
          const editor = document.querySelector("#models-code .cm-content"), look = () => { window.overwritten ||= editor.textContent.includes("Conv2d"); };
          new MutationObserver(look).observe(editor, { childList: true, subtree: true, characterData: true });
        }"""
    )
    held[0].continue_()
    wait_until(lambda: total(visitor) == "7,850", "what was typed is what is shown")
    assert code(visitor) == "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"
    assert not visitor.look("window.overwritten")


@pytest.mark.long
def test_while_repairs_are_looked_for_it_says_so(visit):
    visitor = open_models(visit)
    visitor.page.evaluate(
        """() => {
          window.noticed = "";
          const look = () => { window.noticed ||= document.querySelector(".pp-model-seeking")?.textContent ?? ""; };
          new MutationObserver(look).observe(document.querySelector(".pp-models"), { childList: true, subtree: true });
        }"""
    )
    paste(visitor, CODE)
    visitor.page.locator(".pp-fix").first.wait_for()
    assert visitor.look("window.noticed") == visitor.t("models.seeking")
    assert not visitor.page.locator(".pp-model-seeking").count()


@pytest.mark.long
def test_a_model_that_fails_is_not_trained(visit):
    visitor = open_models(visit)
    paste(visitor, CODE)
    visitor.page.locator(".pp-is-bad").wait_for()
    visitor.page.locator("#models-train").click()
    toast = visitor.page.locator(".toast-body").first
    toast.wait_for()
    assert "fc1" in toast.inner_text() and "3136" in toast.inner_text()
    assert visitor.page.get_by_role("tab", name=visitor.t("tab.models"), exact=True).get_attribute("aria-selected") == "true"
