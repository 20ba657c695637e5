"""Services: all that the page, the API and the command line can ask for, in one object handed down from `app.py`."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from playground import words
from playground.errors import BusyError, InputError, NotFoundError, PlaygroundError
from playground.jobs.failures import as_limit, error_of_event, translate
from playground.limits import Limits
from playground.registry import shorten
from playground.runs.followed import FollowedLog
from playground.runs.owner import stop_owner
from playground.store import Run, Runs

ASSETS = Path(__file__).resolve().parents[1] / "assets"
SHIPPED = {"MNISTNet": "pretrained", "Fast": "pretrained-fast"}
FOLLOW_SECONDS = 0.1
CHECK_PATIENCE_SECONDS = 0.5
FOLLOW_WAIT_SECONDS = 0.3
# After each line of a training step in slow motion: long enough to read it.
SLOW_REST_SECONDS = 0.6
# As we save them, and as the course does.
WEIGHT_FILES = ("best.safetensors", "mnist_best.pth")


class Services:
    """The backend of one server process. Methods take and return plain values; errors are PlaygroundErrors.

    Data, weights and the fork server are loaded by `warm_up`, after the first answer.
    """

    def __init__(self, limits: Limits, home: Path):
        from playground.bench.service import Benchmarks
        from playground.comparison.service import Comparison
        from playground.data.datasets import data_home
        from playground.data.explorer.loader_service import LoaderBench
        from playground.data.explorer.service import DataExplorer
        from playground.data.own.service import OwnDatasets
        from playground.diagnoses import Diagnoses
        from playground.digits.elsewhere import Readers
        from playground.digits.predict import Predictor
        from playground.evaluation.service import Reports
        from playground.exports.service import Exports
        from playground.graphs import Graphs
        from playground.jobs import Jobs
        from playground.jobs.short import ShortJobs
        from playground.lessons.service import Lessons
        from playground.sessions import Sessions
        from playground.timeline import Timeline
        from playground.training.finder_service import RateSearches
        from playground.uploads.service import Uploads

        self.limits = limits
        self.home = home
        self.runs = Runs(home / "runs", limits, ASSETS / "examples" / "train")
        self.jobs = Jobs(limits)
        self._short = ShortJobs(self.jobs, limits)
        sessions = Sessions(self.jobs, limits)
        self.predictor = Predictor(Readers(sessions).read)
        self._sessions = sessions
        self.explorer = DataExplorer(sessions, self._short.run_export)
        self.loaders = LoaderBench(self.jobs, limits)
        self.reports = Reports(self.runs, self._report_weights, self.started)
        patience = limits.program_seconds
        self.timeline = Timeline(self)
        self.diagnoses = Diagnoses(self)
        self.exports = Exports(home / "exports", self.runs, limits, self._short.run_export)
        self.comparison = Comparison(self.runs, self.exports.shelf, self.run_state, self._short.run_export)
        self.uploads = Uploads(home / "weights", limits, self._short.run_export)
        self.own_datasets = OwnDatasets(limits, self._short.run_export)
        self.benchmarks = Benchmarks(home / "benchmarks", self.jobs, limits, lambda: str(data_home()), self.environment)
        self.searches = RateSearches(self.jobs, limits, self.resolve, self._order)
        self.lessons = Lessons(self.jobs, limits)
        self.graphs = Graphs(sessions, self._short.run_program, lambda error: as_limit(error, limits), patience)

    def warm_up(self) -> None:
        """Make everything ready that a first click would otherwise wait for: the fork server, the shipped weights."""
        threading.Thread(target=self.jobs.warm_up, daemon=True).start()
        self.predictor.warm_up()

    def close(self) -> None:
        self.jobs.close()

    def environment(self) -> dict[str, Any]:
        """Versions, devices, memory: see `playground.devices.describe_environment`."""
        from playground.devices import describe_environment

        return describe_environment()

    def has_gpu(self) -> bool:
        """Whether torch can use another device than the CPU here."""
        from playground.devices import list_devices

        return len(list_devices()) > 1

    def start_training(self, wish: object, visitor: str, *, attended: bool, origin: Any = None) -> Run:
        """Start (or queue) a run.

        Args:
            wish: any keys of the config, or its JSON text.
            attended: it belongs to an open page and ends when nobody looks.
            origin: the `playground.timeline.Origin` that it goes on from.

        Raises:
            InputError, UnsupportedError, LimitError: see `resolve_config`. BusyError: the queue is full.
        """
        from playground.jobs.kinds import JOB_KINDS
        from playground.jobs.manager import Job
        from playground.training.work import train_in_child

        config = self.resolve(wish, visitor).to_json()
        run = self.runs.create(config, visitor, **({"origin": origin.named} if origin else {}))
        given = {"config": config, "folder": str(run.folder), "limits": self.limits}
        order = self._order(train_in_child, given, config)
        if order.confined:
            run.work.mkdir()
            own = str(run.work)
            order = replace(order, arguments={**given, "folder": own}, writable=(own,))
        order = self.timeline.prepare(run, order, origin)
        job = Job(run.id, JOB_KINDS["training"], order, visitor, run.log, attended=attended)
        try:
            self.jobs.submit(job)
        except PlaygroundError:
            self.runs.remove(run)
            raise
        return run

    def resolve(self, wish: object, visitor: str = "") -> Any:
        """The complete TrainingConfig of a wish; see `resolve_config`."""
        from playground.training.config import resolve_config

        return resolve_config(_read_json(wish), self.limits, lambda spec: self._check_code(spec, visitor))

    def explain_settings(self, wish: dict[str, Any]) -> Any:
        """What an optimizer, a loss and a schedule do; see `playground.training.explain.explain_settings`."""
        from playground.training.explain import explain_settings

        return explain_settings(wish, self.limits)

    def _check_code(self, spec: Any, visitor: str) -> None:
        """Whether code can be trained, found in a child.

        Raises:
            PlaygroundError: why it cannot.
        """
        from playground.models.network import check_code
        from playground.models.work import measure_in_child

        check_code(self._short.run_program(measure_in_child, {"source": spec.code}, visitor), self.limits)

    def _order(self, work: Any, given: dict[str, Any], config: dict[str, Any], **paths: Any) -> Any:
        """Work on the model of a config: behind the kernel's walls where it is a learner's code."""
        from playground.data.datasets import data_home, find_dataset
        from playground.jobs.child import Order
        from playground.models.build import read_model

        memory = self.limits.job_memory_bytes
        if not read_model(config["model"]).code:
            return Order(work, given, memory)
        readable = (str(data_home()), str(find_dataset(config["dataset"]).folder()), *paths.pop("readable", ()))
        return Order(work, given, memory, confined=True, readable=readable, **paths)

    def latest_run(self, visitor: str) -> Run | None:
        """The run that a visitor who comes back sees: his newest."""
        return next(iter(self.runs.of_visitor(visitor)), None)

    def started(self, run: Run) -> dict[str, Any] | None:
        """The `started` event of a run: what its trial settled on; None when it has not come so far."""
        # Before it there are only the events of the queue and of a download.
        place = 0
        while place < len(run.log):
            events = run.log.read(place, 500)
            found = next((event for event in events if event["type"] in ("started", "step")), None)
            if found is not None or not events:
                return found if found and found["type"] == "started" else None
            place += len(events)
        return None

    def settled(self, run_id: object, config: dict[str, Any]) -> dict[str, Any] | None:
        """What the trial of that run settled on, where it is a run of this very config (whatever its recipe is called)."""
        try:
            run = self.runs.find(run_id)
        except NotFoundError:
            return None
        from playground.training.config import complete_config

        same = {**complete_config(run.config), "recipe": ""} == {**config, "recipe": ""}
        return self.started(run) if same else None

    def run_accuracy(self, run: Run) -> float | None:
        """The test accuracy of a run's best weights; None before its first epoch has ended."""
        found = run.evaluation()
        return float(found["accuracy"]) if found is not None else None

    def shipped_accuracy(self, model: str) -> float | None:
        """The measured test accuracy in the metadata of shipped weights."""
        return self.predictor.accuracy(self.weights_of(model))

    def run_with_weights(self, run_id: object) -> str | None:
        """The run's id where it has weights to take away, else None."""
        run = self.runs.find(run_id)
        return run.id if run.weights() else None

    def weight_file(self, run_id: object, name: str) -> bytes:
        """The best weights of a run to take away, as the bytes of one of WEIGHT_FILES.

        Raises:
            NotFoundError: no such run, or no such file. InputError: no weights yet.
        """
        from playground.models.checkpoint import load_checkpoint, read_weights, state_dict_bytes

        run = self.runs.find(run_id)
        weights = run.weights()
        if name not in WEIGHT_FILES:
            raise NotFoundError("checkpoint.missing", name=shorten(name))
        if weights is None:
            raise InputError("run.no_weights")
        return state_dict_bytes(load_checkpoint(weights)) if name.endswith(".pth") else read_weights(weights)

    def run_state(self, run: Run) -> str:
        """queued, running, paused, stopping; or how it ended: done, stopped, failed."""
        job = self.jobs.find(run.id)
        # The last event may be there a moment before the child is gone.
        if not run.log.ended:
            if job is not None and job.state != "ended":
                return job.state
            if isinstance(run.log, FollowedLog):  # another process trains it
                return "running"
        return str(run.log.last.get("type", "failed"))

    def read_history(self, run_id: object, since: object, language: str) -> dict[str, Any]:
        """The events of a run from number `since`, at most `limits.follow_events`, without waiting."""
        run = self.runs.find(run_id)
        start = _read_since(since)
        self.jobs.look(run.id)
        events = run.log.read(start, self.limits.follow_events)
        return {
            "events": translate(events, language),
            "next": start + len(events),
            "state": self.run_state(run),
            "weights": run.weights() is not None,
            "elsewhere": isinstance(run.log, FollowedLog),
        }

    def follow_training(self, run_id: object, since: object, language: str) -> Iterator[dict[str, Any]]:
        """Yield `{events, next}` as events come, until the run has ended and all were given."""
        run = self.runs.find(run_id)
        place = _read_since(since)
        while True:
            run.log.wait(place, FOLLOW_WAIT_SECONDS)
            ended = run.log.ended
            answer = self.read_history(run.id, place, language)
            if answer["events"]:
                yield {"events": answer["events"], "next": answer["next"]}
                place = answer["next"]
            if ended and place >= len(run.log):
                return
            threading.Event().wait(FOLLOW_SECONDS)

    def stop_training(self, run_id: object) -> bool:
        """Stop a run; True when it was going (or waiting), False when it had ended before."""
        run = self.runs.find(run_id)
        return stop_owner(run.folder) if isinstance(run.log, FollowedLog) else self.jobs.stop(run.id)

    def pause_training(self, run_id: object) -> bool:
        return self.jobs.pause(self.runs.find(run_id).id)

    def resume_training(self, run_id: object) -> bool:
        return self.jobs.resume(self.runs.find(run_id).id)

    def step_training(self, run_id: object) -> bool:
        """One more step of a run that is paused, its five steps one after the other; False when it is not paused."""
        return self.jobs.tell(self.runs.find(run_id).id, "step", ("paused",))

    def slow_training(self, run_id: object, slow: object) -> bool:
        """Slow motion on or off; False when the run is not going."""
        rest = SLOW_REST_SECONDS if slow else None
        return self.jobs.tell(self.runs.find(run_id).id, ("rest", rest), ("running", "paused"))

    def watch_image(self, run_id: object, image: object) -> bool:
        """Which test image's activations the run shows from now on; False when it is not going.

        Raises:
            InputError: there is no such image.
        """
        run = self.runs.find(run_id)
        self.reports.read_images(run.id, [image])
        return self.jobs.tell(run.id, ("watch", image), ("running", "paused"))

    def five_steps(self, run_id: object) -> list[dict[str, Any]]:
        """The lines of the run's script that make one training step: see `playground.training.script_training`."""
        from playground.training.config import TrainingConfig, complete_config
        from playground.training.script_training import write_five_steps

        run = self.runs.find(run_id)
        started = self.started(run) or {}
        return write_five_steps(TrainingConfig(**complete_config(run.config)), str(started.get("precision", "fp32")))

    def evaluate_run(self, run_id: object) -> dict[str, Any]:
        """Accuracy, loss, per_digit, confusion and mistakes of a run's best weights on the test set.

        Raises:
            NotFoundError: no such run. InputError: it has no weights yet.
        """
        run = self.runs.find(run_id)
        return run.evaluation() or self._evaluate_weights(run)

    def _evaluate_weights(self, run: Run) -> dict[str, Any]:
        """Of a run that has no finished epoch: the weights that were saved last."""
        from playground.training.work import evaluate_in_child

        return self._read_weights(evaluate_in_child, run)["evaluation"]  # type: ignore[no-any-return]

    def _report_weights(self, run: Run) -> dict[str, Any]:
        from playground.evaluation.work import report_in_child

        return self._read_weights(report_in_child, run)["report"]  # type: ignore[no-any-return]

    def _read_weights(self, work: Any, run: Run) -> dict[str, Any]:
        """The last event of work on a run's weights, in a child.

        Raises:
            InputError: it has none yet. PlaygroundError: why the work failed.
        """
        from playground.jobs import EventLog, Job
        from playground.jobs.kinds import JOB_KINDS

        weights = run.weights()
        if weights is None:
            raise InputError("run.no_weights")
        given = {"config": run.config, "checkpoint": str(weights), "limits": self.limits}
        order = self._order(work, given, run.config, readable=(str(weights),))
        log = EventLog()
        # An id of its own: several may ask for the same run at once.
        self.jobs.submit(Job(secrets.token_hex(16), JOB_KINDS["evaluation"], order, run.visitor, log))
        while not log.ended:
            log.wait(len(log), 1.0)
        if log.last["type"] != "done":
            raise error_of_event(log.last)
        return log.last

    def stop_programs(self, visitor: str, reason: str = "visitor") -> bool:
        """End this visitor's running (or waiting) programs at once; whether there was one."""
        from playground.jobs.kinds import JOB_KINDS

        stopped = [self.jobs.stop(job.id, reason) for job in self.jobs.of_visitor(visitor, JOB_KINDS["program"])]
        return any(stopped)

    def run_tensors(
        self, code: object, seed: object, visitor: str, language: str, *, replaces: bool = False
    ) -> dict[str, Any]:
        """Run a learner's program in a child of its own: see `playground.tensors.trace.run_tensors`.

        Args:
            replaces: end what this visitor runs already; the answer to that has `replaced`.

        Returns:
            Its result, with the words in `language` and the error, or None, under `error`.
        """
        from playground.tensors.trace import EMPTY
        from playground.tensors.work import run_in_child

        if replaces:
            self.stop_programs(visitor, "replaced")
        given = {"source": code, "seed": seed}
        answer, error = self._short.run_program(run_in_child, given, visitor)
        result = {**EMPTY, **(answer or {"script": code if isinstance(code, str) else ""})}
        fixes = [{**fix, "label": words.text(language, fix["label"], **fix["values"])} for fix in result["fixes"]]
        replaced = error is not None and error.key == "lang.replaced"
        return {
            **result,
            "fixes": fixes,
            "replaced": replaced,
            "error": error.to_json(language) if error is not None else None,
        }

    def check_model(
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
            answered = self._short.run_program(describe_in_child, {**given, "with_fixes": with_fixes}, visitor)
        answer, error = answered
        result = {**EMPTY, **(answer or {})}
        layers = [{**row, "error": row["error"][language] if row["error"] else None} for row in result["layers"]]
        fixes = [{**fix, "label": fix["label"][language]} for fix in result["fixes"]]
        told = error.to_json(language) if error is not None else None
        return {**result, "layers": layers, "fixes": fixes, "error": told}

    def inspect_model(
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
            kept = self.uploads.kept
            path = None if not name else kept.find(name) if kept.has(name) else self.weights_of(name)
            weights = read_weights(path) if path is not None else None
            given = {"model": model, "input_shape": input_shape, "digit": digit, "seed": seed, "weights": weights}
            given |= {"weights_name": str(name), "lenient": run_id == "auto", "device": device or "cpu"}
        except PlaygroundError as raised:
            error = raised
        else:
            answer, error = self._short.run_program(inside_in_child, given, visitor, stays=True)
        return {**EMPTY, **(answer or {}), "error": error.to_json(language) if error is not None else None}

    def _shipped_for(self, model: object) -> str:
        """The shipped weights of a model that bears the name of theirs, else ""."""
        from playground.models.build import read_any_model

        found = read_any_model(model, self.limits)
        return SHIPPED.get(found if isinstance(found, str) else found.name, "")

    def device_names(self) -> list[str]:
        """What `model.to` takes here, the fastest first."""
        from playground.devices import list_devices

        return [device.name for device in list_devices()]

    def runs_with_weights(self, visitor: str) -> list[dict[str, Any]]:
        """A visitor's runs whose weights a network can have: [{id, model, accuracy}], the newest first."""
        found = [run for run in self.runs.of_visitor(visitor) if run.weights() is not None]
        return [
            {"id": run.id, "model": self._model_name(run.config["model"]), "accuracy": self.run_accuracy(run)}
            for run in found
        ]

    def _model_name(self, model: object) -> str:
        from playground.models.build import read_any_model

        found = read_any_model(model)
        return found if isinstance(found, str) else found.name

    def compare_models(
        self, first: object, second: object, input_shape: object, batch_size: object, visitor: str, language: str
    ) -> dict[str, Any]:
        """Two models side by side: see `playground.models.compare.compare_models`."""
        from playground.models.compare import EMPTY
        from playground.models.work import compare_in_child

        given = {"first": first, "second": second, "input_shape": input_shape, "batch_size": batch_size}
        answer, error = self._short.run_program(compare_in_child, given, visitor)
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

    @cached_property
    def _checker(self) -> Any:
        """The child that checks lists of layers. Made when it is first needed: it imports torch."""
        from playground.models.work import describe_lists_in_child
        from playground.sessions import Standing

        return Standing(self._sessions, describe_lists_in_child, {}, "checks")

    def _is_list(self, model: object) -> bool:
        """Whether it is a model without a learner's code, as far as it can be read."""
        from playground.models.build import read_model

        try:
            return not read_model(model, self.limits).code
        except PlaygroundError:
            return False

    def _check_list(self, given: dict[str, Any]) -> tuple[dict[str, Any] | None, PlaygroundError | None] | None:
        """What the standing child says; None where others keep it from answering."""
        try:
            return self._checker.ask(given, CHECK_PATIENCE_SECONDS)
        except BusyError:
            return None
        except PlaygroundError as error:
            return None, as_limit(error, self.limits)

    def read_model(self, model: object) -> dict[str, Any]:
        """A model for the page: {"spec": …} where it is a list of layers (or code that is one), else {"code": …}.

        Raises:
            InputError, LimitError: see `read_any_model`.
        """
        from playground.models.build import read_any_model
        from playground.models.sequential import read_list

        found = read_any_model(model, self.limits)
        code = found if isinstance(found, str) else found.code
        if code:
            spec = read_list(code)
            shape = None if isinstance(found, str) else list(found.input_shape)
            return {"spec": spec.to_json() if spec is not None else None, "code": code, "input_shape": shape}
        assert not isinstance(found, str)
        return {"spec": found.to_json(), "code": None, "input_shape": list(found.input_shape)}

    def model_name(self, model: str) -> str:
        """What the model of a config is called."""
        from playground.models.build import read_model

        return read_model(model).name

    def check_trainable(self, model: object, visitor: str) -> None:
        """
        Raises:
            PlaygroundError: there is none yet, or it cannot be trained here: what is wrong with it.
        """
        if not model:
            raise InputError("train.no_own_model")
        self.resolve({"recipe": "Custom", "model": model}, visitor)

    def newest_run_of(self, model: object, visitor: str) -> Run:
        """This visitor's newest run of that model that has weights.

        Raises:
            InputError: there is none.
        """
        from playground.models.build import read_model

        meant = [replace(spec, name="") for spec in (read_model(model, self.limits), self._filled(model, visitor))]
        for run in self.runs.of_visitor(visitor):
            if run.weights() is not None and replace(read_model(run.config["model"]), name="") in meant:
                return run
        raise InputError("draw.not_trained")

    def _filled(self, model: object, visitor: str) -> Any:
        """The spec of a model with the sizes that are inferred, found in a child."""
        from playground.models.build import read_model

        checked = self.check_model(model, None, 2, visitor, "en", with_fixes=False)
        return read_model(json.dumps(checked["model"]) if checked["model"] else model, self.limits)

    def write_gradient_program(self, model: object, visitor: str) -> str:
        """A program that makes the model, one pass forward and one back, as the Autograd tab opens it.

        Raises:
            PlaygroundError: the model cannot run.
        """
        from playground.models.describe import write_gradient_program

        spec = self._filled(model, visitor)
        checked = self.check_model(spec.to_text(), None, 2, visitor, "en", with_fixes=False)
        output = checked["layers"][-1]["output_shape"] if checked["layers"] else None
        return write_gradient_program(spec, scores=output is None or len(output) == 2)

    def list_layers(self, language: str) -> list[dict[str, Any]]:
        from playground.models.catalogue import list_layers

        return list_layers(language)

    def optimizer_states(self) -> dict[str, int]:
        """How many numbers each optimizer keeps of a parameter."""
        from playground.models.memory import OPTIMIZER_STATES

        return OPTIMIZER_STATES

    def trace_cells(self, code: object, seed: object, step: object, visitor: str) -> dict[str, Any]:
        """Which input cells made each output cell of a step: see `playground.tensors.provenance`."""
        from playground.tensors.work import trace_in_child

        if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step < self.limits.program_trace_steps:
            raise InputError("tensors.no_step", step=shorten(step))
        answer, error = self._short.run_program(trace_in_child, {"source": code, "seed": seed, "step": step}, visitor)
        if error is not None:
            raise error
        return answer or {}

    def weights_of(self, model: object) -> Path:
        """The weights that `/predict_digit` means by `model`: pretrained, pretrained-fast, a run's id, `run_id@step` for one
        of its snapshots, or the id of weights that came back."""
        if model in ("pretrained", "pretrained-fast"):
            return ASSETS / "models" / ("mnistnet.safetensors" if model == "pretrained" else "fast.safetensors")
        if self.uploads.kept.has(model):
            return self.uploads.kept.find_reader(model)
        snapshot = self.timeline.weights_of(model)
        weights = snapshot or self.runs.find(model).weights()
        if weights is None:
            raise InputError("run.no_weights")
        return weights

    def predict_digit(self, pixels: object, model: object = "pretrained") -> dict[str, Any]:
        """What a network reads in an image: see `playground.digits.predict.Predictor.predict`."""
        return self.predictor.predict(pixels, self.weights_of(model))


def _read_json(wish: object) -> object:
    if not isinstance(wish, str):
        return wish if wish is not None else {}
    try:
        return json.loads(wish) if wish.strip() else {}
    except (ValueError, RecursionError) as error:
        raise InputError("config.object", got=shorten(wish)) from error


def _read_since(since: object) -> int:
    number = since if isinstance(since, (int, float)) and not isinstance(since, bool) else -1
    # NaN and infinity fail the comparison.
    if not 0 <= number <= 2**53 or number != int(number):
        raise InputError("run.since", got=shorten(since))
    return int(number)
