"""Words of snapshots, forks and the live learning rate."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "snapshot.missing": (
        "There is no snapshot of step {step} any more. There are snapshots of the steps: {steps}. Choose one of them.",
        "第 {step} 步的快照已不存在。现有快照的步数：{steps}。请选择其中之一。",
    ),
    "snapshot.none": (
        "This run has kept no snapshots, so there is nothing to go back to. Start a new run: it keeps them.",
        "这次训练没有保存快照，因此无法回到过去。请重新开始一次训练：新的训练会保存快照。",
    ),
    "snapshot.step": (
        "`step` must be the number of a step of which there is a snapshot, got {got}. There are: {steps}.",
        "`step` 应为有快照的步数，收到的是 {got}。现有：{steps}。",
    ),
    "snapshot.nothing_left": (
        "This snapshot has {epochs} epochs behind it and the settings want {wanted}: nothing is left to train. "
        "Choose more epochs, or an earlier snapshot.",
        "该快照已训练 {epochs} 轮，而设置要求 {wanted} 轮：没有可训练的了。请增加轮数，或选择更早的快照。",
    ),
    "snapshot.fixed": (
        "A fork goes on with the model, the images and the seed of its run; these differ: {names}. "
        "Set them back, or start a new run.",
        "分叉沿用原训练的模型、图像和随机种子；以下设置不同：{names}。请改回，或重新开始一次训练。",
    ),
    "snapshot.processes": (
        "A fork trains in one process; {processes} were asked for. Choose 1.",
        "分叉只在一个进程中训练；要求的是 {processes} 个。请选择 1。",
    ),
    "snapshot.changes": (
        "The changed settings of a fork must be an object of names and values, got {got}.",
        "分叉中更改的设置应为由名称和值组成的对象，收到的是 {got}。",
    ),
    "rate.not_going": (
        "The learning rate can be changed while a run trains or is paused; this one is not going.",
        "只有在训练进行中或暂停时才能更改学习率；这次训练没有在进行。",
    ),
}
