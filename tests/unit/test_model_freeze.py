"""Frozen layers: in the spec, in the code, in the sums, and in training."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from playground.errors import InputError
from playground.limits import read_limits
from playground.models import PRESETS, build_model, check_model, model_source
from playground.models.describe import describe_model
from playground.models.sequential import read_list
from playground.models.source import class_name
from playground.models.spec import LayerSpec, ModelSpec
from playground.training import loop
from playground.training.config import resolve_config

LIMITS = read_limits(public=False)
pytestmark = pytest.mark.usefixtures("restored_torch")


def freeze(spec: ModelSpec, *places: int) -> ModelSpec:
    layers = [replace(layer, trainable=False) if at in places else layer for at, layer in enumerate(spec.layers)]
    return replace(spec, layers=tuple(layers))


def inner_frozen() -> ModelSpec:
    """The first linear layer of each copy of a Repeat, and one deep inside."""
    linear = LayerSpec("Linear", "", {"in_features": 32, "out_features": 32}, (), False)
    repeat = LayerSpec("Repeat", "blocks", {"times": 3}, (linear, LayerSpec("ReLU"), replace(linear, trainable=True)))
    begin = LayerSpec(
        "Sequential",
        "begin",
        {},
        (LayerSpec("Flatten"), replace(linear, arguments={"in_features": 784, "out_features": 32})),
    )
    return ModelSpec("Deep", (begin, repeat, LayerSpec("Linear", "head", {"in_features": 32, "out_features": 10})))


SPECS = [
    freeze(PRESETS["MNISTNet"].spec, 0),
    freeze(PRESETS["LeNet5"].spec, 0, 3),
    freeze(PRESETS["Sequential"].spec, 1),
    inner_frozen(),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_code_and_spec_freeze_the_same(spec):
    namespace: dict = {}
    source = model_source(spec)
    exec(f"from collections import OrderedDict\nimport torch\nfrom torch import nn\n{source}", namespace)
    of_code = {name: part.requires_grad for name, part in namespace[class_name(spec)]().named_parameters()}
    of_spec = {name: part.requires_grad for name, part in build_model(spec).named_parameters()}
    assert of_code == of_spec
    assert set(of_spec.values()) == {True, False}
    totals = describe_model(spec.to_text(), None, 4, LIMITS)[0]["totals"]
    assert totals["trainable"] == sum(part.numel() for part in build_model(spec).parameters() if part.requires_grad)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_code_becomes_the_same_list_again(spec):
    found = read_list(describe_model(spec.to_text(), None, 4, LIMITS)[0]["script"])
    assert found is not None
    assert found.layers == spec.layers


def test_the_code_can_be_checked_and_freezes_as_learners_write_it():
    script = describe_model(SPECS[0].to_text(), None, 4, LIMITS)[0]["script"]
    # As code, not as a list: the language of the page runs these lines too.
    result, error = describe_model(f"{script}\nx = 1\nmodel", None, 4, LIMITS)
    assert error is None
    assert result["totals"]["trainable"] == 871_018 - sum(
        part.numel() for name, part in build_model(SPECS[0]).named_parameters() if name.startswith("features")
    )
    short = script.replace('self.get_submodule("features").requires_grad_(False)', "self.features.requires_grad_(False)")
    assert short != script
    assert read_list(short).layers == SPECS[0].layers


def test_one_copy_of_a_repeat_alone_is_no_list():
    script = describe_model(inner_frozen().to_text(), None, 4, LIMITS)[0]["script"]
    line = next(line for line in script.splitlines() if "blocks.1.0" in line)
    assert read_list(script.replace(f"{line}\n", "")) is None


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
def test_frozen_parameters_do_not_move(optimizer, tmp_path):
    spec = freeze(PRESETS["LeNet5"].spec, 0)
    wish = {
        "model": spec.to_text(),
        "train_size": 256,
        "epochs": 1,
        "batch_size": 64,
        "optimizer": optimizer,
        "weight_decay": 0.1,
        "seed": 3,
        "precision": "fp32",
        "threads": 1,
    }
    config = resolve_config(wish, LIMITS)
    events = list(loop.train(config, tmp_path))
    assert events[-1].to_json()["type"] == "done"
    after = load_file(next(tmp_path.glob("last.safetensors"), None) or tmp_path / "best.safetensors")
    torch.manual_seed(3)
    before = build_model(spec).state_dict()
    for name, value in before.items():
        assert torch.equal(after[name], value) == name.startswith("conv1"), name


def test_nothing_left_to_train_is_refused():
    spec = freeze(PRESETS["Linear"].spec, 1)
    with pytest.raises(InputError, match="frozen"):
        check_model(spec)
    with pytest.raises(InputError):
        resolve_config({"model": json.dumps(spec.to_json())}, LIMITS)
