"""The Train tab as a person uses it."""

from __future__ import annotations

import re
import time

import pytest
from live_server import wait_until
from visitor import ENGLISH_FIRST, LONG_RUN, SHORT_RUN


def looks(visitor, count: int = 4, pause: float = 0.4) -> list[int]:
    """The number of points on the curve, looked at several times."""
    seen = []
    for _ in range(count):
        seen.append(visitor.points)
        time.sleep(pause)
    return seen


def test_a_finished_example_is_there_at_first_sight(visit):
    visitor = visit("tab=train")
    visitor.wait("data().state === 'example' && data().points > 100")
    assert visitor.page.locator(".pp-epochs tbody tr").count() >= 1
    assert visitor.page.locator(".pp-chart canvas").is_visible()
    assert visitor.page.locator(".pp-tile-accuracy b").inner_text().startswith("99.")
    visitor.tab("train.results")
    visitor.page.locator("#report .pp-confusion").wait_for()
    visitor.page.locator("#report .pp-calibration").wait_for()


def test_start_reload_stop_start_again(visit):
    """The curve grows point by point; a reload in the middle loses nothing; stop stops; another run can follow."""
    visitor = visit(LONG_RUN)
    visitor.start()
    assert visitor.state_text == visitor.t("monitor.state_running")
    seen = looks(visitor)
    assert seen == sorted(seen) and len(set(seen)) >= 3, seen
    before = visitor.points
    visitor.reload()
    visitor.wait(f"data().state === 'running' && data().points >= {before}")
    later = looks(visitor)
    assert later[0] >= before and len(set(later)) >= 3, later
    steps = visitor.page.locator(".pp-detail").inner_text()
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")
    assert visitor.state_text == visitor.t("monitor.state_stopped")
    end = visitor.points
    # Without a gap: as many points as the run took steps.
    assert end == int(re.sub(r"\D", "", visitor.page.locator(".pp-detail").inner_text().split(" of ")[0])), steps
    visitor.start()
    assert visitor.points < end or visitor.state == "running"


@pytest.mark.long
def test_nobody_is_too_quick_for_the_address(visit):
    """Start waits until the controls are what the link says: what runs is never what the page was built with."""
    visitor = visit("tab=train")
    outputs = visitor.look("Object.fromEntries(gradio_config.dependencies.map((event) => [event.id, event.outputs.length]))")
    held = []

    def hold(route):
        # The one event that fills all controls; the others open the tab.
        late = outputs[str(route.request.post_data_json["fn_index"])] >= 20
        held.append(route) if late and not held else route.continue_()

    visitor.page.route("**/queue/join*", hold)
    visitor.page.goto(f"{visitor.server.url}/?{SHORT_RUN}")
    visitor.wait("data().points > 100")
    wait_until(lambda: held or visitor.page.wait_for_timeout(50), "the page asks for what its address says")
    button = visitor.page.locator(".pp-monitor .pp-start-button")
    assert button.is_disabled()
    assert visitor.value("recipe") == "Fast"
    for route in held:
        route.continue_()
    button.click()
    visitor.wait("data().state === 'done'")
    assert visitor.points == 20  # half an epoch of 5,000 images, 128 at a time


def test_pause_and_resume(visit):
    visitor = visit(LONG_RUN)
    visitor.start()
    visitor.press("pause")
    visitor.wait("data().state === 'paused'")
    assert visitor.page.locator(".pp-pause").inner_text().strip() == visitor.t("monitor.resume")
    time.sleep(1)
    seen = looks(visitor)
    assert len(set(seen)) == 1, seen
    # The axis of 187,500 steps is as long as what is there, and doubles when the curve comes to its end.
    axis = "Number(document.querySelector('.pp-travel-slider').max)"
    assert seen[-1] < visitor.look(axis) == 500
    visitor.press("pause")
    visitor.wait(f"data().state === 'running' && data().points > {seen[-1]}")
    visitor.wait(f"data().points > 500 && {axis} >= 1000")


@pytest.mark.long
def test_a_finished_run_shows_what_came_of_it(visit):
    """Table, results, script, weights; and after a reload they are still there."""
    visitor = visit(SHORT_RUN)
    visitor.train()
    page = visitor.page
    assert page.locator(".pp-epochs tbody tr").count() >= 1
    assert page.locator(".pp-epochs tbody tr").first.locator("td").count() == 7
    for _ in range(2):
        visitor.tab("train.results")
        page.locator("#report .pp-confusion").wait_for()
        assert re.search(r"\d\d\.\d\d %", page.locator("#headline").inner_text())
        page.locator("#report [data-part=mistakes] canvas").first.wait_for()
        visitor.reload()
        visitor.wait("data().state === 'done'")
    visitor.tab("train.code")
    visitor.wait("document.querySelector('#train-code code').textContent.includes('import torch')")
    script = page.locator("#train-code code").inner_text()
    compile(script, "train.py", "exec")
    assert "5000" in script.replace("_", "") and "0.5" in script
    with page.expect_download() as download:
        page.locator("#train-code .pp-download").click()
    assert download.value.suggested_filename == "train.py"
    assert download.value.path().read_text(encoding="utf-8").strip() == script.replace("\u00a0", " ").strip()
    visitor.tab("train.weights")
    links = page.locator(".pp-weights a[download]")
    links.first.wait_for()
    names = []
    for number in range(links.count()):
        with page.expect_download() as download:
            links.nth(number).click()
        assert download.value.path().stat().st_size > 100_000
        names.append(download.value.suggested_filename)
    assert [name.rpartition(".")[2] for name in names] == ["safetensors", "pth"]


SETTINGS = {
    "epochs": "0.25",
    "batch_size": "64",
    "learning_rate": "0.005",
    "train_size": "4000",
    "validation_size": "100",
    "weight_decay": "0.01",
    "momentum": "0.8",
    "label_smoothing": "0.1",
    "accumulation": "2",
    "clip_norm": "1.5",
    "early_stopping": "2",
    "seed": "7",
    "split_seed": "3",
    "device": "cpu",
}
CHOICES = {"model": "preset.SimpleCNN", "optimizer": "optimizer.SGD", "scheduler": "scheduler.StepLR", "loss": "loss.MSE"}
CHOICES["sharding"] = "sharding.fully_shard"


@pytest.mark.long
def test_every_control_is_in_the_link(visit):
    """A change stands in the address at once; that address opens with every control as it was, in either language."""
    visitor = visit("tab=train")
    visitor.more_settings()
    for name, value in SETTINGS.items():
        visitor.fill(name, value)
    for name, words in CHOICES.items():
        visitor.choose(name, visitor.t(words))
    visitor.page.locator("#control-nesterov input").uncheck()
    assert visitor.value("recipe") == "Custom"
    wait_until(lambda: "nesterov=false" in visitor.address, f"nesterov is in {visitor.address}", 10)
    for name, value in SETTINGS.items():
        wait_until(
            lambda name=name, value=value: f"{name}={value}" in visitor.address, f"{name} is in {visitor.address}", 10
        )
    for name, words in CHOICES.items():
        assert f"{name}={words.split('.')[1]}" in visitor.address
    query = visitor.address.partition("?")[2]
    for language in ("en", "zh"):
        other = visit(query, language=language)
        other.wait("document.querySelector('#control-epochs input').value === '0.25'")
        other.more_settings()
        assert {name: other.value(name) for name in CHOICES} == {name: other.t(words) for name, words in CHOICES.items()}
        assert {name: other.value(name) for name in SETTINGS} == SETTINGS
        assert not other.page.locator("#control-nesterov input").is_checked()


@pytest.mark.long
def test_what_the_settings_do_follows_them(visit):
    visitor = visit("tab=train")
    explained = visitor.page.locator("#explained .pp-explained")
    visitor.page.get_by_role("button", name=visitor.t("settings.explained")).click()
    explained.locator("polyline").wait_for(state="visible")
    assert visitor.t("optimizer_advice.AdamW") in explained.inner_text()
    before = explained.locator("polyline").get_attribute("points")
    visitor.choose("scheduler", visitor.t("scheduler.StepLR"))
    visitor.choose("optimizer", visitor.t("optimizer.LBFGS"))
    wait_until(lambda: visitor.t("optimizer_advice.LBFGS") in explained.inner_text(), "the new optimizer is explained")
    wait_until(lambda: explained.locator("polyline").get_attribute("points") != before, "the new schedule is drawn")
    assert visitor.t("scheduler_advice.StepLR") in explained.inner_text()
    visitor.fill("epochs", "-1")
    wait_until(lambda: explained.locator("polyline").count() == 0, "no curve of a run that cannot be")
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.choose_recipe("Tutorial")
    wait_until(lambda: visitor.t("scheduler_advice.CosineEpochs") in explained.inner_text(), "the recipe is explained")
    wait_until(lambda: explained.locator("polyline").count() == 1, "its curve is drawn")


@pytest.mark.long
def test_what_a_link_sets_is_explained(visit):
    names = {"optimizer": "LBFGS", "scheduler": "WarmupCosine", "loss": "BCEWithLogits"}
    visitor = visit("tab=train&recipe=Custom&" + "&".join(f"{key}={name}" for key, name in names.items()))
    visitor.page.get_by_role("button", name=visitor.t("settings.explained")).click()
    explained = visitor.page.locator("#explained .pp-explained")
    for key, name in names.items():
        advice = visitor.t(f"{key}_advice.{name}")
        wait_until(lambda advice=advice: advice in explained.inner_text(), f"{name} is explained")


@pytest.mark.long
def test_a_run_that_stops_early_says_why(visit):
    visitor = visit(
        "tab=train&recipe=Custom&model=MLP&optimizer=SGD&learning_rate=1&epochs=90&train_size=1000&validation_size=100"
        "&early_stopping=1&precision=fp32"
    )
    visitor.start(points=1)
    visitor.wait("data().state === 'done'")
    beginning = visitor.t("monitor.state_early", patience=1, epoch="#").partition("#")[0]
    assert visitor.state_text.startswith(beginning)
    assert visitor.page.locator(".pp-draw-button").is_visible()


@pytest.mark.long
def test_a_recipe_sets_the_other_controls(visit):
    visitor = visit("tab=train")
    visitor.choose_recipe("Tutorial")
    visitor.wait("document.querySelector('#control-epochs input').value === '15'")
    assert visitor.value("model") == visitor.t("preset.MNISTNet") and visitor.value("optimizer") == "Adam"
    wait_until(lambda: "recipe=Tutorial" in visitor.address, "the recipe is in the address", 10)
    visitor.fill("epochs", "1")
    visitor.wait("document.querySelector('#control-recipe input[value=Custom]').checked")
    visitor.choose_recipe("Fast")
    visitor.wait("document.querySelector('#control-epochs input').value === '1.5'")


@pytest.mark.parametrize(
    "link",
    [
        "epochs=x&model=%3Cscript%3E&recipe=Slow",
        "tab=nowhere",
        *(pytest.param(link, marks=pytest.mark.long) for link in ("epochs=nan", "epochs=inf", "seed=1e400")),
    ],
)
def test_a_link_with_nonsense_opens_the_page(visit, link):
    visitor = visit(f"tab=train&{link}" if "tab=" not in link else link)
    visitor.page.get_by_role("tab", name=visitor.t("tab.train"), exact=True).click()
    visitor.wait("data().points > 100")


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_bad_values_are_answered_in_the_page(visit, language):
    """The message says what was expected; what was shown stays; the next good value runs."""
    visitor = visit(SHORT_RUN, language=language)
    error = visitor.page.locator(".pp-monitor .pp-error")
    points = visitor.points
    for value in ("-1", "1000000000000", "0"):
        visitor.fill("epochs", value)
        visitor.press("start-button")
        visitor.wait(f"document.querySelector('.pp-monitor .pp-error').textContent.includes({value!r}.slice(0, 4))")
        assert error.is_visible() and "epochs" in error.inner_text()
        assert visitor.page.locator(".pp-start-button").is_enabled() and visitor.points == points
    visitor.fill("epochs", "0.5")
    visitor.start(points=1)
    visitor.wait("data().state === 'done'")
    assert not error.is_visible()
    # An emptied field stands for the recipe's value.
    visitor.fill("batch_size", "")
    visitor.press("start-button")
    visitor.wait("data().state !== 'starting'")
    assert visitor.state in ("running", "done", "queued")


def test_two_visitors_share_the_machine_but_not_their_runs(visit):
    """As many as there are slots train; the next one waits with his place shown, and starts when one stops."""
    from playground.devices import usable_cores

    first = [visit(LONG_RUN) for _ in range(max(1, usable_cores() // 2))]
    for visitor in first:
        visitor.start()
    second = visit(SHORT_RUN)
    assert second.state == "example"
    second.press("start-button")
    second.wait("data().state === 'queued'")
    assert second.state_text == second.t("monitor.state_queued", place=1)
    first[0].press("stop")
    second.wait("data().state === 'done'")
    assert first[0].points != second.points
    second.tab("tab.draw")
    second.page.locator("#network input").click()
    own = second.page.locator("[role=option]").filter(
        has_text=second.t("draw.run", model="", when="", accuracy="").split(":")[0]
    )
    wait_until(lambda: own.count() == 1, "the second visitor sees one run, his own", 20)


@pytest.mark.long
def test_the_other_language_finds_the_run_and_the_settings(visit):
    visitor = visit(LONG_RUN)
    visitor.start()
    before = visitor.points
    visitor.page.locator("a[data-language='/zh/']").click()
    visitor.page.wait_for_url(re.compile(r"/zh/\?.*epochs=100"))
    visitor.language = "zh"
    visitor.wait(f"data().state === 'running' && data().points >= {before}")
    assert visitor.state_text == visitor.t("monitor.state_running")
    visitor.wait("document.querySelector('#control-epochs input').value === '100'")
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")


@pytest.mark.long
def test_results_say_that_the_run_has_ended_while_they_are_worked_out(visit):
    visitor = visit("tab=train&recipe=Custom&model=MLP&epochs=2&train_size=10000&batch_size=64&precision=fp32")
    visitor.start()
    visitor.tab("train.results")
    headline = visitor.page.locator("#headline")
    wait_until(lambda: visitor.t("train.no_results") in headline.inner_text(), "a run goes on")
    visitor.page.evaluate(
        """() => {
          const headline = document.querySelector("#headline"), seen = (window.headlines = []);
          new MutationObserver(() => seen.push(headline.innerText.trim())).observe(headline, { childList: true, subtree: true, characterData: true });
        }"""
    )
    wait_until(lambda: "%" in headline.inner_text(), "the results")
    assert any(visitor.t("train.evaluating") in seen for seen in visitor.look("headlines"))


def test_one_step_at_a_time_and_in_slow_motion(visit):
    """The line that runs is lit and says what it made; a single step is one point on the curve."""
    visitor = visit(LONG_RUN)
    visitor.start()
    visitor.press("pause")
    visitor.wait("data().state === 'paused'")
    wait_until(lambda: len(set(looks(visitor, 2))) == 1, "the run rests")
    before = visitor.points
    visitor.page.locator(".pp-one-step").click()
    lit = visitor.page.locator(".pp-five-lines .pp-is-lit")
    visitor.wait("document.querySelector('.pp-five-lines .pp-is-lit')?.dataset.part === '5'")
    told = visitor.page.locator(".pp-five-lines li[data-part] .pp-five-told").all_inner_texts()
    assert len(told) == 5 and all(told)
    assert "(32, 1, 28, 28)" in told[1] and "(32, 10)" in told[1]
    wait_until(lambda: visitor.points == before + 1, "one step more")
    assert visitor.state == "paused" and len(set(looks(visitor, 3))) == 1
    visitor.page.locator(".pp-slow").check()
    visitor.press("pause")
    visitor.wait(f"data().points >= {before + 2}")
    assert visitor.points < before + 20, "it is slow"
    assert lit.count() == 1
    visitor.page.locator(".pp-slow").uncheck()
    visitor.wait(f"data().points >= {before + 50}")
    wait_until(lambda: not lit.count(), "at full speed nothing is lit")
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")


@pytest.mark.long
def test_the_gradients_of_each_layer_are_watched(visit):
    """A table and a heatmap that grow with the run, keep their size, and are there again after a reload."""
    visitor = visit(LONG_RUN)
    fold, page = visitor.page.locator(".pp-insight"), visitor.page
    fold.locator("summary").click()
    visitor.start()
    visitor.wait("document.querySelector('.pp-insight').dataset.measured > 2")
    rows = fold.locator("tbody tr")
    assert rows.locator("th").all_inner_texts()[0].startswith("fc1")
    wait_until(lambda: rows.first.locator("td").nth(0).inner_text() == visitor.t("insight.verdict_ok"), "a verdict")
    assert re.search(r"\d", rows.first.locator("td").nth(1).inner_text())
    assert "256" in rows.nth(2).locator("td").nth(5).inner_text(), "the dead units of a ReLU"
    heights = {fold.bounding_box()["height"]}
    before = int(fold.get_attribute("data-measured"))
    visitor.wait(f"document.querySelector('.pp-insight').dataset.measured > {before + 3}")
    heights.add(fold.bounding_box()["height"])
    assert len(heights) == 1, "nothing moves while it streams"
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")
    seen = int(fold.get_attribute("data-measured"))
    visitor.reload()
    visitor.wait(f"document.querySelector('.pp-insight').dataset.measured === '{seen}'")
    assert fold.get_attribute("open") is not None, "it stays as it was left"
    cells = fold.locator(".pp-heat-cells")
    cells.hover(position={"x": 1, "y": 5})
    wait_until(lambda: "fc1" in fold.locator(".pp-heat-reading").inner_text(), "what the cell says")
    colored = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, 5).data.some((value) => value > 0)"
    assert cells.evaluate(colored)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
