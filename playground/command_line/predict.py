"""`predict IMAGE…`: read digits from image files with a shipped or an own network."""

from __future__ import annotations

import base64
from argparse import Namespace
from pathlib import Path
from typing import Any

from playground.command_line.parser import Parser
from playground.command_line.picture import draw_picture
from playground.command_line.terminal import Terminal
from playground.digits.work import read_here
from playground.errors import InputError, NotFoundError, PlaygroundError

SHIPPED = {"pretrained": "mnistnet.safetensors", "pretrained-fast": "fast.safetensors"}
FILE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def add_options(parser: Parser, terminal: Terminal) -> None:
    parser.options.add_argument("images", nargs="*", metavar="IMAGE", help=terminal.text("predict.images"))
    parser.add_option("--model", terminal.text("predict.model"), default="pretrained", metavar="MODEL")


def run(options: Namespace, terminal: Terminal) -> int:
    """Every image gets its answer or its error; the exit code is 2 when one could not be read."""
    from playground.digits.predict import Predictor

    if not options.images:
        raise InputError("predict.no_image")
    weights = find_weights(options.model)
    predictor = Predictor(read_here)
    failed = False
    for name in options.images:
        try:
            answer = predictor.predict(read_image_file(Path(name)), weights)
        except PlaygroundError as error:
            if error.key.startswith(("checkpoint.", "model.", "spec.")):
                raise  # the same for every image
            terminal.complain("predict.failed", name=name, error=error)
            failed = True
        else:
            _print_answer(name, answer, terminal)
    return 2 if failed else 0


def find_weights(model: str) -> Path:
    """The checkpoint that `--model` means: a shipped one, the best of a run's folder, or a file.

    Raises:
        InputError: a folder without weights.
    """
    from playground.runs.run import WEIGHTS
    from playground.services import ASSETS

    if model in SHIPPED:
        return ASSETS / "models" / SHIPPED[model]
    path = Path(model)
    if not path.is_dir():
        return path
    weights = next((path / name for name in WEIGHTS if (path / name).is_file()), None)
    if weights is None:
        raise InputError("predict.no_weights", name=model, files=", ".join(WEIGHTS))
    return weights


def read_image_file(path: Path) -> str:
    """A PNG or JPEG file as the base64 that the playground reads.

    Raises:
        NotFoundError: no such file. InputError: a folder, a file that may not be read, another format.
    """
    from playground.digits.pixels import MAX_FILE_BYTES

    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFoundError("predict.missing") from error
    except OSError as error:
        raise InputError("predict.unreadable", reason=error.strerror or str(error)) from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError("digits.file_too_large", megabytes=f"{MAX_FILE_BYTES / 1e6:g}")
    if not data.startswith(FILE_STARTS):
        raise InputError("predict.format")
    return base64.b64encode(data).decode()


def _print_answer(name: str, answer: dict[str, Any], terminal: Terminal) -> None:
    terminal.say(
        "predict.answer",
        name=name,
        digit=answer["digit"],
        confidence=answer["confidence"],
        second=answer["second"]["digit"],
        second_confidence=answer["second"]["confidence"],
    )
    terminal.output.print(draw_picture(answer["seen"], grey=terminal.output.color_system is not None))
