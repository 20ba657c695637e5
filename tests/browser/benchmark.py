"""The page's budgets, measured in a real browser: `python tests/browser/benchmark.py`.

Prints one row per budget and ends with 1 when one falls short. Run it on an idle machine; nothing here is a test.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from install_browser import find_browser  # noqa: E402
from live_server import LiveServer, free_port, http, start_server  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from visitor import FLAGS, Visitor  # noqa: E402

STROKES = 25
EDITS = 9
REPLAY_SECONDS = 5
LONG_RUN = "tab=train&recipe=Custom&model=MLP&epochs=100&batch_size=32"
TRAINING = "tab=train&recipe=Tutorial&epochs=100"

# Frames longer than 50 ms since the last call; `redraws` of the chart; all in the page's own clock.
WATCH = """() => {
  const watched = window.watched = { gaps: [], redraws: 0, begun: performance.now(), host: document.querySelector(".pp-chart") };
  watched.redraws = Number(watched.host?.dataset.redraws || 0);
  let before = performance.now();
  const look = (now) => { watched.gaps.push(now - before); before = now; if (window.watched === watched) requestAnimationFrame(look); };
  requestAnimationFrame((now) => { before = now; requestAnimationFrame(look); });
}"""
READ = """() => {
  const { gaps, redraws, begun, host } = window.watched;
  window.watched = null;
  return { longest: Math.max(...gaps), redraws: (Number(host?.dataset.redraws || 0) - redraws) / (performance.now() - begun) * 1000,
           points: Number(document.querySelector(".pp-monitor")?.closest("[data-points]")?.dataset.points) };
}"""
# A chart of its own with 10,000 points, to which ten times a second come twenty more.
TEN_THOUSAND = """async () => {
  const host = document.createElement("div");
  host.style.width = "900px";
  document.querySelector(".pp-monitor").prepend(host);
  const chart = PP.trainingChart(host, (key) => key);
  let step = 0;
  const add = () => { step += 1; chart.addStep({ step, loss: Math.exp(-step / 3000) + Math.random() / 5, accuracy: Math.random() }); };
  while (step < 10000) add();
  chart.paint();
  await new Promise((done) => setTimeout(done, 500));
  const gaps = [], first = Number(host.dataset.redraws);
  let before = 0, going = true;
  const look = (now) => { if (before) gaps.push(now - before); before = now; if (going) requestAnimationFrame(look); };
  requestAnimationFrame(look);
  const begun = performance.now();
  while (performance.now() - begun < 4000) {
    for (let i = 0; i < 20; i++) add();
    chart.paint();
    await new Promise((done) => setTimeout(done, 100 - (performance.now() - begun) % 100));
  }
  going = false;
  const seconds = (performance.now() - begun) / 1000;
  const result = { longest: Math.max(...gaps), redraws: (Number(host.dataset.redraws) - first) / seconds, points: chart.count() };
  host.remove();
  return result;
}"""
# From the click on Start to the first point of the new run on the curve.
FIRST_POINT = """() => new Promise((done) => {
  const root = document.querySelector(".pp-monitor").closest("[data-points]");
  const begun = performance.now();
  let emptied = false;
  const look = () => {
    const points = Number(root.dataset.points);
    if (points === 0 || root.dataset.state === "running") emptied = true;
    if (emptied && points > 0 && root.dataset.state !== "example") done((performance.now() - begun) / 1000);
    else requestAnimationFrame(look);
  };
  document.querySelector(".pp-start-button").click();
  requestAnimationFrame(look);
})"""
# From the end of each stroke to the last time that the probabilities were drawn anew.
PEN = """() => {
  const root = document.querySelector(".pp-draw").closest("[data-answers]");
  const times = window.penTimes = [];
  let lifted = 0;
  document.addEventListener("pointerdown", () => { lifted = 0; }, { capture: true });
  document.querySelector("canvas.pp-canvas").addEventListener("pointerup", () => { lifted = performance.now(); }, { capture: true });
  new MutationObserver(() => {
    if (!lifted) return;
    const now = performance.now() - lifted;
    if (times.at(-1)?.lifted === lifted) times.at(-1).milliseconds = now;
    else times.push({ lifted, milliseconds: now });
  }).observe(root, { attributes: true, attributeFilter: ["data-answers"] });
}"""


# From the click on one step to the picture after it, many times; and from a chosen preset to its graph.
STEPS = """async () => {
  const times = [], button = document.querySelector("[data-go=step]");
  document.querySelector("[data-go=first]").click();
  for (let step = 0; step < 60; step++) {
    const begun = performance.now();
    button.click();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - begun);
  }
  return times;
}"""
DETAILS = """() => new Promise((done) => {
  const nodes = [...document.querySelectorAll(".pp-graph-node[data-id]")], inspector = document.querySelector(".pp-inspector"), times = [];
  const next = () => {
    const node = nodes[times.length % nodes.length];
    if (times.length === 20) return done(times);
    const begun = performance.now();
    const seen = new MutationObserver(() => {
      if (!inspector.querySelector("section")) return;
      seen.disconnect();
      times.push(performance.now() - begun);
      setTimeout(next, 30);
    });
    seen.observe(inspector, { childList: true });
    node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  };
  next();
})"""
# From the key that ends an edit of a row to that row's new shape on the screen.
EDIT = """(channels) => {
  const field = document.querySelectorAll("tr[data-key]")[1].querySelector("[data-argument=out_channels]");
  window.editTime = null;
  field.addEventListener("keydown", () => {
    const begun = performance.now();
    const look = () => {
      const cell = document.querySelectorAll("tr[data-key]")[1].children[1];
      if (cell.textContent.includes(`, ${channels}, `)) window.editTime = performance.now() - begun;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true });
}"""
GRAPH = """(name) => new Promise((done) => {
  const host = document.querySelector(".pp-graph-nodes"), begun = performance.now();
  const look = () => (document.querySelector("[data-path^='model.layer1']") ? done((performance.now() - begun) / 1000) : requestAnimationFrame(look));
  document.querySelector(`#autograd-preset input[value=${name}]`).click();
  requestAnimationFrame(look);
})"""


@dataclass(frozen=True)
class Row:
    """One budget and what was measured; `at_least`: more is better."""

    what: str
    budget: float
    measured: float
    unit: str
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.measured >= self.budget if self.at_least else self.measured <= self.budget

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{self.what:<62} {sign} {self.budget:>5g} {self.measured:>9.3g} {self.unit:<5} {'holds' if self.holds else 'FALLS SHORT'}"


def main() -> int:
    rows: list[Row] = []

    def add(*new: Row) -> None:
        for row in new:
            print(row, flush=True)
            rows.append(row)

    print(f"{'what':<62} {'budget':>7} {'measured':>9}", flush=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        add(*measure_start(Path(folder)))
        live = start_server(Path(folder) / "warm")
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        try:
            time.sleep(8)  # until what loads in the background is there
            for measure in (
                measure_load,
                measure_first_point,
                measure_replay,
                measure_strokes,
                measure_graphs,
                measure_edits,
            ):
                add(*measure(live, browser))
        finally:
            browser.close()
            live.kill()
    return int(not all(row.holds for row in rows))


def measure_start(folder: Path) -> Iterator[Row]:
    """From the process's start to the first answers; once before, so that the files are in the disk's cache."""
    for name in ("cold", "again"):
        live = LiveServer(folder / name / "home", folder / f"{name}.log", port=free_port())
        begun = time.perf_counter()
        live.start()
        healthy = time.perf_counter() - begun
        assert http(f"{live.url}/")[0] == 200
        page = time.perf_counter() - begun
        live.kill()
    yield Row("python app.py → /healthz", 6, healthy, "s")
    yield Row("python app.py → page", 6, page, "s")


def measure_graphs(live: LiveServer, browser: Browser) -> Iterator[Row]:
    """Steps and questions on ResNet-18, and how long it takes to be drawn, the program's own run included."""
    drawn = []
    for _ in range(3):
        with visiting(live, browser, "tab=autograd&preset=line") as visitor:
            drawn.append(visitor.page.evaluate(GRAPH, "resnet18"))
            visitor.page.wait_for_timeout(1000)
            steps, details = visitor.page.evaluate(STEPS), visitor.page.evaluate(DETAILS)
    yield Row("ResNet-18 as a graph, collapsed, drawn (median of 3)", 1, statistics.median(drawn), "s")
    yield Row("one autograd step, drawn (median)", 100, statistics.median(steps), "ms")
    yield Row("a node in full (median)", 100, statistics.median(details), "ms")


def measure_edits(live: LiveServer, browser: Browser) -> Iterator[Row]:
    """Another number in a row of Models, many times."""
    times = []
    with visiting(live, browser, "tab=models&model=SimpleCNN") as visitor:
        visitor.page.wait_for_selector(".pp-model-seen canvas")
        for edit in range(EDITS):
            channels = 8 + edit
            field = visitor.page.locator("tr[data-key]").nth(1).locator("[data-argument=out_channels]")
            field.fill(str(channels))
            visitor.page.evaluate(EDIT, channels)
            field.press("Enter")
            visitor.page.wait_for_function("() => window.editTime !== null")
            times.append(visitor.page.evaluate("() => window.editTime"))
            visitor.page.wait_for_timeout(1500)  # until the network has been looked into
    yield Row(f"edit to rows, Models (median of {EDITS})", 150, statistics.median(times), "ms")


@contextmanager
def visiting(live: LiveServer, browser: Browser, query: str) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    visitor = Visitor(live, context.new_page())
    visitor.open(query)
    yield visitor
    context.close()
    live.stop_all_runs()
    if visitor.problems:
        print("the browser complained:", *visitor.problems, sep="\n  ", file=sys.stderr)


def measure_load(live: LiveServer, browser: Browser) -> Iterator[Row]:
    """First paint (median of five new browsers) and the JavaScript on the wire, before Results draws its first figure."""
    paints = []
    for _ in range(5):
        with visiting(live, browser, "") as visitor:
            paints.append(visitor.look("performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"))
    yield Row("first paint (median of 5)", 0.6, statistics.median(paints), "s")
    for query, name in (("", "Start"), ("tab=train", "Train")):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        session = context.new_cdp_session(page)
        scripts, sizes = set(), {}
        session.on("Network.responseReceived", lambda event: scripts.add(event["requestId"]) if "script" in event["response"]["mimeType"] else None)  # fmt: skip  # noqa: B023
        session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))  # fmt: skip  # noqa: B023
        session.send("Network.enable")
        page.goto(f"{live.url}/?{query}")
        page.wait_for_timeout(4000)
        yield Row(f"JavaScript on the wire, {name} opened", 700, sum(sizes.get(each, 0) for each in scripts) / 1000, "kB")
        context.close()


def measure_first_point(live: LiveServer, browser: Browser) -> Iterator[Row]:
    """The default recipe, server warm; the median of five presses."""
    seconds = []
    with visiting(live, browser, "tab=train") as visitor:
        for _ in range(6):
            seconds.append(visitor.page.evaluate(FIRST_POINT))
            visitor.press("stop")
            visitor.wait("data().state === 'stopped'")
            time.sleep(1)
    yield Row("Start → first point, warm (median of 5)", 1, statistics.median(seconds[1:]), "s")


def measure_replay(live: LiveServer, browser: Browser) -> Iterator[Row]:
    with visiting(live, browser, LONG_RUN) as visitor:
        visitor.start(points=50)
        visitor.page.evaluate(WATCH)
        time.sleep(REPLAY_SECONDS)
        while_training = visitor.page.evaluate(READ)
        visitor.press("stop")
        visitor.wait("data().state === 'stopped'")
        time.sleep(1)
        large = visitor.page.evaluate(TEN_THOUSAND)
        context = visitor.page.context
        replay = Visitor(live, context.new_page())
        replay.open("tab=train")
        replay.page.evaluate(WATCH)
        time.sleep(1)
        replayed = replay.page.evaluate(READ)
    yield Row(
        f"redraws/s while a run trains ({while_training['points']:,} points)",
        10,
        round(while_training["redraws"], 1),
        "/s",
        True,
    )
    yield Row("longest frame meanwhile", 50, while_training["longest"], "ms")
    yield Row(f"redraws/s, chart alone, {large['points']:,} points", 10, round(large["redraws"], 1), "/s", True)
    yield Row("longest frame meanwhile", 50, large["longest"], "ms")
    yield Row(f"longest frame after a reload with {replayed['points']:,} points", 50, replayed["longest"], "ms")


def measure_strokes(live: LiveServer, browser: Browser) -> Iterator[Row]:
    idle = draw_strokes(live, browser)
    yield Row("end of stroke → probabilities, median", 40, statistics.median(idle), "ms")
    with visiting(live, browser, TRAINING) as trainer:
        trainer.start()
        busy = draw_strokes(live, browser)
    p95 = sorted(busy)[int(0.95 * (len(busy) - 1))]
    yield Row(f"the same while a network trains (median {statistics.median(busy):.0f} ms), p95", 150, p95, "ms")


def draw_strokes(live: LiveServer, browser: Browser) -> list[float]:
    """Milliseconds of each of STROKES recorded strokes, drawn at the speed of a hand."""
    digits = json.loads((ROOT / "tests" / "strokes" / "digits.json").read_text(encoding="utf-8"))
    strokes = [hand["strokes"][0] for hands in digits.values() for hand in hands][:STROKES]
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    visitor = Visitor(live, context.new_page())
    visitor.open("tab=draw")
    visitor.page.evaluate(PEN)
    for stroke in strokes:
        visitor.page.mouse.move(*visitor.place(stroke[0]))
        places = [visitor.place(point) for point in stroke[1:]]
        visitor.page.mouse.down()
        for place in places:
            visitor.page.mouse.move(*place)
            time.sleep(0.008)
        visitor.page.mouse.up()
        time.sleep(0.35)
        visitor.clear()
    times = [entry["milliseconds"] for entry in visitor.page.evaluate("() => window.penTimes")]
    context.close()
    return times


if __name__ == "__main__":
    sys.exit(main())
