"""Words of a learner's own images."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "own.gone": (
        "The images {name} are not here (any more): they are kept for a while only. Bring the zip again, or choose MNIST.",
        "图像集 {name} 不在这里（或已被删除）：它们只保留一段时间。请重新上传 zip，或选择 MNIST。",
    ),
}
