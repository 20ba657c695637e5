"""The exported ONNX graph: run by ONNX Runtime with another number of samples than it was made with."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import torch

from playground.errors import LimitError, UnsupportedError
from playground.exports.subject import Subject, largest_difference

# ONNX Runtime's own builds tell their maker what they run, unless this is set before it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
INSTALL = "pip install -r requirements-onnx.txt"
COUNTS = (1, 5)
REASON_MOST = 160


def check_packages() -> None:
    """
    Raises:
        UnsupportedError: a package is missing; the message says how to get it.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UnsupportedError("export.onnx_missing", names=", ".join(missing), command=INSTALL)


def write_onnx(subject: Subject) -> bytes:
    """The graph, whose first dimension takes any number of samples.

    Raises:
        UnsupportedError: the model is no fixed graph for any number of samples.
    """
    check_packages()
    batch = subject.batch(2)
    names = [f"output{place or ''}" for place in range(len(subject.outputs(batch)))]

    def export() -> Any:
        return torch.onnx.export(
            subject.module,
            (batch,),
            input_names=["input"],
            output_names=names,
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )

    with _quiet():
        try:
            program = subject.run(export)
        except Exception as error:  # the exporter raises what the model, torch.export and its own passes raise
            if isinstance(error, LimitError):
                raise
            reason = _reason(subject.cause(error))
            raise UnsupportedError("export.onnx_graph", name=subject.spec.name, reason=reason) from error
        return program.model_proto.SerializeToString()


def verify_onnx(subject: Subject, file: bytes) -> float:
    """The largest difference to what ONNX Runtime computes, for 1 sample and for 5."""
    with _silent():
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for count in COUNTS:
        batch = subject.batch(count)
        made = [torch.from_numpy(one) for one in session.run(None, {"input": batch.numpy()})]
        largest = max(largest, largest_difference(subject.outputs(batch), made))
    return largest


def _reason(error: BaseException) -> str:
    """The first line of what lies at the bottom of it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:REASON_MOST]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints its progress, warns of what it does itself, and logs what it then raises."""
    with contextlib.suppress(ImportError):
        from tqdm import tqdm

        # torch draws a bar with it, whose lock between processes would be left behind by a child.
        tqdm.set_lock(threading.RLock())
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Nothing reaches the log meanwhile: what looks for a GPU in C++ says there that a confined process may not look."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
