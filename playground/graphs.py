"""Graphs: what the Autograd tab and the API ask for: a program's graph once, or an open one that answers questions."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from typing import Any

from playground import words
from playground.answers import Answers
from playground.errors import InputError, PlaygroundError
from playground.registry import shorten
from playground.sessions import Sessions

QUESTION_MOST = 400
# How the page opens a program.
OUTPUT, SEED = "loss", 0
# Presets that take more than a second: traced while the first visitor looks at another graph.
SLOW_PRESETS = ("resnet18",)
RunShort = Callable[..., tuple[dict[str, Any] | None, PlaygroundError | None]]
Explain = Callable[[PlaygroundError], PlaygroundError]


class Graphs:
    """The graphs of all visitors.

    Args:
        run_short: runs a short job and gives its result and its error.
        explain: what an error of a job means to who wrote the program.
        patience: seconds to wait for the same graph that another visitor opens just now.
    """

    def __init__(self, sessions: Sessions, run_short: RunShort, explain: Explain, patience: float):
        self._sessions, self._run_short, self._explain = sessions, run_short, explain
        self._answers = Answers(patience)
        self._looked_ahead: set[str] = set()

    def trace(self, code: object, output: object, seed: object, visitor: str, language: str) -> dict[str, Any]:
        """The `/trace_autograd` of the JSON API: see `playground.autograd.trace_autograd`."""
        from playground.autograd.session import trace_in_child
        from playground.autograd.trace_autograd import EMPTY

        given = {"source": code, "output": output, "seed": seed}
        answer, error = self._run_short(trace_in_child, given, visitor, stays=True)
        return _told({**EMPTY, **(answer or {"script": code if isinstance(code, str) else ""})}, error, language)

    def open(self, code: object, output: object, seed: object, visitor: str, language: str) -> dict[str, Any]:
        """Run a program and keep its graph open: the overview, and `session`, by which questions are asked.

        The overview of a program that somebody has opened before is there at once; its session then begins behind it.
        """
        from playground.autograd.trace_autograd import EMPTY

        session, answer, error = "", None, None
        try:
            session, answer, error = self._open(code, output, seed, visitor)
        except PlaygroundError as raised:
            error = self._explain(raised)
        empty = {**EMPTY, "passes": [], "pass": -1, "steps": [], "failed": None, "contributions": {}, "gradients": {}}
        result = {**empty, **(answer or {"script": code if isinstance(code, str) else ""})}
        self._look_ahead(language)
        return {**_told(result, error, language), "session": session}

    def _open(
        self, code: object, output: object, seed: object, visitor: str
    ) -> tuple[str, dict[str, Any] | None, PlaygroundError | None]:
        from playground.autograd.session import session_in_child

        given = {"source": code, "output": output, "seed": seed}
        key = json.dumps(given, default=repr)
        known = self._answers.find(key)
        if known is not None:
            return self._sessions.begin(session_in_child, given, visitor), known, None
        with self._answers.making(key):
            session, (answer, error) = self._sessions.open(session_in_child, given, visitor)
            if error is None:
                self._answers.keep(key, answer)
        return session, answer, error

    def _look_ahead(self, language: str) -> None:
        """After the first visitor's first graph: those that would keep the next ones waiting."""
        if language not in self._looked_ahead:
            self._looked_ahead.add(language)
            threading.Thread(target=self._trace_slow_presets, args=(language,), name="look ahead", daemon=True).start()

    def _trace_slow_presets(self, language: str) -> None:
        from playground.autograd.presets import PRESETS
        from playground.autograd.session import overview_in_child

        for name in SLOW_PRESETS:
            given = {"source": PRESETS[name].program(language), "output": OUTPUT, "seed": SEED}
            key = json.dumps(given)
            with self._answers.making(key):
                answer, error = self._run_short(overview_in_child, given, "", stays=True)
                if answer is not None and error is None:
                    self._answers.keep(key, answer)

    def ask(self, graph: object, question: Any) -> dict[str, Any]:
        """An answer about an open graph, which is made again where its child was dropped.

        Args:
            graph: {session, code, output, seed, edits}: whatever it takes to make it again.

        Returns:
            The answer, and `session`, which is a new one when the graph was made again.

        Raises:
            PlaygroundError: the question cannot be answered.
        """
        given: dict[str, Any] = graph if isinstance(graph, dict) else {}
        check_question(question)
        session = given.get("session")
        try:
            answered = self._sessions.ask(session, question)
            if answered is None:
                session, answered = self._ask_again(given, question)
        except PlaygroundError as error:
            raise self._explain(error) from error
        answer, failed = answered
        if failed is not None:
            raise failed
        return {**answer, "session": session}

    def _ask_again(
        self, given: dict[str, Any], question: dict[str, Any]
    ) -> tuple[str, tuple[dict[str, Any], PlaygroundError | None]]:
        from playground.autograd.session import session_in_child

        arguments = {"source": given.get("code"), "output": given.get("output"), "seed": given.get("seed")}
        # Calls from our JavaScript do not say whose they are.
        session, _ = self._sessions.open(session_in_child, arguments, secrets.token_hex(16))
        if given.get("edits") and question.get("edited"):
            self._sessions.ask(session, {"ask": "edit", "pass": question.get("pass"), "edits": given["edits"]})
        answered = self._sessions.ask(session, question)
        return session, answered if answered is not None else ({}, None)


def check_question(question: object) -> None:
    """What goes to a child must be small, and what `Session.answer` can read.

    Raises:
        InputError: it is no question.
    """
    plain = isinstance(question, dict) and all(isinstance(key, str) for key in question)
    values = [part for value in question.values() for part in _parts(value)] if plain else []  # type: ignore[attr-defined]
    simple = all(part is None or isinstance(part, (str, float)) or _is_small(part) for part in values)
    if not plain or not simple or len(values) > QUESTION_MOST or any(len(str(part)) > QUESTION_MOST for part in values):
        raise InputError("autograd.bad_question", got=shorten(type(question).__name__))


def _is_small(part: object) -> bool:
    return isinstance(part, int) and abs(part) < 2**63


def _parts(value: object) -> list[object]:
    """The values of a list of edits, one by one."""
    if not isinstance(value, list):
        return [value]
    return [part for entry in value[:QUESTION_MOST] for part in (entry.values() if isinstance(entry, dict) else [entry])]


def _told(result: dict[str, Any], error: PlaygroundError | None, language: str) -> dict[str, Any]:
    """The result with its words: the error, or None, under `error`, and the labels of fixes."""
    fixes = [{**fix, "label": words.text(language, fix["label"], **fix["values"])} for fix in result["fixes"]]
    return {**result, "fixes": fixes, "error": error.to_json(language) if error is not None else None}
