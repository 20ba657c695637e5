"""Every tab in both languages, themes and sizes: nothing sticks out, every button has a name, and a picture of each."""

from __future__ import annotations

import re
import shutil
from urllib.parse import quote

import pytest
from live_server import LANGUAGES, wait_until
from visitor import LONG_RUN, SCREENSHOTS, SHORT_RUN, SIZES

# Elements of ours that reach beyond the window, unless a frame of their own scrolls them.
STICKING_OUT = """() => {
  const scrolls = (node) => {
    for (let up = node.parentElement; up; up = up.parentElement)
      if (up !== document.body && up !== document.documentElement && ["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX)
          && up.getBoundingClientRect().right <= innerWidth + 1) return true;
    return false;
  };
  return [...document.querySelectorAll(".pp-header *, .pp-block *, .pp-start *, .pp-settings *, [role=tab]")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width && box.height && node.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && (box.right > innerWidth + 1 || box.left < -1) && !scrolls(node);
  }).map((node) => `${node.tagName}.${node.className} ${JSON.stringify(node.getBoundingClientRect())} ${node.textContent.slice(0, 40)}`);
}"""
WITHOUT_A_NAME = """() => [...document.querySelectorAll("button, a[href], [role=button], input, select")].filter((node) => {
  if (!node.checkVisibility({ visibilityProperty: true }) || node.type === "hidden") return false;
  const label = node.closest("label")?.textContent ?? "", own = node.labels?.length ? node.labels[0].textContent : "";
  const named = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
  return ![node.textContent, node.getAttribute("aria-label"), node.title, label, own, named].some((text) => text?.trim());
}).map((node) => node.outerHTML.slice(0, 160))"""
TOO_SMALL = """() => [...document.querySelectorAll(".pp-button, .pp-header a, .pp-header button, [role=tab]")].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width && node.checkVisibility({ visibilityProperty: true }) && (box.height < 24 || box.width < 24);
}).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module", autouse=True)
def _fresh_folder():
    """Only pictures of this run of the tests."""
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    SCREENSHOTS.mkdir()


FIRST_SIGHTS = (
    "start",
    *(f"tab={tab}" for tab in ("tensors", "autograd", "models", "train", "draw", "bench")),
    "tab=train&section=data",
)


def look_at(visitor, tab: str, state: str, size: str, themes: tuple[str, ...]) -> None:
    """A picture of what is seen, and nothing of it sticks out, lacks a name or is too small to hit."""
    page, language = visitor.page, visitor.language
    for theme in themes:
        if visitor.look("document.body.classList.contains('dark')") != (theme == "dark"):
            page.locator("[data-theme-toggle]").click()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.screenshot(path=SCREENSHOTS / f"{tab}-{state}-{language}-{theme}-{size}.png", full_page=True)
    where = f"{tab}, {state}, {language}, {size}"
    width, room = visitor.look("[document.scrollingElement.scrollWidth, innerWidth]")
    assert width <= room, f"{where}: {width} px wide in a window of {room}: {page.evaluate(STICKING_OUT)}"
    assert not page.evaluate(STICKING_OUT), where
    assert not page.evaluate(WITHOUT_A_NAME), where
    assert not page.evaluate(TOO_SMALL), where


def test_every_tab_at_first_sight(visit):
    """The other language on the smaller page; all states of all tabs are walked through in `make test-long`."""
    visitor = visit("", language="zh", size="phone")
    for query in FIRST_SIGHTS:
        if query != "start":
            visitor.open(query)
        look_at(visitor, re.sub(r".*=", "", query), "first", "phone", ("dark",))


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_every_tab(visit, recorded_digits, language, size):
    """One visitor walks through all tabs and states; each is looked at and kept as a picture."""
    visitor = visit("", language=language, size=size)
    page = visitor.page
    page.emulate_media(reduced_motion="reduce")

    def look(tab: str, state: str) -> None:
        look_at(visitor, tab, state, size, ("light", "dark"))

    visitor.wait(
        "document.querySelectorAll('.pp-environment td').length > 5 && !document.querySelector('.pp-environment td').textContent.includes('…')"
    )
    look("start", "environment")

    visitor.open("tab=tensors")
    look("tensors", "finished")
    page.locator("#catalogue summary").first.click()
    page.locator(".pp-operation").first.wait_for()
    look("tensors", "catalogue")
    page.locator("[data-part=storage]").click()
    look("tensors", "storage")
    page.locator("[data-part=code]").click()
    look("tensors", "code")
    visitor.open("tab=tensors&code=x+%3D+torch.rand(3,+4)%0Ashare+%3D+x+/+x.sum(dim%3D1)")
    page.locator(".pp-fix").first.wait_for()
    look("tensors", "failed")
    visitor.open("tab=tensors&code=print('hello')")
    page.locator(".pp-printed").wait_for()
    look("tensors", "printed")

    for preset, state in (
        ("mlp", "finished"),
        ("regression", "passes"),
        ("twice", "failed"),
        ("resnet18", "large"),
        ("nan", "nan"),
    ):
        visitor.open(f"tab=autograd&preset={preset}")
        page.locator("[data-go=last]").click()
        page.locator(".pp-inspector section").first.wait_for()
        look("autograd", state)

    visitor.open("tab=models")
    page.locator(".pp-model-table tfoot td").first.wait_for(state="attached")
    look("models", "finished")
    visitor.open(f"tab=models&model={quote('nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(100, 10))')}")
    page.locator(".pp-fix").first.wait_for()
    look("models", "failed")

    visitor.open(SHORT_RUN.replace("epochs=0.5", "epochs=-1"))
    visitor.wait("data().points > 100")
    look("train", "example")
    visitor.press("start-button")
    page.locator(".pp-monitor .pp-error").wait_for(state="visible")
    look("train", "refused")
    visitor.open(LONG_RUN)
    visitor.start(points=20)
    look("train", "running")
    visitor.press("pause")
    visitor.wait("data().state === 'paused'")
    look("train", "paused")
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")
    look("train", "stopped")
    visitor.train()
    look("train", "finished")
    visitor.tab("train.results")
    page.locator("#report [data-part=cell][data-cell] canvas").first.wait_for()
    page.locator("#report .pp-point-seen canvas").wait_for()
    look("train", "results")
    visitor.tab("train.code")
    visitor.wait("document.querySelector('#train-code code').textContent.includes('import torch')")
    look("train", "code")
    visitor.tab("train.weights")
    page.locator(".pp-weights a[download]").first.wait_for()
    look("train", "weights")
    visitor.tab("train.curves")
    visitor.more_settings()
    look("train", "more-settings")

    visitor.open("tab=draw")
    visitor.settled_digit()
    look("draw", "example")
    visitor.draw(recorded_digits["5"][0]["strokes"])
    visitor.settled_digit()
    look("draw", "drawn")
    page.set_input_files(".pp-file", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"none"})
    page.locator(".pp-message").wait_for(state="visible")
    look("draw", "refused")


@pytest.mark.long
def test_start_tab_tells_the_environment_and_opens_chapters(visit):
    """The values are this machine's, and every chapter's link opens the state that it promises."""
    import torch

    visitor = visit("")
    visitor.wait(f"document.querySelector('.pp-environment').textContent.includes('{torch.__version__}')")
    assert visitor.page.locator(".pp-why").inner_text()
    links = visitor.page.locator("a.pp-chapter")
    addresses = [links.nth(number).get_attribute("href") for number in range(links.count())]
    assert len(addresses) >= 4
    for number, address in enumerate(addresses):
        visitor.open("")
        links.nth(number).click()
        visitor.page.wait_for_url(lambda url: "tab=" in url)
        query = address.lstrip("?")
        visitor.ready(query)
        state = dict(part.split("=") for part in query.split("&"))
        if state["tab"] == "train" and not {"lesson", "section"} & set(state):
            wait_until(
                lambda state=state: visitor.value("recipe") == state.get("recipe", "Fast"), f"{query} sets the recipe", 20
            )
        for name in ("epochs", "learning_rate"):
            if name in state:
                wait_until(lambda name=name, state=state: visitor.value(name) == state[name], f"{query} sets {name}", 20)


@pytest.mark.long
def test_theme_by_toggle_link_and_system(visit):
    visitor = visit("tab=train")
    dark = "document.body.classList.contains('dark')"
    paper = "getComputedStyle(document.body).backgroundColor"
    assert not visitor.look(dark)
    light_paper = visitor.look(paper)
    visitor.page.locator("[data-theme-toggle]").click()
    assert visitor.look(dark) and visitor.look(paper) != light_paper
    visitor.reload()
    wait_until(lambda: visitor.look(dark), "the choice is kept", 20)
    visitor.page.locator("a[data-language='/zh/']").click()
    visitor.page.wait_for_url("**/zh/**")
    visitor.ready("tab=train")
    wait_until(lambda: visitor.look(dark), "the other language keeps the choice", 20)
    by_link = visit("tab=draw&__theme=dark")
    wait_until(lambda: by_link.look(dark), "the link chooses the theme", 20)
    by_link.draw([[(0.3, 0.3), (0.6, 0.6)]])
    wait_until(lambda: "strokes=" in by_link.address, "the drawing is in the link", 20)
    assert "__theme=dark" in by_link.address


def test_a_small_page_and_an_old_address(visit):
    """/zh without the slash, and a page whose title and language are the language's own."""
    visitor = visit("")
    visitor.page.goto(f"{visitor.server.url}/zh?tab=train")
    visitor.language = "zh"
    visitor.page.wait_for_selector(".pp-monitor, .pp-environment")
    assert re.search("[\u4e00-\u9fff]", visitor.page.title())
    assert visitor.page.locator("nav a[aria-current]").inner_text() == "中文"


def test_back_goes_a_tab_back(visit):
    visitor = visit()

    def is_open(name: str) -> bool:
        tab = visitor.page.get_by_role("tab", name=visitor.t(f"tab.{name}"), exact=True)
        return tab.get_attribute("aria-selected") == "true"

    for name in ("tensors", "models"):
        visitor.tab(f"tab.{name}")
        wait_until(lambda name=name: f"tab={name}" in visitor.address, f"{name} stands in the address")
    visitor.page.go_back()
    wait_until(lambda: is_open("tensors") and "tab=tensors" in visitor.address, "back in Tensors")
    visitor.page.go_back()
    wait_until(lambda: is_open("start"), "back at the start")
    visitor.page.go_forward()
    wait_until(lambda: is_open("tensors") and "tab=tensors" in visitor.address, "forward again")


@pytest.mark.long
def test_nobody_who_goes_on_at_once_is_thrown_back(visit):
    """The page's first event, which opens the tab of the address, comes after a click on another tab."""
    visitor = visit("tab=start")
    tabs = visitor.look("gradio_config.components.find(({ props }) => props?.elem_id === 'tabs').id")
    (event,) = visitor.look(
        f"gradio_config.dependencies.filter(({{ outputs, targets }}) => outputs.join() === '{tabs}' && targets.some(([, name]) => name === 'load')).map(({{ id }}) => id)"
    )
    held = []

    def hold(route):
        held.append(route) if route.request.post_data_json["fn_index"] == event and not held else route.continue_()

    visitor.page.route("**/queue/join*", hold)
    visitor.page.goto(f"{visitor.server.url}/?tab=start")
    wait_until(lambda: held or visitor.page.wait_for_timeout(50), "the page asks which tab to open")
    visitor.tab("tab.bench")
    visitor.page.locator(".pp-bench").wait_for()
    held[0].continue_()
    visitor.page.wait_for_timeout(2000)  # until its answer has come
    assert visitor.page.locator(".pp-bench").is_visible()
