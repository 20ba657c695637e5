"""Reports: what is told about runs that have ended; each is worked out once and kept in the run's folder."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from playground.data import find_dataset, load_images
from playground.data.datasets import Images
from playground.errors import InputError, PlaygroundError
from playground.evaluation.report import SCHEMA_VERSION
from playground.evaluation.script import write_report_script
from playground.models.checkpoint import write_json
from playground.registry import shorten
from playground.runs.run import FILE_BYTES_MOST, REPORT, Run
from playground.store import Runs
from playground.training.config import TrainingConfig, complete_config

CELL_IMAGES_MOST = 60
IMAGES_MOST = 100
logger = logging.getLogger(__name__)


class Reports:
    """Safe for threads; who asks for a report that is being worked out waits for that one.

    Args:
        make: works a report out in a child; see `playground.evaluation.report.write_report`.
    """

    def __init__(self, runs: Runs, make: Callable[[Run], dict[str, Any]]):
        self.runs = runs
        self._make = make
        self._lock = threading.Lock()
        self._going: dict[str, Future[dict[str, Any]]] = {}

    def read(self, run_id: object) -> dict[str, Any]:
        """The report of a run's best weights, with the names of its data set's classes as `class_names`.

        Raises:
            NotFoundError: no such run. InputError: it has no weights yet. PlaygroundError: why there can be no report.
        """
        run = self.runs.find(run_id)
        return {**self._read(run), "class_names": list(find_dataset(run.config["dataset"]).output_names())}

    def read_cell(self, run_id: object, label: object, answer: object) -> dict[str, Any]:
        """The test images of one cell of the confusion matrix.

        Returns:
            count: of them all. items: [{index, confidence}], at most CELL_IMAGES_MOST: of mistakes the most confident first,
            of right answers the least confident. pixels: see `read_images`.

        Raises:
            InputError: there is no such cell. PlaygroundError: see `read`.
        """
        run = self.runs.find(run_id)
        report = self._read(run)
        most = len(report["confusion"]) - 1
        for place in (label, answer):
            if type(place) is not int or not 0 <= place <= most:
                raise InputError("report.cell", got=shorten(place), most=most)
        answers = np.frombuffer(base64.b64decode(report["answers"]), "<i2")
        confidences = np.frombuffer(base64.b64decode(report["confidences"]), "<f4")
        found = np.flatnonzero((self._images(run).test_labels == label) & (answers == answer))
        order = confidences[found] if label == answer else -confidences[found]
        shown = found[np.argsort(order, kind="stable")][:CELL_IMAGES_MOST].tolist()
        items = [{"index": index, "confidence": round(float(confidences[index]), 6)} for index in shown]
        return {"count": len(found), "items": items, "pixels": self._pixels(run, shown)}

    def read_images(self, run_id: object, indices: object) -> dict[str, Any]:
        """Test images of a run's data set: {pixels}, base64 of their bytes, 784 each.

        Raises:
            InputError: not a list of at most IMAGES_MOST numbers of test images.
        """
        run = self.runs.find(run_id)
        last = len(self._images(run).test_labels) - 1
        known = isinstance(indices, list) and len(indices) <= IMAGES_MOST
        if not known or not all(type(index) is int and 0 <= index <= last for index in indices):  # type: ignore[attr-defined]
            raise InputError("report.images", got=shorten(indices), most=IMAGES_MOST, last=last)
        return {"pixels": self._pixels(run, indices)}  # type: ignore[arg-type]

    def read_named_images(self, run_id: object, indices: object) -> dict[str, Any]:
        """As `read_images`, with the names of the data set's classes as `class_names`."""
        names = find_dataset(self.runs.find(run_id).config["dataset"]).output_names()
        return {**self.read_images(run_id, indices), "class_names": list(names)}

    def write_script(self, run_id: object) -> str:
        """The script that works this report out from the run's saved weights."""
        run = self.runs.find(run_id)
        started = run.started()
        config = TrainingConfig(**complete_config(run.config))
        return write_report_script(config, started["precision"] if started else "fp32")

    def _images(self, run: Run) -> Images:
        return load_images(run.config["dataset"])

    def _pixels(self, run: Run, indices: Sequence[int]) -> str:
        return base64.b64encode(self._images(run).test_images[list(indices)].tobytes()).decode() if indices else ""

    def _read(self, run: Run) -> dict[str, Any]:
        with self._lock:
            future = self._going.get(run.id)
            mine = future is None
            if future is None:
                future = self._going[run.id] = Future()
        if mine:
            try:
                future.set_result(_stored(run) or self._made(run))
            except BaseException as error:  # those who wait get it too
                future.set_exception(error)
            finally:
                with self._lock:
                    del self._going[run.id]
        return future.result()

    def _made(self, run: Run) -> dict[str, Any]:
        report = self._make(run)
        if run.log.ended:  # the weights of one that goes on will change
            try:
                write_json(run.folder / REPORT, report)
            except PlaygroundError as error:
                logger.warning("the report of a run is not kept: %s", error)
        return report


def _stored(run: Run) -> dict[str, Any] | None:
    """What lies in the run's own folder, where no learner's code can write; None for nothing, or another version's."""
    path = run.folder / REPORT
    try:
        if not path.is_file() or path.stat().st_size > FILE_BYTES_MOST:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        logger.warning("the report in %s cannot be read and is made again: %s", run.folder, error)
        return None
    return found if isinstance(found, dict) and found.get("schema") == SCHEMA_VERSION else None
