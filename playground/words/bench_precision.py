"""Words of the benchmarks of precision, loss scaling and gradient accumulation."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.dtype": ("dtype", "dtype 数据类型"),
    "bench.steps": (
        "The number of steps must be a whole number from {least} on, got {got}.",
        "步数应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.width": (
        "The width must be a whole number from {least} on, got {got}.",
        "宽度应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.number": (
        "{got} is not a number. Type one such as 0.1, 1e-8, 65520 or 2**-14.",
        "{got} 不是数字。请输入例如 0.1、1e-8、65520 或 2**-14 的数。",
    ),
    # What is being done
    "bench.precision_first": ("First steps in {precision}", "{precision} 的最初几步"),
    "bench.precision_operations": ("Each operation against float64", "逐个运算与 float64 对比"),
    "bench.precision_rounds": ("All precisions in turns, round {round}", "各精度轮流测量，第 {round} 轮"),
    "bench.precision_cell": ("Batch {batch}, width {width}", "批大小 {batch}，宽度 {width}"),
    # Why there is no figure
    "bench.precision_refused": (
        "PyTorch does not run this model in {precision} here: {reason}",
        "PyTorch 在这里不能以 {precision} 运行该模型，原文（英文）：{reason}",
    ),
    "bench.precision_too_slow": (
        "One step in {precision} would take about {seconds:.1f} s, by a step with fewer samples; it has {share:.1f} s here. "
        "Take a smaller batch, or give it more time.",
        "按较少样本的一步推算，{precision} 的一步约需 {seconds:.1f} 秒，而这里只有 {share:.1f} 秒。"
        "请减小批大小，或给更多时间。",
    ),
    # Who wins
    "bench.precision_fp32_wins": (
        "Stay with fp32: {milliseconds:.1f} ms a step, and no lower precision is clearly faster here.",
        "请使用 fp32：每步 {milliseconds:.1f} 毫秒，这里没有明显更快的低精度。",
    ),
    "bench.precision_wins_much_faster": (
        "{precision} is much faster: {speedup:.2f} times as fast as fp32, "
        "{milliseconds:.1f} ms a step instead of {base:.1f} ms.",
        "{precision} 快得多：速度是 fp32 的 {speedup:.2f} 倍，每步 {milliseconds:.1f} 毫秒，而不是 {base:.1f} 毫秒。",
    ),
    "bench.precision_wins_faster": (
        "{precision} is faster: {speedup:.2f} times as fast as fp32, {milliseconds:.1f} ms a step instead of {base:.1f} ms.",
        "{precision} 更快：速度是 fp32 的 {speedup:.2f} 倍，每步 {milliseconds:.1f} 毫秒，而不是 {base:.1f} 毫秒。",
    ),
    "bench.precision_much_faster": (
        "{precision} is much faster than fp32, too: {factor:.2f} times as fast ({milliseconds:.1f} ms a step).",
        "{precision} 也比 fp32 快得多：{factor:.2f} 倍（每步 {milliseconds:.1f} 毫秒）。",
    ),
    "bench.precision_faster": (
        "{precision} is faster than fp32, too: {factor:.2f} times as fast ({milliseconds:.1f} ms a step).",
        "{precision} 也比 fp32 快：{factor:.2f} 倍（每步 {milliseconds:.1f} 毫秒）。",
    ),
    "bench.precision_same": (
        "{precision} makes no clear difference: {milliseconds:.1f} ms a step, a factor of {factor:.2f}.",
        "{precision} 没有明显差别：每步 {milliseconds:.1f} 毫秒，相差 {factor:.2f} 倍。",
    ),
    "bench.precision_slower": (
        "{precision} is slower than fp32: a step takes {factor:.2f} times as long ({milliseconds:.1f} ms).",
        "{precision} 比 fp32 慢：一步的时间是它的 {factor:.2f} 倍（{milliseconds:.1f} 毫秒）。",
    ),
    "bench.precision_much_slower": (
        "{precision} is much slower than fp32: a step takes {factor:.2f} times as long ({milliseconds:.1f} ms).",
        "{precision} 比 fp32 慢得多：一步的时间是它的 {factor:.2f} 倍（{milliseconds:.1f} 毫秒）。",
    ),
    # Why
    "bench.precision_products": (
        "In fp32, {percent:.0f} % of the time of operations goes into matrix products and convolutions: only these have "
        "units for lower precisions.",
        "在 fp32 中，运算时间的 {percent:.0f} % 用于矩阵乘法和卷积：只有它们有低精度的计算单元。",
    ),
    "bench.precision_overhead": (
        "{percent:.0f} % of a step's time lies outside of the operations of the two passes: Python, autograd and the "
        "optimizer, which no lower precision makes faster.",
        "一步的时间中有 {percent:.0f} % 不在前向和反向的运算中，而在 Python、自动求导和优化器中，低精度不会使它们变快。",
    ),
    "bench.precision_no_units": (
        "This device has no {precision} units, so {precision} is emulated.",
        "该设备没有 {precision} 计算单元，{precision} 只能靠模拟。",
    ),
    "bench.precision_units": ("This device has {precision} units.", "该设备有 {precision} 计算单元。"),
    "bench.precision_products_faster": (
        "Matrix products and convolutions take {milliseconds:.1f} ms in {precision} and {base:.1f} ms in fp32.",
        "矩阵乘法和卷积在 {precision} 中用 {milliseconds:.1f} 毫秒，在 fp32 中用 {base:.1f} 毫秒。",
    ),
    "bench.precision_products_same": (
        "Matrix products and convolutions gain nothing: {milliseconds:.1f} ms in {precision}, {base:.1f} ms in fp32.",
        "矩阵乘法和卷积没有变快：在 {precision} 中 {milliseconds:.1f} 毫秒，在 fp32 中 {base:.1f} 毫秒。",
    ),
    "bench.precision_products_slower": (
        "Matrix products and convolutions get slower: {milliseconds:.1f} ms in {precision}, {base:.1f} ms in fp32.",
        "矩阵乘法和卷积反而变慢：在 {precision} 中 {milliseconds:.1f} 毫秒，在 fp32 中 {base:.1f} 毫秒。",
    ),
    "bench.precision_casts": (
        "{percent:.0f} % of the operations' time in {precision} ({milliseconds:.2f} ms) goes into casts (_to_copy), which "
        "fp32 does not need.",
        "{precision} 的运算时间有 {percent:.0f} %（{milliseconds:.2f} 毫秒）用于类型转换（_to_copy），fp32 不需要它们。",
    ),
    "bench.precision_saved_less": (
        "Autograd saves {mebibytes:.1f} MiB for the backward pass in {precision}, and {base:.1f} MiB in fp32.",
        "autograd 为反向传播保存的内存：{precision} 为 {mebibytes:.1f} MiB，fp32 为 {base:.1f} MiB。",
    ),
    "bench.precision_saved_more": (
        "Autograd saves more in {precision}: {mebibytes:.1f} MiB for the backward pass instead of {base:.1f} MiB.",
        "{precision} 中 autograd 保存得更多：反向传播需要 {mebibytes:.1f} MiB，而不是 {base:.1f} MiB。",
    ),
    "bench.precision_weight_copies": (
        "{mebibytes:.1f} MiB of that are copies of the weights in {precision}: autocast casts them in each pass, and "
        "autograd keeps the copies.",
        "其中 {mebibytes:.1f} MiB 是权重的 {precision} 副本：autocast 每次前向都会转换权重，而 autograd 会保存这些副本。",
    ),
    "bench.precision_cut_short": (
        "{precision} was measured briefly, so that it does not take the time of the others: {repetitions} repetitions, "
        "{steps} steps of training.",
        "为了不占用其他精度的时间，{precision} 只做了简短的测量：重复 {repetitions} 次，训练 {steps} 步。",
    ),
    "bench.precision_skipped": (
        "In {precision} the GradScaler skipped {skipped} of {steps} steps, whose gradients had overflowed: its first scale "
        "was too large, and it halves it until the gradients fit.",
        "在 {precision} 中，GradScaler 跳过了 {steps} 步中的 {skipped} 步，因为梯度溢出：初始缩放因子太大，"
        "它会一直减半，直到梯度不再溢出。",
    ),
    "bench.sweep_nowhere": (
        "bf16 pays at none of these sizes.",
        "在这些大小下，bf16 都不划算。",
    ),
    "bench.sweep_everywhere": ("bf16 pays at all of these sizes.", "在所有这些大小下，bf16 都划算。"),
    "bench.sweep_from": (
        "At width {width} bf16 pays from a batch of {batch} on.",
        "宽度为 {width} 时，bf16 从批大小 {batch} 起划算。",
    ),
    "bench.sweep_not_at": ("At width {width} bf16 does not pay.", "宽度为 {width} 时，bf16 不划算。"),
    "bench.sweep_best": (
        "At best, with batch {batch} and width {width}, it is {speedup:.2f} times as fast as fp32.",
        "最好的情况是批大小 {batch}、宽度 {width}：速度是 fp32 的 {speedup:.2f} 倍。",
    ),
    "bench.sweep_worst": (
        "At worst, with batch {batch} and width {width}, it is {speedup:.2f} times as fast as fp32.",
        "最差的情况是批大小 {batch}、宽度 {width}：速度是 fp32 的 {speedup:.2f} 倍。",
    ),
}
