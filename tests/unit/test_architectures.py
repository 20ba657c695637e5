"""The well-known networks given as code: torchvision's own are the oracle."""

from __future__ import annotations

import pytest
import torch
import torchvision

from playground.models.architectures import ARCHITECTURES
from playground.models.build import read_model
from playground.models.describe import describe_model

THEIRS = {"ResNet18": torchvision.models.resnet18, "MobileNetV2": torchvision.models.mobilenet_v2}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_is_torchvisions_network(name):
    namespace: dict = {}
    exec(ARCHITECTURES[name].code, namespace)
    ours, theirs = namespace[name]().eval(), THEIRS[name]().eval()
    ours.load_state_dict(theirs.state_dict())
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(ours(images), theirs(images))


@pytest.mark.parametrize(
    ("name", "parameters", "macs"), [("ResNet18", 11_689_512, 1_814_073_344), ("MobileNetV2", 3_504_872, 300_774_272)]
)
def test_its_table(name, parameters, macs, limits):
    """On its own input, without a download; the figures are those of the papers' implementations."""
    result, error = describe_model(name, None, 1, limits)
    assert error is None
    assert result["input_shape"] == [3, 224, 224]
    assert result["totals"]["parameters"] == parameters
    assert result["totals"]["macs"] == macs
    assert result["layers"][-1]["output_shape"] == [1, 1000]


def test_a_name_is_found_however_it_is_spelt():
    assert read_model("resnet-18") is ARCHITECTURES["ResNet18"]
    assert read_model("mobilenet_v2") is ARCHITECTURES["MobileNetV2"]
