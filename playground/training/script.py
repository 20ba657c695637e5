"""The complete PyTorch script of a run: runs in an empty folder, without this package, and gives the same losses."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from playground.data import Dataset, find_dataset
from playground.data.augment import COURSE, STRONG, AffineRange, random_affine, random_shift
from playground.data.explorer.own_script import OWN_FILE
from playground.models import model_source
from playground.models.source import bound_source, class_name, without_imports
from playground.training.config import TrainingConfig, available_images
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.script_processes import spread_parts
from playground.training.script_training import WrittenModel, write_training
from playground.training.trial import Settings

# Each import with the sign of its use.
IMPORTS = (
    ("math.", "import math"),
    ("os.environ", "import os"),
    ("OrderedDict", "from collections import OrderedDict"),
    ("", ""),
    ("np.load(", "import numpy as np"),
    ("", "import torch"),
    ("dist.init_process_group", "import torch.distributed as dist"),
    ("", "from torch import nn"),
    ("", "from torch.nn import functional as F"),
    (
        "get_model_state_dict",
        "from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict",
    ),
    ("init_device_mesh", "from torch.distributed.device_mesh import init_device_mesh"),
    ("fully_shard(", "from torch.distributed.fsdp import fully_shard"),
    ("DistributedDataParallel", "from torch.nn.parallel import DistributedDataParallel"),
    ("lr_scheduler", "from torch.optim import lr_scheduler"),
    ("datasets.", "from torchvision import datasets"),
)


def write_script(config: TrainingConfig, settings: Settings | None = None) -> str:
    """The script of a run.

    Args:
        settings: the precision and threads that the run's trial settled on; None = as in the config, with fp32 and torch's
            own thread count for what it left open.
    """
    return join_parts(write_parts(config, settings))


def write_parts(
    config: TrainingConfig, settings: Settings | None = None, model: WrittenModel | None = None
) -> dict[str, str]:
    """The same in its parts, in their order: settings, data, augmentation (where there is one), model, training.

    Args:
        model: None = the config's own.
    """
    if model is None:
        model = written_model(config)
    if OPTIMIZERS[config.optimizer].closure:  # it lays all gradients into one row
        model = replace(model, channels_last=False)
    if config.sharded:  # rows are what is cut; SGD's fused kernel does not know of shards
        model = replace(model, channels_last=False, fused=False)
    precision = settings.precision if settings else ("fp32" if config.precision == "auto" else config.precision)
    threads = settings.threads if settings else config.threads
    parts = {
        "settings": _header(config, threads),
        "data": _data(config),
        "augmentation": _augmentation(config.augment),
        "model": model.source,
        "training": write_training(config, model, precision),
    }
    if not model.channels_last:
        parts = {name: _usual_layout(part) for name, part in parts.items()}
    parts = {name: part.strip("\n") for name, part in parts.items() if part}
    return spread_parts(parts, config) if config.processes > 1 else parts


def written_model(config: TrainingConfig) -> WrittenModel:
    """How a script makes the config's own model; of one given as code it needs a SEED."""
    spec = config.spec()
    if not spec.code:
        return WrittenModel(model_source(spec), f"{class_name(spec)}()")
    source = f"torch.manual_seed(SEED)\n\n{below_imports(bound_source(spec.code))}"
    return WrittenModel(source, "model", channels_last=False, fused=False)


def _usual_layout(part: str) -> str:
    part = part.replace(", in the memory layout that convolutions like best", "")
    part = part.replace(".contiguous(memory_format=torch.channels_last)", "")
    return part.replace(", memory_format=torch.channels_last", "")


def below_imports(code: str) -> str:
    """A learner's code as it stands in a script, which has PyTorch's usual imports at its top."""
    return without_imports(code, [line for name, line in IMPORTS if not name and line])


def join_parts(parts: Mapping[str, str]) -> str:
    """Parts as one script, with the imports that they need above them."""
    body = "\n\n\n".join(parts.values())
    return "\n".join([*imports_of(body), "", body]) + "\n"


def imports_of(body: str) -> list[str]:
    return [line for name, line in IMPORTS if name in body]


def _header(config: TrainingConfig, threads: int) -> str:
    smoothed = config.label_smoothing and LOSSES[config.loss].smoothing
    lines = [
        f"SEED = {config.seed}",
        f"EPOCHS = {config.epochs:g}",
        f"BATCH_SIZE = {config.batch_size}",
        f"ACCUMULATION = {config.accumulation}  # batches per update" if config.accumulation > 1 else "",
        f"LEARNING_RATE = {config.learning_rate!r}",
        f"LABEL_SMOOTHING = {config.label_smoothing!r}" if smoothed else "",
        f"PATIENCE = {config.early_stopping}  # epochs with no better validation" if config.early_stopping else "",
        device_line(config),
        f"torch.set_num_threads({threads})" if threads else "",
    ]
    return "\n".join(line for line in lines if line)


def device_line(config: TrainingConfig) -> str:
    device = '"cuda" if torch.cuda.is_available() else "cpu"' if config.device == "auto" else repr(config.device)
    return f"device = torch.device({device})"


def load_function(dataset: Dataset) -> list[str]:
    """The lines of `load(train)`, which fetches a split."""
    if dataset.own:
        return [
            "def load(train):",
            '    """All images of a split as uint8 (count, 1, 28, 28), and their labels."""',
            '    split = "train" if train else "test"',
            f'    with np.load("{OWN_FILE}") as stored:  # from the Data tab, beside this script',
            '        images, labels = (stored[f"{split}_{what}"] for what in ("images", "labels"))',
            "    return torch.from_numpy(images).unsqueeze(1).to(device), torch.from_numpy(labels).long().to(device)",
        ]
    split = ', split="digits"' if dataset.prefix else ""
    turn = ".transpose(1, 2)" if dataset.transposed else ""
    return [
        "def load(train):",
        '    """All images of a split as uint8 (count, 1, 28, 28), and their labels."""',
        f'    data = datasets.{dataset.name}("data", train=train, download=True{split})',
        f"    return data.data{turn}.unsqueeze(1).to(device), data.targets.long().to(device)",
    ]


def normalise_function(dataset: Dataset) -> list[str]:
    """The lines of `normalise(images)`, for images of 0…1."""
    return [
        "def normalise(images):",
        '    """Mean 0 and deviation 1, in the memory layout that convolutions like best."""',
        f"    return images.sub({dataset.mean}).div_({dataset.std}).contiguous(memory_format=torch.channels_last)",
    ]


def _data(config: TrainingConfig) -> str:
    dataset = find_dataset(config.dataset)
    lines = [
        "",
        *load_function(dataset),
        "",
        "",
        "train_images, train_labels = load(train=True)",
        "test_images, test_labels = load(train=False)",
    ]
    if config.train_size < available_images(config.dataset) or config.validation_size:
        generator = f"torch.Generator().manual_seed({'SEED' if config.split_seed < 0 else config.split_seed})"
        first, last = config.train_size, config.train_size + config.validation_size
        lines.append(f"order = torch.randperm(len(train_labels), generator={generator}).to(device)")
        if config.validation_size:
            lines += [
                f"kept = order[{first}:{last}]  # to choose the best weights by; never trained on",
                "validation_images, validation_labels = train_images[kept], train_labels[kept]",
            ]
        lines += [f"order = order[:{first}]", "train_images, train_labels = train_images[order], train_labels[order]"]
    lines += [
        "",
        "",
        *normalise_function(dataset),
    ]
    return "\n".join(lines)


def _augmentation(name: str) -> str:
    if name == "none":
        return ""
    if name == "shift":
        return "\n" + _plain_function(random_shift)
    limits = COURSE if name == "course" else STRONG
    return "\n" + _plain_function(random_affine, limits)


def _plain_function(function: Any, limits: AffineRange | None = None) -> str:
    """Our own function as it stands, without its docstring's sections, with the ranges as plain arguments."""
    source = textwrap.dedent(inspect.getsource(function))
    head, _, rest = source.partition('"""')
    doc, _, body = rest.partition('"""')
    source = f'{head}"""{doc.strip().splitlines()[0]}"""{body}'
    source = source.replace("images: Tensor", "images").replace(" -> Tensor:", ":").replace("pixels: int = 1", "pixels=1")
    if limits:
        source = source.replace(", limits: AffineRange", ", degrees, translate, scale=(1.0, 1.0), shear=0.0")
        source = source.replace("limits.", "").replace("    low, high = scale\n", "    low, high = scale\n")
    return source
