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
    "rate.processes": (
        "This run has {processes} processes: its learning rate cannot be changed while it goes. Stop it and start anew.",
        "这次训练使用 {processes} 个进程，运行中不能更改学习率。请停止后重新开始。",
    ),
    "rate.not_going": (
        "The learning rate can be changed while a run trains or is paused; this one is not going.",
        "只有在训练进行中或暂停时才能更改学习率；这次训练没有在进行。",
    ),
    "time_travel.label": ("Time travel", "时间旅行"),
    "time_travel.slider": ("Snapshots of this run; arrow keys go from one to the next", "这次训练的快照；方向键逐个切换"),
    "time_travel.fork": ("Fork from here", "从这里分叉"),
    "time_travel.fork_help": (
        "A new run goes on from this snapshot with the settings beside; its model, images and seed stay",
        "新的训练从该快照继续，使用旁边的设置；模型、图像和随机种子不变",
    ),
    "time_travel.draw": ("Draw with this snapshot", "用该快照识别手写"),
    "time_travel.draw_help": (
        "Write a digit and see what the network of that moment reads",
        "写一个数字，看那一刻的网络如何识别",
    ),
    "time_travel.go_on": ("Continue", "继续训练"),
    "time_travel.go_on_from": ("Continue from step {step}", "从第 {step} 步继续训练"),
    "time_travel.go_on_help": (
        "A new run goes on from the last snapshot with the same settings",
        "新的训练从最后的快照以相同设置继续",
    ),
    "time_travel.rate": ("Learning rate now", "当前学习率"),
    "time_travel.rate_help": (
        "The next step uses it; the schedule's later values are scaled by the same factor",
        "下一步起使用；学习率计划之后的值按同样的倍数缩放",
    ),
    "time_travel.set": ("Set", "设置"),
    "time_travel.step": ("step {step}", "第 {step} 步"),
    "time_travel.reading": (
        "After step {step} (epoch {epochs}): loss {loss}, accuracy {accuracy}, next learning rate {rate}",
        "第 {step} 步之后（第 {epochs} 轮）：损失 {loss}，准确率 {accuracy}，下一步学习率 {rate}",
    ),
    "time_travel.waiting": ("The first snapshot is kept when training begins.", "训练开始时保存第一个快照。"),
    "time_travel.none": (
        "This run has no snapshots, so there is nothing to go back to.",
        "这次训练没有快照，无法回到过去。",
    ),
    "time_travel.none_processes": (
        "A run on several processes keeps no snapshots and no live learning rate: for those, train in one process.",
        "多进程训练不保存快照，也不能实时更改学习率；需要这些时请用单进程训练。",
    ),
    "time_travel.example": (
        "Start a run of your own: then you can drag along its curve and go back.",
        "开始一次自己的训练，就可以沿曲线拖动并回到过去。",
    ),
    "time_travel.origin": (
        "Goes on from step {step} of another run, whose curve is violet. Changed: {changes}.",
        "从另一次训练的第 {step} 步继续，其曲线为紫色。更改：{changes}。",
    ),
    "time_travel.origin_same": (
        "Goes on from step {step} of another run, whose curve is violet, with the same settings.",
        "从另一次训练的第 {step} 步继续，其曲线为紫色，设置相同。",
    ),
    "time_travel.origin_gone": (
        "Goes on from step {step} of a run that has been deleted.",
        "从一次已删除的训练的第 {step} 步继续。",
    ),
    "time_travel.differs": ("A fork would change: {changes}.", "分叉将更改：{changes}。"),
    "time_travel.same": (
        "The settings beside are those of this run. Change some of them to fork with others.",
        "旁边的设置与这次训练相同。更改其中一些，即可用不同设置分叉。",
    ),
    "time_travel.kept": ("Stays as in this run, whatever is chosen: {names}.", "无论如何选择都与这次训练相同：{names}。"),
    "time_travel.stops": (
        "The run that is going will be stopped; you can continue it later.",
        "正在进行的训练将被停止；之后可以继续。",
    ),
    "time_travel.comma": (", ", "，"),
    "time_travel.mark": ("rate {rate}", "学习率 {rate}"),
    "time_travel.rate_asked": ("The next step uses the learning rate {rate}.", "下一步将使用学习率 {rate}。"),
    "time_travel.rate_changed": (
        "From step {step} on the learning rate is {factor} times the schedule's: {rate}.",
        "从第 {step} 步起，学习率为计划值的 {factor} 倍：{rate}。",
    ),
    "time_travel.snapshots_ended": (
        "No snapshots are kept from step {step} on ({problem}); the training goes on.",
        "从第 {step} 步起不再保存快照（{problem}）；训练继续进行。",
    ),
    "draw.snapshot": ("{model} of {when}, after step {step}", "{when} 的 {model}，第 {step} 步之后"),
}
