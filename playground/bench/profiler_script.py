"""write_profiler_script: the measurement of `measure_profile` as a program that needs torch alone."""

from __future__ import annotations

from playground.bench.memory_script import model_and_batch
from playground.bench.subject import LEARNING_RATE
from playground.models.spec import ModelSpec
from playground.training.optimizers import OPTIMIZERS

SCRIPT = '''"""Where the time of a training step of {name} goes, by torch.profiler. Needs torch alone; writes trace.json."""
import json
import time
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile, record_function

torch.manual_seed(0)


{model}

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
BATCH, STEPS = {batch}, {steps}
images = {images}.to(DEVICE)
labels = torch.randint(0, 10, (BATCH,)).to(DEVICE)
model.to(DEVICE).train()
optimizer = {optimizer}


def compute_loss(output):
    """Cross-entropy of scores, the mean square error of an image, else the mean square."""
    output = output[0] if isinstance(output, tuple) else output
    if output.dim() == 2 and output.shape[1] >= 10:
        return F.cross_entropy(output, labels)
    if output.shape == images.shape and images.is_floating_point():
        return F.mse_loss(output, images)
    return output.float().square().mean()


def synchronise():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def step():
    with record_function("phase forward"):
        output = model(images)
        synchronise()
    with record_function("phase loss"):
        loss = compute_loss(output)
        synchronise()
    with record_function("phase backward"):
        loss.backward()
        synchronise()
    with record_function("phase optimizer"):
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        synchronise()


def timed(count):
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if DEVICE.type == "cuda" else [])]
settings = dict(activities=activities, record_shapes=True, profile_memory=True, acc_events=True)
step()
with profile(**settings):  # the first profile of a process takes longer
    step()
plain_seconds = timed(STEPS)
with profile(**settings) as profiler:
    profiled_seconds = timed(STEPS)
averages = profiler.key_averages()
print(averages.table(sort_by="self_cpu_time_total", row_limit=15))
with profile(**settings) as one_step:
    step()
one_step.export_chrome_trace("trace.json")  # for ui.perfetto.dev or chrome://tracing

operations = [event for event in averages if event.key.startswith("aten::")]
operations.sort(key=lambda event: -event.self_cpu_time_total)
phases = {{event.key[6:]: event.cpu_time_total * 1e-6 / STEPS for event in averages if event.key.startswith("phase ")}}
result = {{
    "rows": [
        {{"operation": event.key, "calls": event.count // STEPS, "self_seconds": event.self_cpu_time_total * 1e-6 / STEPS}}
        for event in operations[:10]
    ],
    "phases": phases,
    "plain_seconds": plain_seconds,
    "profiled_seconds": profiled_seconds,
}}
print(json.dumps(result))
'''


def write_profiler_script(spec: ModelSpec, batch_size: int, optimizer: str, steps: int) -> str:
    """A complete program: steps of the model on noise under the profiler. It prints PyTorch's own table, writes `trace.json`
    and ends with a JSON line {rows: [{operation, calls, self_seconds}], phases, plain_seconds, profiled_seconds}.

    Raises:
        InputError: no such optimizer.
    """
    entry = OPTIMIZERS.find(optimizer)
    settings = entry.arguments(LEARNING_RATE, 0.0, 0.9, fused=False)
    written = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    made = f"torch.optim.{entry.name}([one for one in model.parameters() if one.requires_grad], {written})"
    name, model, images = model_and_batch(spec)
    return SCRIPT.format(name=name, model=model, images=images, batch=batch_size, steps=steps, optimizer=made)
