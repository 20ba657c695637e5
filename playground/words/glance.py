"""Words of the glances at a network while it trains."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "glance.title": ("What it can do by now", "目前学会了什么"),
    "glance.help": (
        "Now and then the network is tried on the first 256 test images, and after each epoch on all of them. It learns "
        "nothing from that.",
        "训练中不时用前 256 张测试图像检验网络，每轮结束后用全部测试图像检验。网络不会从中学习。",
    ),
    "glance.when": ("Which glance is shown", "显示哪一次检验"),
    "glance.confusion": ("Confusion: row = label, column = answer", "混淆矩阵：行为标签，列为回答"),
    "glance.losses": ("Loss of each class", "各类别的损失"),
    "glance.hardest": ("The hardest images", "最难的图像"),
    "glance.hardest_help": (
        "Label → answer, and the probability of the label. Click one to watch it go through the layers.",
        "标签 → 回答，以及标签的概率。点击一张，观察它如何通过各层。",
    ),
    "glance.layers": ("One image through the layers", "一张图像通过各层"),
    "glance.layers_of": ("Test image {index}, a {label}, through the layers", "测试图像 {index}（{label}）通过各层"),
    "glance.layers_soon": (
        "Test image {index}, a {label}; the one that you chose comes with the next glance",
        "测试图像 {index}（{label}）；您选择的图像将在下次检验时出现",
    ),
    "glance.input": ("input", "输入"),
    "glance.summary": (
        "{accuracy} right of {images} test images at step {step}",
        "第 {step} 步：{images} 张测试图像中答对 {accuracy}",
    ),
    "glance.at": ("Step {step}", "第 {step} 步"),
    "glance.waiting": ("after the first steps", "训练开始后显示"),
    "glance.never": ("not looked at in this run", "这次训练未检验"),
    "glance.cell": ("{number} of label {label} answered {answer}", "标签 {label} 中有 {number} 个被回答为 {answer}"),
    "glance.hard": (
        "{label}, answered {guess}; probability of {label}: {share}",
        "{label} 被回答为 {guess}；{label} 的概率：{share}",
    ),
}
