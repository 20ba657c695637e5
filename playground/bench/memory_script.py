"""write_memory_script: the measurement of `measure_memory` as a program that needs torch alone."""

from __future__ import annotations

from playground.bench.script_head import LIVE_BYTES, LIVE_IMPORTS, optimizer_source, title_name, write_script
from playground.models.spec import ModelSpec

MEMORY = """
def size_of(tensors):
    return sum({{tensor.untyped_storage()._cdata: tensor.untyped_storage().nbytes() for tensor in tensors}}.values())


inputs, labels = make_batch()
model = model.to(DEVICE).train()
optimizer = {optimizer}


def state():
    return [value for entry in optimizer.state.values() for value in entry.values() if isinstance(value, torch.Tensor)]


# One step first: the optimizer makes its state in it.
batch_loss(model(inputs), inputs, labels).backward()
optimizer.step()
optimizer.zero_grad(set_to_none=True)

own = {{tensor.untyped_storage()._cdata for tensor in [*model.parameters(), *model.buffers()]}}
saved = {{}}


def pack(tensor):
    storage = tensor.untyped_storage()
    if storage._cdata not in own:
        saved[storage._cdata] = storage
    return tensor


with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
    loss = batch_loss(model(inputs), inputs, labels)
saved_bytes = sum(storage.nbytes() for storage in saved.values())
saved.clear()
del loss

live = LiveBytes()
for tensor in [*model.parameters(), *model.buffers(), *state(), inputs, labels]:
    live.follow(tensor, "before the step")
with live:
    loss = batch_loss(model(inputs), inputs, labels)
    loss.backward()
    optimizer.step()
parameters = list(model.parameters())
result = {{
    "parameters": size_of(parameters),
    "gradients": size_of(one.grad for one in parameters if one.grad is not None),
    "optimizer": size_of(state()),
    "activations": saved_bytes,
    "peak": live.peak,
    "operation": live.operation,
}}
print(json.dumps(result))
"""


def write_memory_script(spec: ModelSpec, batch_size: int, optimizer: str) -> str:
    """A complete program: one step of the model on noise. Its last line is a JSON object {parameters, gradients, optimizer,
    activations, peak: bytes, operation}.

    Raises:
        InputError: no such optimizer.
    """
    return write_script(
        spec,
        batch_size,
        MEMORY.format(optimizer=optimizer_source(optimizer, "model")),
        title=f"The memory of one training step of {title_name(spec)}, followed storage by storage. Needs torch alone.",
        imports=("import json", *LIVE_IMPORTS),
        parts=(LIVE_BYTES,),
    )
