"""Sessions: work that stays open in a child and answers questions, such as a traced graph; the least used one goes first."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from playground.errors import BusyError, LimitError, PlaygroundError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.limits import Limits

# Why a session may have been stopped while it was asked: it can be made again.
DROPPED = ("visitor", "replaced")
OPENED_MOST = 3
Answer = tuple[dict[str, Any], PlaygroundError | None]


class Sessions:
    """The open sessions of all visitors."""

    def __init__(self, jobs: Jobs, limits: Limits):
        self.jobs, self.limits = jobs, limits

    def open(self, work: Any, arguments: dict[str, Any], visitor: str, readable: tuple[str, ...] = ()) -> tuple[str, Answer]:
        """Start a session, in the place of this visitor's last one; its id and its first answer.

        Args:
            work: a generator function: it yields its first answer, and is then sent questions.
            readable: files that it reads, beside what Python and torch need.

        Raises:
            PlaygroundError: it could not be started, or ended before it answered.
        """
        job = self._start(work, arguments, visitor, readable)
        return job.id, self._answer(job, None)

    def begin(self, work: Any, arguments: dict[str, Any], visitor: str) -> str:
        """As `open`, for who knows the first answer already: does not wait; a question waits until it can be answered."""
        return self._start(work, arguments, visitor).id

    def _start(self, work: Any, arguments: dict[str, Any], visitor: str, readable: tuple[str, ...] = ()) -> Job:
        for job in self.jobs.of_visitor(visitor, JOB_KINDS["session"]):
            self.jobs.stop(job.id, "replaced")
        others = self.jobs.sessions()
        for job in others[: max(0, len(others) + 1 - self.limits.sessions)]:
            self.jobs.stop(job.id, "replaced")
        given = {**arguments, "limits": self.limits}
        order = Order(work, given, self.limits.session_memory_bytes, confined=True, asks=True, readable=readable)
        return self.jobs.submit(Job(secrets.token_hex(16), JOB_KINDS["session"], order, visitor, EventLog()))

    def ask(self, session: object, question: Any) -> Answer | None:
        """The answer to a question; None when that session is not there (any more).

        Raises:
            PlaygroundError: the question took too long, or ended the child.
        """
        job = self.jobs.find(session) if isinstance(session, str) else None
        if job is None or not job.order.asks:
            return None
        try:
            return self._answer(job, question)
        except PlaygroundError:
            if (job.ending or job.log.last).get("reason") in DROPPED:
                return None
            raise

    def _answer(self, job: Job, question: Any) -> Answer:
        answer = self.jobs.ask(job, question, self.limits.program_seconds + 1.5)
        if answer is None:
            job.log.wait(0, 1.0)
            raise self._end_of(job)
        return answer["result"], error_of_event(answer) if answer["error"] else None

    def _end_of(self, job: Job) -> PlaygroundError:
        last = job.log.last
        if last.get("type") == "failed":
            return error_of_event(last)
        return LimitError("lang.seconds", limit=f"{self.limits.program_seconds:g}")


class Standing:
    """One session for all visitors: opened when it is first asked, and again whenever it is gone.

    Args:
        work, arguments, readable: as of `Sessions.open`. name: stands for the visitor.
    """

    def __init__(self, sessions: Sessions, work: Any, arguments: dict[str, Any], name: str, readable: tuple[str, ...] = ()):
        self._sessions, self._lock, self._session = sessions, threading.Lock(), ""
        self._open = (work, arguments, name, readable)

    def ask(self, question: Any, patience: float) -> Answer:
        """
        Args:
            patience: seconds to wait for the questions of others.

        Raises:
            BusyError: they took longer. PlaygroundError: it cannot be opened, took too long, or ended.
        """
        # Whoever comes while it is opened waits instead of opening another.
        if not self._lock.acquire(timeout=patience):
            raise BusyError("job.standing")
        try:
            for _ in range(OPENED_MOST):
                answered = self._sessions.ask(self._session, question)
                if answered is not None:
                    return answered
                self._session, (_, error) = self._sessions.open(*self._open)
                if error is not None:
                    raise error
            raise BusyError("job.standing")  # others take its place faster than it is asked
        finally:
            self._lock.release()
