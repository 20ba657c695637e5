"""Words of the memory and the checkpointing benchmark."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "bench_memory.too_large": (
        "A training step would need about {total} of memory (parameters {parameters}, gradients {gradients}, optimizer "
        "state {optimizer}, activations {activations}), and {available} are there. Take a smaller batch or a smaller model.",
        "一个训练步约需要 {total} 内存（参数 {parameters}，梯度 {gradients}，"
        "优化器状态 {optimizer}，激活值 {activations}），"
        "而可用的只有 {available}。请减小批大小或模型。",
    ),
    "bench_memory.doing_warm_up": ("A first step, so that the optimizer has its state", "先做一步，让优化器建立状态"),
    "bench_memory.doing_trace": ("Following every allocation of one training step", "正在跟踪一个训练步中的每次内存分配"),
    "bench_memory.doing_second": ("Measuring the same step with a second method", "正在用第二种方法测量同一步"),
    "bench_memory.doing_what_if": ("Measuring: {what}", "正在测量：{what}"),
    "bench_memory.doing_times": ("Timing the variants in turns", "轮流为各种变体计时"),
    "bench_memory.what_if_as_it_is": ("as it is", "原样"),
    "bench_memory.what_if_half_batch": ("half the batch", "批大小减半"),
    "bench_memory.what_if_no_grad": ("forward only, under torch.no_grad()", "仅前向传播，在 torch.no_grad() 下"),
    "bench_memory.what_if_bf16": ("bfloat16 autocast", "bfloat16 自动混合精度（autocast）"),
    "bench_memory.what_if_in_place_relu": ("in-place ReLU", "原地（in-place）ReLU"),
    "bench_memory.what_if_checkpoint": ("checkpoint {block} alone", "只对 {block} 使用检查点"),
    "bench_memory.one_block": ("checkpointing one block alone", "只对一个块使用检查点"),
    "bench_memory.one_sample": ("The batch has one sample and no half.", "批中只有一个样本，无法减半。"),
    "bench_memory.only_lists": (
        "This is changed in a list of layers only; in code, write inplace=True yourself.",
        "只会在层列表中做这项更改；在代码里请自己写 inplace=True。",
    ),
    "bench_memory.no_relu": (
        "The model has no nn.ReLU that is not in-place already.",
        "模型中没有尚未设为原地操作的 nn.ReLU。",
    ),
    "bench_memory.in_place_breaks": (
        "The backward pass needs a tensor that an in-place ReLU has overwritten: {error}",
        "反向传播需要的张量已被原地 ReLU 覆盖：{error}",
    ),
    "bench_memory.in_place_differs": (
        "With in-place ReLUs the gradients come out different, so this would be wrong here.",
        "使用原地 ReLU 后梯度不同，因此在这里是错误的。",
    ),
    "bench_memory.refused": ("torch refuses it: {error}", "torch 拒绝执行：{error}"),
    "bench_memory.why_input_for_weight": (
        "The gradient of the weight is computed from the input of the layer.",
        "权重的梯度由该层的输入计算得到。",
    ),
    "bench_memory.why_workspace": (
        "Workspace of oneDNN: the gates of every time step.",
        "oneDNN 的工作区：每个时间步的门控值。",
    ),
    "bench_memory.why_recurrent": (
        "A recurrent layer goes back through its time steps and needs their inputs and outputs.",
        "循环层沿时间步反向传播，需要各步的输入和输出。",
    ),
    "bench_memory.why_input_of_norm": (
        "The backward pass of the normalisation needs its input, to normalise it again.",
        "归一化层的反向传播需要其输入，以便重新计算归一化值。",
    ),
    "bench_memory.why_statistics": (
        "Mean and inverse standard deviation of the normalisation.",
        "归一化所用的均值与标准差的倒数。",
    ),
    "bench_memory.why_indices": (
        "Indices: they say where a gradient has to go, such as to the maximum of each window.",
        "索引：指明梯度应传到何处，例如每个窗口的最大值处。",
    ),
    "bench_memory.why_input_of_pool": ("The pooling needs the shape of its input.", "池化的反向传播需要其输入的形状。"),
    "bench_memory.why_mask": (
        "The mask of the dropout: what was dropped gets no gradient.",
        "Dropout 的掩码：被丢弃的元素没有梯度。",
    ),
    "bench_memory.why_attention": (
        "The backward pass of the attention needs queries, keys, values and the output.",
        "注意力的反向传播需要查询、键、值和输出。",
    ),
    "bench_memory.why_labels": ("The loss needs the labels.", "损失函数需要标签。"),
    "bench_memory.why_total_weight": ("The loss divides by the total weight of the labels.", "损失除以标签的总权重。"),
    "bench_memory.why_output": ("The derivative is computed from the output.", "导数由输出计算得到。"),
    "bench_memory.why_factor": (
        "A factor of a product: the gradient of the other factor is computed from it.",
        "乘积的一个因子：另一个因子的梯度由它计算得到。",
    ),
    "bench_memory.why_input_for_derivative": ("The derivative is computed from the input.", "导数由输入计算得到。"),
    "bench_memory.why_checkpoint": (
        "The input of a checkpointed block: the block is computed from it again.",
        "检查点块的输入：反向传播时由它重新计算该块。",
    ),
    "bench_memory.why_formula": ("The formula of the derivative needs it.", "导数公式需要它。"),
    "bench_memory.course_activations": (
        "The course's estimate leaves out the activations: {saved} here, {share} of what is kept.",
        "课程中的估算没有计入激活值：这里是 {saved}，占全部保留内存的 {share}。",
    ),
    "bench_memory.course_frozen": (
        "It counts gradients and optimizer state of frozen parameters too ({frozen}); they have neither.",
        "它把冻结参数（{frozen}）的梯度和优化器状态也算了进去，而它们两者都没有。",
    ),
    "bench_memory.course_optimizer": (
        "It assumes the two states of Adam, {estimate}; this optimizer keeps {measured}.",
        "它假定使用 Adam 的两个状态，共 {estimate}；而这个优化器保留 {measured}。",
    ),
    "bench_memory.course_buffers": (
        "It counts the buffers ({buffers}), but leaves them out of the sum for training.",
        "它统计了缓冲区（{buffers}），但没有计入训练总量。",
    ),
    "bench_memory.course_peak": (
        "It says {estimate}; the measured peak is {peak}, {times} times that.",
        "它给出 {estimate}；实测峰值为 {peak}，是它的 {times} 倍。",
    ),
    "bench_memory.reason_activations": (
        "Most of it is activations: {saved}, {share}. They grow with the batch, by {sample} for each sample.",
        "大部分是激活值：{saved}，占 {share}。它们随批大小增长，每个样本 {sample}。",
    ),
    "bench_memory.reason_model": (
        "Parameters, gradients and optimizer state are {share} of it, whatever the batch; the activations are {saved}.",
        "参数、梯度和优化器状态占 {share}，与批大小无关；激活值为 {saved}。",
    ),
    "bench_memory.reason_peak_forward": (
        "The peak, {peak}, comes in the forward pass, at {operation}. The four parts add up to {total}; they are not all "
        "there at the same time.",
        "峰值 {peak} 出现在前向传播中的 {operation}。四部分之和为 {total}，但它们并不同时全部存在。",
    ),
    "bench_memory.reason_peak_backward": (
        "The peak, {peak}, comes in the backward pass, at {operation}: activations go while gradients come. The four parts "
        "add up to {total}; they are not all there at the same time.",
        "峰值 {peak} 出现在反向传播中的 {operation}：激活值逐渐释放，梯度逐渐产生。"
        "四部分之和为 {total}，但它们并不同时全部存在。",
    ),
    "bench_memory.reason_peak_optimizer": (
        "The peak, {peak}, comes in the optimizer's step, at {operation}: it computes with temporary tensors as large as a "
        "parameter. The four parts add up to {total}.",
        "峰值 {peak} 出现在优化器更新中的 {operation}：它使用与参数同样大小的临时张量。四部分之和为 {total}。",
    ),
    "bench_memory.reason_scratch": (
        "Inside single operations, kernels take up to {scratch} more and give it back before they return; only the "
        "allocator sees that.",
        "在单个操作内部，内核还会临时占用最多 {scratch}，返回前即释放；只有分配器能看到。",
    ),
    "bench_memory.reason_ledger": (
        "The largest saved tensor belongs to {operation} in {layer}: {bytes}, {share} of the activations.",
        "最大的已保存张量属于 {layer} 中的 {operation}：{bytes}，占激活值的 {share}。",
    ),
    "bench_memory.reason_half_batch": (
        "Half the batch saves {after} for the backward pass instead of {before}.",
        "批大小减半后，为反向传播保存的内存从 {before} 变为 {after}。",
    ),
    "bench_memory.reason_bf16_less": (
        "Under bfloat16 autocast, {after} are saved instead of {before}; a step takes {times} times as long.",
        "在 bfloat16 autocast 下，保存的内存从 {before} 减至 {after}；每步耗时为原来的 {times} 倍。",
    ),
    "bench_memory.reason_bf16_more": (
        "Under bfloat16 autocast, {after} are saved, not less than {before}: the converted copies of the weights are saved "
        "too. A step takes {times} times as long.",
        "在 bfloat16 autocast 下保存 {after}，并不少于 {before}：转换后的权重副本也被保存。每步耗时为原来的 {times} 倍。",
    ),
    "bench_memory.reason_in_place": (
        "In-place ReLUs save {after} instead of {before}, with the same gradients.",
        "原地 ReLU 将保存的内存从 {before} 减至 {after}，梯度相同。",
    ),
    "bench_memory.reason_in_place_same": (
        "In-place ReLUs change next to nothing ({before}, then {after}): autograd keeps the output of a ReLU, and its input "
        "only where another layer needs it.",
        "原地 ReLU 几乎没有影响（{before} → {after}）：autograd 保存 ReLU 的输出，其输入只在另一层需要时才保存。",
    ),
    "bench_memory.reason_checkpoint": (
        "With {block} alone checkpointed, {after} are saved instead of {before}; the peak is {lower} instead of {peak}, and "
        "a step takes {times} times as long.",
        "只对 {block} 使用检查点时，保存的内存从 {before} 减至 {after}；峰值从 {peak} 变为 {lower}，"
        "每步耗时为原来的 {times} 倍。",
    ),
    "bench_memory.reason_checkpoint_same": (
        "Checkpointing one block alone saves nothing ({block}: {after}, {before} without): a block keeps its input in any "
        "case.",
        "只对一个块使用检查点并不节省内存（{block}：{after}，不使用时为 {before}）：块的输入总要保留。",
    ),
    "bench_memory.reason_methods": (
        "The forecast was off by {forecast}; two ways of measuring the peak differ by {methods}.",
        "预测误差为 {forecast}；两种方法测得的峰值相差 {methods}。",
    ),
    "bench_memory.doing_blocks": ("Looking at each block of the model alone", "逐个检查模型的各个块"),
    "bench_memory.doing_checkpoints": ("{count} of {total} blocks checkpointed", "{total} 个块中有 {count} 个使用检查点"),
    "bench_memory.no_blocks": (
        "No part of this model can be checkpointed. A block must have parameters, be called exactly once in a forward pass, "
        "and leave its own input as it is. Put the layers of a block into a module of their own, such as nn.Sequential.",
        "这个模型没有可以使用检查点的部分。一个块必须带有参数，在一次前向传播中恰好被调用一次，并且不改写自己的输入。"
        "请把一个块的各层放进单独的模块，例如 nn.Sequential。",
    ),
    "bench_memory.block_differs": (
        "Computed a second time, it gives other gradients.",
        "重新计算时，它给出不同的梯度。",
    ),
    "bench_memory.block_fails": ("It cannot be computed a second time: {error}", "它无法重新计算：{error}"),
    "bench_memory.checkpoints_save": (
        "The peak falls from {before} to {after} with {count} of its blocks checkpointed, and a step takes {times} times as "
        "long: their forward pass runs twice.",
        "使用 {count} 个检查点块后，峰值从 {before} 降到 {after}，每步耗时为原来的 {times} 倍：这些块的前向传播要运行两次。",
    ),
    "bench_memory.checkpoints_save_free": (
        "The peak falls from {before} to {after} with {count} checkpointed. Their forward pass runs twice; a step was not "
        "measurably slower ({times} times).",
        "使用 {count} 个检查点块后，峰值从 {before} 降到 {after}。"
        "这些块的前向传播要运行两次，但测得的每步耗时没有明显增加（{times} 倍）。",
    ),
    "bench_memory.checkpoints_useless": (
        "No checkpoint makes the peak of {before} smaller: it does not come from what the blocks save.",
        "检查点无法降低 {before} 的峰值：它并非来自各块所保存的内容。",
    ),
    "bench_memory.checkpoints_saved": (
        "After the forward pass, {after} wait for the backward pass instead of {before}: of each block only its input.",
        "前向传播之后，等待反向传播的内存从 {before} 变为 {after}：每个块只保留其输入。",
    ),
    "bench_memory.checkpoints_equal": (
        "Every gradient is the same, bit by bit, dropout included: the state of the random numbers is restored.",
        "所有梯度逐位相同，包括 Dropout：随机数状态会被恢复。",
    ),
    "bench_memory.checkpoints_differ": (
        "Some gradients differ: the recomputation does not repeat the forward pass exactly.",
        "部分梯度不同：重新计算没有精确重复前向传播。",
    ),
    "bench_memory.checkpoints_batch_norm": (
        "{name} counts {checkpointed} batches in one step instead of {plain}: the recomputation updates the running "
        "statistics of BatchNorm again.",
        "{name} 在一步中统计了 {checkpointed} 个批次，而不是 {plain} 个：重新计算再次更新了 BatchNorm 的滑动统计量。",
    ),
    "bench_memory.checkpoints_left_out": (
        "Left out, because they cannot be computed a second time: {names}.",
        "以下部分无法重新计算，因此未使用检查点：{names}。",
    ),
    "bench_memory.budget_fits": (
        "With {count} of {total} blocks checkpointed the step needs {measured}, which is within {budget}; predicted were "
        "{predicted}.",
        "在 {total} 个块中对 {count} 个使用检查点，该步需要 {measured}，在预算 {budget} 之内；预测值为 {predicted}。",
    ),
    "bench_memory.budget_missed": (
        "Even with {count} of {total} blocks checkpointed the step needs {measured}, more than {budget}; predicted were "
        "{predicted}.",
        "即使在 {total} 个块中对 {count} 个使用检查点，该步仍需要 {measured}，超过预算 {budget}；预测值为 {predicted}。",
    ),
}
