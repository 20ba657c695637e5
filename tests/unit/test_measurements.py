"""Measurements: which of them are kept, and what one look says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from playground.errors import NotFoundError
from playground.jobs import EventLog
from playground.jobs.measurements import Measurements, Newest


def test_what_still_goes_is_never_forgotten():
    newest = Newest("lesson.unknown", 2)
    going, ended = (SimpleNamespace(ended=end) for end in (False, True))
    assert newest.add("a", going) == newest.add("b", ended) == newest.add("c", ended) == []
    assert newest.add("d", ended) == ["b"]
    assert newest.find("a") is going
    assert len(newest.all()) == 3
    for unknown in ("b", None, ["a"]):
        with pytest.raises(NotFoundError, match="lesson"):
            newest.find(unknown)


def test_one_look_says_where_it_stands(limits):
    live, looked, stopped = {}, [], []
    jobs = SimpleNamespace(
        submit=lambda job: live.update({job.id: job}),
        find=live.get,
        look=looked.append,
        stop=lambda job_id: stopped.append(job_id) or True,
    )
    measurements = Measurements("bench.unknown", 2, jobs, limits)
    job = SimpleNamespace(id="a", log=EventLog(), state="queued", place=2)
    assert measurements.begin(job) == []
    job.log.append([{"type": "queued", "place": 2}])
    look = measurements.look("a")
    assert (look.state, look.place, look.next) == ("queued", 2, 1)
    job.state = "running"
    job.log.append([{"type": "progress", "done": done} for done in range(3)])
    look = measurements.look("a", 2)
    assert (look.state, look.place, look.next, look.last["done"]) == ("running", 0, 4, 2)
    assert [event["done"] for event in look.events] == [1, 2]
    assert measurements.look("a", True).events[0]["type"] == "queued", "what is no number counts as 0"
    live.clear()
    job.log.append([{"type": "stopped", "reason": "visitor"}])
    assert measurements.look("a", 4).state == "stopped"
    assert looked == ["a"] * 4
    assert measurements.stop("a") and stopped == ["a"]
    with pytest.raises(NotFoundError):
        measurements.stop("b")
