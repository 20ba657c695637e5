"""The JSON API: each function a tab calls is also a typed endpoint for gradio_client, curl and MCP clients.

Gradio makes the schema from the signatures, and does not check values against them: the backend does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import UnsupportedError
from playground.training.events import plain
from playground.ui.events import Page, _told

EVALUATION: dict[str, Any] = {"accuracy": None, "loss": None, "per_digit": [], "confusion": [], "mistakes": []}
PREDICTION: dict[str, Any] = {
    "digit": None,
    "confidence": None,
    "probabilities": [],
    "second": {"digit": None, "confidence": None},
    "seen": [],
    "milliseconds": None,
}


def add_endpoints(page: Page) -> None:
    """All endpoints, inside the Blocks that is being built; messages are in the page's language."""
    services = page.services

    def answer(empty: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Every key of the contract, always: what `work` computed, or the empty values with the error."""
        try:
            return plain({**empty, **work(), "error": None})
        except Exception as error:
            return {**empty, "error": _told(error).to_json(page.language)}

    def complete(empty: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The same for work whose answer has an `error` of its own, beside what was computed until then."""
        try:
            return plain({**empty, **work()})
        except Exception as error:
            return {**empty, "error": _told(error).to_json(page.language)}

    def environment() -> dict:
        """Versions, devices, threads and memory of the machine that the playground runs on."""
        empty = dict.fromkeys(("torch", "torchvision", "python", "device", "threads", "memory_bytes"))
        return answer({**empty, "devices": [], "precisions": []}, services.environment)

    def start_training(config: Any = None, request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """Start a training run. `config`: any keys of the training config; {} trains the Fast recipe."""

        def work() -> dict[str, Any]:
            run = services.training.start(config, _caller(request), attended=False)
            return {"run_id": run.id, "config": run.config}

        return answer({"run_id": None, "config": None}, work)

    def follow_training(run_id: str, since: int = 0) -> Iterator[dict]:
        """Stream the events of a run from number `since`: {events, next, error} until it is done, stopped or failed."""
        told = False
        try:
            for piece in services.training.follow(run_id, since, page.language):
                told = True
                yield {**piece, "error": None}
            if not told:  # it had ended, and all was known: a stream without a value would reach the client as null
                yield {"events": [], "next": since, "error": None}
        except Exception as error:
            yield {
                "events": [],
                "next": since if isinstance(since, int) else 0,
                "error": _told(error).to_json(page.language),
            }

    def stop_training(run_id: str) -> dict:
        """Stop a run; its last weights are kept. `stopped` is false when it had ended before."""
        return answer({"stopped": False}, lambda: {"stopped": services.training.stop(run_id)})

    def evaluate_run(run_id: str) -> dict:
        """Accuracy, loss, accuracy per digit, confusion matrix and mistakes of a run on the test set."""
        return answer(EVALUATION, lambda: services.trained.evaluate(run_id))

    def predict_digit(pixels: Any, model: str = "pretrained") -> dict:
        """Read a digit. `pixels`: rows of greys or base64 PNG/JPEG; `model`: pretrained, pretrained-fast, RUN_ID or
        RUN_ID@STEP of a snapshot."""
        return answer(PREDICTION, lambda: services.predict_digit(pixels, model))

    def run_tensors(code: str, seed: int = 0, request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """Run a tensor program: each operation as a step, what was printed, a script, and for errors fixes that were run."""
        empty = {"steps": [], "loops": [], "printed": "", "script": "", "truncated": False, "fixes": []}
        return complete(empty, lambda: services.run_tensors(code, seed, _caller(request), page.language))

    def trace_autograd(code: str, output: str = "loss", seed: int = 0, request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """Run a program and describe its autograd graph, with every gradient of the backward passes, node by node."""
        empty = {"nodes": [], "edges": [], "edge_inputs": [], "backward_order": [], "gradients": {}, "backwards": []}
        work = partial(services.graphs.trace, code, output, seed, _caller(request), page.language)
        return complete({**empty, "script": "", "fixes": []}, work)

    def check_model(model: str, input_shape: Any = None, batch_size: int = 32, request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """Rows, sums and repairs of a model: a preset's name, a JSON spec or PyTorch code. `input_shape`: of one sample."""
        sums = dict.fromkeys(("parameters", "trainable", "macs", "flops", "saved_bytes", "parameter_bytes"))
        empty = {"layers": [], "totals": sums, "input_shape": None, "script": "", "fixes": []}
        work = partial(services.models.check, model, input_shape, batch_size, _caller(request), page.language)
        return complete(empty, work)

    def export_model(model: str, format: str = "python", run_id: str = "", request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """A model as a file that was run and compared: python, notebook, safetensors, state_dict or onnx. `run_id`: whose
        best weights it has; with it `model` may be empty, for the run's own."""
        work = partial(services.exports.export, model, format, run_id, _caller(request), page.language)
        return complete({"file": None, "verified": False, "max_abs_difference": None}, work)

    def benchmark_precision(model: str, batch_size: int = 64, steps: int = 20, request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """Time, memory and loss of training steps in fp32, bf16 and fp16 on this machine, and why."""
        return measure("precision", {"model": model, "batch_size": batch_size, "steps": steps}, request)

    def benchmark_memory(model: str, batch_size: int = 64, optimizer: str = "adam", request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """The memory of a training step: forecast before anything is allocated, and measured."""
        return measure("memory", {"model": model, "batch_size": batch_size, "optimizer": optimizer}, request)

    def benchmark_checkpointing(model: str, batch_size: int = 64, request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """Peak memory and time of a step with more and more blocks checkpointed."""
        return measure("checkpointing", {"model": model, "batch_size": batch_size}, request)

    def benchmark_accumulation(
        model: str,
        batch_size: int = 64,
        micro_batches: Any = (1, 2, 4, 8),
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> dict:
        """Peak memory, time and gradient of the same batch in micro-batches."""
        wish = {"model": model, "batch_size": batch_size, "micro_batches": micro_batches}
        return measure("accumulation", wish, request)

    def measure(name: str, wish: dict[str, Any], request: gr.Request | None) -> dict[str, Any]:
        work = partial(services.benchmarks.run, name, wish, _caller(request), page.language)
        return complete({}, work)

    def list_runs(request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """The caller's own runs, pinned ones first, then the newest: id, name, model, state, numbers, origin."""

        def work() -> dict[str, Any]:
            if services.limits.public:  # a program is known by its address, which a class, or a proxy's whole public, shares
                raise UnsupportedError("run.list_public")
            return {"runs": services.comparison.list_runs(_caller(request))}

        return answer({"runs": []}, work)

    def export_run(run_id: str, format: str = "json", request: gr.Request = None) -> dict:  # type: ignore[assignment]
        """The history of a run as a file: json, csv or tensorboard; `run_id` may hold several, with commas between."""
        ids = [part.strip() for part in run_id.split(",")] if isinstance(run_id, str) else run_id
        return answer({"file": None}, lambda: services.comparison.export(ids, format, _caller(request)))

    endpoints = (
        *(environment, start_training, follow_training, stop_training, evaluate_run, predict_digit),
        *(run_tensors, trace_autograd, check_model, export_model, list_runs, export_run),
        *(benchmark_precision, benchmark_memory, benchmark_checkpointing, benchmark_accumulation),
    )
    for endpoint in endpoints:
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)


def _caller(request: gr.Request | None) -> str:
    """Who calls: programs have no id in a browser, so their share of the machine goes by address."""
    return f"address:{request.client.host}" if request is not None and request.client else "address:"
