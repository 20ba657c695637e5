"""A run's script for several processes: the same program, started by torchrun, with DDP where it matters."""

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
    return "\n".join(lines) + "\n" + re.sub(r"^device = .*$", f"device = {device}", text, flags=re.M)


def _data(text: str) -> str:
    """One process fetches, the others wait."""
    first = "train_images, train_labels = load(train=True)"
    waiting = f"if rank:\n    dist.barrier()  # until process 0 has fetched the data\n{first}"
    second = "test_images, test_labels = load(train=False)"
    return text.replace(first, waiting).replace(second, f"{second}\nif rank == 0:\n    dist.barrier()")


def _training(text: str, config: TrainingConfig, dropout: str) -> str:
    micro = config.accumulation > 1
    value = "total" if micro else "loss.detach()"
    for pattern, new in (MODEL, SHARE, LOSS, (UPDATE[0], UPDATE[1].replace("{value}", value)), MEASURE):
        text, found = pattern.subn(new, text)
        if not found:
            raise InternalError("error.internal")
    told = "total" if micro else "loss.item()"
    for old, new in (
        ("model(batch)", "network(batch)"),
        ("    model.train()\n    right", "    network.train()\n    right"),
        (f"  loss {{{told}:", "  loss {whole.item():"),
        (f"loss_sum += {told} ", "loss_sum += whole.item() "),
        ("model.state_dict()", "network.state_dict()"),
    ):
        text = text.replace(old, new)
    text = LOUD.sub(r"\1if rank == 0:\n\1    \2", text)
    if dropout:
        seed = (
            "\n\\1if rank:\n\\1    torch.manual_seed((SEED << 32) + step ^ (rank << 48))  # Dropout: other numbers on each"
        )
        text = re.sub(r"^( +)images = normalise\(images\)$", r"\1images = normalise(images)" + seed, text, flags=re.M)
    return text + "\ndist.destroy_process_group()"
