"""Going back in a run, as a person does it: drag, fork, draw, and turn the learning rate."""

from __future__ import annotations

import json
import shutil

import pytest
from live_server import wait_until
from visitor import LONG_RUN

RUN = "tab=train&recipe=Custom&model=Linear&epochs=2&train_size=10000&precision=fp32&batch_size=64"
TRAVEL = "document.querySelector('.pp-travel').dataset"


def note(visitor) -> str:
    return visitor.page.locator(".pp-travel-note").inner_text()


def reading(visitor) -> str:
    return visitor.page.locator(".pp-travel-reading").inner_text()


def finished(visitor) -> str:
    """A run of some seconds that has ended, with its snapshots on the slider; its id."""
    visitor.press("start-button")
    visitor.wait("data().state === 'done'")
    visitor.wait(f"Number({TRAVEL}.snapshots) >= 2")
    # All of them: the last is that of the end.
    visitor.wait("Number(document.querySelector('.pp-travel-slider').value) === 314")
    return str(visitor.look("data().run"))


def drag_back(visitor, place: int) -> int:
    """Drag the slider's thumb from the end to the tick number `place`; the step of that snapshot."""
    ticks = visitor.look(
        "[...document.querySelectorAll('.pp-travel-ticks i')].map((tick) => tick.getBoundingClientRect().left)"
    )
    box = visitor.page.locator(".pp-travel-slider").bounding_box()
    y = box["y"] + box["height"] / 2
    visitor.page.mouse.move(ticks[-1], y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(ticks[place] + 1, y, steps=6)
    visitor.page.mouse.up()
    visitor.wait(f"{TRAVEL}.step !== undefined")
    return int(visitor.look(f"{TRAVEL}.step"))


def test_a_run_is_forked_by_dragging_back(visit, server):
    visitor = visit(RUN)
    parent = finished(visitor)
    end = visitor.look("document.querySelector('.pp-travel-slider').value")
    step = drag_back(visitor, -2)
    assert 0 <= step < int(end)
    assert f"After step {step}" in reading(visitor) and "loss" in reading(visitor)
    assert visitor.page.locator(".pp-marker").is_visible()
    visitor.fill("learning_rate", 0.05)
    visitor.wait("document.querySelector('.pp-travel-note').textContent.includes('→ 0.05')")
    assert "Learning rate 0.001 → 0.05" in note(visitor)
    visitor.page.locator(".pp-fork").click()
    visitor.wait(f"data().run && data().run !== {parent!r} && data().state === 'done'")
    # The second curve, and where the run comes from.
    visitor.wait("document.querySelector('.pp-chart').dataset.others === '1'")
    origin = visitor.page.locator(".pp-travel-origin").inner_text()
    assert f"step {step} of another run" in origin and "Learning rate 0.001 → 0.05" in origin
    assert visitor.points == int(end) - step
    entry = json.loads((server.home / "runs" / visitor.look("data().run") / "config.json").read_text(encoding="utf-8"))
    assert entry["origin"] == {"run_id": parent, "step": step} and entry["config"]["learning_rate"] == 0.05
    # After a reload it is all there again.
    visitor.reload()
    visitor.wait("document.querySelector('.pp-chart').dataset.others === '1'")
    assert visitor.page.locator(".pp-travel-origin").inner_text() == origin
    # The settings of the whole are no longer than the run: nothing is left to train from its end.
    visitor.wait(f"Number({TRAVEL}.snapshots) >= 2 && !document.querySelector('.pp-fork').disabled")
    visitor.page.locator(".pp-fork").click()
    visitor.wait("document.querySelector('.pp-error').textContent.includes('nothing is left to train')")
    assert visitor.state == "done"


@pytest.mark.long
def test_the_marker_on_the_curve_and_the_keys_do_the_same(visit):
    visitor = visit(RUN)
    finished(visitor)
    drag_back(visitor, -2)
    box = visitor.page.locator(".pp-marker").bounding_box()
    chart = visitor.page.locator(".pp-chart .u-over").bounding_box()
    visitor.page.mouse.move(box["x"] + 8, box["y"] + 50)
    visitor.page.mouse.down()
    visitor.page.mouse.move(chart["x"] + 2, box["y"] + 50, steps=6)
    visitor.page.mouse.up()
    visitor.wait(f"{TRAVEL}.step === '0'")
    assert "After step 0" in reading(visitor)
    slider = visitor.page.locator(".pp-travel-slider")
    slider.focus()
    slider.press("ArrowRight")
    second = int(visitor.look(f"{TRAVEL}.step"))
    assert second > 0 and f"After step {second}" in reading(visitor)
    slider.press("End")
    assert visitor.look(f"{TRAVEL}.step") == "314"


@pytest.mark.long
def test_the_learning_rate_is_changed_while_it_trains(visit):
    visitor = visit(LONG_RUN)
    visitor.start()
    rate = visitor.page.locator(".pp-live-rate")
    rate.fill("fast")
    rate.press("Enter")
    visitor.wait("document.querySelector('.pp-travel-note').classList.contains('pp-is-wrong')")
    assert "learning_rate" in note(visitor) and "100" in note(visitor)
    rate.fill("0.0125")
    visitor.page.locator(".pp-set-rate").click()
    visitor.wait("document.querySelector('.pp-chart').dataset.marks === '1'")
    assert "From step" in note(visitor) and "0.0125" in note(visitor)
    visitor.wait("document.querySelector('.pp-tile-rate b').textContent === '0.0125'")
    # While it is paused the next step has it.
    visitor.press("pause")
    visitor.wait("data().state === 'paused'")
    rate.fill("0.5")
    rate.press("Enter")
    visitor.wait("document.querySelector('.pp-travel-note').textContent.includes('The next step uses')")
    visitor.press("one-step")
    visitor.wait("document.querySelector('.pp-tile-rate b').textContent === '0.5'")
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")
    assert rate.is_disabled()
    # What was stopped goes on, with its rates.
    button = visitor.page.locator(".pp-go-on")
    button.wait_for()
    before = visitor.look("data().run")
    button.click()
    visitor.wait(f"data().run !== {before!r} && data().state === 'running' && data().points > 3")
    visitor.wait("document.querySelector('.pp-tile-rate b').textContent === '0.5'")
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")


@pytest.mark.long
def test_digits_are_drawn_for_a_snapshot(visit):
    visitor = visit(RUN)
    finished(visitor)
    drag_back(visitor, 0)
    visitor.page.locator(".pp-draw-snapshot").click()
    visitor.wait("document.querySelector('#network input')?.value.includes('after step 0')")
    visitor.wait("answer().digit !== undefined && Number(answer().answers) > 0")
    visitor.page.wait_for_timeout(500)
    # Nothing has been learned: no digit is likely.
    sure = visitor.page.locator(".pp-draw").inner_text()
    assert "Linear" in visitor.page.locator("#network input").first.input_value(), sure
    # The link holds it.
    assert "%400" in visitor.address or "@0" in visitor.address
    visitor.reload()
    visitor.wait("document.querySelector('#network input')?.value.includes('after step 0')")


@pytest.mark.long
def test_a_snapshot_deleted_below_the_page_is_told(visit, server):
    visitor = visit(RUN)
    run_id = finished(visitor)
    drag_back(visitor, 0)
    shutil.rmtree(server.home / "runs" / run_id / "snapshots")
    visitor.page.locator(".pp-fork").click()
    visitor.wait("document.querySelector('.pp-error').textContent.includes('no snapshots')")
    wait_until(lambda: visitor.state == "done", "what was there stays")
