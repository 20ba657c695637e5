"""LoaderBench: DataLoaders that are measured, one at a time on the machine."""

from __future__ import annotations

import secrets
import threading
from dataclasses import asdict
from typing import Any

from playground.bench.service import told
from playground.data.datasets import find_dataset, load_images
from playground.data.explorer.loader_settings import read_loader
from playground.data.explorer.splits import read_wish
from playground.errors import NotFoundError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.limits import Limits
from playground.registry import shorten

KEPT_MOST = 50


class LoaderBench:
    """Safe for threads."""

    def __init__(self, jobs: Jobs, limits: Limits):
        self._jobs, self._limits = jobs, limits
        self._lock = threading.Lock()
        self._logs: dict[str, EventLog] = {}

    def start(self, settings: object, loader: object, visitor: str) -> str:
        """Start (or queue) a measurement and give its id.

        Args:
            settings: of the run, for its images. loader: the arguments of the DataLoader; see `read_loader`.

        Raises:
            InputError: what cannot be. BusyError: the queue is full.
        """
        from playground.data.explorer.loader_measure import measure_in_child

        split, chosen = read_wish(settings), read_loader(loader)
        order = Order(measure_in_child, {"wish": asdict(split), "loader": chosen.to_json()}, self._limits.job_memory_bytes)
        job = Job(secrets.token_hex(16), JOB_KINDS["benchmark"], order, visitor, EventLog(), attended=True)
        self._jobs.submit(job)
        with self._lock:
            self._logs[job.id] = job.log
            for old in list(self._logs)[:-KEPT_MOST]:
                if self._logs[old].ended:
                    del self._logs[old]
        return job.id

    def follow(self, measurement: object, language: str) -> dict[str, Any]:
        """How far it is: {state, place, done, total, doing, result}; `result` once it is there.

        Raises:
            NotFoundError: no such measurement. PlaygroundError: why it failed.
        """
        log = self._find(measurement)
        assert isinstance(measurement, str)
        self._jobs.look(measurement)
        job, last = self._jobs.find(measurement), log.last
        answer: dict[str, Any] = {"state": "running", "place": 0, "done": 0, "total": 1, "doing": "", "result": None}
        if log.ended:
            if last["type"] == "failed":
                raise error_of_event(last)
            if last["type"] == "stopped":
                return {**answer, "state": "stopped"}
            return {**answer, "state": "done", "result": told(last["result"], language)}
        if job is not None and job.state == "queued":
            return {**answer, "state": "queued", "place": job.place}
        if last.get("type") == "progress":
            shown = told(last, language)
            answer |= {key: shown[key] for key in ("done", "total", "doing")}
        return answer

    def stop(self, measurement: object) -> bool:
        """End it at once; whether it was going or waiting."""
        self._find(measurement)
        assert isinstance(measurement, str)
        return self._jobs.stop(measurement)

    def write_script(self, settings: object, loader: object) -> str:
        """The script that measures the same."""
        from playground.data.explorer.loader_script import write_loader_script

        split, chosen = read_wish(settings), read_loader(loader)
        available = len(load_images(split.dataset).train_labels)
        return write_loader_script(find_dataset(split.dataset), split, available, chosen)

    def _find(self, measurement: object) -> EventLog:
        with self._lock:
            log = self._logs.get(measurement) if isinstance(measurement, str) else None
        if log is None:
            raise NotFoundError("loader.gone", id=shorten(measurement))
        return log
