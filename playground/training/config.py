"""TrainingConfig: everything that decides a run, checked at the border."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

import torch

from playground.data.augment import AUGMENTATIONS
from playground.data.datasets import find_dataset, is_present, load_images
from playground.devices import choose_device
from playground.errors import InputError, UnsupportedError
from playground.limits import Limits
from playground.models import PRESETS, ModelSpec, check_model, read_model
from playground.models.build import IMAGE_SHAPE, build_model
from playground.models.modules import run_layers
from playground.registry import shorten
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.processes import SHARDINGS, check_processes, smallest_share
from playground.training.recipes import RECIPES, recipe_of_model
from playground.training.schedulers import SCHEDULERS

PRECISIONS = ("auto", "fp32", "bf16", "fp16")


@dataclass(frozen=True)
class TrainingConfig:
    """A complete config of the JSON API: no value is left to a default elsewhere.

    Args:
        recipe: where missing values came from: Fast, Tutorial or Custom.
        model: a preset's name or a JSON spec, which may hold code.
        dataset: a name of DATASETS, or the id of a visitor's own images.
        train_size: training images used (chosen by the seed); validation_size: further ones kept for validation.
        epochs: passes over the training images; may be fractional.
        batch_size: images per forward pass; with `accumulation` n, an optimizer step sees n × batch_size images.
        learning_rate: the highest of the schedule. weight_decay, momentum: of the optimizer.
        label_smoothing: the share of each label that is spread over all classes.
        clip_norm: the largest norm of all gradients together; 0 = no clipping.
        processes: among which each batch is shared out, by torch.distributed; the curve is that of one process.
        precision: auto, fp32, bf16 or fp16; auto is settled by a short trial at the start of the run, and is never fp16. In
            fp16 a GradScaler keeps small gradients from becoming 0.
        threads: CPU threads of torch; 0 is settled by the same trial.
        device: auto, or a name of `/environment`.
        nesterov: SGD with a momentum looks ahead.
        early_stopping: the run ends after so many epochs in a row without a better validation accuracy; 0 = it never does.
        split_seed: by which the images for training and validation are chosen; -1 = the seed.
        sharding: none: every process holds the whole network (DDP); fully_shard: a shard of it (FSDP2).

    The last ones have defaults: what was meant by the configs of runs from before they were there.
    """

    recipe: str
    model: str
    dataset: str
    train_size: int
    validation_size: int
    epochs: float
    batch_size: int
    optimizer: str
    learning_rate: float
    weight_decay: float
    momentum: float
    scheduler: str
    loss: str
    label_smoothing: float
    precision: str
    accumulation: int
    clip_norm: float
    augment: str
    seed: int
    processes: int
    device: str
    threads: int
    nesterov: bool = True
    early_stopping: int = 0
    split_seed: int = -1
    sharding: str = "none"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def spec(self) -> ModelSpec:
        """The model to train."""
        return read_model(self.model)

    @property
    def sharded(self) -> bool:
        """Whether each of its processes holds a shard of the network."""
        return self.processes > 1 and SHARDINGS[self.sharding].sharded

    def order_seed(self) -> int:
        """The seed of the split, whichever was given."""
        return self.seed if self.split_seed < 0 else self.split_seed


def complete_config(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a run on disk with every key of today's: those that it lacks as they were meant when it was written."""
    newer = {field.name: field.default for field in fields(TrainingConfig) if field.default is not MISSING}
    return {**newer, **stored}


@dataclass(frozen=True)
class _Range:
    low: float
    high: float
    whole: bool = False
    above: bool = False


LEARNING_RATE = _Range(0, 100, above=True)


def resolve_config(wish: object, limits: Limits, check_code: Callable[[ModelSpec], None] | None = None) -> TrainingConfig:
    """Complete and check what a learner asked for.

    Args:
        wish: a mapping with any of the keys of TrainingConfig; what is missing comes from the recipe.
        check_code: checks a model given as code; a server does that in a child. None = such models are not taken.

    Raises:
        InputError: an unknown key or name, a wrong type, a number out of range; the message says what is allowed.
        UnsupportedError: what several processes or LBFGS does not go with, a model as code where nobody checks it.
        LimitError: a model that is too large.
    """
    if not isinstance(wish, Mapping):
        raise InputError("config.object", got=shorten(wish))
    known = [field.name for field in fields(TrainingConfig)]
    unknown = [str(key) for key in wish if key not in known]
    if unknown:
        raise InputError("config.unknown", names=shorten(", ".join(unknown)), known=", ".join(known))
    start = _recipe_values(wish)
    values = {**start, **{key: value for key, value in wish.items() if value is not None}, "recipe": start["recipe"]}
    for key, registry in (
        ("optimizer", OPTIMIZERS),
        ("scheduler", SCHEDULERS),
        ("loss", LOSSES),
        ("augment", AUGMENTATIONS),
        ("sharding", SHARDINGS),
    ):
        values[key] = registry.find(values[key]).name
    values["dataset"] = find_dataset(values["dataset"]).name
    for key, allowed in _ranges(limits).items():
        values[key] = _read_number(key, values[key], allowed)
    values["precision"] = _read_precision(values["precision"])
    values["nesterov"] = _read_flag("nesterov", values["nesterov"])
    _check_together(values)
    available = available_images(values["dataset"])
    if wish.get("train_size") is None:
        values["train_size"] = max(1, min(values["train_size"], available - values["validation_size"]))
    if values["train_size"] + values["validation_size"] > available:
        raise InputError("config.sizes", available=f"{available:,}", dataset=find_dataset(values["dataset"]).title)
    if not isinstance(values["device"], str):
        raise InputError("config.text", key="device", got=shorten(values["device"]))
    spec = read_model(values["model"], limits)
    choose_device(values["device"])
    if spec.input_shape != IMAGE_SHAPE:
        raise InputError("model.train_shape", got=list(spec.input_shape), expected=list(IMAGE_SHAPE))
    check_processes(values, spec, limits)
    if not spec.code:
        check_model(spec, limits=limits)
    elif check_code is None:
        raise UnsupportedError("model.code")
    elif not is_present(find_dataset(values["dataset"])):
        raise InputError("config.code_dataset", dataset=values["dataset"])
    else:
        check_code(spec)
    if smallest_share(values) == 1 and not _trains_on_one_image(spec):
        sizes = {name: values[name] for name in ("batch_size", "train_size")}
        if values["processes"] > 1:
            count = values["processes"]
            raise InputError("config.one_image_processes", **sizes, processes=count, least=2 * count)
        raise InputError("config.one_image", **sizes)
    # A preset is stored by its own spelling, whatever the learner's was; a spec as its one-line JSON.
    values["model"] = spec.name if spec.name in PRESETS and PRESETS[spec.name].spec == spec else spec.to_text()
    return TrainingConfig(**values)


def read_learning_rate(value: object) -> float:
    """A learning rate that somebody gave. Raises: InputError: it is no number above 0, or too large."""
    return _read_number("learning_rate", value, LEARNING_RATE)


def _recipe_values(wish: Mapping[str, Any]) -> dict[str, Any]:
    named = wish.get("recipe")
    recipe = RECIPES[recipe_of_model(wish.get("model"))] if named is None else RECIPES.find(named)
    return {**recipe.values(), "recipe": recipe.name}


def available_images(dataset: str) -> int:
    """How many training images a data set has."""
    if find_dataset(dataset).own:
        return len(load_images(dataset).train_labels)
    return 240_000 if dataset == "EMNIST" else 60_000


def _ranges(limits: Limits) -> dict[str, _Range]:
    return {
        "train_size": _Range(1, 240_000, whole=True),
        "validation_size": _Range(0, 100_000, whole=True),
        "epochs": _Range(0, limits.epochs, above=True),
        "batch_size": _Range(1, limits.batch_size, whole=True),
        "learning_rate": LEARNING_RATE,
        "weight_decay": _Range(0, 10),
        "momentum": _Range(0, 0.9999),
        "label_smoothing": _Range(0, 0.9),
        "accumulation": _Range(1, 1000, whole=True),
        "clip_norm": _Range(0, 1e6),
        "seed": _Range(0, 2**31 - 1, whole=True),
        "processes": _Range(1, 64, whole=True),
        "threads": _Range(0, 256, whole=True),
        "early_stopping": _Range(0, 1000, whole=True),
        "split_seed": _Range(-1, 2**31 - 1, whole=True),
    }


def _check_together(values: Mapping[str, Any]) -> None:
    """Settings that are each possible, but not with one another.

    Raises:
        UnsupportedError: LBFGS with accumulation, clipping or a GradScaler. InputError: early stopping without anything to
            watch.
    """
    if OPTIMIZERS[values["optimizer"]].closure:
        if values["accumulation"] > 1:
            raise UnsupportedError("config.closure_accumulation", accumulation=values["accumulation"])
        if values["clip_norm"]:
            raise UnsupportedError("config.closure_clip", clip_norm=f"{values['clip_norm']:g}")
        if values["precision"] == "fp16":
            raise UnsupportedError("config.closure_fp16")
    if values["early_stopping"] and not values["validation_size"]:
        raise InputError("config.early_stopping", patience=values["early_stopping"])


def _trains_on_one_image(spec: ModelSpec) -> bool:
    """Whether a batch of one image can be trained on: BatchNorm needs two numbers per channel."""
    if spec.code:  # runs in a child alone; where the channels are larger than one number, one image is enough
        return "BatchNorm1d" not in spec.code
    with torch.device("meta"):
        try:
            run_layers(build_model(spec).train(), torch.zeros(1, *spec.input_shape))
        except InputError:
            return False
    return True


def _read_number(key: str, value: object, allowed: _Range) -> float:
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if number is None or not abs(number) < math.inf:  # a whole number may have too many digits for math.isfinite
        # A number in quotes is a text: "2" and 2 must not look alike.
        got = f'"{shorten(value)}"' if isinstance(value, str) else shorten(value)
        raise InputError("config.number", key=key, got=got, range=_written(allowed))
    if allowed.whole and number != int(number):
        raise InputError("config.whole", key=key, got=shorten(value), range=_written(allowed))
    if not allowed.low <= number <= allowed.high or (allowed.above and number == allowed.low):
        raise InputError("config.range", key=key, got=shorten(value), range=_written(allowed))
    return int(number) if allowed.whole else float(number)


def _written(allowed: _Range) -> str:
    return f"{'>' if allowed.above else '≥'} {allowed.low:g}, ≤ {allowed.high:,.10g}"


def _read_flag(key: str, value: object) -> bool:
    # The command line has texts only.
    spelling = value.lower() if isinstance(value, str) else value
    for flag, spellings in ((True, (1, "true")), (False, (0, "false"))):
        if isinstance(spelling, (bool, int, str)) and spelling in spellings:
            return flag
    raise InputError("config.flag", key=key, got=shorten(value))


def _read_precision(value: object) -> str:
    names = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}
    spelling = names.get(value, value) if isinstance(value, str) else value
    if spelling not in PRECISIONS:
        raise InputError("config.precision", got=shorten(value), names=", ".join(PRECISIONS))
    return str(spelling)
