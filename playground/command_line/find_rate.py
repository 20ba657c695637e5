"""`find-rate`: a learning rate for the settings of a run, found by a search that trains a throw-away network."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from playground.command_line.parser import Parser
from playground.command_line.terminal import Terminal
from playground.command_line.train import add_config_options, read_config
from playground.limits import is_public, read_limits
from playground.training.finder import SearchDone, SearchStep, find_learning_rate

BAR = 40
LINES = 24


def add_options(parser: Parser, terminal: Terminal) -> None:
    add_config_options(parser, terminal)


def run(options: Namespace, terminal: Terminal) -> int:
    """Print the curve sideways, and what it says.

    Raises:
        PlaygroundError: the settings are not possible, or their optimizer has no rate.
    """
    limits = read_limits(public=is_public("localhost"))
    steps: list[SearchStep] = []
    done: SearchDone | None = None
    for event in find_learning_rate(read_config(options, limits), limits):
        if isinstance(event, SearchStep):
            steps.append(event)
        elif isinstance(event, SearchDone):
            done = event
    assert done is not None
    _draw(steps, done, terminal)
    _say(done, terminal)
    return 0


def _draw(steps: list[SearchStep], done: SearchDone, terminal: Terminal) -> None:
    top = 1.5 * done.smooth[0]
    every = max(1, len(steps) // LINES)
    terminal.write(f"{terminal.text('finder.rate'):>10}  {terminal.text('finder.smooth')}")
    for step, loss in list(zip(steps, done.smooth, strict=True))[::every]:
        # NaN fails the comparison: it has no bar, like a loss beyond the scale.
        bar = "█" * round(BAR * loss / top) if loss <= top else "→"
        terminal.write(f"{step.learning_rate:10.2g}  {loss:8.4f}  {bar}")


def _say(done: SearchDone, terminal: Terminal) -> None:
    if done.suggested is None:
        terminal.say("finder.flat")
    else:
        values = {name: f"{getattr(done, name):.3g}" for name in ("steepest", "lowest", "suggested")}
        terminal.say("finder.found", **values)
    if done.diverged is not None:
        terminal.say("finder.diverged", diverged=f"{done.diverged:.3g}")
    if done.curvature is not None:
        terminal.say("finder.limit" if done.curvature["limit"] else "finder.no_limit", **_written(done.curvature))


def _written(curvature: dict[str, Any]) -> dict[str, Any]:
    momentum, nesterov = curvature["momentum"], curvature["nesterov"]
    decay = curvature["weight_decay"]
    bend = f"(λ + {decay:g})" if decay else "λ"
    formula = f"2/{bend}" if not momentum else f"2 (1 + μ)/{f'((1 + 2μ) {bend})' if nesterov else bend}"
    numbers = {name: f"{curvature[name]:.3g}" for name in ("largest", "error", "limit") if curvature[name] is not None}
    return {**curvature, **numbers, "formula": formula}
