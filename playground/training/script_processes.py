"""A run's script for several processes: the same program, started by torchrun, with DDP or FSDP where it matters."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playground.errors import InternalError
from playground.training.config import TrainingConfig

# Lines of the script for one process, and what stands in their place; each must be found.
MODEL = (
    re.compile(r"^model = (.*)$", re.M),
    r"network = \1"
    "\nmodel = DistributedDataParallel(network)  # the copies begin alike, and backward adds up their gradients",
)
SHARDED_MODEL = (
    re.compile(r"^model = (.*)$", re.M),
    "def shard(module):"
    '\n    """Each layer with parameters is gathered where it computes; between, each process has its shard of them."""'
    "\n    for layer in module.children():"
    "\n        if isinstance(layer, nn.Sequential):"
    "\n            shard(layer)"
    "\n        elif any(True for _ in layer.parameters()):"
    "\n            fully_shard(layer, mesh=mesh)"
    "\n\n\n"
    r"model = \1"
    "\nmesh = init_device_mesh(device.type, (size,))"
    "\nshard(model)"
    "\nfully_shard(model, mesh=mesh)  # what was left, and where backward ends",
)
SHARE = (
    re.compile(r"^( +)images = normalise\(images\)$", re.M),
    r"\1images, labels = images[rank::size], labels[rank::size]  # this process's share"
    "\n"
    r"\1images = normalise(images)",
)
LOSS = (
    re.compile(r"^( +loss = .* / len\(indices\))( +# (?:3\. loss|its mean))$", re.M),
    r"\1 * size\2; DDP takes the mean over the processes",
)
UPDATE = (
    re.compile(r"^        (optimizer\.step\(\)  # 5\. update|scaler\.update\(\))$", re.M),
    r"        \1"
    "\n        whole = torch.as_tensor({value}, device=device) / size"
    "\n        dist.all_reduce(whole)  # the loss of the whole batch",
)
MEASURE = (
    re.compile(r"^    model\.eval\(\)$", re.M),
    "    for buffer in network.buffers():  # BatchNorm's running means differ: those of process 0 count"
    "\n        dist.broadcast(buffer, 0)"
    "\n    network.eval()",
)
SHARDED_MEASURE = (
    MEASURE[0],
    "    for buffer in model.buffers():  # BatchNorm's running means differ: those of process 0 count"
    "\n        dist.broadcast(buffer, 0)"
    "\n    model.eval()",
)
SHARDED_SAVE = (
    re.compile(r"^( +)torch\.save\(model\.state_dict\(\), (.*)\)$", re.M),
    r"\1weights = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))"
    "\n"
    r"\1torch.save(weights, \2)",
)
LOUD = re.compile(r"^( +)(print\(|torch\.save\()", re.M)
DROPOUT = re.compile("Dropout|Attention|Transformer")


def spread_parts(parts: Mapping[str, str], config: TrainingConfig) -> dict[str, str]:
    """The parts of a script for one process as those of one that torchrun starts on several."""
    return {
        **parts,
        "settings": _settings(parts["settings"], config),
        "data": _data(parts["data"]),
        "training": _training(parts["training"], config, "Dropout" if DROPOUT.search(parts["model"]) else ""),
    }


def _settings(text: str, config: TrainingConfig) -> str:
    cuda = "torch.cuda.is_available()" if config.device == "auto" else str(config.device.startswith("cuda"))
    backend = f'"nccl" if {cuda} else "gloo"' if config.device == "auto" else '"nccl"' if cuda == "True" else '"gloo"'
    device = 'torch.device("cuda", int(os.environ["LOCAL_RANK"]))'
    if config.device == "auto":
        device = f'{device} if {cuda} else torch.device("cpu")'
    elif cuda == "False":
        device = 'torch.device("cpu")'
    lines = [
        f"# torchrun --standalone --nproc-per-node={config.processes} train.py",
        f"dist.init_process_group({backend})",
        "rank, size = dist.get_rank(), dist.get_world_size()",
    ]
    if config.sharded and "cuda" in device:  # FSDP computes on the current one
        device += '\nif device.type == "cuda":\n    torch.cuda.set_device(device)'
    return "\n".join(lines) + "\n" + re.sub(r"^device = .*$", lambda _: f"device = {device}", text, flags=re.M)


def _data(text: str) -> str:
    """One process fetches, the others wait."""
    first = "train_images, train_labels = load(train=True)"
    waiting = f"if rank:\n    dist.barrier()  # until process 0 has fetched the data\n{first}"
    second = "test_images, test_labels = load(train=False)"
    return text.replace(first, waiting).replace(second, f"{second}\nif rank == 0:\n    dist.barrier()")


def _training(text: str, config: TrainingConfig, dropout: str) -> str:
    micro = config.accumulation > 1
    value = "total" if micro else "loss.detach()"
    own = (SHARDED_MODEL, SHARDED_MEASURE, SHARDED_SAVE) if config.sharded else (MODEL, MEASURE)
    loss = (LOSS[0], LOSS[1].replace("DDP", "FSDP")) if config.sharded else LOSS
    for pattern, new in (SHARE, loss, (UPDATE[0], UPDATE[1].replace("{value}", value)), *own):
        text, found = pattern.subn(new, text)
        if not found:
            raise InternalError("error.internal")
    told = "total" if micro else "loss.item()"
    copies = (  # of what each process has for itself, and what the others need not know of
        ("model(batch)", "network(batch)"),
        ("    model.train()\n    right", "    network.train()\n    right"),
        ("model.state_dict()", "network.state_dict()"),
    )
    for old, new in (
        (f"  loss {{{told}:", "  loss {whole.item():"),
        (f"loss_sum += {told} ", "loss_sum += whole.item() "),
        *(() if config.sharded else copies),
    ):
        text = text.replace(old, new)
    text = LOUD.sub(r"\1if rank == 0:\n\1    \2", text)
    if dropout:
        seed = (
            "\n\\1if rank:\n\\1    torch.manual_seed((SEED << 32) + step ^ (rank << 48))  # Dropout: other numbers on each"
        )
        text = re.sub(r"^( +)images = normalise\(images\)$", r"\1images = normalise(images)" + seed, text, flags=re.M)
    last = "\ndist.barrier()  # else the last gathering may still be under way in a process that ends"
    return f"{text}{last if config.sharded else ''}\ndist.destroy_process_group()"
