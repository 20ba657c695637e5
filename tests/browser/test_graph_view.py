"""The graph renderer on a bare page: its layout on random graphs, and what a person does with the view."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from live_server import ROOT, wait_until
from playwright.sync_api import Locator, Page

SCRIPTS = (
    "playground graph_layout graph_order graph_columns graph_groups graph_frames "
    "graph_draw graph_camera graph_tools graph_marks graph_page graph_view"
).split()
WORDS = {
    "nodes": "{count} nodes", "line": "line {line}", "done_of": "{done} of {count} done", "search": "Find a node",
    "search_count": "{place} of {count}", "search_none": "no match", "open_group": "{path}, {count} nodes",
    "close_group": "Close {path}", "hint_wheel": "{key} + wheel zooms",
}  # fmt: skip
ADDRESS = "http://graph.test/"
MARKUP = "<img src=x onerror=window.hacked=1>"


class Bench:
    """A page with one graph view."""

    def __init__(self, page: Page):
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.route("**/*", lambda route: route.abort())
        page.route(ADDRESS, lambda route: route.fulfill(body=BARE, content_type="text/html"))
        page.goto(ADDRESS)
        for name in ("playground", "graph"):
            page.add_style_tag(path=ROOT / "assets" / "css" / f"{name}.css")
        for name in SCRIPTS:
            page.add_script_tag(path=ROOT / "assets" / "js" / f"{name}.js")
        page.evaluate(
            """(words) => {
              window.told = [];
              window.view = PP.graphView(document.querySelector("#host"), {
                words, onSelect: (id) => told.push(id), onOpen: (path, open) => told.push([path, open]) });
              window.mark = (marks) => view.mark({ ...marks, done: new Set(marks.done), changed: new Set(marks.changed),
                ahead: new Set(marks.ahead), freed: new Set(marks.freed),
                values: new Map(marks.values), heat: new Map(marks.heat) });
            }""",
            WORDS,
        )

    def show(self, graph: dict[str, Any]) -> Bench:
        self.page.evaluate("(graph) => view.show(graph)", graph)
        return self

    def call(self, name: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(given) => view.{name}(...given)", list(arguments))

    def mark(self, **marks: Any) -> None:
        self.page.evaluate("(marks) => mark(marks)", marks)

    def layout(self, nodes: list[dict], edges: list) -> dict[str, Any]:
        return self.page.evaluate(
            """(graph) => {
              const began = performance.now(), { nodes, edges, width, height } = PP.layoutGraph(graph);
              return { milliseconds: performance.now() - began, nodes: Object.fromEntries(nodes), edges, width, height };
            }""",
            {"nodes": nodes, "edges": edges},
        )

    def node(self, name: str) -> Locator:
        return self.page.locator(f'.pp-graph-node[data-id="{name}"]')

    def group(self, path: str) -> Locator:
        return self.page.locator(f'.pp-graph-node[data-path="{path}"]')

    def box(self, place: Locator) -> tuple[float, float]:
        """The upper middle of a box on the screen."""
        box = place.locator(".pp-graph-box").bounding_box()
        return box["x"] + box["width"] / 2, box["y"]

    @property
    def camera(self) -> str:
        return self.page.locator(".pp-graph-svg > g").get_attribute("transform")

    @property
    def told(self) -> list[Any]:
        return self.page.evaluate("told")


BARE = "<!doctype html><meta charset=utf-8><body style='margin:20px;min-height:2000px'><div id=host></div></body>"


@pytest.fixture
def bench(browser):
    """Benches of several sizes, each on a page of its own; none may have raised an error."""
    made: list[tuple[Any, Bench]] = []

    def open_bench(width: int = 1280, height: int = 800, touch: bool = False) -> Bench:
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, reduced_motion="reduce", accept_downloads=True
        )
        made.append((context, Bench(context.new_page())))
        return made[-1][1]

    yield open_bench
    for context, _ in made:
        context.close()
    assert not [problem for _, one in made for problem in one.problems]


def make_node(name: str, group: str = "", **more: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "subtitle": "(4,)", "kind": "op", "group": group, "badge": "", "state": "", **more}


def make_edges(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"from": start, "to": end, "label": "(4,)", "kind": ""} for start, end in pairs]


def make_network(blocks: int = 6, layers: int = 4) -> dict[str, Any]:
    """A chain of modules block<i>.layer<j> with three nodes each, as a network's graph has them, and a loss."""
    nodes, pairs, before = [make_node("x", kind="leaf")], [], "x"
    for block in range(blocks):
        for layer in range(layers):
            path = f"model.block{block}.layer{layer}"
            weight, multiply, activate = (f"{part}{block}_{layer}" for part in ("weight", "addmm", "relu"))
            nodes += [make_node(weight, path, kind="leaf"), make_node(multiply, path), make_node(activate, path)]
            pairs += [(weight, multiply), (before, multiply), (multiply, activate)]
            before = activate
    nodes.append(make_node("loss", kind="root"))
    return {"nodes": nodes, "edges": make_edges(*pairs, (before, "loss"))}


def make_chain(length: int, **more: Any) -> dict[str, Any]:
    names = [f"n{place}" for place in range(length)]
    return {
        "nodes": [make_node(name, **more) for name in names],
        "edges": make_edges(*itertools.pairwise(names)),
    }


def random_graph(count: int, seed: int) -> tuple[list[dict], list[list[str]]]:
    choice = random.Random(seed)
    nodes = [
        {"id": f"n{place}", "width": choice.randint(50, 200), "height": choice.choice([30, 46])} for place in range(count)
    ]
    edges = []
    for place in range(1, count):
        if choice.random() < 0.95:
            edges += [[f"n{choice.randrange(max(0, place - 9), place)}", f"n{place}"] for _ in range(choice.randint(1, 3))]
    return nodes, edges


# ---- layout
@pytest.mark.parametrize(
    "count", [5, 60, 200, *(pytest.param(count, marks=pytest.mark.long) for count in (12, 30, 100, 300))]
)
def test_no_two_nodes_overlap_and_every_edge_runs_down(bench, count):
    page = bench()
    for seed in range(2):
        nodes, edges = random_graph(count, seed)
        layout = page.layout(nodes, edges)
        boxes = [(layout["nodes"][node["id"]], node) for node in nodes]
        for place, (one, size) in enumerate(boxes):
            for other, other_size in boxes[:place]:
                apart_x = abs(one["x"] - other["x"]) >= (size["width"] + other_size["width"]) / 2
                apart_y = abs(one["y"] - other["y"]) >= (size["height"] + other_size["height"]) / 2
                assert apart_x or apart_y, f"{size['id']} and {other_size['id']} overlap"
            assert size["width"] / 2 <= one["x"] + 0.01 and one["x"] + size["width"] / 2 <= layout["width"] + 0.01
        for edge, (start, end) in zip(layout["edges"], edges, strict=True):
            heights = [y for _, y in edge["points"]]
            assert all(below > above for above, below in itertools.pairwise(heights)), edge
            assert layout["nodes"][end]["rank"] > layout["nodes"][start]["rank"]
        again = page.layout(nodes, edges)
        del layout["milliseconds"], again["milliseconds"]
        assert again == layout, "the same graph looks the same"


def test_chains_are_straight_and_a_parent_is_in_the_middle(bench):
    page = bench()
    size = {"width": 90, "height": 46}
    chain = page.layout([{"id": str(place), **size} for place in range(40)], [[str(i), str(i + 1)] for i in range(39)])
    assert len({place["x"] for place in chain["nodes"].values()}) == 1
    tree = page.layout([{"id": name, **size} for name in "abcd"], [["a", "d"], ["b", "d"], ["c", "d"]])
    assert tree["nodes"]["d"]["x"] == pytest.approx((tree["nodes"]["a"]["x"] + tree["nodes"]["c"]["x"]) / 2)
    # The trunk of a network stays straight whatever hangs on it.
    names = [name for place in range(5) for name in (f"w{place}", f"a{place}", f"r{place}")]
    edges = [edge for place in range(5) for edge in ([f"w{place}", f"a{place}"], [f"a{place}", f"r{place}"])]
    edges += [[f"r{place}", f"a{place + 1}"] for place in range(4)]
    trunk = page.layout([{"id": name, **size} for name in names], edges)["nodes"]
    assert len({trunk[name]["x"] for name in names if name[0] in "ar" and name != "a0"}) == 1
    assert all(trunk[f"w{place}"]["rank"] == trunk[f"a{place}"]["rank"] - 1 for place in range(5)), "leaves stand close"


def test_cycles_loops_parallel_edges_and_unknown_ends_are_survived(bench):
    nodes = [{"id": name, "width": 60, "height": 40} for name in "abc"]
    layout = bench().layout(nodes, [["a", "b"], ["a", "b"], ["b", "c"], ["c", "a"], ["b", "b"], ["a", "nobody"]])
    one, other = layout["edges"][0]["points"], layout["edges"][1]["points"]
    assert one != other, "parallel edges run side by side"
    assert layout["edges"][3]["points"][0][1] > layout["edges"][3]["points"][-1][1], "what closes a cycle runs up"
    assert layout["edges"][4]["points"] == layout["edges"][5]["points"] == []


def test_a_thousand_nodes_are_laid_out_soon(bench):
    page = bench()
    nodes = [{"id": f"n{place}", "width": 90, "height": 46} for place in range(1000)]
    edges = [[f"n{max(0, place - 1 - place % 3)}", f"n{place}"] for place in range(1, 1000)]
    milliseconds = page.layout(nodes, edges)["milliseconds"]
    print(f"1,000 nodes in {milliseconds:.0f} ms")
    assert milliseconds < 2000


# ---- modules
def test_a_large_graph_is_collapsed_by_module_and_a_small_one_is_not(bench):
    page = bench().show(make_network())
    # `model` holds nearly everything: it is open, so that there is something to see.
    assert page.page.locator(".pp-graph-node").count() == 8
    assert page.group("model.block0").locator("text").all_text_contents()[:2] == ["block0", "12 nodes"]
    page.show(make_network(blocks=2))
    assert page.page.locator(".pp-graph-node").count() == 26
    assert page.page.locator(".pp-graph-head").count() == 1 + 2 + 8


def test_modules_open_and_close_by_click_and_stay_where_they_were(bench):
    page = bench().show(make_network())
    page.call("fit")
    group = page.group("model.block3")
    before = page.box(group)
    group.click()
    assert page.told[-1] == ["model.block3", True]
    frame = page.page.locator(".pp-graph-frame").nth(1).bounding_box()
    assert (frame["x"] + frame["width"] / 2, frame["y"]) == pytest.approx(before, abs=2.5)
    assert page.group("model.block3.layer2").is_visible() and group.count() == 0
    page.page.locator('.pp-graph-head[data-path="model.block3"]').click()
    assert page.box(group) == pytest.approx(before, abs=2.5)
    assert page.told[-1] == ["model.block3", False]


def test_modules_open_and_close_by_keyboard(bench):
    page = bench().show(make_network())
    page.node("x").focus()
    page.page.keyboard.press("ArrowDown")
    assert page.page.evaluate("document.activeElement.dataset.path") == "model.block0"
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.dataset.path") == "model.block0.layer0"
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("ArrowDown")
    name = page.page.evaluate("document.activeElement.dataset.id")
    page.page.keyboard.press("Enter")
    assert page.told[-1] == name == "addmm0_0"
    page.page.keyboard.press("Backspace")
    assert page.page.evaluate("document.activeElement.dataset.path") == "model.block0.layer0"


def test_open_close_all_and_paths(bench):
    page = bench().show(make_network())
    page.call("open", "model.block1.layer2")
    assert page.node("relu1_2").count() == 1
    page.call("close", "model.block1")
    assert page.node("relu1_2").count() == 0
    page.call("expandAll")
    assert page.page.locator(".pp-graph-node").count() == 74
    page.call("collapseAll")
    assert page.page.locator(".pp-graph-node").count() == 3
    assert page.page.evaluate("view.openPaths") == []


def test_needless_levels_are_skipped(bench):
    nodes = [make_node("a", "net.0.conv"), make_node("b", "net.0.conv"), make_node("single", "head")]
    nodes += [make_node("r1", "relu"), make_node("r2", "relu")]
    graph = {"nodes": nodes, "edges": make_edges(("a", "b"), ("b", "r1"), ("r1", "single"), ("single", "r2"))}
    page = bench().show(graph)
    page.call("collapseAll")
    shown = page.page.locator(".pp-graph-node").evaluate_all("(all) => all.map((one) => one.dataset.id ?? one.dataset.path)")
    # One node is no group, and neither is a ReLU that is called twice.
    assert sorted(shown) == ["net.0.conv", "r1", "r2", "single"]
    page.call("open", "net")
    assert page.node("a").count() == 1


def test_many_nodes_of_one_line_are_one_group(bench):
    chain = make_chain(1000, line=5)
    chain["nodes"][0]["line"] = chain["nodes"][999]["line"] = 9
    page = bench().show(chain)
    assert page.page.locator(".pp-graph-node").count() == 3
    page.page.locator(".pp-kind-group").click()
    assert page.page.locator(".pp-graph-node").count() == 1000


# ---- search, marks
def test_search_opens_the_group_and_finds_the_node(bench):
    page = bench().show(make_network())
    field, count = page.page.locator(".pp-graph-search"), page.page.locator(".pp-graph-count")
    page.page.locator(".pp-graph-svg").focus()
    page.page.keyboard.press("/")
    page.page.keyboard.type("RELU4")
    assert count.inner_text() == "0 of 4"
    assert "pp-is-hit" in page.group("model.block4").get_attribute("class")
    field.press("Enter")
    field.press("Enter")
    assert count.inner_text() == "2 of 4"
    found = page.node("relu4_1")
    assert "pp-is-found" in found.get_attribute("class")
    stage, box = page.page.locator(".pp-graph-stage").bounding_box(), page.box(found)
    assert stage["x"] < box[0] < stage["x"] + stage["width"] and stage["y"] < box[1] < stage["y"] + stage["height"]
    field.press("Shift+Enter")
    assert count.inner_text() == "1 of 4"
    field.fill("nothing like this")
    assert count.inner_text() == "no match"
    field.press("Escape")
    assert count.inner_text() == "" and page.page.locator(".pp-is-hit").count() == 0


def test_marks_colour_nodes_edges_and_groups(bench):
    page = bench().show(make_network())
    page.call("open", "model.block5")
    page.call("open", "model.block5.layer3")
    page.mark(
        done=["loss", "relu5_3", "addmm5_3", "relu5_2"], current="weight5_3", selected="loss", changed=["loss"],
        values=[["loss", "grad 1"]], heat=[["relu5_3", 0.5]], ahead=["x"], freed=["relu5_3"],
    )  # fmt: skip
    style = "(node, name) => getComputedStyle(node).getPropertyValue(name)"
    accent = page.page.evaluate("PP.color('--pp-accent')")
    assert accent == "#d9472b"
    assert page.node("loss").locator(".pp-graph-box").evaluate(style, "stroke") == "rgb(217, 71, 43)"
    assert page.node("addmm5_3").get_attribute("class") == "pp-graph-node pp-kind-op pp-is-done"
    assert page.node("weight5_3").get_attribute("aria-current") == "step"
    assert page.node("loss").get_attribute("aria-pressed") == "true"
    assert page.node("loss").locator(".pp-graph-value").text_content() == "grad 1"
    assert "grad 1" in page.node("loss").get_attribute("aria-label")
    assert float(page.node("relu5_3").locator(".pp-graph-heat").evaluate(style, "fill-opacity")) > 0.1
    assert page.node("x").evaluate(style, "opacity") == "0.38"
    assert page.node("relu5_3").locator(".pp-graph-title").evaluate(style, "opacity") == "0.55"
    group = page.group("model.block5.layer2")
    baselines = group.locator("text:not([visibility=hidden])").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('y'))"
    )
    assert len(set(baselines)) == 2, "the count stands below the title"
    assert "1 of 3 done" in group.text_content() and "pp-is-done" not in group.get_attribute("class")
    # loss ← relu ← addmm: two edges, their arrows turned round.
    done = page.page.locator(".pp-graph-edge.pp-is-done")
    assert done.count() == 3
    assert done.first.locator(".pp-graph-forward").evaluate(style, "display") == "none"
    forward = page.page.locator(".pp-graph-edge:not(.pp-is-done) .pp-graph-line").first.evaluate(style, "stroke")
    assert forward not in ("none", "rgb(217, 71, 43)"), "forward and backward differ"
    page.mark(done=[])
    assert page.page.locator(".pp-is-done").count() == 0


def test_the_current_node_is_kept_in_view(bench):
    page = bench().show(make_chain(50))
    page.mark(current="n49", done=[])
    stage, box = page.page.locator(".pp-graph-stage").bounding_box(), page.box(page.node("n49"))
    assert stage["y"] < box[1] < stage["y"] + stage["height"]


def test_marking_a_thousand_nodes_needs_no_layout(bench):
    page = bench().show(make_chain(1000))
    milliseconds = page.page.evaluate(
        """() => {
          const done = new Set(["n999"]), began = performance.now();
          for (let step = 998; step > 988; step--) { done.add(`n${step}`); view.mark({ done, current: `n${step}` }); }
          return (performance.now() - began) / 10;
        }"""
    )
    print(f"a mark on 1,000 nodes: {milliseconds:.1f} ms")
    assert page.page.locator(".pp-graph-node.pp-is-done").count() == 11


# ---- camera
def test_wheel_belongs_to_the_page_until_the_graph_was_clicked(bench):
    page = bench().show(make_network())
    mouse, before = page.page.mouse, page.camera
    mouse.move(1100, 300)
    mouse.wheel(0, 100)
    wait_until(lambda: page.page.evaluate("scrollY") > 0, "the page scrolls")
    assert page.camera == before
    assert "wheel zooms" in page.page.locator(".pp-graph-hint.pp-is-shown").inner_text()
    page.page.evaluate("scrollTo(0, 0)")
    page.page.keyboard.down("Control")
    mouse.wheel(0, -100)
    page.page.keyboard.up("Control")
    wait_until(lambda: page.camera != before, "Ctrl and the wheel zoom")
    zoomed = page.camera
    mouse.down()
    mouse.up()
    mouse.wheel(0, 100)
    wait_until(lambda: page.camera != zoomed, "after a click the wheel zooms")
    assert page.page.evaluate("scrollY") == 0


def test_zoom_holds_what_is_under_the_pointer(bench):
    page = bench().show(make_network())
    x, y = page.box(page.group("model.block1"))
    before = page.camera
    page.page.mouse.move(x, y)
    page.page.keyboard.down("Control")
    page.page.mouse.wheel(0, -60)
    page.page.keyboard.up("Control")
    wait_until(lambda: page.camera != before, "it zooms")
    assert page.box(page.group("model.block1")) == pytest.approx((x, y), abs=2)


def test_drag_keys_buttons_double_click_and_fit(bench):
    page = bench().show(make_network())
    mouse, group = page.page.mouse, page.group("model.block1")
    x, y = page.box(group)
    mouse.move(x, y + 10)
    mouse.down()
    mouse.move(x + 60, y + 50, steps=4)
    mouse.up()
    assert page.box(group) == pytest.approx((x + 60, y + 40), abs=2)
    assert page.told == [], "a drag is no click"
    page.page.locator(".pp-graph-svg").focus()
    page.page.keyboard.press("ArrowLeft")
    assert page.box(group)[0] == pytest.approx(x + 120, abs=2)
    seen = {page.camera}
    for act in (
        lambda: page.page.locator("[data-do=in]").click(),
        lambda: page.page.locator("[data-do=out]").click(),
        lambda: page.page.locator(".pp-graph-svg").dblclick(position={"x": 40, "y": 40}),
        lambda: page.page.keyboard.press("+"),
    ):
        before = page.camera
        act()
        assert page.camera != before
        seen.add(page.camera)
    page.page.keyboard.press("f")
    stage = page.page.locator(".pp-graph-stage").bounding_box()
    whole = page.page.locator(".pp-graph-nodes").bounding_box()
    assert stage["x"] <= whole["x"] and whole["x"] + whole["width"] <= stage["x"] + stage["width"]
    assert stage["y"] <= whole["y"] and whole["y"] + whole["height"] <= stage["y"] + stage["height"]


def test_one_finger_drags_two_fingers_pinch_or_scroll(bench):
    page = bench(390, 844, touch=True).show(make_network())
    session = page.page.context.new_cdp_session(page.page)

    def touch(*frames: list[tuple[float, float]]) -> None:
        for number, points in enumerate(frames):
            given = [{"x": x, "y": y, "id": place} for place, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": "touchMove" if number else "touchStart", "touchPoints": given})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    before = page.camera
    touch([(200, 300)], [(220, 330)], [(240, 360)])
    assert page.camera != before and page.page.evaluate("scrollY") == 0
    scale = page.camera.split("scale")[1]
    touch([(180, 300), (220, 300)], [(160, 300), (240, 300)], [(120, 300), (280, 300)])
    assert page.camera.split("scale")[1] != scale
    before = page.camera
    touch([(180, 400), (220, 400)], [(180, 370), (220, 370)], [(180, 320), (220, 320)])
    assert page.camera == before
    assert page.page.evaluate("scrollY") > 40


def test_a_hidden_view_is_fitted_when_it_is_seen_and_the_same_graph_keeps_the_camera(bench):
    page = bench()
    page.page.evaluate("document.querySelector('#host').style.display = 'none'")
    page.show(make_network())
    page.page.evaluate("document.querySelector('#host').style.display = ''")
    wait_until(lambda: page.page.locator('[data-id="x"]').is_visible(), "it is drawn")
    stage = page.page.locator(".pp-graph-stage").bounding_box()
    wait_until(lambda: stage["x"] < page.box(page.node("x"))[0] < stage["x"] + stage["width"], "it is in view")
    page.page.locator("[data-do=in]").click()
    page.call("open", "model.block0")
    before = page.camera
    changed = make_network()
    changed["nodes"][0]["subtitle"] = "(8, 4)"
    page.show(changed)
    assert page.camera == before
    assert page.group("model.block0.layer0").count() == 1 and "(8, 4)" in page.node("x").text_content()


def test_a_large_picture_has_a_map_that_moves_the_view(bench):
    page = bench().show(make_chain(140))
    small = page.page.locator(".pp-graph-map")
    assert small.is_hidden()
    page.show(make_chain(160))
    assert small.is_visible()
    before, box = page.camera, small.bounding_box()
    page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    assert page.camera != before


# ---- export, safety
def test_exports_hold_the_whole_graph(bench, tmp_path: Path):
    graph = make_network()
    graph["edges"][0]["kind"] = "cut"
    page = bench().show(graph)
    page.call("expandAll")
    page.call("fit")
    root = ElementTree.fromstring(page.call("toSVG"))
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert all(node["title"] in texts for node in graph["nodes"])
    written = ElementTree.tostring(root, encoding="unicode")
    assert "var(" not in written and "color-mix" not in written and "class=" not in written
    dot = page.call("toDOT")
    assert all(f'"{node["id"]}" [label=' in dot for node in graph["nodes"])
    assert dot.count(" -> ") == len(graph["edges"]) and dot.count("subgraph cluster_") == 1 + 6 + 24
    assert "style=dashed" in dot
    page.call("collapseAll")
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("dot", b"digraph")):
        with page.page.expect_download() as download:
            page.page.locator(f"[data-do={kind}]").click()
        assert download.value.suggested_filename == f"graph.{kind}"
        download.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(start)


def test_what_learners_typed_stays_text(bench):
    node = make_node("n", badge=MARKUP, subtitle=MARKUP, title=MARKUP)
    other = make_node("m", group=f"a.{MARKUP}", title='"; }\n')
    third = make_node(MARKUP, group=f"a.{MARKUP}")
    edges = [
        {"from": "n", "to": "m", "label": MARKUP, "kind": "cut"},
        {"from": "m", "to": MARKUP, "label": "", "kind": ""},
    ]
    page = bench().show({"nodes": [node, other, third], "edges": edges})
    page.mark(done=["n"], values=[["n", MARKUP]])
    ElementTree.fromstring(page.call("toSVG"))
    assert r'"\"; }\n\n(4,)"' in page.call("toDOT")
    page.call("collapseAll")
    assert page.page.locator("#host img").count() == 0
    assert page.page.evaluate("window.hacked") is None


def test_destroy_leaves_nothing(bench):
    page = bench().show(make_network())
    page.call("destroy")
    assert page.page.locator("#host > *").count() == 0
    page.page.evaluate("document.body.classList.toggle('dark')")
