"""Words of the scale benchmark and its planner."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "measure.scale": ("Scale", "规模扩展"),
    "bench.processes": (
        "The number of processes must be a whole number from {least} on, got {got}.",
        "进程数应为不小于 {least} 的整数，收到的是 {got}。",
    ),
    "bench.option_processes": ("processes of scale (default 2, at most 4)", "scale 的进程数（默认 2，最多 4）"),
    "processes.gang_died": (
        "Process {rank} of the measurement died. Its last words are in the server's log; a smaller model or batch may fit.",
        "测量中的 {rank} 号进程已终止。它最后的输出在服务器日志中；可以试试更小的模型或批。",
    ),
    "scale.code": (
        "A model given as code runs behind walls that allow no other processes. Take a preset, or a list of layers.",
        "以代码给出的模型在隔离环境中运行，不允许使用其他进程。请选择预设模型或层列表。",
    ),
    "scale.batch": (
        "The batch must be shared out evenly, two images or more for each process: batch_size {batch} on {processes} "
        "processes. Take a multiple of {processes}.",
        "批必须能平均分配，每个进程至少两张图像：batch_size 为 {batch}，进程数为 {processes}。请取 {processes} 的倍数。",
    ),
    "scale.layers": (
        "Model parallelism needs a layer for each process: the model has {layers}, not {processes}.",
        "模型并行需要每个进程至少一层：模型有 {layers} 层，却要求 {processes} 个进程。",
    ),
    "scale.doing": (
        "{processes} processes start, and train the model in four ways …",
        "{processes} 个进程启动，并以四种方式训练模型……",
    ),
    "scale.reason_memory": (
        "Weights, gradients and optimizer take {ddp} MB on every process under DDP, and {fsdp} MB under FSDP: {share} of it "
        "on {processes} processes.",
        "权重、梯度和优化器在 DDP 下每个进程占 {ddp} MB，在 FSDP 下占 {fsdp} MB：即 {share}（{processes} 个进程）。",
    ),
    "scale.reason_traffic": (
        "That is paid for in traffic: a step hands {ddp} MB to all-reduce under DDP, {fsdp} MB to all-gather and "
        "reduce-scatter under FSDP; model parallelism sends {model} MB of activations and their gradients. All-reduce of "
        "all gradients takes {milliseconds} ms here with nothing else to do.",
        "代价是通信：DDP 每步把 {ddp} MB 交给 all-reduce，FSDP 把 {fsdp} MB 交给 all-gather 和 reduce-scatter，"
        "模型并行发送 {model} MB 的激活及其梯度。在这里单独对全部梯度做 all-reduce 需 {milliseconds} ms。",
    ),
    "scale.reason_speed": (
        "Against one process with all cores: DDP × {ddp}, model parallel × {model}, FSDP × {fsdp} with {processes} "
        "processes. Model parallel processes wait for each other.",
        "与使用全部核的单进程相比：{processes} 个进程时 DDP × {ddp}，模型并行 × {model}，FSDP × {fsdp}。"
        "模型并行的进程要互相等待。",
    ),
    "measure.scale_strategies": ("Four ways to train it", "四种训练方式"),
    "measure.scale_strategies_text": (
        "The same model, batch and seed. Memory is live tensor bytes of the largest process after a step; sent is what one "
        "step hands to collectives and messages. Where the first loss differs, the model has BatchNorm or Dropout.",
        "同一模型、同一批、同一种子。内存是一步之后最大进程的张量字节数；发送量是一步交给集合通信和消息的字节数。"
        "第一步损失若有差别，说明模型含有 BatchNorm 或 Dropout。",
    ),
    "measure.scale_strategy": ("Strategy", "方式"),
    "measure.scale_alone": ("one process", "单进程"),
    "measure.scale_ddp": ("DDP", "DDP"),
    "measure.scale_model": ("model parallel", "模型并行"),
    "measure.scale_fsdp": ("FSDP", "FSDP"),
    "measure.scale_efficiency": ("Efficiency", "效率"),
    "measure.scale_speedup": ("Speed", "速度"),
    "measure.scale_memory": ("Memory per process", "每进程内存"),
    "measure.scale_sent": ("Sent per step", "每步发送"),
    "measure.scale_ranks": ("What lies where", "各进程存放的内容"),
    "measure.scale_ranks_text": (
        "DDP copies everything, model parallelism gives each process its layers, FSDP a shard of every parameter. The "
        "activations of FSDP include weights that were gathered.",
        "DDP 复制全部内容，模型并行给每个进程若干层，FSDP 给每个进程每个参数的一片。FSDP 的激活包含收集来的权重。",
    ),
    "measure.scale_process": ("Process (PID)", "进程（PID）"),
    "measure.scale_off": ("First loss off by", "首步损失之差"),
    "measure.scale_talk": ("Talk", "通信"),
    "measure.scale_layers": ("Layers", "层"),
    "measure.plan": ("Planner", "规划"),
    "measure.plan_text": (
        "What would fit on which GPUs: the arithmetic of the course's table, with your numbers. It begins with those of the "
        "measured model; the test of the project compares it with measured bytes.",
        "哪些 GPU 放得下：用您的数字演算课程中的表格。初始值来自刚测量的模型；本项目的测试会与实测字节数比较。",
    ),
    "measure.plan_parameters": ("Parameters (million)", "参数（百万）"),
    "measure.plan_batch": ("Images per step", "每步图像数"),
    "measure.plan_gpus": ("GPUs", "GPU 数"),
    "measure.plan_memory": ("Memory of a GPU (GiB)", "单卡显存（GiB）"),
    "measure.plan_activation": ("Activations per image (MB)", "每张图像的激活（MB）"),
    "measure.plan_recipe": ("Numbers", "数值"),
    "measure.plan_total": ("Per GPU", "每卡"),
    "measure.plan_lines": ("Arithmetic", "演算"),
    "measure.plan_fits": ("Fits", "放得下"),
    "measure.plan_yes": ("yes", "是"),
    "measure.plan_no": ("no", "否"),
    "measure.plan_mixed": ("bf16 + fp32 Adam: 2 + 2 + 12 bytes", "bf16 + fp32 Adam：2 + 2 + 12 字节"),
    "measure.plan_fp32": ("fp32 + Adam: 4 + 4 + 8 bytes", "fp32 + Adam：4 + 4 + 8 字节"),
    "measure.plan_ddp": ("DDP", "DDP"),
    "measure.plan_zero1": ("ZeRO-1", "ZeRO-1"),
    "measure.plan_zero2": ("ZeRO-2", "ZeRO-2"),
    "measure.plan_zero3": ("FSDP / ZeRO-3", "FSDP / ZeRO-3"),
    "measure.plan_chosen": (
        "Take {strategy}: it fits, and nothing that sends less does.",
        "建议 {strategy}：放得下，且没有通信更少的方案放得下。",
    ),
    "measure.plan_more": (
        "Nothing fits. FSDP / ZeRO-3 would fit from {gpus} GPUs on; else cut the batch, checkpoint the activations or split "
        "the layers themselves (tensor or pipeline parallel).",
        "都放不下。FSDP / ZeRO-3 从 {gpus} 块 GPU 起放得下；"
        "否则请减小批、对激活做检查点，或切分层本身（张量或流水线并行）。",
    ),
    "measure.plan_never": (
        "Nothing fits, on however many GPUs: the activations of one image are larger than a GPU. Checkpoint them, or split "
        "the layers themselves.",
        "无论多少 GPU 都放不下：一张图像的激活就超过单卡显存。请对激活做检查点，或切分层本身。",
    ),
    "topic.plan_recipe": ("kind of numbers", "数值方案"),
    "plan.number": (
        "{name} must be a number from {low} to {high}, got {got}.",
        "{name} 应为 {low} 到 {high} 之间的数，收到的是 {got}。",
    ),
    "plan.parameters": ("weights", "权重"),
    "plan.gradients": ("gradients", "梯度"),
    "plan.optimizer": ("optimizer", "优化器"),
    "plan.line_whole": (
        "{what}: {count} × {each} bytes = {result}",
        "{what}：{count} × {each} 字节 = {result}",
    ),
    "plan.line_shard": (
        "{what}: {count} × {each} bytes / {gpus} GPUs = {result}",
        "{what}：{count} × {each} 字节 / {gpus} 卡 = {result}",
    ),
    "plan.line_activations": ("activations: {images} images × {each} = {result}", "激活：{images} 张 × {each} = {result}"),
    "plan.line_total": (
        "together {result}, of {memory} with a tenth left free",
        "合计 {result}，单卡 {memory}，留出十分之一",
    ),
    "plan.line_sent": (
        "sent and received per step: {trips} × ({gpus} − 1) / {gpus} × {size} = {result}",
        "每步收发：{trips} × ({gpus} − 1) / {gpus} × {size} = {result}",
    ),
}
