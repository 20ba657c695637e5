"""Words that every part uses: errors of names and numbers, the disk, the two modes."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "error.unknown_name": (
        'There is no {topic} "{name}". Choose one of {names}.',
        '没有名为 "{name}" 的{topic}。可选:{names}。',
    ),
    "error.unknown_name_near": (
        'There is no {topic} "{name}". Did you mean {nearest}? There are {names}.',
        '没有名为 "{name}" 的{topic}。您是指 {nearest} 吗?可选:{names}。',
    ),
    "error.mode": (
        "PLAYGROUND_MODE must be public or local, got {value}.",
        "PLAYGROUND_MODE 应为 public 或 local，收到的是 {value}。",
    ),
    "error.override": (
        "{variable} must be a positive number, got {value}.",
        "{variable} 应为正数，收到的是 {value}。",
    ),
    "server.address": (
        "The page cannot be served at {host}, port {port}: {reason}. Choose another address with HOST and PORT, for example "
        "PORT=7861.",
        "无法在 {host} 的端口 {port} 上提供页面：{reason}。请用 HOST 和 PORT 选择其他地址，例如 PORT=7861。",
    ),
    "error.internal": (
        "Something went wrong on our side; the details are in the server's log. Try again.",
        "服务器内部出错了，详细信息在日志中。请再试一次。",
    ),
    "disk.write": (
        "{name} could not be written: {reason}. Free some space on the disk, or choose a folder that is there; what was "
        "saved before is untouched.",
        "无法写入 {name}：{reason}。请释放磁盘空间，或选择一个存在的文件夹；之前保存的内容没有受影响。",
    ),
}
