"""Words of the command line and of the speed benchmark's table."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.command": ("command", "命令"),
    "topic.benchmark": ("benchmark", "基准测试"),
    "topic.measurement": ("measurement", "测量项目"),
    "command.train": ("train a network and keep its best weights", "训练一个网络并保存最佳权重"),
    "command.find-rate": ("find a learning rate for these settings", "为这些设置寻找学习率"),
    "command.lessons": ("run failure lessons: a mistake and its cure", "运行训练故障课：一个错误及其修正"),
    "lessons_command.action": (
        "There is no action {got}. It is one of {names}.",
        "没有动作 {got}。可选 {names}。",
    ),
    "command.predict": ("read digits from PNG and JPEG images", "识别 PNG 和 JPEG 图像中的数字"),
    "command.runs": (
        "list, show, compare, export, rename, pin or delete runs",
        "列出、查看、比较、导出、重命名、固定或删除训练",
    ),
    "command.check": (
        "show versions, devices, memory, and which device is used",
        "显示版本、设备、内存，以及将使用哪个设备",
    ),
    "command.bench": ("measure the playground against its budgets", "按各项指标测量本项目的速度"),
    "command.weights": ("train the networks again that the project ships", "重新训练项目自带的网络"),
    "command_line.overview": (
        "The PyTorch Playground without a browser.\n\nUsage: {program} COMMAND [options]\n",
        "不用浏览器的 PyTorch 游乐场。\n\n用法：{program} 命令 [选项]\n",
    ),
    "command_line.overview_end": (
        "The options of a command: {program} COMMAND --help",
        "查看某个命令的选项：{program} 命令 --help",
    ),
    "command_line.usage": ("Usage", "用法"),
    "command_line.options": ("Options", "选项"),
    "command_line.help": ("show this help", "显示本帮助"),
    "command_line.choices": ("one of {names}", "可选 {names}"),
    "command_line.error": ("Error: {error}", "错误：{error}"),
    "command_line.interrupted": ("Stopped.", "已停止。"),
    "command_line.value": (
        "The option {option} cannot be read ({reason}). Write its value behind it, as in --epochs 3.",
        "无法读取选项 {option}（{reason}）。请在其后写上值，例如 --epochs 3。",
    ),
    "command_line.unknown": (
        "There is no option {options}. See {help}.",
        "没有选项 {options}。请查看 {help}。",
    ),
    "command_line.arguments": (
        "The command line cannot be read: {reason}.",
        "无法读取命令行：{reason}。",
    ),
    # check: its rows and reasons are those of the page's first tab
    "check.devices": ("Devices", "可用设备"),
    # train: most options are the page's controls
    "control.threads": ("CPU threads of the run", "训练用的 CPU 线程数"),
    "control.threads_help": ("0 = the fastest of a short trial", "0 表示由短暂试跑决定"),
    "train.out": (
        "folder for checkpoints and metrics; it must not hold a run already",
        "保存检查点与指标的文件夹；其中不能已有训练",
    ),
    "train.out_default": (
        "default: a new one among the runs of PLAYGROUND_HOME, where the page shows it",
        "默认：PLAYGROUND_HOME 的训练记录中的新文件夹，网页会显示它",
    ),
    "train.in_page": (
        "Run {name} ({run_id}): a page of the same PLAYGROUND_HOME shows it while it goes.",
        "训练 {name}（{run_id}）：使用同一 PLAYGROUND_HOME 的网页会实时显示它。",
    ),
    "train.resume": (
        "go on from a snapshot of the run in this folder, as a run of its own; further options change its settings",
        "从该文件夹中训练的快照继续，作为一次新的训练；其他选项更改其设置",
    ),
    "train.from": (
        "with --resume: the step of the snapshot (default: the last one)",
        "与 --resume 一起使用：快照的步数（默认最后一个）",
    ),
    "train.from_alone": (
        "--from says which snapshot --resume goes on from. Add --resume RUN_DIR.",
        "--from 指定 --resume 从哪个快照继续。请加上 --resume RUN_DIR。",
    ),
    "train.resume_missing": (
        "{folder} holds no run to go on with: a folder with a config.json was expected, as `train --out` makes it.",
        "{folder} 中没有可继续的训练：应为包含 config.json 的文件夹，如 `train --out` 所建。",
    ),
    "train.folder_used": (
        "{folder} holds a run already. Choose another folder with --out.",
        "{folder} 中已有一次训练。请用 --out 指定另一个文件夹。",
    ),
    "train.begin": (
        "{model}: {parameters:,} parameters, {images:,} images, {steps:,} steps "
        "on {device} ({precision}, {threads} threads)",
        "{model}: {parameters:,} 个参数，{images:,} 张图像，在 {device} 上共 {steps:,} 步（{precision},{threads} 线程）",
    ),
    "train.download": ("Downloading {dataset}", "正在下载 {dataset}"),
    "train.preparing": ("Preparing data and network", "正在准备数据和网络"),
    "train.best": (
        "Best test accuracy: {accuracy:.2%}, after epoch {epoch:g}",
        "最佳测试准确率：{accuracy:.2%}（第 {epoch:g} 轮之后）",
    ),
    "train.each_digit": ("Test accuracy per digit:", "各数字的测试准确率："),
    "train.each_class": ("Test accuracy per class:", "各类别的测试准确率："),
    "train.kept": ("Checkpoint: {path}", "检查点：{path}"),
    "train.try_it": ("Try it: {command}", "试一试：{command}"),
    "train.stopped": ("Stopped at step {step:,}.", "在第 {step:,} 步停止。"),
    # predict
    "predict.images": ("PNG or JPEG files, one digit each", "PNG 或 JPEG 文件，每张一个数字"),
    "predict.model": (
        "pretrained (MNISTNet), pretrained-fast, a run's folder, or a .safetensors or .pth file",
        "pretrained（MNISTNet）、pretrained-fast、某次训练的文件夹，或 .safetensors、.pth 文件",
    ),
    "predict.no_image": (
        "Name at least one image: python -m playground predict digit.png",
        "请至少给出一张图像：python -m playground predict digit.png",
    ),
    "predict.answer": (
        "{name}: {digit} ({confidence:.1%}); second guess {second} ({second_confidence:.1%})",
        "{name}: {digit}（{confidence:.1%}）；第二可能是 {second}（{second_confidence:.1%}）",
    ),
    "predict.failed": ("{name}: {error}", "{name}: 出错了。{error}"),
    "predict.missing": ("There is no such file. Check the path.", "没有这个文件。请检查路径。"),
    "predict.unreadable": (
        "The file cannot be read ({reason}). Give the path of a PNG or JPEG file.",
        "无法读取该文件（{reason}）。请给出 PNG 或 JPEG 文件的路径。",
    ),
    "predict.format": (
        "This is no PNG and no JPEG file. Save the image as one of them.",
        "这不是 PNG 或 JPEG 文件。请将图像另存为其中一种格式。",
    ),
    "predict.no_weights": (
        "The folder {name} holds no weights: expected one of {files}. Train first, with --out {name}.",
        "文件夹 {name} 中没有权重：应有 {files} 之一。请先用 --out {name} 训练。",
    ),
    # bench
    "bench.kind": (
        "which benchmark: speed (the playground's own budgets), or of a model {names}",
        "哪个基准测试：speed（本项目的各项指标），或对一个模型测 {names}",
    ),
    "bench.model_unreadable": (
        "The file {name} cannot be read ({reason}). Give a text file with a spec or PyTorch code or a preset's name.",
        "无法读取模型文件 {name}（{reason}）。请给出存有规格或 PyTorch 代码的文本文件，或预设名。",
    ),
    "bench.option_model": (
        "of a model: a preset, or a file with a spec or PyTorch code (default: {default})",
        "被测模型：预设名，或存有规格或 PyTorch 代码的文件（默认：{default}）",
    ),
    "bench.option_batch_size": ("of a model: samples per step", "被测模型：每步样本数"),
    "bench.option_steps": ("of precision: repetitions", "精度测量：重复次数"),
    "bench.option_optimizer": ("of a model: the optimizer of its steps", "被测模型：所用优化器"),
    "bench.option_micro_batches": ("of accumulation: numbers of micro-batches", "梯度累积：微批数"),
    "bench.option_json": ("print the whole result as JSON", "以 JSON 打印完整结果"),
    "bench.only": ("measure only these: {names}", "只测这些项目：{names}"),
    "bench.full": (
        "first train the course's program until 99 %, and record its epochs (minutes)",
        "先把课程的程序训练到 99 %，并记录所需轮数（需几分钟）",
    ),
    "bench.not_built": (
        "The benchmark {name} is not built yet. There is: {names}.",
        "基准测试 {name} 尚未提供。现有：{names}。",
    ),
    "bench.no_record": (
        "How many epochs the course's program needs is not recorded yet. Run `bench speed --full` once.",
        "还没有记录课程的程序需要多少轮。请先运行一次 `bench speed --full`。",
    ),
    "bench.machine": (
        "{processor}, {threads} cores, torch {torch}, Python {python}",
        "{processor},{threads} 核，torch {torch},Python {python}",
    ),
    "bench.measuring": ("Measuring: {name} …", "正在测量：{name} ……"),
    "bench.tutorial_epoch": (
        "The course's program, epoch {epoch}: test accuracy {accuracy:.2%}",
        "课程的程序，第 {epoch} 轮：测试准确率 {accuracy:.2%}",
    ),
    "bench.title": ("Speed, measured here", "在本机测得的速度"),
    "bench.column_what": ("What", "项目"),
    "bench.column_measured": ("Measured", "测得"),
    "bench.column_budget": ("Budget", "指标"),
    "bench.column_result": ("Result", "结果"),
    "bench.column_detail": ("Details", "说明"),
    "bench.passed": ("pass", "通过"),
    "bench.missed": ("MISSED", "未达标"),
    "bench.all_passed": ("All {count} budgets are kept.", "{count} 项指标全部达标。"),
    "bench.some_missed": ("{missed} of {count} budgets are missed.", "{count} 项指标中有 {missed} 项未达标。"),
    "bench.never": ("not reached", "未达到"),
    "bench.fast_seconds": ("Fast recipe: training time to 99 %", "快速配方：达到 99 % 的训练时间"),
    "bench.fast_ratio": ("Fast recipe against the course's program", "快速配方与课程程序之比"),
    "bench.course_ratio": (
        "MNISTNet, course augmentation: against the course's loop",
        "MNISTNet，课程的数据增强：与课程的循环之比",
    ),
    "bench.course_ready": ("the same: against ready-made tensors", "同上：与现成张量之比"),
    "bench.snapshots_cost": ("cost of keeping snapshots", "保存快照的开销"),
    "bench.insight_cost": ("cost of measuring the layers", "测量各层的开销"),
    "bench.streaming_cost": ("cost of streaming to one follower", "向一个观察者推送的开销"),
    "bench.start_seconds": ("Start → first step", "开始 → 第一步"),
    "bench.predict_alone": ("prediction, median", "识别一次，中位数"),
    "bench.predict_training": ("prediction while a network trains, p95", "训练同时识别一次，p95"),
    "bench.tensor_run": ("tensor program → all its steps, median", "张量程序 → 全部步骤，中位数"),
    "bench.predict_class": (
        "{people} people, one prediction a second each, while one trains, p95",
        "{people} 人每人每秒识别一次，同时有训练，p95",
    ),
    "bench.detail_seeds": ("each seed: {seconds} s", "各随机种子：{seconds} 秒"),
    "bench.detail_tutorial": (
        "course: {epochs} epochs at {rate:,.0f} images/s = {seconds:,.0f} s",
        "课程：{epochs} 轮，{rate:,.0f} 张/秒 = {seconds:,.0f} 秒",
    ),
    "bench.detail_rates": ("{ours:,.0f} against {theirs:,.0f} images/s", "{ours:,.0f} 对 {theirs:,.0f} 张/秒"),
    "bench.detail_pairs": ("median of {count} pairs: {values} %", "{count} 对的中位数：{values} %"),
    "bench.detail_times": (
        "{count} times; median {median:.1f}, p95 {p95:.1f} ms",
        "{count} 次；中位数 {median:.1f},p95 {p95:.1f} 毫秒",
    ),
    "bench.detail_starts": ("each: {seconds} s", "各次：{seconds} 秒"),
    "bench.detail_errors": ("{count} predictions failed", "{count} 次识别失败"),
}
