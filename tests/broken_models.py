"""Networks that people post because they do not run: what fails in each, by the name of its layer."""

from __future__ import annotations

import textwrap

CONVOLUTIONAL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {init}

    def forward(self, x):
        {forward}
"""


def network(init: str, forward: str) -> str:
    """A class of nn.Module with these lines."""
    indent = " " * 8
    lines = {"init": init, "forward": forward}
    return CONVOLUTIONAL.format(**{name: textwrap.indent(text.strip(), indent).strip() for name, text in lines.items()})


# name: (code, the input's shape, the layer that fails)
BROKEN: dict[str, tuple[str, list[int], str]] = {
    "in_features after Flatten": (
        "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 28 * 28, 10))",
        [1, 28, 28],
        "3",
    ),
    "no Flatten at all": ("nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.Linear(6272, 10))", [1, 28, 28], "1"),
    "no Flatten in forward": (
        network(
            "self.conv = nn.Conv2d(1, 16, 3)\nself.pool = nn.MaxPool2d(2)\nself.fc = nn.Linear(16 * 13 * 13, 10)",
            "x = self.pool(torch.relu(self.conv(x)))\nreturn self.fc(x)",
        ),
        [1, 28, 28],
        "fc",
    ),
    "forgot that pooling halves": (
        network(
            "self.conv1 = nn.Conv2d(1, 16, 3, padding=1)\nself.conv2 = nn.Conv2d(16, 32, 3, padding=1)\n"
            "self.pool = nn.MaxPool2d(2)\nself.fc = nn.Linear(32 * 14 * 14, 10)",
            "x = self.pool(F.relu(self.conv1(x)))\nx = self.pool(F.relu(self.conv2(x)))\n"
            "return self.fc(x.view(x.size(0), -1))",
        ),
        [1, 28, 28],
        "fc",
    ),
    "channels between convolutions": (
        "nn.Sequential(nn.Conv2d(1, 16, 3), nn.Conv2d(32, 32, 3), nn.Flatten(), nn.Linear(32 * 24 * 24, 10))",
        [1, 28, 28],
        "1",
    ),
    "colour network on grey images": (
        "nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))",
        [1, 28, 28],
        "0",
    ),
    "grey network on colour images": (
        "nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 30 * 30, 10))",
        [3, 32, 32],
        "0",
    ),
    "BatchNorm1d on images": (
        "nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm1d(8), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))",
        [1, 28, 28],
        "1",
    ),
    "BatchNorm2d on vectors": (
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.BatchNorm2d(64), nn.Linear(64, 10))",
        [1, 28, 28],
        "2",
    ),
    "BatchNorm with other channels": (
        "nn.Sequential(nn.Conv2d(1, 16, 3), nn.BatchNorm2d(32), nn.Flatten(), nn.Linear(16 * 26 * 26, 10))",
        [1, 28, 28],
        "1",
    ),
    "BatchNorm1d with other features": (
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.BatchNorm1d(128), nn.Linear(64, 10))",
        [1, 28, 28],
        "2",
    ),
    "hidden sizes that do not meet": (
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(64, 10))",
        [1, 28, 28],
        "3",
    ),
    "hidden sizes in a class": (
        network(
            "self.fc1 = nn.Linear(784, 128)\nself.fc2 = nn.Linear(256, 64)\nself.fc3 = nn.Linear(64, 10)",
            "x = x.view(-1, 784)\nx = F.relu(self.fc1(x))\nx = F.relu(self.fc2(x))\nreturn self.fc3(x)",
        ),
        [1, 28, 28],
        "fc2",
    ),
    "images into a Linear of 784": ("nn.Sequential(nn.Linear(784, 10))", [1, 28, 28], "0"),
    "heads that do not divide": (
        network(
            "self.attention = nn.MultiheadAttention(28, 5, batch_first=True)\nself.fc = nn.Linear(28, 10)",
            "x = x.squeeze(1)\nx, _ = self.attention(x, x, x)\nreturn self.fc(x.mean(1))",
        ),
        [1, 28, 28],
        "attention",
    ),
    "heads of an encoder layer": (
        network(
            "self.encoder = nn.TransformerEncoderLayer(28, 8, batch_first=True)\nself.fc = nn.Linear(28, 10)",
            "x = self.encoder(x.squeeze(1))\nreturn self.fc(x.mean(1))",
        ),
        [1, 28, 28],
        "encoder",
    ),
    "width of an encoder layer": (
        network(
            "self.encoder = nn.TransformerEncoderLayer(64, 4, batch_first=True)\nself.fc = nn.Linear(28, 10)",
            "x = self.encoder(x.squeeze(1))\nreturn self.fc(x.mean(1))",
        ),
        [1, 28, 28],
        "encoder",
    ),
    "kernel larger than the image": (
        "nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.MaxPool2d(2), nn.MaxPool2d(2), nn.Conv2d(4, 8, 5), "
        "nn.Flatten(), nn.LazyLinear(10))".replace("nn.LazyLinear(10)", "nn.Linear(8, 10)"),
        [1, 28, 28],
        "4",
    ),
    "pooling away everything": (
        "nn.Sequential(nn.Conv2d(1, 4, 3), *[nn.MaxPool2d(2) for _ in range(4)], nn.MaxPool2d(2), nn.Flatten(), "
        "nn.Linear(4, 10))",
        [1, 28, 28],
        "5",
    ),
    "groups that do not divide": (
        "nn.Sequential(nn.Conv2d(1, 10, 3), nn.Conv2d(10, 20, 3, groups=4), nn.Flatten(), nn.Linear(20 * 24 * 24, 10))",
        [1, 28, 28],
        "1",
    ),
    "GroupNorm with other channels": (
        "nn.Sequential(nn.Conv2d(1, 12, 3), nn.GroupNorm(4, 16), nn.Flatten(), nn.Linear(12 * 26 * 26, 10))",
        [1, 28, 28],
        "1",
    ),
    "LayerNorm of another size": (
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.LayerNorm(128), nn.Linear(100, 10))",
        [1, 28, 28],
        "2",
    ),
    "LSTM with another input": (
        network(
            "self.lstm = nn.LSTM(32, 64, batch_first=True)\nself.fc = nn.Linear(64, 10)",
            "out, _ = self.lstm(x.squeeze(1))\nreturn self.fc(out[:, -1])",
        ),
        [1, 28, 28],
        "lstm",
    ),
    "LSTM on images": (
        network(
            "self.lstm = nn.LSTM(28, 64, batch_first=True)\nself.fc = nn.Linear(64, 10)",
            "out, _ = self.lstm(x)\nreturn self.fc(out[:, -1])",
        ),
        [1, 28, 28],
        "lstm",
    ),
    "both directions forgotten": (
        network(
            "self.lstm = nn.LSTM(28, 64, batch_first=True, bidirectional=True)\nself.fc = nn.Linear(64, 10)",
            "out, _ = self.lstm(x.squeeze(1))\nreturn self.fc(out[:, -1])",
        ),
        [1, 28, 28],
        "fc",
    ),
    "transposed back to the wrong width": (
        "nn.Sequential(nn.Conv2d(1, 8, 3, stride=2), nn.ConvTranspose2d(16, 1, 2, stride=2), nn.Flatten(), "
        "nn.Linear(676, 10))",
        [1, 28, 28],
        "1",
    ),
    "vectors into a convolution": (
        "nn.Sequential(nn.Linear(784, 784), nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))",
        [784],
        "1",
    ),
    "blocks in a Sequential of Sequentials": (
        network(
            "self.features = nn.Sequential(\n    nn.Conv2d(1, 8, 3, padding=1),\n    nn.ReLU(),\n    nn.MaxPool2d(2),\n)\n"
            "self.classifier = nn.Sequential(\n    nn.Flatten(),\n    nn.Linear(8 * 7 * 7, 32),\n    nn.ReLU(),\n"
            "    nn.Linear(32, 10),\n)",
            "return self.classifier(self.features(x))",
        ),
        [1, 28, 28],
        "classifier.1",
    ),
    "an OrderedDict": (
        "from collections import OrderedDict\n"
        'model = nn.Sequential(OrderedDict([("conv", nn.Conv2d(1, 6, 5)), ("flat", nn.Flatten()), '
        '("fc", nn.Linear(6 * 28 * 28, 10))]))',
        [1, 28, 28],
        "fc",
    ),
    "padding larger than half the kernel": (
        "nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.MaxPool2d(2, padding=2), nn.Flatten(), nn.Linear(4 * 15 * 15, 10))",
        [1, 28, 28],
        "1",
    ),
}
