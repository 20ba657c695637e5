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
        "A batch must have an image for each of the {processes} processes. Here batch_size is {batch_size}, and the number "
        "of images in the last batch of an epoch is {last}. Use a larger batch_size, another train_size or fewer processes.",
        "每批必须让 {processes} 个进程各有一张图像。这里 batch_size 为 {batch_size}，每轮最后一批的图像数为 {last}。"
        "请增大 batch_size、改变 train_size 或减少进程。",
    ),
    "config.one_image_processes": (
        "BatchNorm needs at least two images on every process; with batch_size {batch_size}, train_size {train_size} and "
        "{processes} processes one of them gets a single image of a batch. Let every batch, the last one of an epoch, too, "
        "have {least} images or more, or use fewer processes.",
        "BatchNorm 要求每个进程至少有两张图像；batch_size 为 {batch_size}、train_size 为 {train_size}、进程数为 "
        "{processes} 时，有一个进程在某一批中只分到一张。请让每批（包括每轮最后一批）至少有 {least} 张，或减少进程。",
    ),
    "config.processes_gpus": (
        "{processes} processes need a GPU each; device {device} has {count}. Use fewer processes, or device = cpu.",
        "{processes} 个进程各需要一块 GPU；设备 {device} 只有 {count} 块。请减少进程，或使用 device = cpu。",
    ),
    "config.processes_torchrun": (
        "torchrun has started {size} processes, but processes = {processes} was asked for. Leave --processes out.",
        "torchrun 启动了 {size} 个进程，但要求的是 processes = {processes}。请去掉 --processes。",
    ),
    "config.sharding_processes": (
        "sharding = {sharding} cuts the network into a shard for each process, and processes is 1. Use processes = 2 or "
        "more, or sharding = none.",
        "sharding = {sharding} 会把网络切分给各个进程，而 processes 为 1。请使用 processes ≥ 2，或 sharding = none。",
    ),
    "topic.sharding": ("sharding", "切分方式"),
    "control.sharding": ("Sharding", "切分"),
    "control.sharding_help": (
        "with 2 processes or more: what of the network each of them holds",
        "需 2 个或更多进程：每个进程保存网络的哪些部分",
    ),
    "sharding.none": ("none: a whole copy each (DDP)", "无：各存一份完整副本（DDP）"),
    "sharding.fully_shard": ("fully_shard: a shard each (FSDP2)", "fully_shard：各存一个分片（FSDP2）"),
    "control.processes": ("Processes", "进程数"),
    "control.processes_help": ("share each batch; one per core", "分担每一批；每核一个"),
    "processes.title": ("Processes", "进程"),
    "processes.help": (
        "Each process has its own copy of the network and takes its share of every batch. DDP adds up their gradients "
        "(all-reduce), so that all make the same update. Process 0 evaluates, saves and tells.",
        "每个进程都有一份网络副本，并分担每一批中的一部分。DDP 把它们的梯度相加（all-reduce），"
        "因此所有进程做同样的更新。由 0 号进程评估、保存并汇报。",
    ),
    "processes.help_sharded": (
        "Each process has a shard of every parameter, of its gradient and of the optimizer's state, and takes its share of "
        "every batch (FSDP2, fully_shard). A layer is gathered where it computes (all-gather) and freed again; the "
        "gradients are added up, and each process gets those of its shard (reduce-scatter). Process 0 gathers a whole copy "
        "to evaluate, save and tell; the gradient monitor needs sharding = none.",
        "每个进程保存每个参数、其梯度和优化器状态的一个分片，并分担每一批中的一部分（FSDP2，fully_shard）。"
        "某层计算时才收集它（all-gather），随后释放；梯度相加后，每个进程只得到自己分片的那部分（reduce-scatter）。"
        "0 号进程收集一份完整副本，用于评估、保存和汇报；梯度监测需要 sharding = none。",
    ),
    "processes.table": ("The processes of this run", "本次训练的进程"),
    "processes.column_rank": ("Rank", "编号"),
    "processes.column_pid": ("PID", "PID"),
    "processes.column_device": ("Device", "设备"),
    "processes.column_threads": ("Threads", "线程"),
    "processes.column_parameters": ("Parameters it holds", "保存的参数"),
    "processes.column_images": ("Images per step", "每步图像数"),
    "processes.column_indices": ("First images it sees", "最先看到的图像"),
    "processes.summary": (
        "{count} processes over {backend} · {size} of gradients per step",
        "{count} 个进程，通过 {backend} · 每步梯度 {size}",
    ),
    "processes.summary_sharded": (
        "{count} processes over {backend}, FSDP · {share} of the {total} parameters each",
        "{count} 个进程，通过 {backend}，FSDP · 各保存 {total} 个参数中的 {share}",
    ),
    "processes.summary_time": (" in {time}", "，用时 {time}"),
    "processes.summary_restarts": (" · restarts: {count}", " · 重启 {count} 次"),
    "processes.lost": (
        "Process {rank} (PID {pid}) died ({how}); restarts left: {left}.",
        "进程 {rank}（PID {pid}）已终止（{how}）；剩余重启次数：{left}。",
    ),
    "processes.again": (
        " All began anew from the last checkpoint, with step {step}.",
        "全部进程已从最近的检查点重新开始，从第 {step} 步继续。",
    ),
    "processes.fact_ranks": ("Among the processes", "进程之间"),
    "processes.fact_one": ("Against one process", "与单进程相比"),
    "processes.fact_traffic": ("All-reduce", "All-reduce"),
    "processes.fact_exchange": ("All-gather, reduce-scatter", "收集与分发"),
    "processes.fact_memory": ("Memory between steps", "两步之间的内存"),
    "processes.fact_speed": ("Speed", "速度"),
    "processes.ranks_equal": (
        "At step {step} every gradient and every weight is the same number on all processes, to the last bit.",
        "第 {step} 步，所有进程上的每个梯度和每个权重都逐位相同。",
    ),
    "processes.ranks_sharded": (
        "No number lies on two processes: their shards together are all {total} parameters.",
        "没有任何一个数同时存于两个进程：各分片合起来就是全部 {total} 个参数。",
    ),
    "processes.ranks_differ": (
        "At step {step} the processes differ by at most {gradient} in a gradient and {weight} in a weight. They should not: "
        "the next steps will tell whether it grows.",
        "第 {step} 步，各进程的梯度最多相差 {gradient}，权重最多相差 {weight}。本不应如此：接下来的步骤会显示差异是否扩大。",
    ),
    "processes.one_equal": (
        "On the first batch no gradient is further than {difference} from what one process computes from the whole batch "
        "(the largest is {largest}): only the order of adding differs.",
        "在第一批上，梯度与单进程用整批计算的结果最多相差 {difference}（最大梯度为 {largest}）：差别只来自相加的顺序。",
    ),
    "processes.one_differs": (
        "On the first batch the gradients differ by up to {difference} from what one process computes from the whole batch "
        "(the largest is {largest}).",
        "在第一批上，梯度与单进程用整批计算的结果最多相差 {difference}（最大梯度为 {largest}）。",
    ),
    "processes.reason_batch_norm": (
        "BatchNorm takes mean and deviation of the images that its own process sees, a batch of 1/{count} of the size. "
        "SyncBatchNorm would share them, on GPUs alone.",
        "BatchNorm 只用自己进程看到的图像计算均值和标准差，即 1/{count} 大小的批。SyncBatchNorm 可以共享它们，但仅限 GPU。",
    ),
    "processes.reason_dropout": (
        "Dropout leaves out other numbers: each process draws its own.",
        "Dropout 舍弃的数不同：每个进程各自抽取。",
    ),
    "processes.reason_precision": (
        "The lower precision rounds each process's part before they are added.",
        "较低的精度会在相加之前对各进程的部分做舍入。",
    ),
    "processes.traffic": (
        "Step {step}: {size} (buckets: {buckets}), {time} from the first bucket that was ready to the last that was summed, "
        "while backward went on; the step took {whole}.",
        "第 {step} 步：{size}（桶数：{buckets}）；从第一个桶就绪到最后一个求和完成用时 {time}，与反向传播同时进行；"
        "整步用时 {whole}。",
    ),
    "processes.traffic_alone": (
        " With nothing else to do, it takes {time}.",
        "单独进行时用时 {time}。",
    ),
    "processes.exchange": (
        "Step {step}: {gathered} gathered (all-gather: {gathers} calls, {gather_time}), {scattered} of gradients scattered "
        "(reduce-scatter: {scatters} calls, {scatter_time}); the step took {whole}.",
        "第 {step} 步：收集 {gathered}（all-gather {gathers} 次，用时 {gather_time}），"
        "分发梯度 {scattered}（reduce-scatter {scatters} 次，用时 {scatter_time}）；整步用时 {whole}。",
    ),
    "processes.memory": (
        "Process {rank}: {parameters} of weights, {gradients} of gradients, {optimizer} of optimizer state.",
        "进程 {rank}：权重 {parameters}，梯度 {gradients}，优化器状态 {optimizer}。",
    ),
    "processes.memory_whole": (
        "Process 0 has {size} more: the whole copy that it evaluates.",
        "0 号进程另有 {size}：用于评估的完整副本。",
    ),
    "processes.faster": (
        "Tried before the first step: {alone} for one process (threads: {threads}), {together} for {count} processes. "
        "That is {speedup} times as fast, {share} of what {count} processes could give.",
        "第一步之前试过：单进程 {threads} 线程一步用时 {alone}，{count} 个进程用时 {together}。"
        "速度是 {speedup} 倍，为 {count} 个进程理想值的 {share}。",
    ),
    "processes.slower": (
        "Tried before the first step: {alone} for one process (threads: {threads}), {together} for {count} processes. "
        "That is only {speedup} times as fast: the batch is too small, or the threads of one process keep all cores busy.",
        "第一步之前试过：单进程 {threads} 线程一步用时 {alone}，{count} 个进程用时 {together}：速度仅为 {speedup} 倍。"
        "批太小，或单进程的线程已占满各核。",
    ),
    "train.processes": ("{count} processes over {backend}, PIDs {pids}", "{count} 个进程，通过 {backend}，PID {pids}"),
    "train.processes_sharded": (
        "FSDP (fully_shard): {count} shards, of {shares} parameters",
        "FSDP（fully_shard）：{count} 个分片，参数个数为 {shares}",
    ),
    "train.processes_trial": (
        "Tried first: {speedup:.2f} times as fast as one process; the gradients differ by up to {gradient_difference:.2g}",
        "事先试过：速度是单进程的 {speedup:.2f} 倍；梯度与单进程最多相差 {gradient_difference:.2g}",
    ),
    "processes.died": (
        "Process {rank} died ({how}), after {restarts} restarts from the last checkpoint. Its last words are in the "
        "server's log. Try fewer processes or a smaller batch: each process needs memory of its own.",
        "进程 {rank} 已终止（{how}），此前已从检查点重启 {restarts} 次。它最后的输出在服务器日志中。"
        "请减少进程或减小批大小：每个进程都需要自己的内存。",
    ),
}
