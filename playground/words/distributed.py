"""Words of runs on several processes."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "config.processes_most": (
        "{processes} processes were asked for; here a run may have at most {most} (this machine gives {cores} cores, and "
        "each process needs one). Use processes = {most} or fewer.",
        "要求了 {processes} 个进程；这里一次训练最多 {most} 个（本机可用 {cores} 个核，每个进程需要一个）。"
        "请使用 processes ≤ {most}。",
    ),
    "config.closure_processes": (
        "LBFGS looks at the loss several times in one step, and its line search would have to agree on all {processes} "
        "processes. Use processes = 1, or another optimizer.",
        "LBFGS 在一步中会多次计算损失，它的线搜索必须在全部 {processes} 个进程上一致。"
        "请使用 processes = 1，或换一个优化器。",
    ),
    "config.code_processes": (
        "A model given as code runs behind walls that allow neither network nor other processes, so it cannot be trained "
        "on {processes} processes. Use processes = 1, or take the script from Code and start it with torchrun.",
        "以代码给出的模型在隔离环境中运行，不允许使用网络和其他进程，因此不能用 {processes} 个进程训练。"
        "请使用 processes = 1，或从“代码”取得脚本并用 torchrun 启动。",
    ),
    "config.processes_batch": (
        "A batch must have an image for each of the {processes} processes: batch_size is {batch_size}, and the last batch "
        "of an epoch has {last} images (0 = a whole batch). Use a larger batch_size, another train_size or fewer processes.",
        "每批必须让 {processes} 个进程各有一张图像：batch_size 为 {batch_size}，每轮最后一批有 {last} 张（0 = 整批）。"
        "请增大 batch_size、改变 train_size 或减少进程。",
    ),
    "config.processes_gpus": (
        "{processes} processes need a GPU each; device {device} has {count}. Use fewer processes, or device = cpu.",
        "{processes} 个进程各需要一块 GPU；设备 {device} 只有 {count} 块。请减少进程，或使用 device = cpu。",
    ),
    "config.processes_torchrun": (
        "torchrun has started {size} processes, but processes = {processes} was asked for. Leave --processes out.",
        "torchrun 启动了 {size} 个进程，但要求的是 processes = {processes}。请去掉 --processes。",
    ),
    "processes.died": (
        "Process {rank} died ({how}), after {restarts} restarts from the last checkpoint. Its last words are in the "
        "server's log. Try fewer processes or a smaller batch: each process needs memory of its own.",
        "进程 {rank} 已终止（{how}），此前已从检查点重启 {restarts} 次。它最后的输出在服务器日志中。"
        "请减少进程或减小批大小：每个进程都需要自己的内存。",
    ),
}
