"""Words of the benchmarks that a learner runs."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "bench.batch_size": (
        "The batch size must be a whole number from {least} on, got {got}.",
        "批大小应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.too_many": (
        "{got} is more than is measured here: at most {most}.",
        "{got} 超出了这里测量的上限：最多 {most}。",
    ),
    "bench.nothing_to_train": (
        "The model has no parameter that could be trained, so a training step does nothing. Add a layer with weights, "
        "such as Linear, or unfreeze one.",
        "模型没有可训练的参数，训练步不会做任何事。请添加带权重的层（例如 Linear），或解冻一层。",
    ),
}
