"""Words of what can be chosen for a training: names and advice of losses, optimizers, schedules, precisions."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.optimizer": ("optimizer", "优化器"),
    "topic.scheduler": ("scheduler", "学习率调度器"),
    "topic.loss": ("loss", "损失函数"),
    "optimizer.AdamW": ("AdamW", "AdamW"),
    "optimizer.Adam": ("Adam", "Adam"),
    "optimizer.SGD": ("SGD", "SGD"),
    "optimizer.RMSprop": ("RMSprop", "RMSprop"),
    "optimizer.LBFGS": ("LBFGS", "LBFGS"),
    "optimizer_advice.AdamW": (
        "Adam whose weight decay shrinks the parameters directly, whatever the gradients are. A good first choice; 0.001 "
        "is the usual learning rate.",
        "在 Adam 的基础上让权重衰减直接缩小参数，与梯度大小无关。适合作为首选，学习率通常取 0.001。",
    ),
    "optimizer_advice.Adam": (
        "Divides each gradient by its usual size, so that all parameters move at the same pace. Forgiving about the "
        "learning rate; 0.001 is usual. Its weight decay is weakened where gradients are large: AdamW mends that.",
        "把每个梯度除以它通常的大小，使所有参数以相近的步幅移动。对学习率不敏感，通常取 0.001。"
        "梯度大的地方权重衰减会变弱，AdamW 修正了这一点。",
    ),
    "optimizer_advice.SGD": (
        "Goes down the gradient of the batch. Momentum 0.9 evens out the steps, and Nesterov looks where they lead "
        "before it corrects them. Needs a larger rate than Adam, about 0.05, and a schedule.",
        "沿着这一批的梯度下降。动量 0.9 让步伐更平稳，Nesterov 会先看动量带向哪里再修正。"
        "学习率要比 Adam 大，约 0.05，并配合学习率调度。",
    ),
    "optimizer_advice.RMSprop": (
        "Divides by the usual size of a gradient, as Adam does, without correcting for its start. Made for recurrent "
        "networks; with momentum 0.9 use a tenth of Adam's rate.",
        "与 Adam 一样除以梯度通常的大小，但不做起步修正。为循环网络而设计；动量为 0.9 时，学习率取 Adam 的十分之一。",
    ),
    "optimizer_advice.LBFGS": (
        "Learns the curvature from the last steps and searches along each direction, so it looks at a batch about a "
        "dozen times for one step. For small networks and batches of thousands of images, at rate 1; on small batches it "
        "chases their noise. Takes no weight decay.",
        "从最近几步学习曲率，并沿每个方向搜索，因此一步最多会看同一批十几次。适合小网络和数千张图像的大批次，学习率取 1；"
        "批次小时它会追逐噪声。不支持权重衰减。",
    ),
    "scheduler.none": ("constant", "恒定"),
    "scheduler.StepLR": ("StepLR, ×0.1 per third", "StepLR：每三分之一 ×0.1"),
    "scheduler.Cosine": ("Cosine, each step", "余弦，逐步"),
    "scheduler.CosineEpochs": ("Cosine, once per epoch", "余弦，逐轮"),
    "scheduler.OneCycle": ("OneCycle", "OneCycle"),
    "scheduler.WarmupCosine": ("Warm-up + cosine", "预热 + 余弦"),
    "scheduler.ReduceLROnPlateau": ("Reduce on plateau", "停滞时降低"),
    "scheduler_advice.none": (
        "The same rate all the time: the loss falls, and then jitters around a height that the rate decides.",
        "学习率始终不变：损失下降之后，会在由学习率决定的高度附近抖动。",
    ),
    "scheduler_advice.StepLR": (
        "A tenth of the rate after each third of the run: the loss drops visibly at each stair.",
        "每过三分之一的训练，学习率降为十分之一：每个台阶处损失都会明显下降。",
    ),
    "scheduler_advice.Cosine": (
        "Falls slowly, then quickly, then slowly to 0. Nothing to tune but the highest rate and the length of the run.",
        "先慢、再快、最后缓缓降到 0。除了最高学习率和训练长度，没有别的需要调节。",
    ),
    "scheduler_advice.CosineEpochs": (
        "The course's schedule: the cosine takes one stair at the end of each epoch.",
        "课程中的调度方式：余弦在每轮结束时下降一级。",
    ),
    "scheduler_advice.OneCycle": (
        "Up for a fifth of the run, then down for the rest. Allows a higher rate than the others, and so shorter runs.",
        "前五分之一上升，其余时间下降。可以使用比其他方式更高的学习率，因此训练更短。",
    ),
    "scheduler_advice.WarmupCosine": (
        "Up in the first tenth, then a cosine down to 0. The small first steps keep large networks and Transformers from "
        "going astray before their statistics have settled.",
        "前十分之一上升，然后按余弦降到 0。开头的小步幅可避免大网络和 Transformer 在统计量稳定之前走偏。",
    ),
    "scheduler_advice.ReduceLROnPlateau": (
        "A tenth of the rate whenever two epochs in a row brought no lower loss. It watches the validation loss; without "
        "validation images, the training loss of the epoch. The curve here is what it begins with.",
        "连续两轮损失没有降低时，学习率降为十分之一。它观察验证损失；没有验证图像时，观察该轮的训练损失。"
        "这里的曲线只是起始的学习率。",
    ),
    "loss.CrossEntropy": ("cross-entropy", "交叉熵"),
    "loss.NLL": ("NLL of log-softmax", "负对数似然（log-softmax）"),
    "loss.BCEWithLogits": ("BCE with logits, one-hot", "二元交叉熵（one-hot）"),
    "loss.MSE": ("MSE, one-hot", "均方误差（one-hot）"),
    "loss.L1": ("L1, one-hot", "绝对误差 L1（one-hot）"),
    "loss_advice.CrossEntropy": (
        "For one class out of several. It takes the raw outputs: a softmax before it would flatten the gradients. Label "
        "smoothing keeps the network from being too sure.",
        "用于多选一的分类。它接收原始输出：在它之前再做 softmax 会让梯度变平。标签平滑可避免网络过于自信。",
    ),
    "loss_advice.NLL": (
        "Cross-entropy in two steps: log-softmax, then minus the entry of the right class. The same curve as "
        "cross-entropy without label smoothing.",
        "把交叉熵分成两步：先 log-softmax，再取正确类别的负值。曲线与不加标签平滑的交叉熵相同。",
    ),
    "loss_advice.BCEWithLogits": (
        "Ten yes-or-no questions instead of one choice: for images that may show several things, or none. Here it works "
        "nearly as well as cross-entropy.",
        "把一次多选一换成十个是非题：适合一张图中可能有多种或没有目标的情形。在这里几乎与交叉熵一样好。",
    ),
    "loss_advice.MSE": (
        "Treats the ten outputs as numbers that should be 0 or 1. It learns, but its outputs are no logits: Draw's "
        "softmax makes about 23 % of a perfect answer.",
        "把十个输出当作应为 0 或 1 的数。它能学会，但输出不是 logits：在“手写”中，完美的答案经 softmax 也只有约 23 %。",
    ),
    "loss_advice.L1": (
        "Every error counts by its size alone, so outliers weigh little. For classes it is a poor choice: nine of ten "
        "targets are 0, and answering 0 everywhere is already nearly right. It learns more slowly than the others.",
        "误差只按大小计，离群值影响小。用于分类并不合适：十个目标中九个是 0，全部回答 0 就已经接近正确。"
        "它比其他损失学得慢。",
    ),
    "precision.auto": ("auto", "自动"),
    "precision.fp32": ("fp32", "fp32"),
    "precision.bf16": ("bf16", "bf16"),
    "precision.fp16": ("fp16 + GradScaler", "fp16 + GradScaler"),
    "settings.explained": ("What these settings do", "这些设置的作用"),
    "settings.legend": (
        "θ parameters · g gradient · η learning rate · λ weight decay · μ momentum · z outputs · t one-hot label",
        "θ 参数 · g 梯度 · η 学习率 · λ 权重衰减 · μ 动量 · z 输出 · t one-hot 标签",
    ),
    "settings.curve": (
        "Learning rate, at most {highest}",
        "学习率，最高 {highest}",
    ),
    "settings.steps": ("{steps} steps", "{steps} 步"),
}
