"""Words of training: recipes, settings, events, errors of a config."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.optimizer": ("optimizer", "优化器"),
    "topic.scheduler": ("scheduler", "学习率调度器"),
    "topic.loss": ("loss", "损失函数"),
    "topic.recipe": ("recipe", "配方"),
    "recipe.Fast": ("Fast", "快速"),
    "recipe.Tutorial": ("Tutorial", "教程"),
    "recipe.Custom": ("Custom", "自定义"),
    "optimizer.AdamW": ("AdamW", "AdamW"),
    "optimizer.Adam": ("Adam", "Adam"),
    "optimizer.SGD": ("SGD, Nesterov", "SGD(Nesterov)"),
    "optimizer.RMSprop": ("RMSprop", "RMSprop"),
    "scheduler.none": ("constant", "恒定"),
    "scheduler.StepLR": ("StepLR, ×0.1 per third", "StepLR：每三分之一 ×0.1"),
    "scheduler.Cosine": ("Cosine, each step", "余弦，逐步"),
    "scheduler.CosineEpochs": ("Cosine, once per epoch", "余弦，逐轮"),
    "scheduler.OneCycle": ("OneCycle", "OneCycle"),
    "loss.CrossEntropy": ("cross-entropy", "交叉熵"),
    "precision.auto": ("auto", "自动"),
    "precision.fp32": ("fp32", "fp32"),
    "precision.bf16": ("bf16", "bf16"),
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
        "BatchNorm1d needs at least two images in every batch; with batch_size {batch_size} and train_size {train_size} "
        "one batch has a single image. Change either by one.",
        "BatchNorm1d 要求每批至少有两张图像；batch_size 为 {batch_size}、train_size 为 {train_size} 时，"
        "有一批只有一张。请把其中一个改动 1。",
    ),
    "config.precision": (
        "precision must be one of {names}, got {got}.",
        "precision 应为 {names} 之一，收到的是 {got}。",
    ),
    "config.fp16": (
        "Training in fp16 needs a GradScaler and is not built yet. Use bf16, fp32 or auto.",
        "fp16 训练需要 GradScaler，目前还不支持。请使用 bf16、fp32 或 auto。",
    ),
    "config.processes": (
        "Training on several processes is not built yet. Use processes = 1.",
        "目前还不支持多进程训练。请使用 processes = 1。",
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
