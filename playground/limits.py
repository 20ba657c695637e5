"""Every cap of the playground, its reason, and the environment variable that overrides it.

Two modes, one switch: *local* is a person at home who may run for hours; *public* is a class room or a Space, where one
visitor must not take the machine from the others. The mode is public when the server listens on more than the loopback
address, unless `PLAYGROUND_MODE` says otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from playground.errors import InputError

MiB = 2**20
GiB = 2**30
# Of the scale benchmark: each is a process that imports torch.
SCALE_PROCESSES = 4
# Digits drawn as a data set: so many classes with so many drawings each, to have something to tell apart and to test.
DRAWN_CLASSES, DRAWN_EACH = 2, 2


def _cap(local: float, public: float, reason: str) -> Any:
    return field(metadata={"local": local, "public": public, "reason": reason})


@dataclass(frozen=True)
class Limits:
    """The caps in force. Times are seconds, sizes bytes; `PLAYGROUND_<NAME>` in the environment overrides one."""

    public: bool
    training_jobs: int = _cap(1, 1, "training runs at a time per two cores: more would only slow each other down")
    short_jobs: int = _cap(4, 8, "programs and evaluations at a time: each takes a second, none may wait for a training run")
    queue_length: int = _cap(20, 60, "jobs that wait: a class of thirty, twice")
    jobs_per_visitor: int = _cap(8, 3, "jobs that one visitor has waiting or running")
    training_seconds: float = _cap(
        4 * 3600, 1800, "one run, pauses not counted: at home hours, in a class the Tutorial recipe"
    )
    paused_seconds: float = _cap(24 * 3600, 300, "a paused run holds its place on the machine")
    unattended_grace_seconds: float = _cap(120, 120, "a run started from the page ends when nobody has looked for so long")
    stop_grace_seconds: float = _cap(3, 3, "after a stop, time to save the last checkpoint; then the child is killed")
    job_memory_bytes: int = _cap(12 * GiB, 3 * GiB, "address space that one job may add to what it started with")
    processes: int = _cap(8, 2, "of one run, and never more than there are cores: each computes all the time")
    epochs: float = _cap(1000, 100, "beyond this a number was mistyped")
    batch_size: int = _cap(10_000, 4096, "activations grow with it")
    model_parameters: int = _cap(200_000_000, 5_000_000, "MNISTNet has 0.9 million")
    model_text_bytes: int = _cap(200_000, 100_000, "a spec of a hundred layers has 10 kB")
    runs_per_visitor: int = _cap(200, 20, "older runs are deleted first")
    runs_total: int = _cap(2000, 300, "over all visitors")
    pinned_per_visitor: int = _cap(100, 5, "pinned runs are deleted last: a few for each, so that there is room for others")
    run_bytes_per_visitor: int = _cap(20 * GiB, GiB // 2, "all runs of a visitor; MNISTNet takes 8 MB, a long history 20 MB")
    run_bytes_total: int = _cap(50 * GiB, 8 * GiB, "over all visitors")
    run_age_seconds: float = _cap(365 * 86400, 2 * 86400, "runs older than this are deleted")
    snapshots_per_run: int = _cap(40, 20, "states of a run to go back to; when there are more, every other one goes")
    snapshots_bytes: int = _cap(256 * MiB, 64 * MiB, "all snapshots of one run: six of MNISTNet with Adam in a class")
    snapshots_total_bytes: int = _cap(10 * GiB, 8 * GiB, "all snapshots of all runs; those of the oldest runs go first")
    follow_events: int = _cap(2000, 2000, "events in one answer: a reader that comes late catches up in pieces")
    program_seconds: float = _cap(7, 7, "a learner's program; with its kill and its start an answer takes less than 10 s")
    program_steps: int = _cap(2_000_000, 1_000_000, "loop turns and calls of a program: a second or two of pure Python")
    program_bytes: int = _cap(256 * MiB, 256 * MiB, "tensors of a program: beyond this nothing is seen on a page")
    program_operations: int = _cap(200 * 10**9, 100 * 10**9, "floating-point operations: some seconds of one core")
    program_text_bytes: int = _cap(50_000, 50_000, "a chapter of the course has 7 kB")
    program_print_bytes: int = _cap(100_000, 100_000, "what a program prints")
    program_memory_bytes: int = _cap(
        336 * MiB, 336 * MiB, "address space that a program may add: its tensors, and room for what torch needs itself"
    )
    graph_nodes: int = _cap(5000, 5000, "nodes of a program's graph: beyond this nobody looks at one, and each costs memory")
    sessions: int = _cap(
        5, 9, "graphs, checks and readers that stay open for questions; the one that was asked longest ago goes first"
    )
    session_seconds: float = _cap(3600, 900, "a graph that stays open; after that it is made again when somebody asks")
    session_memory_bytes: int = _cap(2 * GiB, GiB, "address space that an open graph may add: every gradient of it is kept")
    program_trace_steps: int = _cap(1000, 1000, "operations that are shown one by one")
    lesson_jobs: int = _cap(2, 4, "programs of failure lessons at a time: a lesson is two, side by side")
    lesson_seconds: float = _cap(180, 90, "one program of a lesson; alone on a core it takes one to five seconds")
    lessons_kept: int = _cap(50, 300, "lessons that were run, of all visitors, with their curves; the oldest go first")
    benchmark_seconds: float = _cap(300, 60, "a benchmark has the machine for itself, and the others wait")
    benchmark_repeat_seconds: float = _cap(30, 20, "of that, what is repeated: enough steps for a verdict")
    benchmarks_kept: int = _cap(200, 300, "results of benchmarks, of all visitors; the oldest go first")
    export_seconds: float = _cap(120, 60, "a model is written, run and compared; an ONNX graph takes a few seconds")
    export_jobs: int = _cap(2, 2, "exports and uploads at a time")
    export_file_seconds: float = _cap(600, 600, "a file that was exported waits so long to be fetched")
    export_files_bytes: int = _cap(4 * GiB, GiB, "all exported files that wait; the oldest go first")
    weights_bytes: int = _cap(
        22 * MiB, 22 * MiB, "a file of weights that comes back: 5 million parameters, as a job can tell it"
    )
    weights_kept: int = _cap(100, 60, "files of weights that came back, of all visitors; the oldest go first")
    weights_age_seconds: float = _cap(30 * 86400, 86400, "weights that came back are deleted when they are older than this")
    images_bytes: int = _cap(22 * MiB, 22 * MiB, "a zip of one's own images, as a page can send it")
    images_count: int = _cap(4000, 2000, "images in it: each takes some milliseconds to decode and to centre")
    images_kept: int = _cap(100, 60, "data sets of all visitors' own images; the oldest go first")
    images_own: int = _cap(20, 4, "of one visitor: the oldest go first")
    images_age_seconds: float = _cap(30 * 86400, 86400, "one's own images are deleted when they are older than this")
    drawings_count: int = _cap(
        1000, 500, "digits drawn as a data set: an hour of drawing; each takes milliseconds to prepare"
    )
    drawing_strokes: int = _cap(30, 30, "of one drawing: a digit has four at most")
    drawing_points: int = _cap(2000, 2000, "of one drawing, over all its strokes: the page keeps one every two pixels")
    request_bytes: int = _cap(24 * MiB, 6 * MiB, "the body of one request: a photo as base64")
    requests_per_second: float = _cap(
        1000,
        1000,
        "of one address, on average; a class behind one router shares an address, and a curve asks 12 times a second",
    )
    visitors: int = _cap(50, 200, "sessions that Gradio keeps; each costs about 0.1 MB")


def read_limits(*, public: bool, environment: Mapping[str, str] | None = None) -> Limits:
    """The caps of one mode, with the overrides of the environment.

    Raises:
        InputError: for an override that is not a positive number.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for cap in fields(Limits):
        if not cap.metadata:
            continue
        variable = f"PLAYGROUND_{cap.name.upper()}"
        values[cap.name] = cap.metadata["public" if public else "local"]
        if variable in environment:
            values[cap.name] = _number(variable, environment[variable], float if cap.type == "float" else int)
    return Limits(public=public, **values)


def is_public(host: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether strangers may reach the server: by `PLAYGROUND_MODE`, else by the address it listens on."""
    environment = os.environ if environment is None else environment
    mode = environment.get("PLAYGROUND_MODE", "").lower()
    if mode in ("public", "local"):
        return mode == "public"
    if mode:
        raise InputError("error.mode", value=mode)
    return host not in ("localhost", "::1") and not host.startswith("127.")


def _number(variable: str, text: str, number_type: type) -> float:
    try:
        number = number_type(float(text))
    except (ValueError, OverflowError):
        number = -1
    if not 0 < number < float("inf"):
        raise InputError("error.override", variable=variable, value=text)
    return number
