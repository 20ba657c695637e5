"""LESSONS: mistakes that everybody makes once, each with its cure. A new one is one entry, its program and its words."""

from __future__ import annotations

from playground.lessons.lesson import Chart, Fact, Lesson
from playground.registry import Registry

LOSS = Chart(("loss",), logarithmic=True)
GRADIENT = Chart(("gradient norm",), logarithmic=True)
TRAIN_AND_TEST = (
    Chart(("train loss", "test loss"), logarithmic=True),
    Chart(("train accuracy", "test accuracy"), "share"),
)
ACCURACY = Fact("accuracy", "share", lambda run: run.last("test accuracy"))
LAST_LOSS = Fact("loss", "number", lambda run: run.last("loss"))
# Cross-entropy of ten classes where the right score is 1 and all others are 0: softmax gives no more than that.
LOWEST_TWICE_SOFTMAX = 1.4612
MEMORY_BUDGET = 20_000_000

LESSONS: Registry[Lesson] = Registry(
    "topic.lesson",
    (
        Lesson(
            "exploding",
            300,
            (LOSS, GRADIENT),
            (
                Fact("nan_step", "step", lambda run: run.first_not_finite("loss")),
                Fact("largest_gradient", "number", lambda run: run.most("gradient norm")),
                ACCURACY,
            ),
            lambda broken, cured: (
                broken["nan_step"] > 0 and cured["nan_step"] is None and broken["accuracy"] < 0.2 < 0.4 < cured["accuracy"]
            ),
        ),
        Lesson(
            "vanishing",
            200,
            (Chart(("first layer", "last layer"), logarithmic=True), Chart(("loss",))),
            (
                Fact("first_layer", "number", lambda run: run.mean("first layer")),
                Fact("last_layer", "number", lambda run: run.mean("last layer")),
                LAST_LOSS,
                ACCURACY,
            ),
            lambda broken, cured: (
                broken["first_layer"] < 1e-9 * broken["last_layer"]
                and cured["first_layer"] > 1e-2 * cured["last_layer"]
                and broken["accuracy"] < 0.25 < 0.6 < cured["accuracy"]
            ),
        ),
        Lesson(
            "zero_grad",
            300,
            (LOSS, GRADIENT),
            (Fact("last_gradient", "number", lambda run: run.last("gradient norm")), LAST_LOSS, ACCURACY),
            lambda broken, cured: (
                broken["last_gradient"] > 3 * cured["last_gradient"] and cured["accuracy"] > broken["accuracy"] + 0.1
            ),
        ),
        Lesson(
            "eval_mode",
            200,
            (Chart(("test accuracy",), "share"),),
            (ACCURACY, Fact("changed", "share", lambda run: run.last("answers that change"))),
            lambda broken, cured: (
                broken["changed"] > 0.05 and cured["changed"] == 0 and cured["accuracy"] > broken["accuracy"] + 0.04
            ),
        ),
        Lesson(
            "softmax",
            300,
            (Chart(("loss",), limit=LOWEST_TWICE_SOFTMAX), Chart(("test accuracy",), "share")),
            (
                Fact("lowest_loss", "number", lambda run: run.least("loss")),
                Fact("first_gradient", "number", lambda run: run.first("gradient norm")),
                ACCURACY,
            ),
            lambda broken, cured: (
                broken["lowest_loss"] >= LOWEST_TWICE_SOFTMAX - 1e-3 > cured["lowest_loss"]
                and broken["first_gradient"] < 0.5 * cured["first_gradient"]
                and cured["accuracy"] > broken["accuracy"] + 0.05
            ),
        ),
        Lesson(
            "leak",
            400,
            (Chart(("validation accuracy", "test accuracy"), "share"),),
            (
                Fact("validation", "share", lambda run: run.last("validation accuracy")),
                ACCURACY,
                Fact("gap", "points", lambda run: run.gap("validation accuracy", "test accuracy")),
            ),
            lambda broken, cured: broken["gap"] > 0.04 > cured["gap"] + 0.01,
        ),
        Lesson(
            "overfit",
            400,
            TRAIN_AND_TEST,
            (
                Fact("train", "share", lambda run: run.last("train accuracy")),
                ACCURACY,
                Fact("lowest_test_loss", "number", lambda run: run.least("test loss")),
                Fact("test_loss", "number", lambda run: run.last("test loss")),
            ),
            lambda broken, cured: (
                broken["train"] - broken["accuracy"] > 0.1
                and cured["train"] - cured["accuracy"] < 0.06
                and cured["accuracy"] > broken["accuracy"] + 0.05
                and broken["test_loss"] > 1.1 * broken["lowest_test_loss"]
            ),
        ),
        Lesson(
            "underfit",
            400,
            TRAIN_AND_TEST,
            (Fact("train", "share", lambda run: run.last("train accuracy")), ACCURACY),
            lambda broken, cured: (
                broken["train"] < 0.6
                and abs(broken["train"] - broken["accuracy"]) < 0.1
                and cured["train"] > 0.9
                and cured["accuracy"] > 0.85
            ),
        ),
        Lesson(
            "shuffle",
            282,
            (Chart(("loss",), logarithmic=True), Chart(("test accuracy",), "share")),
            (ACCURACY, Fact("nines", "share", lambda run: run.last("answers 9"))),
            lambda broken, cured: (
                broken["nines"] > 0.4 and cured["nines"] < 0.2 and cured["accuracy"] > 0.7 and broken["accuracy"] < 0.45
            ),
        ),
        Lesson(
            "label_noise",
            600,
            (Chart(("train accuracy", "test accuracy"), "share"),),
            (
                Fact("wrong", "share", lambda run: run.last("wrong labels")),
                Fact("images", "count", lambda run: run.last("images")),
                Fact("best", "share", lambda run: run.most("test accuracy")),
                ACCURACY,
            ),
            lambda broken, cured: (
                broken["wrong"] > 0.25
                and cured["wrong"] < 0.1
                and broken["accuracy"] < broken["best"] - 0.02
                and cured["accuracy"] > broken["accuracy"] + 0.03
            ),
        ),
        Lesson(
            "unnormalised",
            200,
            (LOSS, Chart(("test accuracy",), "share")),
            (
                Fact("first_gradient", "number", lambda run: run.first("gradient norm")),
                Fact("highest_loss", "number", lambda run: run.most("loss")),
                Fact("dead", "share", lambda run: run.last("dead units")),
                ACCURACY,
            ),
            lambda broken, cured: (
                broken["dead"] > 0.5
                and cured["dead"] < 0.1
                and broken["first_gradient"] > 20 * cured["first_gradient"]
                and cured["accuracy"] > broken["accuracy"] + 0.3
            ),
        ),
        Lesson(
            "last_batch",
            40,
            (Chart(("gradient error",), logarithmic=True),),
            (Fact("largest_error", "number", lambda run: run.most("gradient error")), ACCURACY),
            lambda broken, cured: (
                broken["largest_error"] > 0.5
                and cured["largest_error"] < 1e-4
                and cured["accuracy"] > broken["accuracy"] + 0.02
            ),
        ),
        Lesson(
            "memory",
            880,
            (Chart(("live bytes",), "bytes", across="operation", limit=MEMORY_BUDGET),),
            (
                Fact("peak", "bytes", lambda run: run.most("live bytes")),
                Fact("whole", "bytes", lambda run: run.last("peak of nothing")),
                Fact("smaller", "bytes", lambda run: run.last("peak of a smaller batch")),
                Fact("accumulation", "bytes", lambda run: run.last("peak of accumulation")),
                Fact("precision", "bytes", lambda run: run.last("peak of mixed precision")),
                Fact("checkpoints", "bytes", lambda run: run.last("peak of checkpoints")),
            ),
            lambda broken, cured: (
                broken["peak"] > MEMORY_BUDGET > 1.5 * cured["peak"]
                and all(
                    cured[remedy] < 0.85 * cured["whole"]
                    for remedy in ("smaller", "accumulation", "precision", "checkpoints")
                )
            ),
        ),
    ),
)
