"""Words of data sets."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.dataset": ("data set", "数据集"),
    "topic.augmentation": ("augmentation", "数据增强方式"),
    "dataset.MNIST": ("MNIST: handwritten digits", "MNIST:手写数字"),
    "dataset.FashionMNIST": ("FashionMNIST: clothes (31 MB download)", "FashionMNIST:服装(下载 31 MB)"),
    "dataset.KMNIST": ("KMNIST: Japanese characters (21 MB download)", "KMNIST:日文假名(下载 21 MB)"),
    "dataset.EMNIST": ("EMNIST digits: 280,000 digits (562 MB download)", "EMNIST 数字:28 万个数字(下载 562 MB)"),
    "augment.none": ("none", "无"),
    "augment.shift": ("shift ±1 pixel", "平移 ±1 像素"),
    "augment.course": ("course: rotation ±10°, shift ±10 %", "教程:旋转 ±10°,平移 ±10 %"),
    "augment.strong": ("strong: also scale and shear", "强:另加缩放与错切"),
    "data.missing_file": (
        "The file {name} is missing in the folder {folder}. Fetch the data set again, or restore the project's assets.",
        "文件夹 {folder} 中缺少文件 {name}。请重新获取数据集,或恢复项目的 assets。",
    ),
    "data.damaged": (
        "The file {name} is damaged ({reason}). Delete it and fetch the data set again.",
        "文件 {name} 已损坏({reason})。请删除它并重新获取数据集。",
    ),
    "data.checksum": (
        "The file {name} is not the original: its checksum differs. Delete it and fetch the data set again.",
        "文件 {name} 与原始文件不符:校验和不同。请删除它并重新获取数据集。",
    ),
    "data.download": (
        "{name} ({megabytes} MB) could not be downloaded: {reason}. Check the network and try again, or use MNIST, "
        "which needs no download.",
        "无法下载 {name}({megabytes} MB):{reason}。请检查网络后重试,或使用无需下载的 MNIST。",
    ),
}
