"""write_profiler_script: the measurement of `measure_profile` as a program that needs torch alone."""

from __future__ import annotations

from playground.bench.script_head import SYNCHRONISE, optimizer_source, title_name, write_script
from playground.models.spec import ModelSpec

SCRIPT = """
STEPS = {steps}
inputs, labels = make_batch()
model = model.to(DEVICE).train()
optimizer = {optimizer}


def step():
    with record_function("phase forward"):
        output = model(inputs)
        synchronise()
    with record_function("phase loss"):
        loss = batch_loss(output, inputs, labels)
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
"""


def write_profiler_script(spec: ModelSpec, batch_size: int, optimizer: str, steps: int) -> str:
    """A complete program: steps of the model on noise under the profiler. It prints PyTorch's own table, writes `trace.json`
    and ends with a JSON line {rows: [{operation, calls, self_seconds}], phases, plain_seconds, profiled_seconds}.

    Raises:
        InputError: no such optimizer.
    """
    return write_script(
        spec,
        batch_size,
        SCRIPT.format(steps=steps, optimizer=optimizer_source(optimizer, "model")),
        title=f"Where the time of a training step of {title_name(spec)} goes, by torch.profiler; it writes trace.json.",
        imports=("import json", "import time", "from torch.profiler import ProfilerActivity, profile, record_function"),
        parts=(SYNCHRONISE,),
    )
