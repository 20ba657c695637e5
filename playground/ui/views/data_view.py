"""DataView: the Data section of Train: images, transforms, splits, loaders, kinds of data sets, one's own images."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from playground.data.explorer.transforms import TRANSFORMS
from playground.ui.assets import scripts, styles
from playground.ui.events import Page, serve
from playground.ui.views.code_view import show_code
from playground.ui.views.own_images import drawing_limits, own_functions
from playground.words import text

SECTIONS = ("images", "transforms", "splits", "loader", "styles", "own")
# The settings of a run that decide which images it sees.
SETTINGS = ("dataset", "train_size", "validation_size", "seed", "split_seed")
WORDS = (
    "no_answer working split_train split_validation split_test classes_title all_classes class_name mean_name page_of "
    "previous next no_images picture large_title file_train file_test bytes normalised pixel pixel_help point list add up "
    "down remove seed again empty_list original draw before after mean_std log_note shades cost code keeps_yes keeps_some "
    "keeps_no splits_text splits_whole class sum largest leaks leaks_text leak_none leak_some leak_pairs"
).split()
LOADER_WORDS = (
    "text measure stop queued starting stopped nothing stale row_chosen row_none row_memory rate first again epoch batches "
    "why said collate_default collate_whole_batch collate_list work_normalise work_augment work"
).split()
STYLE_WORDS = (
    "text map map_text map_came stream stream_text sharded sharded_text came came_once worker folder folder_text folder_came"
).split()
OWN_WORDS = (
    "text rules choose drop way_digits way_whole sending reading no_server too_large brought classes_are sizes_same "
    "sizes split_said split_drawn skipped skipped_more use take remove removed train_hint "
    "drawn_text drawn_pad drawn_pad_hint drawn_pen drawn_stroke drawn_wipe drawn_digits drawn_chip drawn_add drawn_nothing "
    "drawn_needed drawn_enough drawn_none drawn_remove drawn_use drawn_back drawn_clear drawn_ask drawn_yes drawn_no "
    "transforms drawn_unkept drawn_full drawn_split drawn_augment drawn_many drawn_strokes drawn_points"
).split()
JS = """
PP.dataView({element, props, server, watch, emit: {
  brought: (data) => trigger('brought', data),
}});
"""


class DataView(gr.HTML):
    """Value: the settings of SETTINGS, as the controls have them. The JavaScript asks for what is seen."""

    def __init__(self, page: Page, settings: Mapping[str, Any], **options: Any):
        super().__init__(
            value={name: settings[name] for name in SETTINGS},
            html_template=page.template("data", label=page.html("explore.label"), sections=_tabs(page), panels=_panels()),
            js_on_load=JS,
            head=styles("css/bench.css", "css/data.css", "css/data_drawn.css")
            + scripts(
                *("js/playground.js", "js/code_view.js", "js/report_pictures.js", "js/bench_charts.js"),
                *("js/pen.js", "js/data_drawn.js"),
                *(f"js/data_{name}.js" for name in (*SECTIONS, "view")),
            ),
            server_functions=_functions(page),
            apply_default_css=False,
            elem_id="data",
            elem_classes="pp-block",
            words={**page.words("explore", WORDS), **page.words("code", ("copy", "copied")), **_part_words(page)},
            transforms=page.services.explorer.list_transforms(),
            most=page.services.limits.images_bytes,
            drawn=drawing_limits(page),
            code=page.template("code", title="transforms.py"),
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}

    def get_block_name(self) -> str:
        return "html"


def follow_settings(view: DataView, controls: Mapping[str, Component]) -> None:
    """The view shows the data of the controls' settings, in the browser alone."""
    inputs = [controls[name] for name in SETTINGS]
    values = f"({', '.join(SETTINGS)}) => [{{{', '.join(SETTINGS)}}}]"
    gr.on([control.change for control in inputs], None, inputs, [view], js=values, show_progress="hidden")


def _functions(page: Page) -> list[Any]:
    explorer, loaders = page.services.explorer, page.services.loaders

    def draw(settings: object, transforms: object, seed: object) -> dict[str, Any]:
        found = explorer.draw(settings, transforms, seed)
        warnings = [text(page.language, one["key"], **one["values"]) for one in found["warnings"]]
        return {**found, "warnings": warnings, "script": show_code(found["script"], "transforms.py")}

    def measure(settings: object, loader: object) -> dict[str, Any]:
        # Calls from our JavaScript do not say whose they are, and are not all one visitor's.
        return {"measurement": loaders.start(settings, loader, secrets.token_hex(16))}

    def loader_script(settings: object, loader: object) -> dict[str, Any]:
        return {"script": show_code(loaders.write_script(settings, loader), "loader.py")}

    def styles_(settings: object) -> dict[str, Any]:
        found = explorer.show_styles(settings, secrets.token_hex(16))
        sources = {part: show_code(source, "")["html"] for part, source in found["sources"].items()}
        return {**found, "sources": sources, "script": show_code(found["script"], "datasets.py")}

    return [
        serve(page, "styles", styles_, ("settings",)),
        *own_functions(page),
        serve(page, "images", explorer.show_page, ("settings", "split", "classes", "page")),
        serve(page, "image", explorer.show_image, ("settings", "split", "index")),
        serve(page, "splits", explorer.describe_splits, ("settings",)),
        serve(page, "draw", draw, ("settings", "transforms", "seed")),
        serve(page, "measure", measure, ("settings", "loader")),
        serve(page, "measured", lambda measurement: loaders.follow(measurement, page.language), ("measurement",)),
        serve(page, "stop", lambda measurement: {"stopped": loaders.stop(measurement)}, ("measurement",)),
        serve(page, "loader_script", loader_script, ("settings", "loader")),
    ]


def _part_words(page: Page) -> dict[str, str]:
    """What single parts say: the transforms `about_…`, the others with their own names before it."""
    return {f"about_{name}": page.t(f"transform.{name}") for name in TRANSFORMS} | {
        f"{prefix}_{key}": word
        for prefix, keys in (("loader", LOADER_WORDS), ("styles", STYLE_WORDS), ("own", OWN_WORDS))
        for key, word in page.words(prefix, keys).items()
    }


def _tabs(page: Page) -> str:
    return "".join(
        f'<button type="button" role="tab" id="data-tab-{name}" aria-controls="data-{name}" data-section="{name}" '
        f'aria-selected="{"true" if place == 0 else "false"}" tabindex="{0 if place == 0 else -1}">'
        f"{page.html(f'explore.{name}')}</button>"
        for place, name in enumerate(SECTIONS)
    )


def _panels() -> str:
    return "".join(
        f'<section class="pp-data-panel" role="tabpanel" id="data-{name}" aria-labelledby="data-tab-{name}"'
        f"{'' if place == 0 else ' hidden'}></section>"
        for place, name in enumerate(SECTIONS)
    )
