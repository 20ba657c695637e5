"""The Tensors tab as a person uses it: type, run, see, hover, take a fix, come back."""

from __future__ import annotations

import pytest
from live_server import wait_until
from visitor import ENGLISH_FIRST

BROKEN = "a = torch.arange(6.0).reshape(2, 3)\nb = torch.ones(2, 3)\nc = a @ b\nprint(c.shape)"
VIEWS = "x = torch.arange(6)\ny = x.view(2, 3)\nz = y.t()\nc = z.contiguous()\nx[0] = 7"


def cell(visitor, step: int, number: int):
    """A cell of a step's result."""
    return visitor.page.locator(".pp-step").nth(step).locator(f".pp-result td[data-cell='{number}']")


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_a_shape_error_is_explained_and_its_fix_works(visit, language):
    visitor = visit("tab=tensors", language=language)
    page = visitor.page
    visitor.write(BROKEN)
    visitor.run()
    box = page.locator(".pp-tensor-error")
    box.wait_for(state="visible")
    assert box.locator(".pp-quote u").inner_text() == "a @ b"
    assert "(2, 3)" in box.locator(".pp-reason").inner_text()
    assert box.locator(".pp-grid").count() == 2, "both operands are drawn"
    fix = page.locator(".pp-fix").first
    assert "(2, 2)" in fix.inner_text()
    fix.click()
    visitor.await_step("a @ b.mT")
    assert box.is_hidden()
    assert visitor.program.endswith("c = a @ b.mT\nprint(c.shape)")
    page.locator("[data-part=printed]").click()
    assert page.locator(".pp-printed").inner_text().strip() == "torch.Size([2, 2])"


@pytest.mark.long
def test_hovering_a_cell_lights_the_cells_that_made_it(visit):
    visitor = visit("tab=tensors&code=" + "a = torch.arange(6.0).reshape(2, 3)%0Ab = torch.ones(3, 2)%0Ac = a @ b")
    visitor.await_step("a @ b")
    cell(visitor, 3, 0).hover()
    lit = visitor.page.locator(".pp-step").nth(3).locator(".pp-lit")
    wait_until(lambda: lit.count() == 6, "a row and a column are lit")
    assert [lit.nth(place).get_attribute("data-cell") for place in range(6)] == ["0", "1", "2", "0", "2", "4"]
    cell(visitor, 3, 3).hover()
    wait_until(lambda: lit.first.get_attribute("data-cell") == "3", "the other row is lit")
    visitor.page.mouse.move(5, 5)
    wait_until(lambda: lit.count() == 0, "nothing is lit any more")


@pytest.mark.long
def test_views_share_a_strip_and_copies_do_not(visit):
    visitor = visit("tab=tensors")
    visitor.write(VIEWS)
    visitor.run()
    visitor.await_step("x[0] = 7")
    visitor.page.locator("[data-part=storage]").click()
    strips = visitor.page.locator(".pp-strip")
    wait_until(lambda: strips.count() == 2, "two pieces of memory")
    first = strips.first.locator("tr").all_text_contents()
    assert first[0] == "#0712345", "the memory as it is at the end"
    assert [row[0] for row in first[1:4]] == ["x", "y", "z"]
    transposed = strips.first.locator("tr").nth(3).locator("td").all_text_contents()
    assert "".join(transposed) == "024135", "the transpose lies in the same memory in another order"
    assert strips.nth(1).locator("tr").nth(1).text_content().startswith("c")


def test_the_program_stands_in_the_link_and_survives_a_reload(visit):
    visitor = visit("tab=tensors")
    visitor.write("long_ago = torch.full((2, 2), 3.5)")
    visitor.run()
    visitor.await_step("torch.full")
    wait_until(lambda: "long_ago" in visitor.address, "the link holds the program")
    visitor.reload()
    visitor.await_step("torch.full")
    assert visitor.program == "long_ago = torch.full((2, 2), 3.5)"
    context = visitor.page.context
    again = visit("tab=start", context=context)
    again.tab("tab.tensors")
    again.await_step("torch.full")


def test_an_operation_of_the_catalogue_is_put_in_and_run(visit):
    visitor = visit("tab=tensors")
    page = visitor.page
    page.locator("#catalogue summary").first.click()
    page.locator(".pp-search").fill("softmax")
    operation = page.locator(".pp-operation button").filter(has_text="torch.softmax")
    operation.first.click()
    visitor.await_step("softmax")
    assert "softmax" in visitor.program
    assert page.locator(".pp-help code").first.inner_text().startswith("torch.softmax(input, dim")
    page.locator("#tensor-reset").click()
    visitor.await_step("column + row")
    assert page.locator("#tensor-undo button").is_hidden(), "nothing of the visitor's own was replaced"


def test_the_catalogue_puts_the_best_match_first_and_counts_in_words(visit):
    visitor = visit("tab=tensors")
    page = visitor.page
    page.locator("#catalogue summary").first.click()
    names = page.locator(".pp-operation code")
    page.locator(".pp-search").fill("mean")
    assert names.first.inner_text() == "torch.mean"
    assert names.nth(1).inner_text() in ("torch.std_mean", "torch.var_mean"), "a word of the name, before its middle"
    page.locator(".pp-search").fill("F.rel")
    assert names.first.inner_text() == "F.relu"
    page.locator(".pp-search").fill("torch.bmm")
    assert page.locator(".pp-found").inner_text() == visitor.t("catalogue.found_one")


@pytest.mark.long
def test_a_program_of_ones_own_comes_back(visit):
    visitor = visit("tab=tensors")
    page, back = visitor.page, visitor.page.locator("#tensor-undo button")
    own = "mine = torch.full((2,), 8.0)"
    visitor.write(own)
    page.locator("#catalogue summary").first.click()
    for operation in ("torch.softmax", "torch.bmm"):
        page.locator(".pp-search").fill(operation)
        page.locator(".pp-operation button").first.click()
        visitor.await_step(operation)
    back.click()
    visitor.await_step("torch.full")
    assert visitor.program == own
    wait_until(lambda: back.is_hidden(), "nothing is left to bring back")
    page.locator("#tensor-example label").first.click()
    visitor.await_step("torch.linspace")
    visitor.reload()
    back.click()
    visitor.await_step("torch.full")


@pytest.mark.long
def test_a_call_is_explained_while_its_arguments_are_written(visit):
    visitor = visit("tab=tensors")
    visitor.write("y = torch.ones(2, 3).sum(dim=(0")
    visitor.page.keyboard.press("ArrowLeft")
    form = visitor.page.locator(".pp-help code").first
    wait_until(lambda: form.inner_text().startswith("Tensor.sum(dim=None, keepdim=False"), "the method's form is shown")


@pytest.mark.long
def test_the_axis_that_clashes_is_marked(visit):
    visitor = visit("tab=tensors")
    page = visitor.page
    visitor.write("x = torch.ones(2, 3)\ny = x + torch.ones(2)")
    visitor.run()
    page.locator(".pp-tensor-error").wait_for(state="visible")
    assert page.locator(".pp-tensor-error .pp-clash").all_inner_texts() == ["3", "2", visitor.t("tensors.clash")]


@pytest.mark.long
def test_operators_are_told_as_they_are_written(visit):
    visitor = visit("tab=tensors")
    names = visitor.page.locator(".pp-op")
    visitor.await_step("column + row")
    assert names.nth(2).inner_text() == "+"
    assert names.nth(2).get_attribute("title").startswith("Tensor.__add__")


def test_a_name_is_completed_and_explained_while_it_is_typed(visit):
    visitor = visit("tab=tensors")
    visitor.write("y = torch.ones(2).sof")
    visitor.page.locator(".pp-completion").filter(has_text="softmax").wait_for()
    visitor.page.keyboard.press("Alt+1")
    visitor.page.keyboard.insert_text("(0)")
    visitor.run()
    visitor.await_step("softmax(0)")
    assert visitor.program == "y = torch.ones(2).softmax(0)"


def test_what_a_stranger_types_stays_text(visit):
    visitor = visit("tab=tensors")
    visitor.write("print('<img src=x onerror=document.title=1>')\nx = torch.ones(1)  # <b>")
    visitor.run()
    visitor.await_step("torch.ones(1)")
    visitor.page.locator("[data-part=printed]").click()
    assert "<img" in visitor.page.locator(".pp-printed").inner_text()
    assert visitor.page.locator(".pp-printed img").count() == 0


@pytest.mark.long
def test_an_endless_loop_ends_and_another_visitor_is_answered_meanwhile(visit):
    first, second = visit("tab=tensors"), visit("tab=tensors")
    first.write("n = 0\nwhile True:\n    n += 1")
    first.run()
    second.write("mine = torch.eye(2)")
    second.run()
    second.await_step("torch.eye(2)")
    first.page.locator(".pp-tensor-error .pp-reason").wait_for(state="visible")
    # By its turns, or on a busy machine by its seconds.
    assert "Line " in first.page.locator(".pp-reason").inner_text()


LOOP = "x = torch.zeros(2)\nfor i in range(100):\n    x = x + i\n    y = x * 2\nz = y - 1"


@pytest.mark.long
def test_a_long_loop_is_shown_turn_by_turn(visit):
    visitor = visit("tab=tensors")
    page = visitor.page
    visitor.write(LOOP)
    visitor.run()
    visitor.await_step("y - 1")
    assert page.locator(".pp-step").count() == 4, "before the loop, one turn of it, after it"
    label, x = page.locator(".pp-turn-label"), page.locator(".pp-step").nth(1).locator(".pp-result td")
    assert label.inner_text() == visitor.t("tensors.turn", turn=1, turns=100)
    page.get_by_role("button", name=visitor.t("tensors.turn_after")).click()
    page.get_by_role("button", name=visitor.t("tensors.turn_after")).press("Enter")
    assert label.inner_text() == visitor.t("tensors.turn", turn=3, turns=100)
    assert x.all_inner_texts() == ["3", "3"]
    page.get_by_role("slider").press("End")
    assert label.inner_text() == visitor.t("tensors.turn", turn=100, turns=100)
    assert x.all_inner_texts() == ["4950", "4950"]
    assert page.get_by_role("button", name=visitor.t("tensors.turn_after")).is_disabled()


@pytest.mark.long
def test_a_loop_that_fails_opens_at_its_last_turn_and_loops_stand_in_loops(visit):
    visitor = visit("tab=tensors")
    page = visitor.page
    visitor.write("for i in range(4):\n    for j in range(5):\n        x = torch.ones(3)[j]")
    visitor.run()
    visitor.page.locator(".pp-tensor-error").wait_for(state="visible")
    labels = page.locator(".pp-turn-label").all_inner_texts()
    assert labels == [visitor.t("tensors.turn", turn=4, turns=4)], "one turn of the outer loop needs no stepper"
    visitor.write("for i in range(4):\n    for j in range(5):\n        x = torch.ones(i + 1) * j\n    y = x + 1")
    visitor.run()
    visitor.page.locator(".pp-tensor-error").wait_for(state="hidden")
    expected = [visitor.t("tensors.turn", turn=1, turns=turns) for turns in (4, 5)]
    wait_until(lambda: page.locator(".pp-turn-label").all_inner_texts() == expected, "both loops have their steppers")
