"""Words of the DataLoader that is measured in the Data section of Train."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "loader.text": (
        "A DataLoader takes the images one by one, here or in worker processes, and joins them to batches. It is measured "
        "on this machine with the training images of these settings.",
        "DataLoader 在本进程或工作进程中逐张取图像，再合成批次。测量在本机上进行，使用当前设置的训练图像。",
    ),
    "loader.measure": ("Measure", "测量"),
    "loader.stop": ("Stop", "停止"),
    "loader.queued": ("Waiting, place {place}", "等待中，第 {place} 位"),
    "loader.starting": ("Starting …", "正在启动……"),
    "loader.stopped": ("Stopped. Nothing goes on.", "已停止，没有任何进程在运行。"),
    "loader.nothing": (
        "Not measured yet. Press Measure: it takes about ten seconds and has the machine for itself.",
        "尚未测量。按“测量”：约需十秒，期间独占本机。",
    ),
    "loader.stale": ("Of other settings: measure again.", "设置已变：请重新测量。"),
    "loader.row_chosen": ("this DataLoader, num_workers={workers}", "此 DataLoader，num_workers={workers}"),
    "loader.row_none": ("the same, num_workers=0", "同样设置，num_workers=0"),
    "loader.row_memory": ("tensors in memory", "内存中的张量"),
    "loader.rate": ("images per second", "每秒图像数"),
    "loader.first": ("first batch", "第一个批次"),
    "loader.again": ("first batch, next epoch", "下一轮的第一个批次"),
    "loader.epoch": ("an epoch of {count}", "{count} 张一轮"),
    "loader.batches": (
        "{batches} batches an epoch; the last one has {last} images.",
        "每轮 {batches} 个批次；最后一个有 {last} 张图像。",
    ),
    "loader.why": ("Why", "原因"),
    "loader.said": ("PyTorch says: {note}", "PyTorch 提示：{note}"),
    "loader.collate_default": ("default: stack tensors", "默认：堆叠张量"),
    "loader.collate_whole_batch": ("own: bytes, then the whole batch at once", "自定义：先取字节，再整批计算"),
    "loader.collate_list": ("own: keep a list", "自定义：保留列表"),
    "loader.work_normalise": ("normalise", "归一化"),
    "loader.work_augment": ("rotate, shift, normalise", "旋转、平移、归一化"),
    "loader.work": ("each image", "每张图像"),
    "loader.doing": ("Loading with num_workers={workers}", "使用 num_workers={workers} 读取"),
    "loader.doing_items": ("Timing one image and one batch", "测量单张图像与单个批次"),
    "loader.doing_memory": ("Tensors in memory", "内存中的张量"),
    "loader.gone": (
        "There is no measurement {id} (any more). Measure again.",
        "没有测量 {id}（或已过期）。请重新测量。",
    ),
    "loader.unknown": ("Unknown: {names}. Known are {known}.", "未知设置：{names}。已知的有 {known}。"),
    "loader.batch_size": (
        "batch_size is a whole number from {low} to {high}; got {got}.",
        "batch_size 是 {low} 到 {high} 的整数；得到 {got}。",
    ),
    "loader.num_workers": (
        "num_workers is a whole number from {low} to {high} here ({cores} cores); got {got}. 0 loads in the main process.",
        "此处 num_workers 是 {low} 到 {high} 的整数（{cores} 个核心）；得到 {got}。0 表示在主进程中读取。",
    ),
    "loader.prefetch_factor": (
        "prefetch_factor is a whole number from {low} to {high}; got {got}.",
        "prefetch_factor 是 {low} 到 {high} 的整数；得到 {got}。",
    ),
    "loader.choice": ("{name} is one of {names}; got {got}.", "{name} 是 {names} 之一；得到 {got}。"),
    "loader.persistent": (
        "persistent_workers keeps workers alive between epochs, and there are none. Set num_workers to 1 or more.",
        "persistent_workers 让工作进程跨轮保留，但现在没有工作进程。请把 num_workers 设为 1 或更多。",
    ),
    "loader.whole_batch": (
        "The collate function for whole batches only normalises. Choose “normalise” for each image, or torch's own collate.",
        "整批计算的 collate 函数只做归一化。请为每张图像选择“归一化”，或使用默认的 collate。",
    ),
    "loader.worker_died": (
        "A worker process ended (PyTorch says: {reason}). Try a smaller batch or fewer workers: their batches lie in shared "
        "memory.",
        "一个工作进程结束了（PyTorch 的原话：{reason}）。请减小批量或减少工作进程：它们的批次放在共享内存中。",
    ),
    # why
    "loader.no_batch": (
        "drop_last leaves out the only batch: {count} images are fewer than {batch}. Nothing would be trained.",
        "drop_last 丢掉了唯一的批次：{count} 张图像少于 {batch}。什么也不会被训练。",
    ),
    "loader.memory_faster": (
        "The tensors in memory are {ratio} times as fast: {memory} images per second against {chosen}.",
        "内存中的张量快 {ratio} 倍：每秒 {memory} 张，而此 DataLoader 为 {chosen} 张。",
    ),
    "loader.memory_slower": (
        "This DataLoader is {ratio} times as fast as the tensors in memory: {chosen} images per second against {memory}.",
        "此 DataLoader 比内存中的张量快 {ratio} 倍：每秒 {chosen} 张对 {memory} 张。",
    ),
    "loader.item": (
        "One image costs {microseconds} µs of Python and torch calls, so a batch of {batch} takes one process "
        "{milliseconds} ms; as one tensor operation the whole batch takes {memory} ms.",
        "一张图像的 Python 与 torch 调用耗时 {microseconds} µs，因此单进程处理 {batch} 张的批次需 {milliseconds} ms；"
        "作为一次张量运算，整批只需 {memory} ms。",
    ),
    "loader.workers_help": (
        "num_workers={workers} brings {gain} times the images of 0, on {cores} cores: the work of one image is heavy "
        "enough to share.",
        "在 {cores} 个核心上，{workers} 个工作进程的速度是没有时的 {gain} 倍：单张图像的工作量值得分担。",
    ),
    "loader.workers_hurt": (
        "num_workers={workers} brings only {gain} times the images of 0, on {cores} cores: handing each batch from process "
        "to process costs more than it saves.",
        "在 {cores} 个核心上，{workers} 个工作进程的速度只有没有时的 {gain} 倍：进程间传递批次的开销大于节省的时间。",
    ),
    "loader.workers_same": (
        "num_workers={workers} brings {gain} times the images of 0, on {cores} cores: what is saved is spent on handing "
        "batches over.",
        "在 {cores} 个核心上，{workers} 个工作进程的速度是没有时的 {gain} 倍：节省的时间又花在传递批次上。",
    ),
    "loader.too_many": (
        "{workers} workers on {cores} cores take turns, and the training wants a core too.",
        "{workers} 个工作进程在 {cores} 个核心上轮流运行，而训练本身也要用核心。",
    ),
    "loader.start": (
        "The first batch came after {milliseconds} ms with num_workers={workers} and after {none} ms with 0: processes "
        "must start.",
        "有 {workers} 个工作进程时第一个批次在 {milliseconds} ms 后到达，没有时为 {none} ms：进程需要启动。",
    ),
    "loader.break_even": (
        "The workers have earned their start after {images} images.",
        "读取 {images} 张图像后，工作进程的启动开销才能收回。",
    ),
    "loader.persistent_yes": (
        "The workers stayed (persistent_workers): the next epoch's first batch came after {milliseconds} ms.",
        "工作进程得以保留（persistent_workers）：下一轮的第一个批次在 {milliseconds} ms 后到达。",
    ),
    "loader.persistent_no": (
        "Each epoch starts them anew: {milliseconds} ms again. persistent_workers keeps them.",
        "每一轮都要重新启动它们：又是 {milliseconds} ms。persistent_workers 可保留它们。",
    ),
    "loader.pinned": (
        "pin_memory copies each batch once more, into memory from which a GPU can fetch it while it computes.",
        "pin_memory 把每个批次再复制一次，放入 GPU 可在计算时直接读取的内存。",
    ),
    "loader.pinned_nothing": (
        "pin_memory does nothing here: there is no GPU that would fetch from pinned memory.",
        "pin_memory 在此不起作用：没有会从锁页内存读取的 GPU。",
    ),
    "loader.left_out": (
        "drop_last leaves out {count} images in each epoch; shuffled, other ones each time.",
        "drop_last 每轮丢弃 {count} 张图像；打乱顺序时每轮不同。",
    ),
    "loader.list": (
        "A list of {batch} pairs is no batch yet: the network wants one tensor. It suits images that differ in size.",
        "{batch} 个样本的列表还不是批次：网络需要一个张量。它适合尺寸不同的图像。",
    ),
}
