"""What a person does on the page, and what the browser complains about meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from live_server import LANGUAGES, PATIENCE_SECONDS, ROOT, LiveServer, wait_until
from playwright.sync_api import Page

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
# What a page does the same in both languages is seen in one of them by the quick tests.
ENGLISH_FIRST = ("en", pytest.param("zh", marks=pytest.mark.long))
SCREENSHOTS = ROOT / "screenshots"
PATIENCE = PATIENCE_SECONDS * 1000
# What Gradio itself says when a page is left while its stream is open.
FAREWELLS = ("AbortError: signal is aborted", "Unexpected error Connection errored out")
# A run of a second; and one that goes on until it is stopped.
SHORT_RUN = "tab=train&recipe=Custom&model=MLP&epochs=0.5&train_size=5000"
LONG_RUN = "tab=train&recipe=Custom&model=MLP&epochs=100&batch_size=32&precision=fp32"
LIVE_STATES = ("starting", "queued", "running", "paused", "stopping")


@dataclass
class Visitor:
    """One open page, and what a person does on it."""

    server: LiveServer
    page: Page
    language: str = "en"
    problems: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("requestfailed", self._on_failed)
        self.page.on("response", self._on_response)

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(FAREWELLS):
            self.problems.append(f"console {message.type}: {message.text[:300]} ({message.location})")

    def _on_failed(self, request: Any) -> None:
        # A stream that is open when the page is left is aborted; that is how streams end.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"request failed: {request.url} {request.failure}")

    def _on_response(self, response: Any) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")

    def t(self, key: str, **values: Any) -> str:
        from playground.words import text

        return text(self.language, key, **values)

    def open(self, query: str = "", language: str | None = None) -> Visitor:
        """Go to an address of the page, and wait until the opening tab is alive."""
        self.language = language or self.language
        self.page.goto(f"{self.server.url}{LANGUAGES[self.language]}{'?' + query if query else ''}")
        return self.ready(query)

    def ready(self, query: str = "") -> Visitor:
        alive = {"train": ".pp-monitor", "draw": ".pp-draw", "tensors": "[data-part=steps][data-count]"}
        alive |= {"autograd": ".pp-inspector section", "models": ".pp-model-table tbody tr"}
        alive |= {"bench": ".pp-bench"}
        tab = re.search(r"tab=(\w+)", query)
        wanted = alive.get(tab.group(1) if tab else "", ".pp-environment")
        for name, section in (("lesson=", ".pp-lesson"), ("section=data", "#data .pp-data-classes button")):
            wanted = section if name in query else wanted
        try:
            self.page.wait_for_selector(wanted)
        except Exception as error:
            SCREENSHOTS.mkdir(exist_ok=True)
            self.page.screenshot(path=SCREENSHOTS / "failure.png")
            tabs = self.look(
                "[...document.querySelectorAll('[role=tab][aria-selected=true]')].map((tab) => tab.textContent)"
            )
            raise AssertionError(f"{wanted} is not to be seen at {self.page.url}; open: {tabs}; {self.problems}") from error
        if wanted == ".pp-monitor":
            self.wait("data().points > 0 || data().state !== 'example'")
            # Until then the controls are not what the address says.
            self.wait(f"!document.querySelector('.pp-start-button').disabled || {list(LIVE_STATES)}.includes(data().state)")
        if tab and tab.group(1) == "draw":
            self.wait("Number(answer().answers) > 0")
        # What the address asks for has arrived in the controls when Gradio's first events are through.
        self.page.wait_for_load_state("load")
        return self

    def reload(self) -> Visitor:
        self.page.reload()
        return self.ready(self.address.partition("?")[2])

    def look(self, expression: str) -> Any:
        """A JavaScript value; `data()` is what the monitor shows, `answer()` what the canvas shows."""
        return self.page.evaluate(f"() => {{ {LOOKS} return ({expression}); }}")

    def wait(self, expression: str) -> None:
        """Wait until a JavaScript condition holds."""
        try:
            self.page.wait_for_function(f"() => {{ {LOOKS} return ({expression}); }}", timeout=PATIENCE)
        except Exception as error:
            state = {name: self.look(f"{{...{name}()}}") for name in ("data", "answer")}
            raise AssertionError(f"waited in vain until {expression}; now {state}; {self.problems}") from error

    @property
    def address(self) -> str:
        """What the address bar says now; Playwright's own `page.url` lags behind until it next hears from the browser."""
        return self.look("location.href")

    # ---- Train
    @property
    def points(self) -> int:
        return int(self.look("data().points || 0"))

    @property
    def state(self) -> str:
        return self.look("data().state")

    @property
    def state_text(self) -> str:
        return self.page.locator(".pp-state").inner_text()

    def press(self, name: str) -> None:
        """A button of the monitor: start-button, pause, stop."""
        self.page.locator(f".pp-monitor .pp-{name}").click()

    def start(self, points: int = 3) -> None:
        """Press Start and wait for the first points of the new run."""
        self.press("start-button")
        self.wait(f"['running', 'done'].includes(data().state) && data().points >= {points}")

    def train(self, query: str = SHORT_RUN) -> None:
        """A whole short run."""
        self.open(query)
        self.press("start-button")
        self.wait("data().state === 'done'")

    def choose(self, control: str, label: str) -> None:
        """An entry of a dropdown, by its words."""
        self.page.locator(f"#control-{control} input, #{control} input").first.click()
        self.page.locator("[role=option]").filter(has_text=label).first.click()

    def choose_recipe(self, recipe: str) -> None:
        self.page.locator(f"#control-recipe label:has(input[value={recipe}])").click()

    def fill(self, control: str, value: object) -> None:
        field = self.page.locator(f"#control-{control} input")
        field.fill(str(value))
        field.press("Tab")

    def value(self, control: str) -> str:
        if control == "recipe":
            return self.page.locator("#control-recipe input:checked").get_attribute("value")
        return self.page.locator(f"#control-{control} input").first.input_value()

    def more_settings(self) -> None:
        self.page.locator(".pp-more > button").click()
        self.page.locator("#control-train_size input").wait_for(state="visible")

    def tab(self, key: str) -> None:
        """Open a tab by its words: tab.draw, train.results …"""
        name = self.t(key)
        tab = self.page.get_by_role("tab", name=name, exact=True)
        tab.or_(self.page.locator(".overflow-menu > button:visible")).first.wait_for()
        if tab.is_visible():
            tab.click()
            return
        # On a phone those that have no room stand behind three dots.
        menu = self.page.locator(".overflow-menu").filter(has=self.page.get_by_text(name, exact=True))
        menu.locator("> button").click()
        menu.locator(".overflow-dropdown").get_by_text(name, exact=True).click()

    # ---- Tensors
    def write(self, program: str) -> None:
        """Replace the editor's text, as by a paste."""
        self.page.locator("#tensor-code .cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(program)

    @property
    def program(self) -> str:
        """The editor's text."""
        lines = self.page.locator("#tensor-code .cm-line").all_text_contents()
        return "\n".join(lines)

    def run(self) -> None:
        """Ctrl-Enter in the editor."""
        self.page.locator("#tensor-code .cm-content").press("Control+Enter")

    def await_step(self, source: str) -> None:
        """Until a step with that text is shown."""
        self.page.locator(".pp-step code").filter(has_text=source).first.wait_for(state="visible")

    # ---- Draw
    def place(self, point: tuple[float, float], canvas: str = "canvas.pp-canvas") -> tuple[float, float]:
        """Where on the page a point of the unit square lies on the canvas."""
        box = self.page.locator(canvas).bounding_box()
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]

    def draw(self, strokes: list[list[tuple[float, float]]], canvas: str = "canvas.pp-canvas") -> None:
        """With the mouse."""
        mouse = self.page.mouse
        for stroke in strokes:
            places = [self.place(point, canvas) for point in thin(stroke)]
            mouse.move(*places[0])
            mouse.down()
            for place in places[1:]:
                mouse.move(*place)
            mouse.up()

    def touch(self, strokes: list[list[tuple[float, float]]], canvas: str = "canvas.pp-canvas") -> None:
        """With a finger."""
        session = self.page.context.new_cdp_session(self.page)
        for stroke in strokes:
            for number, point in enumerate(thin(stroke)):
                x, y = self.place(point, canvas)
                kind = "touchMove" if number else "touchStart"
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()

    def settled_digit(self) -> str:
        """The digit that is shown when no further answer comes."""
        seen: list[Any] = []

        def still() -> bool:
            seen.append(self.look("answer().answers"))
            return len(seen) > 3 and len(set(seen[-3:])) == 1

        wait_until(still, "the answers have settled", pause=0.07)
        return self.look("answer().digit")

    def clear(self) -> None:
        self.page.locator(".pp-clear").click()
        self.wait("document.querySelector('canvas.pp-canvas').dataset.strokes === '0' && !answer().digit")


LOOKS = """
const data = () => document.querySelector('.pp-monitor')?.closest('[data-points]')?.dataset ?? {};
const answer = () => document.querySelector('.pp-draw')?.closest('[data-answers]')?.dataset ?? {};
"""


def thin(stroke: list) -> list:
    """Every second point of a recorded stroke, and its ends: as a browser reports a quick hand."""
    return [point for place, point in enumerate(stroke) if place % 2 == 0 or place == len(stroke) - 1]
