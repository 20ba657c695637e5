"""Session: a traced program that stays open in its child and answers questions: a node, a proof, what if."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import Any

import torch

from playground.autograd.describe import Description, compare
from playground.autograd.edits import read_edits
from playground.autograd.graph_trace import GraphTrace
from playground.autograd.passes import FIT, read_fit
from playground.autograd.proof import InputProof, prove
from playground.autograd.recording import NodeRecord
from playground.autograd.replay import Replay, replay_node
from playground.autograd.trace_autograd import common_result, open_trace, refused, trace_autograd
from playground.errors import InputError, PlaygroundError, RuntimeFailure
from playground.limits import Limits
from playground.registry import shorten
from playground.tensors.work import Answered
from playground.training.events import plain

PROVED_MOST = 500  # elements of one input: nobody waits long for a proof


def trace_in_child(source: object, output: object, seed: object, limits: Limits) -> Generator[Answered]:
    """See `trace_autograd`."""
    torch.set_num_threads(1)
    yield Answered(*trace_autograd(source, output, seed, limits))


def overview_in_child(source: object, output: object, seed: object, limits: Limits) -> Generator[Answered]:
    """The first answer of a session, without the session."""
    yield next(session_in_child(source, output, seed, limits))


def session_in_child(source: object, output: object, seed: object, limits: Limits) -> Generator[Answered, Any, None]:
    """Run a program, then answer one question after the other; the first answer is the overview."""
    torch.set_num_threads(1)
    trace, error = open_trace(source, output, seed, limits)
    if trace is None:
        question = yield Answered({**refused(source, error), "passes": [], "pass": -1}, error)
        while True:
            question = yield Answered({}, error)
    session = Session(trace, error)
    question = yield Answered(session.overview(), error)
    while True:
        try:
            answer, failed = session.answer(question), None
        except PlaygroundError as raised:
            answer, failed = {}, raised
        question = yield Answered(answer, failed)


class Session:
    """An open trace, and the same program with the visitor's edits."""

    def __init__(self, trace: GraphTrace, error: PlaygroundError | None):
        self.trace, self.error = trace, error
        self.edited: GraphTrace | None = None
        self._questions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "pass": self._pass,
            "node": self._node,
            "prove": self._prove,
            "edit": self._edit,
        }

    def answer(self, question: object) -> dict[str, Any]:
        """
        Args:
            question: {"ask": pass, node, prove or edit, …}: see the method of that name.

        Raises:
            InputError: it is no such question, or about a node or a pass that is not there.
        """
        ask = question.get("ask") if isinstance(question, dict) else None
        if not isinstance(question, dict) or not isinstance(ask, str) or ask not in self._questions:
            raise InputError("autograd.bad_question", got=shorten(question))
        return self._questions[ask](question)

    def overview(self) -> dict[str, Any]:
        """What the page shows first: the graph of the last pass, and a line about each pass."""
        passes = [
            {
                "kind": one.kind,
                "root": one.root,
                "line": one.line or None,
                "count": len(one.steps),
                "error": one.error,
                "difference": one.difference,
                "value": one.value.brief() if one.value is not None else None,
                "fit": one.fit,
            }
            for one in self.trace.passes.passes
        ]
        variables = self.trace.namespace
        fit = {"x": read_fit(variables, FIT[0]), "y": read_fit(variables, FIT[1])}
        return plain(
            {**common_result(self.trace, self.error), "passes": passes, "fit": fit, **self._graph(self.trace, None)}
        )

    def _pass(self, question: dict[str, Any]) -> dict[str, Any]:
        """{"pass": number}: the graph of another backward pass."""
        self.trace.backward(question.get("pass"))  # raises where there is none
        return plain(self._graph(self.trace, question["pass"]))

    def _graph(self, trace: GraphTrace, number: int | None) -> dict[str, Any]:
        description = Description(trace, number)
        backward = description.backward
        return {
            "pass": description.number,
            "nodes": description.nodes(brief=True),
            "edges": description.edges(),
            "steps": [self._step(step) for step in backward.steps] if backward is not None else [],
            "failed": backward.running if backward is not None and backward.error else None,
            "saved_bytes": description.saved_bytes(),
            "gradients": {name: one.brief() for name, one in backward.gradients.items()} if backward else {},
            "contributions": {name: one.brief() for name, one in backward.contributions.items()} if backward else {},
        }

    @staticmethod
    def _step(step: Any) -> dict[str, Any]:
        return {
            "node": step.record.id,
            "incoming": [part and part.brief() for part in step.incoming],
            "outgoing": [
                {"to": target[0], **part.brief()} if part is not None else {"to": target[0], "none": True}
                for target, part in zip(step.targets, step.outgoing, strict=True)
                if target is not None
            ],
        }

    def _node(self, question: dict[str, Any]) -> dict[str, Any]:
        """{"pass", "node", "edited": whether with the edits}: everything about one node."""
        trace = self.edited if question.get("edited") and self.edited is not None else self.trace
        description, record = self._find(trace, question)
        return description.details(record)

    def _prove(self, question: dict[str, Any]) -> dict[str, Any]:
        """{"pass", "node"}: finite differences in float64 on that very operation, against the node's own gradients."""
        description, record = self._find(self.trace, question)
        step = description.steps.get(record.id)
        if step is None or record.kind in ("leaf", "cut"):
            raise InputError("autograd.nothing_to_prove")
        replay = replay_node(self.trace, record)
        if replay is None:
            raise RuntimeFailure("autograd.nothing_to_prove")
        return plain({"proof": self._run_proof(replay, step)})

    def _run_proof(self, replay: Replay, step: Any) -> dict[str, Any]:
        def work() -> Any:
            return prove(
                replay.function,
                replay.arguments,
                replay.options,
                0,
                [part.tensor if part is not None else None for part in step.incoming],
                [part.tensor if part is not None else None for part in step.raw],
                most=PROVED_MOST,
            )

        proof = replay.trace.interpreter.call(work)
        found = asdict(proof)
        if not found["inputs"]:
            found["inputs"] = [asdict(InputProof("", -1, (), reason=proof.reason))]
        return found

    def _edit(self, question: dict[str, Any]) -> dict[str, Any]:
        """{"pass", "edits": [{backward, node, kind, amount}]}: what changes; no edits = back to what is."""
        edits = read_edits(question.get("edits"))
        number = question.get("pass")
        before = Description(self.trace, number if isinstance(number, int) else None)
        known = {record.id for record in self.trace.recorder.records.values()}
        if any(edit.node not in known for edit in edits):
            raise InputError("autograd.no_node")
        if not edits:
            self.edited = None
            return {"nodes": [], "gradients": {}}
        trace = self.trace
        self.edited = GraphTrace(trace.program, trace.output, trace.seed, trace.limits, edits=edits)
        self.edited.run()
        return compare(before, Description(self.edited, before.number))

    @staticmethod
    def _find(trace: GraphTrace, question: dict[str, Any]) -> tuple[Description, NodeRecord]:
        number, node = question.get("pass"), question.get("node")
        description = Description(trace, number if isinstance(number, int) and trace.passes.passes else None)
        record = description.records.get(node) if type(node) is int else None
        if record is None:
            raise InputError("autograd.no_node")
        return description, record
