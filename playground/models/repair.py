"""find_repairs: small edits with which the whole model runs, each of them run before it is offered."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from playground import words
from playground.errors import PlaygroundError
from playground.models.candidates import Repair, find_candidates
from playground.models.checked import Checked, describe_repair
from playground.models.spec import ModelSpec

SECONDS = 4.0
FOUND_MOST = 4
LAYERS_MOST = 2
SECOND_MOST = 6

Model = ModelSpec | str
Check = Callable[[Model], Checked]


@dataclass(frozen=True)
class Fix:
    """Edits that were run: `model` works with them. `gives_vectors`: one vector per sample comes out."""

    repairs: tuple[Repair, ...]
    model: Model
    gives_vectors: bool

    @property
    def layer(self) -> str:
        return self.repairs[0].layer

    @property
    def label(self) -> Label:
        first, *rest = [Label(*describe_repair(repair)) for repair in self.repairs]
        return Label("repair.both", {"first": first, "second": rest[0]}) if rest else first


class Label:
    """A value of a label that is itself one."""

    def __init__(self, key: str, values: dict[str, object]):
        self.key, self.values = key, values

    def message(self, language: str) -> str:
        return words.text(language, self.key, **self.values)

    def __str__(self) -> str:
        return self.message("en")


def find_repairs(failed: Checked, check: Check) -> list[Fix]:
    """Edits of at most two layers, those of one layer first; each was run on the whole model.

    Args:
        check: runs a model as `failed` was run.
    """
    if failed.place is None:
        return []
    deadline = time.monotonic() + SECONDS
    fixes: list[Fix] = []
    almost: list[tuple[Repair, Checked]] = []
    for repair in find_candidates(failed.place):
        model = failed.apply(repair)
        if model is None or time.monotonic() > deadline:
            continue
        tried = _try(check, model)
        if tried is None:
            continue
        if tried.error is None:
            fixes.append(Fix((repair,), model, tried.gives_vectors))
        elif tried.place is not None and tried.place.path != failed.place.path:
            almost.append((repair, tried))
    for repair, tried in almost:
        # Two edits only where one does not do.
        if len(fixes) >= FOUND_MOST or any(fix.gives_vectors and len(fix.repairs) == 1 for fix in fixes):
            break
        assert tried.place is not None
        for second in find_candidates(tried.place)[:SECOND_MOST]:
            if repair.size + second.size > LAYERS_MOST or time.monotonic() > deadline:
                continue
            model = tried.apply(second)
            after = _try(check, model) if model is not None else None
            if after is not None and after.error is None and model is not None:
                fixes.append(Fix((repair, second), model, after.gives_vectors))
    # A Linear that works along the last axis of an image runs, and is hardly what was meant.
    fixes.sort(key=lambda fix: (not fix.gives_vectors, sum(repair.size for repair in fix.repairs)))
    return fixes[:FOUND_MOST]


def _try(check: Check, model: Model) -> Checked | None:
    try:
        return check(model)
    except PlaygroundError:
        return None
