"""Words of the diagnosis: what goes wrong in a training run, with its numbers, and what to try."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "monitor.diagnosis": ("What goes wrong", "哪里出了问题"),
    "diagnosis.try": ("Try: {change}", "试一试：{change}"),
    "diagnosis.fork_from": ("goes on from step {step}", "从第 {step} 步接着训练"),
    "diagnosis.anew": ("begins anew", "重新开始训练"),
    "diagnosis.unknown": (
        "This run has no finding {name} any more. Look at it again.",
        "该运行已没有诊断结果 {name}。请重新查看。",
    ),
    "diagnosis.diverged": ("The loss is not a number any more", "损失不再是数字"),
    "diagnosis.diverged_text": (
        "At step {step} it became NaN or infinite; the loss before was {loss}, the largest gradient norm {norm}, the "
        "learning rate {rate}. NaN never goes away: every weight that it touches becomes NaN.",
        "第 {step} 步损失变成 NaN 或无穷大；此前损失为 {loss}，最大梯度范数为 {norm}，学习率为 {rate}。"
        "NaN 不会自己消失：它碰到的每个权重都会变成 NaN。",
    ),
    "diagnosis.blown_up": ("The loss has blown up", "损失爆炸了"),
    "diagnosis.blown_up_text": (
        "It began at {first} and is {now} now; from step {step} on it was more than three times what an untrained "
        "network "
        "has. At a learning rate of {rate} the steps jump over what they look for.",
        "损失从 {first} 开始，现在是 {now}；从第 {step} 步起超过未训练网络的三倍。学习率为 {rate} 时，"
        "每一步都跨过了要找的地方。",
    ),
    "diagnosis.dead": ("Dead ReLUs", "死亡的 ReLU"),
    "diagnosis.dead_text": (
        "{share} of the {units} units of {layer} answer 0 to whole batches since step {step}. No gradient passes a "
        "ReLU that "
        "is 0, so they do not come back; {accuracy} of the training images are right. Too long a step has pushed them "
        "there.",
        "自第 {step} 步起，{layer} 的 {units} 个单元中有 {share} 对整批图像都输出 0。为 0 的 ReLU 不传回梯度，"
        "它们不会自己恢复；训练图像只答对 {accuracy}。是过大的一步把它们推到了那里。",
    ),
    "diagnosis.vanishing": ("Vanishing gradients", "梯度消失"),
    "diagnosis.vanishing_text": (
        "At step {step} the gradient of {last} has the norm {large}, that of {first} only {small}: the first layers "
        "do not "
        "learn. A network with ReLU and BatchNorm lets the gradient through.",
        "第 {step} 步，{last} 的梯度范数为 {large}，{first} 只有 {small}：前面的层学不到东西。"
        "带 ReLU 与 BatchNorm 的网络能让梯度通过。",
    ),
    "diagnosis.still": ("The weights hardly move", "权重几乎不动"),
    "diagnosis.still_text": (
        "Since step {from_step} the loss is flat ({earlier}, then {later}), with {accuracy} of the training images "
        "right. An "
        "update moves a layer by {ratio} of its weights; 0.001 is usual. The learning rate of {rate} is too small.",
        "自第 {from_step} 步起损失走平（{earlier}，然后 {later}），训练图像答对 {accuracy}。一次更新只移动一层权重的 "
        "{ratio}；"
        "通常约为 0.001。学习率 {rate} 太小。",
    ),
    "diagnosis.plateau": ("It does not learn", "没有学到东西"),
    "diagnosis.plateau_text": (
        "The loss was {earlier} on average and is {later} over the last {steps} steps; {accuracy} of the training "
        "images are "
        "right, which is guessing. Steps that are too long keep it there.",
        "损失此前平均为 {earlier}，最近 {steps} 步为 {later}；训练图像答对 {accuracy}，与乱猜无异。过大的步长让它停在那里。",
    ),
    "diagnosis.too_small": ("A plateau: the network cannot do better", "进入平台期：网络只能做到这样"),
    "diagnosis.too_small_text": (
        "The loss was {earlier} on average and is {later} over the last {steps} steps; {accuracy} of the training "
        "images are "
        "right. More steps will not help: the network is too small for these images.",
        "损失此前平均为 {earlier}，最近 {steps} 步为 {later}；训练图像答对 {accuracy}。再训练也没有用："
        "对这些图像来说网络太小。",
    ),
    "diagnosis.overfitting": ("Overfitting", "过拟合"),
    "diagnosis.overfitting_text": (
        "{train} of the training images are right and {test} of the test images. The test loss was lowest at epoch "
        "{epoch} "
        "({lowest}) and is {now} now: since then the network learns its {images} images by heart.",
        "训练图像答对 {train}，测试图像 {test}。测试损失在第 {epoch} 轮最低（{lowest}），现在是 {now}："
        "此后网络在背诵它的 {images} 张图像。",
    ),
    "diagnosis.underfitting": ("Underfitting: it ended too early", "欠拟合：结束得太早"),
    "diagnosis.underfitting_text": (
        "After {epochs} epochs ({steps} steps) {train} of the training images are right and {test} of the test "
        "images, and "
        "the loss was still falling.",
        "{epochs} 轮（{steps} 步）之后，训练图像答对 {train}，测试图像 {test}，而损失仍在下降。",
    ),
    "diagnosis.change_smaller_rate": ("learning rate {learning_rate}", "学习率 {learning_rate}"),
    "diagnosis.change_smaller_rate_clip": (
        "learning rate {learning_rate}, gradients clipped to {clip_norm}",
        "学习率 {learning_rate}，梯度裁剪到 {clip_norm}",
    ),
    "diagnosis.change_larger_rate": ("learning rate {learning_rate}", "学习率 {learning_rate}"),
    "diagnosis.change_model": ("the model {model}", "模型 {model}"),
    "diagnosis.change_augment": ("augmentation as in the course", "使用课程中的数据增强"),
    "diagnosis.change_more_images": ("{train_size} training images", "{train_size} 张训练图像"),
    "diagnosis.change_decay": ("weight decay {weight_decay}", "权重衰减 {weight_decay}"),
    "diagnosis.change_more_epochs": ("{epochs} epochs", "{epochs} 轮"),
}
