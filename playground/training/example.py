"""Record the finished run that the Train tab shows before the first one: `make examples`."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from playground.evaluation.work import report_checkpoint
from playground.jobs.log import EventLog
from playground.limits import read_limits
from playground.models.checkpoint import write_json
from playground.runs.run import CONFIG, EVALUATION, EXAMPLE, METRICS, REPORT, SCHEMA_VERSION
from playground.training.config import resolve_config
from playground.training.loop import BEST, train

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "examples" / "train"


def record() -> None:
    """Train the Fast recipe with seed 0 and keep its config, events, evaluation and report, not its weights."""
    config = resolve_config({"recipe": "Fast", "seed": 0}, read_limits(public=False))
    work = Path(tempfile.mkdtemp(prefix="example-"))
    entry = {
        "schema_version": SCHEMA_VERSION,
        "id": EXAMPLE,
        "visitor": "",
        "created": time.time(),
        "torch": torch.__version__,
        "config": config.to_json(),
    }
    (work / CONFIG).write_text(json.dumps(entry, indent=1), encoding="utf-8")
    log = EventLog(work / METRICS)
    log.append([_short(event.to_json()) for event in train(config, work)])
    report = report_checkpoint(config, work / BEST, read_limits(public=False))
    write_json(work / REPORT, report)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG, METRICS, EVALUATION, REPORT):
        shutil.copyfile(work / name, FOLDER / name)
    shutil.rmtree(work)
    print(f"{len(log)} events, test accuracy {log.last['test_accuracy']}")


def _short(value: Any) -> Any:
    """Six significant digits: enough to compare with, half the file."""
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


if __name__ == "__main__":
    record()
