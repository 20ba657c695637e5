"""An ordered table from a name to its entry: the one shape of every list that a learner chooses from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from playground.errors import InputError, whole_letters


class Named(Protocol):
    """What an entry must have: the name that learners type and configs store."""

    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class Registry(Mapping[str, Entry], Generic[Entry]):
    """Entries by name, in the order in which they were written.

    `find` is for names that a learner typed: case, spaces, dashes and underscores do not matter (`one_cycle` is `OneCycle`).

    Args:
        topic: what the entries are, a key of the catalogue such as `topic.optimizer`; used in messages.
        entries: each with a `name` of its own.
    """

    def __init__(self, topic: str, entries: Iterable[Entry]):
        self.topic = topic
        self._entries = {entry.name: entry for entry in entries}
        self._spellings = {_plain(name): name for name in self._entries}

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def known(self, name: object) -> Entry | None:
        """The entry that a learner meant by `name`; None = there is none."""
        return self._entries.get(self._spellings.get(_plain(name), "")) if isinstance(name, str) else None

    def find(self, name: object) -> Entry:
        """The entry that a learner meant by `name`.

        Raises:
            InputError: names the topic, what came, the nearest entry and all that there are.
        """
        found = self.known(name)
        if found is not None:
            return found
        shown = shorten(name)
        near = difflib.get_close_matches(_plain(shown), self._spellings, n=1, cutoff=0.5)
        key = "error.unknown_name_near" if near else "error.unknown_name"
        nearest = self._spellings[near[0]] if near else ""
        raise InputError(key, topic=Topic(self.topic), name=shown, names=", ".join(self), nearest=nearest)


class Topic:
    """A value of a message that is itself a word of the catalogue."""

    def __init__(self, key: str):
        self.key = key

    def message(self, language: str) -> str:
        from playground import words

        return words.text(language, self.key)

    def __str__(self) -> str:
        return self.message("en")


def shorten(value: object, length: int = 60) -> str:
    """What the learner sent, short enough to stand in a message."""
    shown = whole_letters(value) if isinstance(value, str) else repr(value)
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
