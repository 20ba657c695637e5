"""Words of the runs: the Runs section of Train, its exports, and `python -m playground runs`."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # what can go wrong
    "run.owned": (
        "Another process trains in {folder}. Choose another folder with --out.",
        "另一个进程正在 {folder} 中训练。请用 --out 指定另一个文件夹。",
    ),
    "run.not_ours": (
        "The process {process}, which trains this run, belongs to another user of this machine. End it there.",
        "训练该次运行的进程 {process} 属于本机的其他用户。请在那里结束它。",
    ),
    "run.damaged": (
        "The history of this run holds lines that are no events: something else has written into it.",
        "这次训练的历史中含有不是事件的行：有别的程序写入了它。",
    ),
    "run.name_text": ("A name is a text; got {got}.", "名称应为文本；得到 {got}。"),
    "run.name_long": (
        "A name may have {most} characters; this one has {count}.",
        "名称最多 {most} 个字符；这个有 {count} 个。",
    ),
    "run.undo_gone": (
        "This run cannot come back: deleted runs are kept for {minutes} minutes.",
        "这次训练无法恢复：删除的训练只保留 {minutes} 分钟。",
    ),
    "run.chosen": (
        "Expected {{run id: [width, piece, epoch]}} with whole numbers; got {got}.",
        "需要 {{训练编号: [宽度, 段, 轮]}}，其中为整数；得到 {got}。",
    ),
    "run.ids": ("Expected a list of run ids; got {got}.", "需要训练编号的列表；得到 {got}。"),
    "run.too_many": (
        "At most {most} runs can be compared or exported at once; these are {count}. Choose fewer.",
        "一次最多比较或导出 {most} 次训练；这里有 {count} 次。请少选一些。",
    ),
    "run.pins": (
        "At most {most} runs can be pinned. Unpin another one first.",
        "最多固定 {most} 次训练。请先取消固定另一个。",
    ),
    "run.going": ("{name} is still going. Stop it first.", "{name} 仍在进行。请先停止它。"),
    "topic.run_export": ("format", "格式"),
    "run_export.json": ("JSON", "JSON"),
    "run_export.csv": ("CSV", "CSV"),
    "run_export.tensorboard": ("TensorBoard", "TensorBoard"),
}
