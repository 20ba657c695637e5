"""Words of data sets."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.dataset": ("data set", "数据集"),
    "topic.augmentation": ("augmentation", "数据增强方式"),
    "dataset.MNIST": ("MNIST", "MNIST 手写数字"),
    "dataset.FashionMNIST": ("FashionMNIST, 31 MB", "FashionMNIST,31 MB"),
    "dataset.KMNIST": ("KMNIST, 21 MB", "KMNIST,21 MB"),
    "dataset.EMNIST": ("EMNIST digits, 562 MB", "EMNIST 数字，562 MB"),
    "augment.none": ("none", "无"),
    "augment.shift": ("shift ±1 px", "平移 ±1 像素"),
    "augment.course": ("course: turn, shift", "教程：旋转、平移"),
    "augment.strong": ("strong: also scale, shear", "强：另加缩放、错切"),
    "data.missing_file": (
        "The file {name} is missing in the folder {folder}. Fetch the data set again, or restore the project's assets.",
        "文件夹 {folder} 中缺少文件 {name}。请重新获取数据集，或恢复项目的 assets。",
    ),
    "data.damaged": (
        "The file {name} is damaged ({reason}). Delete it and fetch the data set again.",
        "文件 {name} 已损坏（{reason}）。请删除它并重新获取数据集。",
    ),
    "data.checksum": (
        "The file {name} is not the original: its checksum differs. Delete it and fetch the data set again.",
        "文件 {name} 与原始文件不符：校验和不同。请删除它并重新获取数据集。",
    ),
    "data.download": (
        "{name} ({megabytes} MB) could not be downloaded: {reason}. Check the network and try again, or use MNIST, "
        "which needs no download.",
        "无法下载 {name}（{megabytes} MB）:{reason}。请检查网络后重试，或使用无需下载的 MNIST。",
    ),
}
