"""The 28×28 picture that a network saw, in half as many lines of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

UPPER_HALF = "▀"
# Without colours: lower and upper pixel are ink or paper.
BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
INK = 0.4


def draw_picture(seen: Sequence[Sequence[float]], *, grey: bool) -> Text:
    """Rows of 0…1 as half blocks, two rows a line.

    Args:
        seen: an even number of rows.
        grey: in shades, for a terminal that has colours; else in ink and paper alone.
    """
    picture = Text()
    for upper, lower in zip(seen[::2], seen[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            if grey:
                picture.append(UPPER_HALF, Style(color=_shade(above), bgcolor=_shade(below)))
            else:
                picture.append(BLOCKS[above > INK, below > INK])
        picture.append("\n")
    picture.right_crop(1)
    return picture


def _shade(value: float) -> str:
    level = round(255 * min(max(value, 0.0), 1.0))
    return f"#{level:02x}{level:02x}{level:02x}"
