"""Networks as plain data: specs, presets, checkpoints and the code of each."""

from playground.models.build import build_model, check_model, read_model
from playground.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from playground.models.presets import PRESETS
from playground.models.source import model_source
from playground.models.spec import LayerSpec, ModelSpec, parse_spec

__all__ = [
    "PRESETS",
    "Checkpoint",
    "LayerSpec",
    "ModelSpec",
    "build_model",
    "check_model",
    "load_checkpoint",
    "model_source",
    "parse_spec",
    "read_model",
    "save_checkpoint",
]
