"""The Bench tab as a person uses it: a precision is measured and its reason read, a budget of memory is dragged."""

from __future__ import annotations

import gzip
import json
import re

import pytest

# A benchmark on a busy machine; its own time box is shorter.
LONGEST_MS = 200_000


def measure(visitor, kind: str, model: str = "SimpleCNN", batch: int = 16) -> None:
    visitor.open(f"tab=bench&benchmark={kind}&model={model}&batch_size={batch}")
    visitor.wait("document.querySelector('#bench-run')?.offsetParent")
    visitor.wait(f"document.querySelector('#bench-kind input:checked')?.value === '{kind}'")
    visitor.page.locator("#bench-run").click()
    ended(visitor)


def ended(visitor, state: str = "done") -> None:
    visitor.wait("document.querySelector('.pp-bench').dataset.state !== 'done'")
    visitor.page.wait_for_function(f"document.querySelector('.pp-bench').dataset.state === '{state}'", timeout=LONGEST_MS)


def text(visitor, selector: str) -> str:
    return visitor.page.locator(selector).first.inner_text()


def test_precision_on_mnistnet_gives_a_reason(visit):
    visitor = visit("tab=bench")
    measure(visitor, "precision", "MNISTNet", 16)
    assert any(word in text(visitor, ".pp-bench-reason h3") for word in ("fp32", "bf16", "fp16"))
    bars = visitor.page.locator(".pp-bench-bars").first.locator(".pp-bench-bar > b").all_inner_texts()
    assert bars[:2] == ["fp32", "bf16"]
    assert visitor.page.locator(".pp-bench-table").count() >= 2
    visitor.page.locator(".pp-bench-code > summary").click()
    visitor.wait("document.querySelector('.pp-bench-code code').textContent.includes('autocast')")
    # It is there again after a reload, without being measured again.
    reason = text(visitor, ".pp-bench-reason h3")
    visitor.open("tab=bench&benchmark=precision")
    visitor.wait("document.querySelector('.pp-bench').dataset.state === 'done'")
    assert text(visitor, ".pp-bench-reason h3") == reason


@pytest.mark.long
def test_a_budget_is_dragged_and_the_blocks_that_it_takes_are_run(visit):
    visitor = visit("tab=bench")
    measure(visitor, "checkpointing", "SmallResNet")
    points = visitor.page.locator(".pp-bench-point").count()
    assert points >= 3
    visitor.page.locator(".pp-bench-budget").focus()
    visitor.page.keyboard.press("Home")
    ended(visitor)
    visitor.wait("document.querySelector('.pp-bench-point.pp-is-chosen')")
    assert visitor.page.locator(".pp-bench-point").count() == points + 1
    assert "MB" in text(visitor, ".pp-bench-told")


@pytest.mark.parametrize(
    "kind",
    ["memory", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("sweep", "accumulation", "scaler", "devices"))],
)
def test_the_others_show_what_they_found(visit, kind):
    visitor = visit("tab=bench")
    measure(visitor, kind, "MLP", 8)
    assert len(text(visitor, ".pp-bench-reason h3")) > 20
    assert visitor.page.locator(".pp-bench-table tbody tr").count() >= 3
    assert "[object" not in text(visitor, ".pp-bench-parts")
    if kind == "sweep":
        assert visitor.page.locator(".pp-bench-even").count() >= 1 and visitor.page.locator(".pp-bench-verdict").count() >= 1
    if kind == "memory":
        assert visitor.page.locator(".pp-bench-area").count() == 5
    if kind == "scaler":
        visitor.page.locator(".pp-bench-number").fill("0.1")
        visitor.wait("document.querySelector('.pp-bench-bits')")
        assert text(visitor, ".pp-bench-bits") == "00111101110011001100110011001101"


@pytest.mark.long
def test_a_profile_is_looked_into_and_its_trace_taken_along(visit, tmp_path):
    visitor = visit("tab=bench")
    measure(visitor, "profiler", "MNISTNet", 16)
    assert "% of a training step" in text(visitor, ".pp-bench-reason h3")
    boxes, out = visitor.page.locator(".pp-flame-box"), visitor.page.locator(".pp-flame-out")
    assert boxes.count() > 20 and out.is_disabled()
    # Backward in full width, by click; back out by Escape.
    backward = visitor.page.locator(".pp-flame-box.pp-is-phase.pp-of-backward")
    width = backward.bounding_box()["width"]
    backward.click()
    assert backward.bounding_box()["width"] > 1.2 * width and out.is_enabled()
    assert text(visitor, ".pp-flame-said b") == "Backward"
    visitor.page.locator(".pp-flame-boxes").press("Escape")
    assert backward.bounding_box()["width"] == pytest.approx(width, abs=2) and out.is_disabled()
    # By keys alone: down to the longest phase, its longest part, and into it.
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        visitor.page.locator(".pp-flame-boxes").press(key)
    assert visitor.page.locator(".pp-flame-box.pp-is-around").count() == 2 or out.is_enabled()
    heading = visitor.page.locator(".pp-profile-operations th button", has_text="Calls")
    heading.click()
    calls = [int(cell) for cell in visitor.page.locator(".pp-profile-operations tbody td:nth-child(2)").all_inner_texts()]
    assert calls == sorted(calls, reverse=True) and len(set(calls)) > 2
    assert visitor.page.locator(".pp-profile-line.pp-is-makes", has_text="nn.Conv2d(32, 32").count() == 1
    with visitor.page.expect_download() as download:
        visitor.page.locator(".pp-profile-trace a").click()
    assert download.value.suggested_filename == "profile.trace.json.gz"
    download.value.save_as(tmp_path / "trace.json.gz")
    content = json.loads(gzip.decompress((tmp_path / "trace.json.gz").read_bytes()))
    assert {"aten::convolution_backward", "phase backward"} <= {event.get("name") for event in content["traceEvents"]}


def measure_long(visit):
    """A visitor who looks at a benchmark that takes its time."""
    visitor = visit("tab=bench")
    visitor.open("tab=bench&benchmark=precision&model=MNISTNet&batch_size=512")
    visitor.wait("document.querySelector('#bench-run')?.offsetParent")
    visitor.page.locator("#bench-run").click()
    visitor.wait("document.querySelector('.pp-bench').dataset.state === 'running'")
    return visitor


def test_a_stop_and_a_mistake_are_told(visit):
    visitor = measure_long(visit)
    visitor.page.locator(".pp-bench-stop").click()
    visitor.wait("document.querySelector('.pp-bench').dataset.state === 'failed'")
    assert "Stopped" in text(visitor, ".pp-bench-error")
    assert not visitor.page.locator(".pp-bench-json").is_visible()
    visitor.page.locator("#bench-batch input").fill("0")
    visitor.page.locator("#bench-run").click()
    visitor.wait("document.querySelector('.pp-bench-error').textContent.includes('batch size')")


@pytest.mark.long
def test_what_is_measured_outlives_a_mistake_and_a_reload_and_gives_way_to_the_next(visit):
    visitor = measure_long(visit)
    # A mistake is told, and what goes on can still be stopped.
    visitor.page.locator("#bench-batch input").fill("0")
    visitor.page.locator("#bench-run").click()
    visitor.wait("document.querySelector('.pp-bench-error').textContent.includes('batch size')")
    assert visitor.look("document.querySelector('.pp-bench').dataset.state") == "running"
    assert visitor.page.locator(".pp-bench-stop").is_visible()
    visitor.open("tab=bench&benchmark=precision")
    visitor.wait("document.querySelector('.pp-bench').dataset.state === 'running'")
    # A second press measures that at once: nobody waits for what he does not see any more.
    visitor.page.locator("#bench-model input").click()
    visitor.page.locator("[role=option]", has_text="MLP").first.click()
    visitor.page.locator("#bench-batch input").fill("4")
    visitor.page.locator("#bench-run").click()
    visitor.wait("document.querySelector('.pp-bench').dataset.state === 'done'")
    assert text(visitor, ".pp-bench-meta").startswith("MLP · batch of 4 ")


@pytest.mark.long
def test_on_a_phone_all_questions_are_seen_and_the_peak_is_named_inside_the_chart(visit):
    visitor = visit("tab=bench", size="phone")
    measure(visitor, "memory", "MLP", 8)
    ends = visitor.look(
        "[...document.querySelectorAll('#bench-kind label')].map((chip) => chip.getBoundingClientRect().right)"
    )
    assert len(ends) == 9 and max(ends) <= 390
    chart, name = (
        visitor.page.locator(".pp-bench-chart").first,
        visitor.page.locator(".pp-bench-chart > .pp-bench-name").first,
    )
    visitor.wait("document.querySelector('.pp-bench-chart > .pp-bench-name')?.getAttribute('x')")
    frame, words = chart.bounding_box(), name.bounding_box()
    assert frame["x"] <= words["x"] and words["x"] + words["width"] <= frame["x"] + frame["width"] + 1
    # The legend of the timeline has the colours of its areas.
    colours = visitor.look(
        "['optimizer', 'gradients'].map((kind) => [getComputedStyle(document.querySelector(`.pp-bench-legend .pp-of-${kind}`))"
        ".backgroundColor, getComputedStyle(document.querySelector(`.pp-bench-area.pp-of-${kind}`)).fill])"
    )
    assert all(shown == drawn for shown, drawn in colours)


@pytest.mark.long
def test_two_who_start_at_once_wait_for_each_other(visit):
    """The second is told so, and measured by itself as soon as the first one's long benchmark is over."""
    first, second = visit("tab=bench"), visit("tab=bench")
    for visitor, query in ((first, "model=MNISTNet&batch_size=512"), (second, "model=SimpleCNN&batch_size=16")):
        visitor.open(f"tab=bench&benchmark=precision&{query}")
        visitor.wait("document.querySelector('#bench-run')?.offsetParent")
    for visitor in (first, second):
        visitor.page.locator("#bench-run").click()
        visitor.wait("document.querySelector('.pp-bench').dataset.state === 'running'")
    second.wait(f"document.querySelector('.pp-bench-doing').textContent === {second.t('measure.queued', place=1)!r}")
    first.page.locator(".pp-bench-stop").click()
    first.wait("document.querySelector('.pp-bench').dataset.state === 'failed'")
    second.page.wait_for_function("document.querySelector('.pp-bench').dataset.state === 'done'", timeout=LONGEST_MS)
    assert text(second, ".pp-bench-reason h3")


@pytest.mark.long
def test_a_model_of_the_models_tab_is_measured(visit):
    visitor = visit("tab=models&model=Linear")
    visitor.wait("document.querySelector('#models-bench')?.offsetParent")
    visitor.wait("document.querySelector('.pp-model-table tbody tr')")
    visitor.page.locator("#models-bench").click()
    visitor.wait("document.querySelector('#bench-run')?.offsetParent")
    visitor.page.locator("#bench-kind label", has_text="Accumulation").click()
    visitor.page.locator("#bench-run").click()
    ended(visitor)
    assert text(visitor, ".pp-bench-reason h3")


@pytest.mark.long
def test_scale_says_who_holds_what_and_plans(visit):
    """Two processes with their ids, what each holds, and a planner that answers to what is typed."""
    visitor = visit("tab=bench&benchmark=scale&model=MLP&batch_size=32")
    page = visitor.page
    page.locator("#bench-processes").wait_for()
    page.locator("#bench-steps input").fill("3")
    page.locator("#bench-run").click()
    page.locator(".pp-plan-form").wait_for(timeout=180_000)
    pids = set(re.findall(r"[01] \((\d+)\)", page.locator(".pp-bench").inner_text()))
    assert len(pids) == 2
    page.locator(".pp-plan-answer table").wait_for()
    head = page.locator(".pp-plan-head")
    before = head.inner_text()
    page.locator(".pp-plan-parameters").fill("70000")  # 70 billion on two GPUs
    visitor.wait(f"document.querySelector('.pp-plan-head').textContent !== {before!r}")
    assert "FSDP" in head.inner_text()
