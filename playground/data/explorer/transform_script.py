"""The script that draws the same images through the same transforms; runs in an empty folder, without this package."""

from __future__ import annotations

from playground.data.datasets import Dataset
from playground.data.explorer.draws import DRAWS
from playground.data.explorer.own_script import read_source
from playground.data.explorer.transforms import Step, compose_source

SCRIPT = """import torch
from torchvision.transforms import v2
{imports}
SEED = {seed}
INDICES = {indices}  # of the {file} images

{data}

{compose}


# The same images, several draws: a training run sees another one in each epoch.
torch.manual_seed(SEED)
draws = [[transform(images[index].numpy()[:, :, None]) for index in INDICES] for _ in range({draws})]
before = torch.stack([images[index] for index in INDICES]) / 255
after = torch.stack([image for draw in draws for image in draw])
print("before:", tuple(before.shape), f"mean {{before.mean():.4f}}, std {{before.std(correction=0):.4f}}")
print("after: ", tuple(after.shape), f"mean {{after.mean():.4f}}, std {{after.std(correction=0):.4f}}")
"""


def write_transform_script(dataset: Dataset, file: str, indices: list[int], steps: list[Step], seed: int) -> str:
    imports, lines = read_source(dataset, file)
    return SCRIPT.format(
        imports="\n".join(imports),
        seed=seed,
        indices=indices,
        file="training" if file == "train" else "test",
        data="\n".join(lines),
        compose=compose_source(steps),
        draws=DRAWS,
    )
