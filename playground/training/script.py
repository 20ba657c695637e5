"""The complete PyTorch script of a run: runs in an empty folder, without this package, and gives the same losses."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.data import AUGMENTATIONS, DATASETS
from playground.data.augment import COURSE, STRONG, AffineRange, random_affine, random_shift
from playground.models import model_source
from playground.models.source import bound_source, class_name, without_imports
from playground.training.config import TrainingConfig, available_images
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.schedulers import SCHEDULERS
from playground.training.trial import Settings

# Each import with the sign of its use.
IMPORTS = (
    ("math.", "import math"),
    ("OrderedDict", "from collections import OrderedDict"),
    ("", ""),
    ("", "import torch"),
    ("", "from torch import nn"),
    ("", "from torch.nn import functional as F"),
    ("lr_scheduler", "from torch.optim import lr_scheduler"),
    ("", "from torchvision import datasets"),
)


@dataclass(frozen=True)
class WrittenModel:
    """How a script makes its model.

    Args:
        source: the code that stands before the training: classes and whatever they need.
        make: the expression that makes the network to train.
        saved: the expression whose `state_dict` is saved at the end.
        channels_last: whether it works in the memory layout that convolutions like best: there a learner's own `view` may
            not fit, nor weights of five dimensions.
        fused: whether the optimizer may be a fused kernel, as it is when we train a list of layers.
    """

    source: str
    make: str
    saved: str = "model"
    channels_last: bool = True
    fused: bool = True


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
        spec = config.spec()
        if spec.code:
            source = f"torch.manual_seed(SEED)\n\n{below_imports(bound_source(spec.code))}"
            model = WrittenModel(source, "model", channels_last=False, fused=False)
        else:
            model = WrittenModel(model_source(spec), f"{class_name(spec)}()")
    precision = settings.precision if settings else ("fp32" if config.precision == "auto" else config.precision)
    threads = settings.threads if settings else config.threads
    parts = {
        "settings": _header(config, threads),
        "data": _data(config),
        "augmentation": _augmentation(config.augment),
        "model": model.source,
        "training": _training(config, model, precision),
    }
    if not model.channels_last:
        parts = {name: _usual_layout(part) for name, part in parts.items()}
    return {name: part.strip("\n") for name, part in parts.items() if part}


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
    device = '"cuda" if torch.cuda.is_available() else "cpu"' if config.device == "auto" else repr(config.device)
    lines = [
        f"SEED = {config.seed}",
        f"EPOCHS = {config.epochs:g}",
        f"BATCH_SIZE = {config.batch_size}",
        f"ACCUMULATION = {config.accumulation}  # batches per update" if config.accumulation > 1 else "",
        f"LEARNING_RATE = {config.learning_rate!r}",
        f"LABEL_SMOOTHING = {config.label_smoothing!r}" if config.label_smoothing else "",
        f"device = torch.device({device})",
        f"torch.set_num_threads({threads})" if threads else "",
    ]
    return "\n".join(line for line in lines if line)


def _data(config: TrainingConfig) -> str:
    dataset = DATASETS[config.dataset]
    split = ', split="digits"' if dataset.prefix else ""
    turn = ".transpose(1, 2)" if dataset.transposed else ""
    lines = [
        "",
        "def load(train):",
        '    """All images of a split as uint8 (count, 1, 28, 28), and their labels."""',
        f'    data = datasets.{dataset.name}("data", train=train, download=True{split})',
        f"    return data.data{turn}.unsqueeze(1).to(device), data.targets.long().to(device)",
        "",
        "",
        "train_images, train_labels = load(train=True)",
        "test_images, test_labels = load(train=False)",
    ]
    if config.train_size < available_images(config.dataset) or config.validation_size:
        lines += [
            "order = torch.randperm(len(train_labels), generator=torch.Generator().manual_seed(SEED)).to(device)",
            f"order = order[:{config.train_size}]",
            "train_images, train_labels = train_images[order], train_labels[order]",
        ]
    lines += [
        "",
        "",
        "def normalise(images):",
        '    """Mean 0 and deviation 1, in the memory layout that convolutions like best."""',
        f"    return images.sub({dataset.mean}).div_({dataset.std}).contiguous(memory_format=torch.channels_last)",
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


def _training(config: TrainingConfig, model: WrittenModel, precision: str) -> str:
    optimizer = OPTIMIZERS[config.optimizer]
    arguments = optimizer.arguments(config.learning_rate, config.weight_decay, config.momentum, fused=model.fused)
    written = ", ".join(f"{name}={'LEARNING_RATE' if name == 'lr' else repr(value)}" for name, value in arguments.items())
    schedule = SCHEDULERS[config.scheduler]
    augment = AUGMENTATIONS[config.augment].source
    per_step = "BATCH_SIZE * ACCUMULATION" if config.accumulation > 1 else "BATCH_SIZE"
    micro = config.accumulation > 1
    inner = 12 if micro else 8
    lines = [
        "",
        "torch.manual_seed(SEED)",
        f"model = {model.make}.to(device, memory_format=torch.channels_last)",
        "parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]",
        f"optimizer = torch.optim.{optimizer.name}(parameters, {written})",
        f"steps_per_epoch = math.ceil(len(train_labels) / {per_step if not micro else f'({per_step})'})",
        "total_steps = max(1, round(steps_per_epoch * EPOCHS))",
    ]
    if schedule.make:
        lines.append(f"scheduler = {schedule.source}")
    if precision == "bf16":
        lines.append("autocast = torch.autocast(device.type, torch.bfloat16)")
    lines += [
        "",
        "",
        "@torch.no_grad()",
        "def test():",
        '    """Mean loss and accuracy on the test images."""',
        "    model.eval()",
        "    batches = [normalise(images.float().div_(255)) for images in test_images.split(500)]",
        *_with_autocast(precision, 4, ["logits = torch.cat([model(images) for images in batches]).float()"]),
        "    model.train()",
        "    right = (logits.argmax(dim=1) == test_labels).sum().item()",
        "    return F.cross_entropy(logits, test_labels).item(), right / len(test_labels)",
        "",
        "",
        "model.train()",
        "step = epoch = 0",
        "while step < total_steps:",
        "    # Each epoch has its own order and each step its own randomness, from the seed alone: the run can be repeated.",
        "    shuffle = torch.Generator().manual_seed((SEED << 32) + 2**32 - 1 - epoch)",
        "    order = torch.randperm(len(train_labels), generator=shuffle).to(device)",
        f"    for indices in order.split({per_step})[: total_steps - step]:",
        "        torch.manual_seed((SEED << 32) + step)",
        "        optimizer.zero_grad()  # 1. forget the old gradients",
    ]
    if micro:
        lines += ["        total = 0.0", "        for micro_batch in indices.split(BATCH_SIZE):"]
    batch = "micro_batch" if micro else "indices"
    pad = " " * inner
    lines += [f"{pad}images, labels = train_images[{batch}].float().div_(255), train_labels[{batch}]"]
    if augment:
        lines.append(f"{pad}images = {augment}")
    loss = LOSSES[config.loss].source.replace("logits", "logits.float()", 1)
    if not config.label_smoothing:
        loss = loss.replace(", label_smoothing=LABEL_SMOOTHING", "")
    lines += [
        f"{pad}images = normalise(images)",
        *_with_autocast(precision, inner, ["logits = model(images)  # 2. forward"]),
        f"{pad}loss = {loss} / len(indices)  # 3. loss",
        f"{pad}loss.backward()  # 4. backward",
    ]
    if micro:
        lines.append(f"{pad}total += loss.item()")
    lines += [
        *([f"        nn.utils.clip_grad_norm_(parameters, {config.clip_norm!r})"] if config.clip_norm else []),
        "        optimizer.step()  # 5. update",
        *(
            ["        if step + 1 < total_steps:", "            scheduler.step()"]
            if schedule.make and not schedule.per_epoch
            else []
        ),
        "        step += 1",
        "        if step <= 20 or step % 50 == 0:",
        f'            print(f"step {{step:5d}}  loss {{{"total" if micro else "loss.item()"}:.6f}}")',
        *(["    scheduler.step()"] if schedule.per_epoch else []),
        "    epoch += 1",
        "    test_loss, test_accuracy = test()",
        '    print(f"epoch {epoch:3d}  test loss {test_loss:.4f}  test accuracy {test_accuracy:.4f}")',
        "",
        f'torch.save({model.saved}.state_dict(), "mnist_best.pth")',
    ]
    return "\n".join(lines)


def _with_autocast(precision: str, indent: int, body: list[str]) -> list[str]:
    pad = " " * indent
    if precision != "bf16":
        return [pad + line for line in body]
    return [f"{pad}with autocast:", *(f"{pad}    {line}" for line in body)]
