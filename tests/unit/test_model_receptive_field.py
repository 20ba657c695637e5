"""Receptive fields against autograd: which pixels one number of an activation really depends on."""

from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor, nn

from playground.models import PRESETS, build_model
from playground.models.flow import FlowMode
from playground.models.layer_table import LayerTable
from playground.models.receptive_field import WHOLE, Axis, Field

SIDE = 56


def fields_of(model: nn.Module, image: Tensor) -> dict[str, Field | None]:
    """The field of each row by its name."""
    table = LayerTable(model, see=lambda number, row, output: mode.finish(number, output))
    mode = FlowMode(table, image)
    with torch.no_grad(), mode:
        table.run(image)
    return {row.name: mode.flow.fields[str(number)] for number, row in enumerate(table.rows)}


def seen_pixels(model: nn.Module, place: tuple[int, int], side: int = SIDE) -> tuple[set[int], set[int]]:
    """Rows and columns of the pixels that have an influence on one number, over many images (a maximum picks one each)."""
    image = torch.randn(200, 1, side, side, requires_grad=True)
    (gradient,) = torch.autograd.grad(model(image)[:, :, place[0], place[1]].sum(), image)
    touched = gradient.abs().sum(dim=(0, 1)) > 0
    return set(touched.any(1).nonzero().flatten().tolist()), set(touched.any(0).nonzero().flatten().tolist())


def expected(axis: Axis, place: int, side: int = SIDE) -> set[int]:
    return {place * axis.jump + offset for offset in axis.offsets} & set(range(side))


def random_net(choose: random.Random) -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = 1
    for _ in range(choose.randint(2, 4)):
        kind = choose.choice(["conv", "conv", "max", "average", "pad"])
        if kind == "conv":
            kernel = (choose.randint(1, 4), choose.randint(1, 4))
            dilation = (choose.randint(1, 3), choose.randint(1, 3))
            stride = (choose.randint(1, 2), choose.randint(1, 2))
            layers.append(nn.Conv2d(channels, 3, kernel, stride, choose.randint(0, 2), dilation))
            channels = 3
        elif kind == "max":
            layers.append(nn.MaxPool2d(3, choose.randint(1, 2), choose.randint(0, 1), choose.randint(1, 2)))
        elif kind == "average":
            layers.append(nn.AvgPool2d((2, 3), choose.randint(1, 2)))
        else:
            layers.append(nn.ZeroPad2d((1, 2, 0, 3)))
        layers += choose.choice([[], [nn.LeakyReLU()], [nn.BatchNorm2d(channels)], [nn.Dropout(0.5)]])
    return nn.Sequential(*layers).eval()


@pytest.mark.parametrize("seed", range(25))
def test_the_pixels_that_a_random_net_sees(seed):
    choose = random.Random(seed)
    torch.manual_seed(seed)
    model = random_net(choose)
    image = torch.randn(1, 1, SIDE, SIDE)
    height, width = model(image).shape[2:]
    field = list(fields_of(model, image).values())[-1]
    assert field is not None
    # Far from the border: there a window lies partly on padding that sees nothing.
    for place in ((height // 2, width // 2), (height // 2 + 1, width // 2 - 1)):
        rows, columns = seen_pixels(model, place)
        assert rows == expected(field.rows, place[0])
        assert columns == expected(field.columns, place[1])


class Joined(nn.Module):
    """A residual, two ways side by side, and a mean over channels, written by hand."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 5, padding=2)
        self.third, self.last = nn.Conv2d(8, 4, 3, stride=2), nn.Conv2d(1, 2, 2)

    def forward(self, x):
        x = self.first(x)
        y = x + torch.tanh(self.second(x))
        z = self.third(torch.cat([x, y], dim=1))
        return self.last(z.mean(dim=1, keepdim=True))


def test_ways_that_come_together():
    torch.manual_seed(0)
    model = Joined()
    found = fields_of(model, torch.randn(1, 1, SIDE, SIDE))
    assert [found[name].rows.size for name in ("first", "second", "third", "last")] == [3, 7, 9, 11]
    assert seen_pixels(model, (6, 7))[0] == expected(found["last"].rows, 6)


@pytest.mark.parametrize(
    ("layer", "field"),
    [
        (nn.AdaptiveAvgPool2d(1), WHOLE),
        (nn.AdaptiveAvgPool2d(7), Field(Axis(8, frozenset(range(8))), Axis(8, frozenset(range(8))))),
        (nn.AdaptiveAvgPool2d(5), None),
        (nn.ConvTranspose2d(1, 1, 2, stride=2), None),
        (nn.Upsample(scale_factor=2), None),
        (nn.GroupNorm(1, 1), WHOLE),
        (nn.Linear(SIDE, 3), None),  # a row
        (nn.Softmax(dim=1), None),  # the channels of one place
        (nn.LayerNorm(SIDE), None),
        (nn.LayerNorm([1, SIDE, SIDE]), WHOLE),
    ],
)
def test_where_there_is_no_window(layer, field):
    assert fields_of(nn.Sequential(layer), torch.randn(1, 1, SIDE, SIDE)) == {"0": field}


def test_behind_what_has_no_window_a_linear_layer_still_sees_all():
    model = nn.Sequential(nn.ConvTranspose2d(1, 1, 2, stride=2), nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(110 * 110, 2))
    assert list(fields_of(model, torch.randn(1, 1, SIDE, SIDE)).values()) == [None, None, None, WHOLE]


def test_the_presets():
    fields = fields_of(build_model(PRESETS["MNISTNet"].spec).eval(), torch.randn(1, 1, 28, 28))
    sizes = [None if field.whole else field.rows.size for field in fields.values()]
    assert sizes == [3, 3, 3, 5, 5, 5, 6, 6, 10, 10, 10, 14, 14, 14, 16, 16, 16, None, None, None, None]
    patches = fields_of(build_model(PRESETS["ViT"].spec).eval(), torch.randn(1, 1, 28, 28))
    assert patches["positions"].to_json() == {"whole": False, "size": [7, 7], "jump": None}
    assert patches["blocks.0.0"] == WHOLE


def test_what_is_said_of_a_field():
    field = Field(Axis(2, frozenset({-2, 0, 2})), Axis(1, frozenset({0})))
    assert field.to_json() == {"whole": False, "size": [5, 1], "jump": [2, 1]}
    assert WHOLE.to_json() == {"whole": True, "size": None, "jump": None}
