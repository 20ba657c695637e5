"""Every word that a learner reads, in English and 中文; the backend, the page and the command line share it.

The catalogue imports nothing. An entry is `key: (English, 中文)`; keys are `area.what`. A placeholder `{name}` is filled by
`str.format`, in both languages with the same names (a test compares them).
"""

from __future__ import annotations

from typing import Any

from playground.words import (
    autograd,
    bench,
    bench_memory,
    bench_precision,
    bench_profiler,
    bench_scale,
    command_line,
    common,
    data,
    diagnosis,
    digits,
    distributed,
    explore,
    exports,
    finder,
    glance,
    insight,
    jobs,
    language,
    lessons,
    loader,
    measure,
    model_inside,
    model_page,
    models,
    own_images,
    page,
    python,
    report,
    runs,
    styles,
    tensors,
    time_travel,
    training,
    training_settings,
)

LANGUAGES = ("en", "zh")

WORDS: dict[str, tuple[str, str]] = {
    **common.WORDS,
    **models.WORDS,
    **model_page.WORDS,
    **model_inside.WORDS,
    **exports.WORDS,
    **data.WORDS,
    **explore.WORDS,
    **own_images.WORDS,
    **loader.WORDS,
    **styles.WORDS,
    **training.WORDS,
    **training_settings.WORDS,
    **insight.WORDS,
    **finder.WORDS,
    **glance.WORDS,
    **diagnosis.WORDS,
    **lessons.WORDS,
    **time_travel.WORDS,
    **distributed.WORDS,
    **jobs.WORDS,
    **digits.WORDS,
    **language.WORDS,
    **python.WORDS,
    **page.WORDS,
    **report.WORDS,
    **runs.WORDS,
    **tensors.WORDS,
    **autograd.WORDS,
    **bench.WORDS,
    **measure.WORDS,
    **bench_precision.WORDS,
    **bench_memory.WORDS,
    **bench_profiler.WORDS,
    **bench_scale.WORDS,
    **command_line.WORDS,
}


def text(language: str, key: str, /, **values: Any) -> str:
    """The entry `key` in `language`, with its placeholders filled.

    A value that is itself an error (anything with a `message(language)`) is written in the same language.

    Raises:
        KeyError: for a key that is not in the catalogue: a bug, found by the tests.
    """
    entry = WORDS[key][LANGUAGES.index(language)]
    if not values:
        # The placeholders of a template stay for the page's JavaScript; a brace that is meant is written "{{" all the same.
        return entry.replace("{{", "{").replace("}}", "}")
    return entry.format(**{name: _written(value, language) for name, value in values.items()})


def _written(value: Any, language: str) -> Any:
    return value.message(language) if hasattr(value, "message") else value
