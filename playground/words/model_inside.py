"""Words of what the Models tab shows inside a network."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "model.frozen": (
        "Every parameter of the model is frozen: there is nothing to train. Unfreeze at least one layer.",
        "模型的所有参数都已冻结：没有可训练的内容。请至少解冻一层。",
    ),
    "inside.digit": (
        "The digit must be the number of a test image from 0 to {last}, got {got}.",
        "数字应为测试图像的编号（0 到 {last}），收到的是 {got}。",
    ),
    "inside.seed": (
        "The seed must be a whole number from 0 on, got {got}.",
        "种子应为不小于 0 的整数，收到的是 {got}。",
    ),
    "inside.parameters": (
        "The model has {count} parameters; up to {maximum} it is really run here. "
        "What larger ones would cost stands under Big.",
        "模型有 {count} 个参数；这里最多真正运行 {maximum} 个。更大的模型的代价见“超大”。",
    ),
    "inside.activations": (
        "What the layers give would take {megabytes:,} MB; up to {limit:,} MB they are really run here. "
        "Take a smaller input or narrower layers.",
        "各层的输出共需 {megabytes:,} MB；这里最多真正计算 {limit:,} MB。请减小输入，或把各层改窄。",
    ),
    "inside.fails": (
        "The model stops at layer {layer}: {reason}. What comes before it is shown.",
        "模型在层 {layer} 处停止：{reason}。显示的是它之前的部分。",
    ),
    "big.choice": ("{where} must be one of {choices}, got {got}.", "{where} 应为 {choices} 之一，收到的是 {got}。"),
    "big.number": (
        "{name} must be a whole number from {low} to {high}, got {got}.",
        "{name} 应为 {low} 到 {high} 的整数，收到的是 {got}。",
    ),
}
