"""What the floating-point types of deep learning can hold, and how a number is stored in each of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.errors import InputError
from playground.registry import Registry, shorten

# float32 keeps 23 bits of mantissa, tf32 the upper ten: these are rounded away.
TF32_DROPPED = 13


def round_to_tf32(values: Tensor) -> Tensor:
    """float32 values as the tensor cores of a GPU read them: the mantissa rounded to ten bits, ties to even.

    Torch has no such dtype, so the rounding is done on the bits; what is not finite stays as it is.
    """
    bits = values.contiguous().view(torch.int32)
    rounded = bits + (2 ** (TF32_DROPPED - 1) - 1) + ((bits >> TF32_DROPPED) & 1)
    return torch.where(values.isfinite(), (rounded & -(2**TF32_DROPPED)).view(torch.float32), values)


@dataclass(frozen=True)
class NumberType:
    """A floating-point type.

    Args:
        name: of torch's dtype, or tf32. dtype: whose `torch.finfo` holds (tf32: that of float32).
        mantissa: stored bits. whole: of the same width, to look at the bits.
        bits: as a computation sees it; tf32 lies in 32 bits of memory.
    """

    name: str
    dtype: torch.dtype
    mantissa: int
    whole: torch.dtype
    bits: int

    @property
    def exponent(self) -> int:
        """Bits of the exponent: what sign and mantissa leave."""
        return self.bits - 1 - self.mantissa

    @property
    def epsilon(self) -> float:
        """The distance from 1 to the next larger number."""
        return 2.0**-self.mantissa

    @property
    def smallest_normal(self) -> float:
        return torch.finfo(self.dtype).smallest_normal

    @property
    def smallest_subnormal(self) -> float:
        return self.smallest_normal * self.epsilon

    @property
    def largest(self) -> float:
        most = torch.finfo(self.dtype).max
        if self.name != "tf32":
            return most
        return (2 - self.epsilon) * 2.0 ** math.floor(math.log2(most))

    @property
    def overflow_from(self) -> float:
        """From here on a number is too large: the largest one and half of its distance to the one before."""
        return self.largest + self.epsilon * 2.0 ** math.floor(math.log2(self.largest)) / 2

    def cast(self, values: Tensor) -> Tensor:
        """float32 or float64 values as this type stores them, in float32: really cast, and back."""
        if self.name == "tf32":
            return round_to_tf32(values.float())
        return values.to(self.dtype).float()

    def describe(self) -> dict[str, Any]:
        return {
            "dtype": self.name,
            "bits": self.bits,
            "exponent": self.exponent,
            "mantissa": self.mantissa,
            "largest": self.largest,
            "smallest_normal": self.smallest_normal,
            "smallest_subnormal": self.smallest_subnormal,
            "epsilon": self.epsilon,
        }


def _number_type(dtype: torch.dtype, whole: torch.dtype) -> NumberType:
    found = torch.finfo(dtype)
    return NumberType(str(dtype).removeprefix("torch."), dtype, round(-math.log2(found.eps)), whole, found.bits)


FLOAT32 = _number_type(torch.float32, torch.int32)
NUMBER_TYPES: Registry[NumberType] = Registry(
    "topic.dtype",
    (
        FLOAT32,
        NumberType("tf32", torch.float32, FLOAT32.mantissa - TF32_DROPPED, torch.int32, FLOAT32.bits - TF32_DROPPED),
        _number_type(torch.bfloat16, torch.int16),
        _number_type(torch.float16, torch.int16),
        _number_type(torch.float8_e4m3fn, torch.uint8),
        _number_type(torch.float8_e5m2, torch.uint8),
    ),
)


def list_number_types() -> list[dict[str, Any]]:
    """The table: {dtype, bits, exponent and mantissa (bits), largest, smallest_normal, smallest_subnormal, epsilon}."""
    return [kind.describe() for kind in NUMBER_TYPES.values()]


def show_bits(text: object) -> dict[str, Any]:
    """How a typed number is stored in each type, found by really casting it.

    Args:
        text: such as "0.1", "1e-8", "-65520", "2**-14", "inf", "nan".

    Returns:
        value: the number in float64; dtypes: {name: {bits: {sign, exponent, mantissa} as digits 0 and 1, stored: what is
        read back, relative_error (None for 0 and what is not finite), overflow: it was too large, underflow: it was not 0
        and is, subnormal}}. A type that has no infinity holds its largest number, or nan, where a number is too large.

    Raises:
        InputError: not a number.
    """
    value = _read_number(text)
    return {"value": value, "dtypes": {name: _stored(value, kind) for name, kind in NUMBER_TYPES.items()}}


def _stored(value: float, kind: NumberType) -> dict[str, Any]:
    given = torch.tensor([value], dtype=torch.float64)
    # tf32 begins with a float32, as on the GPU; the others are cast from what was typed.
    held = round_to_tf32(given.float()) if kind.name == "tf32" else given.to(kind.dtype)
    stored = float(held.double())
    whole = int(held.view(kind.whole)) % 2 ** torch.finfo(kind.dtype).bits
    digits = format(whole, f"0{torch.finfo(kind.dtype).bits}b")[: kind.bits]
    finite = math.isfinite(value)
    return {
        "bits": {"sign": digits[0], "exponent": digits[1 : 1 + kind.exponent], "mantissa": digits[1 + kind.exponent :]},
        "stored": stored,
        "relative_error": abs(stored - value) / abs(value) if finite and value and math.isfinite(stored) else None,
        "overflow": finite and abs(value) >= kind.overflow_from,
        "underflow": value != 0 and stored == 0,
        "subnormal": 0 < abs(stored) < kind.smallest_normal,
    }


def _read_number(text: object) -> float:
    written = str(text).strip().lower().replace("−", "-").replace("_", "") if isinstance(text, (str, int, float)) else ""
    power: Callable[[float, float], float] = math.pow
    try:
        if "**" in written or "^" in written:
            base, exponent = written.replace("**", "^").split("^")
            # The sign stands before the power, as in Python: -2**4 is -16.
            sign, base = (-1.0, base[1:]) if base.startswith("-") else (1.0, base)
            return sign * power(float(base), float(exponent))
        return float(written)
    except (ValueError, OverflowError) as error:
        raise InputError("bench.number", got=shorten(text)) from error


def shares(values: Tensor, kind: NumberType) -> dict[str, float]:
    """What becomes of numbers in a type, as shares of those that are not 0: {zero, subnormal, overflow}.

    Args:
        values: finite, float32 or float64, any shape.
    """
    given = values[values != 0]
    count = max(given.numel(), 1)
    sizes = kind.cast(given).abs()
    return {
        "zero": int((sizes == 0).sum()) / count,
        "subnormal": int(((sizes > 0) & (sizes < kind.smallest_normal)).sum()) / count,
        # Some types saturate and some give an infinity: what was too large is told by what went in.
        "overflow": int((given.abs() >= kind.overflow_from).sum()) / count,
    }
