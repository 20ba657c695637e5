"""A run on two processes, started from the page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from live_server import wait_until

LONG = "tab=train&recipe=Custom&model=Linear&epochs=300&batch_size=32&precision=fp32&processes=2&train_size=6400"


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
def test_two_processes_train_and_stop(visit):
    """The curve comes, both processes are shown and are there, and Stop ends both."""
    visitor = visit(LONG)
    visitor.start()
    visitor.wait("data().points > 20")
    fold = visitor.page.locator(".pp-processes")
    fold.locator("summary").click()
    rows = fold.locator("tbody tr")
    assert rows.count() == 2
    assert visitor.page.locator(".pp-travel-reading").inner_text() == visitor.t("time_travel.none_processes")
    pids = [int(row.get_attribute("data-pid")) for row in rows.all()]
    assert len(set(pids)) == 2 and all(map(alive, pids)) and os.getpid() not in pids
    assert [row.locator("td").nth(4).inner_text() for row in rows.all()] == ["16", "16"]
    assert [row.locator("td").nth(3).inner_text() for row in rows.all()] == ["7,850", "7,850"]
    assert "16" in rows.first.inner_text()
    equal = visitor.t("processes.ranks_equal").split("{step}")[1]
    assert fold.locator(".pp-process-ranks").inner_text().endswith(equal)
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")
    wait_until(lambda: not any(map(alive, pids)), "both processes have ended", 5)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_shards_are_shown_with_their_bytes(visit, language):
    """FSDP: half of the parameters each, what is gathered and scattered, and the memory that is left of it."""
    visitor = visit(f"{LONG}&sharding=fully_shard", language=language)
    visitor.start()
    visitor.wait("data().points > 5")
    fold = visitor.page.locator(".pp-processes")
    fold.locator("summary").click()
    assert [row.locator("td").nth(3).inner_text() for row in fold.locator("tbody tr").all()] == ["3,925", "3,925"]
    assert fold.locator(".pp-processes-help").inner_text() == visitor.t("processes.help_sharded")
    assert fold.locator(".pp-process-ranks").inner_text() == visitor.t("processes.ranks_sharded").format(total="7,850")
    assert visitor.t("processes.fact_exchange") in fold.locator("dl").inner_text()
    sentences = fold.locator(".pp-process-memory").inner_text()
    half = visitor.page.evaluate("PP.bytes(4 * 3925)")
    assert sentences.count(half) >= 4, f"weights and gradients of both processes: {sentences}"
    assert visitor.page.evaluate("PP.bytes(4 * 7850)") in sentences, "the whole copy of process 0"
    traffic = fold.locator(".pp-process-traffic").inner_text()
    assert visitor.page.evaluate("PP.bytes(8 * 7850)") in traffic, f"gathered twice: {traffic}"
    visitor.press("stop")
    visitor.wait("data().state === 'stopped'")


@pytest.mark.long
def test_one_process_has_no_shards(visit):
    visitor = visit("tab=train&recipe=Custom&model=Linear&sharding=fully_shard")
    visitor.page.locator(".pp-start-button").click()
    error = visitor.page.locator(".pp-error")
    error.wait_for()
    assert error.inner_text() == visitor.t("config.sharding_processes").format(sharding="fully_shard")


@pytest.mark.long
def test_more_processes_than_cores_are_refused_in_words(visit):
    visitor = visit("tab=train&recipe=Custom&model=Linear&processes=64")
    visitor.page.locator(".pp-start-button").click()
    error = visitor.page.locator(".pp-error")
    error.wait_for()
    assert error.inner_text().startswith("64 processes were asked for")
