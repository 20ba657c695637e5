"""write_script: a benchmark as a complete program that needs torch alone. Its head, and the parts that several share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from playground.bench.subject import LEARNING_RATE
from playground.models.source import bound_source, class_name, model_source, without_imports
from playground.models.spec import LayerSpec, ModelSpec
from playground.training.optimizers import OPTIMIZERS

# What a learner's code may use without importing it, and the line that makes it so.
USUAL = {
    "math.": "import math",
    "OrderedDict(": "from collections import OrderedDict",
    "np.": "import numpy as np",
    "optim.": "from torch import optim",
}
ALWAYS = ("import torch", "from torch import nn", "from torch.nn import functional as F")

LOSS = '''DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def batch_loss(output, inputs, labels):
    """Cross-entropy of scores, else the mean square of the reconstruction, or of the output itself."""
    output = output[0] if isinstance(output, tuple) else output
    if output.dim() == 2 and output.shape[1] >= 10:
        return F.cross_entropy(output, labels)
    if output.shape == inputs.shape and inputs.is_floating_point():
        return F.mse_loss(output, inputs)
    return output.float().square().mean()


def make_batch(size=BATCH_SIZE):
    """Synthetic, by its own seed: the same whatever the model has drawn before."""
    generator = torch.Generator().manual_seed(SEED)
    inputs = {inputs}
    labels = torch.randint(10, (size,), generator=generator)
    return inputs.to(DEVICE), labels.to(DEVICE)
'''

SYNCHRONISE = '''

def synchronise():
    """Wait for what a GPU still has to do, so that the clock reads the whole of it."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
'''

TRAINER = '''

# name, dtype of autocast (None = without), GradScaler
PRECISIONS = [("fp32", None, False), ("bf16", torch.bfloat16, False), ("fp16", torch.float16, True)]


class Trainer:
    """A copy of the model in one precision: all begin with the same weights."""

    def __init__(self, module, inputs, labels, dtype, scaled):
        self.module = copy.deepcopy(module).to(DEVICE).train()
        self.inputs, self.labels, self.dtype = inputs, labels, dtype
        self.optimizer = OPTIMIZER
        self.scaler = torch.amp.GradScaler(DEVICE.type, enabled=scaled)
        self.times, self.losses = [], []

    def forward(self):
        with torch.autocast(DEVICE.type, self.dtype or torch.bfloat16, enabled=self.dtype is not None):
            return batch_loss(self.module(self.inputs), self.inputs, self.labels)

    def step(self, number):
        torch.manual_seed(SEED + number)  # the same dropout masks in every precision
        synchronise()
        start = time.perf_counter()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward()
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        synchronise()
        self.times.append(time.perf_counter() - start)
        self.losses.append(loss.item())
'''

SAVED_BYTES = '''

def saved_bytes(forward, module):
    """What autograd keeps for the backward pass, each storage once, without parameters and buffers."""
    own = {tensor.untyped_storage().data_ptr() for tensor in [*module.parameters(), *module.buffers()]}
    kept = {}

    def pack(tensor):
        address = tensor.untyped_storage().data_ptr()
        if address not in own:
            kept[address] = tensor.detach()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        forward()
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
'''

LIVE_IMPORTS = (
    "import weakref",
    "from torch.utils._python_dispatch import TorchDispatchMode",
    "from torch.utils._pytree import tree_leaves",
)
LIVE_BYTES = '''

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
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self.follow(leaf, str(func.overloadpacket))
        return out
'''


def write_script(
    spec: ModelSpec,
    batch_size: int,
    body: str,
    *,
    title: str,
    imports: Iterable[str] = (),
    settings: Sequence[str] = (),
    parts: Sequence[str] = (),
    source: str = "",
) -> str:
    """The program: what it is, its imports, settings, the model as `model`, `batch_loss`, `make_batch`, the parts, the body.

    Args:
        title: one line. imports: statements of a line. settings: assignments. parts: of this module, each once.
        source: what makes the model; "" = the spec's own class, or the learner's code.
    """
    source = source or own_source(spec)
    head = sorted({*imports, *ALWAYS, *(line for used, line in USUAL.items() if used in source)}, key=_order)
    if spec.code:
        source = without_imports(source, head)
    standard = [line for line in head if not _is_package(line)]
    packages = [line for line in head if _is_package(line)]
    lines = [
        f'"""{title}"""',
        "",
        *([*standard, ""] if standard else []),
        *packages,
        "",
        "SEED = 0",
        f"BATCH_SIZE = {batch_size}",
        *settings,
        "torch.manual_seed(SEED)",
        "",
        "",
        source.strip("\n"),
        "",
        LOSS.format(inputs=_inputs(spec)).rstrip("\n"),
        *(part.rstrip("\n") for part in parts),
        "",
        body.rstrip("\n"),
    ]
    return "\n".join(lines) + "\n"


def own_source(spec: ModelSpec) -> str:
    """What makes the variable `model`."""
    return bound_source(spec.code) if spec.code else f"{model_source(spec)}\n\nmodel = {class_name(spec)}()\n"


def optimizer_source(name: str, module: str) -> str:
    """An expression that makes the optimizer of a benchmark's steps, for what is trained in `module`.

    Raises:
        InputError: no such optimizer.
    """
    entry = OPTIMIZERS.find(name)
    settings = entry.arguments(LEARNING_RATE, 0.0, 0.9, fused=False)
    written = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    return f"torch.optim.{entry.name}([one for one in {module}.parameters() if one.requires_grad], {written})"


def trainer_part(optimizer: str) -> str:
    """The part that trains copies of the model in several precisions. It uses SYNCHRONISE, `copy` and `time`.

    Raises:
        InputError: no such optimizer.
    """
    return TRAINER.replace("OPTIMIZER", optimizer_source(optimizer, "self.module"))


def title_name(spec: ModelSpec) -> str:
    return "the model" if spec.code else class_name(spec)


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _is_package(line: str) -> bool:
    return line.split()[1].split(".")[0] in ("torch", "numpy")


def _inputs(spec: ModelSpec) -> str:
    shape = ", ".join(map(str, ("size", *spec.input_shape)))
    first = _first(spec.layers)
    if first is not None and first.type == "Embedding":
        return f"torch.randint({first.arguments.get('num_embeddings', 1)}, ({shape}), generator=generator)"
    return f"torch.randn({shape}, generator=generator)"


def _first(layers: Sequence[LayerSpec]) -> LayerSpec | None:
    """The first layer that holds no others: what reads the input."""
    for layer in layers:
        found = _first(layer.layers) if layer.layers else layer
        if found is not None:
            return found
    return None
