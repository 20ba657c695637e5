"""The controls of a training config, from one table; their choices come from the registries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from playground.data import AUGMENTATIONS, DATASETS
from playground.models.presets import CLASSIFIERS
from playground.training.config import PRECISIONS
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.processes import SHARDINGS
from playground.training.recipes import RECIPES
from playground.training.schedulers import SCHEDULERS
from playground.ui.events import Page


@dataclass(frozen=True)
class Control:
    """One field of the config on the page.

    Args:
        name: of the field; `words`: `control.<name>` and, where `help`, `control.<name>_help`.
        choices: names to choose from; () = a number, or with `flag` yes or no.
        topic: prefix of the choices' words.
        more: it stands among the further settings.
        step: of a number; None = any. Its range is checked by the backend, whose words say what is allowed.
    """

    name: str
    choices: tuple[str, ...] = ()
    topic: str = ""
    more: bool = False
    help: bool = False
    step: float | None = None
    flag: bool = False


# The model of the Models tab, as the browser keeps it.
OWN_MODEL = "own"

CONTROLS: tuple[Control, ...] = (
    Control("recipe", tuple(RECIPES), "recipe"),
    Control("model", (*CLASSIFIERS, OWN_MODEL), "preset"),
    Control("epochs"),
    Control("batch_size", step=1),
    Control("optimizer", tuple(OPTIMIZERS), "optimizer"),
    Control("learning_rate"),
    Control("scheduler", tuple(SCHEDULERS), "scheduler"),
    Control("augment", tuple(AUGMENTATIONS), "augment"),
    Control("dataset", tuple(DATASETS), "dataset", more=True),
    Control("precision", PRECISIONS, "precision", more=True),
    Control("loss", tuple(LOSSES), "loss", more=True),
    Control("label_smoothing", more=True, help=True),
    Control("momentum", more=True, help=True),
    Control("nesterov", more=True, help=True, flag=True),
    Control("weight_decay", more=True, help=True),
    Control("clip_norm", more=True, help=True),
    Control("accumulation", more=True, help=True, step=1),
    Control("early_stopping", more=True, help=True, step=1),
    Control("train_size", more=True, step=1),
    Control("validation_size", more=True, help=True, step=1),
    Control("seed", more=True, step=1),
    Control("split_seed", more=True, help=True, step=1),
    Control("device", more=True, help=True),
    Control("processes", more=True, help=True, step=1),
    Control("sharding", tuple(SHARDINGS), "sharding", more=True, help=True),
)


def build_control(page: Page, control: Control, value: Any) -> Component:
    """The component of one control, with its words in the page's language."""
    label = page.t(f"control.{control.name}")
    info = page.t(f"control.{control.name}_help") if control.help else None
    elem_id = f"control-{control.name}"
    if control.name == "recipe":
        return gr.Radio(_choices(page, control), value=value, label=label, elem_id=elem_id, min_width=120)
    if control.choices:
        return gr.Dropdown(
            _choices(page, control),
            value=value,
            label=label,
            info=info,
            elem_id=elem_id,
            filterable=False,
            min_width=120,
        )
    if control.flag:
        return gr.Checkbox(value=value, label=label, info=info, elem_id=elem_id, min_width=110)
    if control.name == "device":
        return gr.Textbox(value=value, label=label, info=info, elem_id=elem_id, max_lines=1, min_width=120)
    return gr.Number(
        value=value,
        label=label,
        info=info,
        step=control.step or 0.0001,
        elem_id=elem_id,
        min_width=110,
    )


def _choices(page: Page, control: Control) -> list[tuple[str, str]]:
    return [(page.t(f"{control.topic}.{name}"), name) for name in control.choices]


def build_controls(page: Page, values: Mapping[str, Any]) -> dict[str, Component]:
    """All controls: the recipe, what everybody changes two in a row, and the rest in a fold."""
    components: dict[str, Component] = {}
    main = [control for control in CONTROLS if not control.more]
    more = [control for control in CONTROLS if control.more]
    for control in main[:2]:
        components[control.name] = build_control(page, control, values[control.name])
    _pairs(page, main[2:], values, components)
    with gr.Accordion(page.t("control.more"), open=False, elem_classes="pp-more"):
        _pairs(page, more, values, components)
    return components


def _pairs(page: Page, controls: list[Control], values: Mapping[str, Any], components: dict[str, Component]) -> None:
    for place in range(0, len(controls), 2):
        with gr.Row():
            for control in controls[place : place + 2]:
                components[control.name] = build_control(page, control, values[control.name])


def read_controls(given: Mapping[str, str]) -> list[Any]:
    """One value for each control: from an address where it says something valid, else the recipe's."""
    recipe = given.get("recipe", "Fast")
    base = {**(RECIPES[recipe].values() if recipe in RECIPES else RECIPES["Fast"].values())}
    base["recipe"] = recipe if recipe in RECIPES else "Fast"
    return [_value_of(control, given.get(control.name), base[control.name]) for control in CONTROLS]


def _value_of(control: Any, text: str | None, default: Any) -> Any:
    if text is None:
        return default
    if control.choices:
        return text if text in control.choices else default
    if control.flag:
        return {"true": True, "false": False}.get(text, default)
    if control.name == "device":
        return text[:20]
    try:
        number = float(text)
    except ValueError:
        return default
    if not math.isfinite(number):
        return default
    return int(number) if abs(number) < 1e15 and number == int(number) else number
