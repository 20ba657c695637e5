"""Words of the learning-rate finder and of the curvature."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "finder.closure": (
        "{optimizer} looks for the length of each step by itself, so there is no rate to find. Choose another optimizer.",
        "{optimizer} 会自行搜索每一步的步长，因此没有学习率可找。请选择其他优化器。",
    ),
    "finder.unknown": (
        "There is no search {id} any more. Search again.",
        "搜索 {id} 已不存在。请重新搜索。",
    ),
    "finder.title": ("Find the learning rate", "寻找学习率"),
    "finder.help": (
        "Trains a throw-away network with your settings while the rate grows from step to step, until the loss leaves.",
        "用您的设置训练一个临时网络，每一步都增大学习率，直到损失失控。",
    ),
    "finder.search": ("Search", "搜索"),
    "finder.stop": ("Stop", "停止"),
    "finder.use": ("Use {rate}", "采用 {rate}"),
    "finder.slider": ("Learning rate, logarithmic", "学习率（对数刻度）"),
    "finder.chart": ("Loss over the learning rate", "损失随学习率的变化"),
    "finder.rate": ("rate", "学习率"),
    "finder.loss": ("loss", "损失"),
    "finder.smooth": ("mean", "平均"),
    "finder.queued": ("Waiting, place {place}", "排队中，第 {place} 位"),
    "finder.preparing": ("Preparing …", "准备中……"),
    "finder.running": ("Step {step} of {steps}", "第 {step} 步，共 {steps} 步"),
    "finder.stopped": ("Stopped.", "已停止。"),
    "finder.replaced": ("Another search has taken its place.", "已被另一次搜索取代。"),
    "finder.no_answer": ("The server does not answer. Trying again …", "服务器没有响应，正在重试……"),
    "finder.found": (
        "The loss falls fastest at {steepest} and is lowest at {lowest}. {suggested} lies between the first and a third "
        "of the second.",
        "损失在 {steepest} 处下降最快，在 {lowest} 处最低。{suggested} 位于前者与后者的三分之一之间。",
    ),
    "finder.diverged": ("From {diverged} on it is out of control.", "从 {diverged} 起失控。"),
    "finder.flat": (
        "The loss did not fall at any rate. Look at the model and the loss, or use a larger batch.",
        "在任何学习率下损失都没有下降。请检查模型和损失函数，或增大批大小。",
    ),
    "finder.limit": (
        "Dashed: {formula} = {limit}, where plain steps become unstable. λ, the sharpest curvature of the loss at the "
        "start, is {largest} (± {error}; {products} Hessian-vector products on {images} images).",
        "虚线：{formula} = {limit}，超过它后更新会变得不稳定。λ 是训练开始时损失的最大曲率，为 {largest}"
        "（± {error}；在 {images} 张图像上做了 {products} 次 Hessian 向量积）。",
    ),
    "finder.above": (
        "Your rate is above it: the steps would jump out of the sharpest valley until they find a flatter one.",
        "您的学习率高于它：更新会跳出最陡的谷，直到找到更平坦的谷。",
    ),
    "finder.no_limit": (
        "The curvature could not be settled: {largest} ± {error}.",
        "曲率未能确定：{largest} ± {error}。",
    ),
    "finder.no_curvature": (
        "This network has no second derivative, so there is no line for 2/λ.",
        "该网络没有二阶导数，因此没有 2/λ 这条线。",
    ),
    "finder.stale": ("The settings have changed since this search.", "此次搜索之后设置已更改。"),
}
