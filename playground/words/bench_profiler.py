"""Words of the profiler among the benchmarks."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "bench_profiler.doing_warm_up": (
        "First steps, so that neither the model nor the profiler is new …",
        "先做几步，让模型和分析器都预热……",
    ),
    "bench_profiler.doing_steps": (
        "Step {number} of {count}: without and with the profiler …",
        "第 {number} 步，共 {count} 步：不带和带分析器各一次……",
    ),
    "bench_profiler.doing_tables": ("Reading what was recorded …", "正在读取记录……"),
    "bench_profiler.failed": (
        "The profiler of PyTorch failed here: {reason}. Measure again; if it stays like that, take fewer steps or a smaller "
        "batch. Precision and Memory time the same step without the profiler.",
        "PyTorch 的性能分析器在这里失败了：{reason}。请再测一次；如果仍然如此，请减少步数或批大小。"
        "“精度”和“内存”不用分析器也能测同一步。",
    ),
    "bench_profiler.module": (
        "{name} ({type}) takes {percent} % of a training step: {forward} ms forward, {backward} ms backward.",
        "{name}（{type}）占一个训练步的 {percent} %：前向 {forward} ms，反向 {backward} ms。",
    ),
    "bench_profiler.module_root": (
        "What the model ({type}) does itself, outside of its layers, takes {percent} % of a training step: {forward} ms "
        "forward, {backward} ms backward.",
        "模型（{type}）自身在各层之外的运算占一个训练步的 {percent} %：前向 {forward} ms，反向 {backward} ms。",
    ),
    "bench_profiler.next_modules": ("Next among the modules: {names}.", "其次的模块：{names}。"),
    "bench_profiler.operation": (
        "The most expensive operation is {name}: {calls} calls, {time} ms of their own, {percent} % of the step.",
        "最耗时的操作是 {name}：调用 {calls} 次，自身耗时 {time} ms，占一步的 {percent} %。",
    ),
    "bench_profiler.operation_once": (
        "The most expensive operation is {name}: {calls} call, {time} ms of its own, {percent} % of the step.",
        "最耗时的操作是 {name}：调用 {calls} 次，自身耗时 {time} ms，占一步的 {percent} %。",
    ),
    "bench_profiler.following": ("Next among the operations: {names}.", "其次的操作：{names}。"),
    "bench_profiler.phases": (
        "Backward takes {backward} ms, {times} times as long as forward ({forward} ms).",
        "反向需要 {backward} ms，是前向（{forward} ms）的 {times} 倍。",
    ),
    "bench_profiler.between": (
        "{percent} % of the step lie between its {operations} operations ({small} of them are shorter than 20 µs): Python, "
        "the optimizer's loop and autograd's engine. A larger batch makes the operations longer and not more; "
        "torch.compile, and fused=True in the optimizer, make them fewer.",
        "一步中有 {percent} % 的时间花在它的 {operations} 个操作之间（其中 {small} 个短于 20 微秒）："
        "Python、优化器的循环和 autograd 引擎。更大的批会让操作变长而不变多；"
        "torch.compile 和优化器的 fused=True 会让操作变少。",
    ),
    "bench_profiler.small": (
        "{small} of the outermost operations are shorter than 20 µs and take {percent} % together: of the {operations} "
        "operations of a step few count.",
        "最外层的操作中有 {small} 个短于 20 微秒，合计占 {percent} %：一步的 {operations} 个操作里只有少数是重要的。",
    ),
    "bench_profiler.optimizer": (
        "The optimizer takes {percent} % of the step ({time} ms), whatever the batch: try a larger batch, or fused=True.",
        "优化器占一步的 {percent} %（{time} ms），与批大小无关：可以试试更大的批，或 fused=True。",
    ),
    "bench_profiler.products": (
        "Matrix products and convolutions are {percent} % of it, which a lower precision or another memory format can make "
        "shorter: measure Precision.",
        "其中矩阵乘法和卷积占 {percent} %，更低的精度或别的内存格式可能让它们变快：请测“精度”。",
    ),
    "bench_profiler.copies": (
        "Copies take {percent} %: look for .contiguous(), .to(), torch.cat or transposed inputs of a layer.",
        "复制占 {percent} %：检查 .contiguous()、.to()、torch.cat 或某层的转置输入。",
    ),
    "bench_profiler.overhead_none": (
        "The profiler makes no difference that could be seen: {profiled} ms a step with it, {plain} ms without, in turns.",
        "分析器没有可见的影响：每步带分析器 {profiled} ms，不带 {plain} ms，轮流测量。",
    ),
    "bench_profiler.overhead": (
        "With the profiler a step takes {times} times as long ({profiled} ms instead of {plain} ms, in turns): shares can "
        "be trusted, single microseconds cannot.",
        "带分析器时一步的时间是原来的 {times} 倍（{profiled} ms 对 {plain} ms，轮流测量）：比例可信，个别微秒不可信。",
    ),
    "bench_profiler.overhead_heavy": (
        "With the profiler a step takes {times} times as long ({profiled} ms instead of {plain} ms, in turns): it counts "
        "many small operations, and what is small looks larger here than it is.",
        "带分析器时一步的时间是原来的 {times} 倍（{profiled} ms 对 {plain} ms，轮流测量）："
        "它要记录许多小操作，小的部分在这里看起来比实际更大。",
    ),
    "bench_profiler.checks": (
        "Your code runs here under the page's checks, {time} ms a step: they stand in the flame and in no number of the "
        "tables.",
        "您的代码在这里受到页面的检查，每步 {time} ms：它们出现在火焰图里，但不计入表中的任何数字。",
    ),
    "bench_profiler.no_trace": (
        "The Chrome trace of this step is too large to be offered; a smaller model has one.",
        "这一步的 Chrome trace 太大，无法提供下载；较小的模型可以。",
    ),
    "bench.trace_gone": (
        "There is no trace of that benchmark here any more. Measure once more.",
        "这里已没有该基准测试的 trace。请再测一次。",
    ),
    "bench.option_trace": (
        "profiler: also write the Chrome trace of one step to this file (.json.gz)",
        "profiler：把一步的 Chrome trace 也写入此文件（.json.gz）",
    ),
    "measure.profiler": ("Profiler", "性能分析"),
    "measure.profile_all": ("Show all {count}", "显示全部 {count} 个"),
    "measure.profile_phases": ("A training step by its phases", "一个训练步的各个阶段"),
    "measure.profile_forward": ("Forward", "前向"),
    "measure.profile_loss": ("Loss", "损失"),
    "measure.profile_backward": ("Backward", "反向"),
    "measure.profile_optimizer": ("Optimizer", "优化器"),
    "measure.profile_flame": ("One step as a flame", "一步的火焰图"),
    "measure.profile_flame_text": (
        "From left to right the time of one step, from top to bottom what runs inside what. Click a box to look into it; "
        "Escape goes back out, arrow keys walk.",
        "从左到右是一步的时间，从上到下是谁在谁里面运行。点击方块放大查看；按 Esc 退回，方向键移动。",
    ),
    "measure.profile_merged": (
        "{count} boxes that are too small to be seen are put together.",
        "{count} 个小到看不见的方块已合并。",
    ),
    "measure.profile_small": ("{count} small one|{count} small ones", "{count} 个小块"),
    "measure.profile_checks": ("checks of the page", "页面的检查"),
    "measure.profile_of_step": ("{share} of the step", "占一步的 {share}"),
    "measure.profile_whole": ("whole step", "整个步"),
    "measure.profile_out": ("Zoom out", "缩小"),
    "measure.profile_trace": ("Chrome trace", "下载 Chrome trace"),
    "measure.profile_trace_text": (
        "{events} events of this step, {bytes}: open it in ui.perfetto.dev or chrome://tracing.",
        "这一步的 {events} 个事件，{bytes}：可在 ui.perfetto.dev 或 chrome://tracing 打开。",
    ),
    "measure.profile_operations": ("Top operations", "最耗时的操作"),
    "measure.profile_operations_text": (
        "Per step. Own time is without what an operation calls. Press a heading to sort by it.",
        "每步。自身时间不含该操作调用的其他操作。点击列标题可排序。",
    ),
    "measure.profile_own": ("Own time", "自身时间"),
    "measure.profile_total": ("Whole time", "总时间"),
    "measure.profile_share": ("Share", "占比"),
    "measure.profile_allocated": ("Allocated", "分配内存"),
    "measure.profile_shapes": ("Shapes of the longest call", "最耗时一次调用的形状"),
    "measure.profile_device": ("On the device", "设备时间"),
    "measure.profile_modules": ("Time by module", "按模块的时间"),
    "measure.profile_modules_text": (
        "Each with all that it calls. A backward operation belongs to the module whose forward operation made it: both have "
        "the same sequence number in autograd.",
        "每个模块都包含它调用的部分。反向操作属于产生它的前向操作所在的模块：两者在 autograd 中有相同的序号。",
    ),
    "measure.profile_module": ("Module", "模块"),
    "measure.profile_kind_loss": ("the loss", "损失"),
    "measure.profile_kind_accumulate_grad": ("AccumulateGrad: into .grad", "AccumulateGrad：写入 .grad"),
    "measure.profile_kind_unmatched": ("of no module that could be told", "无法归属到模块"),
    "measure.profile_kind_engine": ("autograd's engine", "autograd 引擎"),
    "measure.profile_lines": ("Time by line", "按代码行的时间"),
    "measure.profile_lines_calls": ("runs here", "在此运行"),
    "measure.profile_lines_makes": ("made here", "在此创建"),
    "measure.profile_lines_text": (
        "Dark: what the line itself runs, forward and backward. Pale: what the layers made there take, wherever they run.",
        "深色：该行本身运行的前向和反向时间。浅色：在该行创建的层所用的时间，无论在哪里运行。",
    ),
}
