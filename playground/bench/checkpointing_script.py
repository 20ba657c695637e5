"""The measurements of `measure_checkpointing` and `measure_budget` as programs that need torch alone."""

from __future__ import annotations

import inspect

import torch

from playground.bench import block_choice
from playground.bench.blocks import group_layers
from playground.bench.script_head import LIVE_BYTES, LIVE_IMPORTS, SAVED_BYTES, SYNCHRONISE, title_name, write_script
from playground.models.build import build_model
from playground.models.spec import ModelSpec

CHOICE_IMPORTS = ("from collections.abc import Sequence", "from dataclasses import dataclass", "from typing import Any")
IMPORTS = ("import contextlib", "import json", "import time", "from torch.utils.checkpoint import checkpoint")

LIST = '''
inputs, labels = make_batch()
model = model.to(DEVICE).train()
# The layers of each block.
BLOCKS = {blocks}
names = [" – ".join(dict.fromkeys((block[0], block[-1]))) for block in BLOCKS]


@contextlib.contextmanager
def checkpointed(chosen):
    """Gives a forward pass in which the blocks at these places are checkpointed."""

    def forward(x):
        for place, block in enumerate(BLOCKS):
            layers = nn.Sequential(*[model.get_submodule(name) for name in block])
            x = checkpoint(layers, x, use_reentrant=False) if place in chosen else layers(x)
        return x

    yield forward

'''

CODE = '''
inputs, labels = make_batch()
model = model.to(DEVICE).train()


def parts(module, path=""):
    """The children, those in lists among them, by path."""
    found = {}
    for name, child in module.named_children():
        inner = f"{path}.{name}".lstrip(".")
        found |= parts(child, inner) if isinstance(child, (nn.ModuleList, nn.ModuleDict)) else {inner: child}
    return found


children = parts(model)
while len(children) == 1 and type(next(iter(children.values()))) is nn.Sequential:
    ((path, only),) = children.items()
    children = parts(only, path)
calls = []
handles = [
    child.register_forward_pre_hook(lambda module, arguments, name=name: calls.append(name))
    for name, child in children.items()
]
model(inputs)
for handle in handles:
    handle.remove()
# The children that have parameters and are called once.
names = [name for name in dict.fromkeys(calls) if calls.count(name) == 1 and list(children[name].parameters())]
BLOCKS = [[name] for name in names]


@contextlib.contextmanager
def checkpointed(chosen):
    """Gives a forward pass in which the children at these places are checkpointed."""
    changed = [children[names[place]] for place in chosen]
    for child in changed:
        child.forward = partial(checkpoint, child.forward, use_reentrant=False)
    try:
        yield model
    finally:
        for child in changed:
            del child.forward

'''

STEP = """
def step(chosen):
    torch.manual_seed(SEED)  # the same dropout each time
    model.zero_grad(set_to_none=True)
    with checkpointed(chosen) as forward:
        batch_loss(forward(inputs), inputs, labels).backward()
    return [one.grad for one in model.parameters()]


def follow_step(chosen, live):
    "\""The same step, storage by storage."\""
    model.zero_grad(set_to_none=True)
    for tensor in [*model.parameters(), *model.buffers(), inputs, labels]:
        live.follow(tensor, "before the step")
    with live:
        step(chosen)
    return live


def time_step(chosen):
    synchronise()
    start = time.perf_counter()
    step(chosen)
    synchronise()
    return time.perf_counter() - start

"""

ROWS = """
plain = step([])
rows = []
for count in range(len(names) + 1):
    equal = all(a is b or torch.equal(a, b) for a, b in zip(plain, step(range(count))))
    peak = follow_step(range(count), LiveBytes()).peak
    rows.append({"checkpointed_blocks": count, "peak_bytes": peak, "gradients_equal": equal, "seconds": []})
for _ in range(5):
    for row in rows:
        row["seconds"].append(time_step(range(row["checkpointed_blocks"])))
for row in rows:
    row["step_seconds"] = sorted(row.pop("seconds"))[2]
print(json.dumps({"blocks": names, "rows": rows}))
"""

BUDGET = """
class Placed(LiveBytes):
    "\""Knows what was alive at the most while the step worked on each block."\""

    def __init__(self):
        super().__init__()
        self.place, self.peaks = 0, [0] * len(names)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = super().__torch_dispatch__(func, types, args, kwargs)
        self.peaks[self.place] = max(self.peaks[self.place], self.live)
        return out


@contextlib.contextmanager
def watched(enter, leave, back):
    "\""Meanwhile tells when a block begins and ends, and when the backward pass reaches it."\""

    def ended(place, output):
        leave(place)
        for one in tree_leaves(output):
            if isinstance(one, torch.Tensor) and one.requires_grad:
                one.register_hook(lambda gradient: back(place))
                break

    handles = []
    for place, block in enumerate(BLOCKS):
        first, last = model.get_submodule(block[0]), model.get_submodule(block[-1])
        handles.append(first.register_forward_pre_hook(lambda *_, place=place: enter(place)))
        handles.append(last.register_forward_hook(lambda *values, place=place: ended(place, values[-1])))
    yield
    for handle in handles:
        handle.remove()


def ignore(place):
    pass


def kept(chosen):
    with checkpointed(chosen) as forward:
        return saved_bytes(lambda: batch_loss(forward(inputs), inputs, labels), model)


def measure_blocks():
    live = Placed()

    def here(place):
        live.place = place

    with watched(here, ignore, here):
        follow_step([], live)
    started, taken = [0.0] * len(names), [[] for _ in names]

    def enter(place):
        synchronise()
        started[place] = time.perf_counter()

    def leave(place):
        synchronise()
        taken[place].append(time.perf_counter() - started[place])

    with watched(enter, leave, ignore), checkpointed([]) as forward:
        for _ in range(5):
            forward(inputs)
    whole = kept([])
    return [
        {"peak_bytes": peak, "freed_bytes": whole - kept([place]), "forward_seconds": sorted(times)[2]}
        for place, (peak, times) in enumerate(zip(live.peaks, taken))
    ]


plain = step([])
per_block = measure_blocks()
choice = choose_blocks(per_block, BUDGET_BYTES)
chosen = choice["blocks"]
equal = all(a is b or torch.equal(a, b) for a, b in zip(plain, step(chosen)))
found = {"budget_bytes": BUDGET_BYTES, "per_block": per_block, "blocks": [names[place] for place in chosen]}
found |= {"predicted_peak_bytes": choice["predicted_peak_bytes"], "gradients_equal": equal}
for name, places in (("plain", []), ("measured", chosen)):
    peak = follow_step(places, LiveBytes()).peak
    found[name] = {"peak_bytes": peak, "step_seconds": sorted(time_step(places) for _ in range(5))[2]}
found["fits"] = found["measured"]["peak_bytes"] <= BUDGET_BYTES
print(json.dumps(found))
"""


def write_checkpointing_script(spec: ModelSpec, batch_size: int) -> str:
    """A complete program: steps of the model on noise with none to all of its blocks checkpointed. Its last line is a JSON
    object {blocks, rows: [{checkpointed_blocks, peak_bytes, gradients_equal, step_seconds}]}."""
    return write_script(
        spec,
        batch_size,
        _blocks(spec) + STEP + ROWS,
        title=f"Steps of {title_name(spec)} with none to all of its blocks checkpointed. Needs torch alone.",
        imports=_imports(spec),
        parts=(SYNCHRONISE, LIVE_BYTES),
    )


def write_budget_script(spec: ModelSpec, batch_size: int, budget_bytes: int) -> str:
    """A complete program that chooses the blocks for a budget of memory and runs that step. Its last line is a JSON object
    {budget_bytes, fits, blocks, per_block, predicted_peak_bytes, plain, measured: {peak_bytes, step_seconds},
    gradients_equal}."""
    choosing = inspect.getsource(block_choice)
    return write_script(
        spec,
        batch_size,
        _blocks(spec) + STEP + BUDGET,
        title=f"Which blocks of {title_name(spec)} to checkpoint for a budget of memory. Needs torch alone.",
        imports=(*_imports(spec), *CHOICE_IMPORTS),
        settings=(f"BUDGET_BYTES = {budget_bytes}",),
        # From its first constant on: the imports stand above.
        parts=(SYNCHRONISE, SAVED_BYTES, LIVE_BYTES, "\n\n" + choosing[choosing.index("# The choices") :]),
    )


def _imports(spec: ModelSpec) -> tuple[str, ...]:
    return (*IMPORTS, *LIVE_IMPORTS, *(["from functools import partial"] if spec.code else []))


def _blocks(spec: ModelSpec) -> str:
    if spec.code:
        return CODE
    with torch.device("meta"):
        blocks = [list(block.paths) for block in group_layers(build_model(spec))]
    lines = "".join(f"    {block!r},\n" for block in blocks)
    return LIST.replace("{blocks}", f"[\n{lines}]")
