"""write_checkpointing_script: the measurement of `measure_checkpointing` as a program that needs torch alone."""

from __future__ import annotations

import torch

from playground.bench.blocks import group_layers
from playground.bench.memory_script import script_head
from playground.models.build import build_model
from playground.models.spec import ModelSpec

LIST = '''import contextlib
import time

from torch.utils.checkpoint import checkpoint

# The layers of each block.
BLOCKS = {blocks}
names = [" - ".join(dict.fromkeys((block[0], block[-1]))) for block in BLOCKS]


@contextlib.contextmanager
def checkpointed(count):
    """Gives a forward pass in which the first `count` blocks are checkpointed."""

    def forward(x):
        for place, block in enumerate(BLOCKS):
            layers = nn.Sequential(*[model.get_submodule(name) for name in block])
            x = checkpoint(layers, x, use_reentrant=False) if place < count else layers(x)
        return x

    yield forward

'''

CODE = '''import contextlib
import time
from functools import partial

from torch.utils.checkpoint import checkpoint

calls = []
handles = [
    child.register_forward_pre_hook(lambda module, arguments, name=name: calls.append(name))
    for name, child in model.named_children()
]
model(images)
for handle in handles:
    handle.remove()
# The children that have parameters and are called once.
names = [
    name for name in dict.fromkeys(calls) if calls.count(name) == 1 and list(model.get_submodule(name).parameters())
]


@contextlib.contextmanager
def checkpointed(count):
    """Gives a forward pass in which the first `count` of these children are checkpointed."""
    chosen = [model.get_submodule(name) for name in names[:count]]
    for child in chosen:
        child.forward = partial(checkpoint, child.forward, use_reentrant=False)
    try:
        yield model
    finally:
        for child in chosen:
            del child.forward

'''

ROWS = """
def step(count):
    torch.manual_seed(0)  # the same dropout each time
    model.zero_grad(set_to_none=True)
    with checkpointed(count) as forward:
        loss = compute_loss(forward(images))
        loss.backward()
    return [one.grad for one in model.parameters()]


plain = step(0)
rows = []
for count in range(len(names) + 1):
    equal = all(a is b or torch.equal(a, b) for a, b in zip(plain, step(count)))
    model.zero_grad(set_to_none=True)
    live = LiveBytes()
    for tensor in [*model.parameters(), *model.buffers(), images, labels]:
        live.follow(tensor, "before the step")
    with live:
        step(count)
    rows.append({"checkpointed_blocks": count, "peak_bytes": live.peak, "gradients_equal": equal, "seconds": []})
for _ in range(5):
    for row in rows:
        start = time.perf_counter()
        step(row["checkpointed_blocks"])
        row["seconds"].append(time.perf_counter() - start)
for row in rows:
    row["step_seconds"] = sorted(row.pop("seconds"))[2]
print(json.dumps({"blocks": names, "rows": rows}))
"""


def write_checkpointing_script(spec: ModelSpec, batch_size: int) -> str:
    """A complete program: steps of the model on noise with none to all of its blocks checkpointed. Its last line is a JSON
    object {blocks, rows: [{checkpointed_blocks, peak_bytes, gradients_equal, step_seconds}]}."""
    if spec.code:
        return script_head(spec, batch_size) + CODE + ROWS
    with torch.device("meta"):
        blocks = [list(block.paths) for block in group_layers(build_model(spec))]
    lines = "".join(f"    {block!r},\n" for block in blocks)
    return script_head(spec, batch_size) + LIST.replace("{blocks}", f"[\n{lines}]") + ROWS
