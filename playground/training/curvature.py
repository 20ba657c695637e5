"""How sharply the loss bends: its largest curvature, and the learning rate at which SGD leaps out of the valley.

Along the sharpest direction the loss is a parabola ½ λ x². A step of gradient descent multiplies x by 1 − η λ, which
makes it longer as soon as η > 2/λ.

Source: C. Lanczos (1950) for the eigenvalue; J. Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the
Edge of Stability (2021), for the limits with momentum.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.training.randomness import epoch_order, step_seed

if TYPE_CHECKING:
    from playground.training.updates import Updater

IMAGES = 256
PRODUCTS_MOST = 30
# Of a large network: the error then says how far it came.
TIME_BOX_SECONDS = 4.0
PRODUCTS_LEAST = 8
# With a larger error a limit would be a guess.
ERROR_MOST = 0.2
# The bound of the error that is good enough for a line in a picture.
TOLERANCE = 0.02
SEED = 20_241


@dataclass(frozen=True)
class Curvature:
    """
    Args:
        largest: the largest eigenvalue of the loss's Hessian at these weights, over `images` training images; error: a
            bound of its distance to a true one; products: how many Hessian-vector products that took.
        limit: the learning rate above which SGD with the config's momentum and weight decay is unstable along that
            direction; None where the loss bends down everywhere, or `error` is too large to tell.
        momentum, nesterov, weight_decay: with which `limit` was worked out.
    """

    largest: float
    error: float
    products: int
    images: int
    limit: float | None
    momentum: float
    nesterov: bool
    weight_decay: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def find_curvature(updater: Updater) -> Curvature | None:
    """Of a network in training mode, in fp32 (second derivatives need the digits); the statistics of its BatchNorms move.

    None where it bends nowhere: a loss that is linear in all parameters.

    Raises:
        RuntimeError: a layer has no second derivative.
    """
    config = updater.config
    count = min(IMAGES, len(updater.data.train))
    indices = epoch_order(config.seed, 0, len(updater.data.train))[:count].to(updater.device)
    torch.manual_seed(step_seed(config.seed, 0))
    images, labels = updater.data.train.training_batch(indices, config.augment)
    parameters = updater.parameters
    updater.model.train()
    torch.manual_seed(step_seed(config.seed, 0))  # Dropout leaves out the same in every product: there is one graph
    loss = updater.loss.sum(updater.model(images).float(), labels, config.label_smoothing) / count
    gradients = torch.autograd.grad(loss, parameters, create_graph=True, allow_unused=True)
    both = zip(parameters, gradients, strict=True)
    pairs = [(own, slope) for own, slope in both if slope is not None and slope.requires_grad]
    if not pairs:
        return None
    used, slopes = [own for own, _ in pairs], [slope for _, slope in pairs]
    sizes = [own.numel() for own in used]

    def multiply(vector: Tensor) -> Tensor:
        parts = [part.view_as(own) for part, own in zip(vector.split(sizes), used, strict=True)]
        found = torch.autograd.grad(slopes, used, parts, retain_graph=True, allow_unused=True, materialize_grads=True)
        return torch.cat([part.reshape(-1) for part in found])

    largest, error, products = largest_eigenvalue(multiply, sum(sizes), updater.device)
    told = error <= ERROR_MOST * abs(largest)
    limit = stability_limit(largest, config.momentum, config.nesterov, config.weight_decay) if told else None
    return Curvature(largest, error, products, count, limit, config.momentum, bool(config.nesterov), config.weight_decay)


def largest_eigenvalue(
    multiply: Any, size: int, device: torch.device, tolerance: float = TOLERANCE
) -> tuple[float, float, int]:
    """The largest eigenvalue of a symmetric matrix that is known by its products with vectors, by Lanczos' method.

    Args:
        multiply: vector (size,) → matrix · vector.

    Returns:
        The eigenvalue, a bound of its distance to a true one, and the number of products.
    """
    generator = torch.Generator(device="cpu").manual_seed(SEED)
    vector = torch.randn(size, generator=generator).to(device)
    basis = [vector / vector.norm()]
    diagonal: list[float] = []
    beside: list[float] = []
    value = error = math.nan
    end = time.perf_counter() + TIME_BOX_SECONDS
    for _ in range(min(PRODUCTS_MOST, size)):
        product = multiply(basis[-1])
        diagonal.append(float(basis[-1] @ product))
        # Against all that came before, twice: rounding would else let the same direction come in again.
        for _ in range(2):
            for earlier in basis:
                product = product - (earlier @ product) * earlier
        rest = float(product.norm())
        small = torch.diag(torch.tensor(diagonal, dtype=torch.float64))
        if beside:
            outer = torch.tensor(beside, dtype=torch.float64)
            small = small + torch.diag(outer, 1) + torch.diag(outer, -1)
        values, vectors = torch.linalg.eigh(small)
        value, error = float(values[-1]), rest * abs(float(vectors[-1, -1]))
        late = time.perf_counter() > end and len(diagonal) >= PRODUCTS_LEAST
        if not math.isfinite(value) or error <= tolerance * abs(value) or rest == 0 or late:
            break
        beside.append(rest)
        basis.append(product / rest)
    return value, error, len(diagonal)


def stability_limit(largest: float, momentum: float, nesterov: bool, weight_decay: float) -> float | None:
    """The learning rate from which on SGD moves away from the bottom of a parabola of that curvature; None = from none."""
    bend = largest + weight_decay
    if not math.isfinite(bend) or bend <= 0:
        return None
    slower = 1 + 2 * momentum if nesterov and momentum else 1.0
    return 2 * (1 + momentum) / (bend * slower)
