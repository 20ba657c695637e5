"""EXPORTS: what a model can be taken away as. A new one is one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.exports.notebook import verify_notebook, write_notebook
from playground.exports.onnx import check_packages, verify_onnx, write_onnx
from playground.exports.script import verify_script, write_script
from playground.exports.subject import Subject
from playground.exports.weights import verify_safetensors, verify_state_dict, write_safetensors, write_state_dict
from playground.limits import Limits
from playground.registry import Registry


@dataclass(frozen=True)
class ExportFormat:
    """A kind of file (`words`: `export.<name>` is its title, `export.<name>_text` what it is for).

    Args:
        suffix: of the file's name.
        write: makes the file; it is given the config of the run whose weights are exported, if any.
        verify: makes the model again from the file alone, or from what the file says, and gives the largest difference
            between the outputs of the two.
        tolerance: how large that may be, for outputs of size 1.
        check: raises where this machine cannot do it.
    """

    name: str
    suffix: str
    write: Callable[[Subject, Limits, dict[str, Any] | None], bytes]
    verify: Callable[[Subject, bytes], float]
    tolerance: float = 0.0
    check: Callable[[], None] = lambda: None


EXPORTS: Registry[ExportFormat] = Registry(
    "topic.export",
    (
        ExportFormat("python", ".py", write_script, verify_script),
        ExportFormat("notebook", ".ipynb", write_notebook, verify_notebook),
        ExportFormat("safetensors", ".safetensors", lambda subject, *_: write_safetensors(subject), verify_safetensors),
        ExportFormat("state_dict", ".pth", lambda subject, *_: write_state_dict(subject), verify_state_dict),
        # Two libraries add up in different orders.
        ExportFormat("onnx", ".onnx", lambda subject, *_: write_onnx(subject), verify_onnx, 1e-5, check_packages),
    ),
)
