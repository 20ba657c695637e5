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
    "bench.precision_cell": (
        "{precision}: batch {batch}, width × {width}",
        "{precision}：批大小 {batch}，宽度 × {width}",
    ),
    # Why there is no figure
    "bench.precision_refused": (
        "PyTorch does not run this model in {precision} here: {reason}",
        "PyTorch 在这里不能以 {precision} 运行该模型，原文（英文）：{reason}",
    ),
    "bench.precision_too_slow": (
        "One step in {precision} would take about {seconds:.1f} s, by a step with fewer samples, and three are needed; it "
        "has {share:.1f} s here. Take a smaller batch, or give it more time.",
        "按较少样本的一步推算，{precision} 的一步约需 {seconds:.1f} 秒，而测量需要三步；这里只有 {share:.1f} 秒。"
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
    "bench.precision_held": (
        "With {speedup:.2f} times the speed of fp32, {precision} lies at the border of two classes; it stays in that in "
        "which it was when the same was measured before.",
        "{precision} 的速度是 fp32 的 {speedup:.2f} 倍，处于两个等级的边界；沿用上一次同样测量时的等级。",
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
        "Autograd saves {megabytes:.1f} MB for the backward pass in {precision}, and {base:.1f} MB in fp32.",
        "autograd 为反向传播保存的内存：{precision} 为 {megabytes:.1f} MB，fp32 为 {base:.1f} MB。",
    ),
    "bench.precision_saved_more": (
        "Autograd saves more in {precision}: {megabytes:.1f} MB for the backward pass instead of {base:.1f} MB.",
        "{precision} 中 autograd 保存得更多：反向传播需要 {megabytes:.1f} MB，而不是 {base:.1f} MB。",
    ),
    "bench.precision_weight_copies": (
        "{megabytes:.1f} MB of that are copies of the weights in {precision}: autocast casts them in each pass, and "
        "autograd keeps the copies.",
        "其中 {megabytes:.1f} MB 是权重的 {precision} 副本：autocast 每次前向都会转换权重，而 autograd 会保存这些副本。",
    ),
    "bench.precision_few_samples": (
        "{precision} was measured with {samples} samples only, so that it does not take the time of the others: a step "
        "takes {factor:.2f} times as long as in fp32.",
        "为了不占用其他精度的时间，{precision} 只用 {samples} 个样本测量：一步的时间是 fp32 的 {factor:.2f} 倍。",
    ),
    "bench.precision_cut_short": (
        "{precision} was measured briefly, so that it does not take the time of the others: repeated {repetitions} times, "
        "trained for {steps} steps.",
        "为了不占用其他精度的时间，{precision} 只做了简短的测量：重复 {repetitions} 次，训练 {steps} 步。",
    ),
    "bench.precision_skipped": (
        "In {precision} the GradScaler skipped {skipped} of {steps} steps, whose gradients had overflowed: its first scale "
        "was too large, and it halves it until the gradients fit.",
        "在 {precision} 中，GradScaler 跳过了 {steps} 步中的 {skipped} 步，因为梯度溢出：初始缩放因子太大，"
        "它会一直减半，直到梯度不再溢出。",
    ),
    "bench.sweep_turn": ("Batch {batch}, width × {width}: turn {turn}", "批大小 {batch}，宽度 × {width}：第 {turn} 轮"),
    "bench.sweep_nothing": (
        "Not one step of this model fits into the {seconds:g} s that are there. Take a smaller batch or a smaller model.",
        "在可用的 {seconds:g} 秒内，该模型一步也做不完。请减小批大小或模型。",
    ),
    "bench.sweep_too_slow": (
        "left out: a step would take about {seconds:.1f} s",
        "未测量：一步约需 {seconds:.1f} 秒",
    ),
    "bench.sweep_nowhere": (
        "{precision} pays nowhere here: at best, with a batch of {batch} and width × {width}, it has {speedup:.2f} times "
        "the speed of fp32.",
        "{precision} 在这里都不划算：最好的情况是批大小 {batch}、宽度 × {width}，速度为 fp32 的 {speedup:.2f} 倍。",
    ),
    "bench.sweep_everywhere": (
        "{precision} pays at all of these sizes: it has {least:.2f} to {speedup:.2f} times the speed of fp32, most with a "
        "batch of {batch} and width × {width}.",
        "{precision} 在所有这些大小下都划算：速度是 fp32 的 {least:.2f} 到 {speedup:.2f} 倍，"
        "批大小 {batch}、宽度 × {width} 时最快。",
    ),
    "bench.sweep_from": (
        "{precision} pays from a batch of {batch} on at width × {width}.",
        "宽度 × {width} 时，{precision} 从批大小 {batch} 起划算。",
    ),
    "bench.sweep_only_at": (
        "At width × {width}, {precision} pays at some batch sizes only: {batches}.",
        "宽度 × {width} 时，{precision} 只在部分批大小下划算：{batches}。",
    ),
    "bench.sweep_not_at": (
        "At width × {width}, {precision} does not pay.",
        "宽度 × {width} 时，{precision} 不划算。",
    ),
    "bench.sweep_best": (
        "At best, with a batch of {batch} and width × {width}, {precision} has {speedup:.2f} times the speed of fp32.",
        "最好的情况是批大小 {batch}、宽度 × {width}：{precision} 的速度是 fp32 的 {speedup:.2f} 倍。",
    ),
    "bench.sweep_worst": (
        "At worst, with a batch of {batch} and width × {width}, {precision} has {speedup:.2f} times the speed of fp32.",
        "最差的情况是批大小 {batch}、宽度 × {width}：{precision} 的速度是 fp32 的 {speedup:.2f} 倍。",
    ),
    "bench.sweep_none": (
        "{precision} could be measured at none of these sizes.",
        "在这些大小下都未能测量 {precision}。",
    ),
    "bench.sweep_left_out": (
        "{count} of {total} sizes were left out in {precision}, so that they do not take the time of the others: a step "
        "would take up to {seconds:.1f} s.",
        "为了不占用其他测量的时间，{precision} 的 {total} 个大小中有 {count} 个未测量：一步最多约需 {seconds:.1f} 秒。",
    ),
    "bench.sweep_without_units": (
        "That was to be expected: this device has no {precision} units, so {precision} is emulated.",
        "这在预料之中：该设备没有 {precision} 计算单元，{precision} 只能靠模拟。",
    ),
    "bench.sweep_against_units": (
        "That was not to be expected: this device has no {precision} units, so {precision} is emulated.",
        "这出乎预料：该设备没有 {precision} 计算单元，{precision} 只能靠模拟。",
    ),
    "bench.sweep_units_unused": (
        "The device has {precision} units, but steps of these sizes gain too little from them. Precision shows, operation "
        "by operation, where their time goes.",
        "该设备有 {precision} 计算单元，但这些大小的训练步从中获益太少。“精度”会逐个操作显示时间花在哪里。",
    ),
    # Gradient accumulation
    "bench.micro_batches": (
        "The numbers of micro-batches must be a list such as [1, 2, 4, 8], got {got}.",
        "微批数量应为列表，例如 [1, 2, 4, 8]，收到的是 {got}。",
    ),
    "bench.micro_batch": (
        "A number of micro-batches must be a whole number from {least} on, got {got}.",
        "微批数量应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.micro_batches_many": (
        "{samples} samples cannot be cut into {got} micro-batches. Take a larger batch, or fewer micro-batches.",
        "{samples} 个样本不能分成 {got} 个微批。请增大批大小，或减少微批数量。",
    ),
    "bench.accumulation_gradient": ("{micro_batches} micro-batches", "{micro_batches} 个微批"),
    "bench.accumulation_traps": ("The traps", "常见陷阱"),
    "bench.accumulation_times": ("Times, in turns", "轮流计时"),
    "bench.accumulation_refused": (
        "PyTorch cannot train on {micro_batches} micro-batches: {reason}",
        "PyTorch 不能用 {micro_batches} 个微批训练，原文（英文）：{reason}",
    ),
    "bench.accumulation_dropout": (
        "Dropout was off while gradients were compared: each pass draws another mask, which has nothing to do with "
        "accumulation.",
        "比较梯度时关闭了 Dropout：每次前向的随机掩码都不同，与梯度累积无关。",
    ),
    "bench.accumulation_batch_norm": (
        "BatchNorm used its running statistics (eval mode) while gradients were compared; with the statistics of each "
        "micro-batch it is a trap of its own.",
        "比较梯度时 BatchNorm 使用滑动统计量（eval 模式）；若使用每个微批自己的统计量，则是另一个陷阱。",
    ),
    "bench.accumulation_equal": (
        "The accumulated gradient is that of the whole batch: the relative difference is at most {error:.1e}, which is "
        "float32 rounding.",
        "累积的梯度与整批的梯度相同：相对误差最多 {error:.1e}，只是 float32 的舍入误差。",
    ),
    "bench.accumulation_unequal": (
        "The accumulated gradient is not that of the whole batch: it differs by up to {error:.1e}. In this model the result "
        "of a sample depends on the others in its batch.",
        "累积的梯度与整批的梯度不同：相对误差达到 {error:.1e}。在该模型中，一个样本的结果依赖同批的其他样本。",
    ),
    "bench.accumulation_saves": (
        "{micro_batches} micro-batches need {megabytes:.1f} MB at the peak instead of {base:.1f} MB: the activations of "
        "one micro-batch at a time.",
        "使用 {micro_batches} 个微批时，峰值内存为 {megabytes:.1f} MB，而不是 {base:.1f} MB：每次只需一个微批的激活。",
    ),
    "bench.accumulation_saves_nothing": (
        "{micro_batches} micro-batches save hardly any memory: {megabytes:.1f} MB at the peak, {base:.1f} MB without. "
        "Most of it are parameters, gradients and optimizer states, which do not depend on the batch.",
        "{micro_batches} 个微批几乎不省内存：峰值 {megabytes:.1f} MB，不分微批为 {base:.1f} MB。"
        "内存主要是参数、梯度和优化器状态，它们与批大小无关。",
    ),
    "bench.accumulation_slower": (
        "A step in {micro_batches} micro-batches takes {factor:.2f} times as long: small operations use the machine less "
        "well.",
        "分成 {micro_batches} 个微批后，一步的时间是原来的 {factor:.2f} 倍：小的运算不能充分利用机器。",
    ),
    "bench.accumulation_same_time": (
        "A step in {micro_batches} micro-batches takes no longer ({factor:.2f} times).",
        "分成 {micro_batches} 个微批后，一步的时间没有变长（{factor:.2f} 倍）。",
    ),
    "bench.trap_unequal_last": (
        "Micro-batches of {sizes} samples, and each mean loss divided by their number: samples of the smaller one count "
        "more, and the gradient is off by {error:.1%}. Weight each mean loss with size / samples: {fixed:.1e}.",
        "微批大小为 {sizes}，每个平均损失都除以微批个数：较小微批中的样本权重偏大，梯度误差为 {error:.1%}。"
        "应以“微批大小 / 样本总数”为权重：误差为 {fixed:.1e}。",
    ),
    "bench.trap_forgotten_division": (
        "Mean losses of {sizes} samples added up without a division: the gradient is {ratio:.2f} times as long, as if the "
        "learning rate were. Divide each loss by the number of micro-batches: {fixed:.1e} is left of the error.",
        "{sizes} 个样本的平均损失直接相加而不除：梯度是原来的 {ratio:.2f} 倍，相当于学习率放大。"
        "把每个损失除以微批个数后，误差只剩 {fixed:.1e}。",
    ),
    "bench.trap_batch_norm": (
        "BatchNorm normalises each micro-batch ({sizes}) with its own mean and variance: the gradient is off by "
        "{error:.1%}, and no weighting mends that. With running statistics (BatchNorm in eval mode), as with "
        "GroupNorm or LayerNorm, {fixed:.1e} is left.",
        "BatchNorm 用每个微批（{sizes}）自己的均值和方差做归一化：梯度误差为 {error:.1%}，任何加权都不能消除。"
        "改用滑动统计量（BatchNorm 处于 eval 模式），或 GroupNorm、LayerNorm，误差只剩 {fixed:.1e}。",
    ),
    "bench.trap_no_batch_norm": (
        "This model has no BatchNorm: it does not fall into this trap.",
        "该模型没有 BatchNorm，不会落入这个陷阱。",
    ),
    # Loss scaling
    "bench.growth_interval": (
        "growth_interval must be a whole number from {least} on, got {got}.",
        "growth_interval 应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.init_scale": (
        "init_scale must be a number from 2^-24 to 2^120, got {got}. 65536 is torch's own.",
        "init_scale 应为 2^-24 到 2^120 的数，收到的是 {got}。torch 的默认值是 65536。",
    ),
    "bench.growth_factor": (
        "growth_factor must be greater than 1, and 65536 at most, got {got}.",
        "growth_factor 应大于 1，且不超过 65536，收到的是 {got}。",
    ),
    "bench.backoff_factor": (
        "backoff_factor must lie between 0 and 1, got {got}.",
        "backoff_factor 应在 0 和 1 之间，收到的是 {got}。",
    ),
    "bench.scaler_inside": (
        "torch {version} does not show the inside of a GradScaler ({names}), so its steps cannot be recorded.",
        "torch {version} 没有提供 GradScaler 的内部状态（{names}），无法逐步记录。",
    ),
    "bench.scaler_step": ("Step {step}", "第 {step} 步"),
    "bench.scaler_skipped": (
        "{skipped} of {steps} steps were skipped, because gradients were inf or nan, most often those of {parameter}. After "
        "each, the scale is multiplied by {backoff:g}.",
        "{steps} 步中跳过了 {skipped} 步，因为梯度出现 inf 或 nan，最常见的是 {parameter} 的梯度。"
        "每次跳过后，缩放因子乘以 {backoff:g}。",
    ),
    "bench.scaler_none_skipped": (
        "None of the {steps} steps was skipped: the scaled gradients never overflowed.",
        "{steps} 步都没有跳过：缩放后的梯度从未溢出。",
    ),
    "bench.scaler_never": (
        "The parameters have not changed at all: the scale fell from {first:g} to {last:g}, and even that is too large. "
        "Take more steps, a smaller init_scale, or look for an inf or nan in the loss itself.",
        "参数完全没有变化：缩放因子从 {first:g} 降到 {last:g}，仍然太大。"
        "请增加步数，减小 init_scale，或检查损失本身是否为 inf 或 nan。",
    ),
    "bench.scaler_grown": (
        "The scale grew {grown} times, each after {interval} good steps in a row.",
        "缩放因子增大了 {grown} 次，每次都在连续 {interval} 个正常步之后。",
    ),
    "bench.scaler_scale": (
        "The scale began at {first:g} and ended at {last:g}.",
        "缩放因子从 {first:g} 开始，最后为 {last:g}。",
    ),
    "bench.mistake_clip_before_unscale": (
        "Gradients are still multiplied by the scale (65536) when they are clipped; unscale_ divides the clipped ones by "
        "it, and next to nothing is left. Call unscale_ first.",
        "裁剪时梯度仍乘着缩放因子（65536）；unscale_ 再把裁剪后的梯度除以它，几乎什么都不剩。请先调用 unscale_。",
    ),
    "bench.mistake_unscale_twice": (
        "Each unscale_ divides the gradients by the scale, so torch allows one between two updates. Call it once, before "
        "clipping.",
        "每次 unscale_ 都会把梯度除以缩放因子，所以两次 update 之间只允许一次。请只在裁剪之前调用一次。",
    ),
    "bench.mistake_step_twice": (
        "One update belongs to each step: update makes the optimizer ready again.",
        "每个 step 之后要有一个 update：update 使优化器重新就绪。",
    ),
    "bench.mistake_update_without_step": (
        "update decides by whether the last step met an inf or nan; nothing has looked yet. step (or unscale_) does.",
        "update 根据上一步是否出现 inf 或 nan 来调整；但还没有检查过。检查由 step（或 unscale_）完成。",
    ),
    "bench.mistake_scheduler_on_skipped": (
        "The gradients overflowed, so the optimizer did not step; the scheduler did, and the learning rate fell although "
        "the weights have not moved. A scale that fell tells that a step was skipped.",
        "梯度溢出，优化器没有更新；调度器却走了一步，权重没有变化，学习率却下降了。缩放因子变小就说明这一步被跳过。",
    ),
    "bench.mistake_fp16_parameters": (
        "The parameters themselves are fp16, where small updates are lost; a GradScaler wants them in fp32. Leave the "
        "model as it is: autocast casts what products need.",
        "参数本身是 fp16，小的更新会丢失；GradScaler 要求参数为 fp32。不要转换模型：autocast 会转换乘法所需的部分。",
    ),
}
