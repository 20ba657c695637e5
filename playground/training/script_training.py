"""The training part of a run's script: the five steps, as these settings need them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Any

from playground.data import AUGMENTATIONS
from playground.training.config import TrainingConfig
from playground.training.losses import LOSSES, LossType
from playground.training.optimizers import OPTIMIZERS
from playground.training.schedulers import SCHEDULERS, SchedulerType

AUTOCAST = {"bf16": "torch.bfloat16", "fp16": "torch.float16"}
SMOOTHING = ", label_smoothing=LABEL_SMOOTHING"
CLOSURE_STEP = "        optimizer.step(lambda: look(images, labels))  # 5. update"
# How the script marks the five steps.
PART = re.compile(r"# ([1-5])\. ")


@dataclass(frozen=True)
class WrittenModel:
    """How a script makes its model.

    Args:
        source: the code that stands before the training: classes and whatever they need.
        make: the expression that makes the network to train.
        saved: the expression whose `state_dict` is saved at the end.
        channels_last: whether it works in the memory layout that convolutions like best: there a learner's own `view` may
            not fit, nor weights of five dimensions, nor LBFGS.
        fused: whether the optimizer may be a fused kernel, as it is when we train a list of layers.
    """

    source: str
    make: str
    saved: str = "model"
    channels_last: bool = True
    fused: bool = True


def write_training(config: TrainingConfig, model: WrittenModel, precision: str) -> str:
    """The part of a script that trains; before it stand the settings, the data and the model."""
    optimizer = OPTIMIZERS[config.optimizer]
    arguments = optimizer.arguments(
        config.learning_rate, config.weight_decay, config.momentum, nesterov=config.nesterov, fused=model.fused
    )
    written = ", ".join(f"{name}={'LEARNING_RATE' if name == 'lr' else repr(value)}" for name, value in arguments.items())
    schedule, loss = SCHEDULERS[config.scheduler], LOSSES[config.loss]
    micro = config.accumulation > 1
    per_step = "BATCH_SIZE * ACCUMULATION" if micro else "BATCH_SIZE"
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
    if precision in AUTOCAST:
        lines.append(f"autocast = torch.autocast(device.type, {AUTOCAST[precision]})")
    if precision == "fp16":
        lines.append("scaler = torch.amp.GradScaler(device.type)  # keeps small gradients from becoming 0")
    lines += [*_measuring(loss, precision), *(_looking(config, loss, precision) if optimizer.closure else [])]
    watches_training = schedule.watches and not config.validation_size
    lines += [
        "",
        "",
        "model.train()",
        "best = -1.0",
        *(["epochs_without_best = 0"] if config.early_stopping else []),
        "step = epoch = 0",
        "while step < total_steps:",
        "    # Each epoch has its own order and each step its own randomness, from the seed alone: the run can be repeated.",
        "    shuffle = torch.Generator().manual_seed((SEED << 32) + 2**32 - 1 - epoch)",
        "    order = torch.randperm(len(train_labels), generator=shuffle).to(device)",
        *(["    loss_sum = image_count = 0"] if watches_training else []),
        f"    for indices in order.split({per_step})[: total_steps - step]:",
        "        torch.manual_seed((SEED << 32) + step)",
    ]
    if optimizer.closure:
        value = "losses[0]"
        lines += [
            *_batch(config, "indices", 8),
            "        losses.clear()",
            CLOSURE_STEP,
        ]
    else:
        value = "total" if micro else "loss.item()"
        lines += _updating(config, loss, precision)
    if schedule.make and not schedule.per_epoch:
        lines += ["        if step + 1 < total_steps:", "            scheduler.step()"]
    if watches_training:
        lines += [f"        loss_sum += {value} * len(indices)", "        image_count += len(indices)"]
    lines += [
        "        step += 1",
        "        if step <= 20 or step % 50 == 0:",
        f'            print(f"step {{step:5d}}  loss {{{value}:.6f}}")',
        "    epoch += 1",
        *_ending(config, model, schedule),
    ]
    return "\n".join(lines)


def write_five_steps(config: TrainingConfig, precision: str) -> list[dict[str, Any]]:
    """The lines of the script that make one step, without their indent: [{text, part}]; `part`: which of the five steps the
    line is, 0 = none of them."""
    if OPTIMIZERS[config.optimizer].closure:
        lines = [*_looking(config, LOSSES[config.loss], precision)[5:], "", CLOSURE_STEP.strip()]
    else:
        lines = _updating(config, LOSSES[config.loss], precision)
    found = [PART.search(line) for line in lines]
    texts = textwrap.dedent("\n".join(lines)).split("\n")
    return [{"text": text, "part": int(mark[1]) if mark else 0} for text, mark in zip(texts, found, strict=True)]


def _measuring(loss: LossType, precision: str) -> list[str]:
    """The function that tests the network."""
    return [
        "",
        "",
        "@torch.no_grad()",
        "def measure(images, labels):",
        '    """Mean loss and accuracy on these images."""',
        "    model.eval()",
        "    batches = [normalise(part.float().div_(255)) for part in images.split(500)]",
        *_with_autocast(precision, 4, ["logits = torch.cat([model(batch) for batch in batches]).float()"]),
        "    model.train()",
        "    right = (logits.argmax(dim=1) == labels).sum().item()",
        *([f"    targets = {loss.targets}"] if loss.targets else []),
        f"    loss = {loss.source.replace(SMOOTHING, '')}",
        "    return loss.item() / len(labels), right / len(labels)",
    ]


def _looking(config: TrainingConfig, loss: LossType, precision: str) -> list[str]:
    """The function that an optimizer with a closure calls."""
    return [
        "",
        "",
        "losses = []  # of each look at the batch",
        "",
        "",
        "def look(images, labels):",
        '    """Loss and gradients of a batch; for one step it is asked several times, each time with the same Dropout."""',
        "    torch.manual_seed((SEED << 32) + step)",
        "    optimizer.zero_grad()  # 1. forget the old gradients",
        *_learning(config, loss, precision, 4),
        "    losses.append(loss.item())",
        "    return loss",
    ]


def _updating(config: TrainingConfig, loss: LossType, precision: str) -> list[str]:
    """The five steps."""
    lines = ["        optimizer.zero_grad()  # 1. forget the old gradients"]
    if config.accumulation > 1:
        lines += [
            "        total = 0.0",
            "        for micro_batch in indices.split(BATCH_SIZE):",
            *_batch(config, "micro_batch", 12),
            *_learning(config, loss, precision, 12),
            "            total += loss.item()",
        ]
    else:
        lines += [*_batch(config, "indices", 8), *_learning(config, loss, precision, 8)]
    unscale = ["        scaler.unscale_(optimizer)  # they are as many times too large as the loss was made"]
    if config.clip_norm:
        lines += unscale if precision == "fp16" else []
        lines.append(f"        nn.utils.clip_grad_norm_(parameters, {config.clip_norm!r})")
    if precision == "fp16":
        lines.append("        scaler.step(optimizer)  # 5. update, unless a gradient is inf or nan")
        return [*lines, "        scaler.update()"]
    return [*lines, "        optimizer.step()  # 5. update"]


def _batch(config: TrainingConfig, indices: str, indent: int) -> list[str]:
    pad, augment = " " * indent, AUGMENTATIONS[config.augment].source
    return [
        f"{pad}images, labels = train_images[{indices}].float().div_(255), train_labels[{indices}]",
        *([f"{pad}images = {augment}"] if augment else []),
        f"{pad}images = normalise(images)",
    ]


def _learning(config: TrainingConfig, loss: LossType, precision: str, indent: int) -> list[str]:
    """Steps 2 to 4 on `images` and `labels`."""
    pad = " " * indent
    source = loss.source.replace("(logits,", "(logits.float(),", 1)
    source = source if config.label_smoothing else source.replace(SMOOTHING, "")
    count = "len(labels)" if OPTIMIZERS[config.optimizer].closure else "len(indices)"
    source, _, classes = source.partition(" / ")
    return [
        *_with_autocast(precision, indent, ["logits = model(images)  # 2. forward"]),
        *([f"{pad}targets = {loss.targets}"] if loss.targets else []),
        *(
            [f"{pad}loss = {source}  # 3. loss", f"{pad}loss = loss / {classes} / {count}  # its mean"]
            if classes
            else [f"{pad}loss = {source} / {count}  # 3. loss"]
        ),
        f"{pad}{'scaler.scale(loss)' if precision == 'fp16' else 'loss'}.backward()  # 4. backward",
    ]


def _ending(config: TrainingConfig, model: WrittenModel, schedule: SchedulerType) -> list[str]:
    """The end of an epoch: tests, the schedule, the best weights, and whether to go on."""
    lines = [
        "    test_loss, test_accuracy = measure(test_images, test_labels)",
        '    print(f"epoch {epoch:3d}  test loss {test_loss:.4f}  test accuracy {test_accuracy:.4f}")',
    ]
    score, watched = "test_accuracy", "loss_sum / image_count"
    if config.validation_size:
        score, watched = "validation_accuracy", "validation_loss"
        lines += [
            "    validation_loss, validation_accuracy = measure(validation_images, validation_labels)",
            '    print(f"           validation loss {validation_loss:.4f}  accuracy {validation_accuracy:.4f}")',
        ]
    if schedule.per_epoch:
        lines.append(f"    scheduler.step({watched if schedule.watches else ''})")
    lines += [
        f"    if {score} > best:",
        f"        best = {score}",
        f'        torch.save({model.saved}.state_dict(), "mnist_best.pth")',
    ]
    if config.early_stopping:
        lines += [
            "        epochs_without_best = 0",
            "    else:",
            "        epochs_without_best += 1",
            "    if epochs_without_best == PATIENCE:",
            '        print(f"no better for {PATIENCE} epochs: the best weights are those with {best:.4f}")',
            "        break",
        ]
    return lines


def _with_autocast(precision: str, indent: int, body: list[str]) -> list[str]:
    pad = " " * indent
    if precision not in AUTOCAST:
        return [pad + line for line in body]
    return [f"{pad}with autocast:", *(f"{pad}    {line}" for line in body)]
