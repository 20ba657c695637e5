"""Models: what the Models tab and `/check_model` ask for: what a network is, what it costs, and what happens inside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from playground.errors import BusyError, InputError, PlaygroundError
from playground.jobs.failures import as_limit
from playground.jobs.short import Answered
from playground.limits import Limits
from playground.runs.run import Run
from playground.sessions import Sessions, Standing
from playground.store import Runs
from playground.uploads.kept import KeptWeights

SHIPPED = {"MNISTNet": "pretrained", "Fast": "pretrained-fast"}
CHECK_PATIENCE_SECONDS = 0.5


class Models:
    """The networks that visitors build.

    Args:
        sessions: in one of them lists of layers are checked.
        run_program: runs a learner's code in a short job and gives its result and its error.
        kept: weights that came back. find_weights: the file of any others; see `Services.weights_of`.
    """

    def __init__(
        self,
        runs: Runs,
        limits: Limits,
        sessions: Sessions,
        run_program: Callable[..., Answered],
        kept: KeptWeights,
        find_weights: Callable[[object], Path],
    ):
        self._runs, self._limits, self._sessions, self._run_program = runs, limits, sessions, run_program
        self._kept, self._find_weights = kept, find_weights

    def check(
        self,
        model: object,
        input_shape: object,
        batch_size: object,
        visitor: str,
        language: str,
        *,
        with_fixes: bool = True,
    ) -> dict[str, Any]:
        """The rows, sums and repairs of a model: see `playground.models.describe.describe_model`."""
        from playground.models.describe import EMPTY
        from playground.models.work import describe_in_child

        given = {"model": model, "input_shape": input_shape, "batch_size": batch_size}
        answered = None if with_fixes or not self._is_list(model) else self._check_list(given)
        if answered is None:
            answered = self._run_program(describe_in_child, {**given, "with_fixes": with_fixes}, visitor)
        answer, error = answered
        result = {**EMPTY, **(answer or {})}
        layers = [{**row, "error": row["error"][language] if row["error"] else None} for row in result["layers"]]
        fixes = [{**fix, "label": fix["label"][language]} for fix in result["fixes"]]
        told = error.to_json(language) if error is not None else None
        return {**result, "layers": layers, "fixes": fixes, "error": told}

    def inspect(
        self,
        model: object,
        input_shape: object,
        digit: object,
        seed: object,
        run_id: object,
        visitor: str,
        language: str,
        device: object = "cpu",
    ) -> dict[str, Any]:
        """What happens inside a model when it sees a digit: see `playground.models.inside.inspect_model`.

        Args:
            run_id: a run, or "pretrained", "pretrained-fast", whose weights it has; "" = fresh ones of `seed`; "auto" = the
                shipped ones where they fit, else fresh ones.
        """
        from playground.models.checkpoint import read_weights
        from playground.models.inside import EMPTY
        from playground.models.work import inside_in_child

        answer: dict[str, Any] | None = None
        error: PlaygroundError | None = None
        try:
            # A confined child may read no runs.
            name = self._shipped_for(model) if run_id == "auto" else run_id or ""
            kept = self._kept
            path = None if not name else kept.find(name) if kept.has(name) else self._find_weights(name)
            weights = read_weights(path) if path is not None else None
            given = {"model": model, "input_shape": input_shape, "digit": digit, "seed": seed, "weights": weights}
            given |= {"weights_name": str(name), "lenient": run_id == "auto", "device": device or "cpu"}
        except PlaygroundError as raised:
            error = raised
        else:
            answer, error = self._run_program(inside_in_child, given, visitor, stays=True)
        return {**EMPTY, **(answer or {}), "error": error.to_json(language) if error is not None else None}

    def compare(
        self, first: object, second: object, input_shape: object, batch_size: object, visitor: str, language: str
    ) -> dict[str, Any]:
        """Two models side by side: see `playground.models.compare.compare_models`."""
        from playground.models.compare import EMPTY
        from playground.models.work import compare_in_child

        given = {"first": first, "second": second, "input_shape": input_shape, "batch_size": batch_size}
        answer, error = self._run_program(compare_in_child, given, visitor)
        return {**EMPTY, **(answer or {}), "error": error.to_json(language) if error is not None else None}

    def estimate_big(self, kind: object, width: object, depth: object, batch: object, optimizer: object) -> dict[str, Any]:
        """What a large network would cost, and which machines would hold it: see `playground.models.big.estimate_big`.

        Raises:
            InputError: there is no such network.
        """
        from playground.devices import memory_bytes
        from playground.models.big import estimate_big

        answer = estimate_big(kind, width, depth, batch, optimizer)
        return {**answer, "machines": {"here": memory_bytes(), **answer["machines"]}}

    def read(self, model: object) -> dict[str, Any]:
        """A model for the page: {"spec": …} where it is a list of layers (or code that is one), else {"code": …}.

        Raises:
            InputError, LimitError: see `read_any_model`.
        """
        from playground.models.build import read_any_model
        from playground.models.sequential import read_list

        found = read_any_model(model, self._limits)
        code = found if isinstance(found, str) else found.code
        if code:
            spec = read_list(code)
            shape = None if isinstance(found, str) else list(found.input_shape)
            return {"spec": spec.to_json() if spec is not None else None, "code": code, "input_shape": shape}
        assert not isinstance(found, str)
        return {"spec": found.to_json(), "code": None, "input_shape": list(found.input_shape)}

    def name(self, model: str) -> str:
        """What the model of a config is called."""
        from playground.models.build import read_model

        return read_model(model).name

    def runs_with_weights(self, visitor: str) -> list[dict[str, Any]]:
        """A visitor's runs whose weights a network can have: [{id, model, accuracy}], the newest first."""
        found = [run for run in self._runs.of_visitor(visitor) if run.weights() is not None]
        return [{"id": run.id, "model": self._model_name(run.config["model"]), "accuracy": run.accuracy()} for run in found]

    def newest_run_of(self, model: object, visitor: str) -> Run:
        """This visitor's newest run of that model that has weights.

        Raises:
            InputError: there is none.
        """
        from playground.models.build import read_model

        meant = [replace(spec, name="") for spec in (read_model(model, self._limits), self._filled(model, visitor))]
        for run in self._runs.of_visitor(visitor):
            if run.weights() is not None and replace(read_model(run.config["model"]), name="") in meant:
                return run
        raise InputError("draw.not_trained")

    def write_gradient_program(self, model: object, visitor: str) -> str:
        """A program that makes the model, one pass forward and one back, as the Autograd tab opens it.

        Raises:
            PlaygroundError: the model cannot run.
        """
        from playground.models.describe import write_gradient_program

        spec = self._filled(model, visitor)
        checked = self.check(spec.to_text(), None, 2, visitor, "en", with_fixes=False)
        output = checked["layers"][-1]["output_shape"] if checked["layers"] else None
        return write_gradient_program(spec, scores=output is None or len(output) == 2)

    def list_layers(self, language: str) -> list[dict[str, Any]]:
        from playground.models.catalogue import list_layers

        return list_layers(language)

    def optimizer_states(self) -> dict[str, int]:
        """How many numbers each optimizer keeps of a parameter."""
        from playground.models.memory import OPTIMIZER_STATES

        return OPTIMIZER_STATES

    def _shipped_for(self, model: object) -> str:
        """The shipped weights of a model that bears the name of theirs, else ""."""
        from playground.models.build import read_any_model

        found = read_any_model(model, self._limits)
        return SHIPPED.get(found if isinstance(found, str) else found.name, "")

    def _model_name(self, model: object) -> str:
        from playground.models.build import read_any_model

        found = read_any_model(model)
        return found if isinstance(found, str) else found.name

    def _filled(self, model: object, visitor: str) -> Any:
        """The spec of a model with the sizes that are inferred, found in a child."""
        from playground.models.build import read_model

        checked = self.check(model, None, 2, visitor, "en", with_fixes=False)
        return read_model(json.dumps(checked["model"]) if checked["model"] else model, self._limits)

    @cached_property
    def _checker(self) -> Standing:
        """The child that checks lists of layers. Made when it is first needed: it imports torch."""
        from playground.models.work import describe_lists_in_child

        return Standing(self._sessions, describe_lists_in_child, {}, "checks")

    def _is_list(self, model: object) -> bool:
        """Whether it is a model without a learner's code, as far as it can be read."""
        from playground.models.build import read_model

        try:
            return not read_model(model, self._limits).code
        except PlaygroundError:
            return False

    def _check_list(self, given: dict[str, Any]) -> Answered | None:
        """What the standing child says; None where others keep it from answering."""
        try:
            return self._checker.ask(given, CHECK_PATIENCE_SECONDS)
        except BusyError:
            return None
        except PlaygroundError as error:
            return None, as_limit(error, self._limits)
