"""Benchmarks: what the Bench tab, the JSON API and the command line ask for: one at a time on the machine, results kept."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground import words
from playground.bench.trace_files import RECORD_ID, TraceFiles
from playground.errors import InputError, PlaygroundError
from playground.jobs import EventLog, Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import error_of_event
from playground.jobs.kinds import JOB_KINDS
from playground.jobs.measurements import Measurements
from playground.limits import Limits

RECORD_BYTES_MOST = 8 * 2**20
# The keys of `playground.training.events.stored_error`.
STORED_ERROR = {"kind", "key", "line", "values"}
logger = logging.getLogger(__name__)


class Benchmarks:
    """The benchmarks of all visitors.

    Args:
        folder: where results are kept, a JSON file each.
        readable: what the child of a learner's code may read: the images.
        describe: the machine, for the record.
    """

    def __init__(
        self,
        folder: Path,
        jobs: Jobs,
        limits: Limits,
        readable: Callable[[], str],
        describe: Callable[[], dict[str, Any]],
    ):
        self._folder, self._jobs, self._limits = folder, jobs, limits
        self._readable, self._describe = readable, describe
        # Of what has ended long ago only the file stays.
        self._measured = Measurements("bench.unknown", limits.benchmarks_kept, jobs, limits)
        self._lock = threading.Lock()
        self._records: dict[str, dict[str, Any]] = {}
        self.traces = TraceFiles(folder)

    def start(self, name: object, wish: dict[str, Any], visitor: str, *, attended: bool) -> str:
        """Start (or queue) a benchmark and give its id.

        Args:
            wish: `model`, `batch_size` and any settings; see `playground.bench.benchmarks.read_settings`.

        Raises:
            InputError, LimitError: what cannot be measured. BusyError: the queue is full.
        """
        from playground.bench.benchmarks import BENCHMARKS, read_settings
        from playground.bench.subject import read_subject
        from playground.bench.work import measure_in_child

        benchmark = BENCHMARKS.find(name)
        spec, batch = read_subject(wish.get("model"), wish.get("batch_size", 64), self._limits)
        given = {key: value for key, value in wish.items() if key not in ("model", "batch_size")}
        settings = read_settings(given, batch, self._limits)
        arguments = {
            "name": benchmark.name,
            "model": wish["model"],
            "batch_size": batch,
            "given": given,
            "limits": self._limits,
            "earlier": self._earlier(benchmark.name, visitor, {"model": wish["model"], "batch_size": batch, **given}),
        }
        confined, benchmark_id = bool(spec.code), secrets.token_hex(16)
        folder = self.traces.reserve(benchmark_id) if benchmark.makes_trace else ""
        order = Order(
            measure_in_child,
            {**arguments, "folder": folder},
            self._limits.job_memory_bytes,
            confined=confined,
            readable=(self._readable(),) if confined else (),
            writable=(folder,) if confined and folder else (),
        )
        job = Job(benchmark_id, JOB_KINDS["benchmark"], order, visitor, EventLog(), attended=attended)
        record = {
            "id": job.id,
            "benchmark": benchmark.name,
            "visitor": visitor,
            "created": time.time(),
            "wish": {"model": wish["model"], "batch_size": batch, **given},
            "model_name": spec.name,
            "script": benchmark.script(spec, batch, settings),
        }
        try:
            forgotten = self._measured.begin(job)
        except PlaygroundError:
            self.traces.drop(benchmark_id)
            raise
        with self._lock:
            for old in forgotten:
                self._records.pop(old, None)
        threading.Thread(target=self._keep, args=(job, record), name="benchmark", daemon=True).start()
        return job.id

    def read(self, benchmark_id: object, since: object, language: str) -> dict[str, Any]:
        """What has happened since event number `since`: {state, place, events, next, record, error}; `record` once it is
        there, `error` once it has failed.

        Raises:
            NotFoundError: no such benchmark.
        """
        look = self._measured.look(benchmark_id, since)
        assert isinstance(benchmark_id, str)
        record = self._load(benchmark_id) if look.state == "done" else None
        return {
            # A moment passes between the last event and its record.
            "state": "running" if look.state == "done" and record is None else look.state,
            "place": look.place,
            "events": [told(event, language) for event in look.events if event["type"] == "progress"],
            "next": look.next,
            "record": _shown(record, language),
            "error": error_of_event(look.last).to_json(language) if look.state == "failed" else None,
        }

    def run(self, name: object, wish: dict[str, Any], visitor: str, language: str) -> dict[str, Any]:
        """Measure and wait: the result's keys and `error`, with the reason as one text: the `/benchmark_…` of the API."""
        from playground.bench.benchmarks import BENCHMARKS

        empty = dict(BENCHMARKS.find(name).empty)
        try:
            last = self._measured.find(self.start(name, wish, visitor, attended=False)).wait_for_end()
            if last["type"] != "done":
                raise error_of_event(last)
            result = {**empty, **told(last["result"], language)}
            error = None
        except PlaygroundError as raised:
            result, error = empty, raised
        joint = "" if language == "zh" else " "
        answer = {**result, "reason": joint.join(result.get("reason") or [])}
        return {**answer, "error": error.to_json(language) if error is not None else None}

    def stop(self, benchmark_id: object) -> bool:
        """End it at once; whether it was going or waiting."""
        return self._measured.stop(benchmark_id)

    def newest(self, name: object, visitor: str, language: str) -> dict[str, Any] | None:
        """This visitor's newest result of a benchmark; None = none."""
        for path in self._files():
            record = self._load(path.stem)
            if record is not None and (record["benchmark"], record["visitor"]) == (name, visitor):
                return _shown(record, language)
        return None

    def going(self, name: str, visitor: str) -> str | None:
        """The id of a benchmark that this visitor's page started and that has not ended, for a page that was reloaded."""
        jobs = self._jobs.of_visitor(visitor, JOB_KINDS["benchmark"]) if visitor else []
        own = [job for job in jobs if job.attended and job.state in ("queued", "running") and not job.log.ended]
        return next((job.id for job in reversed(own) if job.order.arguments["name"] == name), None)

    def _earlier(self, name: str, visitor: str, wish: dict[str, Any]) -> dict[str, str]:
        """{precision: class} of this visitor's newest result, if the very same was measured on the very same machine."""
        for path in self._files() if name == "precision" else ():
            record = self._load(path.stem)
            if record is not None and (record["benchmark"], record["visitor"]) == (name, visitor):
                alike = record.get("wish") == wish and record.get("environment") == self._describe()
                rows = record["result"]["rows"] if alike else []
                return {row["precision"]: row["verdict"] for row in rows if row["verdict"]}
        return {}

    def _keep(self, job: Job, record: dict[str, Any]) -> None:
        """Wait for the end and write the result down."""
        last = job.log.wait_for_end()
        if last["type"] != "done":
            self.traces.drop(job.id)
            return
        result = last["result"]
        if result.get("trace") and not self.traces.keep(job.id):
            result = {**result, "trace": None}
        self.traces.drop(job.id)
        whole = {**record, "environment": self._describe(), "result": result}
        with self._lock:
            self._records[job.id] = whole
        path = self._folder / f"{job.id}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".part").write_text(json.dumps(whole), encoding="utf-8")
            path.with_suffix(".part").replace(path)
        except OSError as error:
            logger.warning("the result of a benchmark cannot be kept: %s", error)
        for old in self._files()[self._limits.benchmarks_kept :]:
            old.unlink(missing_ok=True)
            self.traces.remove(old.stem)

    def _files(self) -> list[Path]:
        """The newest first."""
        found = [path for path in self._folder.glob("*.json") if RECORD_ID.fullmatch(path.stem)]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def _load(self, benchmark_id: str) -> dict[str, Any] | None:
        with self._lock:
            if benchmark_id in self._records:
                return self._records[benchmark_id]
        path = self._folder / f"{benchmark_id}.json"
        try:
            if path.stat().st_size > RECORD_BYTES_MOST:
                return None
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None  # not yet, not any more, or not ours
        return record if isinstance(record, dict) and {"benchmark", "visitor", "result"} <= set(record) else None


def _shown(record: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    """A record as a reader gets it: without whose it is, its sentences written out."""
    if record is None:
        return None
    return {**{key: value for key, value in record.items() if key != "visitor"}, "result": told(record["result"], language)}


def told(value: Any, language: str) -> Any:
    """Plain data in which each sentence, {"key"} or {"key", "values"}, and each stored error is written out."""
    if isinstance(value, dict):
        if "key" in value and (set(value) <= {"key", "values"} or set(value) == STORED_ERROR):
            return words.text(language, value["key"], **told(value.get("values", {}), language))
        shown = {key: told(one, language) for key, one in value.items()}
        if shown.get("type") == "progress":
            shown["doing"] = words.text(language, value["doing"], **told(value["values"], language))
        return shown
    return [told(one, language) for one in value] if isinstance(value, list) else value


def own_model(model: object, kept: object) -> str:
    """The model of a choice: a preset's name, or what the Models tab holds.

    Raises:
        InputError: it holds none yet.
    """
    if model != "own":
        return model if isinstance(model, str) else ""
    if not isinstance(kept, str) or not kept.strip():
        raise InputError("train.no_own_model")
    return kept
