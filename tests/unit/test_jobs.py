"""Jobs in real children of the fork server: queue, pause, stop, limits, and every way in which a child can die.

The functions at the top are the work that the children do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from playground.errors import BusyError, InputError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS, JobKind
from playground.limits import read_limits
from playground.training.events import Event

DEADLINE = 30.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Tick(Event):
    type: ClassVar[str] = "step"
    number: int


@dataclass(frozen=True)
class Begun(Event):
    """Sent at once, where a step may wait for the next one."""

    type: ClassVar[str] = "started"


@dataclass(frozen=True)
class Finished(Event):
    type: ClassVar[str] = "done"


def count_to(count: int) -> Iterator[Event]:
    for number in range(count):
        yield Tick(number)
    yield Finished()


def tick_until(gate: str) -> Iterator[Event]:
    """An event each hundredth of a second until the file `gate` is there."""
    yield Begun()
    number = 0
    while not Path(gate).exists():
        yield Tick(number)
        number += 1
        time.sleep(0.01)
    yield Finished()


def tick_and_keep(kept: str) -> Iterator[Event]:
    """Goes on for ever; writes the file `kept` when it is stopped politely."""
    try:
        yield from tick_until("/nowhere")
    finally:
        Path(kept).write_text("kept")


def sleep_long(path: str) -> Iterator[Event]:
    """One event with the process's number in `path`; then it hears nothing."""
    Path(path).write_text(str(os.getpid()))
    yield Begun()
    time.sleep(1000)


def leave_a_child(path: str) -> Iterator[Event]:
    """Starts a process that holds all that is open here and hears nothing; its number is in `path`."""
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    Path(path).write_text(str(child))
    yield Begun()
    time.sleep(1000)


def raise_error() -> Iterator[Event]:
    yield Tick(0)
    raise ZeroDivisionError("the secret path /srv/secret")


@dataclass(frozen=True)
class Share(Event):
    """A part of a step, after which the work rests."""

    type: ClassVar[str] = "part"
    rest: float


def tick_in_parts(gate: str) -> Generator[Event, object, None]:
    """As `tick_until`; told to rest, it tells two parts before each step."""
    number = 0
    commands = yield Begun()
    rest: float | None = dict(commands)["rest"] if commands else None
    while not Path(gate).exists():
        for _ in range(2):
            commands = None if rest is None else (yield Share(rest))
            rest = dict(commands)["rest"] if commands else rest
        number += 1
        commands = yield Tick(number)
        rest = dict(commands)["rest"] if commands else rest
        time.sleep(0.01)


def raise_runtime_error() -> Iterator[Event]:
    yield Tick(0)
    raise RuntimeError("the secret path /srv/secret")


def raise_input_error() -> Iterator[Event]:
    yield Tick(0)
    raise InputError("spec.depth", maximum=8)


def exit_with(code: int) -> Iterator[Event]:
    yield Tick(0)
    os._exit(code)


def allocate_bytes(size: int) -> Iterator[Event]:
    yield Tick(0)
    yield Tick(len(bytearray(size)))
    yield Finished()


def allocate_tensor(size: int) -> Iterator[Event]:
    import torch

    yield Tick(0)
    yield Tick(len(torch.ones(size, dtype=torch.uint8)))
    yield Finished()


def describe_process() -> Iterator[Event]:
    import torch

    yield Tick(os.getpid())
    yield Tick(os.getppid())
    yield Tick(int(torch.rand(3).sum() > 0))
    yield Finished()


def answer_forever() -> Generator[Event, object, None]:
    while True:
        yield Tick(0)


def kind(
    name: str = "training", *, slots: int = 1, seconds: float = 60, exclusive: bool = False, lane="", long=False
) -> JobKind:
    return JobKind(name, lane or name, lambda limits: slots, lambda limits: seconds, exclusive, long=long)


class Bench:
    """A manager, and jobs with short names."""

    def __init__(self, **caps):
        limits = read_limits(public=False, environment={})
        self.jobs = Jobs(replace(limits, stop_grace_seconds=1.0, **caps))
        self.kinds = {"one": kind(), "two": kind("two", slots=2), "many": kind("many", slots=20)}
        self.started = 0

    def start(
        self, work, /, kind: JobKind | str = "many", visitor="anna", attended=False, memory=0, asks=False, **arguments
    ) -> Job:
        self.started += 1
        kind = self.kinds[kind] if isinstance(kind, str) else kind
        order = Order(work, arguments, memory, asks=asks)
        return self.jobs.submit(Job(f"job {self.started}", kind, order, visitor, EventLog(), attended=attended))


def until(condition, what: str = "it") -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.01)


def end_of(job: Job) -> dict:
    """Its last event, with the job gone from the manager."""
    until(lambda: job.log.ended, f"the end of {job.id} ({job.state})")
    until(lambda: job.state == "ended")
    return job.log.last


def types(job: Job) -> list[str]:
    return [event["type"] for event in job.log.read(0, 10_000)]


def begun(job: Job) -> Job:
    """Once its child has told something."""
    until(lambda: "started" in types(job), f"the first event of {job.id}")
    return job


def error_of(job: Job, both) -> str:
    event = end_of(job)
    assert event["type"] == "failed"
    return event["error"]["kind"] + "\n" + both(error_of_event(event))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """One manager for most tests: its fork server starts once."""
    bench = Bench(jobs_per_visitor=50)
    yield bench
    bench.jobs.close()


@pytest.fixture
def special():
    """Managers with other caps; the fork server is the same."""
    made: list[Bench] = []

    def make(**caps) -> Bench:
        made.append(Bench(**caps))
        return made[-1]

    yield make
    for entry in made:
        entry.jobs.close()


@pytest.fixture
def gate(tmp_path) -> Iterator[Path]:
    """Work that waits for this file ends with the test at the latest."""
    path = tmp_path / "gate"
    yield path
    path.touch()


def test_events_arrive_in_order_and_whole(bench):
    job = bench.start(count_to, count=5000)
    assert end_of(job) == {"type": "done"}
    events = job.log.read(0, 10_000)
    assert [event["number"] for event in events[:-1]] == list(range(5000))
    assert bench.jobs.find(job.id) is None


def test_work_runs_in_a_child_that_has_torch_ready(bench):
    job = bench.start(describe_process)
    end_of(job)
    child, parent, one = (event["number"] for event in job.log.read(0, 3))
    assert len({child, parent, os.getpid()}) == 3
    assert one == 1


def test_every_kind_has_its_slots_and_time(limits):
    for entry in JOB_KINDS.values():
        assert entry.slots(limits) >= 1
        assert entry.seconds(limits) > 0


def test_who_waits_is_told_the_place(bench, gate, tmp_path):
    first = begun(bench.start(tick_until, "one", gate=str(gate)))
    gates = [tmp_path / "gate 2", tmp_path / "gate 3"]
    second, third = (bench.start(tick_until, "one", gate=str(path)) for path in gates)
    until(lambda: types(third) == ["queued"])
    assert second.log.read(0, 9) == [{"type": "queued", "place": 1}]
    assert third.log.read(0, 9) == [{"type": "queued", "place": 2}]
    assert (first.state, second.state, third.state) == ("running", "queued", "queued")
    assert types(first)[0] == "started", "who need not wait is told nothing"
    gate.touch()
    begun(second)
    until(lambda: len(third.log) == 2)
    assert third.log.last == {"type": "queued", "place": 1}
    for path in gates:
        path.touch()
    assert end_of(third)["type"] == "done"


def test_a_visitor_with_nothing_running_goes_first(bench, tmp_path):
    def started(name: str, visitor: str) -> Job:
        return bench.start(tick_until, "two", visitor, gate=str(tmp_path / name))

    first, second, third = (started(f"anna {number}", "anna") for number in range(3))
    begun(first), begun(second)
    other = started("ben", "ben")
    until(lambda: types(other)[:1] == ["queued"])
    (tmp_path / "anna 0").touch()
    begun(other)
    assert third.state == "queued", "it came earlier, but anna has one running"
    for name in ("anna 1", "anna 2", "ben"):
        (tmp_path / name).touch()
    assert end_of(third)["type"] == "done"


def test_lanes_do_not_wait_for_each_other(bench, gate):
    begun(bench.start(tick_until, "one", gate=str(gate)))
    quick = bench.start(count_to, kind("quick"), count=1)
    assert end_of(quick)["type"] == "done"


def test_one_visitor_cannot_fill_the_queue(special, gate, both):
    bench = special(jobs_per_visitor=2)
    for _ in range(2):
        bench.start(tick_until, "one", gate=str(gate))
    with pytest.raises(BusyError, match=r"already have 2 jobs running or waiting\. Stop one") as error:
        bench.start(tick_until, "one", gate=str(gate))
    assert "您已有 2 个任务" in both(error)
    assert bench.start(tick_until, "one", "ben", gate=str(gate)).state == "queued"


def test_a_full_queue_is_said_to_be_full(special, gate, both):
    bench = special(queue_length=2)
    for number in range(3):
        bench.start(tick_until, "one", f"visitor {number}", gate=str(gate))
    with pytest.raises(BusyError, match="2 jobs are waiting already and the queue is full") as error:
        bench.start(tick_until, "one", "late", gate=str(gate))
    assert "队列已满" in both(error)


def test_an_exclusive_job_runs_alone(bench, tmp_path):
    alone = kind("bench", exclusive=True)
    before = begun(bench.start(tick_until, gate=str(tmp_path / "before")))
    measuring = bench.start(tick_until, alone, gate=str(tmp_path / "measuring"))
    until(lambda: types(measuring) == ["queued"])
    (tmp_path / "before").touch()
    assert end_of(before)["type"] == "done"
    begun(measuring)
    after = bench.start(count_to, count=1)
    until(lambda: types(after) == ["queued"])
    assert after.state == "queued"
    (tmp_path / "measuring").touch()
    assert end_of(measuring)["type"] == "done"
    assert end_of(after)["type"] == "done"


def test_short_work_does_not_wait_for_an_exclusive_job_that_waits_for_hours(bench, gate):
    hours = begun(bench.start(tick_until, kind("training", long=True), gate=str(gate)))
    measuring = bench.start(count_to, kind("bench", exclusive=True), count=1)
    until(lambda: types(measuring) == ["queued"])
    assert end_of(bench.start(count_to, kind("program"), count=1))["type"] == "done"
    later = bench.start(count_to, kind("training", slots=2, long=True), count=1)
    until(lambda: types(later) == ["queued"])
    assert measuring.state == later.state == "queued"
    gate.touch()
    assert [end_of(job)["type"] for job in (hours, measuring, later)] == ["done"] * 3


def test_an_open_session_neither_keeps_a_measurement_back_nor_waits_for_one(bench, gate):
    session = bench.start(answer_forever, kind("session"), asks=True)
    until(lambda: session.state == "running")
    measuring = begun(bench.start(tick_until, kind("bench", exclusive=True), gate=str(gate)))
    other = bench.start(answer_forever, kind("session", slots=2), asks=True)
    until(lambda: other.state == "running")
    gate.touch()
    assert end_of(measuring)["type"] == "done"


def test_a_pause_halts_and_a_resume_goes_on(bench, gate):
    job = begun(bench.start(tick_until, gate=str(gate)))
    assert not bench.jobs.resume(job.id), "it runs"
    assert bench.jobs.pause(job.id)
    assert job.state == "paused"
    assert not bench.jobs.pause(job.id), "it is paused"
    while job.log.wait(len(job.log), 0.3):
        pass  # what was on its way arrives
    halted = len(job.log)
    gate.touch()
    assert not job.log.wait(halted, 0.3), "thirty events would have come"
    assert bench.jobs.resume(job.id)
    assert end_of(job)["type"] == "done"
    assert [entry for entry in types(job) if entry != "step"] == ["started", "paused", "resumed", "done"]
    numbers = [event["number"] for event in job.log.read(0, 10_000) if event["type"] == "step"]
    assert numbers == list(range(len(numbers))), "nothing was lost"
    assert not bench.jobs.pause(job.id)
    assert not bench.jobs.resume("no such job")


def test_a_pause_does_not_count_as_time(bench, gate):
    job = begun(bench.start(tick_until, gate=str(gate)))
    assert bench.jobs.pause(job.id)
    before = job.seconds
    time.sleep(0.4)  # four looks of the manager
    assert job.seconds == before
    assert bench.jobs.resume(job.id)
    until(lambda: job.seconds > before)
    gate.touch()
    assert end_of(job)["type"] == "done"


def test_a_pause_that_lasts_too_long_ends_the_job(special, tmp_path):
    bench = special(paused_seconds=0.2)
    job = begun(bench.start(tick_and_keep, kept=str(tmp_path / "kept")))
    bench.jobs.pause(job.id)
    assert end_of(job) == {"type": "stopped", "reason": "paused"}
    assert (tmp_path / "kept").exists()


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_lets_the_work_keep_what_it_has(bench, tmp_path, paused):
    job = begun(bench.start(tick_and_keep, kept=str(tmp_path / "kept")))
    if paused:
        bench.jobs.pause(job.id)
    assert bench.jobs.stop(job.id)
    assert end_of(job) == {"type": "stopped", "reason": "visitor"}
    assert (tmp_path / "kept").read_text() == "kept"
    assert not bench.jobs.stop(job.id), "it has ended"
    assert job.process.exitcode == 0


def test_a_job_that_waits_can_be_stopped(bench, gate):
    begun(bench.start(tick_until, "one", gate=str(gate)))
    waiting = bench.start(tick_until, "one", gate=str(gate))
    assert bench.jobs.stop(waiting.id)
    assert end_of(waiting) == {"type": "stopped", "reason": "visitor"}
    assert waiting.process is None


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_work_that_does_not_listen_is_killed(bench, tmp_path):
    path = tmp_path / "process"
    job = begun(bench.start(sleep_long, path=str(path)))
    assert bench.jobs.stop(job.id)
    assert bench.jobs.stop(job.id), "a second click changes nothing"
    assert end_of(job) == {"type": "stopped", "reason": "visitor"}
    until(lambda: is_gone(int(path.read_text())))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("stopped", [True, False])
def test_a_process_that_is_left_behind_does_not_keep_the_job(bench, tmp_path, stopped):
    """Its copy of the pipe stays open, so that no end of it is heard."""
    job = begun(bench.start(leave_a_child, path=str(tmp_path / "child")))
    child = int((tmp_path / "child").read_text())
    try:
        if stopped:
            assert bench.jobs.stop(job.id)
        else:
            os.kill(job.process.pid, signal.SIGKILL)
        assert end_of(job)["type"] == ("stopped" if stopped else "failed")
        assert not is_gone(child)
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
def test_who_begins_after_its_parent_has_ended_ends_at_once():
    begin = "import os, sys; from playground.jobs.child import end_with as end; end(os.getppid() + int(sys.argv[1]))"
    for off in ("0", "1"):
        run = subprocess.run([sys.executable, "-c", f"{begin}; print('on')", off], capture_output=True, text=True, cwd=ROOT)
        assert (run.stdout.strip(), run.returncode) == (("on", 0) if off == "0" else ("", 1))


def test_the_time_limit(bench, both):
    job = bench.start(tick_until, kind("short", seconds=0.3), gate="/nowhere")
    message = error_of(job, both)
    assert message.startswith("limit\nEnded at the time limit of 0 seconds")
    assert "秒的时间上限" in message


@pytest.mark.long
def test_the_time_limit_of_work_that_does_not_listen(bench, tmp_path, both):
    job = begun(bench.start(sleep_long, kind("short", seconds=2), path=str(tmp_path / "process")))
    assert "limit\nEnded at the time limit" in error_of(job, both)
    until(lambda: is_gone(int((tmp_path / "process").read_text())))


@pytest.mark.parametrize("work", [allocate_bytes, allocate_tensor])
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux only")
def test_the_memory_limit(bench, work, both):
    message = error_of(bench.start(work, memory=200 * 2**20, size=2**30), both)
    assert message.startswith("limit\nThe job needed more memory than the 200 MiB")
    assert "超过了允许增加的 200 MiB" in message
    assert end_of(bench.start(work, memory=400 * 2**20, size=2**20)) == {"type": "done"}


def test_what_cannot_be_sent_to_a_child_holds_nobody_up(bench, gate, both):
    """Nested more deeply than pickle goes; it waits, so that the manager's own thread meets it. Those behind it start."""
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    running = begun(bench.start(tick_until, "one", gate=str(gate)))
    poison, behind = bench.start(count_to, "one", count=deep), bench.start(count_to, "one", count=3)
    gate.touch()
    assert end_of(running)["type"] == "done"
    told = error_of(poison, both)
    assert told.startswith("input\n") and "nested" in told
    assert end_of(behind) == {"type": "done"}
    assert bench.jobs.find(poison.id) is None
    # At once, where there is room; and as a question.
    assert error_of(bench.start(count_to, count=deep), both) == told
    session = bench.start(answer_forever, asks=True)
    with pytest.raises(InputError) as error:
        bench.jobs.ask(session, deep, DEADLINE)
    assert error.value.key == "job.nested"
    assert bench.jobs.ask(session, "more", DEADLINE) == {"type": "step", "number": 0}
    bench.jobs.stop(session.id)


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.long)])
def test_a_killed_child_is_explained(bench, tmp_path, both, times):
    for number in range(times):
        path = tmp_path / str(number)
        job = begun(bench.start(sleep_long, path=str(path)))
        os.kill(int(path.read_text()), signal.SIGKILL)
        message = error_of(job, both)
        assert message.startswith("runtime\nThe process was ended from outside (SIGKILL)")
        assert "进程被外部终止(SIGKILL)" in message
    assert end_of(bench.start(count_to, count=3))["type"] == "done", "the next job runs"


def test_a_child_that_leaves_without_a_word(bench, both):
    message = error_of(bench.start(exit_with, code=3), both)
    assert "ended unexpectedly (exit code 3)" in message
    assert "退出码 3" in message


@pytest.mark.parametrize("work", [raise_error, raise_runtime_error])
def test_a_bug_is_told_plainly_and_leaks_nothing(bench, work, both):
    job = bench.start(work)
    message = error_of(job, both)
    assert message.startswith("internal\nSomething went wrong on our side")
    assert "服务器内部出错了" in message
    assert "secret" not in str(job.log.read(0, 9))
    assert "Traceback" not in str(job.log.read(0, 9))


def test_an_error_of_the_work_reaches_the_learner(bench, both):
    message = error_of(bench.start(raise_input_error), both)
    assert message.startswith("input\nLayers are nested more than 8 deep")
    assert "嵌套超过 8 级" in message


def test_a_job_that_nobody_looks_at_ends(special, tmp_path):
    bench = special(unattended_grace_seconds=2)
    left = begun(bench.start(tick_and_keep, attended=True, kept=str(tmp_path / "kept")))
    watched = bench.start(tick_and_keep, attended=True, kept=str(tmp_path / "watched"))
    free = bench.start(tick_and_keep, attended=False, kept=str(tmp_path / "free"))

    def left_ended() -> bool:
        bench.jobs.look(watched.id)
        return left.state == "ended"

    until(left_ended)
    assert left.log.last == {"type": "stopped", "reason": "abandoned"}
    assert (tmp_path / "kept").exists()
    assert watched.state == "running"
    assert free.state == "running"
    bench.jobs.look("no such job")


def test_a_waiting_job_that_nobody_looks_at_ends_too(special, gate):
    bench = special(unattended_grace_seconds=0.3)
    begun(bench.start(tick_until, "one", gate=str(gate)))
    waiting = bench.start(tick_until, "one", attended=True, gate=str(gate))
    assert end_of(waiting) == {"type": "stopped", "reason": "abandoned"}


def test_a_full_disk_ends_the_job_with_its_reason(bench, tmp_path, both):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    path = tmp_path / "metrics.jsonl"
    log = EventLog(path)
    path.symlink_to("/dev/full")
    order = Order(tick_until, {"gate": "/nowhere"})
    job = bench.jobs.submit(Job("full disk", bench.kinds["many"], order, "anna", log))
    message = error_of(job, both)
    assert "metrics could not be written: No space left on device" in message
    assert "请释放磁盘空间" in message
    assert types(job)[0] == "started"


def test_the_jobs_of_a_visitor(bench, gate):
    many = bench.kinds["many"]
    own = [bench.start(tick_until, visitor="carla", gate=str(gate)) for _ in range(2)]
    bench.start(tick_until, visitor="dora", gate=str(gate))
    assert bench.jobs.of_visitor("carla", many) == own
    assert bench.jobs.of_visitor("carla", bench.kinds["one"]) == []


def test_closing_ends_everything(tmp_path):
    bench = Bench()
    running = begun(bench.start(tick_and_keep, "one", kept=str(tmp_path / "kept")))
    waiting = bench.start(tick_and_keep, "one", kept=str(tmp_path / "other"))
    deaf = begun(bench.start(sleep_long, path=str(tmp_path / "process")))
    bench.jobs.close()
    for job in (running, waiting, deaf):
        assert job.log.last == {"type": "stopped", "reason": "shutdown"}
        assert job.state == "ended"
    assert (tmp_path / "kept").exists()
    until(lambda: is_gone(int((tmp_path / "process").read_text())))
    with pytest.raises(BusyError):
        bench.start(count_to, count=1)


def test_one_step_is_taken_at_a_time(bench, tmp_path):
    job = begun(bench.start(tick_in_parts, gate=str(tmp_path / "gate")))
    assert not bench.jobs.tell(job.id, "step", ("paused",)), "it is not paused"
    assert bench.jobs.pause(job.id)
    until(lambda: types(job)[-1] == "paused" and settled(job))
    told = types(job)
    for _ in range(3):
        assert bench.jobs.tell(job.id, "step", ("paused",))
        told += ["part", "part", "step"]
        until(lambda: len(types(job)) >= len(told), "the step")  # noqa: B023 - it is waited for here
        assert settled(job)
        assert types(job) == told
        assert job.state == "paused"
    bench.jobs.resume(job.id)
    before = len(types(job))
    until(lambda: len(types(job)) > before + 10)
    assert "part" not in types(job)[before + 1 :], "it goes on as it was before"
    bench.jobs.stop(job.id)
    assert end_of(job)["type"] == "stopped"


def test_slow_motion_rests_and_a_command_cuts_it_short(bench, tmp_path):
    job = begun(bench.start(tick_in_parts, gate=str(tmp_path / "gate")))
    assert bench.jobs.tell(job.id, ("rest", 600.0), ("running",))
    until(lambda: "part" in types(job))
    assert settled(job) and types(job)[-1] == "part", "it rests"
    assert bench.jobs.tell(job.id, ("rest", None), ("running",))
    before = len(types(job))
    until(lambda: types(job)[before:].count("step") > 10)
    assert bench.jobs.tell(job.id, ("rest", 600.0), ("running",))
    until(lambda: types(job)[-1] == "part")
    assert bench.jobs.stop(job.id)
    assert end_of(job)["type"] == "stopped"
    assert not bench.jobs.tell(job.id, ("rest", None), ("running", "paused")), "it is gone"


def settled(job: Job, seconds: float = 0.3) -> bool:
    """Whether nothing more comes."""
    while True:
        before = len(types(job))
        time.sleep(seconds)
        if len(types(job)) == before:
            return True
