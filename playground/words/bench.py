"""Words of the benchmarks that a learner runs."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "bench.batch_size": (
        "The batch size must be a whole number from {least} on, got {got}.",
        "批大小应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.too_many": (
        "{got} is more than is measured here: at most {most}.",
        "{got} 超出了这里测量的上限：最多 {most}。",
    ),
    "bench.budget": (
        "The budget must be a whole number of bytes from {least} on, got {got}.",
        "预算应为不小于 {least} 的整数（字节），收到的是 {got}。",
    ),
    "bench.optimizer": (
        "The optimizer must be one of {names}, got {got}.",
        "优化器应为 {names} 之一，收到的是 {got}。",
    ),
    "bench.unknown": (
        "There is no benchmark {id} here: it has ended long ago, or the server was started again. Measure once more.",
        "这里没有基准测试 {id}：它早已结束，或服务器重新启动过。请再测一次。",
    ),
    "bench.doing_kernels": (
        "Matrix products, convolutions and copies in {dtype} on {device} …",
        "在 {device} 上以 {dtype} 测矩阵乘法、卷积和复制……",
    ),
    "bench.doing_model": ("Your model's step beneath the roof …", "您的模型的一步与上限相比……"),
    "bench.doing_threads": ("The same step with more and fewer threads …", "用不同的线程数运行同一步……"),
    "bench.doing_race": ("CPU against GPU, as the course measures it …", "CPU 与 GPU 对比，按课程的测法……"),
    "bench.race_matmul": (
        "{device} multiplies {size} × {size} matrices in {own}, the CPU in {cpu}: {times} times as fast.",
        "{size} × {size} 矩阵乘法：{device} 用 {own}，CPU 用 {cpu}：速度是 CPU 的 {times} 倍。",
    ),
    "bench.race_matmul_slower": (
        "{device} multiplies {size} × {size} matrices in {own}, the CPU in {cpu}: the CPU is faster "
        "({device} has {times} times its speed).",
        "{size} × {size} 矩阵乘法：{device} 用 {own}，CPU 用 {cpu}：CPU 更快（{device} 的速度只有 CPU 的 {times} 倍）。",
    ),
    "bench.race_step": (
        "A step of your model takes {own} on {device} and {cpu} on the CPU: {times} times as fast.",
        "您的模型的一步在 {device} 上用 {own}，在 CPU 上用 {cpu}：速度是 CPU 的 {times} 倍。",
    ),
    "bench.race_step_slower": (
        "A step of your model takes {own} on {device} and {cpu} on the CPU: its operations are too small for the GPU "
        "({times} times the speed).",
        "您的模型的一步在 {device} 上用 {own}，在 CPU 上用 {cpu}：它的操作对 GPU 来说太小（速度只有 CPU 的 {times} 倍）。",
    ),
    "bench.race_hasty": (
        "Without synchronize() the clock stops after {hasty}, while the device still computes: one would believe that it is "
        "{claimed} times as fast as the CPU. With it: {patient}.",
        "不调用 synchronize() 时，计时在 {hasty} 后就停止，而设备仍在计算：会误以为它的速度是 CPU 的 {claimed} 倍。"
        "调用之后是 {patient}。",
    ),
    "bench.race_busy": (
        "Here the clock says {hasty} without synchronize() and {patient} with it: the calls alone take most of the time.",
        "这里不调用 synchronize() 时为 {hasty}，调用后为 {patient}：大部分时间花在调用本身。",
    ),
    "bench.race_alone": (
        "This machine has no GPU that PyTorch can use, so there is no race. The course's clock on the CPU alone: {first} "
        "for the first product of {size} × {size} matrices, {median} once it is warm.",
        "这台机器没有 PyTorch 可用的 GPU，因此无法对比。只在 CPU 上按课程的方法计时："
        "第一次 {size} × {size} 矩阵乘法用 {first}，预热之后用 {median}。",
    ),
    "bench.race_alone_clock": (
        "On a CPU a call comes back when it is done, so synchronize() changes nothing: {hasty} without it, {patient} with "
        "it. On a GPU the call comes back at once, and without it the clock would tell how fast Python asks.",
        "在 CPU 上，调用返回时计算已经完成，synchronize() 不会改变什么：不调用为 {hasty}，调用为 {patient}。"
        "在 GPU 上，调用会立即返回；不调用它，计时得到的只是 Python 下命令的速度。",
    ),
    "bench.roof_share": (
        "Your model reaches {share} % of what is possible for it here: {speed} of {roof} GFLOP/s.",
        "您的模型达到了它在这里可能达到的 {share} %：{speed} / {roof} GFLOP/s。",
    ),
    "bench.roof_compute": (
        "It does {intensity} operations per byte, more than the {ridge} from which on arithmetic, not memory, sets the "
        "limit.",
        "它每字节做 {intensity} 次运算，超过 {ridge}：从那里起，限制来自算力而不是内存。",
    ),
    "bench.roof_memory": (
        "It does only {intensity} operations per byte, fewer than the {ridge} from which on arithmetic sets the limit: it "
        "waits for memory.",
        "它每字节只做 {intensity} 次运算，低于 {ridge}：它在等内存。",
    ),
    "bench.roof_far_compute": (
        "It does {intensity} operations per byte, so memory (which limits below {ridge}) is not the reason: its operations "
        "are too small or too many to keep the machine busy. A larger batch or wider layers come nearer.",
        "它每字节做 {intensity} 次运算，因此原因不是内存（低于 {ridge} 才受内存限制）：它的操作太小或太多，机器没有忙起来。"
        "更大的批或更宽的层会更接近上限。",
    ),
    "bench.roof_far_memory": (
        "It does only {intensity} operations per byte (from {ridge} on arithmetic would set the limit), and its operations "
        "are too small even for the memory.",
        "它每字节只做 {intensity} 次运算（从 {ridge} 起才受算力限制），而且操作小得连内存也用不满。",
    ),
    "bench.threads_best": (
        "{count} threads are the fastest for it: {times} times as fast as one.",
        "对它来说 {count} 个线程最快：是单线程的 {times} 倍。",
    ),
    "bench.threads_one": (
        "One thread is the fastest for it: more threads cost more to bring together than they save.",
        "对它来说单线程最快：更多线程的协调开销大于收益。",
    ),
    "bench.doing_forecast": ("Forecasting the memory …", "正在预测内存……"),
    "bench.nothing_to_train": (
        "The model has no parameter that could be trained, so a training step does nothing. Add a layer with weights, "
        "such as Linear, or unfreeze one.",
        "模型没有可训练的参数，训练步不会做任何事。请添加带权重的层（例如 Linear），或解冻一层。",
    ),
}
