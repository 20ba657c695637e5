"""LoaderBench: DataLoaders that are measured, one at a time on the machine."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from playground.bench.service import told
from playground.data.datasets import find_dataset, load_images
from playground.data.explorer.loader_settings import read_loader
from playground.data.explorer.splits import read_wish
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.jobs.measurements import Measurements
from playground.limits import Limits

KEPT_MOST = 50


class LoaderBench:
    """Safe for threads."""

    def __init__(self, jobs: Jobs, limits: Limits):
        self._limits = limits
        self._measured = Measurements("loader.gone", KEPT_MOST, jobs, limits)

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
        self._measured.begin(job)
        return job.id

    def follow(self, measurement: object, language: str) -> dict[str, Any]:
        """How far it is: {state, place, done, total, doing, result}; `result` once it is there.

        Raises:
            NotFoundError: no such measurement. PlaygroundError: why it failed.
        """
        look = self._measured.look(measurement)
        if look.state == "failed":
            raise error_of_event(look.last)
        answer: dict[str, Any] = {
            "state": look.state,
            "place": look.place,
            "done": 0,
            "total": 1,
            "doing": "",
            "result": None,
        }
        shown = told(look.last, language)
        if look.state == "done":
            answer["result"] = shown["result"]
        elif look.last.get("type") == "progress":
            answer |= {key: shown[key] for key in ("done", "total", "doing")}
        return answer

    def stop(self, measurement: object) -> bool:
        """End it at once; whether it was going or waiting."""
        return self._measured.stop(measurement)

    def write_script(self, settings: object, loader: object) -> str:
        """The script that measures the same."""
        from playground.data.explorer.loader_script import write_loader_script

        split, chosen = read_wish(settings), read_loader(loader)
        available = len(load_images(split.dataset).train_labels)
        return write_loader_script(find_dataset(split.dataset), split, available, chosen)
