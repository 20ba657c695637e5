"""Models to take away: each file is run and compared with the model before it is offered."""

from playground.exports.formats import EXPORTS, ExportFormat

__all__ = ["EXPORTS", "ExportFormat"]
