"""Words of training: recipes, errors of a config, the end of a run."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.recipe": ("recipe", "配方"),
    "recipe.Fast": ("Fast", "快速"),
    "recipe.Tutorial": ("Tutorial", "教程"),
    "recipe.Custom": ("Custom", "自定义"),
    "config.object": (
        'The config must be a JSON object such as {{"model": "Fast", "epochs": 1}}, got {got}.',
        '配置应为 JSON 对象,例如 {{"model": "Fast", "epochs": 1}},收到的是 {got}。',
    ),
    "config.unknown": (
        "The config does not know {names}. It knows {known}.",
        "配置不认识 {names}。可用的键有 {known}。",
    ),
    "config.number": (
        "{key} must be a number ({range}), got {got}.",
        "{key} 应为数字（{range}），收到的是 {got}。",
    ),
    "config.whole": (
        "{key} must be a whole number ({range}), got {got}.",
        "{key} 应为整数（{range}），收到的是 {got}。",
    ),
    "config.range": (
        "{key} must be {range}, got {got}.",
        "{key} 的范围是 {range}，收到的是 {got}。",
    ),
    "config.text": ("{key} must be a text, got {got}.", "{key} 应为文本，收到的是 {got}。"),
    "config.one_image": (
        "BatchNorm needs at least two images in every batch here; with batch_size {batch_size} and train_size "
        "{train_size} one batch has a single image. Change either by one.",
        "BatchNorm 在这里要求每批至少有两张图像；batch_size 为 {batch_size}、train_size 为 {train_size} 时，"
        "有一批只有一张。请把其中一个改动 1。",
    ),
    "config.precision": (
        "precision must be one of {names}, got {got}.",
        "precision 应为 {names} 之一，收到的是 {got}。",
    ),
    "config.flag": ("{key} must be true or false, got {got}.", "{key} 应为 true 或 false，收到的是 {got}。"),
    "config.closure_accumulation": (
        "LBFGS looks at the same batch several times for one step, so it cannot add up {accumulation} batches. Use "
        "accumulation = 1 and a larger batch_size, or another optimizer.",
        "LBFGS 每一步要多次查看同一批数据，因此不能累积 {accumulation} 批。请使用 accumulation = 1 和更大的 batch_size，"
        "或换一个优化器。",
    ),
    "config.closure_clip": (
        "LBFGS searches along a direction for the lowest loss, and needs the gradients as they are: clip_norm "
        "{clip_norm} would change them. Use clip_norm = 0, or another optimizer.",
        "LBFGS 沿某个方向搜索最低的损失，需要未经改动的梯度，clip_norm = {clip_norm} 会改变它们。请使用 clip_norm = 0，"
        "或换一个优化器。",
    ),
    "config.closure_fp16": (
        "LBFGS does not go with fp16: a GradScaler cannot look at a batch several times. Use fp32, or another optimizer.",
        "LBFGS 不能与 fp16 一起使用：GradScaler 不能多次查看同一批数据。请使用 fp32，或换一个优化器。",
    ),
    "config.early_stopping": (
        "Early stopping after {patience} epochs needs validation images to watch, and there are 0. Set some aside, for "
        "example validation_size = 5000, or use early_stopping = 0. The test images must not decide when to stop.",
        "{patience} 轮的早停需要观察验证图像，但现在是 0 张。请留出一些，例如 validation_size = 5000，"
        "或使用 early_stopping = 0。不能由测试图像来决定何时停止。",
    ),
    "config.sizes": (
        "{dataset} has {available} training images; train_size + validation_size must not be more.",
        "{dataset} 有 {available} 张训练图像；train_size + validation_size 不能超过它。",
    ),
    "weights.below": (
        "{name} reached {accuracy} on the test set, less than {least}. The old file is kept; train longer.",
        "{name} 在测试集上达到 {accuracy}，低于 {least}。旧文件已保留；请延长训练。",
    ),
    "error.device": (
        "There is no device {device} here. This machine has {devices}; use one of them, or auto.",
        "这台机器上没有设备 {device}。可用的有 {devices}，也可以使用 auto。",
    ),
}
