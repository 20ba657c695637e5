"""Everything that can go wrong for a learner: one exception tree of keys and values.

The words stand in `playground.words`, so that the same error reads in every language of the page. The kinds are those of
the JSON API, and nothing else may be raised on purpose across the border of the backend.
"""

from __future__ import annotations

from typing import Any, ClassVar

from playground import words


def whole_letters(text: str) -> str:
    """`text` as it can be sent and stored: half of a pair of UTF-16, which JSON can say and UTF-8 cannot, is a "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


class PlaygroundError(Exception):
    """Something that a learner can understand and mend.

    Args:
        key: the entry of the catalogue (`playground.words`) that says it.
        line: the learner's line, from 1, where there is one.
        values: what the entry's placeholders stand for: numbers, names, shapes. A value may itself be an error.
    """

    kind: ClassVar[str] = "internal"

    def __init__(self, key: str, /, *, line: int | None = None, **values: Any):
        super().__init__(key)
        self.key = key
        self.line = line
        self.values = values

    def message(self, language: str = "en") -> str:
        """The error in a learner's words: what was expected, what came, what to try."""
        return whole_letters(words.text(language, self.key, **self.values))

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """The `error` of the JSON API: `{"kind", "message", "line"}`."""
        return {"kind": self.kind, "message": self.message(language), "line": self.line}

    def __str__(self) -> str:
        return self.message()

    def __reduce__(self):
        # Errors travel through a pipe from the child that ran the work; the default would lose the keyword arguments.
        return _rebuild, (type(self), self.key, self.line, self.values)


def _rebuild(error_type: type[PlaygroundError], key: str, line: int | None, values: dict[str, Any]) -> PlaygroundError:
    return error_type(key, line=line, **values)


class InputError(PlaygroundError):
    """A value that the playground cannot take: wrong name, type, range, format."""

    kind = "input"


class NotFoundError(PlaygroundError):
    """An id or a file that is not there (or not this visitor's)."""

    kind = "not_found"


class UnsupportedError(PlaygroundError):
    """A valid wish that this version, this machine or this model cannot fulfil."""

    kind = "unsupported"


class BusyError(PlaygroundError):
    """No room now; the same wish may be granted later."""

    kind = "busy"


class LimitError(PlaygroundError):
    """A cap of `playground.limits` was reached."""

    kind = "limit"


class SyntaxFailure(PlaygroundError):
    """A learner's program that is not Python."""

    kind = "syntax"


class RefusedError(PlaygroundError):
    """Something that the learner's language leaves out, because it could reach beyond the program."""

    kind = "refused"


class ShapeError(PlaygroundError):
    """Tensors whose shapes do not fit an operation."""

    kind = "shape"


class DtypeError(PlaygroundError):
    """Tensors whose dtypes do not fit an operation."""

    kind = "dtype"


class RuntimeFailure(PlaygroundError):
    """The work itself failed: a crash, a full disk, a diverged computation."""

    kind = "runtime"


class InternalError(PlaygroundError):
    """A bug of ours: told plainly, with the details in the log."""

    kind = "internal"
