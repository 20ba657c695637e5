"""The playground's backend without a browser: `python -m playground train`, `predict`, `check`, `bench`, `weights`."""

from playground.command_line.commands import main

__all__ = ["main"]
