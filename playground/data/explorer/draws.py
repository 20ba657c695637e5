"""What a list of transforms makes of images: several random draws, the histogram before and after. Call it in a child:
it seeds torch's global generator, from which torchvision draws.
"""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from playground.data.explorer.transforms import Step, read_steps
from playground.errors import PlaygroundError, RuntimeFailure

DRAWS = 4
BINS = 32


def make_transform(steps: list[Step]) -> v2.Compose:
    """The composition that `compose_source` writes."""
    parts = [getattr(v2, step.type.name)(**step.type.arguments(step.values)) for step in steps]
    return v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), *parts])


def draw_images(images: np.ndarray, steps: list[Step], seed: int) -> list[list[Tensor]]:
    """DRAWS draws of each image, one image after the other: [draw][image], each (1, height, width) float32.

    Args:
        images: uint8 (count, 28, 28).
    """
    transform = make_transform(steps)
    torch.manual_seed(seed)
    return [[transform(image[:, :, None]) for image in images] for _ in range(DRAWS)]


def show_draws(images: bytes, shown: int, wish: object, seed: int) -> dict[str, Any]:
    """The draws of the first `shown` images for the page, and the values of all of them.

    Args:
        images: 784 bytes each.

    Returns:
        draws: [base64 of the shown images' bytes] per draw, height, width; low, high: what black and white stand for.
        before, after: {mean, std, low, high, histogram}; outside: the share of values outside 0…1.
        image_seconds: the time of one image. warnings: [{key, values}].

    Raises:
        PlaygroundError: no such list, or torchvision refuses it.
    """
    pixels = np.frombuffer(images, np.uint8).reshape(-1, 28, 28).copy()
    steps = read_steps(wish)
    try:
        make_transform(steps)(pixels[0][:, :, None])  # what torch prepares once is no image's time
        begun = time.perf_counter()
        drawn = draw_images(pixels[:shown], steps, seed)
        transform = make_transform(steps)
        others = [transform(image[:, :, None]) for image in pixels[shown:]]
        seconds = (time.perf_counter() - begun) / (DRAWS * shown + len(others))
    except PlaygroundError:
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        raise RuntimeFailure("transform.failed", reason=(str(error).splitlines() or ["?"])[0][:200]) from error
    stacked = torch.stack([torch.cat(draw) for draw in drawn])  # draws, images, height, width
    values = torch.cat([stacked[0], *others]) if others else stacked[0]
    low, high = min(0.0, float(stacked.min())), max(1.0, float(stacked.max()))
    shades = ((stacked - low) / (high - low) * 255).round().clamp(0, 255).to(torch.uint8)
    return {
        "draws": [base64.b64encode(draw.numpy().tobytes()).decode() for draw in shades],
        "height": stacked.shape[2],
        "width": stacked.shape[3],
        "low": round(low, 4),
        "high": round(high, 4),
        "before": summarise(torch.from_numpy(pixels).float() / 255),
        "after": summarise(values),
        "outside": float(((values < 0) | (values > 1)).float().mean()),
        "image_seconds": seconds,
        "warnings": warn(steps, stacked.shape[2]),
    }


def summarise(values: Tensor) -> dict[str, Any]:
    """Mean, standard deviation and histogram of all pixels (float, any shape), BINS bins from the least to the greatest."""
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    counts = torch.histc(values, BINS, low, high)
    return {
        "mean": float(values.mean()),
        "std": float(values.std(correction=0)),
        "low": low,
        "high": high,
        "histogram": [int(count) for count in counts],
    }


def warn(steps: list[Step], height: int) -> list[dict[str, Any]]:
    """What is likely meant otherwise: an order, a size, a part that does nothing to a grey image."""
    found: list[dict[str, Any]] = []
    normalised: Step | None = None
    for step in steps:
        name = step.type.name
        if normalised is not None and step.type.moves:
            paper = -normalised.values["mean"] / normalised.values["std"]
            found.append({"key": "transform.after_normalize_fill", "values": {"name": name, "paper": f"{paper:.2f}"}})
        elif normalised is not None and step.type.unit:
            found.append({"key": "transform.after_normalize_unit", "values": {"name": name}})
        elif normalised is not None and name == "Normalize":
            found.append({"key": "transform.twice", "values": {}})
        normalised = step if name == "Normalize" else normalised
        if name == "ColorJitter" and (step.values["saturation"] or step.values["hue"]):
            found.append({"key": "transform.grey", "values": {}})
    if height != 28:
        found.append({"key": "transform.size", "values": {"size": height}})
    return found
