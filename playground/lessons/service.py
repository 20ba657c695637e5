"""Lessons: both programs of a failure lesson run for a visitor, each in a child of its own, and followed side by side."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground import words
from playground.errors import PlaygroundError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.jobs.measurements import Newest, read_events
from playground.lessons.lesson import Lesson
from playground.lessons.program import SEED, SIDES
from playground.lessons.registry import LESSONS
from playground.lessons.units import show_number
from playground.limits import Limits
from playground.training.events import plain

REPLACED_SECONDS = 2.0


@dataclass(frozen=True)
class LessonRun:
    """One click: the two jobs by side."""

    id: str
    lesson: Lesson
    visitor: str
    jobs: Mapping[str, Job]
    created: float = field(default_factory=time.time)

    @property
    def ended(self) -> bool:
        return all(job.log.ended for job in self.jobs.values())


class Lessons:
    """The lessons of all visitors. What was measured stays in memory, the newest of them; nothing is written to the disk."""

    def __init__(self, jobs: Jobs, limits: Limits):
        self._jobs, self._limits = jobs, limits
        self._runs: Newest[LessonRun] = Newest("lesson.unknown", limits.lessons_kept)

    def start(self, name: object, visitor: str, *, attended: bool, seed: int = SEED) -> str:
        """Start (or queue) both programs of a lesson and give the run's id. An earlier one of this visitor is ended.

        Raises:
            InputError: no such lesson. BusyError: the queue, or this visitor's part of it, is full.
        """
        from playground.lessons.work import run_in_child

        lesson = LESSONS.find(name)
        self._end_earlier(visitor)
        jobs: dict[str, Job] = {}
        for side in SIDES:
            given = {"name": lesson.name, "side": side, "seed": seed}
            order = Order(run_in_child, given, self._limits.job_memory_bytes)
            jobs[side] = Job(secrets.token_hex(16), JOB_KINDS["lesson"], order, visitor, EventLog(), attended=attended)
        run = LessonRun(secrets.token_hex(16), lesson, visitor, jobs)
        try:
            for job in jobs.values():
                self._jobs.submit(job)
        except PlaygroundError:
            self._stop(run)
            raise
        self._runs.add(run.id, run)
        return run.id

    def read(self, run_id: object, since: object, language: str) -> dict[str, Any]:
        """What has happened: {lesson, state, place, failure, broken, cured, verdict}.

        Args:
            since: {side: number of events that the reader has}; what is missing counts as 0.

        Returns:
            state: queued, running, done, stopped or failed, of both together; `failure`: the error of a failed one.
            broken, cured: {next, rows: [{quantity: number}], facts: [{name, value, text}], seconds}, `facts` once it has
            ended. verdict: {shown, text} once both have.

        Raises:
            NotFoundError: no such run.
        """
        run = self._runs.find(run_id)
        since = since if isinstance(since, dict) else {}
        # Before the events: whoever hears of the end has all of them.
        state, place, failure = self._state(run, language)
        sides = {side: self._side(run, side, since.get(side), language) for side in SIDES}
        verdict = None
        if state == "done":
            verdict = run.lesson.judge({side: rows_of(run.jobs[side].log) for side in SIDES})
            verdict = {"shown": verdict["shown"], "text": words.text(language, verdict["key"], **verdict["values"])}
        about = {"lesson": run.lesson.name, "state": state, "place": place, "failure": failure}
        return {**about, **sides, "verdict": verdict}

    def stop(self, run_id: object) -> bool:
        """End both programs; whether one was going or waiting."""
        return self._stop(self._runs.find(run_id))

    def newest(self, name: object, visitor: str) -> str | None:
        """The id of this visitor's newest run of a lesson that was not stopped; None = none."""
        runs = [run for run in self._runs.all() if visitor and run.visitor == visitor]
        good = [run for run in runs if run.lesson.name == name and not _stopped(run)]
        return good[-1].id if good else None

    def wait(self, run_id: object, seconds: float) -> bool:
        """Wait until both programs have ended; False when they have not in time."""
        run, end = self._runs.find(run_id), time.monotonic() + seconds
        while not run.ended and time.monotonic() < end:
            for job in run.jobs.values():
                if not job.log.ended:
                    job.log.wait(len(job.log), 0.2)
        return run.ended

    def _stop(self, run: LessonRun) -> bool:
        stopped = [self._jobs.stop(job.id) for job in run.jobs.values() if not job.log.ended]
        return any(stopped)

    def _end_earlier(self, visitor: str) -> None:
        """Whoever begins another lesson looks at the earlier one no longer; its children must not count against him."""
        mine = [run for run in self._runs.all() if visitor and run.visitor == visitor and not run.ended]
        end = time.monotonic() + REPLACED_SECONDS
        for run in mine:
            self._stop(run)
            while not run.ended and time.monotonic() < end:
                time.sleep(0.01)

    def _side(self, run: LessonRun, side: str, since: object, language: str) -> dict[str, Any]:
        job = run.jobs[side]
        events, after = read_events(self._jobs, job.id, job.log, since, self._limits.follow_events)
        rows = [event["values"] for event in events if event["type"] == "step"]
        done = job.log.last if job.log.last.get("type") == "done" else None
        facts = facts_of(run.lesson, job.log, language) if done else []
        return {"next": after, "rows": rows, "facts": facts, "seconds": done["seconds"] if done else None}

    def _state(self, run: LessonRun, language: str) -> tuple[str, int, dict[str, Any] | None]:
        last = [job.log.last.get("type") for job in run.jobs.values()]
        if run.ended:
            if "failed" in last:
                event = next(job.log.last for job in run.jobs.values() if job.log.last["type"] == "failed")
                return "failed", 0, error_of_event(event).to_json(language)
            return "stopped" if "stopped" in last else "done", 0, None
        live = [self._jobs.find(job.id) for job in run.jobs.values()]
        places = [job.place for job in live if job is not None and job.state == "queued"]
        waiting = len(places) == len(SIDES)
        return ("queued", min(places), None) if waiting else ("running", 0, None)


def _stopped(run: LessonRun) -> bool:
    return any(job.log.last.get("type") in ("stopped", "failed") for job in run.jobs.values())


def rows_of(log: EventLog) -> list[dict[str, float]]:
    """All that a program printed, as numbers again."""
    events = log.read(0, len(log))
    return [{name: float(value) for name, value in event["values"].items()} for event in events if event["type"] == "step"]


def facts_of(lesson: Lesson, log: EventLog, language: str) -> list[dict[str, Any]]:
    """[{name, label, value, text}] of one side, in the order in which they are shown."""
    found = lesson.find_facts(rows_of(log))
    return [
        {
            "name": fact.name,
            "label": words.text(language, f"lesson.fact_{fact.name}"),
            "value": plain(found[fact.name]),
            "text": show_number(found[fact.name], fact.unit),
        }
        for fact in lesson.facts
    ]
