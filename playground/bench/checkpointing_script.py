"""write_checkpointing_script: the measurement of `measure_checkpointing` as a program that needs torch alone."""

from __future__ import annotations

import torch

from playground.bench.blocks import group_layers
from playground.bench.script_head import LIVE_BYTES, LIVE_IMPORTS, SYNCHRONISE, title_name, write_script
from playground.models.build import build_model
from playground.models.spec import ModelSpec

IMPORTS = ("import contextlib", "import json", "import time", "from torch.utils.checkpoint import checkpoint")

LIST = '''
inputs, labels = make_batch()
model = model.to(DEVICE).train()
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

CODE = '''
inputs, labels = make_batch()
model = model.to(DEVICE).train()
calls = []
handles = [
    child.register_forward_pre_hook(lambda module, arguments, name=name: calls.append(name))
    for name, child in model.named_children()
]
model(inputs)
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
        loss = batch_loss(forward(inputs), inputs, labels)
        loss.backward()
    return [one.grad for one in model.parameters()]


plain = step(0)
rows = []
for count in range(len(names) + 1):
    equal = all(a is b or torch.equal(a, b) for a, b in zip(plain, step(count)))
    model.zero_grad(set_to_none=True)
    live = LiveBytes()
    for tensor in [*model.parameters(), *model.buffers(), inputs, labels]:
        live.follow(tensor, "before the step")
    with live:
        step(count)
    rows.append({"checkpointed_blocks": count, "peak_bytes": live.peak, "gradients_equal": equal, "seconds": []})
for _ in range(5):
    for row in rows:
        synchronise()
        start = time.perf_counter()
        step(row["checkpointed_blocks"])
        synchronise()
        row["seconds"].append(time.perf_counter() - start)
for row in rows:
    row["step_seconds"] = sorted(row.pop("seconds"))[2]
print(json.dumps({"blocks": names, "rows": rows}))
"""


def write_checkpointing_script(spec: ModelSpec, batch_size: int) -> str:
    """A complete program: steps of the model on noise with none to all of its blocks checkpointed. Its last line is a JSON
    object {blocks, rows: [{checkpointed_blocks, peak_bytes, gradients_equal, step_seconds}]}."""
    body = CODE
    if not spec.code:
        with torch.device("meta"):
            blocks = [list(block.paths) for block in group_layers(build_model(spec))]
        lines = "".join(f"    {block!r},\n" for block in blocks)
        body = LIST.replace("{blocks}", f"[\n{lines}]")
    return write_script(
        spec,
        batch_size,
        body + ROWS,
        title=f"Steps of {title_name(spec)} with none to all of its blocks checkpointed. Needs torch alone.",
        imports=(*IMPORTS, *LIVE_IMPORTS, *(["from functools import partial"] if spec.code else [])),
        parts=(SYNCHRONISE, LIVE_BYTES),
    )
