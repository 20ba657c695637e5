"""write_memory_script: the measurement of `measure_memory` as a program that needs torch alone."""

from __future__ import annotations

from playground.bench.subject import LEARNING_RATE
from playground.models.source import bound_source, class_name, model_source
from playground.models.spec import LayerSpec, ModelSpec
from playground.training.optimizers import OPTIMIZERS

HEAD = '''"""The memory of one training step of {name}, followed storage by storage. Needs torch alone."""
import json
import weakref
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

torch.manual_seed(0)


{model}

BATCH = {batch}
images = {images}
labels = torch.randint(0, 10, (BATCH,))


def compute_loss(output):
    """Cross-entropy of scores, the mean square error of an image, else the mean square."""
    output = output[0] if isinstance(output, tuple) else output
    if output.dim() == 2 and output.shape[1] >= 10:
        return F.cross_entropy(output, labels)
    if output.shape == images.shape and images.is_floating_point():
        return F.mse_loss(output, images)
    return output.float().square().mean()


class LiveBytes(TorchDispatchMode):
    """Adds up the bytes of all storages that are alive."""

    def __init__(self):
        super().__init__()
        self.live = self.peak = 0
        self.operation, self.known = "", set()

    def follow(self, tensor, operation):
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self.known:
            return
        self.known.add(key)
        self.live += size
        if self.live > self.peak:
            self.peak, self.operation = self.live, operation
        weakref.finalize(storage, self.forget, key, size)

    def forget(self, key, size):
        self.known.discard(key)
        self.live -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {{}}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self.follow(leaf, str(func.overloadpacket))
        return out


def size_of(tensors):
    return sum({{tensor.untyped_storage()._cdata: tensor.untyped_storage().nbytes() for tensor in tensors}}.values())


model.train()
'''

MEMORY = """optimizer = {optimizer}


def state():
    return [value for entry in optimizer.state.values() for value in entry.values() if isinstance(value, torch.Tensor)]


# One step first: the optimizer makes its state in it.
compute_loss(model(images)).backward()
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
    loss = compute_loss(model(images))
saved_bytes = sum(storage.nbytes() for storage in saved.values())
saved.clear()
del loss

live = LiveBytes()
for tensor in [*model.parameters(), *model.buffers(), *state(), images, labels]:
    live.follow(tensor, "before the step")
with live:
    loss = compute_loss(model(images))
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
    entry = OPTIMIZERS.find(optimizer)
    settings = entry.arguments(LEARNING_RATE, 0.0, 0.9, fused=False)
    written = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    trained = "[one for one in model.parameters() if one.requires_grad]"
    made = f"torch.optim.{entry.name}({trained}, {written})"
    return script_head(spec, batch_size) + MEMORY.format(optimizer=made)


def script_head(spec: ModelSpec, batch_size: int) -> str:
    """What every script of this kind begins with: the model in training mode, a batch, the loss, and LiveBytes."""
    name, model, images = model_and_batch(spec)
    return HEAD.format(name=name, model=model, batch=batch_size, images=images)


def model_and_batch(spec: ModelSpec) -> tuple[str, str, str]:
    """What a script calls the model, the code that makes it as `model`, and an expression for BATCH inputs."""
    if spec.code:
        source, name = bound_source(spec.code), "the model"
    else:
        name = class_name(spec)
        source = f"{model_source(spec)}\n\nmodel = {name}()\n"
    shape = ", ".join(map(str, spec.input_shape))
    images = f"torch.rand(BATCH, {shape})"
    first = _first(spec.layers)
    if first is not None and first.type == "Embedding":
        images = f"torch.randint(0, {first.arguments.get('num_embeddings', 1)}, (BATCH, {shape}))"
    return name, source.rstrip(), images


def _first(layers: tuple[LayerSpec, ...]) -> LayerSpec | None:
    for layer in layers:
        found = _first(layer.layers) if layer.layers else layer
        if found is not None:
            return found
    return None
