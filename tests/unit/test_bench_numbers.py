"""The number types, against torch's own casts and numpy's bits."""

import math
import struct

import pytest
import torch

from playground.bench.numbers import NUMBER_TYPES, list_number_types, round_to_tf32, shares, show_bits
from playground.errors import InputError


def test_the_table_is_that_of_the_standards():
    table = {row["dtype"]: row for row in list_number_types()}
    assert [(row["bits"], row["exponent"], row["mantissa"]) for row in table.values()] == [
        (32, 8, 23),
        (19, 8, 10),
        (16, 8, 7),
        (16, 5, 10),
        (8, 4, 3),
        (8, 5, 2),
    ]
    assert table["float16"]["largest"] == 65504
    assert table["float8_e4m3fn"]["largest"] == 448
    assert table["float16"]["smallest_subnormal"] == 2.0**-24
    assert table["bfloat16"]["epsilon"] == torch.finfo(torch.bfloat16).eps
    assert table["tf32"]["largest"] == float(round_to_tf32(torch.tensor([table["tf32"]["largest"]])))


@pytest.mark.parametrize("text", ["0.1", "-1", "3.14159", "1e-6", "65504", "2**-14", "1e-45"])
def test_bits_read_back_as_what_is_stored(text):
    for name, found in show_bits(text)["dtypes"].items():
        kind, bits = NUMBER_TYPES[name], found["bits"]
        exponent, mantissa = int(bits["exponent"], 2), int(bits["mantissa"], 2)
        if exponent == 2**kind.exponent - 1 and name != "float8_e4m3fn":
            assert not math.isfinite(found["stored"])
            continue
        bias = 2 ** (kind.exponent - 1) - 1
        size = (mantissa + (2**kind.mantissa if exponent else 0)) * 2.0 ** (max(exponent, 1) - bias - kind.mantissa)
        assert found["stored"] == (-size if bits["sign"] == "1" else size)


def test_float32_has_the_bits_of_the_machine():
    bits = show_bits("0.1")["dtypes"]["float32"]["bits"]
    assert "".join(bits.values()) == format(struct.unpack(">I", struct.pack(">f", 0.1))[0], "032b")


def test_overflow_and_underflow_are_told():
    large, small = show_bits("65520")["dtypes"], show_bits("1e-8")["dtypes"]
    assert large["float16"]["overflow"] and large["float16"]["stored"] == math.inf
    assert not large["bfloat16"]["overflow"]
    assert not show_bits("65519")["dtypes"]["float16"]["overflow"]
    assert large["float8_e4m3fn"]["overflow"]
    assert small["float16"]["underflow"] and small["float16"]["relative_error"] == 1
    assert not small["bfloat16"]["underflow"]
    assert show_bits("1e-7")["dtypes"]["float16"]["subnormal"]
    assert show_bits("0")["dtypes"]["float32"]["relative_error"] is None
    assert math.isnan(show_bits("nan")["dtypes"]["bfloat16"]["stored"])
    assert show_bits("inf")["dtypes"]["tf32"]["stored"] == math.inf


def test_tf32_rounds_to_nearest_even():
    unit = 2.0**-10
    given = torch.tensor([1 + unit / 2, 1 + 3 * unit / 2, 1 + unit / 4, -1 - 0.75 * unit, 0.0, math.inf])
    assert round_to_tf32(given).tolist() == [1.0, 1 + 2 * unit, 1.0, -1 - unit, 0.0, math.inf]


def test_shares_are_those_of_real_casts():
    values = torch.tensor([0.0, 1e-9, 1e-6, 1.0, 1e6])
    assert shares(values, NUMBER_TYPES["float16"]) == {"zero": 0.25, "subnormal": 0.25, "overflow": 0.25}
    assert shares(values, NUMBER_TYPES["bfloat16"]) == {"zero": 0, "subnormal": 0, "overflow": 0}


@pytest.mark.parametrize("text", ["", "abc", None, "2**3**4", "2**99999", [1]])
def test_what_is_no_number_is_said(text):
    with pytest.raises(InputError, match="not a number"):
        show_bits(text)
