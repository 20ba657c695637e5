"""A learner's wish becomes a complete config, or an error that says what is allowed."""

from __future__ import annotations

import json
import random
from dataclasses import fields

import pytest

from playground.data import AUGMENTATIONS, DATASETS
from playground.errors import InputError, LimitError, PlaygroundError, UnsupportedError
from playground.limits import read_limits
from playground.models import PRESETS
from playground.models.presets import CLASSIFIERS
from playground.training.config import PRECISIONS, TrainingConfig, complete_config, resolve_config
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.recipes import COMMON, RECIPES
from playground.training.schedulers import SCHEDULERS

KEYS = [field.name for field in fields(TrainingConfig)]
KEYS_AT_FIRST = set(KEYS) - {"nesterov", "early_stopping", "split_seed", "sharding"}
CONTRACT = set(
    """recipe model dataset train_size validation_size epochs batch_size optimizer learning_rate weight_decay momentum
    scheduler loss precision accumulation clip_norm augment seed processes device""".split()
)


def test_the_keys_are_those_of_the_contract():
    assert set(KEYS) >= CONTRACT
    assert set(COMMON) == set(KEYS) - {"recipe"}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_fills_everything(recipe, limits):
    config = resolve_config({"recipe": recipe}, limits)
    assert config.to_json() == {**RECIPES[recipe].values(), "recipe": recipe}
    assert resolve_config(json.loads(json.dumps(config.to_json())), limits) == config
    assert config.spec() == PRESETS[config.model].spec
    # What the recipe sets must also be allowed in a class room.
    assert resolve_config({"recipe": recipe}, read_limits(public=True, environment={})) == config


@pytest.mark.parametrize(
    ("wish", "recipe", "model"),
    [
        ({}, "Fast", "Fast"),
        ({"model": "fast"}, "Fast", "Fast"),
        ({"model": " MNISTNET "}, "Tutorial", "MNISTNet"),
        ({"model": "mnist_net"}, "Tutorial", "MNISTNet"),
        ({"model": "MLP"}, "Custom", "MLP"),
        ({"recipe": "tutorial"}, "Tutorial", "MNISTNet"),
        ({"recipe": "TUTORIAL", "model": "mlp"}, "Tutorial", "MLP"),
        ({"recipe": None, "model": None, "epochs": None}, "Fast", "Fast"),
    ],
)
def test_the_recipe_comes_from_the_wish_or_its_model(wish, recipe, model, limits):
    config = resolve_config(wish, limits)
    assert (config.recipe, config.model) == (recipe, model)
    assert config.epochs == RECIPES[recipe].values()["epochs"]


@pytest.mark.parametrize(
    ("key", "registry"),
    [
        *(("dataset", DATASETS), ("optimizer", OPTIMIZERS), ("scheduler", SCHEDULERS), ("loss", LOSSES)),
        *(("augment", AUGMENTATIONS), ("model", CLASSIFIERS), ("recipe", RECIPES)),
    ],
)
def test_every_name_is_found_in_any_spelling(key, registry, limits):
    for name in registry:
        for spelling in (name, name.upper(), name.lower(), f" {name} ", "-".join(name)):
            assert getattr(resolve_config({key: spelling}, limits), key) == name


@pytest.mark.parametrize("spelling", ["fp32", "float32", "bf16", "bfloat16", "fp16", "float16", "auto"])
def test_precisions_have_two_names(spelling, limits):
    assert resolve_config({"precision": spelling}, limits).precision in PRECISIONS


@pytest.mark.parametrize(("given", "flag"), [(True, True), (False, False), (1, True), ("False", False), ("true", True)])
def test_a_flag_may_come_from_a_command_line(given, flag, limits):
    assert resolve_config({"nesterov": given}, limits).nesterov is flag


def test_the_config_of_a_run_from_before_its_newest_keys_is_what_it_was(limits):
    older = {key: value for key, value in resolve_config({"seed": 3}, limits).to_json().items() if key in KEYS_AT_FIRST}
    completed = complete_config(older)
    assert TrainingConfig(**older) == TrainingConfig(**completed) == resolve_config({"seed": 3}, limits)
    config = TrainingConfig(**completed)
    assert (config.nesterov, config.early_stopping, config.order_seed()) == (True, 0, 3)


PLAIN_MODEL = '{"layers":[{"type":"Flatten"},{"type":"Linear","arguments":{"in_features":784,"out_features":10}}]}'


def norm_model(norm: str, features: int, size: int) -> str:
    """A convolution that leaves `size` × `size` numbers per channel, and a norm."""
    kernel = 29 - size
    layers = [
        {"type": "Conv2d", "arguments": {"in_channels": 1, "out_channels": 3, "kernel_size": kernel}},
        *([{"type": "Flatten"}] if norm == "BatchNorm1d" else []),
        {"type": norm, "arguments": {"num_features": features}},
        *([{"type": "Flatten"}] if norm != "BatchNorm1d" else []),
        {"type": "Linear", "arguments": {"in_features": 3 * size * size, "out_features": 10}},
    ]
    return json.dumps({"layers": layers})


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        (norm_model("BatchNorm1d", 12, 2), True),
        (norm_model("BatchNorm2d", 3, 1), True),
        (norm_model("BatchNorm2d", 3, 2), False),
        (PLAIN_MODEL, False),
    ],
)
@pytest.mark.parametrize("sizes", [{"batch_size": 1}, {"batch_size": 64, "train_size": 129}, {"train_size": 1}])
def test_a_batch_of_one_image_is_refused_where_batchnorm_cannot_take_it(model, refused, sizes, limits, both):
    if not refused:
        assert resolve_config({"model": model, **sizes}, limits)
        return
    with pytest.raises(InputError, match=r"one batch has a single image. Change either by one") as error:
        resolve_config({"model": model, **sizes}, limits)
    assert "有一批只有一张" in both(error)
    assert resolve_config({"model": model, "batch_size": 64, "train_size": 130}, limits)


def test_a_spec_is_kept_as_one_line(limits, tiny_model):
    config = resolve_config({"model": json.dumps(json.loads(tiny_model), indent=2)}, limits)
    assert "\n" not in config.model
    assert config.spec().name == "Tiny"
    assert resolve_config({"model": PRESETS["MLP"].spec.to_text()}, limits).model == "MLP"


def test_numbers_are_made_plain(limits):
    config = resolve_config({"epochs": 2, "batch_size": 64.0, "seed": 3.0, "weight_decay": 0}, limits)
    for key in ("train_size", "batch_size", "accumulation", "seed", "processes", "threads", "validation_size"):
        assert type(getattr(config, key)) is int
    for key in ("epochs", "learning_rate", "weight_decay", "momentum", "clip_norm"):
        assert type(getattr(config, key)) is float


def test_validation_images_are_taken_from_the_training_images(limits):
    config = resolve_config({"validation_size": 5000}, limits)
    assert (config.train_size, config.validation_size) == (55_000, 5000)
    assert resolve_config({"dataset": "EMNIST", "train_size": 240_000}, limits).train_size == 240_000


BAD = {
    "list": (
        [1],
        InputError,
        'must be a JSON object such as {"model": "Fast", "epochs": 1}, got [1]',
        '{"model": "Fast", "epochs": 1}',
    ),
    "text": ("Fast", InputError, "must be a JSON object", "配置应为 JSON 对象"),
    "nothing": (None, InputError, "got None", "收到的是 None"),
    "unknown key": ({"epoch": 1}, InputError, "does not know epoch. It knows recipe, model", "不认识 epoch"),
    "unknown keys": ({"lr": 1, 2: 3}, InputError, "does not know lr, 2", "不认识 lr, 2"),
    "long key": ({"x" * 10_000: 1}, InputError, "does not know xxxx", "不认识"),
    "recipe": ({"recipe": "Fest"}, InputError, 'no recipe "Fest". Did you mean Fast', '名为 "Fest" 的配方'),
    "model": ({"model": "CNN9000"}, InputError, "model", "模型"),
    "model list": ({"model": ["Fast"]}, InputError, "must be the name of a preset", "应为预设名称"),
    "code": ({"model": "class Net(nn.Module): pass"}, UnsupportedError, "cannot be used here", "这里不能使用"),
    "spec code": ({"model": '{"code": "model = 1"}'}, UnsupportedError, "cannot be used here", "这里不能使用"),
    "spec": ({"model": '{"layers":[{"type":"Flatten"}]}'}, InputError, "it gave [batch, 784]", "实际为 [batch, 784]"),
    "dataset": ({"dataset": "CIFAR10"}, InputError, 'no data set "CIFAR10"', "数据集"),
    "optimizer": ({"optimizer": "Adamw2"}, InputError, "Did you mean AdamW", "您是指 AdamW 吗"),
    "optimizer number": ({"optimizer": 1}, InputError, 'no optimizer "1"', "优化器"),
    "scheduler": ({"scheduler": "linear"}, InputError, 'no scheduler "linear"', "学习率调度器"),
    "loss": ({"loss": "Hinge"}, InputError, 'no loss "Hinge"', "损失函数"),
    "augment": ({"augment": "flip"}, InputError, 'no augmentation "flip"', "数据增强方式"),
    "negative": (
        {"learning_rate": -0.1},
        InputError,
        "learning_rate must be > 0, ≤ 100, got -0.1",
        "learning_rate 的范围是",
    ),
    "zero": ({"learning_rate": 0}, InputError, "learning_rate must be > 0", "> 0"),
    "words": ({"learning_rate": "big"}, InputError, 'learning_rate must be a number (> 0, ≤ 100), got "big"', "应为数字"),
    "digits as text": (
        {"batch_size": "64"},
        InputError,
        'batch_size must be a number (≥ 1, ≤ 10,000), got "64"',
        '收到的是 "64"',
    ),
    "true": ({"epochs": True}, InputError, "epochs must be a number", "收到的是 True"),
    "list for a number": ({"epochs": [1]}, InputError, "epochs must be a number", "收到的是 [1]"),
    "nan": ({"epochs": float("nan")}, InputError, "got nan", "收到的是 nan"),
    "inf": ({"clip_norm": float("inf")}, InputError, "got inf", "收到的是 inf"),
    "many epochs": ({"epochs": 10**12}, InputError, "epochs must be > 0, ≤ 1,000, got 1000000000000", "1000000000000"),
    "no epochs": ({"epochs": 0}, InputError, "epochs must be > 0", "epochs 的范围是"),
    "400 digits": ({"epochs": 10**400}, InputError, "epochs must be", "epochs"),
    "half a batch": (
        {"batch_size": 0.5},
        InputError,
        "batch_size must be a whole number (≥ 1, ≤ 10,000), got 0.5",
        "应为整数",
    ),
    "batch of nothing": ({"batch_size": 0}, InputError, "batch_size must be ≥ 1", "batch_size 的范围是"),
    "huge batch": ({"batch_size": 10**9}, InputError, "≤ 10,000, got 1000000000", "batch_size 的范围是"),
    "momentum": ({"momentum": 1}, InputError, "momentum must be ≥ 0, ≤ 0.9999", "momentum 的范围是"),
    "weight decay": ({"weight_decay": -1e-9}, InputError, "weight_decay must be ≥ 0", "weight_decay 的范围是"),
    "accumulation": ({"accumulation": 0}, InputError, "accumulation must be ≥ 1", "accumulation 的范围是"),
    "smoothing": ({"label_smoothing": 1}, InputError, "label_smoothing must be ≥ 0, ≤ 0.9", "label_smoothing 的范围是"),
    "clip": ({"clip_norm": -1}, InputError, "clip_norm must be ≥ 0", "clip_norm 的范围是"),
    "seed": ({"seed": -1}, InputError, "seed must be ≥ 0, ≤ 2,147,483,647", "seed 的范围是"),
    "big seed": ({"seed": 2**31}, InputError, "seed must be", "seed 的范围是"),
    "threads": ({"threads": 1.5}, InputError, "threads must be a whole number", "threads 应为整数"),
    "train size": (
        {"train_size": 60_001},
        InputError,
        "MNIST has 60,000 training images",
        "MNIST 有 60,000 张训练图像",
    ),
    "sizes": ({"train_size": 60_000, "validation_size": 1}, InputError, "must not be more", "不能超过它"),
    "only validation": ({"validation_size": 60_000}, InputError, "MNIST has 60,000", "60,000"),
    "LBFGS and accumulation": (
        {"optimizer": "LBFGS", "accumulation": 4},
        UnsupportedError,
        "it cannot add up 4 batches. Use accumulation = 1 and a larger batch_size",
        "不能累积 4 批",
    ),
    "LBFGS and clipping": (
        {"optimizer": "lbfgs", "clip_norm": 0.5},
        UnsupportedError,
        "clip_norm 0.5 would change them. Use clip_norm = 0",
        "clip_norm = 0.5 会改变它们",
    ),
    "LBFGS in fp16": (
        {"optimizer": "LBFGS", "precision": "float16"},
        UnsupportedError,
        "a GradScaler cannot look at a batch several times. Use fp32",
        "GradScaler 不能多次查看",
    ),
    "early stopping without validation": (
        {"early_stopping": 3},
        InputError,
        "Early stopping after 3 epochs needs validation images to watch, and there are 0. Set some aside",
        "3 轮的早停需要观察验证图像",
    ),
    "early stopping negative": ({"early_stopping": -1}, InputError, "early_stopping must be ≥ 0", "early_stopping 的范围是"),
    "early stopping half": (
        {"early_stopping": 1.5},
        InputError,
        "early_stopping must be a whole",
        "early_stopping 应为整数",
    ),
    "split seed": ({"split_seed": -2}, InputError, "split_seed must be ≥ -1", "split_seed 的范围是"),
    "flag": ({"nesterov": "perhaps"}, InputError, "nesterov must be true or false, got perhaps", "nesterov 应为 true"),
    "flag number": ({"nesterov": 2}, InputError, "nesterov must be true or false, got 2", "收到的是 2"),
    "flag list": ({"nesterov": [True]}, InputError, "nesterov must be true or false, got [True]", "nesterov 应为 true"),
    "precision": (
        {"precision": "int8"},
        InputError,
        "precision must be one of auto, fp32, bf16, fp16, got int8",
        "precision 应为",
    ),
    "precision list": ({"precision": ["fp32"]}, InputError, "precision must be one of", "precision 应为"),
    "processes, LBFGS": (
        {"processes": 2, "optimizer": "LBFGS"},
        UnsupportedError,
        "LBFGS looks at the loss several times in one step",
        "必须在全部 2 个进程上一致",
    ),
    "processes 65": ({"processes": 65}, InputError, "processes must be ≥ 1, ≤ 64, got 65", "processes 的范围是"),
    "processes, cores": (
        {"processes": 64},
        LimitError,
        "64 processes were asked for; here a run may have",
        "要求了 64 个进程",
    ),
    "processes, batch": (
        {"processes": 2, "batch_size": 1, "model": "Linear"},
        InputError,
        "an image for each of the 2 processes. Here batch_size is 1",
        "batch_size 为 1",
    ),
    "processes, last batch": (
        {"processes": 2, "batch_size": 8, "train_size": 33, "model": "Linear"},
        InputError,
        "images in the last batch of an epoch is 1",
        "最后一批的图像数为 1",
    ),
    "sharding, one process": (
        {"sharding": "fully_shard"},
        InputError,
        "processes is 1. Use processes = 2 or more, or sharding = none",
        "会把网络切分给各个进程",
    ),
    "sharding": ({"sharding": "zero3"}, InputError, "sharding", "切分方式"),
    "sharding, LBFGS": (
        {"processes": 2, "optimizer": "LBFGS", "sharding": "fully_shard"},
        UnsupportedError,
        "Use processes = 1, or another optimizer",
        "或换一个优化器",
    ),
    "processes 0": ({"processes": 0}, InputError, "processes must be ≥ 1", "processes 的范围是"),
    "device": ({"device": 0}, InputError, "device must be a text, got 0", "device 应为文本"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_wish_is_refused_in_words(case, limits, both):
    wish, error_type, english, chinese = BAD[case]
    with pytest.raises(error_type) as error:
        resolve_config(wish, limits)
    assert english in both(error)
    assert chinese in both(error)
    assert len(both(error)) < 1200


def test_a_model_that_is_too_large_for_a_class_room(limits, both):
    wide = json.dumps(
        {
            "layers": [
                {"type": "Flatten"},
                {"type": "Linear", "arguments": {"in_features": 784, "out_features": 10_000}},
                {"type": "Linear", "arguments": {"in_features": 10_000, "out_features": 10}},
            ]
        }
    )
    assert resolve_config({"model": wide}, limits)
    with pytest.raises(LimitError, match="7,950,010 parameters; at most 5,000,000") as error:
        resolve_config({"model": wide}, read_limits(public=True, environment={}))
    assert "7,950,010 个参数" in both(error)


VALUES: tuple = (
    *(None, True, False, 0, 1, -1, 2, 64, 0.5, -0.5, 1e-9, 1e9, 10**12, 10**400, float("nan"), float("inf")),
    *("", "auto", "Fast", "fp16", "MLP", "None", "x" * 5000, "{}", "{", "[" * 5000, "nn.Linear(1, 1)", "中文"),
    *([], {}, [1], {"a": 1}, ("a",), b"bytes", object()),
)


def resolve_random_wishes(seed: int, count: int, limits) -> int:
    source, refused, spoken = random.Random(seed), 0, []
    for _ in range(count):
        keys = source.sample(KEYS, source.choice([1, 1, 2, 5]))
        wish = {key: source.choice(VALUES) for key in keys}
        if source.random() < 0.05:
            wish[source.choice(VALUES[:20])] = source.choice(VALUES)
        try:
            config = resolve_config(wish, limits)
        except PlaygroundError as error:
            refused += 1
            spoken += [error.message("en"), error.message("zh")]
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error} for {wish}")
        else:
            assert resolve_config(json.loads(json.dumps(config.to_json(), allow_nan=False)), limits) == config
    assert all(spoken)
    return refused


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.long)])
def test_random_wishes_give_a_config_or_an_error_that_a_learner_can_read(count, limits):
    assert 0.2 * count < resolve_random_wishes(count, count, limits) < count
