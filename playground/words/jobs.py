"""Words of jobs: the queue, and the ways in which a job ends."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.job": ("kind of job", "任务类型"),
    "job.own_full": (
        "You already have {count} jobs running or waiting. Stop one of them first.",
        "您已有 {count} 个任务正在运行或排队。请先停止其中一个。",
    ),
    "job.queue_full": (
        "{count} jobs are waiting already and the queue is full. Try again in a minute.",
        "已有 {count} 个任务在排队，队列已满。请一分钟后再试。",
    ),
    "job.time": (
        "Ended at the time limit of {seconds:,} seconds. The weights trained so far are kept; use fewer epochs.",
        "已达到 {seconds:,} 秒的时间上限并结束。已训练的权重已保留；请减少轮数。",
    ),
    "job.memory": (
        "The job needed more memory than the {megabytes:,} MiB it may add. Use a smaller batch or a narrower model.",
        "任务所需内存超过了允许增加的 {megabytes:,} MiB。请减小批大小或把模型改窄。",
    ),
    "job.killed": (
        "The process was ended from outside ({signal}), perhaps because the machine ran out of memory. "
        "What was saved until then is kept; start again, with a smaller batch if it happens twice.",
        "进程被外部终止（{signal}），可能是机器内存不足。此前保存的内容仍在；请重新开始，若再次发生请减小批大小。",
    ),
    "job.died": (
        "The process ended unexpectedly (exit code {code}). What was saved until then is kept; start again.",
        "进程意外结束（退出码 {code}）。此前保存的内容仍在；请重新开始。",
    ),
    "job.start": (
        "The job could not be started: {reason}. Try again.",
        "任务无法启动：{reason}。请重试。",
    ),
    "job.nested": (
        "What was sent is nested too deeply: hundreds of lists within lists. Send fewer levels.",
        "发送的内容嵌套过深：列表套列表达数百层。请减少层数。",
    ),
    "run.unknown": (
        "There is no run {run_id}. It may have been deleted; start a new one.",
        "没有编号为 {run_id} 的训练。它可能已被删除；请重新开始。",
    ),
    "run.interrupted": (
        "The process that trained this run ended in the middle of it (a restart, a kill). What was saved until then "
        "is kept: continue it, or start again.",
        "训练进程在中途结束了（重新启动或被终止）。此前保存的内容仍在；请继续训练，或重新开始。",
    ),
    "run.locked": (
        "Another server uses the runs in {folder}. Stop it, or give this one a folder of its own with PLAYGROUND_HOME.",
        "另一个服务器正在使用 {folder} 中的训练记录。请停止它，或用 PLAYGROUND_HOME 为本服务器指定单独的文件夹。",
    ),
    "run.no_weights": (
        "This run has no weights: they are saved after its first seconds of training.",
        "这次训练没有权重：训练几秒之后才会保存。",
    ),
    "run.stopped": ("It was stopped before it was done.", "它在完成之前被停止了。"),
    "run.since": (
        "`since` must be a whole number from 0, got {got}.",
        "`since` 应为从 0 开始的整数，收到的是 {got}。",
    ),
    "job.answer": (
        "The answer would have {megabytes:,} MiB; at most {limit} are sent. Make names and values shorter.",
        "结果有 {megabytes:,} MiB，最多发送 {limit} MiB。请缩短名称和数值。",
    ),
    "job.standing": ("Many are asking at once. Try again in a moment.", "同时提问的人很多，请稍后再试。"),
}
