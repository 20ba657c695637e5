"""TRANSFORMS: the random and fixed changes of torchvision that a learner composes. A new one is one entry.

What is run and what is shown come from the same arguments: `v2.<name>(**arguments)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.errors import InputError
from playground.registry import Registry, shorten

STEPS_MOST = 10
Values = Mapping[str, float]


@dataclass(frozen=True)
class Parameter:
    """A number that a learner sets; `whole`: without decimals, `odd`: and odd."""

    name: str
    usual: float
    low: float
    high: float
    whole: bool = False
    odd: bool = False

    def read(self, value: object, transform: str) -> float:
        """
        Raises:
            InputError: no number, or out of range.
        """
        if value is None:
            value = self.usual
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not right or not self.low <= value <= self.high or (self.whole and value != int(value)):  # type: ignore
            key = "transform.whole" if self.whole else "transform.number"
            raise InputError(
                key, transform=transform, name=self.name, got=shorten(value), low=f"{self.low:g}", high=f"{self.high:g}"
            )
        if self.odd and int(value) % 2 == 0:  # type: ignore[call-overload]
            raise InputError("transform.odd", transform=transform, name=self.name, got=shorten(value))
        return int(value) if self.whole else float(value)  # type: ignore[call-overload,arg-type]


@dataclass(frozen=True)
class TransformType:
    """A transform.

    Args:
        name: of the class in `torchvision.transforms.v2`.
        arguments: from the parameters' values to the class's arguments, all plain literals.
        label: whether a digit keeps its label: "yes", "no" or "some"; the words say which.
        moves: it moves pixels, and fills what comes in from outside with 0.
        random: two draws differ.
        unit: it expects values of 0…1.
    """

    name: str
    parameters: tuple[Parameter, ...]
    arguments: Callable[[Values], dict[str, Any]]
    label: str = "yes"
    moves: bool = False
    random: bool = True
    unit: bool = False


def _range(low: str, high: str) -> Callable[[Values], tuple[float, float]]:
    return lambda values: (min(values[low], values[high]), max(values[low], values[high]))


SCALE = _range("scale_low", "scale_high")
_P = Parameter("p", 0.5, 0, 1)

TRANSFORMS: Registry[TransformType] = Registry(
    "topic.transform",
    (
        TransformType(
            "RandomCrop",
            (Parameter("size", 28, 4, 64, whole=True), Parameter("padding", 4, 0, 28, whole=True)),
            lambda v: {"size": v["size"], "padding": v["padding"], "pad_if_needed": True},
            "some",
            moves=True,
        ),
        TransformType(
            "RandomResizedCrop",
            (
                Parameter("size", 28, 4, 64, whole=True),
                Parameter("scale_low", 0.6, 0.05, 1),
                Parameter("scale_high", 1.0, 0.05, 1),
            ),
            lambda v: {"size": v["size"], "scale": SCALE(v), "antialias": True},
            "some",
        ),
        TransformType("RandomHorizontalFlip", (_P,), lambda v: {"p": v["p"]}, "no"),
        TransformType("RandomVerticalFlip", (_P,), lambda v: {"p": v["p"]}, "no"),
        TransformType(
            "RandomRotation", (Parameter("degrees", 15, 0, 180),), lambda v: {"degrees": v["degrees"]}, "some", moves=True
        ),
        TransformType(
            "RandomAffine",
            (
                Parameter("degrees", 0, 0, 180),
                Parameter("translate", 0.1, 0, 1),
                Parameter("scale_low", 1.0, 0.1, 3),
                Parameter("scale_high", 1.0, 0.1, 3),
                Parameter("shear", 0, 0, 60),
            ),
            lambda v: {
                "degrees": v["degrees"],
                "translate": (v["translate"], v["translate"]),
                "scale": SCALE(v),
                "shear": v["shear"],
            },
            "some",
            moves=True,
        ),
        TransformType(
            "RandomPerspective",
            (Parameter("distortion_scale", 0.3, 0, 1), _P),
            lambda v: {"distortion_scale": v["distortion_scale"], "p": v["p"]},
            "some",
            moves=True,
        ),
        TransformType(
            "ElasticTransform",
            (Parameter("alpha", 30, 0, 200), Parameter("sigma", 4, 0.5, 20)),
            lambda v: {"alpha": v["alpha"], "sigma": v["sigma"]},
            "some",
            moves=True,
        ),
        TransformType(
            "ColorJitter",
            (
                Parameter("brightness", 0.4, 0, 1),
                Parameter("contrast", 0.4, 0, 1),
                Parameter("saturation", 0, 0, 1),
                Parameter("hue", 0, 0, 0.5),
            ),
            lambda v: {name: v[name] for name in ("brightness", "contrast", "saturation", "hue")},
            unit=True,
        ),
        TransformType(
            "GaussianBlur",
            (
                Parameter("kernel_size", 5, 1, 27, whole=True, odd=True),
                Parameter("sigma_low", 0.1, 0.05, 10),
                Parameter("sigma_high", 1.5, 0.05, 10),
            ),
            lambda v: {"kernel_size": v["kernel_size"], "sigma": _range("sigma_low", "sigma_high")(v)},
        ),
        TransformType(
            "GaussianNoise",
            (Parameter("mean", 0, -1, 1), Parameter("sigma", 0.1, 0, 1)),
            lambda v: {"mean": v["mean"], "sigma": v["sigma"]},
            unit=True,
        ),
        TransformType(
            "RandomErasing",
            (_P, Parameter("scale_low", 0.02, 0.01, 0.9), Parameter("scale_high", 0.2, 0.01, 0.9)),
            lambda v: {"p": v["p"], "scale": SCALE(v)},
            "some",
        ),
        TransformType("RandomInvert", (_P,), lambda v: {"p": v["p"]}, unit=True),
        TransformType(
            "Resize",
            (Parameter("size", 32, 4, 64, whole=True),),
            lambda v: {"size": (v["size"], v["size"]), "antialias": True},
            random=False,
        ),
        TransformType(
            "CenterCrop",
            (Parameter("size", 24, 4, 64, whole=True),),
            lambda v: {"size": v["size"]},
            "some",
            moves=True,
            random=False,
        ),
        TransformType(
            "Normalize",
            (Parameter("mean", 0.1307, -10, 10), Parameter("std", 0.3081, 0.001, 100)),
            lambda v: {"mean": [v["mean"]], "std": [v["std"]]},
            random=False,
        ),
    ),
)


@dataclass(frozen=True)
class Step:
    """One entry of a learner's list, with a value for each parameter."""

    type: TransformType
    values: Values

    def line(self) -> str:
        """The call as Python."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.type.arguments(self.values).items())
        return f"v2.{self.type.name}({given})"


def read_steps(wish: object) -> list[Step]:
    """A learner's list: [{name, values: {parameter: number}}].

    Raises:
        InputError: no such list, too many entries, an unknown transform or parameter, a number out of range.
    """
    if wish is None:
        return []
    if not isinstance(wish, list) or len(wish) > STEPS_MOST:
        raise InputError("transform.list", most=STEPS_MOST, got=shorten(wish))
    steps = []
    for entry in wish:
        if not isinstance(entry, Mapping):
            raise InputError("transform.list", most=STEPS_MOST, got=shorten(entry))
        kind = TRANSFORMS.find(entry.get("name"))
        given = entry.get("values")
        given = given if isinstance(given, Mapping) else {}
        names = [parameter.name for parameter in kind.parameters]
        unknown = [str(name) for name in given if name not in names]
        if unknown:
            raise InputError(
                "transform.unknown", transform=kind.name, got=shorten(", ".join(unknown)), names=", ".join(names)
            )
        values = {parameter.name: parameter.read(given.get(parameter.name), kind.name) for parameter in kind.parameters}
        steps.append(Step(kind, values))
    return steps


def compose_source(steps: list[Step]) -> str:
    """`transform = v2.Compose([…])`: an image becomes a float tensor of 0…1, and then goes through the list."""
    lines = ["v2.ToImage()", "v2.ToDtype(torch.float32, scale=True)", *(step.line() for step in steps)]
    return "transform = v2.Compose(\n    [\n" + "".join(f"        {line},\n" for line in lines) + "    ]\n)"


def list_transforms() -> list[dict[str, Any]]:
    """What the page needs of each: {name, label, parameters: [{name, usual, low, high, whole}]}."""
    return [
        {
            "name": kind.name,
            "label": kind.label,
            "parameters": [
                {"name": one.name, "usual": one.usual, "low": one.low, "high": one.high, "whole": one.whole, "odd": one.odd}
                for one in kind.parameters
            ],
        }
        for kind in TRANSFORMS.values()
    ]
