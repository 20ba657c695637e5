"""How quick the server is while people watch, start and draw."""

from __future__ import annotations

import base64
import io
import statistics
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from PIL import Image

from playground.bench.rows import Row, latency_row
from playground.bench.workbench import Workbench, await_step
from playground.digits.strokes import render_strokes
from playground.errors import InternalError, PlaygroundError
from playground.runs.run import Run
from playground.tensors.examples import EXAMPLES

# A 7 as a hand writes it, in parts of the canvas.
SEVEN = [[(0.28, 0.24), (0.72, 0.22), (0.55, 0.5), (0.44, 0.8)], [(0.38, 0.52), (0.66, 0.5)]]
CANVAS_PIXELS, PEN_PIXELS = 280, 20


def measure_streaming(bench: Workbench) -> list[Row]:
    """What one follower, who discards what comes, costs a run: pairs of equal runs with and without."""
    bench.finish(bench.start(recipe="Fast", epochs=bench.effort.streaming_epochs))
    costs = []
    for pair in range(bench.effort.pairs):
        # The second of a pair finds a warmer machine: each kind is the second in turn.
        order = (True, False) if pair % 2 else (False, True)
        seconds = {followed: _train_once(bench, followed=followed) for followed in order}
        costs.append(100 * (seconds[True] / seconds[False] - 1))
    values = {"count": len(costs), "values": ", ".join(f"{cost:+.1f}" for cost in costs)}
    return [Row("streaming_cost", statistics.median(costs), 3, "%", detail="bench.detail_pairs", values=values)]


def measure_start(bench: Workbench) -> list[Row]:
    """From Start to the first step that a follower sees, everything warm."""
    seconds = []
    for number in range(1 + bench.effort.starts):
        start = time.perf_counter()
        run = bench.start(recipe="Fast")
        await_step(bench.services, run)
        if number:  # the first one warms up
            seconds.append(time.perf_counter() - start)
        bench.services.training.stop(run.id)
        bench.finish(run)
    each = ", ".join(f"{value:.2f}" for value in seconds)
    median = statistics.median(seconds)
    return [Row("start_seconds", median, 1, "s", detail="bench.detail_starts", values={"seconds": each})]


def measure_predict(bench: Workbench) -> list[Row]:
    """One prediction after the other: alone, then while a network trains, at the pace of a moving pen."""
    model, pixels = _ready_model(bench), draw_digit()
    alone = [_predict_once(bench, pixels, model) for _ in range(bench.effort.predictions)]
    during = []
    with bench.training():
        for _ in range(bench.effort.predictions):
            during.append(_predict_once(bench, pixels, model))
            time.sleep(bench.effort.prediction_gap_seconds)
    return [
        latency_row("predict_alone", alone, 40, median=True),
        latency_row("predict_training", during, 150),
    ]


def measure_class(bench: Workbench) -> list[Row]:
    """A class draws, each person once a second, while one trains; the clock starts at the wish, not at its turn."""
    people = bench.effort.people
    model, pixels = _ready_model(bench), draw_digit()
    with bench.training(), ThreadPoolExecutor(people) as pool:
        begin = time.perf_counter()
        answers: list[Future[float]] = []
        for number in range(round(people * bench.effort.class_seconds)):
            wished = begin + number / people
            time.sleep(max(0.0, wished - time.perf_counter()))
            answers.append(pool.submit(_predict_since, bench, pixels, model, wished))
    errors = [answer for answer in answers if isinstance(answer.exception(), PlaygroundError)]
    if errors:
        return [
            Row(
                "predict_class",
                None,
                300,
                "ms",
                detail="bench.detail_errors",
                values={"people": people, "count": len(errors)},
            )
        ]
    return [latency_row("predict_class", [answer.result() for answer in answers], 300, people=people)]


def measure_tensors(bench: Workbench) -> list[Row]:
    """The examples of the Tensors tab, each run several times as the page runs them, in a child of its own."""
    seconds = []
    for example in EXAMPLES.values():
        for _ in range(bench.effort.tensor_runs):
            start = time.perf_counter()
            answer = bench.services.run_tensors(example.program("en"), 0, "bench", "en")
            seconds.append(time.perf_counter() - start)
            if answer["error"] is not None:
                raise InternalError("error.internal")
    return [latency_row("tensor_run", seconds, 100, median=True)]


def draw_digit() -> str:
    """A drawn 7 as the page sends it: a canvas as a base64 PNG."""
    file = io.BytesIO()
    Image.fromarray(render_strokes(SEVEN, CANVAS_PIXELS, PEN_PIXELS)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _train_once(bench: Workbench, *, followed: bool) -> float:
    """Training seconds of one short run."""
    run = bench.start(recipe="Fast", epochs=bench.effort.streaming_epochs)
    follower = threading.Thread(target=_discard_events, args=(bench, run))
    if followed:
        follower.start()
    seconds = bench.finish(run)["training_seconds"]
    if followed:
        follower.join()
    return seconds


def _discard_events(bench: Workbench, run: Run) -> None:
    for _ in bench.services.training.follow(run.id, 0, "en"):
        continue


def _ready_model(bench: Workbench) -> str:
    """The shipped MNISTNet; before it has been trained, a MNISTNet that learned from a few images."""
    if bench.services.weights_of("pretrained").is_file():
        model = "pretrained"
    else:
        run = bench.start(model="MNISTNet", train_size=1280, epochs=1)
        bench.finish(run)
        model = run.id
    bench.services.predict_digit(draw_digit(), model)
    return model


def _predict_once(bench: Workbench, pixels: str, model: str) -> float:
    return _predict_since(bench, pixels, model, time.perf_counter())


def _predict_since(bench: Workbench, pixels: str, model: str, since: float) -> float:
    """Seconds from `since` until the answer was there."""
    bench.services.predict_digit(pixels, model)
    return time.perf_counter() - since
