"""Training by the API: follow without gaps, stop, queue, restart, kill; by plain HTTP and by gradio_client."""

from __future__ import annotations

import http.client as http_client
import os
import re
import signal
import threading

import numpy as np
import pytest
from live_server import LANGUAGES, start_server, wait_until
from test_endpoints import CONFIG_KEYS, check_keys

# A run of a second, and one that nobody wants to see the end of.
SHORT = {"model": "MLP", "train_size": 1280, "batch_size": 64, "epochs": 1, "precision": "fp32", "threads": 1}
LONG = {**SHORT, "model": "Fast", "epochs": 90}
EVENT_KEYS = {
    "step": "step loss accuracy learning_rate gradient_norm images_per_second",
    "epoch": "step loss accuracy learning_rate gradient_norm images_per_second epoch test_loss test_accuracy best",
    "queued": "place",
    "failed": "error",
}


@pytest.fixture
def begin(server):
    """Start a run; whatever the test leaves running is stopped."""
    started = []

    def start(config: dict, live=server, language: str = "en") -> str:
        answer = live.call("start_training", config, language=language)
        check_keys("start_training", answer)
        assert answer["error"] is None, answer["error"]
        assert re.fullmatch("[0-9a-f]{32}", answer["run_id"]) and set(answer["config"]) >= CONFIG_KEYS
        started.append((live, answer["run_id"]))
        return answer["run_id"]

    yield start
    for live, run_id in started:
        if live.process.poll() is None:
            live.call("stop_training", run_id)
            live.stream("follow_training", run_id, 0)


def follow(server, run_id: str, since: int = 0, language: str = "en") -> list[dict]:
    """All events from `since` on; checks that the pieces follow each other without a gap."""
    events = []
    for piece in server.stream("follow_training", run_id, since, language=language):
        check_keys("follow_training", piece)
        assert piece["error"] is None
        events += piece["events"]
        assert piece["next"] == since + len(events)
    for event in events:
        assert set(EVENT_KEYS.get(event["type"], "").split()) <= set(event), event
    return events


def until_step(server, run_id: str, step: int = 1) -> None:
    """Wait until a run has taken its first steps, by short looks from the page's own side door: the history on disk."""
    metrics = server.home / "runs" / run_id / "metrics.jsonl"
    wait_until(lambda: metrics.exists() and metrics.read_text().count('"step"') > step, f"run {run_id} takes a step")


def test_a_run_from_start_to_done(server, begin):
    run_id = begin(SHORT)
    events = follow(server, run_id)
    assert [event["step"] for event in events if event["type"] == "step"] == list(range(1, 21))
    assert [event["type"] for event in events][-2:] == ["epoch", "done"]
    # Who comes late or again sees the very same, from wherever he was.
    assert follow(server, run_id) == events
    for since in (1, 7, len(events) - 1):
        assert follow(server, run_id, since, "zh") == events[since:]
    late = server.stream("follow_training", run_id, len(events))
    assert late == [{"events": [], "next": len(events), "error": None}]
    evaluation = server.call("evaluate_run", run_id)
    check_keys("evaluate_run", evaluation)
    assert evaluation["error"] is None and evaluation["accuracy"] == pytest.approx(events[-1]["test_accuracy"])
    assert server.call("stop_training", run_id) == {"stopped": False, "error": None}
    prediction = server.call("predict_digit", np.eye(28).tolist(), run_id)
    assert prediction["error"] is None and 0 <= prediction["digit"] <= 9


def test_the_config_may_be_left_out_or_be_text(server, begin):
    answer = server.call("start_training", '{"model": "Fast", "epochs": 0.01}')
    assert answer["error"] is None and answer["config"]["recipe"] == "Fast"
    server.call("stop_training", answer["run_id"])
    run_id = begin({})
    assert server.call("stop_training", run_id)["stopped"] is True
    assert follow(server, run_id)[-1]["type"] == "stopped"


def test_same_seed_same_curve(server, begin):
    curves = [[event["loss"] for event in follow(server, begin(SHORT)) if event["type"] == "step"] for _ in range(2)]
    assert curves[0] == curves[1] and len(curves[0]) == 20
    other = [event["loss"] for event in follow(server, begin({**SHORT, "seed": 1})) if event["type"] == "step"]
    assert other != curves[0]


def test_the_stream_grows_and_ends_after_a_stop(server, begin):
    run_id = begin(LONG)
    until_step(server, run_id, 3)
    result: list[dict] = []
    follower = threading.Thread(target=lambda: result.extend(follow(server, run_id)))
    follower.start()
    answer = server.call("stop_training", run_id, language="zh")
    check_keys("stop_training", answer)
    assert answer == {"stopped": True, "error": None}
    follower.join(60)
    assert not follower.is_alive() and result[-1]["type"] == "stopped"
    assert [event["step"] for event in result if event["type"] == "step"] == list(
        range(1, 1 + sum(event["type"] == "step" for event in result))
    )
    # What was learned until then can be tested and used.
    evaluation = server.call("evaluate_run", run_id)
    assert evaluation["error"] is None and np.sum(evaluation["confusion"]) == 10_000


def test_the_second_waits_in_the_queue(server, begin):
    """As many as there are slots run; the next is told its place, and starts when one ends."""
    from playground.devices import usable_cores

    slots = max(1, usable_cores() // 2)
    running = [begin(LONG) for _ in range(slots)]
    waiting = [begin(SHORT), begin(SHORT)]
    for place, run_id in enumerate(waiting, start=1):
        metrics = server.home / "runs" / run_id / "metrics.jsonl"
        wait_until(lambda metrics=metrics: metrics.exists() and "queued" in metrics.read_text(), "the place is told")
        assert f'"place": {place}' in metrics.read_text() or f'"place":{place}' in metrics.read_text()
    assert server.call("evaluate_run", waiting[1])["error"]["kind"] == "input"  # no weights yet
    for run_id in running:
        server.call("stop_training", run_id)
    for run_id in waiting:
        events = follow(server, run_id)
        assert events[0]["type"] == "queued" and events[-1]["type"] == "done"
    assert [event["place"] for event in events if event["type"] == "queued"] == [2, 1]


def test_too_many_waiting_runs_are_refused(server, begin):
    runs, answer = [], {"error": None}
    while answer["error"] is None and len(runs) < 60:
        answer = server.call("start_training", LONG, language="zh")
        check_keys("start_training", answer)
        runs.append(answer["run_id"])
    assert answer["error"]["kind"] == "busy" and answer["run_id"] is None
    for run_id in runs[:-1]:
        assert server.call("stop_training", run_id)["stopped"]
    assert all(follow(server, run_id)[-1]["type"] == "stopped" for run_id in runs[:-1])


def test_a_diverging_run_stays_json(server, begin):
    """Losses beyond all numbers arrive as words, not as tokens that JSON does not know."""
    wish = {**SHORT, "optimizer": "SGD", "learning_rate": 100, "epochs": 2}
    events = follow(server, begin(wish))
    assert events[-1]["type"] in ("done", "failed", "stopped")
    losses = [event["loss"] for event in events if event["type"] == "step"]
    assert any(isinstance(loss, str) or loss > 10 for loss in losses)


@pytest.mark.long
def test_gradio_client_in_both_languages(server, begin):
    from gradio_client import Client

    for path in LANGUAGES.values():
        client = Client(server.url + path, verbose=False)
        run_id = client.predict(config=SHORT, api_name="/start_training")["run_id"]
        job = client.submit(run_id=run_id, api_name="/follow_training")
        job.result(timeout=60)
        events = [event for piece in job.outputs() for event in piece["events"]]
        assert events[-1]["type"] == "done"
        assert client.predict(run_id=run_id, api_name="/evaluate_run")["accuracy"] > 0.3
        answer = client.predict(pixels=np.eye(28).tolist(), api_name="/predict_digit")
        check_keys("predict_digit", answer)
        assert client.predict(api_name="/environment")["error"] is None


def test_a_child_that_is_killed_fails_with_its_reason(server, begin):
    before = set(server.processes())
    run_id = begin(LONG)
    until_step(server, run_id)
    children = set(server.processes()) - before
    assert children, "the run has a process of its own"
    os.kill(max(children), signal.SIGKILL)
    english, chinese = (follow(server, run_id, language=language)[-1] for language in LANGUAGES)
    assert english["type"] == chinese["type"] == "failed"
    assert english["error"]["kind"] == chinese["error"]["kind"] == "runtime"
    assert "SIGKILL" in english["error"]["message"] and english["error"]["message"] != chinese["error"]["message"]
    assert follow(server, begin(SHORT))[-1]["type"] == "done"


@pytest.mark.long
def test_a_server_that_ends_or_is_killed_and_starts_again(own_server, begin):
    """Ended runs are as they were; one that was going says why it is not any more; no process is left behind."""
    done = begin(SHORT, own_server)
    history = follow(own_server, done)
    killed = begin(LONG, own_server)
    until_step(own_server, killed)
    own_server.kill()
    own_server.start()
    assert follow(own_server, done) == history
    assert own_server.call("evaluate_run", done)["error"] is None
    end = follow(own_server, killed)[-1]
    assert end["type"] == "failed" and end["error"]["kind"] == "runtime"
    assert own_server.call("stop_training", killed) == {"stopped": False, "error": None}

    # SIGTERM with a run going, one waiting and a follower listening.
    going = begin(LONG, own_server)
    begin(SHORT, own_server)
    until_step(own_server, going)
    listener = threading.Thread(target=lambda: _listen(own_server, going), daemon=True)
    listener.start()
    assert len(own_server.processes()) >= 3  # server, fork server, child
    own_server.stop(15)
    assert own_server.processes() == []
    own_server.check_log()
    own_server.start()
    assert follow(own_server, going)[-1] == {"type": "stopped", "reason": "shutdown"}


def _listen(live, run_id: str) -> None:
    try:
        live.stream("follow_training", run_id, 0)
    except (OSError, AssertionError, http_client.HTTPException):
        return  # the server went away, as it was told to


@pytest.mark.long
def test_public_mode_has_smaller_caps(tmp_path):
    live = start_server(tmp_path / "own", PLAYGROUND_MODE="public", PLAYGROUND_JOBS_PER_VISITOR="1")
    try:
        refusal = live.call("start_training", {"epochs": 101})
        assert refusal["error"]["kind"] == "input" and "100" in refusal["error"]["message"]
        first = live.call("start_training", LONG)
        assert live.call("start_training", LONG)["error"]["kind"] == "busy"
        assert live.call("stop_training", first["run_id"])["stopped"]
        live.stop()
        live.check_log()
    finally:
        live.kill()


@pytest.mark.long
def test_twenty_kills(server, begin):
    """Whatever moment a child dies at, its run ends with a reason, and the next one runs."""
    for number in range(20):
        before = set(server.processes())
        run_id = begin(LONG)
        until_step(server, run_id, number % 5)
        os.kill(max(set(server.processes()) - before), signal.SIGKILL)
        assert follow(server, run_id)[-1]["type"] == "failed"
    assert follow(server, begin(SHORT))[-1]["type"] == "done"


@pytest.mark.long
def test_fifty_people_draw_while_one_trains(server, begin):
    """No answer is lost and none is an error; the times are the benchmark's business."""
    begin(LONG)
    answers: list[dict] = []

    def draw() -> None:
        for _ in range(5):
            answers.append(server.call("predict_digit", np.eye(28).tolist(), "pretrained"))

    people = [threading.Thread(target=draw) for _ in range(50)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(answers) == 250 and all(answer["error"] is None for answer in answers)
