"""Digits drawn in the Data section: on a pad, by class, kept over a reload, and a data set to train on."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from live_server import wait_until
from PIL import Image

PAD = "#data-own canvas.pp-drawn-canvas"
TRAIN = "tab=train&recipe=Custom&model=MLP&epochs=12&batch_size=4&precision=fp32&learning_rate=0.003"
PIXELS = """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data).filter((_, place) => place % 4 === 0)"""


class Drawer:
    """A visitor before the pad."""

    def __init__(self, visitor, recorded_digits):
        self.visitor, self.page, self.recorded = visitor, visitor.page, recorded_digits
        self.open()

    def open(self) -> None:
        self.visitor.tab("train.data")
        self.page.locator("#data .pp-data-large canvas").wait_for()  # from now on its buttons do something
        self.page.locator("#data [data-section=own]").click()
        self.page.locator(PAD).scroll_into_view_if_needed()

    def draw(self, digit: str, hand: int = 0, finger: bool = False) -> None:
        (self.visitor.touch if finger else self.visitor.draw)(self.recorded[digit][hand % 3]["strokes"], PAD)
        if finger:
            # No finger is elsewhere at once; a tap in the same instant would be part of the gesture before.
            self.page.wait_for_timeout(300)

    def button(self, name: str):
        return self.page.locator(f"#data-own [data-drawn={name}]")

    def chip(self, digit: str):
        return self.page.locator(f"#data-own .pp-drawn-chips [data-digit='{digit}']")

    def thumbs(self, digit: str):
        return self.page.locator(f"#data-own .pp-drawn-rows li[data-label='{digit}'] button")

    @property
    def strokes(self) -> int:
        return int(self.page.locator(PAD).get_attribute("data-strokes"))

    @property
    def counts(self) -> dict[str, int]:
        rows = self.page.locator("#data-own .pp-drawn-rows li[data-label]").all()
        return {row.get_attribute("data-label"): row.locator("button").count() for row in rows}

    @property
    def told(self) -> str:
        return self.page.locator("#data-own .pp-drawn-needed").inner_text()


@pytest.fixture
def drawer(visit, recorded_digits):
    return lambda query="tab=train", **options: Drawer(visit(query, **options), recorded_digits)


@pytest.mark.long
def test_two_classes_are_drawn_used_trained_on_and_read_by_draw(drawer):
    """From the pad to an accuracy; a reload in the middle loses nothing; the images are those that Draw shows."""
    one = drawer(TRAIN)
    visitor, page = one.visitor, one.page
    for hand in range(4):
        one.draw("0", hand)
        page.keyboard.press("0")
        one.draw("1", hand)
        one.chip("1").click()
    assert one.counts == {"0": 4, "1": 4} and one.strokes == 0
    one.draw("0", 1)
    visitor.reload()
    one.open()
    assert one.counts == {"0": 4, "1": 4} and one.strokes == len(one.recorded["0"][1]["strokes"])
    page.keyboard.press("0")
    one.draw("1")
    page.keyboard.press("1")
    assert "0×5, 1×5" in one.told
    one.button("use").click()
    page.locator("#data-own[data-dataset]").wait_for()
    title = visitor.t("own.drawn_title", names="0 1", count=10)
    report = page.locator("#data-own .pp-own-report").inner_text()
    assert visitor.t("own.brought", title=title, train=8, test=2) in report and visitor.t("own.drawn_augment") in report
    visitor.more_settings()
    wait_until(lambda: visitor.value("dataset") == visitor.t("own.choice", name=title), "it is chosen")
    with page.expect_download() as download:
        page.locator("#data-own [data-own=take]").click()
    with np.load(download.value.path()) as stored:
        images = np.concatenate([stored["train_images"], stored["test_images"]]).astype(float)
        labels = np.concatenate([stored["train_labels"], stored["test_labels"]])
    page.locator("#data-own [data-own=use]").click()
    wait_until(lambda: page.locator("#data .pp-data-classes button").count() == 3, "two classes and all")
    grid = page.locator("#data .pp-data-grid button")
    wait_until(lambda: grid.count() == 8, "the images for training")
    assert grid.first.locator("canvas").evaluate(PIXELS) == images[0].astype(int).ravel().tolist()
    visitor.tab("train.curves")
    visitor.press("start-button")
    visitor.wait("data().state === 'done'")
    visitor.tab("train.results")
    wait_until(lambda: re.search(r"[\d.]+ %", page.locator("#headline").inner_text()), "the accuracy")
    # Draw makes of the same movements what the data set has, but for how the two paint the edges of a line.
    visitor.tab("tab.draw")
    for label, digit in enumerate("01"):
        visitor.clear()
        visitor.draw(one.recorded[digit][0]["strokes"])
        visitor.settled_digit()
        url = page.locator(".pp-seen").evaluate("(canvas) => canvas.toDataURL()")
        seen = np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("L"), float)
        away = np.abs(images[labels == label] - seen)
        print(f"{digit}: at best {away.mean((1, 2)).min():.2f} of 255 a pixel, at most {away.max((1, 2)).min():.0f}")
        assert away.mean((1, 2)).min() < 2.5


def test_keys_undo_removal_and_what_is_refused(drawer):
    one = drawer()
    visitor, page = one.visitor, one.page
    assert visitor.t("own.drawn_none") in one.told and not one.button("use").is_enabled()
    # On an empty pad a digit is chosen for the next drawings; Enter adds them.
    one.chip("4").click()
    assert one.chip("4").get_attribute("aria-pressed") == "true" and one.counts == {}
    one.draw("4")
    assert one.strokes == 2 and one.button("add").inner_text() == visitor.t("own.drawn_add", name="4")
    page.keyboard.press("Control+z")
    assert one.strokes == 1
    page.keyboard.press("Escape")
    assert one.strokes == 0 and not one.button("add").is_enabled()
    for _ in range(3):
        one.draw("4")
        page.keyboard.press("Enter")
    one.draw("9")
    one.button("add").click()
    assert one.counts == {"4": 4}
    # The wrong digit: it comes back to the pad, and goes where it belongs.
    one.button("back").click()
    assert one.counts == {"4": 3} and one.strokes > 0
    page.keyboard.press("9")
    assert one.counts == {"4": 3, "9": 1}
    one.button("use").click()
    failure = page.locator("#data-own .pp-drawn-failure")
    failure.wait_for()
    assert failure.inner_text() == visitor.t("own.drawn_few", classes=2, each=2, found="4×3, 9×1")
    assert page.locator("#data-own[data-dataset]").count() == 0
    # Removed by keyboard, the next one has the focus; what is removed can be taken back.
    one.thumbs("4").nth(1).focus()
    page.keyboard.press("Enter")
    assert one.counts == {"4": 2, "9": 1} and not failure.is_visible()
    assert page.evaluate("document.activeElement.closest('[data-label]').dataset.label") == "4"
    page.keyboard.press("Control+z")
    assert one.counts == {"4": 3, "9": 1}
    one.button("clear").click()
    assert "4" in page.locator("#data-own .pp-drawn-question").inner_text()
    one.button("no").click()
    assert one.counts == {"4": 3, "9": 1}
    one.button("clear").click()
    one.button("yes").click()
    assert one.counts == {} and page.locator("#data-own .pp-drawn-nothing").is_visible()
    one.button("back").click()
    assert one.counts == {"4": 3, "9": 1}
    # Elsewhere digits are digits.
    visitor.more_settings()
    visitor.fill("train_size", 999)
    assert one.chip("9").get_attribute("aria-pressed") == "true" and one.counts == {"4": 3, "9": 1}


@pytest.mark.long
def test_by_finger_on_a_phone_in_chinese(drawer):
    one = drawer(language="zh", size="phone", dark=True, touch=True)
    page = one.page
    scrolled = one.visitor.look("scrollY")
    one.draw("2", finger=True)
    assert one.visitor.look("scrollY") == scrolled, "the page scrolled while a finger drew"
    one.chip("2").tap()
    wait_until(lambda: one.counts == {"2": 1}, "the chip was tapped")
    page.locator(PAD).scroll_into_view_if_needed()
    one.draw("5", finger=True)
    one.button("add").tap()
    wait_until(lambda: one.counts == {"2": 2}, "added as the chosen one")
    one.thumbs("2").nth(0).tap()
    wait_until(lambda: one.counts == {"2": 1}, "removed")
    assert one.told.startswith("至少")
    for part in (one.chip("9"), one.button("use"), one.thumbs("2").first):
        box = part.bounding_box()
        assert min(box["width"], box["height"]) >= 44, "a finger hits it"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.long
@pytest.mark.parametrize("kept", ["no JSON", '{"a": 1}', '[["3", 7], ["x", "k1x1e"], null, ["3", "k1x1e<>"]]'])
def test_nonsense_in_the_browser_is_nothing_drawn(drawer, kept):
    one = drawer()
    one.page.evaluate(
        "(text) => { localStorage.setItem('pp-drawn', text); localStorage.setItem('pp-drawn-pad', text); }", kept
    )
    one.visitor.reload()
    one.open()
    assert one.counts == {} and one.strokes == 0
    one.draw("3")
    one.page.keyboard.press("3")
    assert one.counts == {"3": 1}
