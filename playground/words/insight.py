"""Words of insight: what the layers do while a network trains."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "insight.title": ("Gradients", "梯度"),
    "insight.help": (
        "Measured on some of the steps, before clipping and unscaled. Update / weight is how far one step moves a layer: "
        "about 0.001 is healthy, above 0.01 is wild, below 0.00001 hardly learns (at the end of a schedule that is meant).",
        "只在部分步骤上测量，在裁剪之前，且已还原缩放。更新 / 权重表示一步把该层移动多远：约 0.001 为健康，高于 0.01 过猛，"
        "低于 0.00001 几乎不学习（学习率计划的末尾本该如此）。",
    ),
    "insight.table": ("Layers at the last measured step", "最近一次测量时的各层"),
    "insight.heatmap": ("Gradient norm of each layer over the steps", "各层梯度范数随步数变化"),
    "insight.heatmap_label": (
        "Gradient norm of each layer over the steps; arrow keys move through it",
        "各层梯度范数随步数变化；可用方向键移动",
    ),
    "insight.legend": ("Gradient norm (logarithmic)", "梯度范数（对数）"),
    "insight.column_layer": ("Layer", "层"),
    "insight.column_verdict": ("Verdict", "判断"),
    "insight.column_gradient_norm": ("Gradient norm", "梯度范数"),
    "insight.column_gradient_max": ("Largest", "最大值"),
    "insight.column_weight_norm": ("Weight norm", "权重范数"),
    "insight.column_update_ratio": ("Update / weight", "更新 / 权重"),
    "insight.column_dead": ("Dead units", "死亡单元"),
    "insight.about_layer": (
        "Layers with parameters of their own, and ReLUs",
        "自身带有参数的层，以及 ReLU",
    ),
    "insight.about_verdict": (
        "May explode: the largest gradient is above 100. May vanish: it is below 1e-7. Many dead: half of the units or more",
        "可能爆炸：最大梯度高于 100。可能消失：低于 1e-7。死亡较多：一半或更多单元",
    ),
    "insight.about_gradient_norm": (
        "L2 norm of the gradient of all parameters of the layer together",
        "该层全部参数的梯度合在一起的 L2 范数",
    ),
    "insight.about_gradient_max": ("The largest absolute value in the gradient", "梯度中的最大绝对值"),
    "insight.about_weight_norm": (
        "L2 norm of all parameters of the layer together, before the update",
        "更新之前，该层全部参数合在一起的 L2 范数",
    ),
    "insight.about_update_ratio": (
        "Norm of the change that the optimizer made / norm of the weights",
        "优化器所作改变的范数 / 权重的范数",
    ),
    "insight.about_dead": (
        "Outputs of a ReLU (channels of a convolution) that are 0 for every image of the batch",
        "ReLU 的输出（卷积的通道）中，对这一批的每张图像都为 0 的部分",
    ),
    "insight.verdict_ok": ("OK", "正常"),
    "insight.verdict_may_explode": ("may explode", "可能爆炸"),
    "insight.verdict_may_vanish": ("may vanish", "可能消失"),
    "insight.verdict_nan": ("NaN", "出现 NaN"),
    "insight.verdict_inf": ("Inf", "出现 Inf"),
    "insight.verdict_none": ("no gradient", "没有梯度"),
    "insight.verdict_dead": ("many dead", "死亡较多"),
    "insight.dead_of": ("{share} of {units}", "{units} 中的 {share}"),
    "insight.waiting": ("measured from the first step on", "从第一步开始测量"),
    "insight.never": ("not measured in this run", "这次训练没有测量"),
    "insight.all_ok": (
        "OK in all {total} layers at step {step} · measuring takes {share} of the time",
        "第 {step} 步全部 {total} 层正常 · 测量占用 {share} 的时间",
    ),
    "insight.some": (
        "{name}: {verdict}{rest} at step {step} · measuring takes {share} of the time",
        "第 {step} 步 {name}：{verdict}{rest} · 测量占用 {share} 的时间",
    ),
    "insight.more": (" and {number} more", "，另有 {number} 层"),
    "insight.point": ("Point at a cell to read it.", "指向一格即可读数。"),
    "insight.reading": (
        "step {step} · {name} · gradient norm {norm} · update / weight {ratio} · {verdict}",
        "第 {step} 步 · {name} · 梯度范数 {norm} · 更新 / 权重 {ratio} · {verdict}",
    ),
    "insight.report": ("The layers' gradients at step {step}:", "第 {step} 步各层的梯度："),
    "insight.cost": (
        "{count} steps were measured; that took {share} of the training time.",
        "共测量 {count} 步，占用训练时间的 {share}。",
    ),
}
