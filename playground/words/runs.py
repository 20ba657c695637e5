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
}
