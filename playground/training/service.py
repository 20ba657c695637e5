"""Training: what the Train tab, the JSON API and the command line ask for: a run is started, followed, steered, stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from playground.errors import InputError, NotFoundError, PlaygroundError
from playground.jobs import Job, Jobs
from playground.jobs.child import Order
from playground.jobs.failures import translate
from playground.jobs.kinds import JOB_KINDS
from playground.jobs.short import Answered
from playground.limits import Limits
from playground.registry import shorten
from playground.runs.followed import FollowedLog
from playground.runs.owner import stop_owner
from playground.runs.run import Run
from playground.store import Runs

FOLLOW_SECONDS = 0.1
FOLLOW_WAIT_SECONDS = 0.3
# After each line of a training step in slow motion: long enough to read it.
SLOW_REST_SECONDS = 0.6


class Training:
    """The runs of all visitors while they go; their past is the `Timeline`'s.

    Args:
        run_program: runs a learner's code in a short job and gives its result and its error.
        read_images: refuses test images that a run's data set does not have.
        prepare: a new run's folder and order, with the origin that it goes on from; see `Timeline.prepare`.
    """

    def __init__(
        self,
        runs: Runs,
        jobs: Jobs,
        limits: Limits,
        run_program: Callable[..., Answered],
        read_images: Callable[[object, object], Any],
        prepare: Callable[[Run, Order, Any], Order],
    ):
        self._runs, self._jobs, self.limits = runs, jobs, limits
        self._run_program, self._read_images, self._prepare = run_program, read_images, prepare

    def start(self, wish: object, visitor: str, *, attended: bool, origin: Any = None) -> Run:
        """Start (or queue) a run.

        Args:
            wish: any keys of the config, or its JSON text.
            attended: it belongs to an open page and ends when nobody looks.
            origin: the `playground.timeline.Origin` that it goes on from.

        Raises:
            InputError, UnsupportedError, LimitError: see `resolve_config`. BusyError: the queue is full.
        """
        from playground.training.order import order_work
        from playground.training.work import train_in_child

        config = self.resolve(wish, visitor).to_json()
        run = self._runs.create(config, visitor, **({"origin": origin.named} if origin else {}))
        given = {"config": config, "folder": str(run.folder)}
        order = order_work(train_in_child, given, config, self.limits)
        if order.confined:
            run.work.mkdir()
            own = str(run.work)
            order = replace(order, arguments={**order.arguments, "folder": own}, writable=(own,))
        order = self._prepare(run, order, origin)
        job = Job(run.id, JOB_KINDS["training"], order, visitor, run.log, attended=attended)
        try:
            self._jobs.submit(job)
        except PlaygroundError:
            self._runs.remove(run)
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

    def check_model(self, model: object, visitor: str) -> None:
        """
        Raises:
            PlaygroundError: there is none yet, or it cannot be trained here: what is wrong with it.
        """
        if not model:
            raise InputError("train.no_own_model")
        self.resolve({"recipe": "Custom", "model": model}, visitor)

    def _check_code(self, spec: Any, visitor: str) -> None:
        """Whether code can be trained, found in a child.

        Raises:
            PlaygroundError: why it cannot.
        """
        from playground.models.network import check_code
        from playground.models.work import measure_in_child

        check_code(self._run_program(measure_in_child, {"source": spec.code}, visitor), self.limits)

    def settled(self, run_id: object, config: dict[str, Any]) -> dict[str, Any] | None:
        """What the trial of that run settled on, where it is a run of this very config (whatever its recipe is called)."""
        try:
            run = self._runs.find(run_id)
        except NotFoundError:
            return None
        from playground.training.config import complete_config

        same = {**complete_config(run.config), "recipe": ""} == {**config, "recipe": ""}
        return run.started() if same else None

    def state(self, run: Run) -> str:
        """queued, running, paused, stopping; or how it ended: done, stopped, failed."""
        job = self._jobs.find(run.id)
        # The last event may be there a moment before the child is gone.
        if not run.log.ended:
            if job is not None and job.state != "ended":
                return job.state
            if isinstance(run.log, FollowedLog):  # another process trains it
                return "running"
        return str(run.log.last.get("type", "failed"))

    def read_history(self, run_id: object, since: object, language: str) -> dict[str, Any]:
        """The events of a run from number `since`, at most `limits.follow_events`, without waiting."""
        run = self._runs.find(run_id)
        start = _read_since(since)
        self._jobs.look(run.id)
        events = run.log.read(start, self.limits.follow_events)
        return {
            "events": translate(events, language),
            "next": start + len(events),
            "state": self.state(run),
            "weights": run.weights() is not None,
            "elsewhere": isinstance(run.log, FollowedLog),
        }

    def follow(self, run_id: object, since: object, language: str) -> Iterator[dict[str, Any]]:
        """Yield `{events, next}` as events come, until the run has ended and all were given."""
        run = self._runs.find(run_id)
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

    def stop(self, run_id: object) -> bool:
        """Stop a run; True when it was going (or waiting), False when it had ended before."""
        run = self._runs.find(run_id)
        return stop_owner(run.folder) if isinstance(run.log, FollowedLog) else self._jobs.stop(run.id)

    def pause(self, run_id: object) -> bool:
        return self._jobs.pause(self._runs.find(run_id).id)

    def resume(self, run_id: object) -> bool:
        return self._jobs.resume(self._runs.find(run_id).id)

    def step(self, run_id: object) -> bool:
        """One more step of a run that is paused, its five steps one after the other; False when it is not paused."""
        return self._jobs.tell(self._runs.find(run_id).id, "step", ("paused",))

    def slow(self, run_id: object, slow: object) -> bool:
        """Slow motion on or off; False when the run is not going."""
        rest = SLOW_REST_SECONDS if slow else None
        return self._jobs.tell(self._runs.find(run_id).id, ("rest", rest), ("running", "paused"))

    def watch(self, run_id: object, image: object) -> bool:
        """Which test image's activations the run shows from now on; False when it is not going.

        Raises:
            InputError: there is no such image.
        """
        run = self._runs.find(run_id)
        self._read_images(run.id, [image])
        return self._jobs.tell(run.id, ("watch", image), ("running", "paused"))

    def five_steps(self, run_id: object) -> list[dict[str, Any]]:
        """The lines of the run's script that make one training step: see `playground.training.script_training`."""
        from playground.training.config import TrainingConfig, complete_config
        from playground.training.script_training import write_five_steps

        run = self._runs.find(run_id)
        started = run.started() or {}
        return write_five_steps(TrainingConfig(**complete_config(run.config)), str(started.get("precision", "fp32")))


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
