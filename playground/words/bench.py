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
