"""Code and list say the same: what the list writes is read back, what a learner pastes becomes a list where it is one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_model_table import random_spec

from playground import words
from playground.models import PRESETS
from playground.models.catalogue import list_layers
from playground.models.describe import write_model_script
from playground.models.layers import LAYERS
from playground.models.sequential import read_list
from playground.models.sizes import fill_sizes
from playground.models.spec import LayerSpec, ModelSpec


def unnamed(spec: ModelSpec) -> ModelSpec:
    return replace(spec, name="")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_come_back_from_their_code(name):
    spec = PRESETS[name].spec
    found = read_list(write_model_script(spec, spec.input_shape, runs=True), spec.input_shape)
    assert found is not None and unnamed(found) == unnamed(spec)


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(10, 40))])
def test_random_lists_come_back_from_their_code(seed):
    spec = fill_sizes(random_spec(seed))
    code = write_model_script(spec, spec.input_shape, runs=True)
    found = read_list(code, spec.input_shape)
    assert found is not None and unnamed(found) == unnamed(spec)
    assert write_model_script(found, found.input_shape, runs=True) == code


def test_what_learners_paste():
    plain = read_list("import torch.nn as nn\n\nmodel = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10, bias=False))")
    assert plain is not None
    assert plain.layers[1] == LayerSpec("Linear", "", {"in_features": 784, "out_features": 10, "bias": False})
    ordered = read_list('nn.Sequential(OrderedDict([("flat", nn.Flatten()), ("fc", nn.Linear(784, 10))]))')
    assert ordered is not None and [layer.name for layer in ordered.layers] == ["flat", "fc"]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x = (",
        "nn.Linear(3, 4)",
        "nn.Sequential()",
        "nn.Sequential(nn.Linear(n, 4))",
        "nn.Sequential(*layers)",
        "nn.Sequential(nn.Linear(3, 4, 5, 6, 7, 8))",
        "nn.Sequential(nn.Linear(3, 4, colour=1))",
        "nn.Sequential(nn.Bilinear(3, 4, 5))",
        "nn.Sequential(nn.TransformerEncoderLayer(8, 2))",
        "n = 3\nnn.Sequential(nn.Linear(3, 4))",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.ReLU()\n\n"
        "    def forward(self, x):\n        x = self.a(x)\n        x = self.a(x)\n        return x",
        "class Net(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n        self.a = nn.ReLU()\n\n"
        "    def forward(self, x):\n        x = self.a(x)\n        return x",
    ],
)
def test_what_is_no_list_stays_code(code):
    assert read_list(code) is None


def test_the_catalogue_of_layers():
    for language in words.LANGUAGES:
        listed = list_layers(language)
        assert [one["name"] for one in listed] == list(LAYERS)
        for one in listed:
            assert one["help"] and one["link"].startswith("https://")
            known = {argument["name"] for argument in one["arguments"]}
            assert set(one["suggested"]) <= known
            needed = {argument["name"] for argument in one["arguments"] if argument["required"]}
            assert needed <= set(one["suggested"]), f"a new {one['name']} lacks {needed}"
