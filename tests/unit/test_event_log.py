"""EventLog: a history that outlives the server and a full disk."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from playground.jobs import EventLog


def step(number: int, **more) -> dict:
    return {"type": "step", "step": number, **more}


@pytest.fixture(params=["memory", "disk"])
def log(request, tmp_path) -> EventLog:
    return EventLog(tmp_path / "metrics.jsonl" if request.param == "disk" else None)


def test_events_come_back_in_order(log):
    assert len(log) == 0
    assert log.read(0, 10) == []
    assert not log.ended
    log.append([step(1), step(2)])
    log.append([])
    log.append([step(3)])
    assert len(log) == 3
    assert log.read(0, 10) == [step(1), step(2), step(3)]
    assert log.read(1, 1) == [step(2)]
    assert log.read(2, 10) == [step(3)]
    assert log.read(3, 10) == log.read(1000, 10) == []
    assert log.last == step(3)


@pytest.mark.parametrize("last", ["done", "stopped", "failed"])
def test_a_last_event_ends_the_history(log, last):
    log.append([step(1), {"type": last}])
    assert log.ended


def test_any_text_survives(log):
    event = step(1, text='中文 \u2028 \x85 \r\n "quoted" \\ 🙂', nested={"a": [None, True, 1.5]})
    log.append([event, event])
    assert log.read(0, 5) == [event, event]


def test_waiting_ends_with_the_next_event(log):
    log.append([step(1)])
    assert log.wait(0, 0)
    assert not log.wait(1, 0.01)
    threading.Timer(0.02, log.append, [[step(2)]]).start()
    assert log.wait(1, 10)


def test_a_history_is_read_again(tmp_path):
    path = tmp_path / "metrics.jsonl"
    log = EventLog(path)
    log.append([step(1), step(2)])
    again = EventLog(path)
    assert again.read(0, 5) == [step(1), step(2)]
    assert again.last == step(2)
    again.append([{"type": "done"}])
    third = EventLog(path)
    assert third.ended
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == third.read(0, 5)


@pytest.mark.parametrize("half", [b"{", b'{"type":"step","step":2', b"\0\0\0", '{"text":"中'.encode()[:-1]])
def test_half_a_line_of_a_killed_server_is_dropped(tmp_path, half):
    path = tmp_path / "metrics.jsonl"
    EventLog(path).append([step(1, text="中文")])
    with path.open("ab") as file:
        file.write(half)
    log = EventLog(path)
    assert log.read(0, 5) == [step(1, text="中文")]
    log.append([step(2)])
    assert EventLog(path).read(0, 5) == [step(1, text="中文"), step(2)]


def test_only_half_a_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"type"')
    log = EventLog(path)
    assert len(log) == 0
    assert log.last == {}
    log.append([step(1)])
    assert EventLog(path).read(0, 5) == [step(1)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_keeps_the_events_in_memory(tmp_path):
    path = tmp_path / "metrics.jsonl"
    log = EventLog(path)
    path.symlink_to("/dev/full")
    log.append([step(1)])
    log.append([step(2), {"type": "failed"}])
    assert "No space left" in log.failure.strerror
    assert log.ended
    assert log.read(0, 5) == [step(1), step(2), {"type": "failed"}]
    assert log.read(1, 1) == [step(2)]


def test_a_disk_that_fills_up_in_the_middle_of_an_event(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "metrics.jsonl"
    log = EventLog(path)
    log.append([step(1), step(2)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
    try:
        log.append([step(3), step(4)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert log.failure is not None
    log.append([step(5)])
    assert [event["step"] for event in log.read(0, 9)] == [1, 2, 3, 4, 5]
    assert [event["step"] for event in log.read(1, 3)] == [2, 3, 4]
    assert [event["step"] for event in EventLog(path).read(0, 9)] == [1, 2], "what is on the disk is whole"


def test_readers_and_writers_at_once(tmp_path):
    log = EventLog(tmp_path / "metrics.jsonl")
    seen: list[list[int]] = []

    def follow() -> None:
        numbers: list[int] = []
        while not numbers or numbers[-1] < 600:
            log.wait(len(numbers), 5)
            numbers += [event["step"] for event in log.read(len(numbers), 50)]
        seen.append(numbers)

    readers = [threading.Thread(target=follow) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 601, 3):
        log.append([step(number), step(number + 1), step(number + 2)])
    for reader in readers:
        reader.join(20)
    assert seen == [list(range(1, 601))] * 3


def test_a_missing_folder_is_a_failure_and_no_crash(tmp_path):
    log = EventLog(tmp_path / "gone" / "metrics.jsonl")
    log.append([step(1)])
    assert log.failure is not None
    assert log.read(0, 5) == [step(1)]
    assert not os.path.exists(tmp_path / "gone")
