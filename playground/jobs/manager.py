"""Jobs: one manager for every kind of work; it queues, starts, follows, limits and ends the children."""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import threading
import time
from multiprocessing.connection import Connection, wait
from typing import Any

from playground.errors import BusyError, InputError, LimitError, PlaygroundError, RuntimeFailure
from playground.jobs.child import receive_events, run_job
from playground.jobs.job import Job, failed
from playground.jobs.kinds import JobKind
from playground.jobs.turns import choose_next, in_turn
from playground.limits import Limits

TICK_SECONDS = 0.1
FAREWELL_SECONDS = 1.0
# A server that shall end does not wait as long for a last checkpoint as a learner who presses Stop.
SHUTDOWN_SECONDS = 1.5
logger = logging.getLogger(__name__)


class Jobs:
    """The manager. Children are forked from a server process that has torch and the data preloaded: they start in 15 ms.

    One thread receives events, watches limits and starts what waits; the public methods change a job under the same lock.
    """

    def __init__(self, limits: Limits):
        self.limits = limits
        self._context = _child_context()
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._wake_reader, self._wake_writer = multiprocessing.Pipe(duplex=False)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def warm_up(self) -> None:
        """Start the fork server and wait until it is ready (about 3 s); the first job would do it otherwise."""
        process = self._context.Process(target=os.getpid)  # type: ignore[attr-defined]
        process.start()
        process.join()

    def submit(self, job: Job) -> Job:
        """Take a job; it starts when there is room.

        Raises:
            BusyError: the queue, or this visitor's part of it, is full.
        """
        with self._lock:
            own = sum(1 for other in self._jobs.values() if other.visitor == job.visitor and not other.order.asks)
            waiting = sum(1 for other in self._jobs.values() if other.state == "queued")
            if own >= self.limits.jobs_per_visitor:
                raise BusyError("job.own_full", count=own)
            alike = sum(1 for other in self._jobs.values() if other.state == "queued" and other.kind == job.kind)
            if job.kind.waiting_most and alike >= job.kind.waiting_most:
                raise BusyError("job.queue_full", count=alike)
            if waiting >= self.limits.queue_length or self._closing:
                raise BusyError("job.queue_full", count=waiting)
            self._jobs[job.id] = job
            try:
                self._start_waiting()
            except Exception:
                self._jobs.pop(job.id, None)
                raise
        self._wake()
        return job

    def find(self, job_id: str) -> Job | None:
        """The live job of that id; None once it has ended."""
        with self._lock:
            return self._jobs.get(job_id)

    def of_visitor(self, visitor: str, kind: JobKind) -> list[Job]:
        with self._lock:
            return [job for job in self._jobs.values() if job.visitor == visitor and job.kind == kind]

    def look(self, job_id: str) -> None:
        """Somebody is watching: the grace of an attended job begins anew."""
        with self._lock:
            if job_id in self._jobs:
                self._jobs[job_id].seen = time.monotonic()

    def ask(self, job: Job, question: Any, seconds: float) -> dict | None:
        """Put a question to a job that answers questions (`order.asks`); None = give me the first answer, without one.

        Returns:
            Its answer; None when the job has ended. One that takes longer than `seconds` is ended.
        """
        with job.turn:
            job.asked = time.monotonic()
            if question is None or not job.greeted:
                job.greeted = True
                first = self._next_answer(job, seconds)
                if question is None or first is None or first.get("error"):
                    return first
            if job.state != "running" or not job.send(("ask", question)):
                return None
            return self._next_answer(job, seconds)

    def _next_answer(self, job: Job, seconds: float) -> dict | None:
        try:
            answer = job.answers.get(timeout=seconds)
        except queue.Empty:
            self.stop(job.id, "time")
            return None
        if answer is None:
            job.answers.put(None)  # for whoever asks next
        return answer

    def sessions(self) -> list[Job]:
        """The jobs that answer questions, the one asked longest ago first."""
        with self._lock:
            return sorted((job for job in self._jobs.values() if job.order.asks), key=lambda job: job.asked)

    def pause(self, job_id: str) -> bool:
        """Halt a running job at its next event; False when it is not running."""
        return self._switch(job_id, "running", "paused", "pause")

    def resume(self, job_id: str) -> bool:
        """Let a paused job go on; False when it is not paused."""
        return self._switch(job_id, "paused", "running", "resume")

    def tell(self, job_id: str, command: Any, states: tuple[str, ...]) -> bool:
        """Give a job in one of these states a command of `Remote`; False when it is in none of them."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state not in states or not job.send(command):
                return False
            job.paused_since = time.monotonic()
            return True

    def stop(self, job_id: str, reason: str = "visitor") -> bool:
        """End a job: politely, then by force after the grace time. False when it is not there (any more)."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return False
            self._end(job, {"type": "stopped", "reason": reason})
        self._wake()
        return True

    def close(self) -> None:
        """End every job and the manager; their logs say `stopped` (a second or two)."""
        with self._lock:
            self._closing = True
            for job in list(self._jobs.values()):
                self._end(job, {"type": "stopped", "reason": "shutdown"})
                job.kill_at = min(job.kill_at, time.monotonic() + SHUTDOWN_SECONDS)
        self._wake()
        self._thread.join(self.limits.stop_grace_seconds + 2)

    def _switch(self, job_id: str, before: str, after: str, command: str) -> bool:
        with self._lock:
            if not self.tell(job_id, command, (before,)):
                return False
            job = self._jobs[job_id]
            job.state = after
            job.log.append([{"type": "paused" if after == "paused" else "resumed"}])
            return True

    def _end(self, job: Job, ending: dict) -> None:
        """Begin to end a job; `ending` will be its last event."""
        if job.state == "stopping":
            return
        job.ending = ending
        if job.state == "queued":
            self._finish(job)
            return
        job.state = "stopping"
        grace = self.limits.stop_grace_seconds if job.kind.saves else 0
        job.kill_at = time.monotonic() + grace
        if not job.kind.saves and job.process is not None:
            job.process.kill()
        else:
            job.send("stop")

    def _wake(self) -> None:
        self._wake_writer.send(None)

    def _run(self) -> None:
        before = time.monotonic()
        while not (self._closing and not self._jobs):
            with self._lock:
                pipes = {job.pipe: job for job in self._jobs.values() if job.pipe is not None}
            ready = wait([self._wake_reader, *pipes], timeout=TICK_SECONDS)
            with self._lock:
                now = time.monotonic()
                try:
                    for pipe in ready:
                        if pipe is self._wake_reader:
                            self._wake_reader.recv()
                        else:
                            self._receive(pipes[pipe])  # type: ignore[index]
                    for job in list(self._jobs.values()):
                        self._watch(job, now, now - before)
                    self._start_waiting()
                except Exception:
                    # The manager must outlive a bug in one job's handling: all others depend on it.
                    logger.exception("the job manager met an unexpected error")
                before = now

    def _receive(self, job: Job) -> None:
        assert job.pipe is not None and job.process is not None
        try:
            events = receive_events(job.pipe)
        except (EOFError, OSError, ValueError, RecursionError):
            job.process.join(FAREWELL_SECONDS)
            job.process.kill()  # one that sends nonsense does not go by itself
            job.process.join()
            self._finish(job)
            return
        if job.order.asks and events[-1]["type"] != "failed":
            for event in events:
                job.answers.put(event)
            return
        job.log.append(events)
        if job.log.failure is not None:
            reason = job.log.failure.strerror or str(job.log.failure)
            self._end(job, failed(RuntimeFailure("disk.write", name="metrics", reason=reason)))

    def _watch(self, job: Job, now: float, elapsed: float) -> None:
        """The limits of one job: its time, its pause, its audience, its grace after a stop."""
        if job.process is not None and job.pipe is not None and not (job.process.is_alive() or job.pipe.poll()):
            self._finish(job)  # gone, and no end of its pipe is heard: a process that it had started holds the other end
            return
        if job.state == "running":
            # What passed before it began, while the fork server got ready, is not its time.
            job.seconds += min(elapsed, now - job.began)
            if job.seconds > job.kind.seconds(self.limits):
                self._end(job, failed(LimitError("job.time", seconds=round(job.kind.seconds(self.limits)))))
        elif job.state == "paused" and now - job.paused_since > self.limits.paused_seconds:
            self._end(job, {"type": "stopped", "reason": "paused"})
        elif job.state == "stopping" and now > job.kill_at and job.process is not None:
            job.process.kill()
        if job.attended and job.state != "stopping" and now - job.seen > self.limits.unattended_grace_seconds:
            self._end(job, {"type": "stopped", "reason": "abandoned"})

    def _start_waiting(self) -> None:
        """Start what fits, in the order of `in_turn`."""
        while True:
            running = [job for job in self._jobs.values() if job.state != "queued"]
            waiting = in_turn([job for job in self._jobs.values() if job.state == "queued"], running)
            startable = choose_next(waiting, running, self.limits)
            if startable is None or self._closing:
                break
            self._start(startable)
        self._tell_places(waiting)

    def _tell_places(self, waiting: list[Job]) -> None:
        for place, job in enumerate(waiting, start=1):
            if job.place != place:
                job.place = place
                job.log.append([{"type": "queued", "place": place}])

    def _start(self, job: Job) -> None:
        pipe, child_pipe = self._context.Pipe()
        process = self._context.Process(  # type: ignore[attr-defined]
            target=run_job, args=(job.order, child_pipe), daemon=True
        )
        try:
            process.start()
        except RecursionError:
            self._refuse(job, pipe, InputError("job.nested"))
            return
        # Whatever it is: a job that stayed would be started again at every tick, and nobody else's would be.
        except Exception as error:
            logger.exception("a job could not be started")
            self._refuse(job, pipe, RuntimeFailure("job.start", reason=str(error)))
            return
        finally:
            child_pipe.close()
        job.process, job.pipe, job.state, job.began = process, pipe, "running", time.monotonic()

    def _refuse(self, job: Job, pipe: Connection, error: PlaygroundError) -> None:
        """The job could not be given to a child."""
        pipe.close()
        job.ending = failed(error)
        self._finish(job)

    def _finish(self, job: Job) -> None:
        """The job is over: write its last event, free its slot."""
        if not job.log.ended:
            job.log.append([job.ending or job.death()])
        if job.pipe is not None:
            job.pipe.close()
        job.answers.put(None)
        job.state = "ended"
        self._jobs.pop(job.id, None)


def _child_context() -> multiprocessing.context.BaseContext:
    methods = multiprocessing.get_all_start_methods()
    if "forkserver" not in methods:
        return multiprocessing.get_context("spawn")  # Windows: each job starts a fresh Python, some seconds slower
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["playground.undisturbed", "playground.jobs.preload"])
    return context
